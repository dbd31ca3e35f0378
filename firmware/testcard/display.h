/*
 * The bochs-display on the PCI bus, and drawing into its memory.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTCARD_DISPLAY_H
#define TESTCARD_DISPLAY_H

#include "lib.h"

/* The mode that is set: 32 bits a pixel, 0x00RRGGBB, no padding between the rows. */
typedef struct Screen {
    uint32_t *pixels;
    uint32_t width;
    uint32_t height;
} Screen;

extern Screen screen;

/* After pci_init(): find the device and switch it on. NULL, or what is missing.
 */
const char *display_init(void);
/* The size that the monitor's EDID prefers. False: no EDID. */
bool display_preferred_mode(uint32_t *width, uint32_t *height);
/* False: the device's memory is too small for it, or it refused; nothing has changed then. */
bool display_set_mode(uint32_t width, uint32_t height);
uint32_t display_memory_size(void);

/* All of these clip at the screen's edges. */
void draw_rect(int x, int y, int width, int height, uint32_t colour);
void draw_frame(int x, int y, int width, int height, int thickness, uint32_t colour);
/* A ring of @thickness pixels inside @radius. */
void draw_ring(int cx, int cy, int radius, int thickness, uint32_t colour);
/* Each dot of the font is a square of @scale pixels; the background stays. */
void draw_text(int x, int y, int scale, const char *text, uint32_t colour);
int text_width(const char *text, int scale);

#endif
