"""
Random instructions, group by group: each function appends one item to a chunk.

FORMS says which instructions a group has to meet; a program in which one is missing is refused.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import encode as e
from chunk import Item, PRIMES, c, straight

FMT = {'s': 0, 'd': 1}
SIZE = {'s': 'w', 'd': 'd'}  # as moves, loads and stores call them


def pick(rng, table):
    return rng.choice(list(table.items()))


def put(chunk, name, parcels):
    chunk.items.append(straight([name], parcels))


# ---- I ----


def op(chunk, table=e.OP_I):
    name, (opcode, funct3, funct7) = pick(chunk.rng, table)
    put(chunk, name, [e.r_type(opcode, funct3, funct7, chunk.rd(), chunk.rs(), chunk.rs())])


def op_imm(chunk):
    name, (opcode, funct3) = pick(chunk.rng, e.OP_IMM)
    put(chunk, name, [e.i_type(opcode, funct3, chunk.rd(), chunk.rs(), chunk.imm(12))])


def op_shift(chunk):
    name, (opcode, funct3, upper, most) = pick(chunk.rng, e.OP_SHIFT)
    amount = chunk.rng.choice((0, 1, most, chunk.rng.randint(0, most)))
    put(chunk, name, [e.i_type(opcode, funct3, chunk.rd(), chunk.rs(), upper | amount)])


def upper(chunk):
    name, opcode = chunk.rng.choice((('lui', 0x37), ('auipc', 0x17)))
    put(chunk, name, [e.u_type(opcode, chunk.rd(), chunk.imm(20))])


def load(chunk):
    name, (opcode, funct3, size) = pick(chunk.rng, e.LOADS)
    before, base, offset = chunk.address(size)
    put(chunk, name, before + [e.i_type(opcode, funct3, chunk.rd(), base, offset)])


def store(chunk):
    name, (opcode, funct3, size) = pick(chunk.rng, e.STORES)
    before, base, offset = chunk.address(size)
    put(chunk, name, before + [e.s_type(opcode, funct3, base, chunk.rs(), offset)])


def fence(chunk):
    if chunk.rng.random() < 0.2:
        put(chunk, 'fence.i', [e.i_type(0x0f, 1, 0, 0, 0)])
    else:
        bits = chunk.rng.randrange(1, 256)
        put(chunk, 'fence', [e.i_type(0x0f, 0, 0, 0, bits)])


def word(encoder, *args):
    """An item's maker: one instruction that needs to know how far it jumps."""
    return lambda disp: encoder(*args, disp).to_bytes(4, 'little')


def half(encoder, *args):
    return lambda disp: encoder(*args, disp).to_bytes(2, 'little')


def conditional(chunk):
    name, funct3 = pick(chunk.rng, e.BRANCHES)
    rs1 = chunk.rs()
    rs2 = rs1 if chunk.rng.random() < 0.1 else chunk.rs()
    make = word(e.branch, funct3, rs1, rs2)
    chunk.items.append(Item([name], 4, make, chunk.skip()))


def jump(chunk):
    chunk.items.append(Item(['jal'], 4, word(e.jal, chunk.rd()), chunk.skip()))


def jump_register(chunk):
    """Through auipc, so that the target depends on where the code lies; bit 0 is ignored."""
    reg, link = chunk.rd_nonzero(), chunk.rd()
    odd = chunk.rng.randrange(2)

    def make(disp):
        return (e.auipc(reg, 0).to_bytes(4, 'little') +
                e.jalr(link, reg, disp + odd).to_bytes(4, 'little'))

    chunk.items.append(Item(['auipc', 'jalr'], 8, make, chunk.skip()))


def loop(chunk):
    """A few rounds of straight code, counted down; cached code runs again."""
    counter = chunk.rd_nonzero()
    chunk.protected.add(counter)
    outer, chunk.items = chunk.items, []
    for _ in range(chunk.rng.randint(1, 5)):
        chunk.rng.choice((op, op_imm, op_shift, load, store))(chunk)
    body, chunk.items = chunk.items, outer
    chunk.protected.discard(counter)
    names = [name for item in body for name in item.names]
    code = b''.join(item.make(0) for item in body)
    rounds = chunk.rng.randint(1, 6)
    head = e.addi(counter, 0, rounds).to_bytes(4, 'little')
    tail = (e.addi(counter, counter, -1).to_bytes(4, 'little') +
            e.branch(1, counter, 0, -len(code) - 4).to_bytes(4, 'little'))
    whole = head + code + tail
    chunk.items.append(Item(names + ['addi', 'addi', 'bne'], len(whole), lambda disp: whole))


# ---- M, A ----


def muldiv(chunk):
    op(chunk, e.OP_M)


def order_suffix(order):
    return ('', '.rl', '.aq', '.aqrl')[order]


