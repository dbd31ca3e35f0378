/*
 * The dispatch loop: runs decoded blocks, one label an instruction.
 *
 * This is one long function on purpose: the hot state (op, block, its pc, the instruction count)
 * stays in registers, and each instruction ends in its own indirect jump, which is what branch
 * predictors like best. The instructions stand in exec-*.inc by group.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "decode.h"
#include "fpu/fpu.h"
#include "target/riscv/hart-internal.h"
#include "util/report.h"

#include <inttypes.h>

/* What the instruction at @op was fetched as, for xtval. */
static uint32_t raw_insn(const Block *block, const Op *op)
{
    unsigned half = block->meta[op - block->ops].offset / 2;
    uint16_t low = block->raw[half];

    return insn_length(low) == 2 ? low : low | (uint32_t)block->raw[half + 1] << 16;
}

/* RISC-V memory model, chapter 14: only store-to-load order costs a host instruction on x86. */
static void host_fence(int32_t imm)
{
#ifdef VITRINE_TSAN
    static int order;

    __atomic_fetch_add(&order, 1, __ATOMIC_SEQ_CST); /* TSan knows no stand-alone fences */
#else
    if ((imm & 0x50) && (imm & 0x0a)) {
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    } else {
        __atomic_thread_fence(__ATOMIC_ACQ_REL);
    }
#endif
}

static void log_block(const Hart *hart, uint64_t pc, const Block *block)
{
    log_mask(LOG_EXEC, "hart %u: %016" PRIx64 " %s, %u bytes", hart->id, pc,
             hart->priv == PRIV_M ? "M" : hart->priv == PRIV_S ? "S" : "U", block->length);
}

static uint64_t mulhu64(uint64_t a, uint64_t b)
{
    return ((unsigned __int128)a * b) >> 64;
}

static uint64_t mulh64(int64_t a, int64_t b)
{
    return ((__int128)a * b) >> 64;
}

static uint64_t mulhsu64(int64_t a, uint64_t b)
{
    return ((__int128)a * (__int128)(unsigned __int128)b) >> 64;
}

/* Division: by zero and overflow have results, not traps (volume I, table 7.1). */
static int64_t div64(int64_t a, int64_t b)
{
    return b == 0 ? -1 : b == -1 ? (int64_t)(0 - (uint64_t)a) : a / b;
}

static int64_t rem64(int64_t a, int64_t b)
{
    return b == 0 ? a : b == -1 ? 0 : a % b;
}

static int32_t div32(int32_t a, int32_t b)
{
    return b == 0 ? -1 : b == -1 ? (int32_t)(0 - (uint32_t)a) : a / b;
}

static int32_t rem32(int32_t a, int32_t b)
{
    return b == 0 ? a : b == -1 ? 0 : a % b;
}

#define X(n) (x[op->n])
#define IMM ((int64_t)op->imm)
#define NEXT()                                                                                     \
    do {                                                                                           \
        op++;                                                                                      \
        goto *op->handler;                                                                         \
    } while (0)
/* A result for rd, computed from X() and IMM. */
#define ALU(name, expr)                                                                            \
    do_##name:                                                                                     \
    x[op->rd] = (uint64_t)(expr);                                                                  \
    NEXT();
/* Leave the block for the one @op links to; op->imm is where that begins. */
#define FOLLOW_LINK()                                                                              \
    do {                                                                                           \
        Block *linked = op[1].link;                                                                \
        icount += op->count;                                                                       \
        if (unlikely(!linked)) {                                                                   \
            goto find_link;                                                                        \
        }                                                                                          \
        bpc += IMM;                                                                                \
        if (unlikely(hart_pending_load(hart))) {                                                   \
            pc = bpc;                                                                              \
            goto pending;                                                                          \
        }                                                                                          \
        block = linked;                                                                            \
        op = block->ops;                                                                           \
        goto *op->handler;                                                                         \
    } while (0)
/* The instruction ends the block and the code goes on after it. */
#define FINISH()                                                                                   \
    do {                                                                                           \
        icount += block->meta[op - block->ops].index + 1;                                          \
        pc = bpc + IMM;                                                                            \
        goto enter;                                                                                \
    } while (0)
