/*
 * A viewer: the thread that serves it, and the mailbox through which that talks to the main loop.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/vnc/viewer-internal.h"

#include "util/io-thread.h"
#include "util/report.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- the mailbox ---- */

static void deliver_mail(void *opaque)
{
    VncViewer *viewer = opaque;
    VncMail mail[MAIL_MAX];
    size_t n;

    pthread_mutex_lock(&viewer->lock);
    n = viewer->mail_len;
    memcpy(mail, viewer->mail, n * sizeof(*mail));
    viewer->mail_len = 0;
    pthread_cond_signal(&viewer->taken);
    pthread_mutex_unlock(&viewer->lock);
    for (size_t i = 0; i < n; i++) {
        vnc_client_deliver(viewer->client, &mail[i]);
    }
    if (n) {
        vnc_refresh_hurry(viewer->server);
    }
}

bool vnc_viewer_is_closing(VncViewer *viewer)
{
    return __atomic_load_n(&viewer->closing, __ATOMIC_ACQUIRE);
}

void vnc_viewer_post(VncViewer *viewer, const VncMail *mail)
{
    pthread_mutex_lock(&viewer->lock);
    while (viewer->mail_len == MAIL_MAX && !vnc_viewer_is_closing(viewer)) {
        pthread_cond_wait(&viewer->taken, &viewer->lock);
    }
    if (viewer->mail_len < MAIL_MAX) {
        viewer->mail[viewer->mail_len++] = *mail;
    }
    pthread_mutex_unlock(&viewer->lock);
    bottom_half_schedule(viewer->mail_bh);
}

/* ---- pictures; the viewer's thread ---- */

static void set_look(VncViewer *viewer, VncLook look)
{
    if (__atomic_exchange_n(&viewer->look, look, __ATOMIC_ACQ_REL) != (int)look && look) {
        vnc_refresh_look(viewer->server);
    }
}

static bool is_fresh(VncViewer *viewer)
{
    return __atomic_load_n(&viewer->server->completed, __ATOMIC_ACQUIRE) >= viewer->needed;
}

static void take_picture(VncViewer *viewer)
{
    pixman_region32_t damage;
    Frame *frame;

    pixman_region32_init(&damage);
    frame = console_watch_take(viewer->watch, &damage);
    if (frame) {
        vnc_picture_show(&viewer->picture, viewer->screen, viewer->cl, frame, &damage);
    }
    pixman_region32_fini(&damage);
}

/* False: the client is gone. */
static bool send_update(VncViewer *viewer)
{
    bool ok = true;

    if (vnc_rfb_is_waiting(viewer) && is_fresh(viewer)) {
        take_picture(viewer);
        set_look(viewer, VNC_LOOK_AWAY); /* nothing is drawn for who does not read */
        ok = vnc_rfb_send_update(viewer);
    }
    if (!ok || !vnc_rfb_is_waiting(viewer)) {
        set_look(viewer, VNC_LOOK_AWAY);
    } else {
        set_look(viewer, is_fresh(viewer) ? VNC_LOOK_CHANGE : VNC_LOOK_NOW);
    }
    return ok;
}

/* ---- the thread ---- */

/* Wait for the client (if @fd is not negative) or for news; returns whether the client says
 * something. */
static bool wait_for_something(VncViewer *viewer, int fd)
{
    struct pollfd pfds[] = { { .fd = viewer->wake_fd, .events = POLLIN },
                             { .fd = fd, .events = POLLIN } };
    uint64_t count;

    if (poll(pfds, G_N_ELEMENTS(pfds), -1) < 0) {
        return false;
    }
    if (pfds[0].revents && read(viewer->wake_fd, &count, sizeof(count)) < 0) {
        return false;
    }
    return pfds[1].revents;
}

/* Begin with a picture of now, whose size is the one that the client is told first. */
static bool begin(VncViewer *viewer)
{
    pixman_region32_t damage;
    Frame *frame;

    set_look(viewer, VNC_LOOK_NOW);
    while (!is_fresh(viewer) && !vnc_viewer_is_closing(viewer)) {
        wait_for_something(viewer, -1);
    }
    pixman_region32_init(&damage);
    frame = console_watch_take(viewer->watch, &damage);
    pixman_region32_fini(&damage);
    return vnc_rfb_begin(viewer, frame);
}

