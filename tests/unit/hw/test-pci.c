/*
 * PCI config space, base address registers, INTx, and devices' addresses.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw-test.h"
#include "hw/pci-host.h"
#include "hw/pci.h"

#include <string.h>

#define ECAM   0x30000000
#define IO     0x3000000
#define MMIO   0x40000000
#define MMIO64 0x400000000

#define COMMAND 0x04
#define BAR(n)  (0x10 + 4 * (n))

#define TYPE_TEST_PCI "test-pci-device"

typedef struct TestPci {
    PciDevice parent_obj;
    MemoryRegion small, large, ports;
    bool set_up;
    bool fail;
} TestPci;

#define TEST_PCI(obj) OBJECT_CHECK(TestPci, (obj), TYPE_TEST_PCI)

static bool intx[4];

/* Reads tell which region it is and where. */
static uint64_t region_read(void *opaque, hwaddr offset, unsigned size)
{
    return (uintptr_t)opaque + offset;
}

static const MemoryRegionOps region_ops = { .read = region_read, .min_size = 4, .max_size = 4 };

static bool test_pci_realize(PciDevice *dev, Error **errp)
{
    TestPci *s = TEST_PCI(dev);
    memory_region_init_io(&s->small, &region_ops, (void *)0x1000000, "small", 0x1000);
    memory_region_init_io(&s->large, &region_ops, (void *)0x2000000, "large", 0x800000);
    memory_region_init_io(&s->ports, &region_ops, (void *)0x3000000, "ports", 0x20);
    s->set_up = true;
    pci_register_bar(dev, 0, PCI_BAR_MEM32, &s->small);
    pci_register_bar(dev, 2, PCI_BAR_MEM64_PREFETCH, &s->large);
    pci_register_bar(dev, 5, PCI_BAR_IO, &s->ports);
    dev->config[PCI_INTERRUPT_PIN] = 1;
    if (s->fail) {
        error_setg(errp, "told to fail");
        return false;
    }
    return true;
}

static void test_pci_finalize(Object *obj)
{
    TestPci *s = TEST_PCI(obj);
    if (s->set_up) {
        memory_region_finish(&s->small);
        memory_region_finish(&s->large);
        memory_region_finish(&s->ports);
    }
}

static void test_pci_class_init(ObjectClass *klass, const void *data)
{
    DEVICE_CLASS(klass)->user_creatable = true;
    PciDeviceClass *pc = PCI_DEVICE_CLASS(klass);
    pc->vendor_id = 0x1234;
    pc->device_id = 0x5678;
    pc->class_id = 0x0380;
    pc->revision = 2;
    pc->realize = test_pci_realize;
    object_class_property_add_field(klass, "fail", PROP_BOOL, offsetof(TestPci, fail), NULL);
}

static const TypeInfo test_pci_type = {
    .name = TYPE_TEST_PCI,
    .parent = TYPE_PCI_DEVICE,
    .instance_size = sizeof(TestPci),
    .class_size = sizeof(PciDeviceClass),
    .class_init = test_pci_class_init,
    .instance_finalize = test_pci_finalize,
};

static void test_pci_register(void)
{
    type_register_static(&test_pci_type);
}
type_init(test_pci_register)

    /* ---- helpers ---- */

    static hwaddr config(unsigned slot, unsigned reg)
{
    return ECAM + (slot << 15) + reg;
}

static PciDevice *add_text(const char *text, Error **errp)
{
    g_autoptr(QDict) props = qdict_new();
    g_auto(GStrv) items = g_strsplit(text, ",", -1);
    qdict_put_str(props, "driver", TYPE_TEST_PCI);
    for (char **item = items; *item && **item; item++) {
        char *value = strchr(*item, '=');
        *value++ = '\0';
        qdict_put_str(props, *item, value);
    }
    Device *dev = device_add(props, true, errp);
    return dev ? PCI_DEVICE(dev) : NULL;
}

static PciDevice *add_device(const char *text)
{
    PciDevice *dev = add_text(text, &error_abort);
    devices_reset_all();
    return dev;
}

