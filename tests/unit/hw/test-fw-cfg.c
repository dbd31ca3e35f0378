/*
 * fw_cfg at register level: items, the directory of files, and what lies beside them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw-test.h"
#include "hw/fw-cfg.h"

#include <string.h>

#define BASE      0x10100000
#define SELECTOR  (BASE + 8)
#define DIRECTORY 0x19

static FwCfg *fw_cfg;

static void choose(uint16_t key)
{
    reg_write(SELECTOR, 2, GUINT16_SWAP_LE_BE(key));
}

static void expect_bytes(const void *bytes, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        g_assert_cmphex(reg_read(BASE, 1), ==, ((const uint8_t *)bytes)[i]);
    }
}

static void set_file(const char *name, const char *text)
{
    g_autoptr(GBytes) data = g_bytes_new(text, strlen(text));
    fw_cfg_set_file(fw_cfg, name, data);
}

static void test_items(void)
{
    choose(0);
    g_assert_cmphex(reg_read(BASE, 4), ==, 0x554d4551); /* "QEMU" */
    choose(1);
    g_assert_cmphex(reg_read(BASE, 8), ==, 1);
    choose(0x4321);
    g_assert_cmphex(reg_read(BASE, 8), ==, 0);
    g_autoptr(GBytes) first = g_bytes_new_static("\x11\x22\x33", 3);
    g_autoptr(GBytes) second = g_bytes_new_static("\x44", 1);
    fw_cfg_set_item(fw_cfg, 0x4321, first);
    choose(0x4321);
    g_assert_cmphex(reg_read(BASE, 2), ==, 0x2211);
    g_assert_cmphex(reg_read(BASE, 2), ==, 0x0033);
    /* Where somebody is reading: what is beyond the new end is zeros. */
    fw_cfg_set_item(fw_cfg, 0x4321, second);
    g_assert_cmphex(reg_read(BASE, 8), ==, 0);
    choose(0x4321);
    g_assert_cmphex(reg_read(BASE, 8), ==, 0x44);
}

static void test_files(void)
{
    static const uint8_t two[] = { 0, 0, 0, 2, 0, 0, 0, 5, 0, 0x20, 0, 0, 'e', 't', 'c', '/', 'a' };
    static const uint8_t second[] = { 0, 0, 0, 0, 0, 0x21, 0, 0 };
    g_autofree char *longest = g_strnfill(55, 'x');
    choose(DIRECTORY);
    g_assert_cmphex(reg_read(BASE, 4), ==, 0);
    set_file("etc/a", "one");
    set_file(longest, "");
    set_file("etc/a", "again");
    choose(DIRECTORY);
    expect_bytes(two, sizeof(two));
    for (unsigned i = sizeof(two); i < 4 + 64; i++) {
        g_assert_cmphex(reg_read(BASE, 1), ==, 0);
    }
    expect_bytes(second, sizeof(second));
    expect_bytes(longest, 56);
    g_assert_cmphex(reg_read(BASE, 8), ==, 0);
    choose(0x20);
    expect_bytes("again\0\0", 8);
    choose(0x21);
    g_assert_cmphex(reg_read(BASE, 8), ==, 0);
}

static void test_wrong_accesses(void)
{
    choose(0);
    reg_write(SELECTOR, 1, 1);
    reg_write(SELECTOR, 4, 0x100);
    reg_write(SELECTOR, 8, 0x100);
    reg_write(SELECTOR + 2, 2, 0x100);
    reg_write(BASE, 8, 0x100);
    g_assert_cmphex(reg_read(SELECTOR, 2), ==, 0);
    g_assert_cmphex(reg_read(SELECTOR, 8), ==, 0);
    expect_bytes("QEMU", 5);
}

static void test_reset(void)
{
    choose(1);
    reg_read(BASE, 1);
    devices_reset_all();
    expect_bytes("QEMU", 5);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_init_types();
    main_loop_init();
    fw_cfg = fw_cfg_create(&board_get()->system, BASE, &error_abort);
    g_test_add_func("/fw-cfg/items", test_items);
    g_test_add_func("/fw-cfg/files", test_files);
    g_test_add_func("/fw-cfg/wrong-accesses", test_wrong_accesses);
    g_test_add_func("/fw-cfg/reset", test_reset);
    return g_test_run();
}
