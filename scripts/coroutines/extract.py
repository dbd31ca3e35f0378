# Read one translation unit with libclang and sum it up.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import os
from typing import List, Sequence, Tuple

from clang.cindex import (Cursor, CursorKind, Diagnostic, Index,  # type: ignore[import]
                          TranslationUnit)

from .containers import any_of, frees, is_any, made_with, set_with
from .cursors import (cleanup_of, container, enumerators, is_followed, is_function_pointer,
                      marks_of, may_be_stored_to, own_marks)
from .flows import Flows
from .locks import OPERATIONS, LockStates
from .places import UNTYPED, plain
from .summary import Call, Summary

# The compiler's atomic built-ins, by how many parts they have: which of these are stored in what
# the first one points to, and in which its old value is stored. Three: store, load or exchange.
_ATOMIC_OPERANDS = {3: ((2,), (2,)), 4: ((2,), (3,)), 5: ((4,), (2,)), 6: ((4,), (2,))}

# Calls that store no function where their argument points to.
_LEAVES_ALONE = ('free', 'g_free', 'memset', 'g_steal_pointer')


class ExtractError(Exception):
    """The translation unit cannot be read."""


class Extractor(Flows):
    """Walks one translation unit."""

    def __init__(self, source_root: str, build_dir: str) -> None:
        super().__init__(source_root, build_dir)
        # The calls of the function that is walked, with what identifies them.
        self._calls: List[Tuple[Call, int]] = []

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
        self._flow_untyped()
        # Headers declare many more.
        self._out.functions = [function for function in self._seen.values()
                               if function.defined or function.marks or
                               function.key in self._named]
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
                function.defined_marks = own_marks(cursor)
                function.defined = True
                function.file, function.line = self._where(cursor)
                self._body(key, cursor)
            else:
                function.declared_marks = sorted({*(function.declared_marks or []),
                                                  *own_marks(cursor)})
        elif cursor.kind == CursorKind.VAR_DECL:
            self._function = ''
            self._params = {}
            self._walk(cursor)

    def _body(self, key: str, cursor: Cursor) -> None:
        self._function = key
        arguments = list(cursor.get_arguments())
        self._params = {arg.spelling: index for index, arg in enumerate(arguments)}
        for arg in arguments:
            if is_followed(arg.type):
                self._variable(arg)
        for child in cursor.get_children():
            if child.kind == CursorKind.COMPOUND_STMT:
                self._walk(child)
                self._lock_states(key, child)
        self._function = ''
        self._params = {}

    def _lock_states(self, key: str, body: Cursor) -> None:
        """Say of each call of function @key whether the big lock is held; @body is walked."""
        calls, self._calls = self._calls, []
        if not any(plain(callee) in OPERATIONS for call, _ in calls for callee in call.callees):
            return
        states = LockStates()
        states.run(body)
        for call, identity in calls:
            call.lock = ''.join(sorted(states.calls.get(identity, 'f')))
        self._seen[key].lock = ''.join(sorted(states.at_return))

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
                if is_followed(child.type):
                    self._flow('r:f:' + self._function, child)
        elif kind == CursorKind.UNEXPOSED_EXPR:
            self._atomic(cursor)

    def _declared(self, cursor: Cursor) -> None:
        children = list(cursor.get_children())
        if children and children[-1].kind.is_expression():
            self._initializer(children[-1], cursor.type, self._variable(cursor))
        cleanup = cleanup_of(cursor)
        if cleanup is not None:
            self._add_call(cursor, ['f:' + self._key_of(cleanup)])
            if frees(cleanup):
                self._add_call(cursor, [self._variable(cursor)], optional=True)

    def _add_call(self, cursor: Cursor, callees: List[str], optional: bool = False) -> None:
        call = Call(self._function, *self._where(cursor), callees, optional=optional)
        self._append_call(cursor, call)

    def _append_call(self, cursor: Cursor, call: Call) -> None:
        self._out.calls.append(call)
        self._calls.append((call, cursor.hash))

    def _call(self, cursor: Cursor) -> None:
        children = list(cursor.get_children())
        if not children:
            return
        call = Call(self._function, *self._where(cursor), self._callees(children[0]))
        if _ends_process(call, children):
            return
        for index, arg in enumerate(children[1:]):
            self._argument(call, str(index), arg)
        if call.args:
            call.flags = sorted({flag for arg in children[1:] for flag in enumerators(arg)})
        if call.callees:
            self._append_call(cursor, call)
            self._container_call(cursor, plain(call.callees[0]), children[1:])

    def _callees(self, expr: Cursor) -> List[str]:
        """What is called; not what a function named there frees."""
        return [value for value in self._called_values(expr) if not is_any(value)]

    def _argument(self, call: Call, index: str, arg: Cursor) -> None:
        if is_followed(arg.type) or any(value[:2] == 'f:' for value in self._values(arg)):
            call.args[index] = self._called_values(arg)
            if may_be_stored_to(arg.type):
                call.stored.append(index)
            if not is_function_pointer(arg.type) and is_followed(arg.type):
                call.containers.append(index)
        elif arg.type.get_canonical().spelling in UNTYPED and \
                plain(call.callees[0]) not in _LEAVES_ALONE:
            self._escape(arg)

    def _container_call(self, cursor: Cursor, name: str, args: List[Cursor]) -> None:
        """What GLib's containers are given, and when they call it."""
        if frees(name):
            self._add_call(cursor, self._called_values(args[0]), optional=True)
        setter = set_with(name)
        for index in made_with(name) if setter is None else [setter]:
            record = container(args[0].type if setter is not None else cursor.type)
            places = [any_of(record)] if record else []
            if setter is not None:
                places += self._values(args[0])
            for place in places:
                self._flow(place, args[index])

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
