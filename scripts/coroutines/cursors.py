# What libclang's cursors and types say.
#
# SPDX-License-Identifier: GPL-2.0-or-later
from typing import Iterator, List, Optional

from clang.cindex import Cursor, CursorKind, Type, TypeKind  # type: ignore[import]

from .containers import RECORDS

MARKS = ('coroutine_fn', 'no_coroutine_fn')

FUNCTION_TYPES = (TypeKind.FUNCTIONPROTO, TypeKind.FUNCTIONNOPROTO)
ARRAY_TYPES = (TypeKind.CONSTANTARRAY, TypeKind.INCOMPLETEARRAY, TypeKind.VARIABLEARRAY)

# libclang does not say which function __attribute__((cleanup)) names, but annotations it does.
_CLEANUP = 'cleanup:'
CLEANUP_ARGS = [f'-D{name}(f)=annotate("{_CLEANUP}" #f)' for name in ('cleanup', '__cleanup__')]


def marks_of(decl: Cursor) -> List[str]:
    return sorted({child.spelling for child in decl.get_children()
                   if child.kind == CursorKind.ANNOTATE_ATTR and child.spelling in MARKS})


def own_marks(decl: Cursor) -> List[str]:
    """Those that a function has where @decl is; it has those of earlier declarations as well."""
    start, end = decl.extent.start, decl.location
    return sorted({child.spelling for child in decl.get_children()
                   if child.kind == CursorKind.ANNOTATE_ATTR and child.spelling in MARKS and
                   child.location.file.name == end.file.name and
                   start.line <= child.location.line <= end.line})


def innermost(kind: Type) -> Type:
    """What @kind points to over any number of pointers and arrays."""
    kind = kind.get_canonical()
    while True:
        if kind.kind in ARRAY_TYPES:
            kind = kind.element_type.get_canonical()
        elif kind.kind == TypeKind.POINTER:
            kind = kind.get_pointee().get_canonical()
        else:
            return kind


def container(kind: Type) -> Optional[str]:
    """The record's name when @kind is a container or points to one."""
    return _container(innermost(kind))


def _container(kind: Type) -> Optional[str]:
    if kind.kind != TypeKind.RECORD:
        return None
    name = str(kind.get_declaration().spelling)
    return name if name in RECORDS else None


def is_function_pointer(kind: Type) -> bool:
    """A function, or what points to one."""
    return bool(innermost(kind).kind in FUNCTION_TYPES)


def is_followed(kind: Type) -> bool:
    """What the checker follows: pointers to functions, and to containers that call some."""
    kind = innermost(kind)
    return kind.kind in FUNCTION_TYPES or _container(kind) is not None


def cleanup_of(decl: Cursor) -> Optional[str]:
    """The function that runs at the end of the scope of a variable; see CLEANUP_ARGS."""
    for child in decl.get_children():
        if child.kind == CursorKind.ANNOTATE_ATTR and child.spelling.startswith(_CLEANUP):
            return str(child.spelling[len(_CLEANUP):])
    return None


def without_casts(expr: Cursor) -> Cursor:
    """@expr before it is converted."""
    while expr.kind in (CursorKind.UNEXPOSED_EXPR, CursorKind.PAREN_EXPR,
                        CursorKind.CSTYLE_CAST_EXPR):
        children = list(expr.get_children())
        if not children or expr.kind == CursorKind.UNEXPOSED_EXPR and len(children) > 1:
            break
        expr = children[-1]
    return expr


def points_to_pointer(kind: Type) -> bool:
    kind = kind.get_canonical()
    return bool(kind.kind == TypeKind.POINTER and
                kind.get_pointee().get_canonical().kind == TypeKind.POINTER)


def may_be_stored_to(kind: Type) -> bool:
    """Whether an argument of type @kind says where to store a function pointer."""
    return (is_followed(kind) and points_to_pointer(kind) and
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
