/*
 * Pictures for tests.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "picture-test.h"

#include <png.h>
#include <stdio.h>
#include <string.h>

Frame *picture_test_frame(int width, int height, uint32_t seed)
{
    Frame *frame = frame_new(width, height, &error_abort);
    uint32_t *p = (uint32_t *)frame->pixels;

    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            uint32_t slope = (x * 255 / width) << 16 | (y * 255 / height) << 8;

            *p++ = x / 8 % 3 ? slope + seed : (uint32_t)(x * 2654435761u + y * 40503u + seed);
        }
    }
    return frame;
}

static void set_rgb(Frame *frame, const uint8_t *rgb)
{
    uint32_t *p = (uint32_t *)frame->pixels;

    for (int i = 0; i < frame->width * frame->height; i++, rgb += 3) {
        p[i] = (uint32_t)rgb[0] << 16 | rgb[1] << 8 | rgb[2];
    }
}

Frame *picture_test_decode_png(const uint8_t *bytes, size_t length)
{
    png_image image = { .version = PNG_IMAGE_VERSION };
    g_autofree uint8_t *rgb = NULL;
    Frame *frame;

    g_assert_true(png_image_begin_read_from_memory(&image, bytes, length));
    image.format = PNG_FORMAT_RGB;
    rgb = g_malloc(PNG_IMAGE_SIZE(image));
    g_assert_true(png_image_finish_read(&image, NULL, rgb, 0, NULL));
    frame = frame_new(image.width, image.height, &error_abort);
    set_rgb(frame, rgb);
    return frame;
}

Frame *picture_test_decode_ppm(const uint8_t *bytes, size_t length)
{
    int width, height, header = 0;
    g_autofree char *start = g_strndup((const char *)bytes, MIN(length, 64));
    Frame *frame;

    g_assert_cmpint(sscanf(start, "P6\n%d %d\n255\n%n", &width, &height, &header), ==, 2);
    g_assert_cmpint(header, >, 0);
    /* %n may have eaten pixels that look like blanks; the header ends behind the third line. */
    header = strstr(start, "\n255\n") + 5 - start;
    g_assert_cmpuint(length, ==, header + (size_t)width * height * 3);
    frame = frame_new(width, height, &error_abort);
    set_rgb(frame, bytes + header);
    return frame;
}

Frame *picture_test_load(const char *filename)
{
    g_autofree char *bytes = NULL;
    gsize length;

    g_assert_true(g_file_get_contents(filename, &bytes, &length, NULL));
    g_assert_cmpuint(length, >, 8);
    return bytes[0] == 'P' ? picture_test_decode_ppm((uint8_t *)bytes, length)
                           : picture_test_decode_png((uint8_t *)bytes, length);
}

void picture_test_assert_equal(const Frame *a, const Frame *b)
{
    g_assert_cmpint(a->width, ==, b->width);
    g_assert_cmpint(a->height, ==, b->height);
    for (int y = 0; y < a->height; y++) {
        const uint32_t *p = (const uint32_t *)(a->pixels + (size_t)y * a->stride);
        const uint32_t *q = (const uint32_t *)(b->pixels + (size_t)y * b->stride);

        for (int x = 0; x < a->width; x++) {
            if ((p[x] ^ q[x]) & 0xffffff) {
                g_error("pixel %d,%d is %06x here and %06x there", x, y, p[x] & 0xffffff,
                        q[x] & 0xffffff);
            }
        }
    }
}