static void expect_error(const char *text, const char *part)
{
    g_autoptr(Error) err = NULL;
    g_assert_null(add_text(text, &err));
    g_assert_nonnull(err);
    if (!strstr(error_get_pretty(err), part)) {
        g_error("'%s' does not say '%s'", error_get_pretty(err), part);
    }
}

static void drop(PciDevice *dev)
{
    device_remove(DEVICE(dev));
}

static uint64_t read_or_ones(hwaddr addr)
{
    uint64_t value;
    g_assert(address_space_load(board_get()->as, addr, 4, &value) == MEM_OK);
    return value;
}

/* ---- tests ---- */

static void test_host_bridge(void)
{
    g_assert_cmphex(reg_read(config(0, 0), 4), ==, 0x00081b36);
    g_assert_cmphex(reg_read(config(0, 8), 4), ==, 0x06000000);
    for (unsigned i = 0; i < PCI_NUM_BARS; i++) {
        reg_write(config(0, BAR(i)), 4, 0xffffffff);
        g_assert_cmphex(reg_read(config(0, BAR(i)), 4), ==, 0);
    }
    reg_write(config(0, 0), 4, 0);
    g_assert_cmphex(reg_read(config(0, 0), 4), ==, 0x00081b36);
}

static void test_absent(void)
{
    g_assert_cmphex(reg_read(config(1, 0), 4), ==, 0xffffffff);
    g_assert_cmphex(reg_read(config(1, 0), 2), ==, 0xffff);
    g_assert_cmphex(reg_read(config(1, 3), 1), ==, 0xff);
    reg_write(config(1, 4), 4, 0xffffffff);
    g_assert_cmphex(reg_read(config(0, 0x100), 4), ==, 0xffffffff); /* extended */
    g_assert_cmphex(reg_read(config(0, 0xfff), 1), ==, 0xff);
    g_assert_cmphex(reg_read(ECAM + (1 << 20), 4), ==, 0xffffffff); /* bus 1 */
    g_assert_cmphex(reg_read(ECAM + 0xffffffc, 4), ==, 0xffffffff);
}

static void test_header(void)
{
    PciDevice *dev = add_device("id=h");
    g_assert_cmpuint(dev->devfn, ==, 1 << 3);
    g_assert_cmphex(reg_read(config(1, 0), 4), ==, 0x56781234);
    g_assert_cmphex(reg_read(config(1, 8), 4), ==, 0x03800002);
    g_assert_cmphex(reg_read(config(1, 0xb), 1), ==, 0x03);
    g_assert_cmphex(reg_read(config(1, 0x2c), 4), ==, 0x11001af4);
    reg_write(config(1, 0x3c), 4, 0xffffffff);
    g_assert_cmphex(reg_read(config(1, 0x3c), 4), ==, 0x000001ff);
    reg_write(config(1, COMMAND), 4, 0xffffffff);
    g_assert_cmphex(reg_read(config(1, COMMAND), 4), ==, 0x0547);
    drop(dev);
    g_assert_cmphex(reg_read(config(1, 0), 4), ==, 0xffffffff);
}

static void test_sizing(void)
{
    PciDevice *dev = add_device("");
    for (unsigned i = 0; i < PCI_NUM_BARS; i++) {
        reg_write(config(1, BAR(i)), 4, 0xffffffff);
    }
    g_assert_cmphex(reg_read(config(1, BAR(0)), 4), ==, 0xfffff000);
    g_assert_cmphex(reg_read(config(1, BAR(1)), 4), ==, 0);
    g_assert_cmphex(reg_read(config(1, BAR(2)), 4), ==, 0xff80000c);
    g_assert_cmphex(reg_read(config(1, BAR(3)), 4), ==, 0xffffffff);
    g_assert_cmphex(reg_read(config(1, BAR(5)), 4), ==, 0xffffffe1);
    /* Decoding while all ones are in there maps nothing anywhere. */
    reg_write(config(1, COMMAND), 2, 3);
    for (unsigned i = 0; i < PCI_NUM_BARS; i++) {
        g_assert_false(dev->bars[i].mapped);
    }
    drop(dev);
}

