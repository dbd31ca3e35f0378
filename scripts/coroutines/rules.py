# The checker's data files: what blocks, who calls back, and the exceptions.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import fnmatch
import re
import tomllib
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Pattern, Set, Tuple

from .containers import GIVEN

SINK_CONTEXTS = ('loop', 'bql', 'coroutine', 'worker', 'thread', 'signal')
COROUTINE_CONTEXT = 'coroutine'
REGISTER_CONTEXTS = (COROUTINE_CONTEXT, 'plain')
WALK_CONTEXTS = ('coroutine', 'oob', 'loop', 'bql', 'signal')


# Lists of functions, by name or shell pattern.
_NAME_SETS = ('blocking', 'oob_forbidden', 'signal_safe', 'calls', 'stores')


class RulesError(Exception):
    """A data file is not as it should be."""


@dataclass
class NameSet:
    """Functions by name or shell pattern, with what is wrong with them."""

    entries: List[Tuple[str, Pattern[str]]] = field(default_factory=list)
    _known: Dict[str, Optional[str]] = field(default_factory=dict)

    def add(self, what: str, names: List[str]) -> None:
        """These functions do @what."""
        self.entries.append((what, re.compile('|'.join(fnmatch.translate(n) for n in names))))

    def what(self, name: str) -> Optional[str]:
        """What @name does; None when it is not in the set."""
        if name not in self._known:
            self._known[name] = next((what for what, pattern in self.entries
                                      if pattern.match(name)), None)
        return self._known[name]


@dataclass
class Sink:
    """A place whose functions are called back in a context of their own."""

    context: str
    function: str
    args: List[int]
    member: str


@dataclass
class Keep:
    """A place of another library that keeps functions, and what calls them then."""

    function: str
    args: List[int]
    member: str
    run_by: List[str]

    def keeps(self, place: str) -> bool:
        """Whether @place is that place."""
        if self.member:
            return place[:2] in ('m:', 'g:') and fnmatch.fnmatchcase(place[2:], self.member)
        return place in [f'p:{self.function}:{arg}' for arg in self.args]

    def is_run_by(self, name: str) -> bool:
        """Whether function @name calls what is kept."""
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in self.run_by)


@dataclass
class Register:
    """A function that fills a command table."""

    function: str
    arg: int
    context: str
    called_through: str
    oob: str = ''


@dataclass
class Caller:
    """A function that an exception may be for."""

    name: str
    file: str
    is_static: bool


@dataclass
class Allowed:
    """An exception, with its reason."""

    function: str
    file: str
    calls: List[str]
    contexts: List[str]
    reason: str
    used: bool = False

    def covers(self, caller: Caller, callee: str, context: str) -> bool:
        """Whether the call is excepted."""
        # Other files may have a static function of that name as well: it takes the file to tell.
        if self.file != caller.file and (self.file or caller.is_static):
            return False
        return (caller.name == self.function and context in self.contexts and
                (not self.calls or any(fnmatch.fnmatch(callee, name) for name in self.calls)))


@dataclass
class Rules:
    """Both files."""

    blocking: NameSet = field(default_factory=NameSet)
    oob_forbidden: NameSet = field(default_factory=NameSet)
    signal_safe: NameSet = field(default_factory=NameSet)
    calls: NameSet = field(default_factory=NameSet)
    stores: NameSet = field(default_factory=NameSet)
    sinks: List[Sink] = field(default_factory=list)
    keeps: List[Keep] = field(default_factory=list)
    registers: List[Register] = field(default_factory=list)
    allowed: Dict[str, List[Allowed]] = field(default_factory=dict)

    def kept(self) -> Set[Tuple[str, int]]:
        """The parameters whose functions are called later."""
        return ({(sink.function, arg) for sink in self.sinks for arg in sink.args} |
                {(register.function, register.arg) for register in self.registers} |
                {(keep.function, arg) for keep in self.keeps for arg in keep.args} | GIVEN)

    def severed(self) -> Set[str]:
        """The places through which calls are not followed."""
        return {f'm:{register.called_through}' for register in self.registers}

    def allow(self, caller: Caller, callee: str, context: str) -> bool:
        """Whether a call is excepted from the rules; notes that the exception was needed."""
        found = False
        for entry in self.allowed.get(caller.name, ()):
            if entry.covers(caller, callee, context):
                entry.used = True
                found = True
        return found


def _load(path: str) -> Dict[str, Any]:
    try:
        with open(path, 'rb') as file:
            return tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError) as err:
        raise RulesError(f'{path}: {err}') from err


def _check_keys(path: str, table: Dict[str, Any], known: Set[str]) -> None:
    for key in table:
        if key not in known:
            raise RulesError(f"{path}: '{key}' is not known; these are: {', '.join(sorted(known))}")


def _read_allowed(path: str) -> Dict[str, List[Allowed]]:
    value = _load(path)
    _check_keys(path, value, {'allow'})
    found: Dict[str, List[Allowed]] = {}
    for item in value.get('allow', []):
        _check_keys(path, item, {'function', 'file', 'calls', 'in', 'reason'})
        if not item.get('reason', '').strip() or not item.get('function'):
            raise RulesError(f'{path}: an exception needs a function and a reason: {item}')
        entry = Allowed(item['function'], item.get('file', ''), item.get('calls', []),
                        item.get('in', list(WALK_CONTEXTS)), item['reason'])
        if any(context not in WALK_CONTEXTS for context in entry.contexts):
            raise RulesError(f"{path}: {entry.function}: 'in' takes {', '.join(WALK_CONTEXTS)}")
        found.setdefault(entry.function, []).append(entry)
    return found


def read_rules(paths: List[str], allowed_path: str) -> Rules:
    """Read and check all files."""
    rules = Rules(allowed=_read_allowed(allowed_path))
    for path in paths:
        _add_rules(path, rules)
    return rules


def _add_rules(path: str, rules: Rules) -> None:
    value = _load(path)
    _check_keys(path, value, {*_NAME_SETS, 'sink', 'keep', 'register'})
    for name in _NAME_SETS:
        for item in value.get(name, []):
            getattr(rules, name).add(item.get('what', name), item['functions'])
    for item in value.get('keep', []):
        _check_keys(path, item, {'function', 'args', 'member', 'run_by'})
        rules.keeps.append(Keep(item.get('function', ''), item.get('args', []),
                                item.get('member', ''), item['run_by']))
    for item in value.get('sink', []):
        _check_keys(path, item, {'context', 'function', 'args', 'member'})
        if item['context'] not in SINK_CONTEXTS:
            raise RulesError(f"{path}: a sink's context is one of "
                             f"{', '.join(SINK_CONTEXTS)}")
        rules.sinks.append(Sink(item['context'], item.get('function', ''), item.get('args', []),
                                item.get('member', '')))
    for item in value.get('register', []):
        if item['context'] not in REGISTER_CONTEXTS:
            raise RulesError(f"{path}: {item['function']}: 'context' is one of "
                             f"{', '.join(REGISTER_CONTEXTS)}")
        rules.registers.append(Register(**item))
