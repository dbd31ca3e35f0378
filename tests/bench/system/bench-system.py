"""The whole process: start-up, memory.

With PEER=qemu-system-riscv64 in the environment the same is measured there, in the same run, and
the ratio printed (above 1: vitrine is better). Arguments: VITRINE. The monitor: bench-monitor.py.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import statistics
import sys
import time
from typing import Callable

from emulator import Process, binaries, execute, show

VITRINE = sys.argv[1]


def start_up(binary: str) -> float:
    """Milliseconds from exec to the first answer; median of 20."""
    times = []
    for _ in range(20):
        begin = time.monotonic()
        process = Process(binary, '-S')
        execute(process.connect(), 'query-status')
        times.append((time.monotonic() - begin) * 1000)
        process.close()
    return statistics.median(times)


def memory(binary: str) -> float:
    """MiB resident beside guest RAM, stopped machine with one QMP session."""
    process = Process(binary, '-S')
    execute(process.connect(), 'query-status')
    result = process.resident_kib() / 1024
    process.close()
    return result


def measure(what: str, function: Callable[[str], float], aim: str) -> None:
    """Measure here and there."""
    ours, *peers = [function(binary) for binary in binaries(VITRINE)]
    show(what, ours, peers[0] if peers else None, aim)


if __name__ == '__main__':
    measure('start-up to the first answer, ms', start_up, '4')
    measure('resident beside guest RAM, MiB', memory, '8')