def amo(chunk):
    rng = chunk.rng
    name, funct5 = pick(rng, e.AMOS)
    double, order = rng.randrange(2), rng.randrange(4)
    reg = chunk.rd_nonzero()
    put(chunk, name + ('.d' if double else '.w') + order_suffix(order),
        [chunk.pointer(reg, 0, 8, 8 if double else 4, True),
         e.amo(funct5, double, order, chunk.rd(), reg, chunk.rs())])


def reserved(chunk):
    """
    lr, perhaps arithmetic, sc: to the same place, to another, twice, or without any lr before.

    No memory access stands between the two: what that does is the implementation's choice.
    """
    rng = chunk.rng
    double, order = rng.randrange(2), rng.randrange(4)
    suffix = ('.d' if double else '.w') + order_suffix(order)
    size = 8 if double else 4
    reg = chunk.rd_nonzero()
    chunk.protected.add(reg)
    names, words = [], [chunk.pointer(reg, 0, 24, size, True)]
    kind = rng.random()
    if kind >= 0.1:
        names.append('lr' + suffix)
        words.append(e.amo(e.LR, double, order, chunk.rd(), reg, 0))
    for _ in range(rng.randrange(3)):
        words.append(e.r_type(*e.OP_I['add'], chunk.rd(), chunk.rs(), chunk.rs()))
    if 0.1 <= kind < 0.2:
        words.append(e.addi(reg, reg, size))
    chunk.protected.discard(reg)
    again = kind >= 0.9
    result = chunk.rd() if not again else chunk.rd_nonzero()
    while again and result == reg:
        result = chunk.rd_nonzero()
    names.append('sc' + suffix)
    words.append(e.amo(e.SC, double, order, result, reg, chunk.rs()))
    if again:
        names.append('sc' + suffix)
        words.append(e.amo(e.SC, double, order, chunk.rd(), reg, chunk.rs()))
    chunk.items.append(straight(names, words))


# ---- F, D: each takes the letter of its format ----


def put_fp(chunk, name, words, flags=True):
    """Flags are sticky: look at them alone behind some instructions."""
    if flags and chunk.rng.random() < 0.35:
        words = [e.csr(e.CSRRW, 0, e.FFLAGS, 0)] + words + chunk.log_flags()
    put(chunk, name, words)


def fp_arith(chunk, letter):
    name, funct7 = pick(chunk.rng, e.FP_ARITH)
    put_fp(chunk, f'{name}.{letter}',
           [e.fp(funct7, FMT[letter], chunk.rm(), chunk.freg(), chunk.freg(), chunk.freg())])


def fp_sqrt(chunk, letter):
    put_fp(chunk, f'fsqrt.{letter}',
           [e.fp(0x2c, FMT[letter], chunk.rm(), chunk.freg(), chunk.freg(), 0)])


def fp_fused(chunk, letter):
    name, opcode = pick(chunk.rng, e.FP_FUSED)
    put_fp(chunk, f'{name}.{letter}',
           [e.r4_type(opcode, FMT[letter], chunk.rm(), chunk.freg(), chunk.freg(), chunk.freg(),
                      chunk.freg())])


def fp_move(chunk, letter):
    name, (funct7, funct3) = pick(chunk.rng, e.FP_MOVE)
    put_fp(chunk, f'{name}.{letter}',
           [e.fp(funct7, FMT[letter], funct3, chunk.freg(), chunk.freg(), chunk.freg())])


def fp_compare(chunk, letter):
    name, funct3 = pick(chunk.rng, e.FP_COMPARE)
    rs1 = chunk.freg()
    rs2 = rs1 if chunk.rng.random() < 0.1 else chunk.freg()
    put_fp(chunk, f'{name}.{letter}', [e.fp(0x50, FMT[letter], funct3, chunk.rd(), rs1, rs2)])


def fp_class(chunk, letter):
    put_fp(chunk, f'fclass.{letter}',
           [e.fp(0x70, FMT[letter], 1, chunk.rd(), chunk.freg(), 0)])


def fp_to_int(chunk, letter):
    name, code = pick(chunk.rng, e.FP_INTS)
    put_fp(chunk, f'fcvt.{name}.{letter}',
           [e.fp(0x60, FMT[letter], chunk.rm(), chunk.rd(), chunk.freg(), code)])


def fp_from_int(chunk, letter):
    name, code = pick(chunk.rng, e.FP_INTS)
    put_fp(chunk, f'fcvt.{letter}.{name}',
           [e.fp(0x68, FMT[letter], chunk.rm(), chunk.freg(), chunk.rs(), code)])


def fp_bits(chunk, letter):
    size = SIZE[letter]
    if chunk.rng.random() < 0.5:
        put(chunk, f'fmv.x.{size}', [e.fp(0x70, FMT[letter], 0, chunk.rd(), chunk.freg(), 0)])
    else:
        put(chunk, f'fmv.{size}.x', [e.fp(0x78, FMT[letter], 0, chunk.freg(), chunk.rs(), 0)])


