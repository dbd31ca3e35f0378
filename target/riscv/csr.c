/*
 * Control and status registers: one table entry each. What is not in the table does not exist,
 * and traps.
 *
 * Privileged spec (20211203), chapter 2 and sections 3.1, 4.1; Sstc 1.0; volume I, chapters 10
 * and 11.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "target/riscv/hart-internal.h"

#include <string.h>

#define CSR_COUNT 4096
#define CSR_PRIV(csr) (((csr) >> 8) & 3)
#define CSR_READ_ONLY(csr) (((csr) >> 10) == 3)

#define SSTATUS_WRITE                                                                              \
    (MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_FS | MSTATUS_SUM | MSTATUS_MXR)
#define MSTATUS_WRITE                                                                              \
    (SSTATUS_WRITE | MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP | MSTATUS_MPRV | MSTATUS_TVM |       \
     MSTATUS_TW | MSTATUS_TSR)
#define MISA_LETTER(c) (UINT64_C(1) << ((c) - 'A'))
#define MISA                                                                                       \
    (UINT64_C(2) << 62 | MISA_LETTER('I') | MISA_LETTER('M') | MISA_LETTER('A') |                  \
     MISA_LETTER('F') | MISA_LETTER('D') | MISA_LETTER('C') | MISA_LETTER('S') | MISA_LETTER('U'))
/* All exceptions but the environment call from M mode. */
#define DELEGABLE_EXCEPTIONS UINT64_C(0xb3ff)
#define COUNTER_INHIBITABLE (COUNTER_CY | COUNTER_IR)
#define TVEC_MODES 2 /* direct and vectored */

typedef struct Csr {
    uint16_t number;
    const char *name;
    bool (*allowed)(const Hart *hart, unsigned csr); /* beyond the privilege; NULL: yes */
    uint64_t (*read)(const Hart *hart, unsigned csr);
    void (*write)(Hart *hart, unsigned csr, uint64_t value); /* NULL: writes are ignored */
    size_t offset; /* of a plain 64-bit field, when @read is NULL */
    uint64_t mask; /* of it: bits that can be written, when @write is NULL */
} Csr;

/* ---- floating point ---- */

static bool fp_allowed(const Hart *hart, unsigned csr)
{
    return hart->fs != FS_OFF;
}

static uint64_t read_fflags(const Hart *hart, unsigned csr)
{
    return hart->fflags;
}

static void write_fflags(Hart *hart, unsigned csr, uint64_t value)
{
    hart->fflags = value & 0x1f;
    hart->fs = FS_DIRTY;
}

static uint64_t read_frm(const Hart *hart, unsigned csr)
{
    return hart->frm;
}

static void write_frm(Hart *hart, unsigned csr, uint64_t value)
{
    hart->frm = value & 7;
    hart->fs = FS_DIRTY;
}

static uint64_t read_fcsr(const Hart *hart, unsigned csr)
{
    return hart->frm << 5 | hart->fflags;
}

static void write_fcsr(Hart *hart, unsigned csr, uint64_t value)
{
    write_fflags(hart, csr, value);
    write_frm(hart, csr, value >> 5);
}

/* ---- counters ---- */

static bool counter_allowed(const Hart *hart, unsigned csr)
{
    uint64_t bit = UINT64_C(1) << (csr & 0x1f);

    return (hart->priv == PRIV_M || (hart->mcounteren & bit)) &&
           (hart->priv != PRIV_U || (hart->scounteren & bit));
}

static uint64_t counter_value(const Hart *hart, uint64_t offset, uint32_t inhibit)
{
    return hart->mcountinhibit & inhibit ? offset : hart->icount + offset;
}

/* The next instruction sees @value; this one still retires. */
static uint64_t counter_offset(const Hart *hart, uint64_t value, uint32_t inhibit)
{
    return hart->mcountinhibit & inhibit ? value : value - (hart->icount + 1);
}

static uint64_t read_cycle(const Hart *hart, unsigned csr)
{
    return counter_value(hart, hart->cycle_offset, COUNTER_CY);
}

static void write_cycle(Hart *hart, unsigned csr, uint64_t value)
{
    hart->cycle_offset = counter_offset(hart, value, COUNTER_CY);
}

static uint64_t read_instret(const Hart *hart, unsigned csr)
{
    return counter_value(hart, hart->instret_offset, COUNTER_IR);
}

static void write_instret(Hart *hart, unsigned csr, uint64_t value)
{
    hart->instret_offset = counter_offset(hart, value, COUNTER_IR);
}

