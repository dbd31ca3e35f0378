/*
 * The PNG and PPM encoders.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/image-writer.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <zlib.h>

/* Rows are gathered to about this much before they go to the sink. */
#define CHUNK_SIZE 65536

/*
 * Chosen by tests/bench/ui/bench-png. At 1920x1080, against libpng's defaults (level 6, all
 * filters tried): the test card 4.3 times as fast and 24 KB instead of 9, a screen full of text
 * 4.5 times as fast and 1.56 times the size, a noisy photograph 23 times as fast and 0.98 times
 * the size. Level 1 with the same filter is slower and larger in two of the three; RLE without a
 * filter is a little faster with text and far larger in the other two (28 times with the card).
 */
const PngSettings png_settings_chosen = {
    .level = 1,
    .strategy = Z_RLE,
    .filters = PNG_FILTER_UP,
};

/* One row of XRGB words as R, G, B bytes. */
static void row_to_rgb(const Frame *frame, int y, uint8_t *rgb)
{
    const uint32_t *p = (const uint32_t *)(frame->pixels + (size_t)y * frame->stride);

    for (int x = 0; x < frame->width; x++, rgb += 3) {
        rgb[0] = p[x] >> 16;
        rgb[1] = p[x] >> 8;
        rgb[2] = p[x];
    }
}

/* ---- PNG ---- */

typedef struct PngWriter {
    ImageSink *sink;
    Error **errp;
    jmp_buf fault;
} PngWriter;

static void on_png_write(png_structp png, png_bytep bytes, png_size_t length)
{
    PngWriter *writer = png_get_io_ptr(png);

    if (!writer->sink->write(writer->sink, bytes, length, writer->errp)) {
        longjmp(writer->fault, 1);
    }
}

static void on_png_flush(png_structp png)
{
}

static void on_png_error(png_structp png, png_const_charp message)
{
    PngWriter *writer = png_get_error_ptr(png);

    error_setg(writer->errp, "PNG: %s", message);
    longjmp(writer->fault, 1);
}

static void on_png_warning(png_structp png, png_const_charp message)
{
}

static void png_apply(png_structp png, const PngSettings *settings)
{
    if (settings->level >= 0) {
        png_set_compression_level(png, settings->level);
    }
    if (settings->strategy >= 0) {
        png_set_compression_strategy(png, settings->strategy);
    }
    if (settings->filters >= 0) {
        png_set_filter(png, PNG_FILTER_TYPE_BASE, settings->filters);
    }
    png_set_compression_buffer_size(png, CHUNK_SIZE);
}

static void png_write_frame(png_structp png, png_infop info, const Frame *frame, uint8_t *row)
{
    png_set_IHDR(png, info, frame->width, frame->height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
    png_write_info(png, info);
    for (int y = 0; y < frame->height; y++) {
        row_to_rgb(frame, y, row);
        png_write_row(png, row);
    }
    png_write_end(png, NULL);
}

bool image_write_png(const Frame *frame, const PngSettings *settings, ImageSink *sink, Error **errp)
{
    PngWriter writer = { .sink = sink, .errp = errp };
    png_structp png =
        png_create_write_struct(PNG_LIBPNG_VER_STRING, &writer, on_png_error, on_png_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    uint8_t *row = g_try_malloc((size_t)frame->width * 3);
    volatile bool ok = false;

    if (!info || !row) {
        error_setg(errp, "There is not enough memory for a PNG encoder");
    } else if (!setjmp(writer.fault)) {
        png_set_write_fn(png, &writer, on_png_write, on_png_flush);
        png_apply(png, settings);
        png_write_frame(png, info, frame, row);
        ok = true;
    }
    png_destroy_write_struct(&png, &info);
    g_free(row);
    return ok;
}

/* ---- PPM ---- */

bool image_write_ppm(const Frame *frame, ImageSink *sink, Error **errp)
{
    size_t row_size = (size_t)frame->width * 3;
    int rows = MAX(1, CHUNK_SIZE / row_size), n;
    g_autofree uint8_t *chunk = g_try_malloc(rows * row_size);
    char header[48];
    int length = snprintf(header, sizeof(header), "P6\n%d %d\n255\n", frame->width, frame->height);

    if (!chunk) {
        error_setg(errp, "There is not enough memory for a PPM encoder");
        return false;
    }
    if (!sink->write(sink, (const uint8_t *)header, length, errp)) {
        return false;
    }
    for (int y = 0; y < frame->height; y += n) {
        n = MIN(rows, frame->height - y);
        for (int i = 0; i < n; i++) {
            row_to_rgb(frame, y + i, chunk + i * row_size);
        }
        if (!sink->write(sink, chunk, n * row_size, errp)) {
            return false;
        }
    }
    return true;
}
