/*
 * libvncserver, as far as a viewer's thread uses it.
 *
 * There is one client to a screen, and each screen is one thread's. What the library shares between
 * screens (the mutex of its lists, which it makes anew with every screen) stays as it is, because
 * all screens are made before the first viewer. Messages that it would serve but nobody here wants
 * (scaling, file transfer, chat, the clipboard) never reach it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/vnc/viewer-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <rfb/rfbregion.h>
#include <sys/socket.h>
#include <unistd.h>

/* libvncserver ends clients that do not read for so long, in milliseconds: never. */
#define CLIENT_WAIT_MS (INT_MAX - 10000)
#define DESKTOP_NAME   "vitrine"

static rfbScreenInfoPtr free_screens[VNC_VIEWERS_MAX];
static int free_screens_len;
static bool screens_made;

/* ---- what libvncserver calls; the viewer's thread ---- */

static void on_key(rfbBool down, rfbKeySym keysym, rfbClientPtr cl)
{
    VncMail mail = { .down = down, .keysym = keysym };

    vnc_viewer_post(cl->clientData, &mail);
}

static void on_pointer(int buttons, int x, int y, rfbClientPtr cl)
{
    VncMail mail = {
        .is_pointer = true,
        .x = CLAMP(x, 0, cl->screen->width - 1),
        .y = CLAMP(y, 0, cl->screen->height - 1),
        .width = cl->screen->width,
        .height = cl->screen->height,
        .buttons = buttons,
    };

    vnc_viewer_post(cl->clientData, &mail);
}

/* Who wants all of the screen gets one that is not older than the request. */
static void on_request(rfbClientPtr cl, rfbFramebufferUpdateRequestMsg *msg)
{
    VncViewer *viewer = cl->clientData;

    if (!msg->incremental) {
        viewer->needed = __atomic_load_n(&viewer->server->begun, __ATOMIC_ACQUIRE) + 1;
    }
}

/* Formats with a palette are 8 bits wide; the others have whole channels within their pixels. */
static bool is_possible_format(const rfbPixelFormat *format)
{
    if (format->bitsPerPixel != 8 && format->bitsPerPixel != 16 && format->bitsPerPixel != 32) {
        return false;
    }
    if (!format->trueColour) {
        return format->bitsPerPixel == 8;
    }
    return format->redMax && format->greenMax && format->blueMax &&
           format->redShift < format->bitsPerPixel && format->greenShift < format->bitsPerPixel &&
           format->blueShift < format->bitsPerPixel;
}

static rfbBool on_format(rfbClientPtr cl)
{
    if (cl->sock == RFB_INVALID_SOCKET) {
        return FALSE;
    }
    if (!is_possible_format(&cl->format)) {
        rfbCloseClient(cl);
        return FALSE;
    }
    return rfbSetTranslateFunction(cl);
}

static void silent(const char *format, ...)
{
}

/* ---- screens ---- */

static bool make_screen(Error **errp)
{
    rfbScreenInfoPtr screen =
        rfbGetScreen(NULL, NULL, CONSOLE_INITIAL_WIDTH, CONSOLE_INITIAL_HEIGHT, 8, 3, 4);

    if (!screen) {
        error_setg(errp, "There is not enough memory for a VNC server");
        return false;
    }
    vnc_picture_set_format(screen);
    screen->desktopName = DESKTOP_NAME;
    screen->alwaysShared = TRUE; /* that was settled in the handshake */
    screen->deferUpdateTime = 0;
    screen->maxClientWait = CLIENT_WAIT_MS;
    screen->cursor = NULL;
    screen->kbdAddEvent = on_key;
    screen->ptrAddEvent = on_pointer;
    screen->setTranslateFunction = on_format;
    free_screens[free_screens_len++] = screen;
    return true;
}

bool vnc_viewers_init(Error **errp)
{
    bool ok = true;

    if (!screens_made) {
        rfbLog = rfbErr = silent;
        for (int i = 0; ok && i < VNC_VIEWERS_MAX; i++) {
            ok = make_screen(errp);
        }
        screens_made = true;
    }
    return ok;
}

rfbScreenInfoPtr vnc_rfb_take_screen(void)
{
    return free_screens_len ? free_screens[--free_screens_len] : NULL;
}

void vnc_rfb_give_screen(rfbScreenInfoPtr screen)
{
    free_screens[free_screens_len++] = screen;
}

/* ---- the beginning and the end ---- */

/*
 * libvncserver begins with a handshake, which has been done; and looks for WebSockets for a while,
 * which are not offered. So that it does neither, its new client begins on a socket pair, where it
 * finds an answer at once, and then gets the real socket under the same number.
 */
