/*
 * bochs-display as a guest sees it, and what the guest's stores show on the console.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/pci.h"
#include "ui/console.h"

#include "tests/unit/util/loop-test.h"

#include <string.h>

#define DEVFN     (2 << 3)
#define VRAM      0x10000000
#define REGISTERS 0x20000000
#define DISPI     (REGISTERS + 0x500)
#define ENDIAN    (REGISTERS + 0x604)

enum { ID, XRES, YRES, BPP, ENABLE, BANK, VIRT_W, VIRT_H, X_OFF, Y_OFF, MEMORY };

static MemoryRegion mem;
static AddressSpace *as;
static PciBus *bus;
static Device *dev;
static Console *con;

/* ---- the guest ---- */

static uint64_t load(hwaddr addr, unsigned size)
{
    uint64_t value;

    g_assert_cmpint(address_space_load(as, addr, size, &value), ==, MEM_OK);
    return value;
}

static void store(hwaddr addr, unsigned size, uint64_t value)
{
    g_assert_cmpint(address_space_store(as, addr, size, value), ==, MEM_OK);
}

static void dispi(unsigned index, uint16_t value)
{
    store(DISPI + 2 * index, 2, value);
}

static void set_mode(unsigned width, unsigned height, unsigned bpp)
{
    dispi(ENABLE, 0);
    dispi(XRES, width);
    dispi(YRES, height);
    dispi(BPP, bpp);
    dispi(VIRT_W, width);
    dispi(X_OFF, 0);
    dispi(Y_OFF, 0);
    dispi(ENABLE, 0x41);
}

static void map_device(void)
{
    pci_config_write(bus, 0, DEVFN, 0x10, VRAM, 4);
    pci_config_write(bus, 0, DEVFN, 0x18, REGISTERS, 4);
    pci_config_write(bus, 0, DEVFN, 0x04, 2, 2);
}

/* ---- the viewer ---- */

static void coroutine_fn look_main(void *opaque)
{
    Frame **frame = opaque;
    uint64_t ticket = graphic_hw_update(con);

    g_assert_true(console_wait_update(con, ticket, &error_abort));
    *frame = console_take_frame(con);
}

static Frame *look(void)
{
    Frame *frame = NULL;

    coroutine_enter(coroutine_create(look_main, &frame));
    turn_until(frame);
    return frame;
}

static uint32_t pixel_at(const Frame *frame, int x, int y)
{
    return ((const uint32_t *)(frame->pixels + (size_t)y * frame->stride))[x] & 0xffffff;
}

/* The size of what is shown, and the colour of one pixel. */
static void expect(int width, int height, int x, int y, uint32_t colour)
{
    g_autoptr(Frame) frame = look();

    g_assert_cmpint(frame->width, ==, width);
    g_assert_cmpint(frame->height, ==, height);
    g_assert_cmphex(pixel_at(frame, x, y), ==, colour);
}

/* ---- set-up ---- */

static Device *add_display(const char *options, Error **errp)
{
    g_autoptr(QDict) props = qdict_new();
    g_auto(GStrv) words = g_strsplit(options, ",", -1);

    qdict_put_str(props, "driver", "bochs-display");
    qdict_put_str(props, "id", "screen");
    qdict_put_str(props, "addr", "2");
    for (char **word = words; *word && **word; word++) {
        char *value = strchr(*word, '=');

        *value++ = '\0';
        qdict_put_str(props, *word, value);
    }
    return device_add(props, true, errp);
}

static void set_up(const char *options)
{
    dev = add_display(options, &error_abort);
    map_device();
    con = console_by_device("screen", 0, &error_abort);
}

static void tear_down(void)
{
    device_remove(dev);
    g_assert_null(console_by_index(0));
}

/* ---- registers ---- */

static void test_config(void)
{
    set_up("");
    g_assert_cmphex(pci_config_read(bus, 0, DEVFN, 0, 4), ==, 0x11111234);
    g_assert_cmphex(pci_config_read(bus, 0, DEVFN, 8, 4), ==, 0x03800002);
    g_assert_cmphex(pci_config_read(bus, 0, DEVFN, 0x2c, 4), ==, 0x11001af4);
    pci_config_write(bus, 0, DEVFN, 0x10, 0xffffffff, 4);
    pci_config_write(bus, 0, DEVFN, 0x18, 0xffffffff, 4);
    g_assert_cmphex(pci_config_read(bus, 0, DEVFN, 0x10, 4), ==, 0xff000008);
    g_assert_cmphex(pci_config_read(bus, 0, DEVFN, 0x18, 4), ==, 0xfffff000);
    tear_down();
}

