/*
 * SiFive's test finisher, the board's power switch.
 *
 * A store to its one register, as in the device tree binding "sifive,test0": 0x5555 powers off,
 * 0x7777 resets, 0x3333 with a code in the upper half says that the guest failed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/board-devices.h"
#include "hw/power.h"
#include "util/report.h"

#include <inttypes.h>

#define TYPE_SIFIVE_TEST "riscv.sifive.test"
#define SIFIVE_TEST_SIZE 0x1000

#define FINISHER_FAIL  0x3333
#define FINISHER_PASS  0x5555
#define FINISHER_RESET 0x7777

typedef struct SifiveTest {
    SysBusDevice parent_obj;
    MemoryRegion mmio;
} SifiveTest;

#define SIFIVE_TEST(obj) OBJECT_CHECK(SifiveTest, (obj), TYPE_SIFIVE_TEST)

static uint64_t sifive_test_read(void *opaque, hwaddr offset, unsigned size)
{
    return 0;
}

static void sifive_test_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    int code = (int)(value >> 16 & 0xffff);
    switch (offset == 0 ? value & 0xffff : 0) {
    case FINISHER_FAIL:
        power_request(POWER_FAILED, code);
        break;
    case FINISHER_PASS:
        power_request(POWER_OFF, 0);
        break;
    case FINISHER_RESET:
        power_request(POWER_RESET, 0);
        break;
    default:
        log_mask(LOG_GUEST_ERROR, "%s: store of 0x%" PRIx64 " at offset 0x%" PRIx64 " ignored",
                 TYPE_SIFIVE_TEST, value, offset);
        break;
    }
}

static const MemoryRegionOps sifive_test_ops = {
    .read = sifive_test_read,
    .write = sifive_test_write,
    .min_size = 2,
    .max_size = 4,
};

static void sifive_test_init(Object *obj)
{
    SifiveTest *s = SIFIVE_TEST(obj);
    memory_region_init_io(&s->mmio, &sifive_test_ops, s, TYPE_SIFIVE_TEST, SIFIVE_TEST_SIZE);
    sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->mmio);
}

static void sifive_test_finalize(Object *obj)
{
    memory_region_finish(&SIFIVE_TEST(obj)->mmio);
}

static const TypeInfo sifive_test_type = {
    .name = TYPE_SIFIVE_TEST,
    .parent = TYPE_SYS_BUS_DEVICE,
    .instance_size = sizeof(SifiveTest),
    .class_size = sizeof(DeviceClass),
    .instance_init = sifive_test_init,
    .instance_finalize = sifive_test_finalize,
};

static void sifive_test_register(void)
{
    type_register_static(&sifive_test_type);
}
type_init(sifive_test_register)

    bool sifive_test_create(MemoryRegion *system, hwaddr addr, Error **errp)
{
    return sysbus_create(TYPE_SIFIVE_TEST, system, addr, (IrqLine){ 0 }, errp);
}