def fp_load(chunk, letter):
    size = 4 if letter == 's' else 8
    before, base, offset = chunk.address(size)
    put(chunk, 'fl' + SIZE[letter],
        before + [e.i_type(0x07, 2 + FMT[letter], chunk.freg(), base, offset)])


def fp_store(chunk, letter):
    size = 4 if letter == 's' else 8
    before, base, offset = chunk.address(size)
    put(chunk, 'fs' + SIZE[letter],
        before + [e.s_type(0x27, 2 + FMT[letter], base, chunk.freg(), offset)])


def fp_convert(chunk, letter):
    del letter
    if chunk.rng.random() < 0.5:
        put_fp(chunk, 'fcvt.s.d', [e.fp(0x20, 0, chunk.rm(), chunk.freg(), chunk.freg(), 1)])
    else:
        put_fp(chunk, 'fcvt.d.s', [e.fp(0x20, 1, chunk.rm(), chunk.freg(), chunk.freg(), 0)])


def fp_csr(chunk, letter):
    """
    All six forms over fflags, frm and fcsr. frm may pass through a reserved value, but holds a
    good one again before an instruction could use it.
    """
    del letter
    rng = chunk.rng
    funct3 = rng.choice((1, 2, 3, 5, 6, 7))
    number = rng.choice((e.FFLAGS, e.FRM, e.FCSR))
    name = {1: 'csrrw', 2: 'csrrs', 3: 'csrrc', 5: 'csrrwi', 6: 'csrrsi', 7: 'csrrci'}[funct3]
    words = [e.csr(funct3, chunk.rd(), number, chunk.rs())]
    if number != e.FFLAGS:
        words += [e.csr(e.CSRRS, chunk.rd(), e.FCSR, 0),
                  e.csr(e.CSRRWI, chunk.rd(), e.FRM, rng.randrange(5))]
    put(chunk, f'{name} {("fflags", "frm", "fcsr")[number - 1]}', words)


# ---- C ----


def c_alu(chunk):
    name, (funct6, funct2) = pick(chunk.rng, e.C_ALU)
    put(chunk, name, [c(e.ca(funct6, chunk.rd_prime(), funct2, chunk.rs_prime()))])


def c_imm(chunk):
    name, funct3 = chunk.rng.choice((('c.addi', 0), ('c.addiw', 1), ('c.li', 2)))
    rd = chunk.rd_nonzero()
    imm = chunk.imm(6)
    if name == 'c.addi' and imm == 0:
        imm = 1
    put(chunk, name, [c(e.ci(funct3, 1, rd, imm))])


def c_nop(chunk):
    put(chunk, 'c.nop', [c(e.ci(0, 1, 0, 0))])


def c_lui(chunk):
    rd = chunk.rd_nonzero()
    imm = chunk.imm(6) or 1
    if rd == 2:
        return c_addi16sp(chunk)
    return put(chunk, 'c.lui', [c(e.ci(3, 1, rd, imm))])


def c_shift(chunk):
    amount = chunk.rng.choice((1, 31, 32, 63, chunk.rng.randrange(1, 64)))
    name, funct2 = chunk.rng.choice((('c.slli', None), ('c.srli', 0), ('c.srai', 1)))
    if funct2 is None:
        put(chunk, name, [c(e.ci(0, 2, chunk.rd_nonzero(), amount))])
    else:
        put(chunk, name, [c(e.cb_alu(funct2, chunk.rd_prime(), amount))])


def c_andi(chunk):
    put(chunk, 'c.andi', [c(e.cb_alu(2, chunk.rd_prime(), chunk.imm(6)))])


def c_move(chunk):
    name, funct4 = chunk.rng.choice((('c.mv', 8), ('c.add', 9)))
    put(chunk, name, [c(e.cr(funct4, chunk.rd_nonzero(), chunk.rs_nonzero()))])


def c_addi4spn(chunk):
    put(chunk, 'c.addi4spn',
        [c(e.c_addi4spn(chunk.rd_prime(), 4 * chunk.rng.randrange(1, 256)))])


def c_addi16sp(chunk):
    if chunk.base != 2:
        imm = chunk.rng.choice([i for i in (1, -1, 31, -32, 5, -9)])
        put(chunk, 'c.addi16sp', [c(e.c_addi16sp(16 * imm))])


def c_mem(chunk):
    name, (funct3, size, is_float, is_store) = pick(chunk.rng, e.C_MEM)
    uimm = size * chunk.rng.randrange(32)
    before, base = [], chunk.base
    if base not in PRIMES or chunk.rng.random() < 0.5:
        base = chunk.rd_prime()
        before = [chunk.pointer(base, 0, 32 * size, size)]
    if is_float:
        reg = chunk.freg_prime()
    else:
        reg = chunk.rs_prime() if is_store else chunk.rd_prime()
    put(chunk, name, before + [c(e.c_mem(funct3, size, reg, base, uimm))])


