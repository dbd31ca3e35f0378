/*
 * A small bitmap font of our own: printable ASCII, 5 by 8 dots in a cell of 6 by 9.
 *
 * Freestanding (stdint.h only): our own guests in firmware/ are built with the same table.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UI_FONT_H
#define UI_FONT_H

#include <stdint.h>

#define FONT_WIDTH  5
#define FONT_HEIGHT 8
/* From one glyph to the next, and from one line to the next. */
#define FONT_ADVANCE 6
#define FONT_LINE    9

/*
 * The rows of @c's glyph, top first; bit 4 is the leftmost dot. The last row is below the base
 * line. A character that the font lacks is shown as '?'. Static.
 */
const uint8_t *font_glyph(char c);

#endif
