/*
 * Scan-out: a thread that turns video memory into frames of a console.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_DISPLAY_SCANOUT_H
#define HW_DISPLAY_SCANOUT_H

#include "memory/memory.h"
#include "ui/console.h"

typedef enum ScanoutKind {
    SCANOUT_BLANK, /* the guest has not set a mode yet */
    SCANOUT_KEEP,  /* what was set makes no picture: the last one stays */
    SCANOUT_ON,
} ScanoutKind;

/* What to show. All of the picture must lie in the video memory. */
typedef struct ScanoutMode {
    ScanoutKind kind;
    int width;
    int height;
    unsigned bytes_per_pixel; /* 4: x8r8g8b8; 2: r5g6b5 */
    bool big_endian;
    uint64_t offset; /* of the first pixel, in bytes; a multiple of @bytes_per_pixel */
    uint64_t stride; /* in bytes; likewise */
} ScanoutMode;

typedef struct Scanout Scanout;

/* @vram must be tracked for dirty pages, and live longer. Both are borrowed. BQL held. */
Scanout *scanout_new(Console *con, MemoryRegion *vram);
/* Joins the thread; an update under way is finished first. */
void scanout_free(Scanout *scanout);
/*
 * Bring the console up to date with @mode and the video memory; returns at once, and
 * graphic_hw_update_done() follows. One at a time. BQL held.
 */
void scanout_update(Scanout *scanout, const ScanoutMode *mode);

#endif
