/*
 * Sets of descriptors that somebody else has opened for us, and opening files by name.
 *
 * /dev/fdset/N stands for the descriptor of set N that was opened for what is wanted (reading,
 * writing or both): whoever opens a file that a user has named uses fdset_open().
 *
 * Any thread.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_FDSET_H
#define UTIL_FDSET_H

#include "util/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Put @fd, which is ours from then on, into set @id (-1: a new one); @opaque (may be NULL) is a
 * note about it. Returns the set.
 */
int64_t fdset_add(int64_t id, int fd, const char *opaque);
/* Close one descriptor of a set, or all of them (@fd -1). Files opened from it stay open. */
bool fdset_remove(int64_t id, int fd, Error **errp);
/* In ascending order of sets, and as they were added. */
void fdset_foreach(void (*fn)(int64_t id, int fd, const char *note, void *opaque), void *opaque);

/*
 * open(2), with O_CLOEXEC. From a set: a duplicate, emptied when @flags ask for that; ENOENT
 * when there is no such set, EACCES when nothing in it was opened for what @flags want.
 */
int fdset_open(const char *path, int flags, mode_t mode);

/* Whether @path names a set. */
bool fdset_is_name(const char *path);

#endif