static uint64_t read_time(const Hart *hart, unsigned csr)
{
    return hart_time_now();
}

static void write_mcountinhibit(Hart *hart, unsigned csr, uint64_t value)
{
    uint64_t cycle = read_cycle(hart, 0);
    uint64_t instret = read_instret(hart, 0);

    hart->mcountinhibit = value & COUNTER_INHIBITABLE;
    hart->cycle_offset = counter_offset(hart, cycle, COUNTER_CY);
    hart->instret_offset = counter_offset(hart, instret, COUNTER_IR);
}

/* ---- status ---- */

uint64_t csr_mstatus(const Hart *hart)
{
    uint64_t value = hart->mstatus | (uint64_t)hart->fs << MSTATUS_FS_SHIFT;

    if (hart->fs == FS_DIRTY) {
        value |= MSTATUS_SD;
    }
    return value | MSTATUS_UXL | MSTATUS_SXL;
}

static uint64_t read_mstatus(const Hart *hart, unsigned csr)
{
    return csr_mstatus(hart);
}

static void set_mstatus_bits(Hart *hart, uint64_t mask, uint64_t value)
{
    uint64_t old = hart->mstatus;
    uint64_t new = (old & ~mask) | (value & mask & ~MSTATUS_FS);

    if ((new & MSTATUS_MPP) == (UINT64_C(2) << MSTATUS_MPP_SHIFT)) {
        new = (new & ~MSTATUS_MPP) | (old & MSTATUS_MPP);
    }
    __atomic_store_n(&hart->mstatus, new, __ATOMIC_RELAXED);
    hart->fs = (value & MSTATUS_FS) >> MSTATUS_FS_SHIFT;
    if ((old ^ new) & MSTATUS_MXR) {
        tlb_flush_supervisor(hart);
    }
    tlb_select(hart);
    hart_irq_update(hart);
}

static void write_mstatus(Hart *hart, unsigned csr, uint64_t value)
{
    set_mstatus_bits(hart, MSTATUS_WRITE, value);
}

static uint64_t read_sstatus(const Hart *hart, unsigned csr)
{
    return csr_mstatus(hart) & (SSTATUS_WRITE | MSTATUS_UXL | MSTATUS_SD);
}

static void write_sstatus(Hart *hart, unsigned csr, uint64_t value)
{
    set_mstatus_bits(hart, SSTATUS_WRITE, value);
}

static uint64_t read_misa(const Hart *hart, unsigned csr)
{
    return MISA;
}

static uint64_t read_zero(const Hart *hart, unsigned csr)
{
    return 0;
}

static uint64_t read_mhartid(const Hart *hart, unsigned csr)
{
    return hart->id;
}

/* ---- traps ---- */

static void write_mideleg(Hart *hart, unsigned csr, uint64_t value)
{
    hart->mideleg = value & MIP_S_ALL;
    hart_irq_update(hart);
}

static void write_mie(Hart *hart, unsigned csr, uint64_t value)
{
    hart->mie = value & MIP_ALL;
    hart_irq_update(hart);
}

static uint64_t read_sie(const Hart *hart, unsigned csr)
{
    return hart->mie & hart->mideleg;
}

static void write_sie(Hart *hart, unsigned csr, uint64_t value)
{
    write_mie(hart, csr, (hart->mie & ~hart->mideleg) | (value & hart->mideleg));
}

static uint64_t read_mip(const Hart *hart, unsigned csr)
{
    return hart_mip(hart);
}

static void set_mip_bits(Hart *hart, uint64_t mask, uint64_t value)
{
    if (hart->menvcfg & MENVCFG_STCE) {
        mask &= ~MIP_STIP; /* follows stimecmp */
    }
    hart->mip_soft = (hart->mip_soft & ~mask) | (value & mask);
    hart_irq_update(hart);
}

static void write_mip(Hart *hart, unsigned csr, uint64_t value)
{
    set_mip_bits(hart, MIP_S_ALL, value);
}

static uint64_t read_sip(const Hart *hart, unsigned csr)
{
    return hart_mip(hart) & hart->mideleg;
}

static void write_sip(Hart *hart, unsigned csr, uint64_t value)
{
    set_mip_bits(hart, MIP_SSIP & hart->mideleg, value);
}

static void write_mtvec(Hart *hart, unsigned csr, uint64_t value)
{
    if ((value & 3) < TVEC_MODES) {
        hart->mtvec = value;
    }
}

