/*
 * Where a file is, or would be made, so that whoever has made it can remove it.
 *
 * All of this blocks: for worker threads.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_FILE_PLACE_H
#define UTIL_FILE_PLACE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * A directory and a name in it, which is no symbolic link. They stay what they are when links are
 * changed and directories renamed.
 */
typedef struct FilePlace {
    int dir; /* O_PATH; -1: nowhere */
    char *name;
    dev_t dev; /* of the file that was made there */
    ino_t ino;
} FilePlace;

#define FILE_PLACE_NOWHERE ((FilePlace){ .dir = -1 })

/* Follow links as the system lets us. False and errno: there is no such place. */
bool file_place_find(FilePlace *place, const char *filename);
void file_place_finish(FilePlace *place);
/* Open the file made anew there, for writing, not blocking. -1 and errno (EEXIST: there is one). */
int file_place_create(FilePlace *place, mode_t mode);
/* Remove it, if it is still the one that was made. */
void file_place_remove(const FilePlace *place);

#endif
