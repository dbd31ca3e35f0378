# What the checker knows about one translation unit; kept as JSON between runs.
#
# Places and functions are strings, so that summaries merge by name:
#   f:KEY          a function; KEY is its name, with @FILE when it is static
#   p:KEY:INDEX    a parameter of function KEY
#   v:KEY:NAME     a local variable of function KEY
#   g:NAME         a global variable (with @FILE when it is static)
#   m:TYPE.MEMBER  a member of a structure, in every object of that type
#   r:PLACE        what calling PLACE returns
#
# SPDX-License-Identifier: GPL-2.0-or-later
from dataclasses import dataclass, field, fields
from typing import Any, Dict, List, Optional

# The key of a function that is not known begins so; the place in the source follows.
UNKNOWN = '?'
# The key of what is called through a place where nothing is ever stored begins so; the place
# follows.
UNSET = '!'


@dataclass
class Function:
    """A function with a body, or one that is only declared."""

    key: str
    name: str
    file: str
    line: int
    defined: bool
    marks: List[str] = field(default_factory=list)
    # Those of the declaration and of the definition, as far as there is one.
    declared_marks: Optional[List[str]] = None
    defined_marks: Optional[List[str]] = None
    # In which states of the big lock it returns; empty: it leaves it alone.
    lock: str = ''


@dataclass
class Call:
    """One call: who calls, where, what, and the functions among the arguments."""

    caller: str
    file: str
    line: int
    callees: List[str]
    args: Dict[str, List[str]] = field(default_factory=dict)
    # Those of the arguments that say where a function pointer is, which may be stored to.
    stored: List[str] = field(default_factory=list)
    # Enumerators in the arguments of a call that hands over functions: table flags.
    flags: List[str] = field(default_factory=list)
    # Those of the arguments that are containers.
    containers: List[str] = field(default_factory=list)
    # It may call nothing: the functions of a container.
    optional: bool = False
    # In which states of the big lock it is made, see locks.py; empty: the function leaves it alone.
    lock: str = ''


@dataclass
class Flow:
    """A function pointer is copied from one place to another."""

    target: str
    source: str
    file: str
    line: int


@dataclass
class Lost:
    """A function pointer is stored where it cannot be followed."""

    function: str
    file: str
    line: int


def _defaults(kind: Any) -> Dict[str, Any]:
    return {each.name: each.default_factory() if callable(each.default_factory) else each.default
            for each in fields(kind)}


_DEFAULTS = {kind: _defaults(kind) for kind in (Function, Call, Flow, Lost)}


def _without_defaults(item: Any) -> Dict[str, Any]:
    """Most have nothing but defaults, and reading takes its time."""
    defaults = _DEFAULTS[type(item)]
    return {name: value for name, value in vars(item).items() if value != defaults[name]}


@dataclass
class Summary:
    """One translation unit."""

    functions: List[Function] = field(default_factory=list)
    calls: List[Call] = field(default_factory=list)
    flows: List[Flow] = field(default_factory=list)
    lost: List[Lost] = field(default_factory=list)
    # Other libraries' members and variables.
    foreign: List[str] = field(default_factory=list)
    # Marks of function pointers: PLACE -> marks.
    marks: Dict[str, List[str]] = field(default_factory=dict)
    # Every file of ours that was read: path -> hash of its content.
    files: Dict[str, str] = field(default_factory=dict)

    def to_json(self) -> Dict[str, Any]:
        """As plain dictionaries."""
        return {name: [_without_defaults(item) for item in value]
                if name in ('functions', 'calls', 'flows', 'lost') else value
                for name, value in vars(self).items()}

    @staticmethod
    def from_json(value: Dict[str, Any]) -> 'Summary':
        """Back from to_json()."""
        return Summary([Function(**item) for item in value['functions']],
                       [Call(**item) for item in value['calls']],
                       [Flow(**item) for item in value['flows']],
                       [Lost(**item) for item in value['lost']], value['foreign'],
                       value['marks'], value['files'])
