/*
 * The test card, and the clock on it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTCARD_CARD_H
#define TESTCARD_CARD_H

#include "lib.h"

void card_draw(void);
/* The clock's digits, hours:minutes:seconds, below the resolution. */
void card_draw_clock(uint64_t seconds);
/* The whole screen in one colour. */
void card_fill(uint32_t colour);
/* One line of text in the middle, on black. */
void card_text(const char *text);

#endif
