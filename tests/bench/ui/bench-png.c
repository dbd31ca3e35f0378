/*
 * What a PNG costs: size and time of zlib's and libpng's settings, with the libraries' defaults
 * as the floor. The settings that screendump uses (png_settings_chosen) were picked from this.
 *
 * Usage: bench-png [WxH] (default: 640x480, 1920x1080 and 3840x2160)
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/font.h"
#include "ui/image-writer.h"

#include <glib.h>
#include <png.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#define ROUNDS 3

typedef struct CountingSink {
    ImageSink base;
    uint64_t bytes;
} CountingSink;

static bool count_bytes(ImageSink *base, const uint8_t *bytes, size_t length, Error **errp)
{
    ((CountingSink *)base)->bytes += length;
    return true;
}

/* ---- what screens show ---- */

static void set_pixel(Frame *frame, int x, int y, uint32_t colour)
{
    ((uint32_t *)(frame->pixels + (size_t)y * frame->stride))[x] = colour;
}

static void draw_text_screen(Frame *frame)
{
    for (int y = 0; y + FONT_LINE <= frame->height; y += FONT_LINE) {
        int length = g_random_int_range(0, frame->width / FONT_ADVANCE);

        for (int i = 0; i < length; i++) {
            const uint8_t *glyph = font_glyph(g_random_int_range('0', 'z'));

            for (int dot = 0; dot < FONT_WIDTH * FONT_HEIGHT; dot++) {
                if (glyph[dot / FONT_WIDTH] >> (FONT_WIDTH - 1 - dot % FONT_WIDTH) & 1) {
                    set_pixel(frame, i * FONT_ADVANCE + dot % FONT_WIDTH, y + dot / FONT_WIDTH,
                              0xaaaaaa);
                }
            }
        }
    }
}

/* Bars, ramps and a grid, as the test card has them. */
static void draw_card(Frame *frame)
{
    for (int y = 0; y < frame->height; y++) {
        for (int x = 0; x < frame->width; x++) {
            int band = y * 8 / frame->height, bar = x * 8 / frame->width;
            uint32_t level = x * 255 / (frame->width - 1);
            uint32_t colour = x % 64 && y % 64 ? 0x303030 : 0x606060;

            if (band == 1 || band == 2) {
                colour = (bar & 1 ? 0xff : 0) | (bar & 2 ? 0xff00 : 0) | (bar & 4 ? 0xff0000 : 0);
            } else if (band == 5) {
                colour = level * 0x010101;
            } else if (band == 6) {
                colour = level << 8;
            }
            set_pixel(frame, x, y, colour);
        }
    }
}

/* Soft slopes with a little noise: a photograph as wallpaper. */
static void draw_photo(Frame *frame)
{
    for (int y = 0; y < frame->height; y++) {
        for (int x = 0; x < frame->width; x++) {
            uint32_t noise = g_random_int() & 0x030303;
            uint32_t red = x * 200 / frame->width, green = y * 200 / frame->height;
            uint32_t blue = (x + y) * 200 / (frame->width + frame->height);

            set_pixel(frame, x, y, (red << 16 | green << 8 | blue) + noise);
        }
    }
}

static const struct {
    const char *name;
    void (*draw)(Frame *frame);
} scenes[] = {
    { "card", draw_card },
    { "text", draw_text_screen },
    { "photo", draw_photo },
};

/* ---- settings ---- */

static const struct {
    const char *name;
    PngSettings settings;
} candidates[] = {
    { "defaults of libpng", { -1, -1, -1 } },
    { "level 6, no filter", { 6, Z_DEFAULT_STRATEGY, PNG_FILTER_NONE } },
    { "level 3, up", { 3, Z_DEFAULT_STRATEGY, PNG_FILTER_UP } },
    { "level 1, all filters", { 1, Z_FILTERED, PNG_ALL_FILTERS } },
    { "level 1, no filter", { 1, Z_DEFAULT_STRATEGY, PNG_FILTER_NONE } },
    { "level 1, sub", { 1, Z_DEFAULT_STRATEGY, PNG_FILTER_SUB } },
    { "level 1, up", { 1, Z_DEFAULT_STRATEGY, PNG_FILTER_UP } },
    { "level 1, paeth", { 1, Z_DEFAULT_STRATEGY, PNG_FILTER_PAETH } },
    { "RLE, no filter", { 1, Z_RLE, PNG_FILTER_NONE } },
    { "RLE, sub", { 1, Z_RLE, PNG_FILTER_SUB } },
    { "RLE, up", { 1, Z_RLE, PNG_FILTER_UP } },
    { "RLE, average", { 1, Z_RLE, PNG_FILTER_AVG } },
    { "RLE, paeth", { 1, Z_RLE, PNG_FILTER_PAETH } },
    { "Huffman only, up", { 1, Z_HUFFMAN_ONLY, PNG_FILTER_UP } },
    { "stored, no filter", { 0, Z_DEFAULT_STRATEGY, PNG_FILTER_NONE } },
};

/* The best of some rounds, in ms. */
static double measure(const Frame *frame, const PngSettings *settings, uint64_t *bytes)
{
    double best = 1e9;

    for (int i = 0; i < ROUNDS; i++) {
        CountingSink sink = { { count_bytes }, 0 };
        gint64 start = g_get_monotonic_time();

        if (!image_write_png(frame, settings, &sink.base, NULL)) {
            g_error("encoding failed");
        }
        best = MIN(best, (g_get_monotonic_time() - start) / 1e3);
        *bytes = sink.bytes;
    }
    return best;
}

static bool is_chosen(const PngSettings *settings)
{
    return memcmp(settings, &png_settings_chosen, sizeof(*settings)) == 0;
}

static void run(int width, int height, bool all)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(scenes); i++) {
        g_autoptr(Frame) frame = frame_new(width, height, NULL);
        double floor_ms = 0;
        uint64_t floor_bytes = 0;

        scenes[i].draw(frame);
        for (unsigned j = 0; j < G_N_ELEMENTS(candidates); j++) {
            const PngSettings *settings = &candidates[j].settings;
            uint64_t bytes;
            double ms;

            if (!all && j > 0 && !is_chosen(settings)) {
                continue;
            }
            ms = measure(frame, settings, &bytes);
            if (j == 0) {
                floor_ms = ms;
                floor_bytes = bytes;
            }
            printf("%4dx%-4d %-5s  %-22s %9.2f ms (%5.2fx as fast)  %8" G_GUINT64_FORMAT
                   " bytes (%5.2fx the size)%s\n",
                   width, height, scenes[i].name, candidates[j].name, ms, floor_ms / ms, bytes,
                   (double)bytes / floor_bytes, is_chosen(settings) ? "  <- chosen" : "");
        }
    }
}

int main(int argc, char **argv)
{
    int width, height;

    g_random_set_seed(1);
    if (argc > 1 && sscanf(argv[1], "%dx%d", &width, &height) == 2 && width > 1 && height > 1) {
        run(width, height, true);
    } else {
        run(640, 480, false);
        run(1920, 1080, true);
        run(3840, 2160, false);
    }
    return 0;
}