static void write_stvec(Hart *hart, unsigned csr, uint64_t value)
{
    if ((value & 3) < TVEC_MODES) {
        hart->stvec = value;
    }
}

/* ---- environment, translation, protection ---- */

static void write_menvcfg(Hart *hart, unsigned csr, uint64_t value)
{
    hart->menvcfg = value & (MENVCFG_FIOM | MENVCFG_STCE);
    if (hart->menvcfg & MENVCFG_STCE) {
        hart->mip_soft &= ~MIP_STIP;
    }
    stimer_enable(hart, hart->menvcfg & MENVCFG_STCE);
}

static bool stimecmp_allowed(const Hart *hart, unsigned csr)
{
    return hart->priv == PRIV_M ||
           ((hart->mcounteren & COUNTER_TM) && (hart->menvcfg & MENVCFG_STCE));
}

static void write_stimecmp(Hart *hart, unsigned csr, uint64_t value)
{
    stimer_set_compare(hart, value);
}

static bool satp_allowed(const Hart *hart, unsigned csr)
{
    return hart->priv == PRIV_M || !(hart->mstatus & MSTATUS_TVM);
}

static void write_satp(Hart *hart, unsigned csr, uint64_t value)
{
    if (mmu_satp_valid(value) && value != hart->satp) {
        __atomic_store_n(&hart->satp, value, __ATOMIC_RELAXED);
        tlb_flush_supervisor(hart);
    }
}

static uint64_t read_pmpcfg(const Hart *hart, unsigned csr)
{
    return pmp_cfg_read(hart, csr & 0xf);
}

static void write_pmpcfg(Hart *hart, unsigned csr, uint64_t value)
{
    pmp_cfg_write(hart, csr & 0xf, value);
}

static uint64_t read_pmpaddr(const Hart *hart, unsigned csr)
{
    return hart->pmp[csr & 0xf].addr;
}

static void write_pmpaddr(Hart *hart, unsigned csr, uint64_t value)
{
    pmp_addr_write(hart, csr & 0xf, value);
}

/* ---- the table ---- */

#define FIELD(field, bits) .offset = offsetof(Hart, field), .mask = (bits)
#define EPC_BITS (~UINT64_C(1))

static const Csr csrs[] = {
    { 0x001, "fflags", fp_allowed, read_fflags, write_fflags },
    { 0x002, "frm", fp_allowed, read_frm, write_frm },
    { 0x003, "fcsr", fp_allowed, read_fcsr, write_fcsr },
    { 0xc00, "cycle", counter_allowed, read_cycle },
    { 0xc01, "time", counter_allowed, read_time },
    { 0xc02, "instret", counter_allowed, read_instret },

    { 0x100, "sstatus", NULL, read_sstatus, write_sstatus },
    { 0x104, "sie", NULL, read_sie, write_sie },
    { 0x105, "stvec", NULL, NULL, write_stvec, FIELD(stvec, 0) },
    { 0x106, "scounteren", FIELD(scounteren, COUNTER_ALL) },
    { 0x10a, "senvcfg", FIELD(senvcfg, MENVCFG_FIOM) },
    { 0x140, "sscratch", FIELD(sscratch, UINT64_MAX) },
    { 0x141, "sepc", FIELD(sepc, EPC_BITS) },
    { 0x142, "scause", FIELD(scause, UINT64_MAX) },
    { 0x143, "stval", FIELD(stval, UINT64_MAX) },
    { 0x144, "sip", NULL, read_sip, write_sip },
    { 0x14d, "stimecmp", stimecmp_allowed, NULL, write_stimecmp, FIELD(stimecmp, 0) },
    { 0x180, "satp", satp_allowed, NULL, write_satp, FIELD(satp, 0) },

    { 0xf11, "mvendorid", NULL, read_zero },
    { 0xf12, "marchid", NULL, read_zero },
    { 0xf13, "mimpid", NULL, read_zero },
    { 0xf14, "mhartid", NULL, read_mhartid },
    { 0xf15, "mconfigptr", NULL, read_zero },
    { 0x300, "mstatus", NULL, read_mstatus, write_mstatus },
    { 0x301, "misa", NULL, read_misa },
    { 0x302, "medeleg", FIELD(medeleg, DELEGABLE_EXCEPTIONS) },
    { 0x303, "mideleg", NULL, NULL, write_mideleg, FIELD(mideleg, 0) },
    { 0x304, "mie", NULL, NULL, write_mie, FIELD(mie, 0) },
    { 0x305, "mtvec", NULL, NULL, write_mtvec, FIELD(mtvec, 0) },
    { 0x306, "mcounteren", FIELD(mcounteren, COUNTER_ALL) },
    { 0x30a, "menvcfg", NULL, NULL, write_menvcfg, FIELD(menvcfg, 0) },
    { 0x320, "mcountinhibit", NULL, NULL, write_mcountinhibit, FIELD(mcountinhibit, 0) },
    { 0x340, "mscratch", FIELD(mscratch, UINT64_MAX) },
    { 0x341, "mepc", FIELD(mepc, EPC_BITS) },
    { 0x342, "mcause", FIELD(mcause, UINT64_MAX) },
    { 0x343, "mtval", FIELD(mtval, UINT64_MAX) },
    { 0x344, "mip", NULL, read_mip, write_mip },
    { 0x3a0, "pmpcfg0", NULL, read_pmpcfg, write_pmpcfg },
    { 0x3a2, "pmpcfg2", NULL, read_pmpcfg, write_pmpcfg },
#define PMPADDR(n) { 0x3b0 + (n), "pmpaddr" #n, NULL, read_pmpaddr, write_pmpaddr }
    PMPADDR(0), PMPADDR(1), PMPADDR(2), PMPADDR(3), PMPADDR(4), PMPADDR(5), PMPADDR(6),
    PMPADDR(7), PMPADDR(8), PMPADDR(9), PMPADDR(10), PMPADDR(11), PMPADDR(12), PMPADDR(13),
    PMPADDR(14), PMPADDR(15),
#undef PMPADDR
    { 0xb00, "mcycle", NULL, read_cycle, write_cycle },
    { 0xb02, "minstret", NULL, read_instret, write_instret },
};

