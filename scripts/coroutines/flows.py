# Where function pointers are copied from and to in a translation unit.
#
# SPDX-License-Identifier: GPL-2.0-or-later
from typing import List, Optional, Tuple

from clang.cindex import Cursor, CursorKind, Type, TypeKind  # type: ignore[import]

from .containers import any_of
from .cursors import (ARRAY_TYPES, container, is_followed, is_function_pointer, is_null,
                      points_to_pointer, without_casts)
from .places import UNTYPED, Places
from .summary import UNKNOWN, Flow, Lost

# Through these the value of either of the last two parts, or of the last, comes.
_CHOICES = {CursorKind.CONDITIONAL_OPERATOR: 2, CursorKind.PAREN_EXPR: 1,
            CursorKind.CSTYLE_CAST_EXPR: 1}


class Flows(Places):
    """Follows values through initializers and assignments."""

    def __init__(self, source_root: str, build_dir: str) -> None:
        super().__init__(source_root, build_dir)
        # What is stored in local variables that are a void *.
        self._stored: List[Tuple[str, Cursor]] = []

    def _called_values(self, expr: Cursor) -> List[str]:
        """_values() of a function pointer; what is unknown of it is said to be so."""
        found = self._known_and_unknown(expr)
        record = container(expr.type)
        if record is not None:
            return [any_of(record) if value.startswith(f'f:{UNKNOWN}') else value
                    for value in found]
        return found

    def _known_and_unknown(self, expr: Cursor) -> List[str]:
        parts = list(expr.get_children())
        if expr.kind in _CHOICES and not is_null(expr):
            parts = parts[-_CHOICES[expr.kind]:]
            return [value for part in parts for value in self._called_values(part)]
        if expr.kind == CursorKind.UNEXPOSED_EXPR and len(parts) == 1:
            return self._called_values(parts[0])
        found = [value for value in self._values(expr) if value not in self._untyped]
        if found or is_null(expr):
            return found
        return [self._unknown(expr)]

    def _unknown(self, expr: Cursor) -> str:
        file, line = self._where(expr)
        return f'f:{UNKNOWN}{file}:{line}'

    def _carries(self, expr: Cursor) -> bool:
        """Whether @expr is a function pointer, or something untyped that has held one."""
        if is_followed(expr.type):
            return True
        return expr.type.get_canonical().spelling in UNTYPED and any(
            value[0] in 'fpvgm' and value not in self._untyped for value in self._values(expr))

    def _flow(self, target: str, expr: Cursor) -> None:
        file, line = self._where(expr)
        both_ways = points_to_pointer(expr.type)
        if target.startswith('v:'):
            self._untyped.discard(target)
        for source in self._called_values(expr):
            if source != target:
                self._out.flows.append(Flow(target, source, file, line))
                if both_ways and not source.startswith('f:'):
                    self._out.flows.append(Flow(source, target, file, line))

    def _store_untyped(self, target: str, expr: Cursor) -> None:
        """@expr, no function pointer, is stored in @target, which may hold one as well."""
        if target.startswith('v:') and not is_null(expr):
            self._stored.append((target, expr))

    def _flow_untyped(self) -> None:
        """When the unit is read: what else is in a void * that holds a function."""
        for target, expr in self._stored:
            if target not in self._untyped:
                self._flow(target, expr)

    def _escape(self, expr: Cursor) -> None:
        """Where a function pointer is may be stored to through what @expr is converted to."""
        inner = without_casts(expr)
        if is_followed(expr.type) or not is_function_pointer(inner.type) or \
                not points_to_pointer(inner.type):
            return
        if expr.type.get_canonical().get_pointee().is_const_qualified():
            return
        for place in self._values(inner):
            self._out.flows.append(Flow(place, self._unknown(expr), *self._where(expr)))

    # ---- initializers ----

    def _initializer(self, expr: Cursor, kind: Type, target: Optional[str]) -> None:
        """@expr initializes @target, of type @kind."""
        canonical = kind.get_canonical()
        if expr.kind != CursorKind.INIT_LIST_EXPR:
            self._initialize(expr, canonical, target)
        elif canonical.kind == TypeKind.RECORD:
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

    def _initialize(self, expr: Cursor, canonical: Type, target: Optional[str]) -> None:
        if target is None:
            return
        if is_followed(canonical) or self._carries(expr):
            self._flow(target, expr)
        elif canonical.spelling in UNTYPED:
            self._store_untyped(target, expr)
            self._escape(expr)

    def _member_initializer(self, expr: Cursor, fields: List[Cursor], index: int) -> None:
        parts = list(expr.get_children())
        named = [part for part in parts if part.kind == CursorKind.MEMBER_REF]
        if named:
            field = named[-1].referenced
            self._initializer(parts[-1], field.type, self._member(field))
        elif index < len(fields):
            self._initializer(expr, fields[index].type, self._member(fields[index]))

    # ---- assignments ----

    def _assigned(self, cursor: Cursor) -> None:
        left, right = cursor.get_children()
        if is_followed(cursor.type):
            # An addition has an integer there.
            if is_followed(left.type) and is_followed(right.type):
                self._assign(left, right)
        elif cursor.type.get_canonical().spelling in UNTYPED:
            for target in self._values(left):
                if self._carries(right):
                    self._flow(target, right)
                else:
                    self._store_untyped(target, right)
            self._escape(right)

    def _assign(self, left: Cursor, right: Cursor) -> None:
        targets = self._values(left)
        for target in targets:
            self._flow(target, right)
        known = [target for target in targets if target not in self._untyped]
        if not known and is_function_pointer(right.type) and not is_null(right):
            file, line = self._where(left)
            self._out.lost.append(Lost(self._function, file, line))
