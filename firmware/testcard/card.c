/*
 * What is where on the card, on a screen of W x H (divisions round down):
 *
 *   everywhere     #303030, with lines of #606060 at x or y = 0, 64, 128, ...
 *   H/8 .. 3H/8    bars from 0*W/8 to 8*W/8: white yellow cyan green magenta red blue black
 *   5H/8 .. 6H/8   grey ramp: column x is x * 255 / (W - 1) in each channel
 *   6H/8 .. 7H/8   the same ramp in red, green and blue alone, a third of the height each
 *   the middle     a white ring inside the smaller side, 3 pixels thick
 *   the middle     "WxH" in white on a black box; below it the clock
 *   the edge       one pixel each: top red, bottom green, left blue, right yellow; the corner
 *                  squares (16 pixels) white, so that a picture that is shifted or cut shows it
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "card.h"

#include "display.h"
#include "sbi.h"
#include "ui/font.h"

#define WHITE          0xffffff
#define BLACK          0x000000
#define RED            0xff0000
#define GREEN          0x00ff00
#define BLUE           0x0000ff
#define YELLOW         0xffff00
#define BACKGROUND     0x303030
#define GRID_LINE      0x606060
#define GRID_STEP      64
#define RING_THICKNESS 3
#define CORNER         16

static void draw_grid(int w, int h)
{
    draw_rect(0, 0, w, h, BACKGROUND);
    for (int x = 0; x < w; x += GRID_STEP) {
        draw_rect(x, 0, 1, h, GRID_LINE);
    }
    for (int y = 0; y < h; y += GRID_STEP) {
        draw_rect(0, y, w, 1, GRID_LINE);
    }
}

static void draw_bars(int w, int h)
{
    static const uint32_t colours[8] = {
        WHITE, YELLOW, 0x00ffff, GREEN, 0xff00ff, RED, BLUE, BLACK
    };

    for (int i = 0; i < 8; i++) {
        draw_rect(w * i / 8, h / 8, w * (i + 1) / 8 - w * i / 8, h * 3 / 8 - h / 8, colours[i]);
    }
}

/* Rows @top to @bottom: each column's level in the channels that @mask has. */
static void draw_ramp(int w, int top, int bottom, uint32_t mask)
{
    uint32_t *first = screen.pixels + (uint64_t)top * w;

    if (top >= bottom) {
        return;
    }
    for (int x = 0; x < w; x++) {
        uint32_t level = w > 1 ? x * 255 / (w - 1) : 0;

        first[x] = (level << 16 | level << 8 | level) & mask;
    }
    for (int y = top + 1; y < bottom; y++) {
        memcpy(screen.pixels + (uint64_t)y * w, first, w * 4);
    }
}

static void draw_ramps(int w, int h)
{
    int top = h * 6 / 8, height = h * 7 / 8 - top;

    draw_ramp(w, h * 5 / 8, top, WHITE);
    draw_ramp(w, top, top + height / 3, RED);
    draw_ramp(w, top + height / 3, top + height * 2 / 3, GREEN);
    draw_ramp(w, top + height * 2 / 3, top + height, BLUE);
}

static void draw_edge(int w, int h)
{
    draw_rect(0, 0, 1, h, BLUE);
    draw_rect(w - 1, 0, 1, h, YELLOW);
    draw_rect(0, 0, w, 1, RED);
    draw_rect(0, h - 1, w, 1, GREEN);
    draw_frame(1, 1, CORNER, CORNER, 2, WHITE);
    draw_frame(w - 1 - CORNER, 1, CORNER, CORNER, 2, WHITE);
    draw_frame(1, h - 1 - CORNER, CORNER, CORNER, 2, WHITE);
    draw_frame(w - 1 - CORNER, h - 1 - CORNER, CORNER, CORNER, 2, WHITE);
}

/* A line of text on a box that hides what was there; centred around @y. */
static void draw_label(const char *text, int y, int scale)
{
    int width = text_width(text, scale), height = FONT_HEIGHT * scale;
    int x = ((int)screen.width - width) / 2;

    draw_rect(x - 2 * scale, y - height / 2 - scale, width + 4 * scale, height + 2 * scale, BLACK);
    draw_text(x, y - height / 2, scale, text, WHITE);
}

/* The largest scale at which @text takes at most a @part-th of the screen's width. */
static int fitting_scale(const char *text, int part)
{
    int scale = (int)screen.width / part / text_width(text, 1);

    return scale > 0 ? scale : 1;
}

static char *put_decimal(char *to, uint32_t n)
{
    char digits[10];
    int count = 0;

    do {
        digits[count++] = '0' + n % 10;
        n /= 10;
    } while (n);
    while (count) {
        *to++ = digits[--count];
    }
    *to = '\0';
    return to;
}

static int label_middle(void)
{
    return screen.height / 2;
}

void card_draw(void)
{
    int w = screen.width, h = screen.height;
    char label[24], *end;

    draw_grid(w, h);
    draw_bars(w, h);
    draw_ramps(w, h);
    draw_ring(w / 2, h / 2, (w < h ? w : h) * 15 / 32, RING_THICKNESS, WHITE);
    end = put_decimal(label, w);
    *end++ = 'x';
    put_decimal(end, h);
    draw_label(label, label_middle() - h / 24, fitting_scale(label, 3));
    draw_edge(w, h);
    fence_all();
}

static char *put_two_digits(char *to, uint32_t n)
{
    *to++ = '0' + n / 10;
    *to++ = '0' + n % 10;
    return to;
}

void card_draw_clock(uint64_t seconds)
{
    char label[12], *end = label;

    end = put_two_digits(end, seconds / 3600 % 100);
    *end++ = ':';
    end = put_two_digits(end, seconds / 60 % 60);
    *end++ = ':';
    end = put_two_digits(end, seconds % 60);
    *end = '\0';
    draw_label(label, label_middle() + screen.height / 12, fitting_scale(label, 8));
    fence_all();
}

void card_fill(uint32_t colour)
{
    draw_rect(0, 0, screen.width, screen.height, colour);
    fence_all();
}

void card_text(const char *text)
{
    card_fill(BLACK);
    draw_label(text, label_middle(), fitting_scale(*text ? text : " ", 2));
    fence_all();
}
