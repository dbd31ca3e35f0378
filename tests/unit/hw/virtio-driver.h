/*
 * A guest's virtio driver for tests: it does what a driver should, and what it should not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_UNIT_VIRTIO_DRIVER_H
#define TESTS_UNIT_VIRTIO_DRIVER_H

#include "hw/device.h"
#include "memory/memory.h"

#define RAM_BASE   UINT64_C(0x80000000)
#define RAM_SIZE   UINT64_C(0x400000)
#define MMIO_SLOTS 2

#define QUEUE_SIZE 8

enum { STATUS_READY = 0xf, STATUS_NEEDS_RESET = 0x40 };
enum { DESC_NEXT = 1, DESC_WRITE = 2, DESC_INDIRECT = 4 };
#define F_INDIRECT  (UINT64_C(1) << 28)
#define F_EVENT_IDX (UINT64_C(1) << 29)
#define F_VERSION_1 (UINT64_C(1) << 32)

typedef struct Driver {
    Device *dev;
    bool pci;
    hwaddr base;      /* of the registers */
    unsigned slot;    /* on the PCI bus */
    uint16_t next[8]; /* of each queue: avail index */
    uint16_t seen[8]; /* used index */
} Driver;

/* The board: RAM, a PCI host, MMIO slots. Once. */
void driver_board_init(void);
uint8_t *driver_ram(hwaddr addr);
uint64_t driver_read(hwaddr addr, unsigned size);
void driver_write(hwaddr addr, unsigned size, uint64_t value);

/* Make -device @options ("driver=...,x=y"). */
Device *driver_add(const char *options, Error **errp);
/* The same, and find its registers. */
Driver *driver_new(const char *options);
/* Take the device away, too. */
void driver_free(Driver *d);
bool driver_line(const Driver *d); /* the interrupt */

uint32_t driver_status(Driver *d);
void driver_set_status(Driver *d, uint32_t status);
uint64_t driver_offered(Driver *d);
void driver_accept(Driver *d, uint64_t features);
uint64_t driver_config(Driver *d, unsigned offset, unsigned size);
void driver_set_config(Driver *d, unsigned offset, unsigned size, uint64_t value);
uint32_t driver_generation(Driver *d); /* of config space */
uint32_t driver_isr(Driver *d);        /* read and acknowledge */
/* Where the rings of queue @q are; each has 64 KiB. */
hwaddr driver_desc(unsigned q);
hwaddr driver_avail(unsigned q);
hwaddr driver_used(unsigned q);
void driver_setup_queue(Driver *d, unsigned q, hwaddr desc, hwaddr avail, hwaddr used);
/* Reset, take @features, set up @queues queues of QUEUE_SIZE in zeroed memory, DRIVER_OK. */
void driver_start(Driver *d, uint64_t features, unsigned queues);
void driver_ring(Driver *d, unsigned q);

void driver_put_desc(hwaddr table, unsigned n, hwaddr addr, uint32_t length, uint16_t flags,
                     uint16_t next);
/* Make the chain that begins at @head available; the device is not told. */
void driver_offer(Driver *d, unsigned q, uint16_t head);
/* The next entry of the used ring; false: none. */
bool driver_take(Driver *d, unsigned q, uint32_t *head, uint32_t *length);

#endif
