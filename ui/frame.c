/*
 * Frames: reference-counted pictures, and the one that stands in for a picture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/frame.h"

#include "ui/font.h"

#include <string.h>

#define PLACEHOLDER_BACKGROUND 0x18181c
#define PLACEHOLDER_TEXT       0xc8c8c8
#define PLACEHOLDER_MAX_SCALE  4

Frame *frame_new(int width, int height, Error **errp)
{
    uint8_t *pixels;
    Frame *frame;
    int stride;

    if (width < 1 || height < 1 || width > FRAME_MAX_SIZE || height > FRAME_MAX_SIZE) {
        error_setg(errp, "A picture of %dx%d is not possible; each side may have 1 to %d pixels",
                   width, height, FRAME_MAX_SIZE);
        return NULL;
    }
    stride = width * 4;
    /* Large blocks come from mmap() and are not touched before somebody draws. */
    pixels = g_try_malloc0((size_t)stride * height);
    if (!pixels) {
        error_setg(errp, "There is not enough memory for a picture of %dx%d", width, height);
        return NULL;
    }
    frame = g_new(Frame, 1);
    *frame = (Frame){
        .refcount = 1,
        .width = width,
        .height = height,
        .stride = stride,
        .pixels = pixels,
        .image =
            pixman_image_create_bits(PIXMAN_x8r8g8b8, width, height, (uint32_t *)pixels, stride),
    };
    g_assert(frame->image);
    return frame;
}

Frame *frame_ref(Frame *frame)
{
    g_atomic_int_inc(&frame->refcount);
    return frame;
}

void frame_unref(Frame *frame)
{
    if (frame && g_atomic_int_dec_and_test(&frame->refcount)) {
        pixman_image_unref(frame->image);
        g_free(frame->pixels);
        g_free(frame);
    }
}

bool frame_is_exclusive(const Frame *frame)
{
    return g_atomic_int_get(&frame->refcount) == 1;
}

/* ---- the placeholder ---- */

static void fill_rect(Frame *frame, int x, int y, int width, int height, uint32_t colour)
{
    int left = CLAMP(x, 0, frame->width), right = CLAMP(x + width, 0, frame->width);
    int top = CLAMP(y, 0, frame->height), bottom = CLAMP(y + height, 0, frame->height);

    for (int row = top; row < bottom; row++) {
        uint32_t *p = (uint32_t *)(frame->pixels + (size_t)row * frame->stride);

        for (int column = left; column < right; column++) {
            p[column] = colour;
        }
    }
}

static void draw_glyph(Frame *frame, int x, int y, int scale, char c)
{
    const uint8_t *rows = font_glyph(c);

    for (int row = 0; row < FONT_HEIGHT; row++) {
        for (int column = 0; column < FONT_WIDTH; column++) {
            if (rows[row] >> (FONT_WIDTH - 1 - column) & 1) {
                fill_rect(frame, x + column * scale, y + row * scale, scale, scale,
                          PLACEHOLDER_TEXT);
            }
        }
    }
}

Frame *frame_new_placeholder(int width, int height, const char *text)
{
    Frame *frame = frame_new(width, height, NULL);
    int length = strlen(text) * FONT_ADVANCE;
    int scale, x, y;

    if (!frame) {
        return NULL;
    }
    scale = CLAMP(width / MAX(length, 1), 1, PLACEHOLDER_MAX_SCALE);
    x = (width - length * scale) / 2;
    y = (height - FONT_HEIGHT * scale) / 2;
    fill_rect(frame, 0, 0, width, height, PLACEHOLDER_BACKGROUND);
    for (; *text; text++, x += FONT_ADVANCE * scale) {
        draw_glyph(frame, x, y, scale, *text);
    }
    return frame;
}
