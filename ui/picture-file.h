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
 * Encode @frame into the file @filename. Blocks: for worker threads. The picture is written to a
 * temporary file beside the target, which is then replaced; it keeps its owner and mode if the
 * host lets us. A target that is no regular file (device, FIFO, symbolic link), or whose directory
 * does not let us, is written through when the picture is finished; nothing that was there is
 * removed.
 *
 * @cancelled is asked now and then, also while a FIFO waits for a reader. If it says true, and on
 * every other failure, the result is false with an error that names the file, and nothing has
 * changed (but for what had been written through to a device or FIFO).
 */
bool picture_file_write(const Frame *frame, ImageFormat format, const char *filename,
                        bool (*cancelled)(void), Error **errp);

#endif
