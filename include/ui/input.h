/*
 * Input: where keyboards and pointers (devices) meet those who type (VNC, send-key); neither knows
 * the other.
 *
 * A device registers a handler, which has a queue of bounded length. Whoever types sends groups of
 * items; a group is queued whole, or refused with an error when there is no room. The device takes
 * items when its guest has buffers for them. The queue always keeps room for releasing what is
 * pressed, so that no key sticks because the guest is slow.
 *
 * Main thread or harts, with the BQL.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UI_INPUT_H
#define UI_INPUT_H

#include "ui/keycode.h"
#include "util/error.h"

#include <stddef.h>

/* The largest position on an absolute axis (right, bottom); the smallest is 0. */
#define INPUT_ABS_MAX 0x7fff

typedef enum InputType {
    INPUT_KEY,    /* code: QKeyCode; value: 1 down, 0 up */
    INPUT_BUTTON, /* code: InputButton; value: 1 down, 0 up */
    INPUT_REL,    /* code: InputAxis; value: how far */
    INPUT_ABS,    /* code: InputAxis; value: where to, 0 to INPUT_ABS_MAX */
    INPUT_SYNC,   /* the end of a group; only handlers see it */
} InputType;

#define INPUT_TYPE_BIT(type) (1u << (type))

typedef struct InputItem {
    InputType type;
    int code;
    int32_t value;
} InputItem;

/* ---- devices ---- */

typedef struct InputHandler InputHandler;

/*
 * There is something in the queue: take it now or later. Comes after each group, until one call of
 * input_handler_take() has returned false.
 */
typedef void InputReadyFn(void *opaque);

/*
 * @name: what people see, copied. @types: INPUT_TYPE_BIT()s that the device can tell its guest.
 * @bound: how many items wait at most; at least 16. Of two handlers for the same type the older one
 * gets the items, unless input_select_mouse() said otherwise.
 */
InputHandler *input_handler_new(const char *name, unsigned types, size_t bound, InputReadyFn *ready,
                                void *opaque);
void input_handler_free(InputHandler *handler);
/* The item that waits longest; false: there is none. Not from within ready() of another handler. */
bool input_handler_take(InputHandler *handler, InputItem *item);
/* The device was reset: nothing waits any more, and nothing is pressed. */
void input_handler_clear(InputHandler *handler);

/* ---- those who type ---- */

/*
 * Send a group. What changes nothing (a press of what is down already) is left out; a movement
 * that follows another one which the guest has not taken yet is joined with it.
 * False, and nothing was sent: no device takes one of the items, its queue is full, or the machine
 * stands still (a group of releases is taken even then).
 */
bool input_send(const InputItem *items, size_t n, Error **errp);
/* Whether some device takes items of @type. */
bool input_is_handled(InputType type);

/* From what the protocol says; an error names what is not accepted. */
bool input_key_from_value(const KeyValue *value, QKeyCode *code, Error **errp);

/* The pointers there are, oldest first; the caller frees it. */
MouseInfoList *input_list_mice(void);
/* Let the pointer with this number get what pointers do. */
bool input_select_mouse(int64_t index, Error **errp);

/* ---- typing with pauses ---- */

#define KEY_CHORD_MAX       16 /* keys pressed together */
#define KEY_PLAYER_MAX      64 /* chords that wait for their turn */
#define KEY_HOLD_DEFAULT_MS 100

/*
 * Press @keys, and release them in reverse order after @hold_ms of the machine's time; when there
 * is a chord being held, after that. False: no keyboard, the machine stands still, or too many
 * chords wait.
 */
bool key_player_play(const QKeyCode *keys, size_t n, int64_t hold_ms, Error **errp);
/* Forget what waits; at exit. */
void key_player_finish(void);

#endif
