/*
 * The balloon's pages are those of a region that nothing else uses: page N of it is the Nth to go.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "balloon.h"

#include "serial.h"
#include "virtio.h"

#define BALLOON_ID_TRANSITIONAL PCI_ID(VIRTIO_VENDOR, 0x1002)
#define BALLOON_ID              PCI_ID(VIRTIO_VENDOR, 0x1045)
#define FEATURE_STATISTICS      (1u << 1)

#define CONFIG_WANTED 0 /* pages; what we have given comes behind */
#define CONFIG_ACTUAL 4

/* From 16 MiB into RAM on, far behind our own image. */
#define FIRST_PAGE 0x81000u
#define MAX_PAGES  4096u
#define PAGE_SIZE  4096u
#define CHUNK      256u

enum { INFLATE, DEFLATE, STATISTICS };
enum { STAT_FREE = 4, STAT_TOTAL };

typedef struct Statistic {
    uint16_t tag;
    uint64_t value;
} __attribute__((packed)) Statistic;

static Virtio virtio;
static Virtq inflate, deflate, statistics;
static uint32_t pages[CHUNK];
static Statistic stats[2];
static uint32_t given;
static bool started;

static void give_statistics(void)
{
    stats[0] = (Statistic){ STAT_FREE, (uint64_t)(MAX_PAGES - given) * PAGE_SIZE };
    stats[1] = (Statistic){ STAT_TOTAL, (uint64_t)MAX_PAGES * PAGE_SIZE };
    virtq_give(&statistics, 0, stats, sizeof(stats), false);
}

const char *balloon_init(void)
{
    const PciFunction *function = pci_find(BALLOON_ID, 0);
    const char *why;

    if (!function) {
        function = pci_find(BALLOON_ID_TRANSITIONAL, 0);
    }
    why = function ? virtio_init(&virtio, function, FEATURE_STATISTICS) : "no virtio-balloon";
    if (why) {
        return why;
    }
    if (!virtio.config || !virtio_add_queue(&virtio, &inflate, INFLATE) ||
        !virtio_add_queue(&virtio, &deflate, DEFLATE) ||
        !virtio_add_queue(&virtio, &statistics, STATISTICS)) {
        return "the virtio-balloon lacks queues";
    }
    virtio_start(&virtio);
    give_statistics();
    started = true;
    return NULL;
}

/* Pages @from to @to go through a queue, and we wait until they have. */
static void move_pages(Virtq *queue, uint32_t from, uint32_t to)
{
    while (from < to) {
        uint32_t count = to - from < CHUNK ? to - from : CHUNK, length;
        unsigned id;

        for (uint32_t i = 0; i < count; i++) {
            pages[i] = FIRST_PAGE + from + i;
        }
        virtq_give(queue, 0, pages, count * sizeof(pages[0]), false);
        while (!virtq_take(queue, &id, &length)) {
        }
        from += count;
    }
}

/* As much as we can spare; with something in each page the host has something to gain. */
static void follow(uint32_t wanted)
{
    uint32_t target = wanted < MAX_PAGES ? wanted : MAX_PAGES;

    if (target > given) {
        memset((void *)((uintptr_t)(FIRST_PAGE + given) * PAGE_SIZE), 0x55,
               (size_t)(target - given) * PAGE_SIZE);
        move_pages(&inflate, given, target);
    } else if (target < given) {
        move_pages(&deflate, target, given);
    } else {
        return;
    }
    given = target;
    mmio_write32(virtio.config + CONFIG_ACTUAL, given);
    serial_printf("balloon: %u pages\n", given);
}

void balloon_serve(void)
{
    uint32_t length;
    unsigned id;

    if (!started) {
        return;
    }
    virtio_acknowledge(&virtio);
    follow(mmio_read32(virtio.config + CONFIG_WANTED));
    if (virtq_take(&statistics, &id, &length)) {
        give_statistics();
    }
}
