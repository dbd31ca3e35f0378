/*
 * Watches: what changed on a console since somebody looked last.
 *
 * Each has the frame that is shown, so that it keeps alive none that the console does not, and the
 * union of what was drawn.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/console-watch.h"

#include "util/bql.h"

#include <pthread.h>

/* Of a region with more rectangles only the extents are kept. */
#define DAMAGE_RECTS_MAX 64

#define NO_SCREEN_TEXT "This machine has no screen."

struct ConsoleWatch {
    Console *con; /* under the BQL */
    ConsoleWatchFn *changed;
    void *opaque;

    pthread_mutex_t lock; /* for what follows */
    Frame *frame;
    pixman_region32_t damage;
    bool fresh;
};

ConsoleWatch *console_watch_new(ConsoleWatchFn *changed, void *opaque)
{
    ConsoleWatch *watch = g_new0(ConsoleWatch, 1);

    watch->changed = changed;
    watch->opaque = opaque;
    pthread_mutex_init(&watch->lock, NULL);
    pixman_region32_init(&watch->damage);
    console_watch_lost(watch);
    return watch;
}

void console_watch_free(ConsoleWatch *watch)
{
    bql_assert_locked();
    if (watch->con) {
        console_remove_watch(watch->con, watch);
    }
    frame_unref(watch->frame);
    pixman_region32_fini(&watch->damage);
    pthread_mutex_destroy(&watch->lock);
    g_free(watch);
}

Console *console_watch_get(const ConsoleWatch *watch)
{
    return watch->con;
}

void console_watch_set(ConsoleWatch *watch, Console *con)
{
    bql_assert_locked();
    if (watch->con == con) {
        return;
    }
    if (watch->con) {
        console_remove_watch(watch->con, watch);
    }
    if (con) {
        watch->con = con;
        console_add_watch(con, watch);
    } else {
        console_watch_lost(watch);
    }
}

void console_watch_lost(ConsoleWatch *watch)
{
    g_autoptr(Frame) frame =
        frame_new_placeholder(CONSOLE_INITIAL_WIDTH, CONSOLE_INITIAL_HEIGHT, NO_SCREEN_TEXT);

    bql_assert_locked();
    watch->con = NULL;
    if (frame) {
        console_watch_show(watch, frame, NULL);
    }
}

static void limit_damage(ConsoleWatch *watch)
{
    if (pixman_region32_n_rects(&watch->damage) > DAMAGE_RECTS_MAX) {
        pixman_box32_t box = *pixman_region32_extents(&watch->damage);

        pixman_region32_fini(&watch->damage);
        pixman_region32_init_with_extents(&watch->damage, &box);
    }
}

void console_watch_show(ConsoleWatch *watch, Frame *frame, const pixman_region32_t *dirty)
{
    Frame *old;

    pthread_mutex_lock(&watch->lock);
    old = watch->frame;
    if (!dirty || !old || old->width != frame->width || old->height != frame->height) {
        pixman_region32_fini(&watch->damage);
        pixman_region32_init_rect(&watch->damage, 0, 0, frame->width, frame->height);
    } else {
        pixman_region32_union(&watch->damage, &watch->damage, (pixman_region32_t *)dirty);
        pixman_region32_intersect_rect(&watch->damage, &watch->damage, 0, 0, frame->width,
                                       frame->height);
        limit_damage(watch);
    }
    watch->frame = frame_ref(frame);
    watch->fresh = true;
    pthread_mutex_unlock(&watch->lock);
    frame_unref(old);
    watch->changed(watch->opaque);
}

Frame *console_watch_take(ConsoleWatch *watch, pixman_region32_t *damage)
{
    Frame *frame = NULL;

    pthread_mutex_lock(&watch->lock);
    if (watch->fresh) {
        frame = frame_ref(watch->frame);
        pixman_region32_copy(damage, &watch->damage);
        pixman_region32_clear(&watch->damage);
        watch->fresh = false;
    }
    pthread_mutex_unlock(&watch->lock);
    return frame;
}
