/*
 * Writing all of something to a descriptor, until it is done or cancelled; inside util/. For
 * worker threads; file_put() stands in util/file-target.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_FILE_PUT_H
#define UTIL_FILE_PUT_H

#include "util/file-target.h"

/* How soon a wait notices that it is cancelled. */
#define FILE_POLL_MS 50

/* These return false. */
bool file_set_cancelled(const char *filename, Error **errp);
bool file_set_errno(const char *filename, int error, Error **errp);

/* Like file_put(), where others have @fd open too: its flags stay as they are. */
bool file_put_shared(int fd, const void *bytes, size_t length, const char *name,
                     FileCancelledFn *cancelled, Error **errp);

#endif
