# Conditions: the value of an 'if', and the #if made of it.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import re
from typing import Dict, List, Optional, Union

from .error import QAPISemError
from .nodes import Obj, Seq
from .source import QAPISourceInfo

# 'NAME', {'all': [...]}, {'any': [...]} or {'not': ...}; {} for none.
Condition = Union[str, Dict[str, object]]

_CPP_NAME = re.compile(r'[A-Za-z_][A-Za-z0-9_]*')


def _cgen(cond: object) -> str:
    if isinstance(cond, str):
        return f'defined({cond})'
    assert isinstance(cond, dict)
    (oper, operand), = cond.items()
    if oper == 'not':
        return '!' + _cgen(operand)
    joined = {'all': ' && ', 'any': ' || '}[oper].join(_cgen(part) for part in operand)
    return f'({joined})'


def _docgen(cond: object) -> str:
    if isinstance(cond, str):
        return cond
    assert isinstance(cond, dict)
    (oper, operand), = cond.items()
    if oper == 'not':
        return 'not ' + _docgen(operand)
    joined = {'all': ' and ', 'any': ' or '}[oper].join(_docgen(part) for part in operand)
    return f'({joined})' if len(operand) > 1 else joined


class QAPISchemaIfCond:
    """Immutable; compares by value."""

    def __init__(self, ifcond: Optional[Condition] = None) -> None:
        self.ifcond: Condition = ifcond if ifcond is not None else {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, QAPISchemaIfCond) and self.ifcond == other.ifcond

    def __hash__(self) -> int:
        return hash(self.cgen())

    def is_present(self) -> bool:
        return bool(self.ifcond)

    def cgen(self) -> str:
        """The C preprocessor expression, '' when there is no condition."""
        text = _cgen(self.ifcond) if self.ifcond else ''
        return text[1:-1] if text.startswith('(') else text

    def docgen(self) -> str:
        return _docgen(self.ifcond) if self.ifcond else ''

    def gen_if(self) -> str:
        return f'#if {self.cgen()}\n' if self.ifcond else ''

    def gen_endif(self) -> str:
        return f'#endif /* {self.cgen()} */\n' if self.ifcond else ''


def _check_tree(cond: object, info: QAPISourceInfo, source: str) -> None:
    if isinstance(cond, str):
        if not _CPP_NAME.fullmatch(cond):
            raise QAPISemError(info, f"'if' condition '{cond}' of {source} is not a valid "
                                     "identifier of the C preprocessor")
        return
    if not isinstance(cond, Obj):
        raise QAPISemError(info, f"'if' condition of {source} must be a string or an object "
                                 "with one of 'all', 'any', 'not'")
    for key in cond:
        if key not in ('all', 'any', 'not'):
            raise QAPISemError(info.at(cond.line_of(key)),
                               f"'if' condition of {source} has unknown key '{key}': valid keys "
                               "are 'all', 'any', 'not'")
    if len(cond) != 1:
        raise QAPISemError(info, f"'if' condition of {source} has {len(cond)} keys: it needs "
                                 "exactly one of 'all', 'any', 'not'")
    (oper, operand), = cond.items()
    if oper == 'not':
        _check_tree(operand, info, source)
        return
    if not isinstance(operand, Seq) or not operand:
        raise QAPISemError(info, f"'{oper}' in 'if' condition of {source} must be a non-empty "
                                 "array")
    for index, part in enumerate(operand):
        _check_tree(part, info.at(operand.lines[index]), source)


def _plain(cond: object) -> Condition:
    """The tree without line numbers, as programs that walk it expect."""
    if isinstance(cond, str):
        return cond
    assert isinstance(cond, Obj)
    result: Dict[str, object] = {}
    for oper, operand in cond.items():
        if isinstance(operand, Seq):
            parts: List[Condition] = [_plain(part) for part in operand]
            result[oper] = parts
        else:
            result[oper] = _plain(operand)
    return result


def make_ifcond(expr: Obj, info: QAPISourceInfo, source: str) -> QAPISchemaIfCond:
    """Check and convert the 'if' of @expr, if it has one."""
    if 'if' not in expr:
        return QAPISchemaIfCond()
    _check_tree(expr['if'], info.at(expr.line_of('if')), source)
    return QAPISchemaIfCond(_plain(expr['if']))
