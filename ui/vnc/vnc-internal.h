/*
 * What the parts of the VNC server know of each other.
 *
 * A connection (VncClient) begins with a handshake on the main loop, which costs a descriptor and a
 * few bytes of memory. Who passes that becomes a viewer, with a thread of its own in which
 * libvncserver reads its messages, encodes and writes: who is slow holds up that thread only. What
 * the thread has to tell the machine goes through a mailbox of bounded size.
 *
 * Everything is for the main thread with the BQL, but for what is said to be the viewer's thread's.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UI_VNC_INTERNAL_H
#define UI_VNC_INTERNAL_H

#include "chardev/listener.h"
#include "qapi/qapi-types-vnc.h"
#include "ui/console-watch.h"
#include "ui/vnc.h"
#include "ui/vnc/keyboard.h"
#include "util/co-sync.h"

#include <pthread.h>

/* In the whole process. */
#define VNC_VIEWERS_MAX 32
/* Handshakes under way, for each server; one more ends the oldest. */
#define VNC_HANDSHAKES_MAX 32
/* Long enough for a person who looks for the password. */
#define VNC_HANDSHAKE_TIMEOUT_NS (120 * NS_PER_SEC)

typedef enum VncShare {
    VNC_SHARE_ALLOW_EXCLUSIVE, /* who wants to be alone is: all others are disconnected */
    VNC_SHARE_FORCE_SHARED,    /* who wants to be alone is refused */
    VNC_SHARE_IGNORE,          /* nobody is ever alone */
} VncShare;

struct VncOptions {
    char *id;     /* NULL: none given */
    bool nowhere; /* "none": for those whom add_client brings */
    char *path;
    char *host;
    unsigned port;
    unsigned port_to; /* the last port to try */
    VncShare share;
    bool password;
    char *audiodev;
};

typedef struct VncServer {
    char *id;
    VncShare share;
    VncPrimaryAuth auth;
    char *password;       /* NULL: nobody gets in */
    int64_t expires;      /* wall_clock_now(); INT64_MAX: never */
    GPtrArray *listeners; /* VncListener */
    GQueue clients;       /* VncClient, oldest first */

    /* The refresher (refresh.c). */
    Coroutine *refresher;
    CancelToken ending;
    CoQueue wake;
    BottomHalf *look_bh;
    int64_t last_refresh; /* CLOCK_HOST */
    int64_t interval;
    uint64_t begun;     /* atomic: updates asked for */
    uint64_t completed; /* atomic: of those, how many were answered */
    int changed;        /* atomic: something was drawn since the last look */
} VncServer;

typedef struct VncListener {
    VncServer *server;
    SocketListener *listener;
    VncBasicInfo *address;
} VncListener;

typedef struct VncMail {
    bool is_pointer;
    bool down;       /* keys */
    uint32_t keysym; /* keys */
    uint16_t x, y;   /* pointers */
    uint16_t width, height;
    uint8_t buttons;
} VncMail;

typedef enum VncStage {
    VNC_STAGE_VERSION,  /* the client is to name a version */
    VNC_STAGE_SECURITY, /* to choose how to prove itself */
    VNC_STAGE_RESPONSE, /* to answer the challenge */
    VNC_STAGE_INIT,     /* to say whether it shares */
    VNC_STAGE_VIEWING,
} VncStage;

typedef struct VncViewer VncViewer;

typedef enum VncLook {
    VNC_LOOK_AWAY,   /* it does not */
    VNC_LOOK_CHANGE, /* for something to change */
    VNC_LOOK_NOW,    /* for a picture of now, whatever it is */
} VncLook;

typedef struct VncClient {
    VncServer *server;
    int fd;
    VncStage stage;
    VncBasicInfo *server_address;
    VncBasicInfo *address;

    /* The handshake (handshake.c). */
    bool skip_auth;
    int minor; /* of the protocol's version: 3, 7 or 8 */
    uint8_t challenge[16];
    uint8_t input[16];
    size_t input_len;
    Timer deadline;

    bool exclusive;
    VncViewer *viewer; /* NULL: not yet */

    /* Its keyboard and pointer (client-input.c). */
    VncKeyboard keyboard;
    uint16_t x, y;
    uint8_t buttons;
} VncClient;

/* ---- servers (server.c) ---- */

/* NULL: the first one. An error says that there is none. */
VncServer *vnc_server_find(const char *id, Error **errp);
/* In the order in which they were started; NULL: none. */
const GPtrArray *vnc_servers(void);

/* ---- addresses (address.c) ---- */

/* The address of this (@peer false) or the other end of a socket. */
VncBasicInfo *vnc_address_of(int fd, bool peer);

/* ---- clients (client.c) ---- */

/* @fd, non-blocking, becomes the client's. */
void vnc_client_new(VncServer *server, const VncBasicInfo *server_address, int fd, bool skip_auth);
/* The handshake is through. May free @client. */
void vnc_client_initialized(VncClient *client, bool shared);
/* Disconnect: at once, or as soon as the viewer's thread has ended. May free @client. */
void vnc_client_close(VncClient *client);
/* The viewer's thread has ended. */
void vnc_client_viewer_ended(VncClient *client);

/* ---- the handshake (handshake.c) ---- */

void vnc_handshake_begin(VncClient *client);
void vnc_handshake_end(VncClient *client);

/* ---- viewers (viewer.c, rfb.c) ---- */

/* Before the first viewer. False: libvncserver has no memory. */
bool vnc_viewers_init(Error **errp);
/* Start its thread; NULL: there are too many, or no thread or descriptor to be had. */
VncViewer *vnc_viewer_start(VncClient *client);
/* Have its thread end; vnc_client_viewer_ended() follows from the loop. */
void vnc_viewer_stop(VncViewer *viewer);
/* When the thread has ended. */
void vnc_viewer_free(VncViewer *viewer);
/* What it looks at. */
ConsoleWatch *vnc_viewer_watch(VncViewer *viewer);
/* An update was completed. */
void vnc_viewer_refreshed(VncViewer *viewer);
/* What it waits for. */
VncLook vnc_viewer_looks(VncViewer *viewer);

/* ---- refreshing (refresh.c) ---- */

void vnc_refresh_start(VncServer *server);
/* Turns the main loop. */
void no_coroutine_fn vnc_refresh_finish(VncServer *server);
/* Any thread: somebody waits for news. */
void vnc_refresh_look(VncServer *server);
/* Something is likely to change soon: look often again. */
void vnc_refresh_hurry(VncServer *server);

/* ---- input (client-input.c) ---- */

void vnc_client_deliver(VncClient *client, const VncMail *mail);
/* Release whatever it holds down. */
void vnc_client_release_all(VncClient *client);

#endif
