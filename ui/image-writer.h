/*
 * Pictures as PNG and PPM files, written piece by piece.
 *
 * Any thread, no lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UI_IMAGE_WRITER_H
#define UI_IMAGE_WRITER_H

#include "ui/frame.h"

/*
 * Where the bytes go. write() gets a few KiB at a time and returns false to end it all; then it
 * has set an error, which the encoder hands on.
 */
typedef struct ImageSink ImageSink;
struct ImageSink {
    bool (*write)(ImageSink *sink, const uint8_t *bytes, size_t length, Error **errp);
};

/* zlib's and libpng's knobs, for the benchmark; everybody else takes png_settings_chosen. */
typedef struct PngSettings {
    int level;    /* 0..9; -1: the library's default */
    int strategy; /* Z_DEFAULT_STRATEGY, Z_FILTERED, Z_RLE ...; -1: the library's default */
    int filters;  /* PNG_FILTER_*, more than one: the library tries them; -1: its default */
} PngSettings;

extern const PngSettings png_settings_chosen;

/* 8 bits a channel, RGB (PNG specification, second edition). */
bool image_write_png(const Frame *frame, const PngSettings *settings, ImageSink *sink,
                     Error **errp);
/* Binary portable pixmap (P6), 8 bits a channel. */
bool image_write_ppm(const Frame *frame, ImageSink *sink, Error **errp);

#endif
