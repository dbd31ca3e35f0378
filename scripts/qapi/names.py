# Names of the schema language: which are valid, and what they become in C.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import re

from .error import QAPISemError
from .source import QAPISourceInfo

# Words that cannot be identifiers in C11, C++ or their GNU dialects, and names that system
# headers or compilers define as macros.
_C_WORDS = frozenset('''
    auto break case char const continue default do double else enum extern float for goto if int
    long register return short signed sizeof static struct switch typedef union unsigned void
    volatile while inline restrict _Alignas _Alignof _Atomic _Bool _Complex _Generic _Imaginary
    _Noreturn _Static_assert _Thread_local asm typeof
    bool catch class const_cast delete dynamic_cast explicit false friend mutable namespace new
    operator private protected public reinterpret_cast static_cast template this throw true try
    typeid typename using virtual wchar_t and and_eq bitand bitor compl not not_eq or or_eq xor
    xor_eq
    alignas alignof constexpr decltype noexcept nullptr static_assert thread_local
    errno mips sparc unix linux i386
'''.split())
_UNSAFE = str.maketrans('.-', '__')
_HUMP = re.compile(r'(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])')


def c_name(name: str, protect: bool = True) -> str:
    """@name as a C identifier; with @protect also one that is no reserved word."""
    name = name.translate(_UNSAFE)
    if protect and (name in _C_WORDS or name[:1].isdigit()):
        return 'q_' + name
    return name


def camel_to_upper(name: str) -> str:
    """RunState -> RUN_STATE, VNCInfo2 -> VNC_INFO2."""
    return re.sub('_+', '_', _HUMP.sub('_', c_name(name, False)).upper()).strip('_')


def c_enum_const(type_name: str, member: str, prefix: str = '') -> str:
    return f'{prefix or camel_to_upper(type_name)}_{c_name(member, False).upper()}'


# [__RFQDN_][x-]stem; only a downstream prefix may hold dots and upper case as it likes.
_PREFIX = r'(?P<rfqdn>__[a-zA-Z0-9.-]+_)?(?P<x>[xX][_-])?'
_NAME = re.compile(_PREFIX + r'(?P<stem>[a-zA-Z][a-zA-Z0-9_-]*)')
_ENUM_NAME = re.compile(_PREFIX + r'(?P<stem>[a-zA-Z0-9][a-zA-Z0-9_-]*)')
_CAMEL = re.compile(r'[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*')
_UPPER = re.compile(r'[A-Z][A-Z0-9_]*')
_FORM = ('a name is letters, digits, - and _, begins with a letter, and may be prefixed by x- '
         'or __RFQDN_')


def check_name_str(name: str, info: QAPISourceInfo, source: str, digits: bool = False) -> str:
    """Refuse what is no name; return the name's stem (without prefixes)."""
    match = (_ENUM_NAME if digits else _NAME).fullmatch(name)
    if match is None:
        raise QAPISemError(info, f"{source} has an invalid name '{name}': {_FORM}")
    if c_name(name, False).startswith('q_'):
        raise QAPISemError(info, f"{source} has an invalid name '{name}': names beginning with "
                                 "'q_' are reserved")
    return match['stem']


def check_name_upper(name: str, info: QAPISourceInfo, source: str) -> None:
    stem = check_name_str(name, info, source)
    if not _UPPER.fullmatch(stem):
        raise QAPISemError(info, f"name of {source} must be in upper case with underscores, "
                                 f"like DEVICE_DELETED")


def check_name_lower(name: str, info: QAPISourceInfo, source: str, permit_upper: bool = False,
                     permit_underscore: bool = False, digits: bool = False) -> None:
    stem = check_name_str(name, info, source, digits)
    if not permit_upper and re.search(r'[A-Z]', stem):
        raise QAPISemError(info, f"name of {source} must not use uppercase: use lower-case "
                                 "words joined by '-'")
    if not permit_underscore and '_' in stem:
        raise QAPISemError(info, f"name of {source} must not use '_': use lower-case words "
                                 "joined by '-'")


def check_name_camel(name: str, info: QAPISourceInfo, source: str) -> None:
    stem = check_name_str(name, info, source)
    if not _CAMEL.fullmatch(stem):
        raise QAPISemError(info, f"name of {source} must use CamelCase")


def check_defn_name(name: str, info: QAPISourceInfo, meta: str) -> None:
    source = f"{meta} '{name}'"
    if meta == 'event':
        check_name_upper(name, info, source)
        return
    if meta == 'command':
        lax = name in info.pragma.command_name_exceptions
        check_name_lower(name, info, source, permit_upper=lax, permit_underscore=lax)
        return
    check_name_camel(name, info, source)
    if name.endswith('List'):
        raise QAPISemError(info, f"name of {source} should not end in 'List': that is the name "
                                 "of an array type")
