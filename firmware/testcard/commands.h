/*
 * What the guest does when it is told to.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTCARD_COMMANDS_H
#define TESTCARD_COMMANDS_H

#include "lib.h"

extern bool clock_wanted; /* with the card, by the boot arguments */
extern bool clock_shown;  /* right now */

/* Set the mode and draw the card. NULL, or what is wrong. */
const char *show_card(uint32_t width, uint32_t height);
/* Obey a line. NULL, or what is wrong. */
const char *run_command(const char *line);

#endif