/* Store what the loop keeps in registers, as of before the instruction at op. */
#define SYNC()                                                                                     \
    do {                                                                                           \
        const OpMeta *meta_ = &block->meta[op - block->ops];                                       \
        __atomic_store_n(&hart->pc, bpc + meta_->offset, __ATOMIC_RELAXED);                        \
        __atomic_store_n(&hart->icount, icount + meta_->index, __ATOMIC_RELAXED);                  \
    } while (0)

/* Not to be inlined: labels must have one address each. */
static __attribute__((noinline)) void exec_internal(Hart *hart, const void *const **handlers)
{
    static const void *const labels[OP__MAX] = {
#define INSN(name, match, mask, format) [OP_##name] = &&do_##name,
#include "insns.def"
#undef INSN
        [OP_li] = &&do_li,     [OP_mv] = &&do_mv,         [OP_nop] = &&do_nop,
        [OP_j] = &&do_j,       [OP_next] = &&do_next,     [OP_illegal] = &&do_illegal,
    };
    uint64_t *x;
    uint64_t *f;
    Block *block;
    const Op *op;
    uint64_t bpc; /* virtual address of the block */
    uint64_t pc; /* where to go next, between blocks */
    uint64_t icount;

    if (handlers) {
        *handlers = labels;
        return;
    }
    x = hart->x;
    f = hart->f;
    pc = hart->pc;
    icount = hart->icount;

enter:
    if (unlikely(hart_pending_load(hart))) {
    pending:
        __atomic_store_n(&hart->pc, pc, __ATOMIC_RELAXED);
        __atomic_store_n(&hart->icount, icount, __ATOMIC_RELAXED);
        if (!hart_handle_pending(hart)) {
            return;
        }
        pc = hart->pc;
    }
find: {
    const JumpEntry *entry = jump_entry(hart, pc);
    uint64_t found = entry->block ^ hart->jump_cache->key;

    if (likely(entry->pc == pc && found >> JUMP_KEY_SHIFT == 0)) {
        block = (Block *)(uintptr_t)found;
    } else {
        block = blocks_lookup(hart, pc);
        if (unlikely(!block)) {
            __atomic_store_n(&hart->pc, pc, __ATOMIC_RELAXED);
            __atomic_store_n(&hart->icount, icount, __ATOMIC_RELAXED);
            hart_take_exception(hart);
            pc = hart->pc;
            goto enter;
        }
    }
    if (unlikely(log_enabled(LOG_EXEC))) {
        log_block(hart, pc, block);
    }
    bpc = pc;
    op = block->ops;
    goto *op->handler;
}

find_link: {
    /* icount stands; op->imm says where to. Blocks that are logged are not linked. */
    Op *from = (Op *)op;
    uint32_t epoch = hart->block_epoch;
    Block *target;

    pc = bpc + IMM;
    if (((pc ^ bpc) & PAGE_MASK) || block == hart->scratch_block || hart_pending_load(hart) ||
        log_enabled(LOG_EXEC)) {
        goto enter;
    }
    target = blocks_lookup(hart, pc);
    if (target && target != hart->scratch_block && !target->straddles &&
        epoch == hart->block_epoch) {
        from[1].link = target;
    }
    goto find;
}

raise:
    SYNC();
    icount = hart->icount;
    hart_take_exception(hart);
    pc = hart->pc;
    goto enter;

illegal:
    hart_set_exception(hart, CAUSE_ILLEGAL, raw_insn(block, op));
    goto raise;

#include "exec-int.inc"
#include "exec-mem.inc"
#include "exec-fp.inc"
#include "exec-sys.inc"
}

void hart_exec(Hart *hart)
{
    exec_internal(hart, NULL);
}

const void *const *hart_exec_handlers(void)
{
    static const void *const *handlers;
    const void *const *found = __atomic_load_n(&handlers, __ATOMIC_ACQUIRE);

    if (!found) {
        exec_internal(NULL, &found);
        __atomic_store_n(&handlers, found, __ATOMIC_RELEASE);
    }
    return found;
}
