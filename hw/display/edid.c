/*
 * The EDID of a monitor that does not exist: a base block and a CTA extension with more modes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "edid.h"

#include <stdio.h>
#include <string.h>

#define MANUFACTURER   "VTR"
#define PRODUCT_CODE   1
#define MODEL_YEAR     2023
#define MONITOR_NAME   "vitrine"
#define REFRESH_HZ     60
#define DOTS_PER_METRE 3937 /* 100 an inch */

/* Offsets in the base block (E-EDID 1.4, table 3.1). */
enum {
    EDID_MANUFACTURER = 8,
    EDID_PRODUCT = 10,
    EDID_YEAR = 17,
    EDID_VERSION = 18,
    EDID_INPUT = 20,
    EDID_SIZE_CM = 21,
    EDID_GAMMA = 23,
    EDID_FEATURES = 24,
    EDID_CHROMATICITY = 25,
    EDID_ESTABLISHED = 35,
    EDID_STANDARD = 38,
    EDID_DESCRIPTORS = 54,
    EDID_EXTENSIONS = 126,
};

#define DESCRIPTOR_SIZE  18
#define DESCRIPTOR_TEXT  13
#define DESCRIPTOR_MAX   4095  /* pixels: 12 bits */
#define DESCRIPTOR_CLOCK 65535 /* units of 10 kHz */

typedef struct Timing {
    unsigned width, hblank, hfront, hsync;
    unsigned height, vblank, vfront, vsync;
    unsigned clock; /* kHz */
} Timing;

/* ---- timings: VESA CVT 1.2, section 3.5, reduced blanking version 1 ---- */

static unsigned cvt_vsync(unsigned width, unsigned height)
{
    static const struct {
        unsigned x, y, lines;
    } aspects[] = { { 4, 3, 4 }, { 16, 9, 5 }, { 16, 10, 6 }, { 5, 4, 7 }, { 15, 9, 7 } };

    for (unsigned i = 0; i < G_N_ELEMENTS(aspects); i++) {
        if (width == height * aspects[i].x / aspects[i].y / 8 * 8) {
            return aspects[i].lines;
        }
    }
    return 10;
}

static Timing cvt_timing(unsigned width, unsigned height)
{
    const double min_vblank_us = 460;
    Timing t = {
        .width = width,
        .hblank = 160,
        .hfront = 48,
        .hsync = 32,
        .height = height,
        .vfront = 3,
        .vsync = cvt_vsync(width, height),
    };
    double line_us = (1e6 / REFRESH_HZ - min_vblank_us) / height;
    unsigned min_back_porch = 6;

    t.vblank = MAX((unsigned)(min_vblank_us / line_us) + 1, t.vfront + t.vsync + min_back_porch);
    t.clock = (uint64_t)REFRESH_HZ * (width + t.hblank) * (height + t.vblank) / 1000;
    t.clock -= t.clock % 250;
    return t;
}

/* ---- pieces ---- */

static unsigned millimetres(unsigned pixels)
{
    return pixels * 1000 / DOTS_PER_METRE;
}

/* Section 3.10.2: detailed timing, on a screen that has @native's size. */
static void put_timing(uint8_t *p, const Timing *t, const Timing *native)
{
    unsigned width_mm = millimetres(native->width), height_mm = millimetres(native->height);
    unsigned clock = t->clock / 10;

    p[0] = clock;
    p[1] = clock >> 8;
    p[2] = t->width;
    p[3] = t->hblank;
    p[4] = t->width >> 8 << 4 | t->hblank >> 8;
    p[5] = t->height;
    p[6] = t->vblank;
    p[7] = t->height >> 8 << 4 | t->vblank >> 8;
    p[8] = t->hfront;
    p[9] = t->hsync;
    p[10] = (t->vfront & 15) << 4 | (t->vsync & 15);
    p[11] = t->hfront >> 8 << 6 | t->hsync >> 8 << 4 | t->vfront >> 4 << 2 | t->vsync >> 4;
    p[12] = width_mm;
    p[13] = height_mm;
    p[14] = width_mm >> 8 << 4 | height_mm >> 8;
    p[17] = 0x1a; /* digital separate sync, horizontal positive, vertical negative */
}

static void put_descriptor(uint8_t *p, uint8_t tag, const void *data, size_t length)
{
    p[3] = tag;
    memset(p + 5, ' ', DESCRIPTOR_TEXT);
    memcpy(p + 5, data, length);
    if (length < DESCRIPTOR_TEXT) {
        p[5 + length] = '\n';
    }
}

static void put_chromaticity(uint8_t *p)
{
    /* sRGB: red, green, blue, white; x and y, in 1024ths. */
    static const unsigned c[8] = { 655, 338, 307, 614, 154, 61, 320, 337 };

    p[0] = (c[0] & 3) << 6 | (c[1] & 3) << 4 | (c[2] & 3) << 2 | (c[3] & 3);
    p[1] = (c[4] & 3) << 6 | (c[5] & 3) << 4 | (c[6] & 3) << 2 | (c[7] & 3);
    for (int i = 0; i < 8; i++) {
        p[2 + i] = c[i] >> 2;
    }
}