static void test_mapping(void)
{
    PciDevice *dev = add_device("");
    reg_write(config(1, BAR(0)), 4, MMIO + 0x123000);
    reg_write(config(1, BAR(2)), 4, 0x800000);
    reg_write(config(1, BAR(3)), 4, 4);
    reg_write(config(1, BAR(5)), 4, 0x1000);
    g_assert_cmphex(read_or_ones(MMIO + 0x123000), ==, 0xffffffff);
    reg_write(config(1, COMMAND), 2, 2);
    g_assert_cmphex(read_or_ones(MMIO + 0x123010), ==, 0x1000010);
    g_assert_cmphex(read_or_ones(MMIO + 0x124000), ==, 0xffffffff);
    g_assert_cmphex(read_or_ones(MMIO64 + 0x800004), ==, 0x2000004);
    g_assert_cmphex(read_or_ones(IO + 0x1000), ==, 0xffffffff);
    reg_write(config(1, COMMAND), 2, 3);
    g_assert_cmphex(read_or_ones(IO + 0x101c), ==, 0x300001c);
    /* Moved, a byte of the register at a time. */
    reg_write(config(1, BAR(0) + 2), 1, 0x45);
    g_assert_cmphex(read_or_ones(MMIO + 0x123010), ==, 0xffffffff);
    g_assert_cmphex(read_or_ones(MMIO + 0x453010), ==, 0x1000010);
    reg_write(config(1, COMMAND), 2, 0);
    g_assert_cmphex(read_or_ones(MMIO + 0x453010), ==, 0xffffffff);
    g_assert_cmphex(read_or_ones(IO + 0x101c), ==, 0xffffffff);
    /* A reset unmaps. */
    reg_write(config(1, COMMAND), 2, 3);
    devices_reset_all();
    g_assert_cmphex(reg_read(config(1, BAR(0)), 4), ==, 0);
    g_assert_cmphex(reg_read(config(1, BAR(5)), 4), ==, 1);
    g_assert_cmphex(reg_read(config(1, COMMAND), 2), ==, 0);
    g_assert_cmphex(read_or_ones(MMIO + 0x453010), ==, 0xffffffff);
    drop(dev);
}

/* Nothing a guest puts into the registers may bring us down. */
static void test_overlaps(void)
{
    PciDevice *a = add_device("id=a"), *b = add_device("id=b");
    for (unsigned slot = 1; slot <= 2; slot++) {
        reg_write(config(slot, COMMAND), 2, 3);
        reg_write(config(slot, BAR(0)), 4, MMIO);
        reg_write(config(slot, BAR(2)), 4, MMIO);
        reg_write(config(slot, BAR(5)), 4, 0xffe0);
    }
    g_assert_cmphex(read_or_ones(MMIO + 0x2000), ==, 0x2002000);
    g_assert_cmphex(read_or_ones(IO + 0xffe0), ==, 0x3000000);
    reg_write(config(1, BAR(5)), 4, 0xfffffff0);
    reg_write(config(1, BAR(2)), 4, 0xffffffff);
    reg_write(config(1, BAR(3)), 4, 0x7fffffff);
    drop(a);
    drop(b);
    g_assert_cmphex(read_or_ones(MMIO + 0x2000), ==, 0xffffffff);
}

static void test_intx(void)
{
    PciDevice *a = add_device("addr=1"), *b = add_device("addr=0x5"), *c = add_device("addr=2.0");
    pci_set_intx(a, true);
    g_assert(!intx[0] && intx[1] && !intx[2] && !intx[3]);
    g_assert_cmphex(reg_read(config(1, 6), 2), ==, 8);
    /* Slot 5 shares the line. */
    pci_set_intx(b, true);
    pci_set_intx(a, false);
    g_assert_true(intx[1]);
    reg_write(config(5, COMMAND), 2, 0x400);
    g_assert_false(intx[1]);
    g_assert_cmphex(reg_read(config(5, 6), 2), ==, 8);
    reg_write(config(5, COMMAND), 2, 0);
    g_assert_true(intx[1]);
    pci_set_intx(c, true);
    g_assert_true(intx[2]);
    devices_reset_all();
    g_assert(!intx[0] && !intx[1] && !intx[2] && !intx[3]);
    pci_set_intx(c, true);
    drop(c); /* lets go of the line */
    g_assert_false(intx[2]);
    drop(a);
    drop(b);
}

