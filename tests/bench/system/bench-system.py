"""The whole process: start-up, memory.

With PEER=qemu-system-riscv64 in the environment the same is measured there, in the same run, and
the ratio printed (above 1: vitrine is better). Arguments: VITRINE. The monitor: bench-monitor.py.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
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


def probe(binary: str) -> float:
    """Milliseconds until the parent of a manager's probe returns; median of 20."""
    times = []
    for _ in range(20):
        with tempfile.TemporaryDirectory(prefix='vitrine-bench-') as folder:
            begin = time.monotonic()
            subprocess.run([binary, '-S', '-no-user-config', '-nodefaults', '-nographic',
                            '-machine', 'none,accel=kvm:tcg', '-qmp',
                            f'unix:{folder}/qmp.monitor,server=on,wait=off', '-pidfile',
                            f'{folder}/qmp.pid', '-daemonize'], check=True,
                           stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            times.append((time.monotonic() - begin) * 1000)
            with open(f'{folder}/qmp.pid', encoding='ascii') as file:
                os.kill(int(file.read()), signal.SIGKILL)
    return statistics.median(times)


# What a manager asks before it lets a domain run.
START = ('query-migrate-capabilities', 'query-chardev', 'query-cpus-fast',
         'query-named-block-nodes', 'query-block', 'cont')


def minimal_start(binary: str) -> float:
    """Milliseconds from exec to the reply of cont, as a manager starts a domain; median of 20."""
    times = []
    for _ in range(20):
        begin = time.monotonic()
        process = Process(binary, '-S', '-no-user-config', '-rtc', 'base=utc', '-no-shutdown',
                          '-boot', 'strict=on', '-serial', 'null', '-msg', 'timestamp=on')
        stream = process.connect()
        for command in START:
            reply = execute(stream, command)
            if 'return' not in reply:
                sys.exit(f'{command}: {reply}')
        times.append((time.monotonic() - begin) * 1000)
        process.close()
    return statistics.median(times)


def measure(what: str, function: Callable[[str], float], aim: str) -> None:
    """Measure here and there."""
    ours, *peers = [function(binary) for binary in binaries(VITRINE)]
    show(what, ours, peers[0] if peers else None, aim)


if __name__ == '__main__':
    measure('start-up to the first answer, ms', start_up, '4')
    measure("a manager's probe, ms", probe, '50')
    measure("a manager's minimal start to the reply of cont, ms", minimal_start, '100')
    measure('resident beside guest RAM, MiB', memory, '8')
