# Read one translation unit with libclang and sum it up.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import os
from typing import Dict, Iterator, List, Optional, Sequence, Set, Tuple

from clang.cindex import (Cursor, CursorKind, Diagnostic, Index,  # type: ignore[import]
                          TranslationUnit, Type, TypeKind)

from .summary import UNKNOWN, Call, Flow, Function, Summary

MARKS = ('coroutine_fn', 'no_coroutine_fn')

_FUNCTION_TYPES = (TypeKind.FUNCTIONPROTO, TypeKind.FUNCTIONNOPROTO)
_ARRAY_TYPES = (TypeKind.CONSTANTARRAY, TypeKind.INCOMPLETEARRAY, TypeKind.VARIABLEARRAY)
# Expressions that have the value of their last child.
_TRANSPARENT = (CursorKind.PAREN_EXPR, CursorKind.CSTYLE_CAST_EXPR, CursorKind.UNARY_OPERATOR,
                CursorKind.StmtExpr, CursorKind.COMPOUND_STMT, CursorKind.BINARY_OPERATOR)


# What a function pointer is cast to on its way.
_UNTYPED = ('void *', 'void **', 'const void *')
# Calls with the value of what their argument points to.
_LOADS = ('g_steal_pointer',)
# Calls whose result holds no function yet.
_ALLOCATES = ('malloc', 'calloc', 'g_malloc', 'g_malloc0', 'g_malloc_n', 'g_malloc0_n',
              'g_try_malloc', 'g_try_malloc0', 'g_try_malloc_n', 'g_try_malloc0_n')
# The compiler's atomic built-ins, by how many parts they have: which of these are stored in what
# the first one points to, and in which its old value is stored. Three: store, load or exchange.
_ATOMIC_OPERANDS = {3: ((2,), (2,)), 4: ((2,), (3,)), 5: ((4,), (2,)), 6: ((4,), (2,))}


class ExtractError(Exception):
    """The translation unit cannot be read."""


def _marks_of(decl: Cursor) -> List[str]:
    return sorted({child.spelling for child in decl.get_children()
                   if child.kind == CursorKind.ANNOTATE_ATTR and child.spelling in MARKS})


def _is_function_pointer(kind: Type) -> bool:
    """A function, or what points to one over any number of pointers and arrays."""
    kind = kind.get_canonical()
    while True:
        if kind.kind in _ARRAY_TYPES:
            kind = kind.element_type.get_canonical()
        elif kind.kind == TypeKind.POINTER:
            kind = kind.get_pointee().get_canonical()
        else:
            return bool(kind.kind in _FUNCTION_TYPES)


def _points_to_pointer(kind: Type) -> bool:
    kind = kind.get_canonical()
    return bool(kind.kind == TypeKind.POINTER and
                kind.get_pointee().get_canonical().kind == TypeKind.POINTER)


def _may_be_stored_to(kind: Type) -> bool:
    """Whether an argument of type @kind says where to store a function pointer."""
    return (_is_function_pointer(kind) and _points_to_pointer(kind) and
            not kind.get_canonical().get_pointee().is_const_qualified())


def _is_null(expr: Cursor) -> bool:
    if expr.kind in (CursorKind.INTEGER_LITERAL, CursorKind.GNU_NULL_EXPR):
        return True
    children = list(expr.get_children())
    return len(children) == 1 and _is_null(children[0]) or \
        expr.kind == CursorKind.CSTYLE_CAST_EXPR and bool(children) and _is_null(children[-1])


def _type_marks(kind: Type) -> List[str]:
    """The marks that the typedefs of a function pointer's type carry."""
    found: List[str] = []
    while True:
        if kind.kind == TypeKind.POINTER:
            kind = kind.get_pointee()
        elif kind.kind in _ARRAY_TYPES:
            kind = kind.element_type
        elif kind.kind == TypeKind.ELABORATED:
            kind = kind.get_named_type()
        elif kind.kind == TypeKind.TYPEDEF:
            decl = kind.get_declaration()
            found += _marks_of(decl)
            kind = decl.underlying_typedef_type
        else:
            return found


