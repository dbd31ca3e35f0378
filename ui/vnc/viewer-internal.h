/*
 * A viewer's two parts: its thread (viewer.c), and libvncserver in it (rfb.c).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UI_VNC_VIEWER_INTERNAL_H
#define UI_VNC_VIEWER_INTERNAL_H

#include "ui/vnc/picture.h"
#include "ui/vnc/vnc-internal.h"

#include <rfb/rfb.h>

/* What was typed and not taken by the main loop yet; a viewer that sends more waits. */
#define MAIL_MAX 64

struct VncViewer {
    VncClient *client; /* the main loop's */
    VncServer *server;
    GThread *thread;
    ConsoleWatch *watch;
    int wake_fd;
    int closing; /* atomic */
    int look;    /* atomic VncLook */

    pthread_mutex_t lock; /* for the mailbox */
    pthread_cond_t taken;
    VncMail mail[MAIL_MAX];
    size_t mail_len;
    BottomHalf *mail_bh;

    /* The thread's. */
    int fd;          /* a duplicate of the client's; libvncserver closes it */
    uint64_t needed; /* the update to wait for before the next picture is sent */
    rfbScreenInfoPtr screen;
    rfbClientPtr cl;
    VncPicture picture;
};

/* ---- viewer.c; the viewer's thread ---- */

bool vnc_viewer_is_closing(VncViewer *viewer);
/* Have the main loop deliver it; waits while the mailbox is full. */
void vnc_viewer_post(VncViewer *viewer, const VncMail *mail);

/* ---- rfb.c; the main loop ---- */

/* NULL: all are in use. */
rfbScreenInfoPtr vnc_rfb_take_screen(void);
void vnc_rfb_give_screen(rfbScreenInfoPtr screen);

/* ---- rfb.c; the viewer's thread ---- */

/* Make libvncserver's client, begin with @frame, whose reference is taken. False: it is gone. */
bool vnc_rfb_begin(VncViewer *viewer, Frame *frame);
/* There is something to read: take one message. False: the client is gone, or broke the rules. */
bool vnc_rfb_process_message(VncViewer *viewer);
/* Whether the client waits for an update. */
bool vnc_rfb_is_waiting(const VncViewer *viewer);
/* Send what is new, if the client waits for it. False: the client is gone. */
bool vnc_rfb_send_update(VncViewer *viewer);
void vnc_rfb_end(VncViewer *viewer);

#endif
