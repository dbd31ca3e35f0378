"""An assembler for the small guests of the tests.

SPDX-License-Identifier: GPL-2.0-or-later
"""

from typing import List

ZERO, T0, T1, T2, A0, A1 = 0, 5, 6, 7, 10, 11  # registers
LBU, LHU, LW, SB, SH, SW = 4, 5, 2, 0, 1, 2  # funct3 of loads and stores
BEQ, BNE = 0, 1  # and of branches


class Assembler:
    """As much of RV64I as the guest needs."""

    def __init__(self) -> None:
        self.words: List[int] = []

    def here(self) -> int:
        """Return the address of the next instruction."""
        return 4 * len(self.words)

    def addi(self, rd: int, rs: int, value: int) -> None:
        """rd = rs + value."""
        self.words.append((value & 0xfff) << 20 | rs << 15 | rd << 7 | 0x13)

    def load(self, width: int, rd: int, offset: int, base: int) -> None:
        """Load with the width of funct3."""
        self.words.append((offset & 0xfff) << 20 | base << 15 | width << 12 | rd << 7 | 0x03)

    def store(self, width: int, rs: int, offset: int, base: int) -> None:
        """Store with the width of funct3."""
        self.words.append((offset >> 5 & 0x7f) << 25 | rs << 20 | base << 15 | width << 12
                          | (offset & 0x1f) << 7 | 0x23)

    def branch(self, kind: int, rs1: int, rs2: int, target: int) -> None:
        """Branch with the condition of funct3."""
        imm = target - self.here()
        self.words.append((imm >> 12 & 1) << 31 | (imm >> 5 & 0x3f) << 25 | rs2 << 20 | rs1 << 15
                          | kind << 12 | (imm >> 1 & 0xf) << 8 | (imm >> 11 & 1) << 7 | 0x63)
