/*
 * The display thread: reads the dirty pages of video memory and converts the rows they hold.
 *
 * A page's mark is taken before the page is read, so that what the guest stores meanwhile is
 * seen by the next update at the latest.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "scanout.h"

#include "util/io-thread.h"

#include <pthread.h>

struct Scanout {
    Console *con;
    MemoryRegion *vram;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool wanted;
    bool quit;
    ScanoutMode mode; /* what is wanted */

    GThread *thread; /* NULL: nobody has asked for a picture yet */

    /* The thread's own. */
    bool drawn; /* @shown is what the console shows */
    ScanoutMode shown;
};

/* ---- conversion: one row of guest pixels, which the guest may be storing to ---- */

static void convert_32(const Scanout *s, const ScanoutMode *mode, hwaddr offset, uint32_t *to)
{
    memory_region_ram_read(s->vram, offset, to, (uint64_t)mode->width * 4);
    if (mode->big_endian != (G_BYTE_ORDER == G_BIG_ENDIAN)) {
        for (int i = 0; i < mode->width; i++) {
            to[i] = GUINT32_SWAP_LE_BE(to[i]);
        }
    }
}

/* The top bits are repeated below, so that full intensity stays full. */
static uint32_t expand_565(uint32_t p)
{
    uint32_t red = p >> 11, green = p >> 5 & 0x3f, blue = p & 0x1f;

    return (red << 3 | red >> 2) << 16 | (green << 2 | green >> 4) << 8 | (blue << 3 | blue >> 2);
}

static void convert_16(const Scanout *s, const ScanoutMode *mode, hwaddr offset, uint32_t *to)
{
    uint16_t row[FRAME_MAX_SIZE];

    memory_region_ram_read(s->vram, offset, row, (uint64_t)mode->width * 2);
    for (int i = 0; i < mode->width; i++) {
        to[i] = expand_565(mode->big_endian ? GUINT16_FROM_BE(row[i]) : GUINT16_FROM_LE(row[i]));
    }
}

static void draw_rows(const Scanout *s, const ScanoutMode *mode, Frame *frame, int first, int end)
{
    hwaddr from = mode->offset + first * mode->stride;

    for (int y = first; y < end; y++, from += mode->stride) {
        uint32_t *to = (uint32_t *)(frame->pixels + (size_t)y * frame->stride);

        if (mode->bytes_per_pixel == 4) {
            convert_32(s, mode, from, to);
        } else {
            convert_16(s, mode, from, to);
        }
    }
}

/* ---- what is dirty ---- */

static uint64_t picture_end(const ScanoutMode *mode)
{
    return mode->offset + (mode->height - 1) * mode->stride +
           (uint64_t)mode->width * mode->bytes_per_pixel;
}

/* Take the marks of the picture's pages; the rows that they touch are added to @boxes. */
static void take_dirty_rows(const Scanout *s, const ScanoutMode *mode, GArray *boxes)
{
    uint64_t end = picture_end(mode);
    pixman_box32_t box = { .x2 = mode->width };

    for (uint64_t page = mode->offset & -(uint64_t)MEMORY_PAGE_SIZE; page < end;
         page += MEMORY_PAGE_SIZE) {
        int first, last;

        if (!memory_region_test_and_clear_dirty(s->vram, page)) {
            continue;
        }
        first = (MAX(page, mode->offset) - mode->offset) / mode->stride;
        last = (MIN(page + MEMORY_PAGE_SIZE, end) - 1 - mode->offset) / mode->stride;
        if (box.y2 < first && box.y1 < box.y2) {
            g_array_append_val(boxes, box);
            box.y1 = first;
        } else if (box.y1 >= box.y2) {
            box.y1 = first;
        }
        box.y2 = last + 1;
    }
    if (box.y1 < box.y2) {
        g_array_append_val(boxes, box);
    }
}

