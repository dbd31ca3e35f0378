/*
 * What the files of the hart share: its state, the operations that each file offers the others.
 *
 * All state belongs to the hart's own thread; others touch it only while the harts are held
 * (hart-thread.c), but for the fields marked atomic.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TARGET_RISCV_HART_INTERNAL_H
#define TARGET_RISCV_HART_INTERNAL_H

#include "target/riscv/hart.h"
#include "util/compiler.h"
#include "util/timer.h"

#include <pthread.h>

typedef enum Priv {
    PRIV_U = 0,
    PRIV_S = 1,
    PRIV_M = 3,
} Priv;

typedef enum Access {
    ACCESS_FETCH,
    ACCESS_LOAD,
    ACCESS_STORE,
} Access;

/* Exception codes (privileged spec, table 3.6). */
typedef enum TrapCause {
    CAUSE_FETCH_MISALIGNED = 0,
    CAUSE_FETCH_ACCESS = 1,
    CAUSE_ILLEGAL = 2,
    CAUSE_BREAKPOINT = 3,
    CAUSE_LOAD_MISALIGNED = 4,
    CAUSE_LOAD_ACCESS = 5,
    CAUSE_STORE_MISALIGNED = 6,
    CAUSE_STORE_ACCESS = 7,
    CAUSE_ECALL_U = 8, /* + privilege */
    CAUSE_FETCH_PAGE = 12,
    CAUSE_LOAD_PAGE = 13,
    CAUSE_STORE_PAGE = 15,
} TrapCause;
#define CAUSE_INTERRUPT (UINT64_C(1) << 63)

/* Interrupt numbers beyond those that devices drive (HartIrq). */
#define IRQ_SSI 1
#define IRQ_STI 5
#define MIP_SSIP (UINT64_C(1) << IRQ_SSI)
#define MIP_STIP (UINT64_C(1) << IRQ_STI)
#define MIP_MSIP (UINT64_C(1) << HART_IRQ_MSI)
#define MIP_MTIP (UINT64_C(1) << HART_IRQ_MTI)
#define MIP_SEIP (UINT64_C(1) << HART_IRQ_SEI)
#define MIP_MEIP (UINT64_C(1) << HART_IRQ_MEI)
#define MIP_S_ALL (MIP_SSIP | MIP_STIP | MIP_SEIP)
#define MIP_ALL (MIP_S_ALL | MIP_MSIP | MIP_MTIP | MIP_MEIP)

#define MSTATUS_SIE  (UINT64_C(1) << 1)
#define MSTATUS_MIE  (UINT64_C(1) << 3)
#define MSTATUS_SPIE (UINT64_C(1) << 5)
#define MSTATUS_MPIE (UINT64_C(1) << 7)
#define MSTATUS_SPP  (UINT64_C(1) << 8)
#define MSTATUS_MPP_SHIFT 11
#define MSTATUS_MPP  (UINT64_C(3) << MSTATUS_MPP_SHIFT)
#define MSTATUS_FS_SHIFT 13
#define MSTATUS_FS   (UINT64_C(3) << MSTATUS_FS_SHIFT)
#define FS_OFF 0
#define FS_DIRTY 3
#define FRM_DYNAMIC 7 /* in the rm field: use frm */
#define MSTATUS_MPRV (UINT64_C(1) << 17)
#define MSTATUS_SUM  (UINT64_C(1) << 18)
#define MSTATUS_MXR  (UINT64_C(1) << 19)
#define MSTATUS_TVM  (UINT64_C(1) << 20)
#define MSTATUS_TW   (UINT64_C(1) << 21)
#define MSTATUS_TSR  (UINT64_C(1) << 22)
#define MSTATUS_UXL  (UINT64_C(2) << 32)
#define MSTATUS_SXL  (UINT64_C(2) << 34)
#define MSTATUS_SD   (UINT64_C(1) << 63)

#define MENVCFG_FIOM (UINT64_C(1) << 0)
#define MENVCFG_STCE (UINT64_C(1) << 63)

#define COUNTER_CY (1u << 0)
#define COUNTER_TM (1u << 1)
#define COUNTER_IR (1u << 2)
#define COUNTER_ALL (COUNTER_CY | COUNTER_TM | COUNTER_IR)

#define PAGE_MASK (~(uint64_t)(MEMORY_PAGE_SIZE - 1))

/* ---- decoded code ---- */

typedef struct Block Block;
typedef struct Op Op;

/* What a csr instruction asks. */
typedef struct CsrInsn {
    uint16_t csr;
    uint8_t funct3;
    uint8_t rd;  /* as encoded: 0 means no read for csrrw */
    uint8_t rs1; /* register or immediate */
} CsrInsn;