static void test_registers(void)
{
    set_up("");
    g_assert_cmphex(load(DISPI, 2), ==, 0xb0c5);
    g_assert_cmphex(load(DISPI + 2 * MEMORY, 2), ==, 0x100);
    for (unsigned i = XRES; i < MEMORY; i++) {
        g_assert_cmphex(load(DISPI + 2 * i, 2), ==, 0);
        dispi(i, 0xf00d + i);
        g_assert_cmphex(load(DISPI + 2 * i, 2), ==, 0xf00d + i);
    }
    dispi(ID, 0x1234);
    dispi(MEMORY, 0x1234);
    g_assert_cmphex(load(DISPI, 2), ==, 0xb0c5);
    g_assert_cmphex(load(DISPI + 2 * MEMORY, 2), ==, 0x100);
    store(DISPI + 2 * YRES, 4, 0x00200030);
    g_assert_cmphex(load(DISPI + 2 * YRES, 4), ==, 0x00200030);
    g_assert_cmphex(load(DISPI + 2 * BPP, 2), ==, 0x20);
    store(DISPI + 2 * XRES, 1, 0x12);
    g_assert_cmphex(load(DISPI + 2 * XRES, 2), ==, 0x12);
    store(DISPI + 2 * MEMORY + 2, 2, 0x4444); /* behind the last */
    store(DISPI - 4, 4, 0x4444);
    g_assert_cmphex(load(DISPI + 2 * MEMORY + 2, 2), ==, 0xffff);
    /* the place of the VGA ports, and nothing at all */
    store(REGISTERS + 0x400, 1, 0x20);
    g_assert_cmphex(load(REGISTERS + 0x41a, 1), ==, 0xff);
    g_assert_cmphex(load(REGISTERS + 0xff8, 8), ==, UINT64_MAX);
    tear_down();
}

static void test_byte_order_register(void)
{
    set_up("");
    g_assert_cmphex(load(REGISTERS + 0x600, 4), ==, 8);
    g_assert_cmphex(load(ENDIAN, 4), ==, 0x1e1e1e1e);
    store(ENDIAN, 4, 0xbebebebe);
    g_assert_cmphex(load(ENDIAN, 4), ==, 0xbebebebe);
    store(ENDIAN, 4, 0x12345678);
    g_assert_cmphex(load(ENDIAN, 4), ==, 0xbebebebe);
    devices_reset_all();
    map_device();
    g_assert_cmphex(load(ENDIAN, 4), ==, 0x1e1e1e1e);
    tear_down();
}

static uint8_t edid_sum(unsigned block)
{
    uint8_t sum = 0;

    for (unsigned i = 0; i < 128; i++) {
        sum += load(REGISTERS + 128 * block + i, 1);
    }
    return sum;
}

/* The preferred mode is the first detailed timing. */
static void expect_preferred(unsigned width, unsigned height)
{
    hwaddr timing = REGISTERS + 54;
    unsigned clock = load(timing, 1) | load(timing + 1, 1) << 8;
    unsigned w = load(timing + 2, 1) | (load(timing + 4, 1) & 0xf0) << 4;
    unsigned h = load(timing + 5, 1) | (load(timing + 7, 1) & 0xf0) << 4;
    unsigned w_blank = load(timing + 3, 1) | (load(timing + 4, 1) & 0xf) << 8;
    unsigned h_blank = load(timing + 6, 1) | (load(timing + 7, 1) & 0xf) << 8;
    double hz = clock * 1e4 / ((w + w_blank) * (h + h_blank));

    g_assert_cmpuint(w, ==, width);
    g_assert_cmpuint(h, ==, height);
    g_assert_cmpfloat(hz, >, 59);
    g_assert_cmpfloat(hz, <, 61);
    g_assert_cmpuint(edid_sum(0), ==, 0);
    g_assert_cmpuint(edid_sum(1), ==, 0);
}

static void test_edid(void)
{
    set_up("");
    g_assert_cmphex(load(REGISTERS, 8), ==, 0x00ffffffffffff00);
    expect_preferred(1280, 800);
    tear_down();
    set_up("xres=3840,yres=2160");
    expect_preferred(3840, 2160);
    tear_down();
    set_up("edid=off");
    g_assert_cmphex(load(REGISTERS, 4), ==, 0xffffffff);
    tear_down();
}

