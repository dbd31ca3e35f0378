"""Clients of the human monitor that send their lines and then the end, as `nc -N` does.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import socket
import time
from typing import List

from harness import TIMEOUT, VmTest, main
from qmp import connect

PROMPT = b'(qemu) '


class HalfClosedTest(VmTest):
    """What they have sent is answered, if it does not wait for what never comes."""

    def setUp(self) -> None:
        self.path = os.path.join(self.directory(), 'hmp')
        self.machine = self.vm('-S', '-m', '32', '-device', 'bochs-display',
                               '-monitor', f'unix:{self.path},server=on,wait=off',
                               '-monitor', 'tcp:127.0.0.1:0,server=on,wait=off', serial=False)
        names = [c['filename'] for c in self.machine.qmp.command('query-chardev')]
        port = next(n for n in names if 'tcp:' in n).split(',')[0].rpartition(':')[2]
        self.port = int(port)

    def send(self, family: int, text: str) -> socket.socket:
        """Connect, send lines and the end."""
        sock = socket.socket(family)
        self.addCleanup(sock.close)
        sock.settimeout(TIMEOUT)
        if family == socket.AF_UNIX:
            connect(sock, self.path)
        else:
            sock.connect(('127.0.0.1', self.port))
        sock.sendall(text.encode())
        sock.shutdown(socket.SHUT_WR)
        return sock

    def answer(self, family: int, text: str) -> bytes:
        """Send lines and the end, as one does who reads when all is sent; return what came."""
        return self.read(self.send(family, text))

    def read(self, sock: socket.socket) -> bytes:
        """Read up to the end, also where that comes with lines of ours unread."""
        chunks: List[bytes] = []
        try:
            while chunk := sock.recv(1 << 20):
                chunks.append(chunk)
        except ConnectionResetError:
            pass
        return b''.join(chunks)

    def wait_sessions(self, number: int) -> None:
        """Wait until that many people are connected."""
        deadline = time.monotonic() + TIMEOUT
        while True:
            monitors = self.machine.qmp.command('query-monitors')
            sessions = [s for m in monitors if m['mode'] == 'readline'
                        for s in m['sessions']]
            if len(sessions) == number:
                return
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)

    def test_many_lines(self) -> None:
        """More than is worked on in a turn, typed ahead, or fits into a socket."""
        for family in (socket.AF_UNIX, socket.AF_INET):
            for line, part in (('info status', b'VM status: paused'),
                               ('help', b'screendump filename'),
                               ('info qtree', b'mmio 000000'), ('frob', b"command: 'frob'")):
                with self.subTest(family, line=line):
                    once = self.answer(family, line + '\n')
                    self.assertEqual(once.count(PROMPT), 2)
                    answer = once.split(PROMPT)[1]
                    self.assertIn(part, answer)
                    shown = self.answer(family, (line + '\n') * 200).split(PROMPT)
                    self.assertEqual(len(shown), 202)
                    self.assertEqual(set(shown[1:-1]), {answer})
        self.wait_sessions(0)

    def test_nothing(self) -> None:
        for family in (socket.AF_UNIX, socket.AF_INET):
            self.assertTrue(self.answer(family, '').endswith(PROMPT))
            self.answer(family, 'info status')
        self.wait_sessions(0)

    def test_short_waits(self) -> None:
        """For the harts, for a file: the answers come, to what stands behind them, too."""
        picture = os.path.join(self.directory(), 'picture')
        lines = ['cont', 'info status', 'info registers', f'screendump {picture}',
                 f'pmemsave 0x80000000 4096 "{picture}-memory"', 'system_reset', 'stop',
                 'info status']
        for family in (socket.AF_UNIX, socket.AF_INET):
            shown = self.answer(family, ''.join(line + '\n' for line in lines)).split(PROMPT)
            self.assertEqual(len(shown), len(lines) + 2)
            self.assertIn(b'VM status: running', shown[2])
            self.assertIn(b'x10/a0', shown[3])
            self.assertNotIn(b'Error', b''.join(shown))
            self.assertIn(b'VM status: paused', shown[8])
            for path in (picture, picture + '-memory'):
                self.assertGreater(os.path.getsize(path), 0)
                os.unlink(path)

    def test_waits_in_vain(self) -> None:
        """A FIFO that nobody reads: what came before is answered, then the client is gone."""
        fifo = os.path.join(self.directory(), 'fifo')
        os.mkfifo(fifo)
        lines = 'info name\n' * 20 + f'pmemsave 0x80000000 1 "{fifo}"\n' + 'stop\n' * 2000
        socks = [self.send(family, lines) for family in (socket.AF_UNIX, socket.AF_INET)]
        for sock in socks:
            self.assertEqual(self.read(sock).count(PROMPT), 21)
        self.wait_sessions(0)
        self.assertEqual(self.machine.qmp.command('query-commands-in-flight'), [])

    def test_hung_up(self) -> None:
        """Where the kernel tells that the client is gone for good nothing is waited for."""
        fifo = os.path.join(self.directory(), 'fifo')
        os.mkfifo(fifo)
        sock = self.send(socket.AF_UNIX, f'pmemsave 0x80000000 1 "{fifo}"\n')
        while not self.machine.qmp.command('query-commands-in-flight'):
            pass
        sock.close()
        self.wait_sessions(0)

    def test_slow_reader(self) -> None:
        """A listing comes whole."""
        for family in (socket.AF_UNIX, socket.AF_INET):
            sock = self.send(family, 'xp /1000000xb 0x80000000\ninfo status\n')
            self.wait_sessions(1)
            for _ in range(100):
                self.machine.qmp.command('query-status')
            seen = self.read(sock)
            self.assertEqual(seen.count(b'\r\n'), 3 + 1000000 // 8 + 1)
            self.assertTrue(seen.endswith(b'VM status: paused (prelaunch)\r\n' + PROMPT))


if __name__ == '__main__':
    main()
