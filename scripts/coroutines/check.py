# The rules: who may call whom, and what may be reached from where.
#
# SPDX-License-Identifier: GPL-2.0-or-later
from collections import deque
from dataclasses import dataclass, field
from typing import Dict, Iterator, List, Optional, Tuple

from .graph import Edge, Graph, call_name, place_name, plain_name
from .rules import COROUTINE_CONTEXT, Allowed, Caller, Register, Rules, Sink
from .summary import UNKNOWN

COROUTINE = 'coroutine_fn'
NO_COROUTINE = 'no_coroutine_fn'

_CONTEXT_NAMES = {
    'coroutine': 'coroutine context',
    'oob': 'an out-of-band handler',
    'loop': 'a callback of an event loop',
    'bql': 'a callback under the big lock',
}


@dataclass
class Finding:
    """Something that is wrong, with how it comes to it."""

    file: str
    line: int
    message: str
    path: List[str] = field(default_factory=list)

    def text(self) -> str:
        """FILE:LINE: MESSAGE, and the path in indented lines."""
        return '\n'.join([f'{self.file}:{self.line}: {self.message}'] +
                         ['    ' + step for step in self.path])


@dataclass
class Root:
    """Where a walk begins, and why."""

    key: str
    why: str


class Checker:
    """Applies the rules to a program."""

    def __init__(self, graph: Graph, rules: Rules) -> None:
        self._graph = graph
        self._rules = rules
        self._findings: Dict[Tuple[str, int, str], Finding] = {}

    def run(self) -> List[Finding]:
        """All findings, in the order of files and lines."""
        self._check_marks()
        self._check_sinks()
        self._check_registrations()
        self._check_calls_from_outside()
        for context, roots in (('coroutine', self._coroutine_roots()),
                               ('oob', self._registered('oob')),
                               ('loop', self._registered('loop') +
                                self._sink_roots('loop')),
                               ('bql', self._sink_roots('bql'))):
            self._walk(context, roots)
        return sorted(self._findings.values(), key=lambda f: (f.file, f.line, f.message))

    def unused(self) -> Iterator[Allowed]:
        """The exceptions that nothing needs."""
        for entries in self._rules.allowed.values():
            yield from (entry for entry in entries if not entry.used)

    # ---- helpers ----

    def _report(self, file: str, line: int, key: str, message: str, path: List[str]) -> None:
        self._findings.setdefault((file, line, key), Finding(file, line, message, path))

    def _where(self, key: str) -> Tuple[str, int]:
        if key.startswith(UNKNOWN):
            file, _, line = key[len(UNKNOWN):].rpartition(':')
            return file, int(line)
        function = self._graph.functions[key]
        return function.file, function.line

    def _site(self, place: str, key: str) -> Tuple[str, int]:
        """Where function @key was stored in @place, or else where it is."""
        direct = self._graph.flow_sites.get((place, f'f:{key}'))
        return direct or self._where(key)

    def _at(self, key: str) -> str:
        file, line = self._where(key)
        return f'{plain_name(key)}() at {file}:{line}'

    def _caller(self, key: str) -> Caller:
        """Function @key, for the exceptions; only a static one's key has more than its name."""
        name = plain_name(key)
        function = self._graph.functions.get(key)
        return Caller(name, function.file if function else '', name != key)

    @staticmethod
    def _step(edge: Edge) -> str:
        via = f' through {place_name(edge.via)}' if edge.via else ''
        return f'{plain_name(edge.caller)}() calls {call_name(edge.callee)}{via} ' \
               f'at {edge.file}:{edge.line}'

    # ---- marks, tables and callbacks ----

    def _check_marks(self) -> None:
        for key, function in self._graph.functions.items():
            if COROUTINE in function.marks and NO_COROUTINE in function.marks:
                self._report(function.file, function.line, key,
                             f'{function.name}() is marked both {COROUTINE} and {NO_COROUTINE}',
                             [])

    def _sink_places(self, sink: Sink) -> List[str]:
        if sink.member:
            return [f'm:{sink.member}']
        return [f'p:{sink.function}:{arg}' for arg in sink.args]

    def _check_sinks(self) -> None:
        for sink in self._rules.sinks:
            for place in self._sink_places(sink):
                for key in sorted(self._graph.pointed(place)):
                    self._check_callback(sink, place, key)

    def _check_callback(self, sink: Sink, place: str, key: str) -> None:
        if key.startswith(UNKNOWN):
            file, line = self._where(key)
            self._report(file, line, key, 'the function handed over here cannot be followed', [])
            return
        name = plain_name(key)
        message = ''
        if sink.context == 'coroutine':
            if not self._graph.marked(key, COROUTINE):
                message = f'{name}() is the entry of a coroutine but not marked {COROUTINE}'
        elif self._graph.marked(key, COROUTINE):
            message = f'{name}() is a {COROUTINE} but called outside coroutine context'
        if message and not self._rules.allow(self._caller(key), sink.function or sink.member,
                                             'coroutine'):
            file, line = self._site(place, key)
            self._report(file, line, key, message,
                         [f'handed over as {place_name(place)}', self._at(key)])

    def _registrations(self) -> Iterator[Tuple[Register, str, List[str], str, int]]:
        for register in self._rules.registers:
            for call in self._graph.calls:
                if f'f:{register.function}' not in call.callees:
                    continue
                for value in call.args.get(str(register.arg), []):
                    for key in sorted(self._graph.pointed(value)):
                        yield register, key, call.flags, call.file, call.line

    def _check_registrations(self) -> None:
        for register, key, _, file, line in self._registrations():
            is_coroutine = self._graph.marked(key, COROUTINE)
            if is_coroutine != (register.context == COROUTINE_CONTEXT):
                marked = 'marked' if is_coroutine else 'not marked'
                self._report(file, line, key,
                             f'{plain_name(key)}() is {marked} {COROUTINE} but registered by '
                             f'{register.function}()', [self._at(key)])

    def _registered(self, kind: str) -> List[Root]:
        """The handlers that run out of band (oob), or in turn without a coroutine (loop)."""
        roots: List[Root] = []
        for register, key, flags, file, line in self._registrations():
            if register.context == COROUTINE_CONTEXT:
                continue
            if kind == 'oob' and register.oob in flags:
                roots.append(Root(key, f'out-of-band handler, registered at {file}:{line}'))
            elif kind == 'loop':
                roots.append(Root(key, f'handler outside coroutines, registered at '
                                       f'{file}:{line}'))
        return roots

    def _sink_roots(self, context: str) -> List[Root]:
        roots: List[Root] = []
        for sink in self._rules.sinks:
            if sink.context != context:
                continue
            for place in self._sink_places(sink):
                for key in sorted(self._graph.pointed(place)):
                    file, line = self._site(place, key)
                    what = sink.member or f'{sink.function}()'
                    roots.append(Root(key, f'handed to {what}, {file}:{line}'))
        return roots

    def _coroutine_roots(self) -> List[Root]:
        roots = [Root(key, COROUTINE) for key, function in sorted(self._graph.functions.items())
                 if COROUTINE in function.marks]
        # Commands first: a path from one of them says most.
        return sorted(roots, key=lambda root: not root.key.startswith(('qmp_', 'hmp_')))

    # ---- calls ----

    def _check_calls_from_outside(self) -> None:
        for caller, edges in sorted(self._graph.edges.items()):
            if self._graph.marked(caller, COROUTINE):
                continue
            for edge in edges:
                if not (self._graph.marked(edge.callee, COROUTINE) or
                        self._graph.place_marked(edge.via, COROUTINE)):
                    continue
                if self._allowed(edge, 'loop'):
                    continue
                self._report(edge.file, edge.line, edge.callee,
                             f'{plain_name(edge.callee)}() is a {COROUTINE} but '
                             f'{plain_name(caller)}() is not', self._origin(edge))

    def _origin(self, edge: Edge) -> List[str]:
        lines = [self._step(edge)]
        if edge.via:
            file, line = self._site(edge.via, edge.callee)
            lines.append(f'{plain_name(edge.callee)}() gets there at {file}:{line}')
        return lines

    def _allowed(self, edge: Edge, context: str) -> bool:
        return self._rules.allow(self._caller(edge.caller), plain_name(edge.callee), context)

    # ---- reachability ----

    def _wrong(self, edge: Edge, context: str) -> Optional[str]:
        """What is wrong with making this call in @context."""
        name = plain_name(edge.callee)
        if name.startswith(UNKNOWN):
            return 'cannot be followed'
        if context == 'coroutine' and self._graph.marked(edge.callee, NO_COROUTINE):
            return f'is a {NO_COROUTINE}'
        if context == 'oob':
            what = self._rules.oob_forbidden.what(name)
            if what is not None:
                return what
        return self._rules.blocking.what(name)

    def _walk(self, context: str, roots: List[Root]) -> None:
        parents: Dict[str, Optional[Edge]] = {}
        whys: Dict[str, str] = {}
        queue = deque[str]()
        for root in roots:
            if root.key not in parents:
                parents[root.key] = None
                whys[root.key] = root.why
                queue.append(root.key)
        while queue:
            for edge in self._graph.edges.get(queue.popleft(), ()):
                wrong = self._wrong(edge, context)
                if wrong is None and (edge.callee in parents or
                                      self._graph.marked(edge.callee, COROUTINE)):
                    continue
                if self._allowed(edge, context):
                    continue
                if wrong is None:
                    parents[edge.callee] = edge
                    queue.append(edge.callee)
                    continue
                self._report(edge.file, edge.line, edge.callee,
                             f'{call_name(edge.callee)} {wrong}; reached from '
                             f'{_CONTEXT_NAMES[context]}', self._path(edge, parents, whys))

    def _path(self, edge: Edge, parents: Dict[str, Optional[Edge]],
              whys: Dict[str, str]) -> List[str]:
        steps = [self._step(edge)]
        key = edge.caller
        parent = parents[key]
        while parent is not None:
            steps.append(self._step(parent))
            key = parent.caller
            parent = parents[key]
        steps.append(f'{self._at(key)} ({whys[key]})')
        return list(reversed(steps))