static void test_addr(void)
{
    static const char *const bad[] = {
        "", "x", "20", "-1", "1.8", "1.", "1.0.0", "0x", " 1", "1 ", "99999999999999999999", "1,",
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(QDict) props = qdict_new();
        g_autoptr(Error) err = NULL;
        qdict_put_str(props, "driver", TYPE_TEST_PCI);
        qdict_put_str(props, "addr", bad[i]);
        g_assert_null(device_add(props, true, &err));
        g_assert_nonnull(strstr(error_get_pretty(err), "test-pci-device.addr"));
    }
    expect_error("addr=0", "slot 0 function 0 not available for test-pci-device, in use by "
                           "gpex-root");
    PciDevice *dev = add_device("id=first,addr=1f");
    g_assert_cmpuint(dev->devfn, ==, 0x1f << 3);
    expect_error("addr=0x1f", "in use by test-pci-device,id=first");
    g_autoptr(Error) err = NULL;
    g_assert_false(object_property_parse(OBJECT(dev), "addr", "3", &err));
    g_autoptr(QObject) addr = object_property_get_qobject(OBJECT(dev), "addr", &error_abort);
    g_assert_cmpstr(qstring_get(qobject_to_qstring(addr)), ==, "1f.0");
    drop(dev);
}

static void test_slots_run_out(void)
{
    PciDevice *devs[PCI_SLOTS - 1];
    for (unsigned i = 0; i < G_N_ELEMENTS(devs); i++) {
        devs[i] = add_device("");
        g_assert_cmpuint(devs[i]->devfn >> 3, ==, i + 1);
    }
    expect_error("", "all in use");
    for (unsigned i = 0; i < G_N_ELEMENTS(devs); i++) {
        drop(devs[i]);
    }
}

static void count_children(Object *child, void *opaque)
{
    (*(unsigned *)opaque)++;
}

static void test_failed_realize(void)
{
    unsigned before = 0, after = 0;
    object_child_foreach(object_get_container("/machine/peripheral-anon"), count_children, &before);
    expect_error("fail=on", "told to fail");
    expect_error("fail=on,id=f", "told to fail");
    object_child_foreach(object_get_container("/machine/peripheral-anon"), count_children, &after);
    g_assert_cmpuint(after, ==, before);
    g_assert_null(object_resolve_path("/machine/peripheral/f", NULL));
    g_assert_cmphex(reg_read(config(1, 0), 4), ==, 0xffffffff);
    /* The slot and the id are free again. */
    PciDevice *dev = add_device("id=f,addr=1");
    drop(dev);
}

static void create_host(void)
{
    const PciHostLayout layout = {
        .ecam = { ECAM, 0x10000000 },
        .io = { IO, 0x10000 },
        .mmio = { MMIO, 0x40000000 },
        .mmio64 = { MMIO64, 0x400000000 },
    };
    IrqLine lines[4];
    for (unsigned i = 0; i < 4; i++) {
        lines[i] = (IrqLine){ .fn = watch_line, .opaque = &intx[i] };
    }
    gpex_create(&board_get()->system, &layout, lines, &error_abort);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_init_types();
    main_loop_init();
    create_host();
    g_test_add_func("/pci/host-bridge", test_host_bridge);
    g_test_add_func("/pci/absent", test_absent);
    g_test_add_func("/pci/header", test_header);
    g_test_add_func("/pci/sizing", test_sizing);
    g_test_add_func("/pci/mapping", test_mapping);
    g_test_add_func("/pci/overlaps", test_overlaps);
    g_test_add_func("/pci/intx", test_intx);
    g_test_add_func("/pci/addr", test_addr);
    g_test_add_func("/pci/slots-run-out", test_slots_run_out);
    g_test_add_func("/pci/failed-realize", test_failed_realize);
    return g_test_run();
}
