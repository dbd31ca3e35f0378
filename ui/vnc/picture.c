/*
 * What one viewer sees.
 *
 * Frames are immutable, so libvncserver reads the console's own, without a copy. Only for a viewer
 * that cannot follow a change of size, and for screens that are too wide, is there one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/vnc/picture.h"

#include <string.h>

void vnc_picture_set_format(rfbScreenInfoPtr screen)
{
    screen->serverFormat.depth = 24;
    screen->serverFormat.redShift = 16;
    screen->serverFormat.greenShift = 8;
    screen->serverFormat.blueShift = 0;
}

/* The part that fits; black around it. NULL: no memory. */
static Frame *fit(const Frame *frame, int width, int height)
{
    Frame *fitted = frame_new(width, height, NULL);

    for (int y = 0; fitted && y < MIN(height, frame->height); y++) {
        memcpy(fitted->pixels + (size_t)y * fitted->stride,
               frame->pixels + (size_t)y * frame->stride, (size_t)MIN(width, frame->width) * 4);
    }
    return fitted;
}

static void mark(rfbScreenInfoPtr screen, const pixman_region32_t *damage)
{
    int n;
    const pixman_box32_t *boxes = pixman_region32_rectangles((pixman_region32_t *)damage, &n);

    for (int i = 0; i < n; i++) {
        rfbMarkRectAsModified(screen, boxes[i].x1, boxes[i].y1, boxes[i].x2, boxes[i].y2);
    }
}

/* A framebuffer of another size; libvncserver tells the viewer, and takes all of it for new. */
static void resize(rfbScreenInfoPtr screen, rfbClientPtr cl, Frame *frame)
{
    rfbNewFramebuffer(screen, (char *)frame->pixels, frame->width, frame->height, 8, 3, 4);
    vnc_picture_set_format(screen);
    screen->setTranslateFunction(cl);
}

void vnc_picture_show(VncPicture *picture, rfbScreenInfoPtr screen, rfbClientPtr cl, Frame *frame,
                      const pixman_region32_t *damage)
{
    int width = cl->useNewFBSize ? MIN(frame->width, VNC_WIDTH_MAX) : screen->width;
    int height = cl->useNewFBSize ? frame->height : screen->height;
    bool fits = width == frame->width && height == frame->height;
    Frame *fitted = fits ? NULL : fit(frame, width, height);
    Frame *shown = fits ? frame : fitted;

    if (!shown) {
        frame_unref(frame); /* what was shown stays */
        return;
    }
    if (width != screen->width || height != screen->height) {
        resize(screen, cl, shown);
    } else {
        screen->frameBuffer = (char *)shown->pixels;
        if (damage && fits && !picture->fitted) {
            mark(screen, damage);
        } else {
            rfbMarkRectAsModified(screen, 0, 0, width, height);
        }
    }
    vnc_picture_finish(picture);
    *picture = (VncPicture){ .frame = frame, .fitted = fitted };
}

void vnc_picture_refit(VncPicture *picture, rfbScreenInfoPtr screen, rfbClientPtr cl)
{
    const Frame *frame = picture->frame;

    if (frame && (frame->width != screen->width || frame->height != screen->height)) {
        vnc_picture_show(picture, screen, cl, frame_ref(picture->frame), NULL);
    }
}

void vnc_picture_finish(VncPicture *picture)
{
    frame_unref(picture->frame);
    frame_unref(picture->fitted);
}