/* Section 3.9: width / 8 - 31, then aspect ratio and refresh rate - 60. */
static void put_standard_timings(uint8_t *p)
{
    enum { R16_10 = 0x00, R4_3 = 0x40, R5_4 = 0x80, R16_9 = 0xc0 };
    static const struct {
        unsigned width;
        uint8_t aspect;
    } modes[8] = {
        { 1920, R16_9 },  { 1280, R16_9 }, { 1280, R16_10 }, { 1280, R5_4 },
        { 1440, R16_10 }, { 1600, R16_9 }, { 1600, R4_3 },   { 1680, R16_10 },
    };

    for (int i = 0; i < 8; i++) {
        p[2 * i] = modes[i].width / 8 - 31;
        p[2 * i + 1] = modes[i].aspect;
    }
}

static void put_checksum(uint8_t *block)
{
    uint8_t sum = 0;

    for (int i = 0; i < EDID_BLOCK_SIZE - 1; i++) {
        sum += block[i];
    }
    block[EDID_BLOCK_SIZE - 1] = -sum;
}

/* ---- blocks ---- */

static void put_identity(uint8_t *edid)
{
    static const uint8_t magic[8] = { 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00 };
    const char *id = MANUFACTURER;

    memcpy(edid, magic, sizeof(magic));
    edid[EDID_MANUFACTURER] = (id[0] - '@') << 2 | (id[1] - '@') >> 3;
    edid[EDID_MANUFACTURER + 1] = (id[1] - '@') << 5 | (id[2] - '@');
    edid[EDID_PRODUCT] = PRODUCT_CODE;
    edid[EDID_YEAR] = MODEL_YEAR - 1990;
    edid[EDID_VERSION] = 1;
    edid[EDID_VERSION + 1] = 4;
}

static void put_base_block(uint8_t *edid, const Timing *preferred)
{
    /* 50-125 Hz, 30-160 kHz, 2550 MHz; no formula for further timings. */
    static const uint8_t limits[6] = { 50, 125, 30, 160, 255, 1 };
    uint8_t *descriptor = edid + EDID_DESCRIPTORS;

    put_identity(edid);
    edid[EDID_INPUT] = 0xa5; /* digital, 8 bits a colour, DisplayPort */
    edid[EDID_SIZE_CM] = MIN(millimetres(preferred->width) / 10, 255);
    edid[EDID_SIZE_CM + 1] = MIN(millimetres(preferred->height) / 10, 255);
    edid[EDID_GAMMA] = 120;     /* 2.2 */
    edid[EDID_FEATURES] = 0x06; /* sRGB; the preferred timing is the native one */
    put_chromaticity(edid + EDID_CHROMATICITY);
    edid[EDID_ESTABLISHED] = 0x21;     /* 640x480 and 800x600, 60 Hz */
    edid[EDID_ESTABLISHED + 1] = 0x08; /* 1024x768, 60 Hz */
    put_standard_timings(edid + EDID_STANDARD);
    put_timing(descriptor, preferred, preferred);
    put_descriptor(descriptor + DESCRIPTOR_SIZE, 0xfd, limits, sizeof(limits));
    put_descriptor(descriptor + 2 * DESCRIPTOR_SIZE, 0xfc, MONITOR_NAME, strlen(MONITOR_NAME));
    descriptor[3 * DESCRIPTOR_SIZE + 3] = 0x10; /* not used */
    edid[EDID_EXTENSIONS] = 1;
    put_checksum(edid);
}

/* CTA-861-G, section 7.5: data blocks, then further detailed timings. */
static void put_cta_block(uint8_t *block, const Timing *preferred)
{
    static const uint8_t data[] = {
        2 << 5 | 3, 16, 4,    97, /* video: 1920x1080, 1280x720 and 3840x2160, 60 Hz */
        7 << 5 | 2, 0,  0x4a,     /* video capability: RGB range selectable, underscan */
    };
    const unsigned timings = 4 + sizeof(data);
    const Timing wide = cvt_timing(2560, 1440), tall = cvt_timing(2560, 1600);

    block[0] = 2; /* CTA extension, revision 3 */
    block[1] = 3;
    block[2] = timings;
    block[3] = 0x80 | 1; /* underscan; the base block's first timing is the native one */
    memcpy(block + 4, data, sizeof(data));
    put_timing(block + timings, &wide, preferred);
    put_timing(block + timings + DESCRIPTOR_SIZE, &tall, preferred);
    put_checksum(block);
}

bool edid_generate(uint8_t edid[EDID_SIZE], unsigned width, unsigned height, Error **errp)
{
    Timing preferred;

    if (width < 64 || height < 64 || width > DESCRIPTOR_MAX || height > DESCRIPTOR_MAX) {
        error_setg(errp, "a monitor cannot prefer %ux%u; xres and yres may be 64 to %d", width,
                   height, DESCRIPTOR_MAX);
        return false;
    }
    preferred = cvt_timing(width, height);
    if (preferred.clock / 10 > DESCRIPTOR_CLOCK) {
        error_setg(errp,
                   "a monitor cannot prefer %ux%u: at %d Hz its pixel clock is %u kHz, and an "
                   "EDID has room for %u",
                   width, height, REFRESH_HZ, preferred.clock, DESCRIPTOR_CLOCK * 10);
        return false;
    }
    memset(edid, 0, EDID_SIZE);
    put_base_block(edid, &preferred);
    put_cta_block(edid + EDID_BLOCK_SIZE, &preferred);
    return true;
}
