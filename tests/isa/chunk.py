"""
Random code: one chunk is straight-line and forward-branching code between "load every register"
and "store every register", in a window of memory of its own.

One register, drawn for each chunk, points into the window and is never written. Everything else
that the code computes ends in the window: registers at the chunk's end, memory, and the flags of
single floating-point instructions in a log.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import struct

import encode as e
import values

# The window, relative to its base register: everything within reach of a 12-bit offset.
WINDOW_SIZE = 4096
BASE = 2048  # of the base register in the window
INIT = -2048  # x registers, f registers, fcsr
INIT_FCSR = INIT + 64 * 8
RESULT = -1472
RESULT_FCSR = RESULT + 64 * 8
LOG = -944  # one byte for each logged fflags
LOG_SIZE = 432
SCRATCH = -512  # loads and stores
SCRATCH_END = 2048
PRIMES = range(8, 16)
DYNAMIC = 7


class Item:
    """Code without an entry but its first instruction; with @skip, a jump over that many items."""
    __slots__ = ('names', 'size', 'make', 'skip')

    def __init__(self, names, size, make, skip=0):
        self.names, self.size, self.make, self.skip = names, size, make, skip


def straight(names, parcels):
    """From words, as (value, size) or plain 32-bit ones."""
    code = b''.join(struct.pack('<H', p[0]) if isinstance(p, tuple) else struct.pack('<I', p)
                    for p in parcels)
    return Item(names, len(code), lambda disp: code)


def c(value):
    return (value, 2)


class Chunk:
    """What generators draw registers, immediates and addresses from."""

    def __init__(self, rng, base=None):
        self.rng = rng
        self.base = base or rng.choice((2, 8, 9, 10, 12, 15, rng.randrange(1, 32)))
        self.protected = {self.base}
        self.log = LOG
        self.items = []
        self.x_init, self.f_init = {}, {}  # what is not to be random

    # ---- registers ----

    def rd(self):
        """A destination; x0 now and then."""
        while True:
            reg = self.rng.randrange(32)
            if reg not in self.protected:
                return reg

    def rd_nonzero(self):
        return self.rd() or self.rd_nonzero()

    def rd_prime(self):
        while True:
            reg = self.rng.choice(PRIMES)
            if reg not in self.protected:
                return reg

    def rs(self):
        return self.rng.randrange(32)

    def rs_nonzero(self):
        return self.rng.randrange(1, 32)

    def rs_prime(self):
        return self.rng.choice(PRIMES)

    freg = rs
    freg_prime = rs_prime

    # ---- immediates ----

    def imm(self, bits):
        """Signed."""
        half = 1 << (bits - 1)
        if self.rng.random() < 0.2:
            return self.rng.choice((0, 1, -1, half - 1, -half))
        return self.rng.randrange(-half, half)

    def skip(self):
        return self.rng.choice((1, 1, 2, 3, 4, 6))

    def rm(self):
        return self.rng.choice((0, 0, 0, 1, 2, 3, 4, DYNAMIC, DYNAMIC))

    # ---- addresses ----

    def offset(self, size, aligned=None):
        """Into scratch, leaving room for 64 bytes on either side."""
        offset = self.rng.randrange(SCRATCH + 64, SCRATCH_END - 64 - size)
        if aligned is None:
            aligned = self.rng.random() < 0.7
        return offset & -size if aligned else offset

    def pointer(self, reg, low, high, size, aligned=None):
        """reg = somewhere in scratch with [low, high) still in it."""
        offset = self.rng.randrange(SCRATCH - low, SCRATCH_END - high - 8)
        if aligned is None:
            aligned = self.rng.random() < 0.7
        if aligned:
            offset &= -size
        return e.addi(reg, self.base, offset)

    def address(self, size):
        """(instructions before, register, offset) for an access of that size."""
        if self.rng.random() < 0.5:
            return [], self.base, self.offset(size)
        reg = self.rd_nonzero()
        near = self.rng.randrange(-48, 48)
        offset = self.offset(size)
        return [e.addi(reg, self.base, offset - near)], reg, near

    def log_left(self):
        return LOG + LOG_SIZE - self.log

    def log_flags(self, reg=None):
        """Read and clear fflags, and keep them where nothing overwrites them."""
        if not self.log_left():
            return []
        reg = reg or self.rd_nonzero()
        self.log += 1
        return [e.csr(e.CSRRW, reg, e.FFLAGS, 0),
                e.s_type(*e.STORES['sb'][:2], self.base, reg, self.log - 1)]

    # ---- the whole ----

    def code(self, pc, window):
        """(bytes, names of all forms, names of those that run whatever the branches do)."""
        out = [self.prologue(pc, window)]
        offsets = []
        at = len(out[0])
        for item in self.items:
            offsets.append(at)
            at += item.size
        offsets.append(at)
        names, certain, shadow = [], [], 0
        for i, item in enumerate(self.items):
            target = min(i + 1 + item.skip, len(self.items))
            out.append(item.make(offsets[target] - offsets[i]))
            assert len(out[-1]) == item.size, item.names
            names += item.names
            certain += item.names if i >= shadow else []
            shadow = max(shadow, target)
        out.append(self.epilogue())
        return b''.join(out), names, certain

    def prologue(self, pc, window):
        other = 1 if self.base != 1 else 3
        words = e.load_immediate(self.base, window + BASE)
        words += [e.ld(other, self.base, INIT_FCSR), e.csr(e.CSRRW, 0, e.FCSR, other)]
        words += [e.fld(reg, self.base, INIT + (32 + reg) * 8) for reg in range(32)]
        words += [e.ld(reg, self.base, INIT + reg * 8) for reg in range(1, 32)
                  if reg != self.base]
        return struct.pack(f'<{len(words)}I', *words)

    def epilogue(self):
        other = 1 if self.base != 1 else 3
        words = [e.sd(reg, self.base, RESULT + reg * 8) for reg in range(32)]
        words += [e.fsd(reg, self.base, RESULT + (32 + reg) * 8) for reg in range(32)]
        words += [e.csr(e.CSRRS, other, e.FCSR, 0), e.sd(other, self.base, RESULT_FCSR)]
        return struct.pack(f'<{len(words)}I', *words)

    def window(self):
        """The window's contents before the chunk runs."""
        rng = self.rng
        init = [values.integer(rng) for _ in range(32)] + values.floats(rng, 32)
        for reg, value in self.x_init.items():
            init[reg] = value
        for reg, value in self.f_init.items():
            init[32 + reg] = value
        init.append(rng.randrange(5) << 5 | rng.randrange(32))
        data = bytearray(WINDOW_SIZE)
        struct.pack_into('<65Q', data, BASE + INIT, *init)
        scratch = BASE + SCRATCH
        data[scratch:] = rng.randbytes(WINDOW_SIZE - scratch)
        return data


def decode_window(data):
    """name -> value of what a chunk left in its window."""
    out = {}
    for reg in range(32):
        out[f'x{reg}'], = struct.unpack_from('<Q', data, BASE + RESULT + reg * 8)
        out[f'f{reg}'], = struct.unpack_from('<Q', data, BASE + RESULT + (32 + reg) * 8)
    out['fcsr'], = struct.unpack_from('<Q', data, BASE + RESULT_FCSR)
    for i in range(LOG_SIZE):
        out[f'fflags log {i}'] = data[BASE + LOG + i]
    for at in range(BASE + SCRATCH, WINDOW_SIZE, 8):
        out[f'memory base{at - BASE:+}'], = struct.unpack_from('<Q', data, at)
    return out
