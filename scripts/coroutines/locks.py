# Where in a function that takes or gives up the big lock it is held.
#
# States are letters: e, as when the function was called; h, held; f, given up. Conditions are not
# looked at: a lock taken or given up in an `if` without `else` counts as taken or given up.
#
# SPDX-License-Identifier: GPL-2.0-or-later
from collections import defaultdict
from typing import Dict, FrozenSet, List, Optional, Set

from clang.cindex import Cursor, CursorKind  # type: ignore[import]

from .cursors import cleanup_of

# What they leave behind.
OPERATIONS = {'bql_lock': 'h', 'bql_guard_enter': 'h', 'bql_unlock': 'f', 'bql_guard_leave': 'f'}

State = FrozenSet[str]
_NOWHERE: State = frozenset()
_LOOPS = (CursorKind.WHILE_STMT, CursorKind.DO_STMT, CursorKind.FOR_STMT)
_LEAVES = (CursorKind.RETURN_STMT, CursorKind.BREAK_STMT, CursorKind.CONTINUE_STMT,
           CursorKind.GOTO_STMT)


def _operation(cursor: Cursor) -> Optional[str]:
    if cursor.kind == CursorKind.CALL_EXPR:
        return OPERATIONS.get(cursor.spelling)
    return None


class LockStates:
    """The states in which each call of one function is made."""

    def __init__(self) -> None:
        self.calls: Dict[int, Set[str]] = defaultdict(set)
        self.at_return: Set[str] = set()
        self._breaks: List[Set[str]] = []
        self._jumps: Set[str] = set()

    def run(self, body: Cursor) -> None:
        """Fill in what @body does; twice, for what jumps back."""
        for _ in range(2):
            self.at_return = set(self._walk(body, frozenset('e'))) | self.at_return

    def _walk(self, cursor: Cursor, state: State) -> State:
        kind = cursor.kind
        if kind == CursorKind.IF_STMT:
            return self._if(cursor, state)
        if kind in _LOOPS:
            return self._loop(cursor, state)
        if kind == CursorKind.SWITCH_STMT:
            return self._switch(cursor, state)
        if kind in (CursorKind.CASE_STMT, CursorKind.DEFAULT_STMT, CursorKind.LABEL_STMT):
            state = state | frozenset(self._jumps)
        return self._parts(cursor, state)

    def _parts(self, cursor: Cursor, state: State) -> State:
        guarded = False
        for child in cursor.get_children():
            state = self._walk(child, state)
            guarded |= child.kind == CursorKind.DECL_STMT and any(
                OPERATIONS.get(cleanup_of(decl) or '') == 'f' for decl in child.get_children())
        if guarded and state:
            return frozenset('f')
        if cursor.kind == CursorKind.VAR_DECL and cleanup_of(cursor):
            self.calls[cursor.hash] |= state
        if cursor.kind == CursorKind.CALL_EXPR and state:
            self.calls[cursor.hash] |= state
            operation = _operation(cursor)
            return frozenset(operation) if operation else state
        return self._left(cursor.kind, state)

    def _left(self, kind: CursorKind, state: State) -> State:
        if kind not in _LEAVES:
            return state
        if kind == CursorKind.RETURN_STMT:
            self.at_return |= state
        elif kind == CursorKind.GOTO_STMT:
            self._jumps |= state
        elif self._breaks:
            self._breaks[-1] |= state
        return _NOWHERE

    def _if(self, cursor: Cursor, state: State) -> State:
        condition, then, *otherwise = cursor.get_children()
        state = self._walk(condition, state)
        taken = self._walk(then, state)
        if otherwise:
            return taken | self._walk(otherwise[0], state)
        locks = any(_operation(part) for part in then.walk_preorder())
        return taken if locks and taken else taken | state

    def _loop(self, cursor: Cursor, state: State) -> State:
        self._breaks.append(set())
        for _ in range(2):
            state = state | self._parts(cursor, state) | frozenset(self._breaks[-1])
        self._breaks.pop()
        return state

    def _switch(self, cursor: Cursor, state: State) -> State:
        outer, self._jumps = self._jumps, set(self._jumps | state)
        self._breaks.append(set())
        after = self._parts(cursor, state)
        self._jumps = outer
        return after | state | frozenset(self._breaks.pop())
