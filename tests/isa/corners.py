"""
Directed code: every operation of a group on every pair of awkward operands, each result and the
flags of each floating-point operation stored by itself.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import itertools

import encode as e
import values
from chunk import Chunk, DYNAMIC, SCRATCH, SCRATCH_END, straight

SLOTS = (SCRATCH_END - SCRATCH) // 8
FIRST = 4  # registers from here hold operands
RESULT_REG = 31
FLAGS_REG = 3

INTEGERS = [0, 1, -1, 2, 3, -7, 0x7fffffff, -0x80000000, 0x80000000, 0xffffffff, 1 << 63,
            (1 << 63) - 1, 31, 32, 63, 64]
SINGLES = [0x00000000, 0x80000000, 0x00000001, 0x807fffff, 0x00800000, 0x3f800000, 0xbf800001,
           0x40400000, 0x7f7fffff, 0x7f800000, 0xff800000, 0x7f800001, 0x7fc00000, 0xffc12345]
DOUBLES = [0, 1 << 63, 1, 0x800fffffffffffff, 0x0010000000000000, 0x3ff0000000000000,
           0xbff0000000000001, 0x4008000000000000, 0x7fefffffffffffff, 0x7ff0000000000000,
           0xfff0000000000000, 0x7ff0000000000001, 0x7ff8000000000000, 0xfff8000000012345]
FUSED = [0, 1, 3, 5, 8, 9, 11, 12]  # of these
FMT = {'F': (0, [values.BOX | bits for bits in SINGLES] + [0x3f800000], values.SINGLES),
       'D': (1, DOUBLES, values.DOUBLES)}


class Corner(Chunk):
    """Operands in registers from FIRST on; steps use up slots of the scratch memory."""

    def __init__(self, rng, x=(), f=()):
        super().__init__(rng, base=2)
        self.x_init = {FIRST + i: value & values.MASK64 for i, value in enumerate(x)}
        self.f_init = {FIRST + i: value & values.MASK64 for i, value in enumerate(f)}
        self.slot = 0

    def full(self):
        return self.slot + 2 > SLOTS or not self.log_left()

    def next_slot(self):
        self.slot += 1
        return SCRATCH + 8 * (self.slot - 1)

    def integer(self, name, word):
        self.items.append(straight([name], [word, e.sd(RESULT_REG, self.base, self.next_slot())]))

    def floating(self, name, word, to_x=False, frm=0):
        keep = e.sd if to_x else e.fsd
        self.items.append(straight([name], [e.csr(e.CSRRWI, 0, e.FFLAGS, 0),
                                            e.csr(e.CSRRWI, 0, e.FRM, frm), word]
                                   + [keep(RESULT_REG, self.base, self.next_slot())]
                                   + self.log_flags(FLAGS_REG)))


def fill(rng, x, f, steps):
    """Chunks enough for all @steps; each is a function that appends to a chunk."""
    chunk = Corner(rng, x, f)
    for step in steps:
        if chunk.full():
            yield chunk
            chunk = Corner(rng, x, f)
        step(chunk)
    yield chunk


def binary(table):
    def steps():
        for (name, (opcode, funct3, funct7)), a, b in itertools.product(
                table.items(), range(len(INTEGERS)), range(len(INTEGERS))):
            word = e.r_type(opcode, funct3, funct7, RESULT_REG, FIRST + a, FIRST + b)
            yield lambda chunk, name=name, word=word: chunk.integer(name, word)
    return steps()


def atomics():
    def step(name, word, a):
        def run(chunk):
            slot = chunk.next_slot()
            chunk.items.append(straight([name], [
                e.sd(FIRST + a, chunk.base, slot), e.addi(30, chunk.base, slot), word,
                e.sd(RESULT_REG, chunk.base, chunk.next_slot())]))
        return run

    for (name, funct5), double, a, b in itertools.product(
            e.AMOS.items(), (0, 1), range(len(INTEGERS)), range(len(INTEGERS))):
        word = e.amo(funct5, double, 0, RESULT_REG, 30, FIRST + b)
        yield step(f'{name}.{"wd"[double]}', word, a)


def floating(group):
    """(name, word, is the result in an x register)"""
    fmt, operands, _ = FMT[group]
    letter = 'sd'[fmt]
    regs = range(FIRST, FIRST + len(operands))
    for a, b in itertools.product(regs, regs):
        for (name, funct7), rm in itertools.product(e.FP_ARITH.items(), range(5)):
            yield f'{name}.{letter}', e.fp(funct7, fmt, rm, RESULT_REG, a, b), False
        for name, (funct7, funct3) in e.FP_MOVE.items():
            yield f'{name}.{letter}', e.fp(funct7, fmt, funct3, RESULT_REG, a, b), False
        for name, funct3 in e.FP_COMPARE.items():
            yield f'{name}.{letter}', e.fp(0x50, fmt, funct3, RESULT_REG, a, b), True
    for a, rm in itertools.product(regs, range(5)):
        yield f'fsqrt.{letter}', e.fp(0x2c, fmt, rm, RESULT_REG, a, 0), False
    for a in regs:
        yield f'fclass.{letter}', e.fp(0x70, fmt, 1, RESULT_REG, a, 0), True
    for (name, opcode), a, b, d in itertools.product(e.FP_FUSED.items(), FUSED, FUSED, FUSED):
        word = e.r4_type(opcode, fmt, 0, RESULT_REG, FIRST + a, FIRST + b, FIRST + d)
        yield f'{name}.{letter}', word, False


def conversions(group, count):
    """As above, and frm: each rounding mode in the instruction, then through frm."""
    fmt = FMT[group][0]
    letter = 'sd'[fmt]
    floats = range(FIRST, FIRST + count)
    integers = range(FIRST, FIRST + len(INTEGERS))
    for mode, dynamic in itertools.product(range(5), (False, True)):
        rm, frm = (DYNAMIC, mode) if dynamic else (mode, 0)
        for reg, (name, code) in itertools.product(floats, e.FP_INTS.items()):
            yield f'fcvt.{name}.{letter}', e.fp(0x60, fmt, rm, RESULT_REG, reg, code), True, frm
        for reg, (name, code) in itertools.product(integers, e.FP_INTS.items()):
            yield f'fcvt.{letter}.{name}', e.fp(0x68, fmt, rm, RESULT_REG, reg, code), False, frm
        for reg in floats if fmt else ():
            yield 'fcvt.s.d', e.fp(0x20, 0, rm, RESULT_REG, reg, 1), False, frm


def as_steps(words):
    for args in words:
        yield lambda chunk, args=args: chunk.floating(*args)


def chunks(rng, group):
    if group == 'I':
        yield from fill(rng, INTEGERS, (), binary(e.OP_I))
    elif group == 'M':
        yield from fill(rng, INTEGERS, (), binary(e.OP_M))
    elif group == 'A':
        yield from fill(rng, INTEGERS, (), atomics())
    elif group in FMT:
        _, operands, numbers = FMT[group]
        yield from fill(rng, (), operands, as_steps(floating(group)))
        if group == 'F':
            numbers = [values.BOX | bits for bits in numbers]
        sign = 1 << (31 if group == 'F' else 63)
        signed = [number ^ flip for number in numbers for flip in (0, sign)]
        for i in range(0, len(signed), 24):
            part = signed[i:i + 24]
            yield from fill(rng, INTEGERS, part, as_steps(conversions(group, len(part))))
