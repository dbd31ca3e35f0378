# What libclang's cursors and types say.
#
# SPDX-License-Identifier: GPL-2.0-or-later
from typing import Iterator, List

from clang.cindex import Cursor, CursorKind, Type, TypeKind  # type: ignore[import]

MARKS = ('coroutine_fn', 'no_coroutine_fn')

FUNCTION_TYPES = (TypeKind.FUNCTIONPROTO, TypeKind.FUNCTIONNOPROTO)
ARRAY_TYPES = (TypeKind.CONSTANTARRAY, TypeKind.INCOMPLETEARRAY, TypeKind.VARIABLEARRAY)


def marks_of(decl: Cursor) -> List[str]:
    return sorted({child.spelling for child in decl.get_children()
                   if child.kind == CursorKind.ANNOTATE_ATTR and child.spelling in MARKS})


def is_function_pointer(kind: Type) -> bool:
    """A function, or what points to one over any number of pointers and arrays."""
    kind = kind.get_canonical()
    while True:
        if kind.kind in ARRAY_TYPES:
            kind = kind.element_type.get_canonical()
        elif kind.kind == TypeKind.POINTER:
            kind = kind.get_pointee().get_canonical()
        else:
            return bool(kind.kind in FUNCTION_TYPES)


def points_to_pointer(kind: Type) -> bool:
    kind = kind.get_canonical()
    return bool(kind.kind == TypeKind.POINTER and
                kind.get_pointee().get_canonical().kind == TypeKind.POINTER)


def may_be_stored_to(kind: Type) -> bool:
    """Whether an argument of type @kind says where to store a function pointer."""
    return (is_function_pointer(kind) and points_to_pointer(kind) and
            not kind.get_canonical().get_pointee().is_const_qualified())


def is_null(expr: Cursor) -> bool:
    if expr.kind in (CursorKind.INTEGER_LITERAL, CursorKind.GNU_NULL_EXPR):
        return True
    children = list(expr.get_children())
    return len(children) == 1 and is_null(children[0]) or \
        expr.kind == CursorKind.CSTYLE_CAST_EXPR and bool(children) and is_null(children[-1])


def type_marks(kind: Type) -> List[str]:
    """The marks that the typedefs of a function pointer's type carry."""
    found: List[str] = []
    while True:
        if kind.kind == TypeKind.POINTER:
            kind = kind.get_pointee()
        elif kind.kind in ARRAY_TYPES:
            kind = kind.element_type
        elif kind.kind == TypeKind.ELABORATED:
            kind = kind.get_named_type()
        elif kind.kind == TypeKind.TYPEDEF:
            decl = kind.get_declaration()
            found += marks_of(decl)
            kind = decl.underlying_typedef_type
        else:
            return found


def enumerators(expr: Cursor) -> Iterator[str]:
    if expr.kind == CursorKind.DECL_REF_EXPR and expr.referenced is not None and \
            expr.referenced.kind == CursorKind.ENUM_CONSTANT_DECL:
        yield expr.spelling
    for child in expr.get_children():
        yield from enumerators(child)
