/*
 * The cache of decoded blocks.
 *
 * Blocks are found by the physical address of their first instruction and hold nothing that
 * depends on a virtual address, the privilege or a CSR. Stores do not look for them: the
 * architecture lets a hart see its code change at fence.i, which makes every block suspect; a
 * suspect block is compared with memory before it runs again. Links between blocks stay within a
 * page and are dropped when their block was suspect.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "decode.h"
#include "target/riscv/hart-internal.h"

#include <string.h>
#include <sys/mman.h>

#define BLOCK_MAX_INSNS 64
/* A two-slot form each, the closing `next`. */
#define BLOCK_MAX_SLOTS (2 * BLOCK_MAX_INSNS + 2)
#define BUCKET_BITS 16
#define BUCKET_COUNT (1u << BUCKET_BITS)
#define ARENA_SIZE (16u << 20)
#define BLOCK_MAX_BYTES                                                                            \
    (sizeof(Block) + BLOCK_MAX_SLOTS * (sizeof(Op) + sizeof(OpMeta)) + BLOCK_MAX_INSNS * 4 + 16)

/* A block in the making. */
typedef struct Builder {
    Hart *hart;
    uint64_t pc;
    const uint8_t *host; /* of the page */
    hwaddr page;
    unsigned max_insns;

    unsigned offset; /* of the next instruction in the block */
    unsigned insns;
    unsigned slots;
    unsigned halves; /* 16-bit units read */
    hwaddr straddles;
    bool ended;
    Op ops[BLOCK_MAX_SLOTS];
    OpMeta meta[BLOCK_MAX_SLOTS];
    uint16_t raw[BLOCK_MAX_INSNS * 2];
} Builder;

static void *map_lazily(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);

    if (p == MAP_FAILED) {
        g_error("out of memory for decoded code");
    }
    return p;
}

void blocks_init(Hart *hart)
{
    hart->block_buckets = map_lazily(BUCKET_COUNT * sizeof(Block *));
    hart->block_arena = map_lazily(ARENA_SIZE);
    hart->scratch_block = g_malloc0(BLOCK_MAX_BYTES);
    for (unsigned i = 0; i < G_N_ELEMENTS(hart->jump_caches); i++) {
        if (i != 2) {
            hart->jump_caches[i] = map_lazily(sizeof(JumpCache));
            hart->jump_caches[i]->key = UINT64_C(1) << JUMP_KEY_SHIFT;
        }
    }
}

void blocks_finish(Hart *hart)
{
    munmap(hart->block_buckets, BUCKET_COUNT * sizeof(Block *));
    munmap(hart->block_arena, ARENA_SIZE);
    g_free(hart->scratch_block);
    for (unsigned i = 0; i < G_N_ELEMENTS(hart->jump_caches); i++) {
        if (hart->jump_caches[i]) {
            munmap(hart->jump_caches[i], sizeof(JumpCache));
        }
    }
}

void jump_cache_flush(JumpCache *cache)
{
    cache->key += UINT64_C(1) << JUMP_KEY_SHIFT;
    if (cache->key == 0) {
        memset(cache->entries, 0, sizeof(cache->entries));
        cache->key = UINT64_C(1) << JUMP_KEY_SHIFT;
    }
}

static void flush_jump_caches(Hart *hart)
{
    jump_cache_flush(hart->jump_caches[PRIV_U]);
    jump_cache_flush(hart->jump_caches[PRIV_S]);
    jump_cache_flush(hart->jump_caches[PRIV_M]);
}

void blocks_invalidate(Hart *hart)
{
    hart->code_generation++;
    flush_jump_caches(hart);
}

static void empty_arena(Hart *hart)
{
    memset(hart->block_buckets, 0, BUCKET_COUNT * sizeof(Block *));
    hart->block_arena_used = 0;
    hart->block_epoch++;
    flush_jump_caches(hart);
}

static Block **bucket_of(Hart *hart, hwaddr paddr)
{
    uint64_t hash = (paddr >> 1) * UINT64_C(0x9e3779b97f4a7c15);

    return &hart->block_buckets[hash >> (64 - BUCKET_BITS)];
}

/* Another hart may be storing here. */
static uint16_t read_half(const uint8_t *host)
{
    return __atomic_load_n((const uint16_t *)host, __ATOMIC_RELAXED);
}

/* ---- building ---- */

static Op *add_slot(Builder *b, unsigned offset)
{
    Op *op = &b->ops[b->slots];

    b->meta[b->slots] = (OpMeta){ .offset = offset, .index = b->insns };
    b->slots++;
    memset(op, 0, sizeof(*op));
    return op;
}