/*
 * One decoded instruction. Those that may leave the block have a second slot: the block that
 * follows (once known, and only in the same page, where no translation can change beneath it)
 * and one more value.
 */
struct Op {
    union {
        const void *handler; /* label in hart_exec() */
        Block *link;
    };
    union {
        struct {
            uint8_t rd; /* HART_SINK for x0 */
            uint8_t rs1;
            uint8_t rs2;
            uint8_t count; /* two-slot forms: instructions retired when the block is left here;
                              fused multiply-add: rs3 */
            int32_t imm;
        };
        uint64_t aux;
        CsrInsn csr;
    };
};

#define META_SECOND_SLOT UINT16_MAX

/* For each slot: where the instruction lies in the block, and how many stand before it. */
typedef struct OpMeta {
    uint16_t offset; /* bytes; META_SECOND_SLOT */
    uint16_t index;
} OpMeta;

/* A run of instructions with one entry, within one page (but for an instruction that straddles). */
struct Block {
    Block *next; /* in its hash bucket */
    hwaddr paddr;
    hwaddr straddles; /* page that holds the second half of its only instruction; else 0 */
    uint32_t generation; /* known to be what memory holds as of Hart.code_generation */
    uint16_t length; /* bytes */
    uint16_t slots;
    const OpMeta *meta;
    const uint16_t *raw; /* the code as it was read */
    Op ops[];
};

#define HART_SINK 32 /* x[HART_SINK] takes what is written to x0 */
#define JUMP_CACHE_BITS 11
#define JUMP_CACHE_SIZE (1u << JUMP_CACHE_BITS)
#define JUMP_KEY_SHIFT 48

/* Where to go for a virtual pc. The upper bits of @block hold the generation it belongs to. */
typedef struct JumpEntry {
    uint64_t pc;
    uint64_t block;
} JumpEntry;

typedef struct JumpCache {
    uint64_t key; /* generation << JUMP_KEY_SHIFT */
    JumpEntry entries[JUMP_CACHE_SIZE];
} JumpCache;

/* ---- translation look-aside buffers ---- */

#define TLB_BITS 9
#define TLB_SIZE (1u << TLB_BITS)
#define TLB_FETCH_SIZE 128u
/*
 * A tag is the page's address with the set's generation in bits 3 to 10; bits 0 to 2 are zero, so
 * that one comparison sees misaligned accesses too, and bit 11 marks a page that wants the slow
 * path on every store.
 */
#define TLB_GENERATION_SHIFT 3
#define TLB_GENERATION_MAX 255u
#define TLB_SLOW (UINT64_C(1) << 11)
#define TLB_EMPTY UINT64_MAX

typedef struct TlbEntry {
    uint64_t tag;
    uint64_t addend; /* host address - guest address */
} TlbEntry;

typedef struct TlbFetchEntry {
    uint64_t tag;
    uint8_t *host; /* of the page */
    hwaddr paddr;
} TlbFetchEntry;

typedef struct TlbSet {
    uint64_t key; /* generation << TLB_GENERATION_SHIFT */
    TlbEntry read[TLB_SIZE];
    TlbEntry write[TLB_SIZE];
    uint8_t *dirty[TLB_SIZE]; /* beside write[]: byte to set after a store, for TLB_SLOW pages */
    TlbFetchEntry fetch[TLB_FETCH_SIZE];
    /* Superpages that entries came from lie in here: a flush of one address in it flushes all. */
    uint64_t large_first;
    uint64_t large_last;
} TlbSet;

/* One set for each way in which a data access can be checked. */
typedef enum TlbMode {
    TLB_U,
    TLB_S,
    TLB_S_SUM,
    TLB_M,
    TLB__MAX,
} TlbMode;

#define PMP_COUNT 16

typedef struct PmpEntry {
    uint8_t cfg;
    uint64_t addr; /* pmpaddr: address >> 2 */
    /* Derived: the bytes it covers; first > last when it matches nothing. */
    hwaddr first;
    hwaddr last;
} PmpEntry;

/* Reasons to leave the dispatch loop (Hart.pending, atomic). */
typedef enum Pending {
    PENDING_IRQ = 1 << 0,   /* mip or what masks it changed */
    PENDING_PARK = 1 << 1,  /* somebody wants the harts to stand still; sticky */
    PENDING_FLUSH = 1 << 2, /* the address space has a new view */
    PENDING_STEP = 1 << 3,  /* hart_step_many() counts; sticky */
} Pending;

struct Hart {
    Object parent_obj;

    /* Hot: used by nearly every instruction. */
    uint32_t pending; /* atomic */
    uint32_t fs; /* mstatus.FS */
    TlbSet *dtlb; /* for data accesses in the current mode */
    JumpCache *jump_cache; /* of the current privilege */
    uint64_t x[33];
    uint64_t f[32];
    uint32_t fflags;
    uint32_t frm;

