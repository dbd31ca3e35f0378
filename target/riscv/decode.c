/*
 * The instruction decoder: a table of encodings, sorted by major opcode.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "decode.h"

#include "target/riscv/hart-internal.h"

typedef struct Encoding {
    uint32_t match;
    uint32_t mask;
    OpCode op;
    InsnFormat format;
    const char *name;
} Encoding;

static const Encoding encodings[] = {
#define INSN(name, match, mask, format) { match, mask, OP_##name, FORMAT_##format, #name },
#include "insns.def"
#undef INSN
};

#define MAJOR_COUNT 32
#define MAJOR(word) (((word) >> 2) & 0x1f)

/* encodings[by_major[first[m] .. first[m + 1]]] share major opcode m. */
static uint8_t by_major[G_N_ELEMENTS(encodings)];
static uint8_t first[MAJOR_COUNT + 1];

void insn_decode_init(void)
{
    unsigned n = 0;

    G_STATIC_ASSERT(G_N_ELEMENTS(encodings) < 256);
    for (unsigned major = 0; major < MAJOR_COUNT; major++) {
        first[major] = n;
        for (unsigned i = 0; i < G_N_ELEMENTS(encodings); i++) {
            if (MAJOR(encodings[i].match) == major) {
                by_major[n++] = i;
            }
        }
    }
    first[MAJOR_COUNT] = n;
}

static const Encoding *find_encoding(uint32_t word)
{
    unsigned major = MAJOR(word);

    for (unsigned i = first[major]; i < first[major + 1]; i++) {
        const Encoding *encoding = &encodings[by_major[i]];

        if ((word & encoding->mask) == encoding->match) {
            return encoding;
        }
    }
    return NULL;
}

/* The instruction's top @bits bits, sign-extended, shifted left by @shift. */
static int32_t top_bits(uint32_t word, unsigned bits, unsigned shift)
{
    return (int32_t)((uint32_t)((int32_t)word >> (32 - bits)) << shift);
}

static int32_t imm_s(uint32_t word)
{
    return top_bits(word, 7, 5) | (int32_t)((word >> 7) & 0x1f);
}

static int32_t imm_b(uint32_t word)
{
    return top_bits(word, 1, 12) | (int32_t)((word & 0x80) << 4) |
           (int32_t)((word >> 20) & 0x7e0) | (int32_t)((word >> 7) & 0x1e);
}

static int32_t imm_j(uint32_t word)
{
    return top_bits(word, 1, 20) | (int32_t)(word & 0xff000) |
           (int32_t)((word >> 9) & 0x800) | (int32_t)((word >> 20) & 0x7fe);
}

static int32_t immediate(uint32_t word, InsnFormat format)
{
    switch (format) {
    case FORMAT_U:
        return (int32_t)(word & 0xfffff000);
    case FORMAT_J:
        return imm_j(word);
    case FORMAT_B:
        return imm_b(word);
    case FORMAT_S:
        return imm_s(word);
    case FORMAT_SHIFT:
        return (word >> 20) & 0x3f;
    case FORMAT_R_RM:
    case FORMAT_R_F_RM:
    case FORMAT_R4:
        return (word >> 12) & 7;
    case FORMAT_CSR:
        return word >> 20;
    default:
        return (int32_t)word >> 20;
    }
}

static bool writes_f(InsnFormat format)
{
    return format == FORMAT_I_F || format == FORMAT_R_F || format == FORMAT_R_F_RM ||
           format == FORMAT_R4;
}

static bool has_rounding(InsnFormat format)
{
    return format == FORMAT_R_RM || format == FORMAT_R_F_RM || format == FORMAT_R4;
}

/* Give common special cases cheaper operations. */
static void simplify(Insn *insn)
{
    bool no_result = insn->rd == HART_SINK;

    switch (insn->op) {
    case OP_lui:
        insn->op = OP_li;
        break;
    case OP_addi:
        if (no_result) {
            insn->op = OP_nop;
        } else if (insn->rs1 == 0) {
            insn->op = OP_li;
        } else if (insn->imm == 0) {
            insn->op = OP_mv;
        }
        break;
    case OP_add:
        if (insn->rs1 == 0) {
            insn->op = OP_mv;
            insn->rs1 = insn->rs2;
        }
        break;
    case OP_jal:
        if (no_result) {
            insn->op = OP_j;
        }
        break;
    default:
        break;
    }
}

static void decode_word(uint32_t word, Insn *insn)
{
    const Encoding *encoding = find_encoding(word);

    insn->word = word;
    if (!encoding) {
        insn->op = OP_illegal;
        insn->format = FORMAT_END;
        return;
    }
    insn->op = encoding->op;
    insn->format = encoding->format;
    insn->rd = (word >> 7) & 0x1f;
    insn->rs1 = (word >> 15) & 0x1f;
    insn->rs2 = (word >> 20) & 0x1f;
    insn->rs3 = word >> 27;
    insn->imm = immediate(word, encoding->format);
    if (has_rounding(encoding->format) && (insn->imm == 5 || insn->imm == 6)) {
        insn->op = OP_illegal;
        insn->format = FORMAT_END;
        return;
    }
    if (insn->rd == 0 && !writes_f(encoding->format)) {
        insn->rd = HART_SINK;
    }
    simplify(insn);
}

void insn_decode(uint32_t word, Insn *insn)
{
    *insn = (Insn){ .length = insn_length(word) };
    if (insn->length == 2) {
        word = rvc_expand(word);
        if (!word) {
            insn->op = OP_illegal;
            insn->format = FORMAT_END;
            return;
        }
    }
    decode_word(word, insn);
}

const char *insn_name(OpCode op)
{
    static const char *const others[] = { "li", "mv", "nop", "j", "next", "illegal" };

    return op < OP_li ? encodings[op].name : others[op - OP_li];
}
