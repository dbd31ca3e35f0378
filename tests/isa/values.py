"""
Operands that hurt: integers at the borders of their types, floating-point numbers near the borders
of their formats and near each other, singles boxed well and badly.

SPDX-License-Identifier: GPL-2.0-or-later
"""

MASK64 = (1 << 64) - 1
BOX = 0xffffffff << 32

INTEGERS = [0, 1, 2, 3, 7, -1, -2, -3, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0x7fffffff, 0x80000000,
            0xffffffff, 0x100000000, -0x80000000, -0x80000001, 1 << 62, 1 << 63, (1 << 63) - 1,
            -0x7fffffff, 0xffffffff00000000, 31, 32, 63, 64]

# Singles and doubles, without sign.
SINGLES = [0x00000000, 0x00000001, 0x007fffff, 0x00800000, 0x00800001, 0x3f7fffff, 0x3f800000,
           0x3f800001, 0x3f000000, 0x3fc00000, 0x40200000, 0x4b000001, 0x4effffff, 0x4f000000,
           0x4f7fffff, 0x4f800000, 0x5effffff, 0x5f000000, 0x5f7fffff, 0x7f7fffff, 0x7f800000,
           0x7f800001, 0x7fbfffff, 0x7fc00000, 0x7fffffff]
DOUBLES = [0x0000000000000000, 0x0000000000000001, 0x000fffffffffffff, 0x0010000000000000,
           0x0010000000000001, 0x3fefffffffffffff, 0x3ff0000000000000, 0x3ff0000000000001,
           0x3fe0000000000000, 0x3ff8000000000000, 0x4004000000000000, 0x36a0000000000000,
           0x380fffffffffffff, 0x3810000000000000, 0x47efffffe0000000, 0x47effffff0000000,
           0x41dfffffffc00000, 0x41dfffffffe00000, 0x41e0000000000000, 0x41efffffffe00000,
           0x41f0000000000000, 0x43dfffffffffffff, 0x43e0000000000000, 0x43efffffffffffff,
           0x7fefffffffffffff, 0x7ff0000000000000, 0x7ff0000000000001, 0x7ff7ffffffffffff,
           0x7ff8000000000000, 0x7fffffffffffffff]


def integer(rng):
    kind = rng.random()
    if kind < 0.3:
        return rng.choice(INTEGERS) & MASK64
    value = rng.getrandbits(64)
    if kind < 0.6:
        value >>= rng.randrange(64)
    if kind < 0.4:
        value = -value
    return value & MASK64


def _fraction(rng, bits):
    kind = rng.random()
    if kind < 0.2:
        return rng.choice((0, 1, (1 << bits) - 1, 1 << (bits - 1)))
    value = rng.getrandbits(bits)
    return value & value << rng.randrange(bits) if kind < 0.4 else value


def _number(rng, frac_bits, exp_bits, middle):
    """Mostly with an exponent near @middle."""
    top = (1 << exp_bits) - 1
    kind = rng.random()
    if kind < 0.7:
        exp = middle + rng.choice((0, 0, 1, -1, 2, -2, rng.randrange(-frac_bits, frac_bits)))
    elif kind < 0.85:
        exp = (top >> 1) + rng.randrange(-2, 66)
    else:
        exp = rng.choice((0, 1, top - 1, rng.randrange(top)))
    exp = min(max(exp, 0), top - 1)
    return (rng.getrandbits(1) << exp_bits | exp) << frac_bits | _fraction(rng, frac_bits)


def _middle(rng, exp_bits):
    """Where numbers gather: around 1, and where products of two leave the format."""
    top = (1 << exp_bits) - 1
    return rng.choice((top >> 1, top >> 1, top >> 2, top * 3 >> 2, 4, top - 3))


def single(rng, middle):
    if rng.random() < 0.25:
        bits = rng.choice(SINGLES) | rng.getrandbits(1) << 31
    else:
        bits = _number(rng, 23, 8, middle)
    if rng.random() < 0.04:
        return bits | rng.getrandbits(32) << 32  # not boxed
    return BOX | bits


def double(rng, middle):
    if rng.random() < 0.25:
        return rng.choice(DOUBLES) | rng.getrandbits(1) << 63
    return _number(rng, 52, 11, middle)


def floats(rng, count):
    """For a chunk's f registers: singles and doubles, in a mixture drawn for the chunk."""
    share = rng.choice((0.1, 0.5, 0.9))
    near_single, near_double = _middle(rng, 8), _middle(rng, 11)
    return [single(rng, near_single) if rng.random() < share else double(rng, near_double)
            for _ in range(count)]
