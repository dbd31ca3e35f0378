/*
 * Consoles: update tickets, the frame shown, and the list of consoles.
 *
 * Updates are numbered from 1. A request gets the number of the first update that begins after it
 * as its ticket; requests that come while one is under way share the next. The bookkeeping is
 * done under the BQL; the renderer's "done" gets there through a bottom half.
 *
 * The frame shown is never drawn into. The renderer draws into a spare one, which needs only what
 * changed since it was shown last (the stale region) to be up to date again. A spare that
 * somebody still holds is left to them, and one that is not needed for a while is freed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/console.h"

#include "qapi/qmp-cancel.h"
#include "ui/console-watch.h"
#include "util/bql.h"
#include "util/co-sync.h"

#include <pthread.h>
#include <string.h>

/* Nobody has asked for a picture for this long: the next one may cost a whole copy. */
#define SPARE_IDLE_NS (2 * NS_PER_SEC)

struct Console {
    unsigned index;
    Object *device;
    unsigned head;
    const ConsoleOps *ops;
    void *opaque;

    /* Under the BQL. */
    uint64_t begun;     /* the number of the update begun last */
    uint64_t completed; /* of the one completed last; equal to @begun when none is under way */
    bool wanted;        /* another one must follow */
    bool destroyed;     /* only waiters know it still */
    unsigned waiters;
    CoQueue queue;
    BottomHalf *done_bh;
    Timer idle_timer;

    pthread_mutex_t lock;     /* for what follows */
    Frame *shown;             /* NULL: nothing was ever drawn */
    Frame *spare;             /* of the same size, or NULL */
    pixman_region32_t *stale; /* where @spare differs from @shown; NULL: no spare */
    GPtrArray *watches;       /* ConsoleWatch */
};

static GPtrArray *consoles; /* by index; NULL where one was destroyed */

/* ---- the list ---- */

static void console_enlist(Console *con)
{
    guint i;

    if (!consoles) {
        consoles = g_ptr_array_new();
    }
    for (i = 0; i < consoles->len && consoles->pdata[i]; i++) {
    }
    if (i == consoles->len) {
        g_ptr_array_add(consoles, NULL);
    }
    consoles->pdata[i] = con;
    con->index = i;
}

Console *console_by_index(unsigned index)
{
    bql_assert_locked();
    return consoles && index < consoles->len ? consoles->pdata[index] : NULL;
}

Console *console_default(void)
{
    bql_assert_locked();
    for (guint i = 0; consoles && i < consoles->len; i++) {
        if (consoles->pdata[i]) {
            return consoles->pdata[i];
        }
    }
    return NULL;
}

static Object *find_device(const char *name)
{
    g_autofree char *path = NULL;

    if (*name == '/') {
        return object_resolve_path(name, NULL);
    }
    path = g_strdup_printf("/machine/peripheral/%s", name);
    return strchr(name, '/') ? NULL : object_resolve_path(path, NULL);
}

Console *console_by_device(const char *device, unsigned head, Error **errp)
{
    Object *obj = find_device(device);
    unsigned heads = 0;

    bql_assert_locked();
    if (!obj) {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND, "Device '%s' not found", device);
        return NULL;
    }
    for (guint i = 0; consoles && i < consoles->len; i++) {
        Console *con = consoles->pdata[i];

        if (con && con->device == obj) {
            heads++;
            if (con->head == head) {
                return con;
            }
        }
    }
    if (heads) {
        error_setg(errp, "Device '%s' has no head %u; it has %u, numbered from 0", device, head,
                   heads);
    } else {
        error_setg(errp, "Device '%s' is not a display", device);
    }
    return NULL;
}

unsigned console_index(const Console *con)
{
    return con->index;
}

Object *console_device(const Console *con)
{
    return con->device;
}

unsigned console_head(const Console *con)
{
    return con->head;
}

/* ---- life ---- */

static void update_done(void *opaque);
static void drop_spare(void *opaque);

