/*
 * The machine behind fuzz-qmp's sessions: as small as it gets, and quiet.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fuzz-commands.h"
#include "hw/device.h"
#include "hw/machine.h"
#include "system/runstate.h"
#include "target/riscv/hart.h"
#include "ui/console.h"

#include <unistd.h>

/* The guest: 1: wfi; j 1b */
static const uint8_t guest[] = { 0x73, 0x00, 0x50, 0x10, 0x6f, 0xf0, 0xdf, 0xff };

/* ---- a screen that is small enough to be taken very often ---- */

static Console *screen;

static void draw(void *opaque)
{
    Frame *frame = console_draw_begin(screen, 4, 4, NULL);

    console_draw_end(screen, frame, NULL);
    graphic_hw_update_done(screen);
}

static const ConsoleOps screen_ops = { .update = draw };

/* ---- the machine ---- */

static void add_display(void)
{
    g_autoptr(QDict) props = qdict_new();

    qdict_put_str(props, "driver", "bochs-display");
    qdict_put_str(props, "id", "screen");
    g_assert_true(device_add(props, true, &error_abort));
}

void fuzz_machine_init(void)
{
    const RunstatePolicy policy = { .no_shutdown = true };
    MachineClass *mc = machine_class_find("virt", &error_abort);
    Machine *machine = MACHINE(object_new(object_class_get_name(&mc->parent_class)));
    char path[] = "/tmp/fuzz-qmp-guest-XXXXXX";
    int fd = mkstemp(path);

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(write(fd, guest, sizeof(guest)), ==, sizeof(guest));
    close(fd);
    runstate_init(&policy);
    machine->smp_cpus = 1;
    machine->ram_size = 4 << 20;
    machine->firmware = g_strdup(path);
    g_assert_true(machine_realize(machine, &error_abort));
    screen = console_new(NULL, 0, &screen_ops, NULL);
    add_display();
    machine_reset(machine);
    harts_start();
    unlink(path);
}
