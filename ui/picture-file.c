/*
 * Writing picture files.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/picture-file.h"

#include "ui/image-writer.h"
#include "util/compiler.h"
#include "util/file-target.h"

typedef struct Picture {
    const Frame *frame;
    ImageFormat format;
} Picture;

typedef struct PictureSink {
    ImageSink base;
    FileSink *file;
} PictureSink;

static bool picture_sink_write(ImageSink *base, const uint8_t *bytes, size_t length, Error **errp)
{
    return file_sink_write(container_of(base, PictureSink, base)->file, bytes, length, errp);
}

static bool encode(FileSink *file, void *opaque, Error **errp)
{
    const Picture *picture = opaque;
    PictureSink sink = { { picture_sink_write }, file };

    switch (picture->format) {
    case IMAGE_FORMAT_PNG:
        return image_write_png(picture->frame, &png_settings_chosen, &sink.base, errp);
    case IMAGE_FORMAT_PPM:
        return image_write_ppm(picture->frame, &sink.base, errp);
    default:
        g_assert_not_reached();
    }
}

bool picture_file_write(const Frame *frame, ImageFormat format, const char *filename,
                        bool (*cancelled)(void), Error **errp)
{
    Picture picture = { frame, format };
    FileContent content = { .produce = encode, .opaque = &picture };

    return file_target_write(filename, &content, cancelled, errp);
}