static void viewer_ended(void *opaque)
{
    VncViewer *viewer = opaque;

    deliver_mail(viewer);
    vnc_client_viewer_ended(viewer->client);
}

static void *viewer_thread(void *opaque)
{
    VncViewer *viewer = opaque;
    bool ok = begin(viewer);

    while (ok && !vnc_viewer_is_closing(viewer)) {
        if (wait_for_something(viewer, viewer->fd)) {
            ok = vnc_rfb_process_message(viewer);
        }
        ok = ok && send_update(viewer);
    }
    vnc_rfb_end(viewer);
    set_look(viewer, VNC_LOOK_AWAY);
    event_loop_run_once(main_loop(), viewer_ended, viewer);
    return NULL;
}

/* ---- life; the main loop ---- */

static void wake_viewer(VncViewer *viewer)
{
    uint64_t one = 1;

    if (write(viewer->wake_fd, &one, sizeof(one)) < 0) {
        /* The counter is full: it is awake. */
    }
}

static void on_changed(void *opaque)
{
    VncViewer *viewer = opaque;

    __atomic_store_n(&viewer->server->changed, 1, __ATOMIC_RELEASE);
    wake_viewer(viewer);
}

VncViewer *vnc_viewer_start(VncClient *client)
{
    rfbScreenInfoPtr screen = vnc_rfb_take_screen();
    VncViewer *viewer;

    if (!screen) {
        warn_report("a VNC viewer was turned away: %d is how many there can be", VNC_VIEWERS_MAX);
        return NULL;
    }
    viewer = g_new0(VncViewer, 1);
    viewer->client = client;
    viewer->server = client->server;
    viewer->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    viewer->fd = fcntl(client->fd, F_DUPFD_CLOEXEC, 0);
    viewer->needed = client->server->begun + 1;
    pthread_mutex_init(&viewer->lock, NULL);
    pthread_cond_init(&viewer->taken, NULL);
    viewer->mail_bh = bottom_half_new(main_loop(), deliver_mail, viewer);
    viewer->watch = console_watch_new(on_changed, viewer);
    console_watch_set(viewer->watch, console_default());
    viewer->screen = screen;
    if (viewer->wake_fd >= 0 && viewer->fd >= 0) {
        viewer->thread = thread_try_start("vnc-viewer", viewer_thread, viewer);
    }
    if (!viewer->thread) {
        close(viewer->fd);
        vnc_viewer_free(viewer);
        return NULL;
    }
    return viewer;
}

void vnc_viewer_stop(VncViewer *viewer)
{
    pthread_mutex_lock(&viewer->lock);
    __atomic_store_n(&viewer->closing, 1, __ATOMIC_RELEASE);
    pthread_cond_signal(&viewer->taken);
    pthread_mutex_unlock(&viewer->lock);
    shutdown(viewer->client->fd, SHUT_RDWR); /* ends whatever it waits for */
    wake_viewer(viewer);
}

void vnc_viewer_free(VncViewer *viewer)
{
    if (viewer->thread) {
        g_thread_unref(viewer->thread); /* it has nothing left to do but to return */
    }
    vnc_rfb_give_screen(viewer->screen);
    console_watch_free(viewer->watch);
    bottom_half_destroy(viewer->mail_bh);
    pthread_cond_destroy(&viewer->taken);
    pthread_mutex_destroy(&viewer->lock);
    close(viewer->wake_fd);
    g_free(viewer);
}

ConsoleWatch *vnc_viewer_watch(VncViewer *viewer)
{
    return viewer->watch;
}

void vnc_viewer_refreshed(VncViewer *viewer)
{
    wake_viewer(viewer);
}

VncLook vnc_viewer_looks(VncViewer *viewer)
{
    return __atomic_load_n(&viewer->look, __ATOMIC_ACQUIRE);
}
