/*
 * The queue of an input handler: a ring of items, with room kept for releases.
 *
 * BQL held.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UI_INPUT_QUEUE_H
#define UI_INPUT_QUEUE_H

#include "ui/input.h"

typedef struct InputQueue {
    /* private */
    InputItem *ring;
    size_t bound;
    size_t start;
    size_t len;
    size_t down; /* how many keys and buttons are pressed */
    size_t tail; /* the length of the last group, if that is a mere movement and all of it waits */
    bool keys[Q_KEY_CODE__MAX];
    bool buttons[INPUT_BUTTON__MAX];
} InputQueue;

void input_queue_init(InputQueue *queue, size_t bound);
void input_queue_finish(InputQueue *queue);
void input_queue_clear(InputQueue *queue);
bool input_queue_take(InputQueue *queue, InputItem *item);

/* Whether input_queue_put() of the same group will do. */
bool input_queue_has_room(const InputQueue *queue, const InputItem *items, size_t n);
/* Put a group that there is room for; false: it changes nothing, and nothing was put. */
bool input_queue_put(InputQueue *queue, const InputItem *items, size_t n);

#endif
