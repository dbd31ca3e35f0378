# Where something stands in a schema: file, line, chain of includes, enclosing definition.
#
# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import copy
from typing import List, Optional, Set


class Pragmas:
    """What the `pragma` directives of one schema switched on; shared by all its files."""

    def __init__(self) -> None:
        self.doc_required = False
        self.command_name_exceptions: Set[str] = set()
        self.command_returns_exceptions: Set[str] = set()
        self.documentation_exceptions: Set[str] = set()
        self.member_name_exceptions: Set[str] = set()


class QAPISourceInfo:
    """A line of a schema file. Treated as immutable: at() and inside() return new ones."""

    __slots__ = ('fname', 'line', 'parent', 'pragma', 'defn_meta', 'defn_name')

    def __init__(self, fname: str, line: int = 1, parent: Optional[QAPISourceInfo] = None,
                 pragma: Optional[Pragmas] = None) -> None:
        self.fname = fname
        self.line = line
        self.parent = parent
        self.pragma = pragma or Pragmas()
        self.defn_meta: Optional[str] = None
        self.defn_name: Optional[str] = None

    def at(self, line: int) -> QAPISourceInfo:
        if line == self.line:
            return self
        info = copy.copy(self)
        info.line = line
        return info

    def inside(self, meta: str, name: str) -> QAPISourceInfo:
        info = copy.copy(self)
        info.defn_meta = meta
        info.defn_name = name
        return info

    def loc(self) -> str:
        return f'{self.fname}:{self.line}'

    def in_defn(self) -> str:
        if self.defn_name is None:
            return ''
        return f"{self.fname}: In {self.defn_meta} '{self.defn_name}':\n"

    def include_path(self) -> str:
        text: List[str] = []
        parent = self.parent
        while parent is not None:
            text.append(f'In file included from {parent.loc()}:\n')
            parent = parent.parent
        return ''.join(reversed(text))

    def __str__(self) -> str:
        return self.include_path() + self.in_defn() + self.loc()
