#!/usr/bin/python3
# How long the compiler takes for a schema of the largest size.
#
# The floor is reading the schema and splitting it into words: what any compiler in Python has to
# do at least.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import os
import re
import subprocess
import sys
import tempfile
import time
from typing import Callable, List, NamedTuple

from big_schema import write_schema

HERE = os.path.dirname(os.path.abspath(__file__))
GEN = os.path.join(HERE, '..', '..', 'scripts', 'qapi-gen.py')


class Cost(NamedTuple):
    """Of the quickest round, in seconds; CPU time says more on a busy machine."""

    wall: float
    cpu: float


def _cpu() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _measure(work: Callable[[], object], rounds: int = 3) -> Cost:
    costs: List[Cost] = []
    for _ in range(rounds):
        start, cpu = time.perf_counter(), _cpu()
        work()
        costs.append(Cost(time.perf_counter() - start, _cpu() - cpu))
    return min(costs)


def _split_words(folder: str) -> int:
    word = re.compile(r"'[^']*'|[^\s']+")
    count = 0
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), encoding='utf-8') as file:
            count += len(word.findall(file.read()))
    return count


def main() -> None:
    with tempfile.TemporaryDirectory() as work:
        folder = os.path.join(work, 'schema')
        lines = write_schema(folder)
        command = [sys.executable, GEN, '-b', '-o', os.path.join(work, 'out'),
                   os.path.join(folder, 'schema.json')]
        fresh = _measure(lambda: subprocess.run(command, check=True), 1)
        again = _measure(lambda: subprocess.run(command, check=True))
        floor = _measure(lambda: [_split_words(folder) for _ in range(20)])
    print(f'schema                     {lines} lines, 300 commands, 60 events, 200 includes')
    print(f'compile, all files written {fresh.wall:.2f} s, CPU {fresh.cpu:.2f} s')
    print(f'compile, nothing changed   {again.wall:.2f} s, CPU {again.cpu:.2f} s '
          f'({lines / again.cpu:.0f} lines/s)')
    print(f'read and split into words  CPU {floor.cpu / 20:.3f} s '
          f'(to compile takes {again.cpu * 20 / floor.cpu:.0f} times it)')


if __name__ == '__main__':
    main()