class Extractor:
    """Walks one translation unit."""

    def __init__(self, source_root: str, build_dir: str) -> None:
        self._roots = (source_root + os.sep, build_dir + os.sep)
        self._paths: Dict[str, Optional[str]] = {}
        self._directory = ''
        self._function = ''
        self._params: Dict[str, int] = {}
        self._seen: Dict[str, Function] = {}
        # Places that are no function pointers, such as a void * that may hold one.
        self._untyped: Set[str] = set()
        self._out = Summary()

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

    # ---- names ----

    def _path(self, name: str) -> Optional[str]:
        """The name of a file of ours, without the part that differs between machines."""
        if name not in self._paths:
            full = os.path.realpath(os.path.join(self._directory, name))
            short = None
            for root in self._roots:
                if full.startswith(root):
                    short = full[len(root):]
                    break
            self._paths[name] = short
        return self._paths[name]

    def _file_of(self, cursor: Cursor) -> Optional[str]:
        file = cursor.location.file
        return None if file is None else self._path(file.name)

    def _where(self, cursor: Cursor) -> Tuple[str, int]:
        return self._file_of(cursor) or '?', cursor.location.line

    def _global_name(self, cursor: Cursor) -> str:
        # Linkage is not asked for: libclang computes it slowly. STATIC is all that matters.
        if cursor.storage_class.name == 'STATIC' or (
                cursor.kind == CursorKind.FUNCTION_DECL and cursor.canonical != cursor and
                cursor.canonical.storage_class.name == 'STATIC'):
            return f'{cursor.spelling}@{self._file_of(cursor) or ""}'
        return str(cursor.spelling)

    def _function_key(self, cursor: Cursor) -> str:
        key = self._global_name(cursor)
        if key not in self._seen:
            file, line = self._where(cursor)
            self._seen[key] = Function(key, cursor.spelling, file, line, False,
                                       _marks_of(cursor))
        return key

    def _member(self, field: Cursor) -> str:
        parent = field.semantic_parent
        name = parent.spelling
        if not name or '(' in name:
            name = parent.type.spelling
        if '(' in name:
            name = parent.get_usr()
        place = f'm:{name}.{field.spelling}'
        self._note_marks(place, field)
        return place

    def _note_marks(self, place: str, decl: Cursor) -> None:
        if place not in self._out.marks:
            if not _is_function_pointer(decl.type):
                self._untyped.add(place)
            self._out.marks[place] = sorted(set(_marks_of(decl) + _type_marks(decl.type)))

    def _variable(self, cursor: Cursor) -> str:
        if cursor.kind == CursorKind.PARM_DECL:
            if cursor.spelling in self._params:
                place = f'p:{self._function}:{self._params[cursor.spelling]}'
            else:
                place = f'v:{self._function}:{cursor.spelling}'
        elif self._function and cursor.semantic_parent.kind == CursorKind.FUNCTION_DECL:
            place = f'v:{self._function}:{cursor.spelling}'
        else:
            place = 'g:' + self._global_name(cursor)
        self._note_marks(place, cursor)
        return place

    # ---- values ----

    def _values(self, expr: Cursor) -> List[str]:
        """The places whose content, or the functions whose address, @expr may be."""
        kind = expr.kind
        if kind == CursorKind.DECL_REF_EXPR:
            decl = expr.referenced
            if decl is None:
                return []
            if decl.kind == CursorKind.FUNCTION_DECL:
                return ['f:' + self._function_key(decl)]
            if decl.kind in (CursorKind.VAR_DECL, CursorKind.PARM_DECL):
                return [self._variable(decl)]
            return []
        if kind == CursorKind.MEMBER_REF_EXPR:
            decl = expr.referenced
            return [self._member(decl)] if decl is not None else []
        children = list(expr.get_children())
        if not children:
            return []
        if kind == CursorKind.UNEXPOSED_EXPR:
            return [value for child in children for value in self._values(child)]
        if kind in _TRANSPARENT:
            return self._values(children[-1])
        if kind == CursorKind.ARRAY_SUBSCRIPT_EXPR:
            return self._values(children[0])
        if kind == CursorKind.CONDITIONAL_OPERATOR:
            return [value for child in children[-2:] for value in self._values(child)]
        if kind == CursorKind.CALL_EXPR:
            callees = self._values(children[0])
            if len(children) > 1 and callees and _plain(callees[0]) in _LOADS:
                return self._values(children[1])
            results = ['r:' + value for value in callees]
            if not (_is_function_pointer(expr.type) or
                    callees and _plain(callees[0]) in _ALLOCATES):
                # A void *: what the called function returns is not followed.
                self._untyped.update(results)
            return results
        return []

    def _called_values(self, expr: Cursor) -> List[str]:
        """_values() of a function pointer; an unknown one is said to be so."""
        found = [value for value in self._values(expr) if value not in self._untyped]
        if found or _is_null(expr):
            return found
        file, line = self._where(expr)
        return [f'f:{UNKNOWN}{file}:{line}']

    def _carries(self, expr: Cursor) -> bool:
        """Whether @expr is a function pointer, or something untyped that has held one."""
        if _is_function_pointer(expr.type):
            return True
        return expr.type.get_canonical().spelling in _UNTYPED and any(
            value[0] in 'fpvgm' and value not in self._untyped for value in self._values(expr))

    def _flow(self, target: str, expr: Cursor) -> None:
        file, line = self._where(expr)
        both_ways = _points_to_pointer(expr.type)
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
            if target is not None and (_is_function_pointer(canonical) or self._carries(expr)):
                self._flow(target, expr)
            return
        if canonical.kind == TypeKind.RECORD:
            fields = list(canonical.get_fields())
            for index, child in enumerate(expr.get_children()):
                self._member_initializer(child, fields, index)
        elif canonical.kind in _ARRAY_TYPES:
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

    # ---- walking ----

    def _top(self, cursor: Cursor) -> None:
        if cursor.kind == CursorKind.FUNCTION_DECL:
            key = self._function_key(cursor)
            function = self._seen[key]
            function.marks = sorted(set(function.marks + _marks_of(cursor)))
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
            if _is_function_pointer(arg.type):
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
                if _is_function_pointer(child.type):
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
        if not _is_function_pointer(cursor.type):
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
            elif _is_function_pointer(arg.type):
                call.args[str(index)] = self._called_values(arg)
            if str(index) in call.args and _may_be_stored_to(arg.type):
                call.stored.append(str(index))
        if call.args:
            call.flags = sorted({flag for arg in children[1:] for flag in _enumerators(arg)})
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


def _plain(place: str) -> str:
    """The name of the function that @place is."""
    return place[2:].partition('@')[0] if place.startswith('f:') else ''


def _ends_process(call: Call, children: List[Cursor]) -> bool:
    """Whether it is what g_error() makes: nothing waits for it any more."""
    return call.callees == ['f:g_log'] and len(children) > 2 and \
        'G_LOG_LEVEL_ERROR' in _enumerators(children[2])


def _enumerators(expr: Cursor) -> Iterator[str]:
    if expr.kind == CursorKind.DECL_REF_EXPR and expr.referenced is not None and \
            expr.referenced.kind == CursorKind.ENUM_CONSTANT_DECL:
        yield expr.spelling
    for child in expr.get_children():
        yield from _enumerators(child)