static Op *add_op(Builder *b, OpCode code)
{
    Op *op = add_slot(b, b->offset);

    op->handler = hart_exec_handlers()[code];
    return op;
}

/* Fill in what is special about each format; the plain fields are in place. */
static void finish_op(Builder *b, Op *op, const Insn *insn)
{
    int32_t next = b->offset + insn->length;

    switch (insn->format) {
    case FORMAT_U:
        if (insn->op == OP_auipc) {
            op->imm += b->offset;
        }
        break;
    case FORMAT_B:
        op->imm += b->offset;
        op->count = b->insns + 1;
        add_slot(b, META_SECOND_SLOT);
        break;
    case FORMAT_J:
        op->imm += b->offset;
        op->count = b->insns + 1;
        add_slot(b, META_SECOND_SLOT)->aux = next;
        b->ended = true;
        break;
    case FORMAT_JALR:
        op->count = b->insns + 1;
        add_slot(b, META_SECOND_SLOT)->aux = next;
        b->ended = true;
        break;
    case FORMAT_CSR:
        op->imm = next;
        op->count = b->insns + 1;
        add_slot(b, META_SECOND_SLOT)->csr = (CsrInsn){
            .csr = insn->word >> 20,
            .funct3 = (insn->word >> 12) & 7,
            .rd = (insn->word >> 7) & 0x1f,
            .rs1 = insn->rs1,
        };
        b->ended = true;
        break;
    case FORMAT_R4:
        op->count = insn->rs3;
        break;
    case FORMAT_END:
        op->imm = next;
        b->ended = true;
        break;
    default:
        break;
    }
}

static void add_insn(Builder *b, const Insn *insn)
{
    Op *op = add_op(b, insn->op);

    op->rd = insn->rd;
    op->rs1 = insn->rs1;
    op->rs2 = insn->rs2;
    op->imm = insn->imm;
    finish_op(b, op, insn);
    b->offset += insn->length;
    b->insns++;
}

/* Close with a jump to what follows. */
static void add_next(Builder *b)
{
    Op *op = add_op(b, OP_next);

    op->imm = b->offset;
    op->count = b->insns;
    add_slot(b, META_SECOND_SLOT);
    b->ended = true;
}

/* The upper half of an instruction may lie on the next page. False: exception set. */
static bool read_upper_half(Builder *b, unsigned in_page, uint16_t *half)
{
    const uint8_t *host = b->host;
    hwaddr page = b->page;
    bool cacheable;

    if (in_page + 2 == MEMORY_PAGE_SIZE || b->max_insns == 1) {
        /* One instruction alone: also where PMP may tell the halves apart. */
        host = hart_fetch_page(b->hart, b->pc + b->offset + 2, &page, &cacheable);
        if (!host) {
            return false;
        }
        if (page != b->page) {
            b->straddles = page;
        }
    }
    *half = read_half(host + ((in_page + 2) & ~PAGE_MASK));
    return true;
}

/* Add one instruction, or close the block before it. False: exception set. */
static bool build_insn(Builder *b)
{
    unsigned in_page = ((unsigned)b->pc & (MEMORY_PAGE_SIZE - 1)) + b->offset;
    uint16_t low, high = 0;
    Insn insn;

    if (b->insns == b->max_insns || in_page >= MEMORY_PAGE_SIZE) {
        add_next(b);
        return true;
    }
    low = read_half(b->host + in_page);
    if (insn_length(low) == 4) {
        if (in_page + 2 == MEMORY_PAGE_SIZE && b->insns) {
            add_next(b);
            return true;
        }
        if (!read_upper_half(b, in_page, &high)) {
            return false;
        }
    }
    insn_decode(low | (uint32_t)high << 16, &insn);
    b->raw[b->halves++] = low;
    if (insn.length == 4) {
        b->raw[b->halves++] = high;
    }
    add_insn(b, &insn);
    return true;
}

static bool build(Builder *b)
{
    while (!b->ended) {
        if (!build_insn(b)) {
            return false;
        }
    }
    return true;
}

/* Lay the finished block out at @mem; returns its size. */
static size_t place(const Builder *b, Block *block)
{
    OpMeta *meta = (OpMeta *)&block->ops[b->slots];
    uint16_t *raw = (uint16_t *)&meta[b->slots];

    *block = (Block){
        .paddr = b->page | (b->pc & ~PAGE_MASK),
        .straddles = b->straddles,
        .generation = b->hart->code_generation,
        .length = b->halves * 2,
        .slots = b->slots,
        .meta = meta,
        .raw = raw,
    };
    memcpy(block->ops, b->ops, b->slots * sizeof(Op));
    memcpy(meta, b->meta, b->slots * sizeof(OpMeta));
    memcpy(raw, b->raw, b->halves * 2);
    return (uint8_t *)(raw + b->halves) - (uint8_t *)block;
}

