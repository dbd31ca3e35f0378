"""VNC: viewers that are slow, mad or many hurt nobody.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import select
import socket
import struct
import threading
import time
from typing import List

from harness import Vm, main
from rfb import ENCODING_DESKTOP_SIZE, ENCODING_RAW, Viewer
from vncmachine import VncTest

# AddressSanitizer keeps freed memory for a while: not so much that it looks like a leak.
os.environ['ASAN_OPTIONS'] = os.environ.get('ASAN_OPTIONS', '') + ':quarantine_size_mb=4'


class HostileTest(VncTest):
    """Viewers that are slow, mad or many."""

    def resident_kib(self, machine: Vm) -> int:
        """Return the memory of the process."""
        with open(f'/proc/{machine.process.pid}/status', encoding='ascii') as file:
            for line in file:
                if line.startswith('VmRSS'):
                    return int(line.split()[1])
        raise AssertionError('no VmRSS')

    def check_works(self, machine: Vm) -> None:
        """Somebody new is served, and the picture is right."""
        viewer = self.viewer()
        viewer.refresh()
        self.check_picture(machine, viewer)
        viewer.close()

    def test_viewer_that_does_not_read(self) -> None:
        machine = self.card('1920x1080')
        slow = [self.viewer() for _ in range(3)]
        viewer = self.viewer()
        for _ in range(50):
            for one in slow:
                one.request()
        before = 0
        for i in range(40):
            self.draw(machine, f'fill {i * 6:02x}00ff')
            viewer.refresh()
            self.assertEqual(viewer.pixels[:4], bytes([255, 0, i * 6, 0]))
            if i == 10:
                before = self.resident_kib(machine)
        self.assertLess(self.resident_kib(machine) - before, 32 << 10)
        self.check_picture(machine, viewer)
        self.assertEqual(machine.qmp.command('query-status')['status'], 'running')
        for one in slow:
            one.update()  # what it asked for is there still

    def test_nothing_is_drawn_for_who_does_not_read(self) -> None:
        """The screen is looked at no more often than for who reads, at most every 30 ms."""
        machine = self.card()
        slow = self.viewer()
        for _ in range(100):
            slow.request()
        viewer = self.viewer()
        viewer.refresh()
        updates = fills = 0
        begin = time.monotonic()
        while fills < 200:
            viewer.request(incremental=True)
            while not select.select([viewer.sock], [], [], 0)[0]:
                self.draw(machine, f'fill {fills:06x}')
                fills += 1
            viewer.update()
            updates += 1
        self.assertLess(updates, 5 + (time.monotonic() - begin) / 0.030)

    def test_end_with_viewers_that_do_not_read(self) -> None:
        machine = self.card('1920x1080')
        for _ in range(4):
            self.viewer().request()
        self.connect()
        machine.qmp.command('quit')
        self.assertEqual(machine.wait(), 0)

    def test_disconnect_amid_updates(self) -> None:
        machine = self.card('1920x1080')
        for i in range(30):
            viewer = self.viewer()
            for _ in range(3):
                viewer.request()
            if i % 3:
                viewer.read(i * 1000)
            viewer.close()
        self.wait_clients(machine, 0)
        self.check_works(machine)

    def test_mad_messages(self) -> None:
        machine = self.card()
        pixels = struct.Struct('>BxxxBBBBHHHBBBxxx')
        ends = [
            bytes([7]), bytes([8, 0, 0, 0]), bytes([8, 2, 0, 0]), bytes([15, 2, 0, 0]),
            bytes([9, 0, 0, 0]), bytes([10, 1, 0, 0, 0, 0]), bytes([11, 0, 0, 0]) + b'\xff' * 4,
            bytes([250, 0, 1, 2]), bytes([255, 0, 0, 1]), bytes([1]), bytes([248, 0, 0, 0]),
            pixels.pack(0, 24, 24, 0, 1, 255, 255, 255, 0, 8, 16),
            pixels.pack(0, 0, 0, 0, 1, 255, 255, 255, 0, 8, 16),
            pixels.pack(0, 32, 24, 0, 1, 0, 0, 0, 0, 0, 0),
            pixels.pack(0, 32, 24, 0, 1, 255, 255, 255, 200, 8, 16),
            pixels.pack(0, 16, 8, 0, 0, 255, 255, 255, 0, 8, 16),
        ]
        for message in ends:
            viewer = self.viewer()
            viewer.sock.sendall(message)
            with self.subTest(message):
                self.expect_end(viewer)
        self.wait_clients(machine, 0)
        self.check_works(machine)

    def test_odd_messages(self) -> None:
        machine = self.card()
        viewer = self.viewer()
        viewer.refresh()
        # Requests for what is not there, any size of screen, every encoding but those that are
        # not raw, and keys that no keyboard has: no answer, no harm.
        viewer.send('BBHHHH', 3, 0, 65535, 65535, 65535, 65535)
        viewer.send('BBHHHH', 3, 0, 0, 0, 0, 0)
        viewer.send('BxHHBxIHHHHI', 251, 65535, 65535, 1, 0, 0, 0, 65535, 65535, 0)
        viewer.set_encodings(*(i for i in range(-32000, -500)))
        for keysym in (0, 0x20, 0x41, 0xffffffff, 0xffe1, 0x1000041, 0x100ffff):
            viewer.key(keysym, True)
        viewer.pointer(255, 65535, 65535)
        viewer.pointer(0, 0, 0)
        viewer.refresh()
        self.check_picture(machine, viewer)

    def test_clipboard_of_any_length(self) -> None:
        machine = self.card()
        viewer = self.viewer()
        before = self.resident_kib(machine)
        viewer.send('BxxxI', 6, 48 << 20)
        for _ in range(48):
            viewer.sock.sendall(bytes(1 << 20))
        viewer.send('BxxxI', 6, 0)
        viewer.send('BxxxI', 6, (1 << 32) - 10)  # the extended clipboard's way to say 10
        viewer.sock.sendall(bytes(10))
        viewer.refresh()
        self.assertLess(self.resident_kib(machine) - before, 24 << 10)
        self.check_picture(machine, viewer)
        viewer.send('BxxxI', 6, 1 << 31)  # and never the rest
        viewer.close()
        self.wait_clients(machine, 0)

    def test_input_flood(self) -> None:
        machine = self.card()
        viewer = self.viewer()
        viewer.sock.sendall(b''.join(
            struct.pack('>BBxxIBBHH', 4, i & 1, 0x61, 5, i & 255, i % 640, i % 480)
            for i in range(50000)))
        machine.qmp.command('query-status')
        viewer.refresh()
        self.check_picture(machine, viewer)

    def test_half_handshakes(self) -> None:
        machine = self.card()
        strangers: List[Viewer] = []
        for i in range(300):
            stranger = self.connect()
            if i % 2:
                stranger.sock.sendall(b'RFB 003.0'[:1 + i % 8])
            strangers.append(stranger)
        # The oldest had to go, whoever comes is let in.
        self.assertLessEqual(len(self.clients(machine)), 32)
        self.expect_end(strangers[0])
        self.check_works(machine)

    def test_thousands_of_connects(self) -> None:
        machine = self.card()
        viewer = self.viewer()
        before = 0
        for i in range(3000):
            with socket.socket(socket.AF_UNIX) as sock:
                sock.connect(str(self.address))
            if i == 500:
                machine.qmp.command('query-status')
                before = self.resident_kib(machine)
        self.wait_clients(machine, 1)
        machine.qmp.events.clear()
        self.assertLess(self.resident_kib(machine) - before, 16 << 10)
        viewer.refresh()
        self.check_picture(machine, viewer)

    def test_too_many_viewers(self) -> None:
        machine = self.card()
        viewers = [self.viewer() for _ in range(32)]
        late = self.connect()
        late.prove(late.negotiate(), None)
        late.send('B', 1)
        self.expect_end(late)
        for viewer in viewers:
            viewer.refresh()
        self.check_picture(machine, viewers[-1])
        self.assertIn('turned away', machine.stderr())
        viewers[0].close()
        self.wait_clients(machine, 31)
        self.check_works(machine)

    def test_screendump_and_viewers_at_once(self) -> None:
        machine = self.card()
        stop = threading.Event()
        failures: List[BaseException] = []

        def look() -> None:
            try:
                viewer = Viewer(self.address)
                viewer.start()
                viewer.set_encodings(ENCODING_RAW, ENCODING_DESKTOP_SIZE)
                while not stop.is_set():
                    viewer.refresh()
                viewer.close()
            except BaseException as failure:  # handed to the test
                failures.append(failure)

        threads = [threading.Thread(target=look) for _ in range(3)]
        for thread in threads:
            thread.start()
        for i in range(40):
            if i % 10 == 5:
                self.draw(machine, f'mode {640 + i}x480')
            colour = f'{i * 4:02x}{255 - i:02x}{i:02x}'
            self.draw(machine, f'fill {colour}')
            width, height, pixels = self.screendump(machine)
            self.assertEqual(pixels, bytes.fromhex(colour) * (width * height))
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])


if __name__ == '__main__':
    main()
