# The call graph of the whole program, with what function pointers may point to.
#
# Function pointers are followed without regard to the order of statements: what is ever stored
# in a member of a structure type may be called through that member of any object of the type.
# A function that a parameter is called through is an exception: each of its callers is taken to
# call what it hands over, so that iterators do not mix up their users.
#
# SPDX-License-Identifier: GPL-2.0-or-later
from collections import defaultdict
from dataclasses import dataclass
from typing import Dict, Iterable, Iterator, List, Set, Tuple

from .containers import is_any
from .rules import Keep, Rules
from .summary import UNKNOWN, UNSET, Call, Function, Lost, Summary


@dataclass(frozen=True)
class Edge:
    """A call."""

    caller: str
    callee: str
    file: str
    line: int
    via: str  # the place of the function pointer; empty for a direct call
    lock: str = ''  # the states of the big lock; empty: as when the caller was called


def place_name(place: str) -> str:
    """A place, for people."""
    kind, _, rest = place.partition(':')
    if kind == 'p':
        function, _, index = rest.rpartition(':')
        return f'parameter {int(index) + 1} of {plain_name(function)}()'
    if kind == 'v':
        return rest.rpartition(':')[2]
    if kind == 'r':
        return f'what {place_name(rest)} returns'
    return plain_name(rest)


def plain_name(key: str) -> str:
    """A function's name without the file that makes a static one unique."""
    return key.partition('@')[0]


def rule_name(key: str) -> str:
    """How the data files call a function."""
    return place_name(key[len(UNSET):]) if key.startswith(UNSET) else plain_name(key)


def call_name(key: str) -> str:
    """What is called, for people."""
    if key.startswith(UNKNOWN):
        return f'a function that comes from {key[len(UNKNOWN):]}'
    if key.startswith(UNSET):
        return f'what is called through {rule_name(key)}'
    return f'{plain_name(key)}()'