def c_mem_sp(chunk):
    name, (funct3, size, is_float, is_store) = pick(chunk.rng, e.C_MEM_SP)
    uimm = size * chunk.rng.randrange(64)
    before = [] if chunk.base == 2 else [chunk.pointer(2, 0, 64 * size, size)]
    if is_float:
        reg = chunk.freg()
    else:
        reg = chunk.rs() if is_store else chunk.rd_nonzero()
    encoder = e.c_store_sp if is_store else e.c_load_sp
    put(chunk, name, before + [c(encoder(funct3, size, reg, uimm))])


def c_conditional(chunk):
    name, funct3 = chunk.rng.choice((('c.beqz', 6), ('c.bnez', 7)))
    make = half(e.c_branch, funct3, chunk.rs_prime())
    chunk.items.append(Item([name], 2, make, chunk.skip()))


def c_jump(chunk):
    chunk.items.append(Item(['c.j'], 2, half(e.c_j), chunk.skip()))


def c_jump_register(chunk):
    name, funct4 = chunk.rng.choice((('c.jr', 8), ('c.jalr', 9)))
    if name == 'c.jalr' and chunk.base == 1:
        return
    reg = chunk.rd_nonzero()

    def make(disp):
        return (e.auipc(reg, 0).to_bytes(4, 'little') +
                e.addi(reg, reg, disp).to_bytes(4, 'little') +
                e.cr(funct4, reg, 0).to_bytes(2, 'little'))

    chunk.items.append(Item([name], 10, make, chunk.skip()))


# ---- groups: (weight, function, does it count for the group) ----

INTEGER = [(8, op), (6, op_imm), (4, op_shift), (2, upper), (5, load), (5, store),
           (3, conditional), (1, jump), (1, jump_register), (1, fence), (1, loop)]


def floating(letter):
    forms = [(10, fp_arith), (2, fp_sqrt), (6, fp_fused), (4, fp_move), (3, fp_compare),
             (1, fp_class), (3, fp_to_int), (3, fp_from_int), (1, fp_bits), (2, fp_load),
             (2, fp_store), (2, fp_csr)]
    if letter == 'd':
        forms.append((3, fp_convert))
    return [(weight, lambda chunk, form=form: form(chunk, letter)) for weight, form in forms]


GROUPS = {
    'I': INTEGER,
    'M': [(1, muldiv)],
    'A': [(3, amo), (1, reserved)],
    'F': floating('s'),
    'D': floating('d'),
    'C': [(4, c_alu), (4, c_imm), (1, c_nop), (2, c_lui), (3, c_shift), (1, c_andi), (3, c_move),
          (2, c_addi4spn), (1, c_addi16sp), (6, c_mem), (6, c_mem_sp), (2, c_conditional),
          (1, c_jump), (1, c_jump_register)],
}


def _ordered(names):
    return [f'{name}.{size}{order_suffix(order)}'
            for name in names for size in 'wd' for order in range(4)]


def _floating_forms(letter):
    names = [*e.FP_ARITH, *e.FP_FUSED, *e.FP_MOVE, *e.FP_COMPARE, 'fsqrt', 'fclass']
    out = [f'{name}.{letter}' for name in names]
    for name in e.FP_INTS:
        out += [f'fcvt.{name}.{letter}', f'fcvt.{letter}.{name}']
    size = SIZE[letter]
    out += [f'fmv.x.{size}', f'fmv.{size}.x', f'fl{size}', f'fs{size}']
    return out + [f'{name} {csr}' for csr in ('fflags', 'frm', 'fcsr')
                  for name in ('csrrw', 'csrrs', 'csrrc', 'csrrwi', 'csrrsi', 'csrrci')]


FORMS = {
    'I': [*e.OP_I, *e.OP_IMM, *e.OP_SHIFT, *e.LOADS, *e.STORES, *e.BRANCHES, 'lui', 'auipc', 'jal',
          'jalr', 'fence', 'fence.i'],
    'M': [*e.OP_M],
    'A': _ordered([*e.AMOS, 'lr', 'sc']),
    'F': _floating_forms('s'),
    'D': _floating_forms('d') + ['fcvt.s.d', 'fcvt.d.s'],
    'C': [*e.C_ALU, *e.C_MEM, *e.C_MEM_SP, 'c.addi', 'c.addiw', 'c.li', 'c.nop', 'c.lui', 'c.slli',
          'c.srli', 'c.srai', 'c.andi', 'c.mv', 'c.add', 'c.addi4spn', 'c.addi16sp', 'c.beqz',
          'c.bnez', 'c.j', 'c.jr', 'c.jalr'],
}