Console *console_new(Object *device, unsigned head, const ConsoleOps *ops, void *opaque)
{
    Console *con = g_new0(Console, 1);

    bql_assert_locked();
    con->device = device;
    con->head = head;
    con->ops = ops;
    con->opaque = opaque;
    con->done_bh = bottom_half_new(main_loop(), update_done, con);
    timer_init(&con->idle_timer, main_loop(), CLOCK_HOST, drop_spare, con);
    co_queue_init(&con->queue);
    pthread_mutex_init(&con->lock, NULL);
    con->watches = g_ptr_array_new();
    console_enlist(con);
    return con;
}

static void clear_stale(Console *con)
{
    if (con->stale) {
        pixman_region32_fini(con->stale);
        g_clear_pointer(&con->stale, g_free);
    }
}

static void console_free(Console *con)
{
    co_queue_finish(&con->queue);
    pthread_mutex_destroy(&con->lock);
    g_ptr_array_unref(con->watches);
    g_free(con);
}

void console_destroy(Console *con)
{
    bql_assert_locked();
    consoles->pdata[con->index] = NULL;
    bottom_half_destroy(con->done_bh);
    timer_finish(&con->idle_timer);
    for (guint i = 0; i < con->watches->len; i++) {
        console_watch_lost(con->watches->pdata[i]);
    }
    frame_unref(con->shown);
    frame_unref(con->spare);
    clear_stale(con);
    con->destroyed = true;
    if (con->waiters) {
        co_queue_wake_all(&con->queue); /* the last one frees it */
    } else {
        console_free(con);
    }
}

/* ---- updates ---- */

static void begin_update(Console *con)
{
    con->begun++;
    con->wanted = false;
    con->ops->update(con->opaque);
}

uint64_t graphic_hw_update(Console *con)
{
    bql_assert_locked();
    if (con->completed == con->begun) {
        begin_update(con);
        return con->begun;
    }
    con->wanted = true;
    return con->begun + 1;
}

void graphic_hw_update_done(Console *con)
{
    bottom_half_schedule(con->done_bh);
}

static void update_done(void *opaque)
{
    Console *con = opaque;

    con->completed = con->begun;
    co_queue_wake_all(&con->queue);
    if (con->wanted) {
        begin_update(con);
    } else {
        timer_arm(&con->idle_timer, clock_now(CLOCK_HOST) + SPARE_IDLE_NS);
    }
}

/* Wait for one completion; false when cancelled or destroyed. */
static bool coroutine_fn wait_once(Console *con, Error **errp)
{
    bool woken;

    con->waiters++;
    woken = co_queue_wait(&con->queue);
    con->waiters--;
    if (con->destroyed) {
        error_setg(errp, "The screen has been removed meanwhile");
        if (!con->waiters) {
            console_free(con);
        }
        return false;
    }
    if (!woken) {
        qmp_set_cancelled(errp, "Waiting for the screen");
    }
    return woken;
}

bool coroutine_fn console_wait_update(Console *con, uint64_t ticket, Error **errp)
{
    g_assert(ticket <= con->begun + 1);
    while (con->completed < ticket) {
        if (!wait_once(con, errp)) {
            return false;
        }
    }
    return true;
}

/* ---- frames ---- */

static Frame *new_placeholder(int width, int height, const char *text)
{
    Frame *frame = frame_new_placeholder(width, height, text);

    return frame ? frame : frame_new_placeholder(1, 1, "");
}

/* What is shown, at least a placeholder. @con->lock is held. */
static Frame *shown_frame(Console *con)
{
    if (!con->shown) {
        con->shown =
            new_placeholder(CONSOLE_INITIAL_WIDTH, CONSOLE_INITIAL_HEIGHT, CONSOLE_INITIAL_TEXT);
    }
    return con->shown;
}

Frame *console_take_frame(Console *con)
{
    Frame *frame;

    pthread_mutex_lock(&con->lock);
    frame = frame_ref(shown_frame(con));
    pthread_mutex_unlock(&con->lock);
    return frame;
}

void console_add_watch(Console *con, ConsoleWatch *watch)
{
    bql_assert_locked();
    pthread_mutex_lock(&con->lock);
    g_ptr_array_add(con->watches, watch);
    console_watch_show(watch, shown_frame(con), NULL);
    pthread_mutex_unlock(&con->lock);
}

