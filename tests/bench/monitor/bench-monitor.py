"""The monitor: what a request costs, and what one client's work costs the others.

With PEER=qemu-system-riscv64 in the environment the same is measured there, in the same run, and
the ratio printed (above 1: vitrine is better). Every figure is the median of some rounds. Client
and server are pinned to processors: to one each, or to the same one, where that is said.
Arguments: VITRINE QMP-LOAD ECHO-SERVER TESTCARD.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Set

from emulator import PEER, Process, binaries, execute, send, show

VITRINE, LOAD, ECHO, TESTCARD = sys.argv[1:5]
ROUNDS = 5
ROUND_TRIP_ROUNDS = 9
COUNT = 20000
BESIDE_COUNT = 5000
BESIDE_ROUNDS = 9
OOB_ROUNDS = 15
OOB_COUNT = 4000
SESSIONS = 256
STATUS = '{"execute": "query-status"}'
STATUS_OOB = '{"exec-oob": "query-status"}'
SCHEMA = '{"execute": "query-qmp-schema"}'
Figures = Dict[str, float]


class Times(NamedTuple):
    """What the load generator says, in microseconds."""

    total: float
    p50: float
    p99: float
    longest: float


def load(path: str, count: int, *options: str, request: str = STATUS) -> Times:
    """Run the load generator."""
    output = subprocess.run([LOAD, *options, path, str(count), request], check=True, timeout=300,
                            capture_output=True, text=True).stdout
    return Times(*(int(word) / 1000 for word in output.split()))


def median(rounds: List[Figures]) -> Figures:
    """Return the median of each figure."""
    return {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}


def repeat(function: Callable[[], Figures], rounds: int = ROUNDS) -> Figures:
    """Measure some times."""
    return median([function() for _ in range(rounds)])


def compare(function: Callable[[str], Figures]) -> List[Figures]:
    """Measure ours, and the peer's if there is one."""
    return [function(binary) for binary in binaries(VITRINE)]


def peer_of(results: List[Figures], key: str) -> Optional[float]:
    """Return the peer's figure."""
    return results[1].get(key) if len(results) > 1 else None


# ---- one round trip ----

def round_trips(binary: str, server_cpu: int) -> Figures:
    """One request at a time, to a new process: where its memory lies makes a difference."""
    process = Process(binary, '-S', cpus={server_cpu})
    process.connect().close()
    time.sleep(0.3)
    before = process.cpu_seconds()
    times = load(process.sockets[0], COUNT, '--cpu=0')
    cost = (process.cpu_seconds() - before) / COUNT * 1e6
    process.close()
    return {'p50': times.p50, 'p99': times.p99, 'cpu': cost}


def echo_once(kind: str, *options: str, count: int = COUNT,
              server_cpu: Optional[int] = None) -> Figures:
    """Round trips with a bare echo server, which ends with its client."""
    directory = tempfile.mkdtemp(prefix='vitrine-bench-')
    path = f'{directory}/echo'
    pinned = [] if server_cpu is None else ['taskset', '-c', str(server_cpu)]
    server = subprocess.Popen([*pinned, ECHO, kind, path])
    while not os.path.exists(path):
        time.sleep(0.001)
    time.sleep(0.05)  # bound; now it also listens
    times = load(path, count, *options)
    _, _, usage = os.wait4(server.pid, 0)
    server.returncode = 0  # it has been waited for
    shutil.rmtree(directory)
    cost = (usage.ru_utime + usage.ru_stime) / count * 1e6
    return {'p50': times.p50, 'p99': times.p99, 'cpu': cost}


def all_round_trips(server_cpu: int) -> Dict[str, Figures]:
    """Ours, the peer's and the echo servers', in turns, so that the host is the same for all."""
    rounds: Dict[str, List[Figures]] = {}
    for _ in range(ROUND_TRIP_ROUNDS):
        for binary in binaries(VITRINE):
            rounds.setdefault(binary, []).append(round_trips(binary, server_cpu))
        for kind in ('read', 'epoll'):
            rounds.setdefault(kind, []).append(
                echo_once(kind, '--cpu=0', server_cpu=server_cpu))
    return {name: median(figures) for name, figures in rounds.items()}


def bench_round_trips() -> None:
    """Print what a round trip costs, on two processors and on one."""
    for server_cpu, where in ((1, 'a processor each'), (0, 'the same processor')):
        all_of_them = all_round_trips(server_cpu)
        ours = all_of_them[VITRINE]
        for key, text, aim in (('p50', 'p50 us', ''), ('p99', 'p99 us', ''),
                               ('cpu', 'CPU us each', '15')):
            show(f'query-status, {where}: {text}', ours[key],
                 all_of_them[PEER][key] if PEER else None, aim)
        for kind in ('read', 'epoll'):
            echo = all_of_them[kind]
            for key, text in (('p50', 'p50 us'), ('p99', 'p99 us'), ('cpu', 'CPU us each')):
                show(f'bare echo server ({kind}), {where}: {text}', echo[key])
            show(f'query-status p50 over that echo server, {where}', ours['p50'] / echo['p50'],
                 aim='1.5')
            show(f'query-status CPU us each beyond that echo server, {where}',
                 ours['cpu'] - echo['cpu'])


