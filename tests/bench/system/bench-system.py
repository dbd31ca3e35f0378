"""The whole process: start-up, memory, query-status, and what a screendump costs the others.

With PEER=qemu-system-riscv64 in the environment the same is measured there, in the same run, and
the ratio printed (above 1: vitrine is better). Arguments: VITRINE QMP-LOAD TESTCARD.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any, Callable, Dict, List, Optional

VITRINE, LOAD, TESTCARD = sys.argv[1:4]
PEER = os.environ.get('PEER')
RAM_MIB = 64
STATUS = '{"execute": "query-status"}'
SCHEMA = '{"execute": "query-qmp-schema"}'
BASE = ['-M', 'virt', '-m', str(RAM_MIB), '-display', 'none', '-nodefaults']


class Process:
    """An emulator with a QMP server on a UNIX socket."""

    def __init__(self, binary: str, *args: str, monitors: int = 1) -> None:
        self.dir = tempfile.mkdtemp(prefix='vitrine-bench-')
        self.sockets = [f'{self.dir}/qmp{i}' for i in range(monitors)]
        argv = [binary, *BASE, *args]
        for path in self.sockets:
            argv += ['-qmp', f'unix:{path},server=on,wait=off']
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)

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
        total = 0
        for task in os.listdir(f'/proc/{self.process.pid}/task'):
            with open(f'/proc/{self.process.pid}/task/{task}/schedstat', encoding='ascii') as file:
                total += int(file.read().split()[0])
        return total / 1e9

    def resident_kib(self) -> int:
        """Resident memory without the guest's RAM."""
        total, skip = 0, False
        with open(f'/proc/{self.process.pid}/smaps', encoding='ascii') as file:
            for line in file:
                match = re.match(r'([0-9a-f]+)-([0-9a-f]+) ', line)
                if match:
                    size = int(match.group(2), 16) - int(match.group(1), 16)
                    skip = size >= RAM_MIB << 20
                elif line.startswith('Rss:') and not skip:
                    total += int(line.split()[1])
        return total

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


def execute(stream: Any, command: str, **arguments: Any) -> Any:
    """Run a QMP command."""
    stream.write(json.dumps({'execute': command, 'arguments': arguments}).encode() + b'\n')
    stream.flush()
    while True:
        reply = json.loads(stream.readline())
        if 'event' not in reply:
            return reply


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


def load(path: str, count: int, *options: str, request: str = STATUS) -> List[float]:
    """Run the load generator; return total seconds, then p50, p99 and max in microseconds."""
    output = subprocess.run([LOAD, *options, path, str(count), request], check=True, timeout=120,
                            capture_output=True, text=True).stdout
    total, *rest = (int(word) for word in output.split())
    return [total / 1e9] + [value / 1000 for value in rest]


def round_trips(binary: str) -> Dict[str, float]:
    """query-status, one at a time and pipelined."""
    process = Process(binary, '-S', monitors=2)
    process.connect(1)
    before = process.cpu_seconds()
    total, p50, p99, _ = load(process.sockets[0], 20000)
    cpu = (process.cpu_seconds() - before) / 20000 * 1e6
    process.close()
    process = Process(binary, '-S', monitors=1)
    time.sleep(0.3)
    burst = load(process.sockets[0], 100000, '--pipeline')[0]
    process.close()
    process = Process(binary, '-S', monitors=1)
    time.sleep(0.3)
    schema = load(process.sockets[0], 500, request=SCHEMA)[1]
    process.close()
    return {'per second': 20000 / total, 'p50 us': p50, 'p99 us': p99, 'CPU us each': cpu,
            'pipelined per second': 100000 / burst, 'query-qmp-schema p50 us': schema}


def echo_floor() -> float:
    """p50 of a bare echo server, microseconds."""
    directory = tempfile.mkdtemp(prefix='vitrine-bench-')
    path = f'{directory}/echo'
    server = subprocess.Popen([LOAD, '--echo', path])
    while not os.path.exists(path):
        time.sleep(0.001)
    time.sleep(0.05)  # bound; now it also listens
    p50 = load(path, 20000)[1]
    server.wait()
    shutil.rmtree(directory)
    return p50


def during_screendumps(binary: str) -> Dict[str, float]:
    """query-status on one session while another takes 4K PNGs of a running guest."""
    process = Process(binary, '-device', 'bochs-display,vgamem=64M', '-kernel', TESTCARD,
                      '-append', '3840x2160', '-serial', 'null', monitors=2)
    taker = process.connect(1)
    time.sleep(3)
    shots: List[float] = []
    stop = threading.Event()

    def take() -> None:
        while not stop.is_set() and len(shots) < 200:
            begin = time.monotonic()
            execute(taker, 'screendump', filename=f'{process.dir}/x.png', format='png')
            shots.append((time.monotonic() - begin) * 1000)

    thread = threading.Thread(target=take)
    thread.start()
    _, p50, p99, longest = load(process.sockets[0], 2000)
    stop.set()
    thread.join()
    process.close()
    return {'p50 us': p50, 'p99 us': p99, 'max us': longest,
            '4K PNG screendump ms': statistics.median(shots)}


AIMS = {'CPU us each': 'aim: 15', 'pipelined per second': 'aim: 100000',
        'query-qmp-schema p50 us': 'aim: 1000'}


def show(what: str, ours: float, peers: Optional[float], aim: str = '',
         more_is_better: bool = False) -> None:
    """Print one figure, with the peer's and the ratio."""
    text = f'{what:46} {ours:12.1f}'
    if peers:
        ratio = ours / peers if more_is_better else peers / ours
        text += f'   peer {peers:12.1f}   ratio {ratio:6.2f}'
    print(text + (f'   ({aim})' if aim else ''), flush=True)


def measure(function: Callable[[str], Any]) -> List[Any]:
    """Measure here and there."""
    return [function(VITRINE), function(PEER) if PEER else None]


def main() -> None:
    """Print all figures."""
    ours, peers = measure(start_up)
    show('start-up to the first answer, ms', ours, peers, 'aim: 4')
    ours, peers = measure(memory)
    show('resident beside guest RAM, MiB', ours, peers, 'aim: 8')
    floor = echo_floor()
    ours, peers = measure(round_trips)
    for key, value in ours.items():
        show(key if key.startswith('query-') else f'query-status, {key}', value,
             peers and peers[key], AIMS.get(key, ''), 'second' in key)
    print(f'{"bare echo server, p50 us":46} {floor:12.1f}')
    print(f'{"query-status p50 over that floor":46} {ours["p50 us"] / floor:12.2f}   (aim: 1.5)')
    ours, peers = measure(during_screendumps)
    for key, value in ours.items():
        show(f'while 4K PNGs are taken: {key}', value, peers and peers[key],
             'aim: 2000' if key == 'p99 us' else '')


if __name__ == '__main__':
    main()
