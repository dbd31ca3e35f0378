/*
 * Input handlers, and which of them gets what.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/input.h"

#include "qapi/util.h"
#include "ui/input-queue.h"
#include "ui/keycode.h"
#include "util/bql.h"
#include "util/timer.h"

#include <string.h>

#define POINTER_TYPES (INPUT_TYPE_BIT(INPUT_REL) | INPUT_TYPE_BIT(INPUT_ABS))

struct InputHandler {
    char *name;
    int64_t index;
    unsigned types;
    InputReadyFn *ready;
    void *opaque;
    InputQueue queue;
    GArray *group; /* InputItem: its part of what is being sent */
};

static GPtrArray *handlers; /* those that come first are preferred */
static int64_t next_index = 1;

/* ---- devices ---- */

InputHandler *input_handler_new(const char *name, unsigned types, size_t bound, InputReadyFn *ready,
                                void *opaque)
{
    InputHandler *handler = g_new0(InputHandler, 1);

    bql_assert_locked();
    g_assert(bound >= 16);
    handler->name = g_strdup(name);
    handler->index = next_index++;
    handler->types = types;
    handler->ready = ready;
    handler->opaque = opaque;
    handler->group = g_array_new(false, false, sizeof(InputItem));
    input_queue_init(&handler->queue, bound);
    if (!handlers) {
        handlers = g_ptr_array_new();
    }
    g_ptr_array_add(handlers, handler);
    return handler;
}

void input_handler_free(InputHandler *handler)
{
    bql_assert_locked();
    g_ptr_array_remove(handlers, handler);
    input_queue_finish(&handler->queue);
    g_array_unref(handler->group);
    g_free(handler->name);
    g_free(handler);
}

bool input_handler_take(InputHandler *handler, InputItem *item)
{
    bql_assert_locked();
    return input_queue_take(&handler->queue, item);
}

void input_handler_clear(InputHandler *handler)
{
    bql_assert_locked();
    input_queue_clear(&handler->queue);
}

/* ---- sending ---- */

static InputHandler *find_handler(InputType type)
{
    for (guint i = 0; handlers && i < handlers->len; i++) {
        InputHandler *handler = g_ptr_array_index(handlers, i);

        if (handler->types & INPUT_TYPE_BIT(type)) {
            return handler;
        }
    }
    return NULL;
}

bool input_is_handled(InputType type)
{
    bql_assert_locked();
    return find_handler(type) != NULL;
}

static bool is_release(const InputItem *item)
{
    return (item->type == INPUT_KEY || item->type == INPUT_BUTTON) && !item->value;
}

static bool check_running(const InputItem *items, size_t n, Error **errp)
{
    for (size_t i = 0; i < n && !virtual_clock_is_running(); i++) {
        if (!is_release(&items[i])) {
            error_setg(errp, "VM not running");
            return false;
        }
    }
    return true;
}

/* Give each handler its part of the group, to look at. */
static bool distribute(const InputItem *items, size_t n, Error **errp)
{
    static const InputEventKind kinds[] = {
        [INPUT_KEY] = INPUT_EVENT_KIND_KEY,
        [INPUT_BUTTON] = INPUT_EVENT_KIND_BTN,
        [INPUT_REL] = INPUT_EVENT_KIND_REL,
        [INPUT_ABS] = INPUT_EVENT_KIND_ABS,
    };

    for (guint i = 0; handlers && i < handlers->len; i++) {
        g_array_set_size(((InputHandler *)g_ptr_array_index(handlers, i))->group, 0);
    }
    for (size_t i = 0; i < n; i++) {
        InputHandler *handler = find_handler(items[i].type);

        if (!handler) {
            error_setg(errp, "Input handler not found for event type %s",
                       InputEventKind_str(kinds[items[i].type]));
            error_append_hint(errp, "A keyboard, mouse or tablet is added by -device.\n");
            return false;
        }
        g_array_append_val(handler->group, items[i]);
    }
    return true;
}

static bool check_room(Error **errp)
{
    for (guint i = 0; handlers && i < handlers->len; i++) {
        InputHandler *handler = g_ptr_array_index(handlers, i);

        if (!input_queue_has_room(&handler->queue, (InputItem *)handler->group->data,
                                  handler->group->len)) {
            error_setg(errp,
                       "The queue of '%s' is full: the guest has not taken the last %zu "
                       "input events",
                       handler->name, handler->queue.len);
            return false;
        }
    }
    return true;
}

bool input_send(const InputItem *items, size_t n, Error **errp)
{
    bql_assert_locked();
    if (!check_running(items, n, errp) || !distribute(items, n, errp) || !check_room(errp)) {
        return false;
    }
    for (guint i = 0; handlers && i < handlers->len; i++) {
        InputHandler *handler = g_ptr_array_index(handlers, i);

        if (input_queue_put(&handler->queue, (InputItem *)handler->group->data,
                            handler->group->len)) {
            handler->ready(handler->opaque);
        }
    }
    return true;
}

bool input_key_from_value(const KeyValue *value, QKeyCode *code, Error **errp)
{
    if (value->type == KEY_VALUE_KIND_QCODE) {
        *code = value->u.qcode.data;
    } else {
        *code = keycode_from_number(value->u.number.data);
        if (*code == Q_KEY_CODE_UNMAPPED) {
            error_setg(errp,
                       "There is no key with the number %" G_GINT64_FORMAT
                       "; accepted are the scan codes of a PC's keyboard, such as 30 for a",
                       value->u.number.data);
            return false;
        }
    }
    if (*code == Q_KEY_CODE_UNMAPPED) {
        error_setg(errp, "'unmapped' is not a key that can be pressed");
        return false;
    }
    return true;
}

/* ---- pointers ---- */

MouseInfoList *input_list_mice(void)
{
    MouseInfoList *list = NULL, **tail = &list;
    bool current = true;

    bql_assert_locked();
    for (guint i = 0; handlers && i < handlers->len; i++) {
        InputHandler *handler = g_ptr_array_index(handlers, i);
        MouseInfo *info;

        if (!(handler->types & POINTER_TYPES)) {
            continue;
        }
        info = g_new0(MouseInfo, 1);
        info->name = g_strdup(handler->name);
        info->index = handler->index;
        info->absolute = handler->types & INPUT_TYPE_BIT(INPUT_ABS);
        info->current = current;
        current = false;
        QAPI_LIST_APPEND(tail, info);
    }
    return list;
}

bool input_select_mouse(int64_t index, Error **errp)
{
    bql_assert_locked();
    for (guint i = 0; handlers && i < handlers->len; i++) {
        InputHandler *handler = g_ptr_array_index(handlers, i);

        if (handler->index == index && (handler->types & POINTER_TYPES)) {
            g_ptr_array_remove_index(handlers, i);
            g_ptr_array_insert(handlers, 0, handler);
            return true;
        }
    }
    error_setg(errp, "Mouse at index '%" G_GINT64_FORMAT "' not found", index);
    error_append_hint(errp, "'info mice' lists the ones there are.\n");
    return false;
}
