/*
 * What a viewer types and points at, to the guest's devices.
 *
 * What they have no room for is dropped; RFB knows no answer. Releases always arrive.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ui/vnc/vnc-internal.h"

/* Bit i of RFB's button mask (RFC 6143, section 7.5.5; 5 and 6 are a common extension). */
static const InputButton buttons[] = {
    INPUT_BUTTON_LEFT,        INPUT_BUTTON_MIDDLE,     INPUT_BUTTON_RIGHT,
    INPUT_BUTTON_WHEEL_UP,    INPUT_BUTTON_WHEEL_DOWN, INPUT_BUTTON_WHEEL_LEFT,
    INPUT_BUTTON_WHEEL_RIGHT,
};

static void send_key(VncClient *client, uint32_t keysym, bool down)
{
    InputItem items[VNC_KEY_ITEMS_MAX];
    size_t n = vnc_keyboard_event(&client->keyboard, keysym, down, items);

    input_send(items, n, NULL);
}

static int32_t scale(unsigned position, unsigned size)
{
    return size > 1 ? MIN(position, size - 1) * INPUT_ABS_MAX / (size - 1) : 0;
}

static void send_motion(VncClient *client, const VncMail *mail)
{
    InputItem items[2];

    if (mail->x == client->x && mail->y == client->y) {
        return;
    }
    if (input_is_handled(INPUT_ABS)) {
        items[0] = (InputItem){ INPUT_ABS, INPUT_AXIS_X, scale(mail->x, mail->width) };
        items[1] = (InputItem){ INPUT_ABS, INPUT_AXIS_Y, scale(mail->y, mail->height) };
    } else {
        items[0] = (InputItem){ INPUT_REL, INPUT_AXIS_X, mail->x - client->x };
        items[1] = (InputItem){ INPUT_REL, INPUT_AXIS_Y, mail->y - client->y };
    }
    input_send(items, 2, NULL);
    client->x = mail->x;
    client->y = mail->y;
}

static void send_buttons(VncClient *client, uint8_t mask)
{
    for (size_t i = 0; i < G_N_ELEMENTS(buttons); i++) {
        InputItem item = { INPUT_BUTTON, buttons[i], mask >> i & 1 };

        if ((mask ^ client->buttons) >> i & 1) {
            input_send(&item, 1, NULL);
        }
    }
    client->buttons = mask;
}

void vnc_client_deliver(VncClient *client, const VncMail *mail)
{
    if (mail->is_pointer) {
        send_motion(client, mail);
        send_buttons(client, mail->buttons);
    } else {
        send_key(client, mail->keysym, mail->down);
    }
}

void vnc_client_release_all(VncClient *client)
{
    for (int code = 0; code < Q_KEY_CODE__MAX; code++) {
        InputItem item = { INPUT_KEY, code, 0 };

        if (client->keyboard.down[code]) {
            input_send(&item, 1, NULL);
            client->keyboard.down[code] = false;
        }
    }
    send_buttons(client, 0);
}
