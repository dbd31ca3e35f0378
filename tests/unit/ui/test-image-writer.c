/*
 * PNG and PPM decode to the pixels that went in; a sink that fails ends the encoding.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/image-writer.h"

#include "picture-test.h"

#include <string.h>

typedef struct TestSink {
    ImageSink base;
    GByteArray *bytes;
    size_t room; /* fails behind this many bytes */
    int failures;
} TestSink;

static bool test_sink_write(ImageSink *base, const uint8_t *bytes, size_t length, Error **errp)
{
    TestSink *sink = (TestSink *)base;

    if (sink->bytes->len + length > sink->room) {
        sink->failures++;
        error_setg(errp, "the sink is full");
        return false;
    }
    g_byte_array_append(sink->bytes, bytes, length);
    return true;
}

static TestSink new_sink(size_t room)
{
    return (TestSink){ { test_sink_write }, g_byte_array_new(), room, 0 };
}

static bool encode(const Frame *frame, bool png, TestSink *sink, Error **errp)
{
    return png ? image_write_png(frame, &png_settings_chosen, &sink->base, errp)
               : image_write_ppm(frame, &sink->base, errp);
}

static void check_size(int width, int height)
{
    g_autoptr(Frame) frame = picture_test_frame(width, height, 0);

    for (int png = 0; png < 2; png++) {
        TestSink sink = new_sink(SIZE_MAX);
        g_autoptr(Frame) back = NULL;

        g_assert_true(encode(frame, png, &sink, &error_abort));
        back = png ? picture_test_decode_png(sink.bytes->data, sink.bytes->len)
                   : picture_test_decode_ppm(sink.bytes->data, sink.bytes->len);
        picture_test_assert_equal(frame, back);
        g_byte_array_unref(sink.bytes);
    }
}

static void test_sizes(void)
{
    static const int sizes[][2] = { { 1, 1 },     { 3, 5 },      { 5, 1 },       { 64, 64 },
                                    { 640, 480 }, { 1366, 768 }, { 1920, 1080 }, { 3840, 2160 },
                                    { 16384, 1 }, { 1, 16384 } };

    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        check_size(sizes[i][0], sizes[i][1]);
    }
}

static void test_full_sink(void)
{
    g_autoptr(Frame) frame = picture_test_frame(300, 200, 0);

    for (int png = 0; png < 2; png++) {
        for (size_t room = 0; room < 20000; room += 1777) {
            TestSink sink = new_sink(room);
            Error *err = NULL;

            g_assert_false(encode(frame, png, &sink, &err));
            g_assert_cmpstr(error_get_pretty(err), ==, "the sink is full");
            g_assert_cmpint(sink.failures, ==, 1);
            error_free(err);
            g_byte_array_unref(sink.bytes);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/image-writer/sizes", test_sizes);
    g_test_add_func("/image-writer/full-sink", test_full_sink);
    return g_test_run();
}
