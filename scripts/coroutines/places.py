# Names for what a translation unit is made of, and for what an expression's value may be.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import os
from typing import Dict, List, Optional, Set, Tuple

from clang.cindex import Cursor, CursorKind, TypeKind  # type: ignore[import]

from .containers import SAME, any_for, frees, is_any, made_with
from .cursors import ARRAY_TYPES, is_followed, is_function_pointer, marks_of, type_marks
from .summary import UNKNOWN, Flow, Function, Summary

# Expressions that have the value of their last child.
_TRANSPARENT = (CursorKind.PAREN_EXPR, CursorKind.CSTYLE_CAST_EXPR, CursorKind.UNARY_OPERATOR,
                CursorKind.StmtExpr, CursorKind.COMPOUND_STMT, CursorKind.BINARY_OPERATOR)

_RECORDS = (CursorKind.STRUCT_DECL, CursorKind.UNION_DECL)
# What a function pointer is cast to on its way.
UNTYPED = ('void *', 'void **', 'const void *')
# Calls with the value of what their argument points to.
_LOADS = ('g_steal_pointer', 'realloc', 'g_realloc', 'g_realloc_n', *SAME)
# Calls whose result holds no function yet.
_ALLOCATES = ('malloc', 'calloc', 'g_malloc', 'g_malloc0', 'g_malloc_n', 'g_malloc0_n',
              'g_try_malloc', 'g_try_malloc0', 'g_try_malloc_n', 'g_try_malloc0_n')


def plain(place: str) -> str:
    """The name of the function that @place is."""
    return place[2:].partition('@')[0] if place.startswith('f:') else ''


def _record_name(record: Cursor) -> str:
    """The name of a structure or union, or the one that a typedef gives it."""
    name = str(record.spelling)
    if not name or '(' in name:
        name = str(record.type.spelling)
    return '' if '(' in name else name


def _is_pointer(expr: Cursor) -> bool:
    return expr.type.get_canonical().kind in (TypeKind.POINTER, *ARRAY_TYPES)


class Places:
    """What functions, variables and members are called, and what an expression stands for."""

    def __init__(self, source_root: str, build_dir: str) -> None:
        self._roots = (source_root + os.sep, build_dir + os.sep)
        self._paths: Dict[str, Optional[str]] = {}
        self._directory = ''
        self._function = ''
        self._params: Dict[str, int] = {}
        self._seen: Dict[str, Function] = {}
        self._keys: Dict[str, str] = {}
        self._named: Set[str] = set()
        # Places that are no function pointers, such as a void * that may hold one.
        self._untyped: Set[str] = set()
        self._out = Summary()

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
                                       marks_of(cursor))
            self._keys[cursor.spelling] = key
        return key

    def _key_of(self, name: str) -> str:
        """The key of a function that was declared before; one of another library's otherwise."""
        key = self._keys.get(name, name)
        self._seen.setdefault(key, Function(key, name, '?', 0, False))
        self._named.add(key)
        return key

    def _member(self, field: Cursor) -> str:
        parent = field.semantic_parent
        name = _record_name(parent)
        # A member of something without a name belongs to what that is in.
        while not name and parent.semantic_parent.kind in _RECORDS:
            parent = parent.semantic_parent
            name = _record_name(parent)
        name = name or field.semantic_parent.get_usr()
        place = f'm:{name}.{field.spelling}'
        if place not in self._out.marks and field.semantic_parent.kind == CursorKind.UNION_DECL:
            self._in_union(place, field)
        self._note_marks(place, field)
        return place

    def _in_union(self, place: str, field: Cursor) -> None:
        """What is stored in another member of a union is in this one as well."""
        if not is_function_pointer(field.type):
            return
        file, line = self._where(field)
        for other in field.semantic_parent.type.get_fields():
            if is_function_pointer(other.type):
                source = place.rpartition('.')[0] + '.' + other.spelling
            else:
                source = f'f:{UNKNOWN}{file}:{line}'
            if source != place:
                self._out.flows.append(Flow(place, source, file, line))

    def _note_marks(self, place: str, decl: Cursor) -> None:
        if place not in self._out.marks:
            if not is_followed(decl.type):
                self._untyped.add(place)
            elif self._file_of(decl) is None:
                self._out.foreign.append(place)
            self._out.marks[place] = sorted(set(marks_of(decl) + type_marks(decl.type)))

    def _variable(self, cursor: Cursor) -> str:
        if cursor.kind == CursorKind.PARM_DECL:
            if cursor.spelling in self._params:
                place = f'p:{self._function}:{self._params[cursor.spelling]}'
            else:
                place = self._local(cursor)
        elif self._function and cursor.semantic_parent.kind == CursorKind.FUNCTION_DECL:
            place = self._local(cursor)
        else:
            place = 'g:' + self._global_name(cursor)
        self._note_marks(place, cursor)
        return place

    def _local(self, cursor: Cursor) -> str:
        # Macros have variables of the same name in several blocks.
        return f'v:{self._function}:{cursor.location.line}:{cursor.spelling}'

    # ---- values ----

    def _values(self, expr: Cursor) -> List[str]:
        """The places whose content, or the functions whose address, @expr may be."""
        kind = expr.kind
        if kind == CursorKind.DECL_REF_EXPR:
            decl = expr.referenced
            if decl is None:
                return []
            if decl.kind == CursorKind.FUNCTION_DECL:
                return self._function_values(decl)
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
        if kind == CursorKind.BINARY_OPERATOR and _is_pointer(children[0]) and \
                not _is_pointer(children[-1]):
            return self._values(children[0])
        if kind in _TRANSPARENT:
            return self._values(children[-1])
        if kind == CursorKind.ARRAY_SUBSCRIPT_EXPR:
            return self._values(children[0])
        if kind == CursorKind.CONDITIONAL_OPERATOR:
            return [value for child in children[-2:] for value in self._values(child)]
        if kind == CursorKind.CALL_EXPR:
            return self._result(expr, children)
        return []

    def _function_values(self, decl: Cursor) -> List[str]:
        name = str(decl.spelling)
        anything = any_for(name) if frees(name) else None
        key = self._function_key(decl)
        self._named.add(key)
        return ['f:' + key] + ([anything] if anything else [])

    def _result(self, expr: Cursor, children: List[Cursor]) -> List[str]:
        """What the call @expr returns; @children: the callee and the arguments."""
        callees = self._values(children[0])
        name = plain(callees[0]) if callees else ''
        if len(children) > 1 and name in _LOADS:
            return self._values(children[1])
        if made_with(name):
            return [value for index in made_with(name)
                    for value in self._values(children[index + 1])]
        results = ['r:' + value for value in callees if not is_any(value)]
        if not is_followed(expr.type) and name not in _ALLOCATES:
            # A void *: what the called function returns is not followed.
            self._untyped.update(results)
        return results
