/*
 * HMP commands of the harts: cpu, x, gva2gpa, info cpus, info registers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "memory/memory-dump.h"
#include "monitor/hmp-commands.h"
#include "target/riscv/hart-internal.h"

#include <inttypes.h>

/* In the order in which people know them. */
static const char *const shown_csrs[] = {
    "mhartid", "mstatus", "mip",     "mie",      "mideleg",  "medeleg",    "mtvec",
    "stvec",   "mepc",    "sepc",    "mcause",   "scause",   "mtval",      "stval",
    "mscratch", "sscratch", "satp",  "menvcfg",  "stimecmp", "mcounteren", "scounteren",
    "mcycle",  "minstret", "fcsr",
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

void coroutine_fn hmp_gva2gpa(Hmp *hmp, const QDict *args)
{
    Hart *hart = current_hart(hmp);
    hwaddr addr;

    if (!hart) {
        return;
    }
    if (hart_translate_debug(hart, (uint64_t)qdict_get_int(args, "addr", 0), &addr)) {
        hmp_printf(hmp, "gpa: %#" PRIx64 "\n", addr);
    } else {
        hmp_puts(hmp, "Unmapped\n");
    }
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
    print_file(hmp, hart_x_names, hart->x);
    print_file(hmp, hart_f_names, hart->f);
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
