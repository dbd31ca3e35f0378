/*
 * Where a file is, or would be made.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/file-place.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* As many as Linux follows, path_resolution(7). */
#define LINKS_MAX 40

/* Where a link that leads to nothing leads to; other names are what they are. */
static char *follow_dangling(const char *filename)
{
    g_autofree char *path = g_strdup(filename);

    for (int i = 0; i < LINKS_MAX; i++) {
        g_autofree char *target = g_file_read_link(path, NULL);
        g_autofree char *dir = g_path_get_dirname(path);

        if (!target) {
            return g_steal_pointer(&path);
        }
        g_free(path);
        path = g_path_is_absolute(target) ? g_steal_pointer(&target)
                                          : g_build_filename(dir, target, NULL);
    }
    errno = ELOOP;
    return NULL;
}

/* NULL and errno; else the caller's. */
static char *follow(const char *filename)
{
    /* The system does not let everybody follow each link (fs.protected_symlinks). */
    int fd = open(filename, O_PATH | O_CLOEXEC);
    char *real, *path;

    if (fd < 0) {
        return errno == ENOENT ? follow_dangling(filename) : NULL;
    }
    close(fd);
    real = realpath(filename, NULL);
    path = g_strdup(real);
    free(real);
    return path;
}

bool file_place_find(FilePlace *place, const char *filename)
{
    g_autofree char *path = follow(filename);
    g_autofree char *dir = NULL;

    *place = FILE_PLACE_NOWHERE;
    if (!path) {
        return false;
    }
    dir = g_path_get_dirname(path);
    place->dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (place->dir < 0) {
        return false;
    }
    place->name = g_path_get_basename(path);
    return true;
}

void file_place_finish(FilePlace *place)
{
    if (place->dir >= 0) {
        close(place->dir);
    }
    g_free(place->name);
    *place = FILE_PLACE_NOWHERE;
}

int file_place_create(FilePlace *place, mode_t mode)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
    int fd = openat(place->dir, place->name, flags, mode);
    struct stat st;

    if (fd >= 0 && fstat(fd, &st) == 0) {
        place->dev = st.st_dev;
        place->ino = st.st_ino;
    }
    return fd;
}

void file_place_remove(const FilePlace *place)
{
    struct stat st;

    if (fstatat(place->dir, place->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        st.st_dev == place->dev && st.st_ino == place->ino) {
        unlinkat(place->dir, place->name, 0);
    }
}
