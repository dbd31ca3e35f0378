"""VNC: what viewers cost the guest and other clients, and how soon there is a picture.

The guest fills a screen of 1920x1080 again and again. With PEER=qemu-system-riscv64 in the
environment the same is measured there, in the same run, and the ratio printed (above 1: vitrine
is better).

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import statistics
import struct
import threading
import time
from typing import Dict, List, Optional

import harness
from qmp import Qmp
from rfb import Viewer

PEER = os.environ.get('PEER')
MODE = '1920x1080'
SECONDS = 4.0


class Bench:
    """A machine with the test card, and viewers of it."""

    def __init__(self, binary: str) -> None:
        harness.VITRINE = binary
        Qmp.schema = None  # each has its own
        # The peer wants a file for the display's option ROM, which this guest does not run.
        display = 'bochs-display,vgamem=64M' + (',romfile=' if binary == PEER else '')
        self.path = f'/tmp/vitrine-bench-vnc-{os.getpid()}'
        self.machine = harness.Vm('-m', '64', '-device', display, '-kernel', harness.TESTCARD,
                                  '-append', f'{MODE} static', '-vnc', f'unix:{self.path}')
        self.machine.expect(f'testcard: ready {MODE}')
        self.stop = threading.Event()
        self.frames = 0
        self.thread: Optional[threading.Thread] = None
        self.idle: List[Viewer] = []

    def first_picture(self) -> float:
        """Milliseconds from the connection to a whole picture."""
        begin = time.monotonic()
        viewer = Viewer(self.path)
        viewer.start()
        viewer.refresh()
        took = (time.monotonic() - begin) * 1000
        viewer.close()
        return took

    def watch(self) -> None:
        """Look at the screen as fast as updates come."""
        viewer = Viewer(self.path)
        viewer.start()
        viewer.refresh()
        while not self.stop.is_set():
            viewer.request(incremental=True)
            self.skip(viewer)
            self.frames += 1
        viewer.close()

    def skip(self, viewer: Viewer) -> None:
        """Throw away an update, as cheaply as can be."""
        buffer = bytearray(1 << 20)
        for _ in range(struct.unpack('>BxH', viewer.read(4))[1]):
            _, _, width, height, _ = struct.unpack('>HHHHi', viewer.read(12))
            left = width * height * 4
            while left:
                left -= viewer.sock.recv_into(buffer, min(left, len(buffer)))

    def add_viewer(self) -> None:
        """Have somebody watch."""
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    def add_idle(self) -> None:
        """Have somebody ask for pictures who does not read them."""
        viewer = Viewer(self.path)
        viewer.start()
        for _ in range(100):
            viewer.request()
        self.idle.append(viewer)

    def measure(self) -> Dict[str, float]:
        """Fill the screen for a while; query-status meanwhile."""
        trips: List[float] = []
        fills = 0
        first = self.frames
        begin = time.monotonic()
        while time.monotonic() - begin < SECONDS:
            colour = f'{fills * 40503 & 0xffffff:06x}'
            self.machine.type(f'fill {colour}\n')
            self.machine.expect(f'ok: fill {colour}')
            fills += 1
            sent = time.monotonic()
            self.machine.qmp.command('query-status')
            trips.append((time.monotonic() - sent) * 1e6)
        took = time.monotonic() - begin
        return {'guest fills per second': fills / took,
                'query-status p50 us': statistics.median(trips),
                'query-status max us': max(trips),
                'frames seen per second': (self.frames - first) / took}

    def close(self) -> None:
        """End it all."""
        self.stop.set()
        if self.thread:
            self.machine.type('fill 010203\n')  # so that the viewer gets what it waits for
            self.thread.join()
        for viewer in self.idle:
            viewer.close()
        self.machine.close()


def run(binary: str) -> Dict[str, float]:
    """Measure everything of one binary."""
    bench = Bench(binary)
    result = {'first picture ms': statistics.median(bench.first_picture() for _ in range(11))}
    for what, prepare in (('nobody looks', None), ('one watches', bench.add_viewer),
                          ('and one does not read', bench.add_idle)):
        if prepare:
            prepare()
        time.sleep(0.5)
        for key, value in bench.measure().items():
            result[f'{what}: {key}'] = value
    bench.close()
    return result


def main() -> None:
    """Print all figures."""
    ours = run(harness.VITRINE)
    peers = run(PEER) if PEER else {}
    for what, value in ours.items():
        text = f'{what:52} {value:10.1f}'
        if peers.get(what):
            ratio = value / peers[what] if 'per second' in what else peers[what] / value
            text += f'   peer {peers[what]:10.1f}   ratio {ratio:6.2f}'
        print(text, flush=True)


if __name__ == '__main__':
    main()
