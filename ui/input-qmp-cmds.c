/*
 * QMP commands that type and move pointers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/input.h"

#include "qapi/qapi-commands-input.h"
#include "ui/console.h"

/* How long keys can be held, in milliseconds: some days. */
#define HOLD_MAX_MS INT32_MAX
/* What one command can send. */
#define EVENTS_MAX 1024

void coroutine_fn qmp_send_key(KeyValueList *keys, bool has_hold_time, int64_t hold_time,
                               Error **errp)
{
    QKeyCode codes[KEY_CHORD_MAX];
    size_t n = 0;

    if (has_hold_time && (hold_time < 0 || hold_time > HOLD_MAX_MS)) {
        error_setg(errp,
                   "Parameter 'hold-time' expects 0 to %d milliseconds, not %" G_GINT64_FORMAT,
                   HOLD_MAX_MS, hold_time);
        return;
    }
    for (; keys; keys = keys->next, n++) {
        if (n == KEY_CHORD_MAX) {
            break;
        }
        if (!input_key_from_value(keys->value, &codes[n], errp)) {
            return;
        }
    }
    if (!n || keys) {
        error_setg(errp, "Parameter 'keys' expects 1 to %d keys", KEY_CHORD_MAX);
        return;
    }
    key_player_play(codes, n, has_hold_time ? hold_time : KEY_HOLD_DEFAULT_MS, errp);
}

static bool motion_item(const InputMoveEvent *move, InputType type, InputItem *item, Error **errp)
{
    int64_t min = type == INPUT_ABS ? 0 : INT32_MIN;
    int64_t max = type == INPUT_ABS ? INPUT_ABS_MAX : INT32_MAX;

    if (move->value < min || move->value > max) {
        error_setg(errp,
                   "Parameter 'value' expects %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
                   ", not %" G_GINT64_FORMAT,
                   min, max, move->value);
        return false;
    }
    *item = (InputItem){ .type = type, .code = move->axis, .value = move->value };
    return true;
}

static bool event_item(const InputEvent *event, InputItem *item, Error **errp)
{
    QKeyCode code;

    switch (event->type) {
    case INPUT_EVENT_KIND_KEY:
        if (!input_key_from_value(event->u.key.data->key, &code, errp)) {
            return false;
        }
        *item = (InputItem){ .type = INPUT_KEY, .code = code, .value = event->u.key.data->down };
        return true;
    case INPUT_EVENT_KIND_BTN:
        *item = (InputItem){ .type = INPUT_BUTTON,
                             .code = event->u.btn.data->button,
                             .value = event->u.btn.data->down };
        return true;
    case INPUT_EVENT_KIND_REL:
        return motion_item(event->u.rel.data, INPUT_REL, item, errp);
    default:
        return motion_item(event->u.abs.data, INPUT_ABS, item, errp);
    }
}

static bool check_screen(const char *device, bool has_head, int64_t head, Error **errp)
{
    if (!device && has_head) {
        error_setg(errp, "'head' must be specified together with 'device'");
        return false;
    }
    if (has_head && (head < 0 || head > UINT_MAX)) {
        error_setg(errp, "Parameter 'head' expects the number of an output, from 0");
        return false;
    }
    return !device || console_by_device(device, has_head ? head : 0, errp);
}

void coroutine_fn qmp_input_send_event(const char *device, bool has_head, int64_t head,
                                       InputEventList *events, Error **errp)
{
    g_autoptr(GArray) items = g_array_new(false, false, sizeof(InputItem));
    InputItem item;

    if (!check_screen(device, has_head, head, errp)) {
        return;
    }
    for (; events; events = events->next) {
        if (items->len == EVENTS_MAX) {
            error_setg(errp, "Parameter 'events' expects at most %d events", EVENTS_MAX);
            return;
        }
        if (!event_item(events->value, &item, errp)) {
            return;
        }
        g_array_append_val(items, item);
    }
    input_send((InputItem *)items->data, items->len, errp);
}

MouseInfoList *coroutine_fn qmp_query_mice(Error **errp)
{
    return input_list_mice();
}
