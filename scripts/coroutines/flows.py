# Where function pointers are copied from and to in a translation unit.
#
# SPDX-License-Identifier: GPL-2.0-or-later
from typing import List, Optional

from clang.cindex import Cursor, CursorKind, Type, TypeKind  # type: ignore[import]

from .cursors import ARRAY_TYPES, is_function_pointer, is_null, points_to_pointer
from .places import UNTYPED, Places
from .summary import UNKNOWN, Flow


class Flows(Places):
    """Follows values through initializers and assignments."""

    def _called_values(self, expr: Cursor) -> List[str]:
        """_values() of a function pointer; an unknown one is said to be so."""
        found = [value for value in self._values(expr) if value not in self._untyped]
        if found or is_null(expr):
            return found
        file, line = self._where(expr)
        return [f'f:{UNKNOWN}{file}:{line}']

    def _carries(self, expr: Cursor) -> bool:
        """Whether @expr is a function pointer, or something untyped that has held one."""
        if is_function_pointer(expr.type):
            return True
        return expr.type.get_canonical().spelling in UNTYPED and any(
            value[0] in 'fpvgm' and value not in self._untyped for value in self._values(expr))

    def _flow(self, target: str, expr: Cursor) -> None:
        file, line = self._where(expr)
        both_ways = points_to_pointer(expr.type)
        self._untyped.discard(target)
        for source in self._called_values(expr):
            if source != target:
                self._out.flows.append(Flow(target, source, file, line))
                if both_ways and not source.startswith('f:'):
                    self._out.flows.append(Flow(source, target, file, line))

    def _initializer(self, expr: Cursor, kind: Type, target: Optional[str]) -> None:
        """@expr initializes @target, of type @kind."""
        canonical = kind.get_canonical()
        if expr.kind != CursorKind.INIT_LIST_EXPR:
            if target is not None and (is_function_pointer(canonical) or self._carries(expr)):
                self._flow(target, expr)
            return
        if canonical.kind == TypeKind.RECORD:
            fields = list(canonical.get_fields())
            for index, child in enumerate(expr.get_children()):
                self._member_initializer(child, fields, index)
        elif canonical.kind in ARRAY_TYPES:
            for child in expr.get_children():
                parts = list(child.get_children())
                if child.kind == CursorKind.UNEXPOSED_EXPR and len(parts) > 1:
                    child = parts[-1]
                self._initializer(child, canonical.element_type, target)
        else:
            for child in expr.get_children():
                self._initializer(child, kind, target)

    def _member_initializer(self, expr: Cursor, fields: List[Cursor], index: int) -> None:
        parts = list(expr.get_children())
        named = [part for part in parts if part.kind == CursorKind.MEMBER_REF]
        if named:
            field = named[-1].referenced
            self._initializer(parts[-1], field.type, self._member(field))
        elif index < len(fields):
            self._initializer(expr, fields[index].type, self._member(fields[index]))
