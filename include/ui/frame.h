/*
 * Frames: pictures that are never drawn into while somebody holds them.
 *
 * Reference counts are atomic; a frame that is shared is immutable and may be read by any thread
 * without a lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UI_FRAME_H
#define UI_FRAME_H

#include "util/error.h"

#include <glib.h>
#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>

/* XRGB8888, host-endian: PIXMAN_x8r8g8b8. stride is in bytes. */
typedef struct Frame {
    int refcount; /* atomic */
    int width;
    int height;
    int stride;
    uint8_t *pixels;
    pixman_image_t *image; /* over @pixels; owned */
} Frame;

#define FRAME_MAX_SIZE 16384 /* pixels a side */

/* Black; NULL and an error when the size is out of range or memory is short. */
Frame *frame_new(int width, int height, Error **errp);
/* Dark, with @text in the middle, as a screen that has nothing to show. NULL as frame_new(). */
Frame *frame_new_placeholder(int width, int height, const char *text);
Frame *frame_ref(Frame *frame);
void frame_unref(Frame *frame); /* NULL is fine */
/* Whether the caller's is the only reference, so that it may draw. */
bool frame_is_exclusive(const Frame *frame);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Frame, frame_unref)

#endif