static uint8_t by_number[CSR_COUNT]; /* index + 1; 0: no such CSR */

void csr_init(void)
{
    G_STATIC_ASSERT(G_N_ELEMENTS(csrs) < 255);
    for (unsigned i = 0; i < G_N_ELEMENTS(csrs); i++) {
        by_number[csrs[i].number] = i + 1;
    }
}

static const Csr *find_csr(unsigned number)
{
    return by_number[number] ? &csrs[by_number[number] - 1] : NULL;
}

static uint64_t *field_of(const Hart *hart, const Csr *csr)
{
    return (uint64_t *)((char *)hart + csr->offset);
}

static uint64_t read_csr(const Hart *hart, const Csr *csr)
{
    return csr->read ? csr->read(hart, csr->number) : *field_of(hart, csr);
}

static void write_csr(Hart *hart, const Csr *csr, uint64_t value)
{
    if (csr->write) {
        csr->write(hart, csr->number, value);
    } else if (csr->mask) {
        uint64_t *field = field_of(hart, csr);

        *field = (*field & ~csr->mask) | (value & csr->mask);
    }
}

/*
 * What csrrs and csrrc change the bits of: for mip not the interrupt controller's line, which
 * would get stuck in the bit that software owns (section 3.1.9).
 */
static uint64_t modify_base(const Hart *hart, const Csr *csr, uint64_t old)
{
    return csr->read == read_mip ? hart->mip_soft : old;
}

bool csr_execute(Hart *hart, CsrInsn insn, uint64_t *old)
{
    const Csr *csr = find_csr(insn.csr);
    bool is_swap = (insn.funct3 & 3) == 1;
    bool writes = is_swap || insn.rs1 != 0;
    uint64_t operand = insn.funct3 & 4 ? insn.rs1 : hart->x[insn.rs1];
    uint64_t value;

    if (!csr || hart->priv < CSR_PRIV(insn.csr) || (writes && CSR_READ_ONLY(insn.csr)) ||
        (csr->allowed && !csr->allowed(hart, insn.csr))) {
        return false;
    }
    *old = read_csr(hart, csr);
    if (!writes) {
        return true;
    }
    value = is_swap ? operand : modify_base(hart, csr, *old);
    if ((insn.funct3 & 3) == 2) {
        value |= operand;
    } else if ((insn.funct3 & 3) == 3) {
        value &= ~operand;
    }
    write_csr(hart, csr, value);
    return true;
}

bool csr_peek(const Hart *hart, const char *name, uint64_t *value)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(csrs); i++) {
        if (strcmp(csrs[i].name, name) == 0) {
            *value = read_csr(hart, &csrs[i]);
            return true;
        }
    }
    return false;
}
