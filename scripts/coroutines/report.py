# What is reported, and the way to it.
#
# SPDX-License-Identifier: GPL-2.0-or-later
from dataclasses import dataclass, field
from typing import Dict, List, Tuple

from .graph import Edge, Graph, call_name, place_name, plain_name, rule_name
from .rules import Caller, Rules


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


class Reporter:
    """Collects findings about a program."""

    def __init__(self, graph: Graph, rules: Rules) -> None:
        self._graph = graph
        self._rules = rules
        self._findings: Dict[Tuple[str, int, str], Finding] = {}

    def _report(self, file: str, line: int, key: str, message: str, path: List[str]) -> None:
        self._findings.setdefault((file, line, key), Finding(file, line, message, path))

    def _at(self, key: str) -> str:
        file, line = self._graph.where(key)
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

    def _allowed(self, edge: Edge, context: str) -> bool:
        return self._rules.allow(self._caller(edge.caller), rule_name(edge.callee), context)
