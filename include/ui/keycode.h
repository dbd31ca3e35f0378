/*
 * Keys: their QKeyCode, their number as send-key takes it, and their code in Linux.
 *
 * Pure; any thread.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UI_KEYCODE_H
#define UI_KEYCODE_H

#include "qapi/qapi-types-input.h"

/* The KEY_* of linux/input-event-codes.h; 0 for Q_KEY_CODE_UNMAPPED. */
uint16_t keycode_to_linux(QKeyCode code);
/* The key with this number; Q_KEY_CODE_UNMAPPED when none has it. */
QKeyCode keycode_from_number(int64_t number);

#endif