static bool same_mode(const ScanoutMode *a, const ScanoutMode *b)
{
    return a->width == b->width && a->height == b->height &&
           a->bytes_per_pixel == b->bytes_per_pixel && a->big_endian == b->big_endian &&
           a->offset == b->offset && a->stride == b->stride;
}

/* ---- the thread ---- */

/* Draw the rows in @boxes and show them. */
static void draw_boxes(Scanout *s, const ScanoutMode *mode, const GArray *boxes)
{
    pixman_region32_t dirty;
    Frame *frame;

    pixman_region32_init_rects(&dirty, (pixman_box32_t *)boxes->data, boxes->len);
    frame = console_draw_begin(s->con, mode->width, mode->height, &dirty);
    if (!frame) {
        s->drawn = false; /* the marks are gone: all of it the next time */
        goto out;
    }
    for (guint i = 0; i < boxes->len; i++) {
        const pixman_box32_t *box = &g_array_index(boxes, pixman_box32_t, i);

        draw_rows(s, mode, frame, box->y1, box->y2);
    }
    console_draw_end(s->con, frame, &dirty);
    s->drawn = true;
    s->shown = *mode;
out:
    pixman_region32_fini(&dirty);
}

static void draw_dirty(Scanout *s, const ScanoutMode *mode)
{
    g_autoptr(GArray) boxes = g_array_new(FALSE, FALSE, sizeof(pixman_box32_t));
    pixman_box32_t whole = { .x2 = mode->width, .y2 = mode->height };

    take_dirty_rows(s, mode, boxes);
    if (!s->drawn || s->shown.kind != SCANOUT_ON || !same_mode(mode, &s->shown)) {
        g_array_set_size(boxes, 0);
        g_array_append_val(boxes, whole);
    }
    if (boxes->len) {
        draw_boxes(s, mode, boxes);
    }
}

static void draw(Scanout *s, const ScanoutMode *mode)
{
    switch (mode->kind) {
    case SCANOUT_ON:
        draw_dirty(s, mode);
        break;
    case SCANOUT_BLANK:
        if (!s->drawn || s->shown.kind != SCANOUT_BLANK) {
            console_draw_placeholder(s->con, CONSOLE_INITIAL_WIDTH, CONSOLE_INITIAL_HEIGHT,
                                     CONSOLE_INITIAL_TEXT);
            s->drawn = true;
            s->shown = *mode;
        }
        break;
    case SCANOUT_KEEP:
        break;
    }
}

/* Wait for work; false: to end. */
static bool next_update(Scanout *s, ScanoutMode *mode)
{
    bool work;

    pthread_mutex_lock(&s->lock);
    while (!s->wanted && !s->quit) {
        pthread_cond_wait(&s->changed, &s->lock);
    }
    work = s->wanted;
    s->wanted = false;
    *mode = s->mode;
    pthread_mutex_unlock(&s->lock);
    return work;
}

static void *scanout_thread(void *opaque)
{
    Scanout *s = opaque;
    ScanoutMode mode;

    while (next_update(s, &mode)) {
        draw(s, &mode);
        graphic_hw_update_done(s->con);
    }
    return NULL;
}

Scanout *scanout_new(Console *con, MemoryRegion *vram)
{
    Scanout *s = g_new0(Scanout, 1);

    s->con = con;
    s->vram = vram;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    return s;
}

void scanout_free(Scanout *s)
{
    if (s->thread) {
        pthread_mutex_lock(&s->lock);
        s->quit = true;
        pthread_cond_signal(&s->changed);
        pthread_mutex_unlock(&s->lock);
        g_thread_join(s->thread);
    }
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->changed);
    g_free(s);
}

void scanout_update(Scanout *s, const ScanoutMode *mode)
{
    if (!s->thread) {
        s->thread = thread_start("display", scanout_thread, s);
    }
    pthread_mutex_lock(&s->lock);
    s->mode = *mode;
    s->wanted = true;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
}