# ---- throughput ----

def pipelined(binary: str) -> Figures:
    """Requests without waiting, and a long reply."""
    process = Process(binary, '-S')
    process.connect().close()
    time.sleep(0.3)

    def once() -> Figures:
        return {'burst': 100000 / load(process.sockets[0], 100000, '--pipeline').total * 1e6,
                'schema': load(process.sockets[0], 300, request=SCHEMA).p50}

    result = repeat(once)
    process.close()
    return result


def many_sessions(binary: str) -> Figures:
    """Many sessions at once; the peer needs a socket for each."""
    shared = binary == VITRINE
    process = Process(binary, '-S', monitors=1 if shared else SESSIONS)
    process.connect().close()
    time.sleep(0.5)
    path = process.sockets[0] if shared else process.pattern
    count = 100000

    def once() -> Figures:
        before = process.cpu_seconds()
        times = load(path, count, f'--sessions={SESSIONS}')
        cost = (process.cpu_seconds() - before) / count * 1e6
        return {'rate': count / times.total * 1e6, 'p99': times.p99, 'cpu': cost}

    result = repeat(once)
    process.close()
    return result


def idle_session(binary: str) -> Figures:
    """KiB that an idle session costs."""
    shared = binary == VITRINE
    count = 200
    process = Process(binary, '-S', monitors=1 if shared else count)
    process.connect().close()
    for _ in range(8 if shared else 0):
        process.connect().close()
    time.sleep(0.3)
    before = process.resident_kib()
    streams = [process.connect(0 if shared else i) for i in range(count)]
    cost = (process.resident_kib() - before) / count
    for stream in streams:
        stream.close()
    process.close()
    return {'KiB': cost}


def bench_throughput() -> None:
    """Print requests a second, and what sessions weigh."""
    results = compare(pipelined)
    show('query-status, pipelined: requests a second', results[0]['burst'],
         peer_of(results, 'burst'), '100000', True)
    show('query-qmp-schema: p50 us', results[0]['schema'], peer_of(results, 'schema'), '1000')
    results = compare(many_sessions)
    show(f'query-status, {SESSIONS} sessions at once: requests a second', results[0]['rate'],
         peer_of(results, 'rate'), '50000', True)
    show(f'query-status, {SESSIONS} sessions at once: p99 us', results[0]['p99'],
         peer_of(results, 'p99'))
    show(f'query-status, {SESSIONS} sessions at once: CPU us each', results[0]['cpu'],
         peer_of(results, 'cpu'), '15')
    results = compare(idle_session)
    show('an idle session: KiB resident', results[0]['KiB'], peer_of(results, 'KiB'), '64')


# ---- beside others' work ----

class Worker:
    """A client that runs one command again and again until it is told to stop."""

    def __init__(self, process: Process, number: int, command: str, **arguments: Any) -> None:
        self.stop = threading.Event()
        self.times: List[float] = []
        stream = process.connect(number)

        def run() -> None:
            while not self.stop.is_set():
                begin = time.monotonic()
                execute(stream, command, **arguments)
                self.times.append((time.monotonic() - begin) * 1000)

        self.thread = threading.Thread(target=run)
        self.thread.start()

    def end(self) -> float:
        """Stop after the command under way; return the median in milliseconds."""
        self.stop.set()
        self.thread.join()
        return statistics.median(self.times) if self.times else 0


def loads(process: Process, fifo: str) -> Dict[str, List[Dict[str, Any]]]:
    """Return the commands that others run meanwhile, by what they are called here."""
    core = f'file:{process.dir}/core'
    png: Dict[str, Any] = {'command': 'screendump', 'filename': f'{process.dir}/x.png',
                           'format': 'png'}
    memory: Dict[str, Any] = {'command': 'pmemsave', 'val': 0x80000000, 'size': 256 << 20,
                              'filename': f'{process.dir}/ram'}
    dump: Dict[str, Any] = {'command': 'dump-guest-memory', 'paging': False, 'protocol': core}
    waiting: Dict[str, Any] = {'command': 'screendump', 'filename': fifo}
    every = {'4K PNG screendumps': [png], '256 MiB pmemsave': [memory],
             '256 MiB dump-guest-memory': [dump]}
    # The peer would never come back from the FIFO.
    if process.process.args[0] == VITRINE:  # type: ignore[index]
        every['a screendump into a FIFO nobody reads'] = [waiting]
        every['all of that'] = [png, memory, waiting]
    return every


def beside(process: Process, commands: List[Dict[str, Any]]) -> Times:
    """query-status on one session while others run these commands."""
    workers, waiting = [], []
    for number, arguments in enumerate(commands, 1):
        if 'fifo' in str(arguments.get('filename')):
            waiting.append(process.connect(number))
            send(waiting[-1], **arguments)
        else:
            workers.append(Worker(process, number, **arguments))
    time.sleep(0.05)
    times = load(process.sockets[0], BESIDE_COUNT)
    for stream in waiting:
        stream.close()
    for worker in workers:
        worker.end()
    return times


