"""What benchmarks of the whole process share: starting it, talking to it, printing a figure.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from typing import Any, List, Optional, Set

PEER = os.environ.get('PEER')
RAM_MIB = 64
BASE = ['-M', 'virt', '-display', 'none', '-nodefaults']


class Process:
    """An emulator with QMP servers on UNIX sockets; cpus: the processors that it may use."""

    def __init__(self, binary: str, *args: str, monitors: int = 1, ram: int = RAM_MIB,
                 cpus: Optional[Set[int]] = None) -> None:
        self.ram = ram
        self.dir = tempfile.mkdtemp(prefix='vitrine-bench-')
        self.pattern = f'{self.dir}/qmp%d'
        self.sockets = [f'{self.dir}/qmp{i}' for i in range(monitors)]
        argv = [binary, *BASE, '-m', str(ram), *args]
        for path in self.sockets:
            argv += ['-qmp', f'unix:{path},server=on,wait=off']
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, cpus or before)
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        os.sched_setaffinity(0, before)

    def connect(self, number: int = 0) -> Any:
        """Open and negotiate a session; return its stream."""
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        while True:
            try:
                sock.connect(self.sockets[number])
                break
            except (FileNotFoundError, ConnectionRefusedError):
                time.sleep(0.0001)
        stream = sock.makefile('rwb')
        stream.readline()
        execute(stream, 'qmp_capabilities')
        return stream

    def cpu_seconds(self) -> float:
        """CPU time of the process so far, to the nanosecond where the kernel says."""
        return cpu_seconds(self.process.pid)

    def resident_kib(self) -> int:
        """Resident memory without the guest's RAM."""
        total, skip = 0, False
        with open(f'/proc/{self.process.pid}/smaps', encoding='ascii') as file:
            for line in file:
                match = re.match(r'([0-9a-f]+)-([0-9a-f]+) ', line)
                if match:
                    size = int(match.group(2), 16) - int(match.group(1), 16)
                    skip = size >= self.ram << 20
                elif line.startswith('Rss:') and not skip:
                    total += int(line.split()[1])
        return total

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


def cpu_seconds(pid: int) -> float:
    """CPU time of a process so far, to the nanosecond where the kernel says."""
    total = 0
    for task in os.listdir(f'/proc/{pid}/task'):
        with open(f'/proc/{pid}/task/{task}/schedstat', encoding='ascii') as file:
            total += int(file.read().split()[0])
    return total / 1e9


def send(stream: Any, command: str, **arguments: Any) -> None:
    """Send a QMP command; names with _ stand for those with -."""
    members = {name.replace('_', '-'): value for name, value in arguments.items()}
    stream.write(json.dumps({'execute': command, 'arguments': members}).encode() + b'\n')
    stream.flush()


def execute(stream: Any, command: str, **arguments: Any) -> Any:
    """Run a QMP command."""
    send(stream, command, **arguments)
    while True:
        reply = json.loads(stream.readline())
        if 'event' not in reply:
            return reply


def show(what: str, ours: float, peers: Optional[float] = None, aim: str = '',
         more_is_better: bool = False) -> None:
    """Print one figure, with the peer's and the ratio (above 1: ours is better)."""
    text = f'{what:58} {ours:12.2f}'
    if peers:
        ratio = ours / peers if more_is_better else peers / ours
        text += f'   peer {peers:12.2f}   ratio {ratio:6.2f}'
    print(text + (f'   (aim: {aim})' if aim else ''), flush=True)


def binaries(own: str) -> List[str]:
    """Return what is to be measured: ours, and the peer if there is one."""
    return [own] + ([PEER] if PEER else [])
