#!/usr/bin/python3
# Which lines of scripts/qapi the tests reach. Fails below 95 percent.
#
# Code that runs in other processes is not seen, so that every line has to be reached in this one.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import os
import sys
import threading
from types import CodeType, FrameType
from typing import Any, Callable, Dict, Iterator, Optional, Set

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGE = os.path.realpath(os.path.join(HERE, '..', '..', 'scripts', 'qapi'))
LEAST = 95.0

Tracer = Callable[[FrameType, str, Any], Any]


class LineTracer:
    """Notes each line of the package that is run."""

    def __init__(self) -> None:
        self.seen: Dict[str, Set[int]] = {}
        self._ours: Dict[str, Optional[str]] = {}

    def _file(self, name: str) -> Optional[str]:
        if name not in self._ours:
            real = os.path.realpath(name)
            self._ours[name] = real if os.path.dirname(real) == PACKAGE else None
        return self._ours[name]

    def call(self, frame: FrameType, event: str, arg: Any) -> Optional[Tracer]:
        path = self._file(frame.f_code.co_filename)
        if path is None:
            return None
        lines = self.seen.setdefault(path, set())
        lines.add(frame.f_lineno)

        def line(frame: FrameType, event: str, arg: Any) -> Any:
            lines.add(frame.f_lineno)
            return line

        return line


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _codes(const)


def _lines_of(path: str) -> Set[int]:
    """The lines that have code. What only type checkers run is not counted."""
    with open(path, encoding='utf-8') as file:
        text = file.read()
    lines: Set[int] = set()
    for code in _codes(compile(text, path, 'exec')):
        lines.update(line for _, _, line in code.co_lines() if line)
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith('if TYPE_CHECKING:'):
            lines -= _block(text, number)
    return lines


def _block(text: str, start: int) -> Set[int]:
    """The lines of the indented block under line @start."""
    block: Set[int] = set()
    for number, line in enumerate(text.splitlines()[start:], start + 1):
        if not line.startswith(' '):
            break
        block.add(number)
    return block


def _report(seen: Dict[str, Set[int]]) -> float:
    total = reached = 0
    for name in sorted(os.listdir(PACKAGE)):
        if not name.endswith('.py'):
            continue
        path = os.path.join(PACKAGE, name)
        lines = _lines_of(path)
        missed = sorted(lines - seen.get(path, set()))
        total += len(lines)
        reached += len(lines) - len(missed)
        print(f'# {name:15} {len(lines) - len(missed):4} of {len(lines):4}'
              f'{"  not: " if missed else ""}{", ".join(map(str, missed[:20]))}')
    return 100 * reached / total


def main() -> int:
    sys.path.insert(0, HERE)
    tracer = LineTracer()
    threading.settrace(tracer.call)
    sys.settrace(tracer.call)
    import run  # pylint: disable=import-outside-toplevel
    status = run.main(['test_corpus', 'InputTest', 'GenerateTest', 'InterfaceTest',
                       'VisitorBaseTest', 'DocTest'])
    sys.settrace(None)
    percent = _report(tracer.seen)
    print(f'# coverage of scripts/qapi: {percent:.1f} % of lines')
    return status if percent >= LEAST else 1


if __name__ == '__main__':
    sys.exit(main())
