# The rules: who may call whom, and what may be reached from where.
#
# SPDX-License-Identifier: GPL-2.0-or-later
from typing import Iterator, List, Tuple

from .graph import Edge, place_name, plain_name
from .locks import OPERATIONS
from .reach import COROUTINE, NO_COROUTINE
from .report import Finding, Root
from .rules import COROUTINE_CONTEXT, Allowed, Register, Sink
from .summary import UNKNOWN, Function
from .unseen import Unseen


_ASSERTS = ('bql_assert_locked_at',)


class Checker(Unseen):
    """Applies the rules to a program."""

    def run(self) -> List[Finding]:
        """All findings, in the order of files and lines."""
        self._check_marks()
        self._check_sinks()
        self._check_registrations()
        self._check_calls_from_outside()
        self._check_lost()
        self._check_handed_outside()
        self._check_never_called()
        self._check_balance()
        for context, roots in (('coroutine', self._coroutine_roots()),
                               ('oob', self._registered('oob')),
                               ('loop', self._registered('loop') +
                                self._sink_roots('loop')),
                               ('signal', self._sink_roots('signal'))):
            self._walk(context, roots)
        self._walk('bql', self._sink_roots('bql') + self._asserting(), self._locked())
        return sorted(self._findings.values(), key=lambda f: (f.file, f.line, f.message))

    def unused(self) -> Iterator[Allowed]:
        """The exceptions that nothing needs."""
        for entries in self._rules.allowed.values():
            yield from (entry for entry in entries if not entry.used)

    # ---- marks, tables and callbacks ----

    def _check_marks(self) -> None:
        for key, function in self._graph.functions.items():
            if COROUTINE in function.marks and NO_COROUTINE in function.marks:
                self._report(function.file, function.line, key,
                             f'{function.name}() is marked both {COROUTINE} and {NO_COROUTINE}',
                             [])
            self._check_definition(function)

    def _check_definition(self, function: Function) -> None:
        """Who reads either must know: the schema's prototype and the handler say the same."""
        if function.declared_marks is None or function.defined_marks is None:
            return
        declared, defined = set(function.declared_marks), set(function.defined_marks)
        for marks, here, there in ((declared - defined, 'declared', 'defined'),
                                   (defined - declared, 'defined', 'declared')):
            for mark in sorted(marks):
                self._report(function.file, function.line, function.key,
                             f'{function.name}() is {here} {mark} but {there} without it', [])

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
            file, line = self._graph.where(key)
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
            file, line = self._graph.site(place, key)
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
                    file, line = self._graph.site(place, key)
                    what = sink.member or f'{sink.function}()'
                    roots.append(Root(key, f'handed to {what}, {file}:{line}'))
        return roots

    def _coroutine_roots(self) -> List[Root]:
        roots = [Root(key, COROUTINE) for key, function in sorted(self._graph.functions.items())
                 if COROUTINE in function.marks]
        # Commands first: a path from one of them says most.
        return sorted(roots, key=lambda root: not root.key.startswith(('qmp_', 'hmp_')))

    # ---- the big lock ----

    def _asserting(self) -> List[Root]:
        """What aborts without the big lock always has it."""
        return [Root(caller, 'asserts that it has the big lock')
                for caller, edges in sorted(self._graph.edges.items())
                if any(edge.callee in _ASSERTS for edge in edges) and
                not self._graph.marked(caller, COROUTINE) and
                not self._graph.marked(caller, NO_COROUTINE)]

    def _locked(self) -> List[Edge]:
        """Calls between taking and giving up the big lock."""
        return [edge for _, edges in sorted(self._graph.edges.items()) for edge in edges
                if 'h' in edge.lock and plain_name(edge.callee) not in OPERATIONS]

    def _check_balance(self) -> None:
        for key, function in self._graph.functions.items():
            if not function.lock or function.name in OPERATIONS:
                continue
            first = {OPERATIONS.get(plain_name(edge.callee)) for edge in self._graph.edges[key]
                     if 'e' in edge.lock}
            for operation, state in ('bql_lock', 'h'), ('bql_unlock', 'f'):
                if state in first and state in function.lock and \
                        not self._rules.allow(self._caller(key), operation, 'bql'):
                    self._report(function.file, function.line, key,
                                 f'{function.name}() calls {operation}() and returns so', [])

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
            file, line = self._graph.site(edge.via, edge.callee)
            lines.append(f'{plain_name(edge.callee)}() gets there at {file}:{line}')
        return lines
