/*
 * What bringing a console up to date costs: a whole new picture, one dirty row, and nothing new;
 * from the request to the waiter, through the display thread. The floor is a memcpy() of a frame.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/display/scanout.h"

#include "util/bql.h"

#include <stdio.h>
#include <string.h>

#define ROUNDS 200
#define VRAM   (64 << 20)

typedef struct Bench {
    MemoryRegion vram;
    Console *con;
    Scanout *scanout;
    ScanoutMode mode;
    uint64_t dirty_bytes; /* marked before each update */
    int rounds;
    int64_t total_ns;
} Bench;

static void bench_update(void *opaque)
{
    Bench *bench = opaque;

    scanout_update(bench->scanout, &bench->mode);
}

static const ConsoleOps bench_ops = { .update = bench_update };

static void coroutine_fn bench_main(void *opaque)
{
    Bench *bench = opaque;

    while (bench->rounds > 0) {
        int64_t start = clock_now(CLOCK_HOST);

        memory_region_set_dirty(&bench->vram, 0, bench->dirty_bytes);
        console_wait_update(bench->con, graphic_hw_update(bench->con), &error_abort);
        bench->total_ns += clock_now(CLOCK_HOST) - start;
        bench->rounds--;
    }
}

static double measure_us(Bench *bench, uint64_t dirty_bytes, int rounds)
{
    bench->dirty_bytes = dirty_bytes;
    bench->rounds = rounds;
    bench->total_ns = 0;
    coroutine_enter(coroutine_create(bench_main, bench));
    while (bench->rounds > 0) {
        event_loop_iterate(main_loop(), true);
    }
    return bench->total_ns / 1e3 / rounds;
}

static double memcpy_us(size_t size)
{
    g_autofree uint8_t *from = g_malloc0(size), *to = g_malloc0(size);
    int64_t start;

    memcpy(to, from, size);
    start = clock_now(CLOCK_HOST);
    for (int i = 0; i < ROUNDS / 10; i++) {
        memcpy(to, from, size);
        __asm__ volatile("" : : "r"(to) : "memory");
    }
    return (clock_now(CLOCK_HOST) - start) / 1e3 / (ROUNDS / 10);
}

static void run(Bench *bench, int width, int height)
{
    size_t size = (size_t)width * height * 4;
    double floor_us = memcpy_us(size), us;

    bench->mode = (ScanoutMode){
        .kind = SCANOUT_ON,
        .width = width,
        .height = height,
        .bytes_per_pixel = 4,
        .stride = width * 4,
    };
    measure_us(bench, size, 3);
    us = measure_us(bench, size, ROUNDS / 10);
    printf("%4dx%-4d whole picture %9.1f us  %6.2fx of a memcpy (%.1f us)\n", width, height, us,
           us / floor_us, floor_us);
    us = measure_us(bench, 1, ROUNDS);
    printf("%4dx%-4d one dirty row %9.1f us  %6.3fx\n", width, height, us, us / floor_us);
    us = measure_us(bench, 0, ROUNDS);
    printf("%4dx%-4d nothing new   %9.1f us  %6.3fx\n", width, height, us, us / floor_us);
}

int main(void)
{
    Bench bench = { 0 };

    main_loop_init();
    memory_region_init_ram(&bench.vram, "vram", VRAM, &error_abort);
    memory_region_track_dirty(&bench.vram);
    bench.con = console_new(NULL, 0, &bench_ops, &bench);
    bench.scanout = scanout_new(bench.con, &bench.vram);
    run(&bench, 640, 480);
    run(&bench, 1920, 1080);
    run(&bench, 3840, 2160);
    scanout_free(bench.scanout);
    console_destroy(bench.con);
    memory_region_finish(&bench.vram);
    return 0;
}
