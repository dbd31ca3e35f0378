/*
 * A guest's virtio driver for tests, over MMIO and PCI.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "virtio-driver.h"

#include "hw-test.h"
#include "hw/board-devices.h"
#include "hw/pci-host.h"
#include "hw/pci.h"

#include <string.h>

#define MMIO_BASE 0x10001000
#define ECAM      0x30000000
#define BARS      0x40000000

enum {
    /* MMIO */
    M_FEATURES = 0x10,
    M_FEATURES_SEL = 0x14,
    M_DRIVER_FEATURES = 0x20,
    M_DRIVER_FEATURES_SEL = 0x24,
    M_QUEUE_SEL = 0x30,
    M_QUEUE_SIZE = 0x38,
    M_QUEUE_READY = 0x44,
    M_NOTIFY = 0x50,
    M_ISR = 0x60,
    M_ACK = 0x64,
    M_STATUS = 0x70,
    M_DESC = 0x80,
    M_GENERATION = 0xfc,
    M_CONFIG = 0x100,
    /* PCI */
    P_STATUS = 0x14,
    P_GENERATION = 0x15,
    P_QUEUE_SEL = 0x16,
    P_QUEUE_SIZE = 0x18,
    P_QUEUE_ENABLE = 0x1c,
    P_DESC = 0x20,
    P_ISR = 0x1000,
    P_CONFIG = 0x2000,
    P_NOTIFY = 0x3000,
};

static MemoryRegion ram;
static bool mmio_lines[MMIO_SLOTS];
static bool intx[4];

void driver_board_init(void)
{
    Board *board = board_get();
    const PciHostLayout layout = {
        .ecam = { ECAM, 0x10000000 },
        .io = { 0x3000000, 0x10000 },
        .mmio = { BARS, 0x40000000 },
        .mmio64 = { 0x400000000, 0x400000000 },
    };
    IrqLine lines[4];
    memory_region_init_ram(&ram, "ram", RAM_SIZE, &error_abort);
    memory_region_add(&board->system, RAM_BASE, &ram, 0);
    address_space_set_system(board->as);
    for (unsigned i = 0; i < 4; i++) {
        lines[i] = (IrqLine){ .fn = watch_line, .opaque = &intx[i] };
    }
    gpex_create(&board->system, &layout, lines, &error_abort);
    for (unsigned i = 0; i < MMIO_SLOTS; i++) {
        virtio_mmio_create(i, &board->system, MMIO_BASE + i * 0x1000,
                           (IrqLine){ .fn = watch_line, .opaque = &mmio_lines[i] }, &error_abort);
    }
}

uint8_t *driver_ram(hwaddr addr)
{
    g_assert(addr >= RAM_BASE && addr - RAM_BASE < RAM_SIZE);
    return memory_region_ram(&ram) + (addr - RAM_BASE);
}

uint64_t driver_read(hwaddr addr, unsigned size)
{
    return reg_read(addr, size);
}

void driver_write(hwaddr addr, unsigned size, uint64_t value)
{
    reg_write(addr, size, value);
}

Device *driver_add(const char *options, Error **errp)
{
    g_autoptr(QDict) props = qdict_new();
    g_auto(GStrv) items = g_strsplit(options, ",", -1);
    for (char **item = items; *item; item++) {
        char *value = strchr(*item, '=');
        *value++ = '\0';
        qdict_put_str(props, *item, value);
    }
    return device_add(props, true, errp);
}

static void find_registers(Driver *d)
{
    if (!d->pci) {
        unsigned slot = d->dev->parent_bus->name[strlen("virtio-mmio-bus.")] - '0';
        d->slot = slot;
        d->base = MMIO_BASE + slot * 0x1000;
        return;
    }
    d->slot = PCI_DEVICE(d->dev)->devfn >> 3;
    d->base = BARS + d->slot * 0x10000;
    hwaddr config = ECAM + (d->slot << 15);
    reg_write(config + 0x20, 4, d->base);
    reg_write(config + 4, 2, 6);
}

Driver *driver_new(const char *options)
{
    Driver *d = g_new0(Driver, 1);
    d->dev = driver_add(options, &error_abort);
    d->pci = object_dynamic_cast(OBJECT(d->dev), TYPE_PCI_DEVICE) != NULL;
    find_registers(d);
    return d;
}

void driver_free(Driver *d)
{
    device_remove(d->dev);
    g_free(d);
}

bool driver_line(const Driver *d)
{
    return d->pci ? intx[d->slot % 4] : mmio_lines[d->slot];
}

/* ---- registers ---- */

static void put(Driver *d, unsigned mmio, unsigned pci, unsigned pci_size, uint64_t value)
{
    reg_write(d->base + (d->pci ? pci : mmio), d->pci ? pci_size : 4, value);
}

uint32_t driver_status(Driver *d)
{
    return (uint32_t)reg_read(d->base + (d->pci ? P_STATUS : M_STATUS), d->pci ? 1 : 4);
}

