/*
 * Drawing into the frame buffer.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "display.h"

#include "ui/font.h"

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

/* Two pixels a store where that is aligned. */
static void fill_row(uint32_t *p, int n, uint32_t colour)
{
    uint64_t two = (uint64_t)colour << 32 | colour;

    if (n > 0 && ((uintptr_t)p & 4)) {
        *p++ = colour;
        n--;
    }
    for (; n >= 8; n -= 8, p += 8) {
        uint64_t *q = (uint64_t *)p;

        q[0] = two;
        q[1] = two;
        q[2] = two;
        q[3] = two;
    }
    while (n-- > 0) {
        *p++ = colour;
    }
}

void draw_rect(int x, int y, int width, int height, uint32_t colour)
{
    int left = clamp(x, 0, screen.width), right = clamp(x + width, 0, screen.width);
    int top = clamp(y, 0, screen.height), bottom = clamp(y + height, 0, screen.height);

    for (int row = top; row < bottom; row++) {
        fill_row(screen.pixels + (uint64_t)row * screen.width + left, right - left, colour);
    }
}

void draw_frame(int x, int y, int width, int height, int thickness, uint32_t colour)
{
    draw_rect(x, y, width, thickness, colour);
    draw_rect(x, y + height - thickness, width, thickness, colour);
    draw_rect(x, y, thickness, height, colour);
    draw_rect(x + width - thickness, y, thickness, height, colour);
}

/* The largest n with n * n <= @value. */
static int square_root(int value)
{
    int n = 0;

    for (int bit = 1 << 14; bit; bit >>= 1) {
        if ((n | bit) * (n | bit) <= value) {
            n |= bit;
        }
    }
    return n;
}

void draw_ring(int cx, int cy, int radius, int thickness, uint32_t colour)
{
    int hole = radius - thickness;

    for (int dy = -radius; dy <= radius; dy++) {
        int outer = square_root(radius * radius - dy * dy);
        int inner = dy * dy <= hole * hole ? square_root(hole * hole - dy * dy) : 0;

        draw_rect(cx - outer, cy + dy, outer - inner, 1, colour);
        draw_rect(cx + inner, cy + dy, outer - inner, 1, colour);
    }
}

static void draw_glyph(int x, int y, int scale, const uint8_t *glyph, uint32_t colour)
{
    for (int row = 0; row < FONT_HEIGHT; row++) {
        for (int column = 0; column < FONT_WIDTH; column++) {
            if (glyph[row] >> (FONT_WIDTH - 1 - column) & 1) {
                draw_rect(x + column * scale, y + row * scale, scale, scale, colour);
            }
        }
    }
}

void draw_text(int x, int y, int scale, const char *text, uint32_t colour)
{
    for (; *text; text++, x += FONT_ADVANCE * scale) {
        draw_glyph(x, y, scale, font_glyph(*text), colour);
    }
}

int text_width(const char *text, int scale)
{
    return ((int)strlen(text) * FONT_ADVANCE - (FONT_ADVANCE - FONT_WIDTH)) * scale;
}
