/*
 * Images in guest memory: keeping them and putting them back at reset.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/loader.h"

#include "util/fdset.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Image {
    char *name;
    GBytes *data;
    hwaddr addr;
    uint64_t size; /* at least the data's */
} Image;

struct ImageSet {
    AddressSpace *as;
    GPtrArray *images;
};

static void image_free(gpointer opaque)
{
    Image *image = opaque;
    g_bytes_unref(image->data);
    g_free(image->name);
    g_free(image);
}

ImageSet *image_set_new(AddressSpace *as)
{
    ImageSet *set = g_new0(ImageSet, 1);
    set->as = as;
    set->images = g_ptr_array_new_with_free_func(image_free);
    return set;
}

void image_set_free(ImageSet *set)
{
    if (set) {
        g_ptr_array_unref(set->images);
        g_free(set);
    }
}

/* ---- where it may go ---- */

static bool check_memory(const ImageSet *set, const char *name, hwaddr addr, uint64_t size,
                         Error **errp)
{
    if (!address_space_covers(set->as, addr, size, true)) {
        error_setg(errp,
                   "%s does not fit into the machine's memory: it needs %" PRIu64
                   " bytes at 0x%" PRIx64,
                   name, size, addr);
        return false;
    }
    return true;
}

static bool check_overlap(const ImageSet *set, const char *name, hwaddr addr, uint64_t size,
                          Error **errp)
{
    for (guint i = 0; i < set->images->len; i++) {
        const Image *other = g_ptr_array_index(set->images, i);
        if (addr <= other->addr + (other->size - 1) && other->addr <= addr + (size - 1)) {
            error_setg(errp,
                       "%s (0x%" PRIx64 "-0x%" PRIx64 ") overlaps %s (0x%" PRIx64 "-0x%" PRIx64 ")",
                       name, addr, addr + (size - 1), other->name, other->addr,
                       other->addr + (other->size - 1));
            return false;
        }
    }
    return true;
}

bool image_set_add(ImageSet *set, const char *name, GBytes *data, hwaddr addr, uint64_t size,
                   Error **errp)
{
    g_assert(size && g_bytes_get_size(data) <= size);
    if (!check_memory(set, name, addr, size, errp) || !check_overlap(set, name, addr, size, errp)) {
        return false;
    }
    Image *image = g_new(Image, 1);
    *image = (Image){
        .name = g_strdup(name),
        .data = g_bytes_ref(data),
        .addr = addr,
        .size = size,
    };
    g_ptr_array_add(set->images, image);
    return true;
}

void image_set_replace(ImageSet *set, hwaddr addr, GBytes *data)
{
    for (guint i = 0; i < set->images->len; i++) {
        Image *image = g_ptr_array_index(set->images, i);
        if (image->addr == addr) {
            g_assert(g_bytes_get_size(data) == g_bytes_get_size(image->data));
            g_bytes_unref(image->data);
            image->data = g_bytes_ref(data);
            return;
        }
    }
    g_assert_not_reached();
}

/* ---- putting it there ---- */

static void write_zeros(AddressSpace *as, hwaddr addr, uint64_t length)
{
    static const uint8_t zeros[4096];
    while (length) {
        uint64_t piece = MIN(length, sizeof(zeros));
        address_space_write_rom(as, addr, zeros, piece);
        addr += piece;
        length -= piece;
    }
}

void image_set_restore(const ImageSet *set)
{
    for (guint i = 0; i < set->images->len; i++) {
        const Image *image = g_ptr_array_index(set->images, i);
        gsize length;
        const void *bytes = g_bytes_get_data(image->data, &length);
        address_space_write_rom(set->as, image->addr, bytes, length);
        write_zeros(set->as, image->addr + length, image->size - length);
    }
}

/* ---- files ---- */

static GBytes *read_all(int fd, const char *path, size_t size, Error **errp)
{
    g_autofree uint8_t *buf = g_try_malloc(size);
    if (!buf) {
        error_setg(errp, "not enough memory to load '%s' of %zu bytes", path, size);
        return NULL;
    }
    size_t done = 0;
    while (done < size) {
        ssize_t n = read(fd, buf + done, size - done);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            error_setg(errp, "could not read '%s': %s", path,
                       n ? g_strerror(errno) : "it became shorter meanwhile");
            return NULL;
        }
        done += (size_t)n;
    }
    return g_bytes_new_take(g_steal_pointer(&buf), size);
}

static GBytes *read_open_file(int fd, const char *path, uint64_t max, Error **errp)
{
    struct stat st;
    if (fstat(fd, &st) < 0) {
        error_setg_errno(errp, errno, "could not read '%s'", path);
    } else if (!S_ISREG(st.st_mode)) {
        error_setg(errp, "could not load '%s': not a regular file", path);
    } else if (st.st_size == 0) {
        error_setg(errp, "could not load '%s': the file is empty", path);
    } else if ((uint64_t)st.st_size > max) {
        error_setg(errp, "could not load '%s': its %" PRIu64 " bytes exceed the limit of %" PRIu64,
                   path, (uint64_t)st.st_size, max);
    } else {
        return read_all(fd, path, (size_t)st.st_size, errp);
    }
    return NULL;
}

GBytes *image_read_file(const char *path, uint64_t max, Error **errp)
{
    /* Not blocking: opening a FIFO would wait for somebody to write. */
    int fd = fdset_open(path, O_RDONLY | O_NONBLOCK, 0);
    if (fd < 0) {
        error_setg_errno(errp, errno, "could not open '%s'", path);
        return NULL;
    }
    GBytes *bytes = read_open_file(fd, path, max, errp);
    close(fd);
    return bytes;
}