def beside_work(binary: str) -> Figures:
    """
    p99 of query-status beside each kind of work, a guest running.

    In turns with the idle machine: what that means on this host differs from minute to minute.
    """
    process = Process(binary, '-device', 'bochs-display,vgamem=64M', '-kernel', TESTCARD,
                      '-append', '3840x2160', '-serial', 'null', monitors=4, ram=256)
    process.connect().close()
    fifo = f'{process.dir}/fifo'
    os.mkfifo(fifo)
    time.sleep(3)
    every = loads(process, fifo)

    def once() -> Figures:
        figures = {}
        for name, commands in every.items():
            figures['idle'] = load(process.sockets[0], BESIDE_COUNT).p99
            figures[name] = beside(process, commands).p99
            figures[f'over idle: {name}'] = figures[name] / figures['idle']
        return figures

    result = repeat(once, BESIDE_ROUNDS)
    process.close()
    return result


def out_of_band(cpus: Optional[Set[int]] = None) -> Figures:
    """
    exec-oob on a session whose own command waits for the reader of a FIFO.

    In turns with an idle session, and with a bare echo server: what that shows is the host's.
    """
    process = Process(VITRINE, '-S', '-device', 'bochs-display', cpus=cpus)
    process.connect().close()
    fifo = f'{process.dir}/fifo'
    os.mkfifo(fifo)
    busy = f'{{"execute": "screendump", "arguments": {{"filename": "{fifo}"}}}}\n'
    cpu = min(cpus) if cpus else None
    options = [] if cpu is None else [f'--cpu={cpu}']

    def once() -> Figures:
        oob = ('--oob', *options)
        idle = load(process.sockets[0], OOB_COUNT, *oob, request=STATUS_OOB)
        times = load(process.sockets[0], OOB_COUNT, *oob, f'--prelude={busy}', request=STATUS_OOB)
        echo = echo_once('epoll', *options, count=OOB_COUNT, server_cpu=cpu)
        return {'idle': idle.p99, 'p50': times.p50, 'p99': times.p99, 'echo': echo['p99'],
                'over echo': times.p99 / echo['p99']}

    result = repeat(once, OOB_ROUNDS)
    process.close()
    return result


def bench_out_of_band() -> None:
    """Print how soon an out-of-band command is answered."""
    for cpus, where in ((None, 'anywhere'), ({0}, 'the same processor')):
        figures = out_of_band(cpus)
        show(f'bare echo server (epoll), {where}: p99 us', figures['echo'])
        show(f'exec-oob, idle session, {where}: p99 us', figures['idle'])
        show(f'exec-oob, on the busy session, {where}: p50 us', figures['p50'])
        show(f'exec-oob, on the busy session, {where}: p99 us', figures['p99'], aim='200')
        show(f'exec-oob, on the busy session, {where}: p99 over that echo server',
             figures['over echo'])


def bench_beside_others() -> None:
    """Print what others' work costs."""
    results = compare(beside_work)
    for name, value in results[0].items():
        show(f'query-status p99{"" if name.startswith("over") else " us"}, {name}', value,
             peer_of(results, name), '2' if name.startswith('over') else '')


# ---- beside a guest that hammers a device ----

def write_hammer(path: str) -> None:
    """Write firmware that stores to a register of the serial port for ever, on every hart."""
    code = [0x100002b7,  # lui t0, 0x10000
            0x000283a3,  # sb zero, 7(t0): the scratch register
            0xffdff06f]  # j .-4
    with open(path, 'wb') as file:
        file.write(struct.pack('<3I', *code))


def hammered(binary: str) -> Figures:
    """query-status while two harts store to a device without a pause."""
    directory = tempfile.mkdtemp(prefix='vitrine-bench-')
    write_hammer(f'{directory}/hammer.bin')
    process = Process(binary, '-smp', '2', '-bios', f'{directory}/hammer.bin', '-serial', 'null')
    process.connect().close()
    time.sleep(0.5)

    def once() -> Figures:
        times = load(process.sockets[0], 3000)
        return {'p50': times.p50, 'p99': times.p99, 'max': times.longest}

    result = repeat(once)
    process.close()
    shutil.rmtree(directory)
    return result


def echo_beside_loops() -> Figures:
    """The floor of that: a bare echo server while two processes just turn."""
    hogs = [subprocess.Popen([sys.executable, '-c', 'while True: pass']) for _ in range(2)]
    result = repeat(lambda: echo_once('epoll', count=3000))
    for hog in hogs:
        hog.kill()
        hog.wait()
    return result


def bench_hammered() -> None:
    """Print what a guest can do to its manager."""
    results = compare(hammered)
    for key in ('p50', 'p99', 'max'):
        show(f'query-status {key} us, two harts storing to a device', results[0][key],
             peer_of(results, key), '2000' if key == 'p99' else '')
    show('bare echo server (epoll), beside two busy loops: p99 us', echo_beside_loops()['p99'])


def main() -> None:
    """Print all figures."""
    print(f'load average: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors; peer: {PEER}')
    bench_round_trips()
    bench_throughput()
    bench_beside_others()
    bench_out_of_band()
    bench_hammered()


if __name__ == '__main__':
    main()
