/*
 * A picture into a file: whole or not at all.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UI_PICTURE_FILE_H
#define UI_PICTURE_FILE_H

#include "ui/frame.h"

#include "qapi/qapi-types-ui.h"

/*
 * Encode @frame into the file @filename, as file_target_write() (util/file-target.h) does it: blocks,
 * asks @cancelled, and what is written through is a finished picture.
 */
bool picture_file_write(const Frame *frame, ImageFormat format, const char *filename,
                        bool (*cancelled)(void), Error **errp);

#endif
