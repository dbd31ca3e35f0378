"""Descriptors that come over sockets.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import os
import signal
import socket
import time
from typing import Any, Callable, Dict, List, Tuple

from harness import VmTest, main
from qmp import Qmp, QmpError


class DescriptorTest(VmTest):
    """Descriptors sent to a monitor (SCM_RIGHTS)."""

    def pipe(self) -> List[int]:
        """Make a pipe; what the test has not closed by its end is closed then."""
        ends = list(os.pipe())
        self.addCleanup(self.close_all, ends)
        return ends

    def close_all(self, ends: List[int]) -> None:
        """Close what the test has not."""
        for end in ends:
            os.close(end)

    def hand_over(self, ends: List[int]) -> int:
        """Close the write end here, now that somebody else has it; return the other."""
        os.close(ends.pop())
        return ends[0]

    def assert_closed(self, reader: int) -> None:
        """Wait until nobody has the other end of a pipe any more."""
        self.assertEqual(os.read(reader, 1), b'')

    def assert_open(self, reader: int) -> None:
        """Check that somebody still has the other end of a pipe."""
        os.set_blocking(reader, False)
        self.assertRaises(BlockingIOError, os.read, reader, 1)
        os.set_blocking(reader, True)

    def assert_fails(self, qmp: Qmp, text: str, command: str, *fds: int, **arguments: str) -> None:
        """Send a request, with descriptors, that is refused."""
        assert qmp.pending is not None
        qmp.pending.append(command)
        request = json.dumps({'execute': command, 'arguments': arguments}).encode() + b'\r\n'
        if fds:
            socket.send_fds(qmp.sock, [request], fds)
        else:
            qmp.sock.sendall(request)
        with self.assertRaises(QmpError) as caught:
            qmp.take_reply()
        self.assertEqual(caught.exception.desc, text)

    def test_names(self) -> None:
        machine = self.vm(machine='none', serial=False)
        qmp, other = machine.qmp, machine.connect()
        one, two = self.pipe(), self.pipe()
        qmp.getfd('x', one[1])
        reader = self.hand_over(one)
        self.assert_open(reader)
        # Another session has names of its own.
        self.assert_fails(other, "File descriptor named 'x' not found", 'closefd', fdname='x')
        qmp.getfd('x', two[1])
        self.assert_closed(reader)
        reader = self.hand_over(two)
        self.assert_open(reader)
        qmp.command('closefd', fdname='x')
        self.assert_closed(reader)
        self.assert_fails(qmp, "File descriptor named 'x' not found", 'closefd', fdname='x')

    def test_failed_requests_keep_nothing(self) -> None:
        machine = self.vm(machine='none', serial=False)
        qmp = machine.qmp
        missing = 'No file descriptor supplied via SCM_RIGHTS'
        self.assert_fails(qmp, missing, 'getfd', fdname='x')
        cases: List[Tuple[str, str, Dict[str, Any]]] = [
            ("Parameter 'fdname' expects a name not starting with a digit", 'getfd',
             {'fdname': '1x'}),
            ("Parameter 'fdname' is missing", 'getfd', {}),
            ("Parameter 'fdset-id' expects a non-negative value", 'add-fd', {'fdset-id': -1}),
        ]
        for text, command, arguments in cases:
            with self.subTest(text):
                ends = self.pipe()
                self.assert_fails(qmp, text, command, ends[1], **arguments)
                self.assert_closed(self.hand_over(ends))
                self.assert_fails(qmp, missing, 'getfd', fdname='x')

    def test_each_getfd_has_its_own(self) -> None:
        """Ahead of the request, in the middle of it, many requests and descriptors at once."""
        machine = self.vm(machine='none', serial=False)
        qmp = machine.qmp
        request = b'{"execute": "getfd", "arguments": {"fdname": "%d"}}'
        pipes = [self.pipe() for _ in range(12)]
        qmp.pending = None
        socket.send_fds(qmp.sock, [b' '], [pipes[0][1]])
        qmp.sock.sendall(request.replace(b'%d', b'n0') + b'\r\n')
        self.assertIn('return', qmp.receive_reply())
        socket.send_fds(qmp.sock, [request[:20]], [pipes[1][1]])
        qmp.sock.sendall(request[20:].replace(b'%d', b'n1'))
        self.assertIn('return', qmp.receive_reply())
        # More than queue: the rest waits unparsed, and finds its descriptor all the same.
        for n in range(2, 12):
            qmp.sock.sendall(b'{"execute": "query-status"}')
            socket.send_fds(qmp.sock, [request.replace(b'%d', b'n%d' % n)], [pipes[n][1]])
        for _ in range(20):
            self.assertIn('return', qmp.receive_reply())
        for n, ends in enumerate(pipes):
            reader = self.hand_over(ends)
            self.assert_open(reader)
            qmp.send('closefd', {'fdname': f'n{n}'})
            self.assertIn('return', qmp.receive_reply())
            self.assert_closed(reader)

    def test_kept_for_the_next_getfd(self) -> None:
        """Whatever else comes before it, and in however many pieces."""
        qmp = self.vm(machine='none', serial=False).qmp
        for carrier in (b'\n', b'\r\n', b' ', b'\t', b'{"execute": "query-name"}',
                        b'{"execute": "no-such"}\n', b'[]', b'{"execute": "query-name"}' * 12):
            with self.subTest(carrier):
                ends = self.pipe()
                qmp.pending = None
                socket.send_fds(qmp.sock, [carrier], [ends[1]])
                for _ in range(max(carrier.count(b'{'), carrier.count(b'['))):
                    qmp.receive_reply()
                qmp.pending = []
                self.assertEqual(qmp.command('query-name'), {})
                reader = self.hand_over(ends)
                self.assert_open(reader)
                qmp.command('getfd', fdname='a')
                qmp.command('closefd', fdname='a')
                self.assert_closed(reader)

    def test_the_newest_counts(self) -> None:
        """Of several that came at once it is the first; the others are closed."""
        qmp = self.vm(machine='none', serial=False).qmp
        qmp.pending = None
        batches = [[self.pipe() for _ in range(3)] for _ in range(3)]
        for batch in batches:
            socket.send_fds(qmp.sock, [b' '], [ends[1] for ends in batch])
        qmp.sock.sendall(b'{"execute": "add-fd"}')
        self.assertIn('return', qmp.receive_reply())
        qmp.send('getfd', {'fdname': 'a'})
        self.assertIn('No file descriptor', qmp.receive_reply()['error']['desc'])
        readers = [[self.hand_over(ends) for ends in batch] for batch in batches]
        kept = readers[2].pop(0)
        for reader in sum(readers, []):
            self.assert_closed(reader)
        self.assert_open(kept)

    def test_each_request_has_what_came_with_it(self) -> None:
        """However many requests are read at once, of a client that has sent one before."""
        machine = self.vm(machine='none', serial=False)
        for oob in ([], ['oob']):
            qmp = Qmp(machine.path('qmp'), negotiate=False)
            qmp.command('qmp_capabilities', enable=oob)
            qmp.pending = None
            pipes = [self.pipe() for _ in range(3)]
            socket.send_fds(qmp.sock, [b'{"execute": "getfd", "arguments": {"fdname": "a"}}'],
                            [pipes[2][1]])
            self.assertIn('return', qmp.receive_reply())
            with_fd = {'b': pipes[0], 'd': pipes[1]}
            machine.process.send_signal(signal.SIGSTOP)
            for name in 'abcde':
                request = b'{"execute": "getfd", "arguments": {"fdname": "%s"}}' % name.encode()
                socket.send_fds(qmp.sock, [request], [e[1] for e in [with_fd.get(name)] if e])
            machine.process.send_signal(signal.SIGCONT)
            self.assertEqual(['return' in qmp.receive_reply() for _ in range(5)],
                             [False, True, False, True, False])
            readers = [self.hand_over(ends) for ends in pipes]
            qmp.send('closefd', {'fdname': 'b'})
            self.assertIn('return', qmp.receive_reply())
            self.assert_closed(readers[0])
            self.assert_open(readers[1])
            qmp.close()
            self.assert_closed(readers[1])

    def test_client_that_goes(self) -> None:
        """Named ones and those that no request took are closed."""
        machine = self.vm(machine='none', serial=False)
        named, ahead, loose = self.pipe(), self.pipe(), self.pipe()
        for oob in (False, True):
            client = Qmp(machine.path('qmp2'), negotiate=False)
            named, ahead = self.pipe(), self.pipe()
            client.command('qmp_capabilities', enable=['oob'] if oob else [])
            client.getfd('x', named[1])
            socket.send_fds(client.sock, [b' '], [ahead[1]])
            client.close()
            self.assert_closed(self.hand_over(named))
            self.assert_closed(self.hand_over(ahead))
        # A serial port has no use for any.
        serial = self.vm('-S')
        assert serial.serial
        socket.send_fds(serial.serial.sock, [b'x'], [loose[1]])
        self.assert_closed(self.hand_over(loose))

    def test_floods(self) -> None:
        """However many come, few are kept, and the session goes on."""
        machine = self.vm(machine='none', serial=False)
        qmp = machine.qmp
        fds = f'/proc/{machine.process.pid}/fd'
        before = len(os.listdir(fds))
        ends = self.pipe()
        for _ in range(50):
            socket.send_fds(qmp.sock, [b' '], [ends[1]] * 200)
        self.assertEqual(qmp.command('query-name'), {})
        self.wait_for(lambda: len(os.listdir(fds)) <= before + 1)
        for n in range(64):
            qmp.getfd(f'n{n}', ends[1])
        self.assert_fails(qmp, "File descriptor 'more' is one too many; a session may name 64",
                          'getfd', ends[1], fdname='more')
        qmp.getfd('n7', ends[1])

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until something becomes true."""
        deadline = time.monotonic() + 20
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.005)


if __name__ == '__main__':
    main()
