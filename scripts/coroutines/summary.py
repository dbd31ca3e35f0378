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
from dataclasses import asdict, dataclass, field
from typing import Any, Dict, List

# The key of a function that is not known begins so; the place in the source follows.
UNKNOWN = '?'


@dataclass
class Function:
    """A function with a body, or one that is only declared."""

    key: str
    name: str
    file: str
    line: int
    defined: bool
    marks: List[str] = field(default_factory=list)


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


@dataclass
class Flow:
    """A function pointer is copied from one place to another."""

    target: str
    source: str
    file: str
    line: int


@dataclass
class Summary:
    """One translation unit."""

    functions: List[Function] = field(default_factory=list)
    calls: List[Call] = field(default_factory=list)
    flows: List[Flow] = field(default_factory=list)
    # Marks of function pointers: PLACE -> marks.
    marks: Dict[str, List[str]] = field(default_factory=dict)
    # Every file of ours that was read: path -> hash of its content.
    files: Dict[str, str] = field(default_factory=dict)

    def to_json(self) -> Dict[str, Any]:
        """As plain dictionaries."""
        return asdict(self)

    @staticmethod
    def from_json(value: Dict[str, Any]) -> 'Summary':
        """Back from to_json()."""
        return Summary([Function(**item) for item in value['functions']],
                       [Call(**item) for item in value['calls']],
                       [Flow(**item) for item in value['flows']],
                       value['marks'], value['files'])
