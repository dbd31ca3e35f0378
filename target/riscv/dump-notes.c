/*
 * The harts' registers in core files, as Linux writes those of a process.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "target/riscv/dump-notes.h"

#include "target/riscv/hart-internal.h"

#include <elf.h>

#ifndef EF_RISCV_RVC
#define EF_RISCV_RVC 0x1
#endif
#ifndef EF_RISCV_FLOAT_ABI_DOUBLE
#define EF_RISCV_FLOAT_ABI_DOUBLE 0x4
#endif

/* struct elf_prstatus of riscv64; what a machine has no idea of is 0. */
typedef struct PrStatus {
    uint8_t signal[32];
    uint32_t pid;
    uint8_t parents_and_times[76];
    uint64_t pc;
    uint64_t x[31]; /* x1 to x31 */
    uint32_t fp_valid;
    uint32_t padding;
} PrStatus;

/* struct __riscv_d_ext_state. */
typedef struct FpRegs {
    uint64_t f[32];
    uint32_t fcsr;
    uint32_t padding;
} FpRegs;

G_STATIC_ASSERT(sizeof(PrStatus) == 376);
G_STATIC_ASSERT(offsetof(PrStatus, pid) == 32);
G_STATIC_ASSERT(offsetof(PrStatus, pc) == 112);
G_STATIC_ASSERT(sizeof(FpRegs) == 264);

static void add_hart(DumpCore *core, const Hart *hart)
{
    PrStatus status = {
        .pid = GUINT32_TO_LE(hart->id + 1), /* 0 would be nobody */
        .pc = GUINT64_TO_LE(hart->pc),
        .fp_valid = GUINT32_TO_LE(1),
    };
    FpRegs fp = { { 0 } };
    uint64_t fcsr = 0;

    for (unsigned i = 1; i < 32; i++) {
        status.x[i - 1] = GUINT64_TO_LE(hart->x[i]);
    }
    for (unsigned i = 0; i < 32; i++) {
        fp.f[i] = GUINT64_TO_LE(hart->f[i]);
    }
    csr_peek(hart, "fcsr", &fcsr);
    fp.fcsr = GUINT32_TO_LE(fcsr);
    dump_core_add_note(core, "CORE", NT_PRSTATUS, &status, sizeof(status));
    dump_core_add_note(core, "CORE", NT_FPREGSET, &fp, sizeof(fp));
}

static void add_notes(DumpCore *core)
{
    for (unsigned i = 0; i < hart_count(); i++) {
        add_hart(core, hart_by_index(i));
    }
}

const DumpArch riscv_dump_arch = {
    .machine = EM_RISCV,
    .flags = EF_RISCV_RVC | EF_RISCV_FLOAT_ABI_DOUBLE,
    .add_notes = add_notes,
};
