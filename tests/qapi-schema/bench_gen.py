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
from typing import Callable

from big_schema import write_schema

HERE = os.path.dirname(os.path.abspath(__file__))
GEN = os.path.join(HERE, '..', '..', 'scripts', 'qapi-gen.py')


def _seconds(work: Callable[[], object], rounds: int = 3) -> float:
    """The best of some rounds."""
    best = float('inf')
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


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
        fresh = _seconds(lambda: subprocess.run(command, check=True), 1)
        again = _seconds(lambda: subprocess.run(command, check=True))
        floor = _seconds(lambda: _split_words(folder))
    print(f'schema                     {lines} lines, 300 commands, 60 events, 200 includes')
    print(f'compile, all files written {fresh:.2f} s ({lines / fresh:.0f} lines/s)')
    print(f'compile, nothing changed   {again:.2f} s ({lines / again:.0f} lines/s)')
    print(f'read and split into words  {floor:.3f} s (compile takes {again / floor:.1f} times it)')


if __name__ == '__main__':
    main()
