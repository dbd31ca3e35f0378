/*
 * HMP commands of the harts: cpu, x, memsave, info cpus, info registers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "memory/memory-dump.h"
#include "monitor/hmp-commands.h"
#include "qapi/qapi-commands-machine.h"
#include "target/riscv/hart-internal.h"

#include <inttypes.h>

/* In the order in which people know them. */
static const char *const shown_csrs[] = {
    "mhartid", "mstatus", "mip",     "mie",      "mideleg",  "medeleg",    "mtvec",
    "stvec",   "mepc",    "sepc",    "mcause",   "scause",   "mtval",      "stval",
    "mscratch", "sscratch", "satp",  "menvcfg",  "stimecmp", "mcounteren", "scounteren",
    "mcycle",  "minstret", "fcsr",
};

static const char *const x_names[32] = {
    "x0/zero", "x1/ra",   "x2/sp",   "x3/gp",   "x4/tp",  "x5/t0",  "x6/t1",   "x7/t2",
    "x8/s0",   "x9/s1",   "x10/a0",  "x11/a1",  "x12/a2", "x13/a3", "x14/a4",  "x15/a5",
    "x16/a6",  "x17/a7",  "x18/s2",  "x19/s3",  "x20/s4", "x21/s5", "x22/s6",  "x23/s7",
    "x24/s8",  "x25/s9",  "x26/s10", "x27/s11", "x28/t3", "x29/t4", "x30/t5",  "x31/t6",
};

static const char *const f_names[32] = {
    "f0/ft0",   "f1/ft1",   "f2/ft2",   "f3/ft3",   "f4/ft4",   "f5/ft5",   "f6/ft6",
    "f7/ft7",   "f8/fs0",   "f9/fs1",   "f10/fa0",  "f11/fa1",  "f12/fa2",  "f13/fa3",
    "f14/fa4",  "f15/fa5",  "f16/fa6",  "f17/fa7",  "f18/fs2",  "f19/fs3",  "f20/fs4",
    "f21/fs5",  "f22/fs6",  "f23/fs7",  "f24/fs8",  "f25/fs9",  "f26/fs10", "f27/fs11",
    "f28/ft8",  "f29/ft9",  "f30/ft10", "f31/ft11",
};

/* The session's hart; says so when there is none. */
static Hart *current_hart(Hmp *hmp)
{
    Hart *hart = hart_by_index(hmp->state->cpu_index);

    if (!hart) {
        hmp_puts(hmp, "No CPU available\n");
    }
    return hart;
}

void coroutine_fn hmp_cpu(Hmp *hmp, const QDict *args)
{
    int64_t index = qdict_get_int(args, "index", 0);

    if (index < 0 || index >= hart_count()) {
        hmp_puts(hmp, "invalid CPU index\n");
        return;
    }
    hmp->state->cpu_index = index;
}

static bool read_virtual(void *opaque, uint64_t addr, void *buf, uint64_t length)
{
    return hart_memory_read(opaque, addr, buf, length);
}

void coroutine_fn hmp_x(Hmp *hmp, const QDict *args)
{
    Hart *hart = current_hart(hmp);

    if (hart) {
        hmp_memory_dump(hmp, args, read_virtual, hart);
    }
}

void coroutine_fn hmp_memsave(Hmp *hmp, const QDict *args)
{
    Error *err = NULL;

    qmp_memsave(qdict_get_int(args, "val", 0), qdict_get_int(args, "size", 0),
                qdict_get_str(args, "filename"), true, hmp->state->cpu_index, &err);
    hmp_handle_error(hmp, err);
}

void coroutine_fn hmp_info_cpus(Hmp *hmp, const QDict *args)
{
    for (unsigned i = 0; i < hart_count(); i++) {
        hmp_printf(hmp, "%c CPU #%u: thread_id=%d\n", (int)i == hmp->state->cpu_index ? '*' : ' ',
                   i, (int)hart_thread_id(hart_by_index(i)));
    }
}

static void print_file(Hmp *hmp, const char *const *names, const uint64_t *values)
{
    for (unsigned i = 0; i < 32; i++) {
        hmp_printf(hmp, " %-8s %016" PRIx64 "%s", names[i], values[i], i % 4 == 3 ? "\n" : "");
    }
}

static void print_registers(Hmp *hmp, const Hart *hart)
{
    hmp_printf(hmp, "\nCPU#%u\n", hart->id);
    hmp_printf(hmp, " %-8s %016" PRIx64 "\n", "pc", hart->pc);
    for (unsigned i = 0; i < G_N_ELEMENTS(shown_csrs); i++) {
        uint64_t value;

        if (csr_peek(hart, shown_csrs[i], &value)) {
            hmp_printf(hmp, " %-8s %016" PRIx64 "\n", shown_csrs[i], value);
        }
    }
    hmp_printf(hmp, " %-8s %s%s\n", "mode",
               hart->priv == PRIV_M ? "M" : hart->priv == PRIV_S ? "S" : "U",
               hart->halted ? " (halted)" : "");
    print_file(hmp, x_names, hart->x);
    print_file(hmp, f_names, hart->f);
}

void coroutine_fn hmp_info_registers(Hmp *hmp, const QDict *args)
{
    bool all = qdict_get_bool(args, "cpustate_all", false);
    int64_t index = qdict_get_int(args, "vcpu", hmp->state->cpu_index);

    if (!all && (index < 0 || index >= hart_count())) {
        if (hart_count()) {
            hmp_printf(hmp, "CPU#%" PRId64 " not available\n", index);
        } else {
            hmp_puts(hmp, "No CPU available\n");
        }
        return;
    }
    harts_hold_co();
    for (unsigned i = 0; i < hart_count(); i++) {
        if (all || i == index) {
            print_registers(hmp, hart_by_index(i));
        }
    }
    harts_release();
}