    /* What the dispatch loop keeps in registers is stored here whenever it calls out. */
    uint64_t pc; /* atomic: stored by the hart alone */
    uint64_t icount; /* instructions retired since power-on; atomic like pc */

    uint64_t loaded; /* result of hart_load_slow() */
    uint64_t exc_cause; /* set by whoever refuses an instruction */
    uint64_t exc_tval;

    uint64_t reservation; /* virtual address of the last LR; RESERVATION_NONE */
    uint64_t reservation_value;
    uint8_t *reservation_host;
    uint8_t reservation_size;

    /* Machine and supervisor state. */
    uint8_t priv; /* Priv; atomic, so that debuggers may look */
    bool halted; /* in wfi; atomic */
    uint64_t mstatus; /* without FS, SD, UXL, SXL; atomic like priv */
    uint64_t satp; /* atomic like priv */
    uint64_t medeleg, mideleg, mie;
    uint64_t mip_soft; /* bits that software writes */
    uint64_t mip_lines; /* atomic: bits that devices and the stimecmp timer drive */
    uint64_t mtvec, mscratch, mepc, mcause, mtval, menvcfg;
    uint64_t stvec, sscratch, sepc, scause, stval, senvcfg;
    uint64_t mcounteren, scounteren, mcountinhibit;
    /* A counter is icount + its offset; while inhibited, the offset alone. */
    uint64_t cycle_offset, instret_offset;
    PmpEntry pmp[PMP_COUNT];

    pthread_mutex_t stimer_lock; /* stimecmp, stimer_on and the STIP line that follows from them */
    uint64_t stimecmp;
    bool stimer_on; /* menvcfg.STCE */
    Timer stimer;

    TlbSet *tlb[TLB__MAX];
    JumpCache *jump_caches[4]; /* by privilege */

    /* The block cache (blocks.c). */
    uint32_t code_generation;
    uint32_t block_epoch; /* grows when the arena is emptied: pointers to blocks are void */
    Block **block_buckets;
    uint8_t *block_arena;
    size_t block_arena_used;
    Block *scratch_block;

    /* Tests and debuggers: run a number of instructions, stop at traps. */
    uint64_t steps_left;
    bool stepping;
    bool stop_on_trap;
    bool trap_stopped;

    unsigned id;
    AddressSpace *as;
    uint64_t reset_pc;

    GThread *thread;
    int thread_id; /* atomic */
    bool parked; /* under the run lock */
    pthread_mutex_t wait_lock; /* for sleeping in wfi */
    pthread_cond_t wait_cond;
};

#define RISCV_CPU(obj) OBJECT_CHECK(Hart, (obj), TYPE_RISCV_CPU)
#define RESERVATION_NONE UINT64_MAX

static inline uint32_t hart_pending_load(const Hart *hart)
{
    return __atomic_load_n(&hart->pending, __ATOMIC_RELAXED);
}

/* ---- hart.c ---- */
void hart_reset(Hart *hart);

/* ---- hart-thread.c ---- */
/* Any thread: have @hart look at @bits soon, awake from wfi if need be. */
void hart_kick(Hart *hart, uint32_t bits);
/*
 * The hart's own thread, with its state stored: act on whatever is pending. False: leave the
 * dispatch loop.
 */
bool hart_handle_pending(Hart *hart);
/*
 * Let the harts stand still for as long as somebody looks at their state, whether the machine
 * runs or not. BQL; holds nest, and harts go on when the last is released.
 */
void coroutine_fn harts_hold_co(void);
void harts_release(void);

/* ---- exec.c ---- */
/* Run until something pending says to leave. */
void hart_exec(Hart *hart);
/* Handlers by OpCode. */
const void *const *hart_exec_handlers(void);

/* ---- step.c: for tests: the calling thread plays the hart's ---- */
typedef struct HartTrap {
    bool taken;
    uint64_t cause;
    uint64_t tval;
    uint64_t pc; /* of the instruction that trapped */
} HartTrap;
/* Run @count instructions one by one (no cached blocks). */
void hart_step_many(Hart *hart, uint64_t count);
/*
 * Run at full speed until an exception, which is not delivered: pc stands at the instruction
 * that trapped. Interrupts are delivered as ever.
 */
HartTrap hart_run_until_trap(Hart *hart);

/* ---- registers.c ---- */
extern const char *const hart_x_names[32]; /* "x10/a0" */
extern const char *const hart_f_names[32];

