/*
 * Where a dump goes: what the argument `protocol` of dump-guest-memory says.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SYSTEM_DUMP_TARGET_H
#define SYSTEM_DUMP_TARGET_H

#include "util/file-target.h"

typedef struct DumpTarget {
    char *name; /* of the file, or "fd:NAME"; for messages too */
    int fd;     /* -1: a file */
} DumpTarget;

/*
 * Main thread, in a command: parse "file:NAME" or "fd:NAME". A named descriptor of the client's
 * is taken, so that it is closed whatever becomes of the dump. False with an error.
 */
bool dump_target_parse(DumpTarget *target, const char *protocol, Error **errp);
/* In a worker: write it all, and close the descriptor. */
bool dump_target_write(DumpTarget *target, const FileContent *content, FileCancelledFn *cancelled,
                       Error **errp);
void dump_target_finish(DumpTarget *target);

#endif
