# What may be reached from where.
#
# SPDX-License-Identifier: GPL-2.0-or-later
from collections import deque
from typing import Dict, Iterable, List, Optional

from .graph import Edge, call_name, plain_name
from .report import Reporter, Root
from .summary import UNKNOWN, UNSET

COROUTINE = 'coroutine_fn'
NO_COROUTINE = 'no_coroutine_fn'

_CONTEXT_NAMES = {
    'coroutine': 'coroutine context',
    'oob': 'an out-of-band handler',
    'loop': 'a callback of an event loop',
    'bql': 'what runs under the big lock',
    'signal': 'a signal handler',
}


class Reach(Reporter):
    """Walks the graph from roots, each in its context."""

    def _wrong(self, edge: Edge, context: str) -> Optional[str]:
        """What is wrong with making this call in @context."""
        name = plain_name(edge.callee)
        if name.startswith(UNKNOWN):
            return 'cannot be followed'
        if name.startswith(UNSET):
            return 'is never set'
        if context == 'coroutine' and self._graph.marked(edge.callee, NO_COROUTINE):
            return f'is a {NO_COROUTINE}'
        if context == 'oob':
            what = self._rules.oob_forbidden.what(name)
            if what is not None:
                return what
        if context == 'signal' and not self._graph.defined(edge.callee):
            return None if self._rules.signal_safe.what(name) else 'is not safe in signal handlers'
        return self._rules.blocking.what(name)

    def _walk(self, context: str, roots: List[Root], edges: Iterable[Edge] = ()) -> None:
        """Follow all calls of @roots, and the calls @edges."""
        parents: Dict[str, Optional[Edge]] = {}
        whys: Dict[str, str] = {}
        queue = deque[Iterable[Edge]]()
        for root in roots:
            if root.key not in parents:
                parents[root.key] = None
                whys[root.key] = root.why
                queue.append(self._edges(root.key, context))
        queue.append(edges)
        while queue:
            for edge in queue.popleft():
                wrong = self._wrong(edge, context)
                if wrong is None and (edge.callee in parents or
                                      self._graph.marked(edge.callee, COROUTINE)):
                    continue
                if self._allowed(edge, context):
                    continue
                if wrong is None:
                    parents[edge.callee] = edge
                    queue.append(self._edges(edge.callee, context))
                    continue
                self._report(edge.file, edge.line, edge.callee,
                             f'{call_name(edge.callee)} {wrong}; reached from '
                             f'{_CONTEXT_NAMES[context]}', self._path(edge, parents, whys))

    def _edges(self, key: str, context: str) -> Iterable[Edge]:
        """The calls of a function in @context."""
        edges = self._graph.edges.get(key, ())
        if context == 'bql':
            return [edge for edge in edges if edge.lock != 'f']
        return edges

    def _path(self, edge: Edge, parents: Dict[str, Optional[Edge]],
              whys: Dict[str, str]) -> List[str]:
        steps = [self._step(edge)]
        key = edge.caller
        parent = parents.get(key)
        while parent is not None:
            steps.append(self._step(parent))
            key = parent.caller
            parent = parents.get(key)
        steps.append(f'{self._at(key)} ({whys.get(key, "takes the big lock")})')
        return list(reversed(steps))