void console_remove_watch(Console *con, ConsoleWatch *watch)
{
    bql_assert_locked();
    pthread_mutex_lock(&con->lock);
    g_ptr_array_remove_fast(con->watches, watch);
    pthread_mutex_unlock(&con->lock);
}

static void drop_spare(void *opaque)
{
    Console *con = opaque;

    pthread_mutex_lock(&con->lock);
    frame_unref(g_steal_pointer(&con->spare));
    clear_stale(con);
    pthread_mutex_unlock(&con->lock);
}

static void copy_region(Frame *to, const Frame *from, pixman_region32_t *region)
{
    int n;
    pixman_box32_t *boxes = pixman_region32_rectangles(region, &n);

    for (int i = 0; i < n; i++) {
        size_t offset = (size_t)boxes[i].x1 * 4;
        size_t length = (size_t)(boxes[i].x2 - boxes[i].x1) * 4;

        for (int y = boxes[i].y1; y < boxes[i].y2; y++) {
            memcpy(to->pixels + (size_t)y * to->stride + offset,
                   from->pixels + (size_t)y * from->stride + offset, length);
        }
    }
}

/*
 * Take the spare (NULL: there is none), and a reference to what is shown if that is of the same
 * size. @copy is set to what the spare lacks of it.
 */
static Frame *take_spare(Console *con, int width, int height, Frame **shown,
                         pixman_region32_t *copy)
{
    Frame *spare;

    pthread_mutex_lock(&con->lock);
    spare = g_steal_pointer(&con->spare);
    if (con->shown && con->shown->width == width && con->shown->height == height) {
        *shown = frame_ref(con->shown);
    }
    if (spare && *shown && frame_is_exclusive(spare)) {
        pixman_region32_copy(copy, con->stale);
    } else {
        frame_unref(g_steal_pointer(&spare)); /* whoever holds it keeps it */
    }
    clear_stale(con);
    pthread_mutex_unlock(&con->lock);
    return spare;
}

Frame *console_draw_begin(Console *con, int width, int height, const pixman_region32_t *dirty)
{
    g_autoptr(Frame) shown = NULL;
    pixman_region32_t copy;
    Frame *frame;

    pixman_region32_init_rect(&copy, 0, 0, MAX(width, 0), MAX(height, 0));
    frame = take_spare(con, width, height, &shown, &copy);
    if (!frame) {
        frame = frame_new(width, height, NULL);
    }
    if (frame && shown && dirty) {
        pixman_region32_subtract(&copy, &copy, (pixman_region32_t *)dirty);
        copy_region(frame, shown, &copy);
    }
    pixman_region32_fini(&copy);
    return frame;
}

/* Show @frame; the one shown so far becomes the spare, which lacks @dirty (NULL: everything). */
static void show_frame(Console *con, Frame *frame, const pixman_region32_t *dirty)
{
    Frame *old;

    pthread_mutex_lock(&con->lock);
    old = con->shown;
    con->shown = frame;
    clear_stale(con);
    frame_unref(con->spare);
    con->spare = NULL;
    if (old && old->width == frame->width && old->height == frame->height) {
        con->spare = g_steal_pointer(&old);
        con->stale = g_new(pixman_region32_t, 1);
        pixman_region32_init_rect(con->stale, 0, 0, frame->width, frame->height);
        if (dirty) {
            pixman_region32_intersect(con->stale, con->stale, (pixman_region32_t *)dirty);
        }
    }
    for (guint i = 0; i < con->watches->len; i++) {
        console_watch_show(con->watches->pdata[i], frame, dirty);
    }
    pthread_mutex_unlock(&con->lock);
    frame_unref(old);
}

void console_draw_end(Console *con, Frame *frame, const pixman_region32_t *dirty)
{
    show_frame(con, frame, dirty);
}

void console_draw_placeholder(Console *con, int width, int height, const char *text)
{
    show_frame(con, new_placeholder(width, height, text), NULL);
}
