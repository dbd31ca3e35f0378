# Raw values of the schema language, each knowing its line.
#
# SPDX-License-Identifier: GPL-2.0-or-later
from typing import Dict, List


class Obj(Dict[str, object]):
    """An object; lines has the line of each key."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: Dict[str, int] = {}

    def line_of(self, key: str) -> int:
        return self.lines.get(key, self.line)


class Seq(List[object]):
    """An array; lines has the line of each element."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: List[int] = []
