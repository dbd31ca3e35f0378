/*
 * Images that the board puts into guest memory: firmware, kernels, initrds, device trees.
 *
 * What is loaded is kept, so that every reset can restore it. Files are untrusted: sizes and
 * offsets in them are checked against the file and against guest memory.
 *
 * BQL held (or start-up).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_LOADER_H
#define HW_LOADER_H

#include "memory/memory.h"

/* The images of one machine. */
typedef struct ImageSet ImageSet;

ImageSet *image_set_new(AddressSpace *as);
void image_set_free(ImageSet *set);

/*
 * Keep @data for [addr, addr + size), zeros after its end. Fails when that is not all RAM or ROM,
 * or overlaps what is there; the error names both. @name is for people.
 */
bool image_set_add(ImageSet *set, const char *name, GBytes *data, hwaddr addr, uint64_t size,
                   Error **errp);
/* Change what was added at @addr from now on; same length. */
void image_set_replace(ImageSet *set, hwaddr addr, GBytes *data);
/* Write all of it to guest memory. */
void image_set_restore(const ImageSet *set);

typedef struct LoadedImage {
    hwaddr entry;
    hwaddr first;
    hwaddr end; /* first address past it, as far as it is known to reach */
} LoadedImage;

/* The whole file; an error unless it is a regular file of at most @max bytes and not empty. */
GBytes *image_read_file(const char *path, uint64_t max, Error **errp);
/* @what ("firmware", "kernel") and @path are for the errors. */
bool image_load_raw(ImageSet *set, const char *what, const char *path, hwaddr addr,
                    LoadedImage *image, Error **errp);
/*
 * A firmware or kernel: 64-bit little-endian RISC-V ELF by its program headers (System V ABI,
 * RISC-V psABI), else a Linux Image (Documentation/riscv/boot-image-header.rst) or raw at @addr.
 */
bool image_load_program(ImageSet *set, const char *what, const char *path, hwaddr addr,
                        LoadedImage *image, Error **errp);

#endif