static rfbClientPtr new_client(VncViewer *viewer)
{
    static const char answer[] = "RFB ";
    int pair[2];
    rfbClientPtr cl = NULL;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        return NULL;
    }
    /* It puts descriptors into sets of FD_SETSIZE bits, without a look. */
    if (pair[0] < FD_SETSIZE && send(pair[1], answer, strlen(answer), MSG_NOSIGNAL) > 0) {
        cl = rfbNewClient(viewer->screen, pair[0]); /* closes it on failure */
    } else {
        close(pair[0]);
    }
    close(pair[1]);
    if (cl && dup3(viewer->fd, pair[0], O_CLOEXEC) < 0) {
        rfbCloseClient(cl);
    }
    close(viewer->fd);
    viewer->fd = pair[0];
    return cl;
}

bool vnc_rfb_begin(VncViewer *viewer, Frame *frame)
{
    viewer->screen->width = MIN(frame->width, VNC_WIDTH_MAX);
    viewer->screen->height = frame->height;
    viewer->screen->paddedWidthInBytes = viewer->screen->width * 4;
    viewer->cl = new_client(viewer);
    if (!viewer->cl) {
        frame_unref(frame);
        return false;
    }
    viewer->cl->clientData = viewer;
    viewer->cl->clientFramebufferUpdateRequestHook = on_request;
    viewer->cl->protocolMajorVersion = 3;
    viewer->cl->protocolMinorVersion = 8;
    vnc_picture_show(&viewer->picture, viewer->screen, viewer->cl, frame, NULL);
    viewer->cl->state = RFB_INITIALISATION_SHARED;
    rfbProcessClientMessage(viewer->cl);
    return viewer->cl->sock != RFB_INVALID_SOCKET;
}

void vnc_rfb_end(VncViewer *viewer)
{
    if (viewer->cl) {
        if (viewer->cl->sock != RFB_INVALID_SOCKET) {
            rfbCloseClient(viewer->cl);
        }
        rfbClientConnectionGone(viewer->cl);
    }
    vnc_picture_finish(&viewer->picture);
}

/* ---- messages; the viewer's thread ---- */

static bool read_exactly(VncViewer *viewer, void *buffer, size_t len)
{
    struct pollfd pfd = { .fd = viewer->fd, .events = POLLIN };

    while (len) {
        ssize_t n = recv(viewer->fd, buffer, len, 0);

        if (n > 0) {
            buffer = (char *)buffer + n;
            len -= n;
        } else if (n == 0 || (errno != EAGAIN && errno != EINTR) || vnc_viewer_is_closing(viewer)) {
            return false;
        } else {
            poll(&pfd, 1, -1);
        }
    }
    return true;
}

/* There is no clipboard: read past it, however long it is. */
static bool skip_cut_text(VncViewer *viewer)
{
    rfbClientCutTextMsg msg;
    char chunk[4096];
    uint32_t length;

    if (!read_exactly(viewer, &msg, sz_rfbClientCutTextMsg)) {
        return false;
    }
    length = GUINT32_FROM_BE(msg.length);
    if (length > INT32_MAX) {
        length = -length; /* the extended clipboard has a negative length */
    }
    while (length) {
        size_t n = MIN(length, sizeof(chunk));

        if (!read_exactly(viewer, chunk, n)) {
            return false;
        }
        length -= n;
    }
    return true;
}

bool vnc_rfb_process_message(VncViewer *viewer)
{
    rfbClientPtr cl = viewer->cl;
    uint8_t type;
    ssize_t n = recv(viewer->fd, &type, 1, MSG_PEEK | MSG_DONTWAIT);

    if (n <= 0) {
        return n < 0 && (errno == EAGAIN || errno == EINTR);
    }
    switch (type) {
    case rfbClientCutText:
        return skip_cut_text(viewer);
    case rfbSetEncodings:
        rfbProcessClientMessage(cl);
        /* The screen has no cursor of its own; without one, viewers show theirs. */
        cl->cursorWasChanged = cl->cursorWasMoved = FALSE;
        vnc_picture_refit(&viewer->picture, viewer->screen, cl);
        break;
    case rfbSetPixelFormat:
    case rfbFramebufferUpdateRequest:
    case rfbKeyEvent:
    case rfbPointerEvent:
    case rfbSetDesktopSize:
        rfbProcessClientMessage(cl);
        break;
    default:
        return false;
    }
    return cl->sock != RFB_INVALID_SOCKET;
}

/* ---- updates ---- */

bool vnc_rfb_is_waiting(const VncViewer *viewer)
{
    return viewer->cl->sock != RFB_INVALID_SOCKET && !sraRgnEmpty(viewer->cl->requestedRegion);
}

bool vnc_rfb_send_update(VncViewer *viewer)
{
    rfbClientPtr cl = viewer->cl;
    bool resized = cl->useNewFBSize && cl->newFBSizePending;

    if (vnc_rfb_is_waiting(viewer)) {
        rfbUpdateClient(cl);
        if (resized) {
            sraRgnMakeEmpty(cl->requestedRegion); /* the new size was the answer */
        }
    }
    return cl->sock != RFB_INVALID_SOCKET;
}
