/*
 * The queue of an input handler.
 *
 * What is pressed may be released at any time: for each such key two items (the release and the end
 * of its group) are kept free, len + 2 * down <= bound.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/input-queue.h"

#include <string.h>

void input_queue_init(InputQueue *queue, size_t bound)
{
    *queue = (InputQueue){ .ring = g_new(InputItem, bound), .bound = bound };
}

void input_queue_finish(InputQueue *queue)
{
    g_free(queue->ring);
}

void input_queue_clear(InputQueue *queue)
{
    queue->len = queue->down = queue->tail = 0;
    memset(queue->keys, 0, sizeof(queue->keys));
    memset(queue->buttons, 0, sizeof(queue->buttons));
}

bool input_queue_take(InputQueue *queue, InputItem *item)
{
    if (!queue->len) {
        return false;
    }
    *item = queue->ring[queue->start];
    queue->start = (queue->start + 1) % queue->bound;
    queue->len--;
    if (queue->len < queue->tail) {
        queue->tail = 0; /* begun: nothing may be joined to it any more */
    }
    return true;
}

static bool is_motion(const InputItem *item)
{
    return item->type == INPUT_REL || item->type == INPUT_ABS;
}

/* Whether the item's key or button is down; NULL: it has none. */
static bool *pressed(InputQueue *queue, const InputItem *item)
{
    switch (item->type) {
    case INPUT_KEY:
        return &queue->keys[item->code];
    case INPUT_BUTTON:
        return &queue->buttons[item->code];
    default:
        return NULL;
    }
}

static void append(InputQueue *queue, InputItem item)
{
    g_assert(queue->len < queue->bound);
    queue->ring[(queue->start + queue->len++) % queue->bound] = item;
}

/* The item of the last group that moves along the same axis; NULL: none. */
static InputItem *find_in_tail(InputQueue *queue, const InputItem *item)
{
    for (size_t i = queue->len - queue->tail; i < queue->len; i++) {
        InputItem *old = &queue->ring[(queue->start + i) % queue->bound];

        if (old->type == item->type && old->code == item->code) {
            return old;
        }
    }
    return NULL;
}

/* A movement after one that still waits becomes part of it. */
static bool can_join(InputQueue *queue, const InputItem *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!is_motion(&items[i]) || !find_in_tail(queue, &items[i])) {
            return false;
        }
    }
    return n > 0;
}

static void join_motion(InputQueue *queue, const InputItem *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        InputItem *old = find_in_tail(queue, &items[i]);
        int64_t sum = (int64_t)old->value + items[i].value;

        old->value = items[i].type == INPUT_ABS ? items[i].value : CLAMP(sum, INT32_MIN, INT32_MAX);
    }
}

/* Note what a press or release changes; false: nothing. */
static bool note_state(InputQueue *queue, const InputItem *item)
{
    bool *state = pressed(queue, item);

    if (!state) {
        return true;
    }
    if (*state == !!item->value) {
        return false;
    }
    *state = item->value;
    queue->down += item->value ? 1 : -1;
    return true;
}

bool input_queue_has_room(const InputQueue *queue, const InputItem *items, size_t n)
{
    InputQueue after = *queue; /* but for the ring, which is only looked at */

    if (can_join(&after, items, n)) {
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        after.len += note_state(&after, &items[i]);
    }
    return after.len == queue->len || after.len + 1 + 2 * after.down <= queue->bound;
}

bool input_queue_put(InputQueue *queue, const InputItem *items, size_t n)
{
    size_t before = queue->len;
    bool only_motion = true;

    if (can_join(queue, items, n)) {
        join_motion(queue, items, n);
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        if (note_state(queue, &items[i])) {
            append(queue, items[i]);
            only_motion &= is_motion(&items[i]);
        }
    }
    if (queue->len == before) {
        return false;
    }
    append(queue, (InputItem){ .type = INPUT_SYNC });
    queue->tail = only_motion ? queue->len - before : 0;
    return true;
}