class Graph:
    """Functions, pointers and edges of a program."""

    def __init__(self, summaries: Iterable[Summary], rules: Rules) -> None:
        self.functions: Dict[str, Function] = {}
        self.place_marks: Dict[str, Set[str]] = defaultdict(set)
        self.calls: List[Call] = []
        self.edges: Dict[str, List[Edge]] = defaultdict(list)
        self.flow_sites: Dict[Tuple[str, str], Tuple[str, int]] = {}
        self.lost: List[Lost] = []
        self._foreign: Set[str] = set()
        self._stores = rules.stores
        self._severed = rules.severed()
        self._kept = rules.kept()
        self._points: Dict[str, Set[str]] = defaultdict(set)
        self._copies: Dict[str, Set[str]] = defaultdict(set)
        self._merge(summaries)
        self._solve()
        self._called_params = self._find_called_params()
        for call in self.calls:
            for edge in self._call_edges(call):
                self.edges[edge.caller].append(edge)
        self._add_kept(rules.keeps)

    # ---- questions ----

    def marked(self, key: str, mark: str) -> bool:
        """Whether function @key carries @mark."""
        function = self.functions.get(key)
        return function is not None and mark in function.marks

    def place_marked(self, place: str, mark: str) -> bool:
        """Whether the function pointer @place carries @mark."""
        return mark in self.place_marks.get(place, ())

    def defined(self, key: str) -> bool:
        """Whether the program contains the body of @key."""
        function = self.functions.get(key)
        return function is not None and function.defined

    def pointed(self, place: str) -> Set[str]:
        """The functions that @place may be or point to."""
        if place.startswith('f:'):
            return {place[2:]}
        return self._points.get(place, set())

    # ---- building ----

    def _merge(self, summaries: Iterable[Summary]) -> None:
        inline: Set[Tuple[str, str, int, str]] = set()
        for summary in summaries:
            for function in summary.functions:
                self._merge_function(function)
            for place, marks in summary.marks.items():
                self.place_marks[place].update(marks)
            for flow in summary.flows:
                self._copies[flow.source].add(flow.target)
                self.flow_sites.setdefault((flow.target, flow.source), (flow.file, flow.line))
            self.lost += summary.lost
            self._foreign.update(summary.foreign)
            for call in summary.calls:
                # A header's inline functions come again with each unit that includes it.
                identity = (call.caller, call.file, call.line, f'{call.callees} {call.args}')
                if call.file.endswith('.h') and identity in inline:
                    continue
                inline.add(identity)
                self.calls.append(call)

    def _merge_function(self, new: Function) -> None:
        old = self.functions.get(new.key)
        if old is None:
            self.functions[new.key] = new
            return
        marks = sorted(set(old.marks) | set(new.marks))
        declared = old.declared_marks if old.declared_marks is not None else new.declared_marks
        if new.defined and not old.defined:
            self.functions[new.key] = new
        self.functions[new.key].marks = marks
        self.functions[new.key].declared_marks = declared

    def _solve(self) -> None:
        changed: Set[str] = set()
        for source, targets in list(self._copies.items()):
            for target in targets:
                self._add_points(target, self.pointed(source), changed)
        indirect = True
        while indirect or changed:
            while changed:
                source = changed.pop()
                for target in self._copies.get(source, ()):
                    self._add_points(target, self._points[source], changed)
            indirect = self._bind_calls(changed)

    def _add_points(self, target: str, new: Set[str], changed: Set[str]) -> None:
        points = self._points[target]
        if not new <= points:
            points |= new
            changed.add(target)

    def _bind_calls(self, changed: Set[str]) -> bool:
        """Copy arguments to parameters and results to callers, for all callees known by now."""
        found = False
        for call in self.calls:
            for place in call.callees:
                for callee in list(self.pointed(place)):
                    for index, values in call.args.items():
                        target = f'p:{callee}:{index}'
                        for value in values:
                            found |= self._bind(value, target, call, changed)
                            if index in call.stored and value[:2] != 'f:':
                                found |= self._bind(target, value, call, changed)
                    if place[:2] != 'f:':
                        result = f'r:f:{callee}'
                        if result in self._points:
                            found |= self._bind(result, f'r:{place}', call, changed)
        return found

    def _bind(self, source: str, target: str, call: Call, changed: Set[str]) -> bool:
        if target in self._copies[source] or source == target:
            return False
        self._copies[source].add(target)
        self.flow_sites.setdefault((target, source), (call.file, call.line))
        self._add_points(target, self.pointed(source), changed)
        return True

    def _find_called_params(self) -> Set[Tuple[str, int]]:
        """The parameters that are called by the function itself or by one it hands them to."""
        called: Set[Tuple[str, int]] = set()
        size = -1
        while size != len(called):
            size = len(called)
            for call in self.calls:
                for place in call.callees:
                    if self._own_param(call, place):
                        called.add(self._split_param(place))
                for value, _ in self._handed_over(call, called):
                    if self._own_param(call, value):
                        called.add(self._split_param(value))
        return called

    @staticmethod
    def _own_param(call: Call, place: str) -> bool:
        return place.startswith(f'p:{call.caller}:')

    @staticmethod
    def _split_param(place: str) -> Tuple[str, int]:
        function, _, index = place[2:].rpartition(':')
        return function, int(index)

    def _handed_over(self, call: Call,
                     called: Set[Tuple[str, int]]) -> Iterator[Tuple[str, bool]]:
        """The arguments of @call that are called before it returns, and whether only perhaps."""
        if not call.args:
            return
        for place in call.callees:
            for callee in self.pointed(place):
                for index, values in call.args.items():
                    parameter = (callee, int(index))
                    if parameter in self._kept:
                        continue
                    if parameter in called or (not self.defined(callee) and
                                               index not in call.containers and
                                               not self._stores.what(callee)):
                        yield from ((value, index in call.containers) for value in values)

    def _call_edges(self, call: Call) -> Iterator[Edge]:
        for place in call.callees:
            if place in self._severed or self._own_param(call, place):
                continue
            yield from self._edges_to(call, place, '' if place[:2] == 'f:' else place,
                                      call.optional)
        for value, optional in self._handed_over(call, self._called_params):
            if not self._own_param(call, value):
                yield from self._edges_to(call, value, call.callees[0], optional)

    def _edges_to(self, call: Call, place: str, via: str, optional: bool) -> Iterator[Edge]:
        callees = sorted(self.pointed(place))
        if not callees and not optional and not is_any(place):
            callees = [UNSET + place]
        for callee in callees:
            yield Edge(call.caller, callee, call.file, call.line, via, call.lock)

    def _add_kept(self, keeps: List[Keep]) -> None:
        """What other libraries keep is called by their functions that the rules name."""
        outside = {callee for edges in self.edges.values() for callee in (e.callee for e in edges)
                   if not self.defined(callee)}
        for keep in keeps:
            found = {(place, key) for place in self.kept_places(keep)
                     for key in self.pointed(place)}
            for name in (n for n in outside if found and keep.is_run_by(n)):
                self.edges[name] += [Edge(name, key, *self.site(place, key), place)
                                     for place, key in sorted(found)]

    def stored(self) -> Iterator[Tuple[str, Set[str]]]:
        """Other libraries' members and variables that hold functions and are only stored to."""
        used = {place for call in self.calls for place in call.callees}
        used.update(place for call in self.calls for args in call.args.values() for place in args)
        for place, keys in self._points.items():
            if place in self._foreign and keys and place not in used and \
                    not self._copies.get(place):
                yield place, keys

    def kept_places(self, keep: Keep) -> List[str]:
        """The members and parameters that @keep is about."""
        return [place for place in self._points if keep.keeps(place)]

    def site(self, place: str, key: str) -> Tuple[str, int]:
        """Where function @key was stored in @place, or else where it is."""
        direct = self.flow_sites.get((place, f'f:{key}'))
        return direct or self.where(key)

    def where(self, key: str) -> Tuple[str, int]:
        """Where function @key is; of an unknown one, where it comes from."""
        if key.startswith(UNKNOWN):
            file, _, line = key[len(UNKNOWN):].rpartition(':')
            return file, int(line)
        function = self.functions[key]
        return function.file, function.line