static void test_bad_properties(void)
{
    static const struct {
        const char *options, *message;
    } bad[] = {
        { "vgamem=2M", "too small; vgamem may be 4M to 256M" },
        { "vgamem=512M", "too big; vgamem may be 4M to 256M" },
        { "vgamem=0", "too small" },
        { "xres=5000", "xres and yres may be 64 to 4095" },
        { "yres=10", "64 to 4095" },
        { "xres=4095,yres=4095", "pixel clock" },
        { "colour=red", "colour" },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        Error *err = NULL;

        g_assert_null(add_display(bad[i].options, &err));
        if (!strstr(error_get_pretty(err), bad[i].message)) {
            g_error("'%s' lacks '%s'", error_get_pretty(err), bad[i].message);
        }
        error_free(err);
        g_assert_null(console_by_index(0));
    }
    set_up("vgamem=17M");
    g_assert_cmphex(load(DISPI + 2 * MEMORY, 2), ==, 0x200); /* as a BAR must be */
    tear_down();
}

/* ---- the picture ---- */

static void test_modes(void)
{
    set_up("");
    expect(640, 480, 0, 0, 0x18181c); /* the placeholder */
    set_mode(320, 200, 32);
    expect(320, 200, 5, 7, 0);
    store(VRAM + (7 * 320 + 5) * 4, 4, 0xaa123456);
    expect(320, 200, 5, 7, 0x123456);
    set_mode(800, 600, 16);
    store(VRAM + (599 * 800 + 799) * 2, 2, 0xf800);
    store(VRAM + (599 * 800 + 798) * 2, 2, 0x07e0);
    store(VRAM + (599 * 800 + 797) * 2, 2, 0x0841);
    expect(800, 600, 799, 599, 0xff0000);
    expect(800, 600, 798, 599, 0x00ff00);
    expect(800, 600, 797, 599, 0x080808);
    store(ENDIAN, 4, 0xbebebebe);
    expect(800, 600, 798, 599, 0xe70039); /* 0xe007 */
    set_mode(64, 64, 32);
    store(VRAM, 4, 0x44332211);
    expect(64, 64, 0, 0, 0x223344);
    tear_down();
}

static void test_partial_update(void)
{
    g_autoptr(Frame) before = NULL, same = NULL, after = NULL;

    set_up("");
    set_mode(1280, 800, 32);
    before = look();
    same = look();
    g_assert_true(before == same); /* nothing changed: nothing was done */
    for (int i = 0; i < 5; i++) {
        store(VRAM + 1280 * 4 * (199 * i) + 8, 4, 0x1000 + i);
    }
    after = look();
    for (int i = 0; i < 5; i++) {
        g_assert_cmphex(pixel_at(after, 2, 199 * i), ==, 0x1000 + i);
        g_assert_cmphex(pixel_at(before, 2, 199 * i), ==, 0);
    }
    g_assert_cmphex(pixel_at(after, 3, 199), ==, 0);
    tear_down();
}

static void test_panning(void)
{
    set_up("");
    set_mode(100, 80, 32);
    dispi(VIRT_W, 128);
    store(VRAM + (3 * 128 + 2) * 4, 4, 0xabcdef);
    expect(100, 80, 2, 3, 0xabcdef);
    dispi(X_OFF, 1);
    dispi(Y_OFF, 2);
    expect(100, 80, 1, 1, 0xabcdef);
    dispi(VIRT_W, 1); /* as the mode is wide, at least */
    dispi(X_OFF, 2 + 28 * 3);
    dispi(Y_OFF, 3);
    expect(100, 80, 0, 0, 0xabcdef);
    tear_down();
}

