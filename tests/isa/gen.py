#!/usr/bin/python3
"""
Make a static Linux program of random RISC-V instructions, without a libc or a compiler.

The program runs chunk after chunk (chunk.py), writes the memory in which they left everything to
its standard output, and exits. It lies at fixed addresses, so that whatever depends on the pc is
the same wherever it runs.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import argparse
import bisect
import collections
import random
import struct

import corners
import encode as e
import forms
from chunk import Chunk, WINDOW_SIZE

CODE = 0x10000000
DATA = 0x20000000
LEAD = 1024  # before the first window, so that page borders lie in what chunks load and store
HEADER = 4096  # of the file; the code follows
ITEMS = 60  # in a chunk
SYS_WRITE, SYS_EXIT = 64, 93


class Program:
    def __init__(self):
        self.code = bytearray()
        self.data = bytearray(LEAD)
        self.starts = []  # of each chunk, then of the end
        self.counts = collections.Counter()  # by form
        self.certain = 0  # instructions of the group that run in any case

    def add(self, chunk, group_forms):
        pc = CODE + len(self.code)
        self.starts.append(pc)
        code, names, certain = chunk.code(pc, DATA + len(self.data))
        self.code += code
        self.data += chunk.window()
        self.counts.update(names)
        self.certain += sum(name in group_forms for name in certain)

    def finish(self):
        """write(1, DATA, size), exit(0)"""
        self.starts.append(CODE + len(self.code))
        words = e.load_immediate(10, 1) + e.load_immediate(11, DATA)
        words += e.load_immediate(12, len(self.data)) + e.load_immediate(17, SYS_WRITE)
        words += [e.ECALL] + e.load_immediate(10, 0) + e.load_immediate(17, SYS_EXIT) + [e.ECALL]
        if len(self.code) % 4:
            self.code += e.ci(0, 1, 0, 0).to_bytes(2, 'little')
        self.code += struct.pack(f'<{len(words)}I', *words)

    def elf(self):
        """Two segments: the code, and the windows."""
        data_at = HEADER + (len(self.code) + 4095 & ~4095)
        header = struct.pack('<4s5B7xHHIQQQIHHHHHH', b'\x7fELF', 2, 1, 1, 0, 0, 2, 243, 1, CODE,
                             64, 0, 5, 64, 56, 2, 0, 0, 0)
        load = struct.Struct('<IIQQQQQQ')
        header += load.pack(1, 5, HEADER, CODE, CODE, len(self.code), len(self.code), 4096)
        header += load.pack(1, 6, data_at, DATA, DATA, len(self.data), len(self.data), 4096)
        image = bytearray(data_at)
        image[:len(header)] = header
        image[HEADER:HEADER + len(self.code)] = self.code
        return bytes(image + self.data)

    def chunk_of(self, pc):
        return bisect.bisect_right(self.starts, pc) - 1


def random_chunk(rng, group):
    """Three quarters of the group's own instructions, the rest moves values about."""
    chunk = Chunk(rng)
    own, other = forms.GROUPS[group], forms.INTEGER
    weights = [weight for weight, _ in own], [weight for weight, _ in other]
    while len(chunk.items) < ITEMS:
        table, w = (own, weights[0]) if rng.random() < 0.75 else (other, weights[1])
        rng.choices(table, w)[0][1](chunk)
    return chunk


def generate(group, seed, count):
    """A program with at least @count instructions of @group that run."""
    rng = random.Random(f'{group} {seed}')
    program = Program()
    names = frozenset(forms.FORMS[group])
    for chunk in corners.chunks(rng, group):
        program.add(chunk, names)
    while program.certain < count:
        program.add(random_chunk(rng, group), names)
    program.finish()
    missing = [name for name in forms.FORMS[group] if not program.counts[name]]
    if missing:
        raise ValueError(f'group {group}, seed {seed}: no {", ".join(missing)}')
    return program


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument('group', choices=forms.GROUPS)
    parser.add_argument('output', help='the ELF file to write')
    parser.add_argument('--seed', default='1')
    parser.add_argument('--count', type=int, default=100000)
    args = parser.parse_args()
    program = generate(args.group, args.seed, args.count)
    with open(args.output, 'wb') as out:
        out.write(program.elf())
    print(f'{len(program.starts) - 1} chunks of {WINDOW_SIZE} bytes, {program.certain} '
          f'instructions of group {args.group} that run')


if __name__ == '__main__':
    main()