static Block *build_scratch(Hart *hart, uint64_t pc, const uint8_t *host, hwaddr page)
{
    Builder b;

    memset(&b, 0, offsetof(Builder, ops));
    b.hart = hart;
    b.pc = pc;
    b.host = host;
    b.page = page;
    b.max_insns = 1;
    if (!build(&b)) {
        return NULL;
    }
    place(&b, hart->scratch_block);
    return hart->scratch_block;
}

static Block *build_cached(Hart *hart, uint64_t pc, const uint8_t *host, hwaddr page)
{
    Builder b;
    Block *block, **bucket;

    memset(&b, 0, offsetof(Builder, ops));
    b.hart = hart;
    b.pc = pc;
    b.host = host;
    b.page = page;
    b.max_insns = BLOCK_MAX_INSNS;
    if (!build(&b)) {
        return NULL;
    }
    if (hart->block_arena_used + BLOCK_MAX_BYTES > ARENA_SIZE) {
        empty_arena(hart);
    }
    block = (Block *)(hart->block_arena + hart->block_arena_used);
    hart->block_arena_used += (place(&b, block) + 15) & ~(size_t)15;
    bucket = bucket_of(hart, block->paddr);
    block->next = *bucket;
    *bucket = block;
    return block;
}

/* ---- finding ---- */

static bool same_code(const Block *block, const uint8_t *host, const uint8_t *second_host)
{
    unsigned in_page = block->paddr & ~PAGE_MASK;

    for (unsigned i = 0; i < block->length; i += 2) {
        const uint8_t *p = in_page + i < MEMORY_PAGE_SIZE ? host + in_page + i
                                                          : second_host + (in_page + i -
                                                                           MEMORY_PAGE_SIZE);

        if (read_half(p) != block->raw[i / 2]) {
            return false;
        }
    }
    return true;
}

static void drop_links(Block *block)
{
    for (unsigned i = 0; i < block->slots; i++) {
        if (block->meta[i].offset == META_SECOND_SLOT) {
            block->ops[i].link = NULL;
        }
    }
}

typedef enum Check { CHECK_GOOD, CHECK_STALE, CHECK_FAULT } Check;

static Check check_block(Hart *hart, Block *block, uint64_t pc, const uint8_t *host)
{
    const uint8_t *second_host = NULL;
    hwaddr second;
    bool cacheable;

    if (block->straddles) {
        second_host = hart_fetch_page(hart, pc + 2, &second, &cacheable);
        if (!second_host) {
            return CHECK_FAULT;
        }
        if (second != block->straddles) {
            return CHECK_STALE;
        }
    }
    if (block->generation != hart->code_generation) {
        if (!same_code(block, host, second_host)) {
            return CHECK_STALE;
        }
        drop_links(block);
        block->generation = hart->code_generation;
    }
    return CHECK_GOOD;
}

static void unlink_block(Block **bucket, Block *block)
{
    while (*bucket != block) {
        bucket = &(*bucket)->next;
    }
    *bucket = block->next;
}

static Block *find_block(Hart *hart, hwaddr paddr)
{
    Block *block = *bucket_of(hart, paddr);

    while (block && block->paddr != paddr) {
        block = block->next;
    }
    return block;
}

static Block *find_or_build(Hart *hart, uint64_t pc, const uint8_t *host, hwaddr page)
{
    hwaddr paddr = page | (pc & ~PAGE_MASK);
    Block *block = find_block(hart, paddr);

    if (block) {
        switch (check_block(hart, block, pc, host)) {
        case CHECK_GOOD:
            return block;
        case CHECK_FAULT:
            return NULL;
        case CHECK_STALE:
            unlink_block(bucket_of(hart, paddr), block);
            break;
        }
    }
    return build_cached(hart, pc, host, page);
}

Block *blocks_lookup(Hart *hart, uint64_t pc)
{
    JumpEntry *entry;
    Block *block;
    bool cacheable;
    hwaddr page;
    const uint8_t *host = hart_fetch_page(hart, pc, &page, &cacheable);

    if (!host) {
        return NULL;
    }
    if (!cacheable || hart->stepping) {
        return build_scratch(hart, pc, host, page);
    }
    block = find_or_build(hart, pc, host, page);
    if (block) {
        entry = jump_entry(hart, pc);
        entry->pc = pc;
        entry->block = (uintptr_t)block | hart->jump_cache->key;
    }
    return block;
}