/* Whatever is in the registers: the last picture stays, and nothing outside VRAM is read. */
static void test_bad_modes(void)
{
    static const uint16_t bad[][7] = {
        /* width, height, bpp, enable, virtual width, x, y */
        { 0, 0, 32, 1, 0, 0, 0 },          { 63, 64, 32, 1, 0, 0, 0 },
        { 64, 63, 32, 1, 0, 0, 0 },        { 65535, 65535, 32, 1, 65535, 65535, 65535 },
        { 16385, 64, 32, 1, 0, 0, 0 },     { 64, 16385, 32, 1, 0, 0, 0 },
        { 2048, 2049, 32, 1, 0, 0, 0 },    { 320, 200, 0, 1, 0, 0, 0 },
        { 320, 200, 8, 1, 0, 0, 0 },       { 320, 200, 15, 1, 0, 0, 0 },
        { 320, 200, 24, 1, 0, 0, 0 },      { 320, 200, 33, 1, 0, 0, 0 },
        { 320, 200, 65535, 1, 0, 0, 0 },   { 320, 200, 32, 0, 0, 0, 0 },
        { 320, 200, 32, 0x40, 0, 0, 0 },   { 320, 200, 32, 1, 65535, 0, 0 },
        { 64, 64, 32, 1, 64, 0, 65535 },   { 2048, 2048, 32, 1, 2048, 1, 0 },
        { 2048, 2048, 32, 1, 2048, 0, 1 },
    };

    set_up("");
    set_mode(100, 100, 32);
    store(VRAM, 4, 0xc0ffee);
    expect(100, 100, 0, 0, 0xc0ffee);
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        const uint16_t *b = bad[i];

        set_mode(b[0], b[1], b[2]);
        dispi(VIRT_W, b[4]);
        dispi(X_OFF, b[5]);
        dispi(Y_OFF, b[6]);
        dispi(ENABLE, b[3]);
        expect(100, 100, 0, 0, 0xc0ffee);
    }
    set_mode(2048, 2048, 32); /* the whole of VRAM */
    store(VRAM + 0xfffffc, 4, 0x314159);
    expect(2048, 2048, 2047, 2047, 0x314159);
    tear_down();
}

static void test_random_registers(void)
{
    set_up("vgamem=4M");
    for (int i = 0; i < 2000; i++) {
        unsigned index = g_test_rand_int_range(XRES, MEMORY);
        g_autoptr(Frame) frame = NULL;

        switch (g_test_rand_int_range(0, 4)) {
        case 0:
            dispi(index, g_test_rand_int());
            break;
        case 1:
            dispi(index, g_test_rand_int_range(0, 1200));
            break;
        case 2:
            set_mode(g_test_rand_int_range(0, 1200), g_test_rand_int_range(0, 1200),
                     16 * g_test_rand_int_range(1, 3));
            dispi(X_OFF, g_test_rand_int_range(0, 100));
            dispi(Y_OFF, g_test_rand_int_range(0, 300));
            break;
        default:
            store(VRAM + (g_test_rand_int() & 0x3ffffc), 4, g_test_rand_int());
        }
        frame = look();
        g_assert_cmpint(frame->width, <=, FRAME_MAX_SIZE);
    }
    tear_down();
}

static void test_reset(void)
{
    set_up("");
    set_mode(320, 200, 32);
    store(VRAM, 4, 0x778899);
    expect(320, 200, 0, 0, 0x778899);
    devices_reset_all();
    map_device();
    g_assert_cmphex(load(DISPI + 2 * XRES, 2), ==, 0);
    g_assert_cmphex(load(VRAM, 4), ==, 0x778899); /* memory stays */
    expect(640, 480, 0, 0, 0x18181c);
    set_mode(320, 200, 32);
    expect(320, 200, 0, 0, 0x778899);
    tear_down();
}

/* Taken away while somebody waits for a picture of it. */
static void coroutine_fn late_main(void *opaque)
{
    Error **err = opaque;

    console_wait_update(con, graphic_hw_update(con), err);
}

static void test_unplug_under_way(void)
{
    Error *err = NULL;

    set_up("");
    set_mode(2048, 2048, 32);
    coroutine_enter(coroutine_create(late_main, &err));
    tear_down();
    turn_until(err);
    error_free(err);
}

static void add(const char *path, void (*test)(void))
{
    g_test_add_func(path, test);
}

int main(int argc, char **argv)
{
    const IrqLine no_irqs[4] = { { 0 } };
    int status;

    g_test_init(&argc, &argv, NULL);
    main_loop_init();
    module_init_types();
    memory_region_init_container(&mem, "pci", UINT64_C(1) << 32);
    as = address_space_new(&mem, "pci");
    bus = pci_bus_new(NULL, "pcie.0", &mem, &mem, no_irqs);
    add("/bochs-display/config", test_config);
    add("/bochs-display/registers", test_registers);
    add("/bochs-display/byte-order", test_byte_order_register);
    add("/bochs-display/edid", test_edid);
    add("/bochs-display/bad-properties", test_bad_properties);
    add("/bochs-display/modes", test_modes);
    add("/bochs-display/partial-update", test_partial_update);
    add("/bochs-display/panning", test_panning);
    add("/bochs-display/bad-modes", test_bad_modes);
    add("/bochs-display/random-registers", test_random_registers);
    add("/bochs-display/reset", test_reset);
    add("/bochs-display/unplug", test_unplug_under_way);
    status = g_test_run();
    pci_bus_free(bus);
    address_space_free(as);
    memory_region_finish(&mem);
    return status;
}
