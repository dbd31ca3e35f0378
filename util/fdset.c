/*
 * Sets of descriptors that somebody else has opened for us.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/fdset.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#define PREFIX "/dev/fdset/"

typedef struct Entry {
    int64_t id;
    int fd;
    char *note;
} Entry;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static GList *entries; /* of Entry, sorted by id; under the lock */

static gint compare_ids(gconstpointer a, gconstpointer b)
{
    const Entry *x = a, *y = b;

    /* What comes later goes behind what is there. */
    return x->id < y->id ? -1 : 1;
}

/* With the lock held: the lowest number that no set has. */
static int64_t free_id(void)
{
    int64_t id = 0;

    for (GList *it = entries; it; it = it->next) {
        const Entry *entry = it->data;

        if (entry->id == id) {
            id++;
        }
    }
    return id;
}

int64_t fdset_add(int64_t id, int fd, const char *opaque)
{
    Entry *entry = g_new(Entry, 1);

    pthread_mutex_lock(&lock);
    id = id < 0 ? free_id() : id;
    *entry = (Entry){ .id = id, .fd = fd, .note = g_strdup(opaque) };
    entries = g_list_insert_sorted(entries, entry, compare_ids);
    pthread_mutex_unlock(&lock);
    return id;
}

bool fdset_remove(int64_t id, int fd, Error **errp)
{
    bool found = false;

    pthread_mutex_lock(&lock);
    for (GList *it = entries, *next; it; it = next) {
        Entry *entry = it->data;

        next = it->next;
        if (entry->id == id && (fd < 0 || entry->fd == fd)) {
            found = true;
            close(entry->fd);
            g_free(entry->note);
            g_free(entry);
            entries = g_list_delete_link(entries, it);
        }
    }
    pthread_mutex_unlock(&lock);
    if (!found && fd < 0) {
        error_setg(errp, "File descriptor named 'fdset-id:%" PRId64 "' not found", id);
    } else if (!found) {
        error_setg(errp, "File descriptor named 'fdset-id:%" PRId64 ", fd:%d' not found", id, fd);
    }
    return found;
}

void fdset_foreach(void (*fn)(int64_t id, int fd, const char *note, void *opaque), void *opaque)
{
    pthread_mutex_lock(&lock);
    for (GList *it = entries; it; it = it->next) {
        const Entry *entry = it->data;

        fn(entry->id, entry->fd, entry->note, opaque);
    }
    pthread_mutex_unlock(&lock);
}

/* With the lock held. -1 with errno: there is none. */
static int find_fd(int64_t id, int access_mode)
{
    errno = ENOENT;
    for (GList *it = entries; it; it = it->next) {
        const Entry *entry = it->data;

        if (entry->id == id && (fcntl(entry->fd, F_GETFL) & O_ACCMODE) == access_mode) {
            return entry->fd;
        }
        if (entry->id == id) {
            errno = EACCES;
        }
    }
    return -1;
}

static int open_from_set(const char *number, int flags)
{
    guint64 id;
    int fd = -1;

    if (!g_ascii_string_to_unsigned(number, 10, 0, INT64_MAX, &id, NULL)) {
        errno = ENOENT;
        return -1;
    }
    pthread_mutex_lock(&lock);
    fd = find_fd((int64_t)id, flags & O_ACCMODE);
    if (fd >= 0) {
        fd = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    }
    pthread_mutex_unlock(&lock);
    /* As open(2): what is no regular file has nothing to be emptied of. */
    if (fd >= 0 && (flags & O_TRUNC) && ftruncate(fd, 0) < 0 && errno != EINVAL) {
        int error = errno;

        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

bool fdset_is_name(const char *path)
{
    return g_str_has_prefix(path, PREFIX);
}

int fdset_open(const char *path, int flags, mode_t mode)
{
    if (fdset_is_name(path)) {
        return open_from_set(path + strlen(PREFIX), flags);
    }
    return open(path, flags | O_CLOEXEC, mode);
}
