/*
 * What one viewer sees: the console's frame as it is, or fitted to a size the viewer can take.
 *
 * The viewer's thread.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UI_VNC_PICTURE_H
#define UI_VNC_PICTURE_H

#include "ui/frame.h"

#include <rfb/rfb.h>

/* libvncserver must have room for a line in its buffer of 32 KiB, less some headers. */
#define VNC_WIDTH_MAX 8184

typedef struct VncPicture {
    /* private */
    Frame *frame;  /* the console's */
    Frame *fitted; /* a copy of the viewer's size; NULL: @frame is shown itself */
} VncPicture;

/* Make @screen show @frame (whose reference is taken), of which @damage (NULL: all) is new. */
void vnc_picture_show(VncPicture *picture, rfbScreenInfoPtr screen, rfbClientPtr cl, Frame *frame,
                      const pixman_region32_t *damage);
/* The viewer may have said that it can follow a change of size: use that. */
void vnc_picture_refit(VncPicture *picture, rfbScreenInfoPtr screen, rfbClientPtr cl);
void vnc_picture_finish(VncPicture *picture);
/* How pixels lie in a Frame. */
void vnc_picture_set_format(rfbScreenInfoPtr screen);

#endif
