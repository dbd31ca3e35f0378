/*
 * Host memory for the guest from a file, named or anonymous.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "memory-backend-internal.h"

#include "util/fdset.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct MemoryBackendFile {
    MemoryBackend parent_obj;
    char *path;
} MemoryBackendFile;

typedef struct MemoryBackendMemfd {
    MemoryBackend parent_obj;
    bool seal;
} MemoryBackendMemfd;

/* ---- a named file ---- */

static int open_in_directory(const char *directory, Error **errp)
{
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd < 0) {
        error_setg_errno(errp, errno, "can't create a file for RAM in '%s'", directory);
    }
    return fd;
}

/* *@made: it was not there. */
static int open_named(const char *path, bool *made, Error **errp)
{
    int fd = fdset_open(path, O_RDWR | O_NOCTTY | O_NONBLOCK, 0);

    if (fd < 0 && errno == EISDIR) {
        return open_in_directory(path, errp);
    }
    if (fd < 0 && errno == ENOENT) {
        fd = open(path, O_RDWR | O_CLOEXEC | O_CREAT | O_EXCL, 0644);
        *made = fd >= 0;
    }
    if (fd < 0) {
        error_setg_errno(errp, errno, "can't open backing store '%s' for guest RAM", path);
    }
    return fd;
}

static bool check_file(const char *path, const struct stat *st, uint64_t size, Error **errp)
{
    if (!S_ISREG(st->st_mode)) {
        error_setg(errp, "Parameter 'mem-path' expects a regular file or a directory, not '%s'",
                   path);
        return false;
    }
    if (st->st_size && (uint64_t)st->st_size < size) {
        error_setg(errp,
                   "backing store '%s' size %" PRIu64 " does not match 'size' option %" PRIu64,
                   path, (uint64_t)st->st_size, size);
        return false;
    }
    return true;
}

static bool set_size(int fd, const char *path, const MemoryBackend *backend, Error **errp)
{
    struct stat st;
    int status = 0;

    if (fstat(fd, &st) < 0) {
        status = errno;
    } else if (!check_file(path, &st, backend->size, errp)) {
        return false;
    } else if (backend->size > INT64_MAX) {
        status = EFBIG;
    } else if (!st.st_size && ftruncate(fd, (off_t)backend->size) < 0) {
        status = errno;
    } else if (backend->prealloc) {
        /* A full disk says so here, and not by a signal when the guest gets there. */
        status = posix_fallocate(fd, 0, (off_t)backend->size);
    }
    if (status) {
        error_setg_errno(errp, status, "cannot have %" PRIu64 " bytes in '%s'", backend->size,
                         path);
    }
    return status == 0;
}

static int memory_backend_file_open(MemoryBackend *backend, Error **errp)
{
    const char *path = ((MemoryBackendFile *)backend)->path;
    bool made = false;
    int fd;

    if (!path || !*path) {
        error_setg(errp, "Parameter 'mem-path' is missing");
        return -1;
    }
    fd = open_named(path, &made, errp);
    if (fd >= 0 && !set_size(fd, path, backend, errp)) {
        close(fd);
        fd = -1;
        if (made) {
            unlink(path);
        }
    }
    return fd;
}

static void memory_backend_file_finalize(Object *obj)
{
    g_free(((MemoryBackendFile *)obj)->path);
}

static void memory_backend_file_class_init(ObjectClass *klass, const void *data)
{
    MEMORY_BACKEND_CLASS(klass)->open_file = memory_backend_file_open;
    object_class_property_add_field(klass, "mem-path", PROP_STRING,
                                    offsetof(MemoryBackendFile, path),
                                    "The file, or a directory for one without a name");
}

/* ---- an anonymous file ---- */

static int memory_backend_memfd_open(MemoryBackend *backend, Error **errp)
{
    const MemoryBackendMemfd *s = (MemoryBackendMemfd *)backend;
    const char *id = backend->parent_obj.id;
    int fd = memfd_create("memory-backend-memfd", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0) {
        error_setg_errno(errp, errno, "cannot make an anonymous file for '%s'", id);
        return -1;
    }
    if (!set_size(fd, id, backend, errp)) {
        close(fd);
        return -1;
    }
    if (s->seal && fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0) {
        error_setg_errno(errp, errno, "cannot seal the anonymous file of '%s'", id);
        close(fd);
        return -1;
    }
    return fd;
}

static void memory_backend_memfd_init(Object *obj)
{
    MEMORY_BACKEND(obj)->share = true;
    ((MemoryBackendMemfd *)obj)->seal = true;
}

static void memory_backend_memfd_class_init(ObjectClass *klass, const void *data)
{
    MEMORY_BACKEND_CLASS(klass)->open_file = memory_backend_memfd_open;
    object_class_property_add_field(klass, "seal", PROP_BOOL, offsetof(MemoryBackendMemfd, seal),
                                    "Seal growing & shrinking");
}

static const TypeInfo types[] = {
    {
        .name = "memory-backend-file",
        .parent = TYPE_MEMORY_BACKEND,
        .instance_size = sizeof(MemoryBackendFile),
        .class_init = memory_backend_file_class_init,
        .instance_finalize = memory_backend_file_finalize,
    },
    {
        .name = "memory-backend-memfd",
        .parent = TYPE_MEMORY_BACKEND,
        .instance_size = sizeof(MemoryBackendMemfd),
        .class_init = memory_backend_memfd_class_init,
        .instance_init = memory_backend_memfd_init,
    },
};

static void memory_backend_file_register(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(types); i++) {
        type_register_static(&types[i]);
    }
}
type_init(memory_backend_file_register)
