# Read one translation unit with libclang and sum it up.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import os
from typing import List, Sequence

from clang.cindex import (Cursor, CursorKind, Diagnostic, Index,  # type: ignore[import]
                          TranslationUnit)

from .cursors import enumerators, is_function_pointer, marks_of, may_be_stored_to
from .flows import Flows
from .summary import Call, Summary

# The compiler's atomic built-ins, by how many parts they have: which of these are stored in what
# the first one points to, and in which its old value is stored. Three: store, load or exchange.
_ATOMIC_OPERANDS = {3: ((2,), (2,)), 4: ((2,), (3,)), 5: ((4,), (2,)), 6: ((4,), (2,))}


class ExtractError(Exception):
    """The translation unit cannot be read."""


class Extractor(Flows):
    """Walks one translation unit."""

    def read(self, file: str, args: Sequence[str], directory: str) -> Summary:
        """Parse @file and sum it up; paths in @args are relative to @directory."""
        self._directory = directory
        here = os.getcwd()
        os.chdir(directory)
        try:
            unit = Index.create().parse(file, list(args), options=TranslationUnit.PARSE_NONE)
        finally:
            os.chdir(here)
        for diagnostic in unit.diagnostics:
            if diagnostic.severity >= Diagnostic.Error:
                raise ExtractError(f'{diagnostic.location.file}:{diagnostic.location.line}: '
                                   f'{diagnostic.spelling}')
        for cursor in unit.cursor.get_children():
            if self._file_of(cursor) is not None:
                self._top(cursor)
        self._out.functions = list(self._seen.values())
        self._out.marks = {place: marks for place, marks in self._out.marks.items() if marks}
        names = [file] + [include.include.name for include in unit.get_includes()]
        self._out.files = {os.path.realpath(os.path.join(directory, name)): '' for name in names
                           if self._path(name) is not None}
        return self._out

    # ---- walking ----

    def _top(self, cursor: Cursor) -> None:
        if cursor.kind == CursorKind.FUNCTION_DECL:
            key = self._function_key(cursor)
            function = self._seen[key]
            function.marks = sorted(set(function.marks + marks_of(cursor)))
            if cursor.is_definition():
                function.defined = True
                function.file, function.line = self._where(cursor)
                self._body(key, cursor)
        elif cursor.kind == CursorKind.VAR_DECL:
            self._function = ''
            self._params = {}
            self._walk(cursor)

    def _body(self, key: str, cursor: Cursor) -> None:
        self._function = key
        arguments = list(cursor.get_arguments())
        self._params = {arg.spelling: index for index, arg in enumerate(arguments)}
        for arg in arguments:
            if is_function_pointer(arg.type):
                self._variable(arg)
        for child in cursor.get_children():
            if child.kind == CursorKind.COMPOUND_STMT:
                self._walk(child)
        self._function = ''
        self._params = {}

    def _walk(self, cursor: Cursor) -> None:
        # Innermost first: what a statement expression declares is used by what is around it.
        for child in cursor.get_children():
            self._walk(child)
        kind = cursor.kind
        if kind == CursorKind.CALL_EXPR:
            self._call(cursor)
        elif kind == CursorKind.VAR_DECL:
            self._declared(cursor)
        elif kind == CursorKind.COMPOUND_LITERAL_EXPR:
            for child in cursor.get_children():
                if child.kind == CursorKind.INIT_LIST_EXPR:
                    self._initializer(child, cursor.type, None)
        elif kind == CursorKind.BINARY_OPERATOR:
            self._assigned(cursor)
        elif kind == CursorKind.RETURN_STMT:
            for child in cursor.get_children():
                if is_function_pointer(child.type):
                    self._flow('r:f:' + self._function, child)
        elif kind == CursorKind.UNEXPOSED_EXPR:
            self._atomic(cursor)

    def _declared(self, cursor: Cursor) -> None:
        children = list(cursor.get_children())
        if children and children[-1].kind.is_expression():
            self._initializer(children[-1], cursor.type, self._variable(cursor))
        # What g_autoptr() runs at the end of the scope; the attribute itself is not visible.
        spelling = cursor.type.spelling
        if spelling.endswith('_autoptr'):
            name = 'glib_autoptr_cleanup_' + spelling[:-len('_autoptr')]
            self._out.calls.append(Call(self._function, *self._where(cursor), ['c:' + name]))

    def _assigned(self, cursor: Cursor) -> None:
        if not is_function_pointer(cursor.type):
            return
        left, right = cursor.get_children()
        for target in self._values(left):
            self._flow(target, right)

    def _call(self, cursor: Cursor) -> None:
        children = list(cursor.get_children())
        if not children:
            return
        call = Call(self._function, *self._where(cursor), self._called_values(children[0]))
        if _ends_process(call, children):
            return
        for index, arg in enumerate(children[1:]):
            values = self._values(arg)
            if any(value.startswith('f:') for value in values):
                call.args[str(index)] = values
            elif is_function_pointer(arg.type):
                call.args[str(index)] = self._called_values(arg)
            if str(index) in call.args and may_be_stored_to(arg.type):
                call.stored.append(str(index))
        if call.args:
            call.flags = sorted({flag for arg in children[1:] for flag in enumerators(arg)})
        if call.callees:
            self._out.calls.append(call)

    def _atomic(self, cursor: Cursor) -> None:
        """
        The compiler's atomic built-ins are an unexposed kind of expression: what is pointed to,
        the memory order, and the other operands, if there are any.
        """
        parts = list(cursor.get_children())
        if len(parts) not in _ATOMIC_OPERANDS or not self._carries(parts[0]):
            return
        stored, loaded = _ATOMIC_OPERANDS[len(parts)]
        for target, source in [(parts[0], parts[index]) for index in stored] + \
                              [(parts[index], parts[0]) for index in loaded]:
            for place in self._values(target):
                if not place.startswith('f:'):
                    self._flow(place, source)


def _ends_process(call: Call, children: List[Cursor]) -> bool:
    """Whether it is what g_error() makes: nothing waits for it any more."""
    return call.callees == ['f:g_log'] and len(children) > 2 and \
        'G_LOG_LEVEL_ERROR' in enumerators(children[2])