/* ---- blocks.c ---- */
void blocks_init(Hart *hart);
void blocks_finish(Hart *hart);
/* Code may have changed (fence.i): look at memory again before running any block. */
void blocks_invalidate(Hart *hart);
/* The block at @pc in the current mode; NULL: exception set. */
Block *blocks_lookup(Hart *hart, uint64_t pc);
/* Forget where virtual addresses lead. */
void jump_cache_flush(JumpCache *cache);

static inline JumpEntry *jump_entry(Hart *hart, uint64_t pc)
{
    /* The page number is mixed in, so that functions at the same offset do not collide. */
    return &hart->jump_cache->entries[((pc >> 1) ^ (pc >> 12)) & (JUMP_CACHE_SIZE - 1)];
}

/* ---- tlb.c ---- */
void tlb_init(Hart *hart);
void tlb_finish(Hart *hart);
/* Mode, MPRV, MPP or SUM changed. */
void tlb_select(Hart *hart);
void tlb_flush_all(Hart *hart);
/* S and U: satp or MXR changed, sfence.vma. */
void tlb_flush_supervisor(Hart *hart);
void tlb_flush_page(Hart *hart, uint64_t vaddr);
/*
 * Accesses that the fast path does not serve: TLB misses, MMIO, misaligned. False: exception set.
 * What was loaded is zero-extended, in Hart.loaded (so that the dispatch loop need not keep a
 * variable in memory for it).
 */
bool hart_load_slow(Hart *hart, uint64_t vaddr, unsigned size);
bool hart_store_slow(Hart *hart, uint64_t vaddr, unsigned size, uint64_t value);
/* Host address of naturally aligned RAM for LR, SC and AMO. NULL: exception set. */
uint8_t *hart_atomic_host(Hart *hart, uint64_t vaddr, unsigned size, Access access,
                          uint8_t **dirty);
/* Where code at @pc lies: the page's host and physical address. NULL: exception set. */
uint8_t *hart_fetch_page(Hart *hart, uint64_t pc, hwaddr *page, bool *cacheable);

/* ---- mmu.c ---- */
typedef struct Translation {
    hwaddr paddr;
    uint64_t page_size; /* of the leaf; MEMORY_PAGE_SIZE when there is no translation */
} Translation;
/* False: exception set. Updates A and D. */
bool mmu_translate(Hart *hart, uint64_t vaddr, Access access, Priv priv, bool sum,
                   Translation *out);
bool mmu_walk_debug(Hart *hart, uint64_t vaddr, hwaddr *paddr);
/* Whether a value may be written to satp. */
bool mmu_satp_valid(uint64_t satp);
void mmu_raise_access(Hart *hart, uint64_t vaddr, Access access);

/* ---- pmp.c ---- */
bool pmp_check(const Hart *hart, hwaddr paddr, uint64_t size, Access access, Priv priv);
/* One answer holds for the whole page. */
bool pmp_page_uniform(const Hart *hart, hwaddr paddr);
uint64_t pmp_cfg_read(const Hart *hart, unsigned reg);
void pmp_cfg_write(Hart *hart, unsigned reg, uint64_t value);
void pmp_addr_write(Hart *hart, unsigned index, uint64_t value);
void pmp_reset(Hart *hart);

/* ---- trap.c ---- */
static inline void hart_set_exception(Hart *hart, uint64_t cause, uint64_t tval)
{
    hart->exc_cause = cause;
    hart->exc_tval = tval;
}
/* Deliver exc_cause/exc_tval; pc is the instruction's. */
void hart_take_exception(Hart *hart);
/* mip as software reads it. */
uint64_t hart_mip(const Hart *hart);
/* Deliver the most urgent enabled interrupt, if there is one. */
bool hart_take_interrupt(Hart *hart);
/* The masks changed: look at interrupts again before the next block. */
void hart_irq_update(Hart *hart);
bool hart_mret(Hart *hart); /* false: exception set */
bool hart_sret(Hart *hart);
bool hart_wfi(Hart *hart);
bool hart_sfence_vma(Hart *hart, bool one_address, uint64_t vaddr);
void hart_set_priv(Hart *hart, Priv priv);

/* ---- stimer.c ---- */
void stimer_init(Hart *hart);
void stimer_finish(Hart *hart);
void stimer_set_compare(Hart *hart, uint64_t stimecmp);
void stimer_enable(Hart *hart, bool on);

/* ---- csr.c ---- */
/* Build the index; like insn_decode_init(). */
void csr_init(void);
/* Carry it out; false: exception set. pc and icount are stored. */
bool csr_execute(Hart *hart, CsrInsn insn, uint64_t *old);
uint64_t csr_mstatus(const Hart *hart);
/* The value of the CSR called @name, for people and tests, without side effects or checks. */
bool csr_peek(const Hart *hart, const char *name, uint64_t *value);

#endif