void driver_set_status(Driver *d, uint32_t status)
{
    put(d, M_STATUS, P_STATUS, 1, status);
}

uint64_t driver_offered(Driver *d)
{
    uint64_t features = 0;
    for (unsigned i = 0; i < 2; i++) {
        put(d, M_FEATURES_SEL, 0, 4, i);
        features |= reg_read(d->base + (d->pci ? 4 : M_FEATURES), 4) << (32 * i);
    }
    return features;
}

void driver_accept(Driver *d, uint64_t features)
{
    for (unsigned i = 0; i < 2; i++) {
        put(d, M_DRIVER_FEATURES_SEL, 8, 4, i);
        put(d, M_DRIVER_FEATURES, 0xc, 4, (uint32_t)(features >> (32 * i)));
    }
}

uint64_t driver_config(Driver *d, unsigned offset, unsigned size)
{
    return reg_read(d->base + (d->pci ? P_CONFIG : M_CONFIG) + offset, size);
}

void driver_set_config(Driver *d, unsigned offset, unsigned size, uint64_t value)
{
    reg_write(d->base + (d->pci ? P_CONFIG : M_CONFIG) + offset, size, value);
}

uint32_t driver_generation(Driver *d)
{
    return (uint32_t)reg_read(d->base + (d->pci ? P_GENERATION : M_GENERATION), d->pci ? 1 : 4);
}

uint32_t driver_isr(Driver *d)
{
    uint32_t isr = (uint32_t)reg_read(d->base + (d->pci ? P_ISR : M_ISR), d->pci ? 1 : 4);
    if (!d->pci) {
        reg_write(d->base + M_ACK, 4, isr);
    }
    return isr;
}

hwaddr driver_desc(unsigned q)
{
    return RAM_BASE + 0x10000 * (3 * q);
}

hwaddr driver_avail(unsigned q)
{
    return driver_desc(q) + 0x10000;
}

hwaddr driver_used(unsigned q)
{
    return driver_desc(q) + 0x20000;
}

void driver_setup_queue(Driver *d, unsigned q, hwaddr desc, hwaddr avail, hwaddr used)
{
    const hwaddr parts[] = { desc, avail, used };
    put(d, M_QUEUE_SEL, P_QUEUE_SEL, 2, q);
    put(d, M_QUEUE_SIZE, P_QUEUE_SIZE, 2, QUEUE_SIZE);
    for (unsigned i = 0; i < 3; i++) {
        put(d, M_DESC + 0x10 * i, P_DESC + 8 * i, 4, (uint32_t)parts[i]);
        put(d, M_DESC + 0x10 * i + 4, P_DESC + 8 * i + 4, 4, parts[i] >> 32);
    }
    put(d, M_QUEUE_READY, P_QUEUE_ENABLE, 2, 1);
}

void driver_start(Driver *d, uint64_t features, unsigned queues)
{
    memset(driver_ram(RAM_BASE), 0, RAM_SIZE);
    memset(d->next, 0, sizeof(d->next));
    memset(d->seen, 0, sizeof(d->seen));
    driver_set_status(d, 0);
    while (driver_status(d)) {
        event_loop_iterate(main_loop(), true);
    }
    driver_set_status(d, 1);
    driver_set_status(d, 3);
    driver_accept(d, features | F_VERSION_1);
    driver_set_status(d, 0xb);
    for (unsigned q = 0; q < queues; q++) {
        driver_setup_queue(d, q, driver_desc(q), driver_avail(q), driver_used(q));
    }
    driver_set_status(d, STATUS_READY);
    g_assert_cmphex(driver_status(d), ==, STATUS_READY);
}

void driver_ring(Driver *d, unsigned q)
{
    put(d, M_NOTIFY, P_NOTIFY + 4 * q, 2, q);
}

/* ---- rings ---- */

void driver_put_desc(hwaddr table, unsigned n, hwaddr addr, uint32_t length, uint16_t flags,
                     uint16_t next)
{
    uint8_t *at = driver_ram(table + 16 * (hwaddr)n);
    memcpy(at, &addr, 8);
    memcpy(at + 8, &length, 4);
    memcpy(at + 12, &flags, 2);
    memcpy(at + 14, &next, 2);
}

void driver_offer(Driver *d, unsigned q, uint16_t head)
{
    uint8_t *avail = driver_ram(driver_avail(q));
    memcpy(avail + 4 + 2 * (d->next[q] % QUEUE_SIZE), &head, 2);
    d->next[q]++;
    memcpy(avail + 2, &d->next[q], 2);
}

bool driver_take(Driver *d, unsigned q, uint32_t *head, uint32_t *length)
{
    const uint8_t *used = driver_ram(driver_used(q));
    uint16_t index;
    memcpy(&index, used + 2, 2);
    if (index == d->seen[q]) {
        return false;
    }
    const uint8_t *entry = used + 4 + 8 * (d->seen[q] % QUEUE_SIZE);
    memcpy(head, entry, 4);
    memcpy(length, entry + 4, 4);
    d->seen[q]++;
    return true;
}
