/*
 * Consoles: where a display device and the viewers meet; neither knows the other.
 *
 * A device makes a console and renders into frames; viewers ask for an update, wait for it and
 * take the frame. The path is asynchronous: graphic_hw_update() asks, the device renders in a
 * thread of its own and says graphic_hw_update_done().
 *
 * Threads: consoles are made, found and waited on under the BQL (main loop). A device's renderer
 * calls graphic_hw_update_done() and the console_draw_*() functions from its own thread, without
 * the BQL.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UI_CONSOLE_H
#define UI_CONSOLE_H

#include "qom/object.h"
#include "ui/frame.h"
#include "util/coroutine.h"

typedef struct Console Console;

/* What a console shows before anything was drawn on it. */
#define CONSOLE_INITIAL_WIDTH  640
#define CONSOLE_INITIAL_HEIGHT 480
#define CONSOLE_INITIAL_TEXT   "Guest has not initialized the display (yet)."

typedef struct ConsoleOps {
    /*
     * Begin rendering what the guest shows now (BQL held, must not block); every call is followed
     * by exactly one graphic_hw_update_done(), in whatever thread. Never called while an earlier
     * update is under way: the console asks again afterwards.
     */
    void (*update)(void *opaque);
} ConsoleOps;

/* @device may be NULL (tests). @head counts the outputs of one device from 0. */
Console *console_new(Object *device, unsigned head, const ConsoleOps *ops, void *opaque);
/* Cancels waiters; the device's renderer must be idle. */
void console_destroy(Console *con);
unsigned console_index(const Console *con);
Object *console_device(const Console *con);
unsigned console_head(const Console *con);
Console *console_by_index(unsigned index); /* NULL: none */
Console *console_default(void);            /* the first there is; NULL: none */
/* The console of the device with this id or QOM path; an error says what there is. */
Console *console_by_device(const char *device, unsigned head, Error **errp);

/*
 * Ask for an update that begins after this call. One under way does not count: another follows
 * it. Returns the ticket to wait with.
 */
uint64_t graphic_hw_update(Console *con);
/* The device's answer: the frame it drew (console_draw_end()) is the update's result. */
void graphic_hw_update_done(Console *con);
/*
 * Wait until the update of @ticket is done. False, with an error: cancelled, or the console was
 * destroyed meanwhile.
 */
bool coroutine_fn console_wait_update(Console *con, uint64_t ticket, Error **errp);
/* The frame shown now; the caller's reference. Never NULL (a placeholder before the first). */
Frame *console_take_frame(Console *con);

/* ---- for those who look again and again (ui/console-watch.h) ---- */

typedef struct ConsoleWatch ConsoleWatch;
/* Tell @watch what is shown, now and from now on / no more. BQL held. */
void console_add_watch(Console *con, ConsoleWatch *watch);
void console_remove_watch(Console *con, ConsoleWatch *watch);

/* ---- for the device's renderer (one at a time, any thread) ---- */

/*
 * Get a frame of this size to draw @dirty into (NULL: all of it). What is shown is in the rest of
 * it if the size is the same, else that is black; what changed lately is copied for that. What is
 * shown stays as it is until console_draw_end(), which must follow. NULL: the size is out of
 * range or memory is short.
 */
Frame *console_draw_begin(Console *con, int width, int height, const pixman_region32_t *dirty);
/* Show it. @dirty as in console_draw_begin(). */
void console_draw_end(Console *con, Frame *frame, const pixman_region32_t *dirty);
/* Show a placeholder saying @text. */
void console_draw_placeholder(Console *con, int width, int height, const char *text);

#endif
