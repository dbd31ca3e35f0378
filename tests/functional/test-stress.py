"""What clients do on purpose or by accident, very often: nothing leaks, falls over or waits.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import fcntl
import json
import os
import resource
import select
import signal
import socket
import stat
import threading
import time
from typing import Any, Callable, Dict, List, Tuple

from harness import TIMEOUT, Vm, VmTest, main, sanitized
from qmp import Message, Qmp, QmpError

MIB = 1 << 20
RAM = 0x80000000
HARD_LIMIT = 4 * MIB  # of a session's output
NEGOTIATE = b'{"execute": "qmp_capabilities"}'
NEGOTIATE_OOB = b'{"execute": "qmp_capabilities", "arguments": {"enable": ["oob"]}}'


def request(command: str, **arguments: Any) -> bytes:
    """Return a request as it goes over the wire."""
    return json.dumps({'execute': command, 'arguments': arguments}).encode()


def make_fifo(machine: Vm, name: str = 'fifo') -> str:
    """Make a FIFO in the machine's directory."""
    path = machine.path(name)
    os.mkfifo(path)
    return path


def wait_until(what: Callable[[], bool]) -> bool:
    """Wait until something is so; return whether it is."""
    deadline = time.monotonic() + TIMEOUT
    while not what() and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(what())


class ComingAndGoingTest(VmTest):
    """10,000 clients that come, leave in the middle of something, and leave nothing behind."""

    def setUp(self) -> None:
        self.machine = self.vm('-S', '-m', '16', '-device', 'bochs-display', serial=False)
        fifo = make_fifo(self.machine)
        dump = request('dump-guest-memory', paging=False, protocol='file:' + fifo)
        save = request('pmemsave', val=RAM, size=MIB, filename=fifo)
        half = b'{"execute": "query-status", "id": "half a'
        # What they send before they go, and what they wait for first.
        self.behaviours: List[Tuple[bytes, bytes]] = [
            (b'', b''),
            (b'', b'QMP'),
            (NEGOTIATE, b''),
            (NEGOTIATE + half, b''),
            (NEGOTIATE + b'[' * 100, b'return'),
            (NEGOTIATE + request('query-qmp-schema') * 9, b'return'),
            (NEGOTIATE + request('screendump', filename=fifo), b'return'),
            (NEGOTIATE + save + save, b'return'),
            (NEGOTIATE + dump, b'return'),
            (NEGOTIATE_OOB, b'return'),
            (NEGOTIATE_OOB + b'{"exec-oob": "query-version"}' + half, b''),
            (NEGOTIATE_OOB + save + b'{"exec-oob": "query-status"}' * 3, b'return'),
            (NEGOTIATE_OOB + request('screendump', filename=fifo) * 12, b''),
        ]

    def come_and_go(self, count: int) -> None:
        """Be that many clients."""
        for i in range(count):
            data, wanted = self.behaviours[i % len(self.behaviours)]
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
                sock.settimeout(TIMEOUT)
                sock.connect(self.machine.path('qmp'))
                sock.sendall(data)
                seen = b''
                while wanted not in seen:
                    seen += sock.recv(1000)

    def settle(self) -> int:
        """Wait until nothing is in flight; return how many descriptors there are."""
        qmp = self.machine.qmp
        self.assertTrue(wait_until(lambda: bool(qmp.command('query-dump')['status'] != 'active')))
        self.assertTrue(wait_until(lambda: bool(qmp.command('query-commands-in-flight') == [])))
        return self.machine.descriptors()

    def test_nothing_leaks(self) -> None:
        self.come_and_go(1000)
        descriptors = self.settle()
        # Workers without work end by themselves; none is left in a FIFO.
        self.assertTrue(wait_until(lambda: self.machine.threads() <= 5))
        threads = self.machine.threads()
        self.come_and_go(4500)
        self.settle()
        # By now there have been as many workers at once as there can be, and what they keep.
        resident = self.machine.rss()
        self.come_and_go(4500)
        self.settle()
        self.assertTrue(wait_until(lambda: self.machine.descriptors() <= descriptors))
        self.assertTrue(wait_until(lambda: self.machine.threads() <= threads))
        if not sanitized():
            # Less than 1 KiB each.
            self.assertLess(self.machine.rss() - resident, 4 * MIB)
        self.assertEqual(self.machine.qmp.command('query-status')['status'], 'prelaunch')


class DeafClientTest(VmTest):
    """Clients that send and send and never read."""

    def send_until_stuck(self, sock: socket.socket, data: bytes, count: int) -> None:
        """Send that many requests, as far as they are taken."""
        sock.settimeout(1)
        try:
            for _ in range(count // 100):
                sock.sendall(data * 100)
        except TimeoutError:
            pass

    def test_cost_is_bounded_and_others_are_served(self) -> None:
        machine = self.vm('-S', machine='none', serial=False)
        warm = machine.connect()
        for _ in range(10):
            warm.command('query-qmp-schema')
        warm.close()
        cases = ((NEGOTIATE, request('query-qmp-schema')),
                 (NEGOTIATE, request('query-status')),
                 (NEGOTIATE, b'nonsense\n'),
                 (NEGOTIATE_OOB, b'{"exec-oob": "query-commands-in-flight"}'),
                 (b'', request('query-status')))
        for negotiation, data in cases:
            before = machine.rss()
            with self.subTest(data=data), \
                    socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
                sock.connect(machine.path('qmp2'))
                sock.sendall(negotiation)
                self.send_until_stuck(sock, data, 100_000)
                for _ in range(100):
                    machine.qmp.command('query-status')
                if not sanitized():
                    self.assertLess(machine.rss() - before, HARD_LIMIT + MIB)


class LargeInputTest(VmTest):
    """Requests that are long, or never end."""

    def setUp(self) -> None:
        self.machine = self.vm('-S', machine='none', serial=False)
        self.client = self.machine.connect()
        self.addCleanup(self.client.close)

    def send(self, *parts: bytes) -> 'threading.Thread':
        """Send from another thread, for replies may have to be read meanwhile."""
        self.client.pending = None

        def run() -> None:
            for part in parts:
                self.client.sock.sendall(part)

        thread = threading.Thread(target=run)
        thread.start()
        self.addCleanup(thread.join)
        return thread

    def next_with_id(self, ident: Any) -> List[Message]:
        """Return the replies up to the one with this id, without it."""
        before = []
        while (reply := self.client.receive_reply()).get('id') != ident:
            before.append(reply)
        self.assertIn('return', reply)
        return before

    def check_memory_is_back(self, before: int) -> None:
        """What a request took has been given back."""
        self.assertEqual(self.machine.qmp.command('query-status')['status'], 'prelaunch')
        if not sanitized():
            self.assertLess(self.machine.rss() - before, 16 * MIB)

    def test_16_mib(self) -> None:
        whole = json.dumps({'execute': 'query-status', 'arguments': {'x' * (16 * MIB): 1},
                            'id': 'large'}).encode()
        before = self.machine.rss()
        pieces = [whole[i:i + 700] for i in range(0, len(whole), 700)]
        for parts in ([whole], pieces):
            thread = self.send(*parts)
            reply = self.client.receive_reply()
            self.assertEqual(reply['id'], 'large')
            self.assertIn("A request for 'query-status' may take 1048576 bytes",
                          reply['error']['desc'])
            thread.join()
        self.check_memory_is_back(before)

    def test_16_mib_of_blanks(self) -> None:
        """They are no part of the value, and cost nobody anything."""
        thread = self.send(b'{"execute": "query-status",', b' ' * (16 * MIB), b'"id": 1}')
        self.assertIn('return', self.client.receive_reply())
        thread.join()

    def test_16_mib_where_they_are_expected(self) -> None:
        text = 'x\u20ac€' * (2 * MIB)
        thread = self.send(request('chardev-add', id='ring', backend={
            'type': 'ringbuf', 'data': {'size': 16 * MIB}}), (
                '{"execute": "ringbuf-write", "arguments": {"device": "ring", "data": "' + text +
                '"}}').encode())
        for _ in range(2):
            self.assertIn('return', self.client.receive_reply())
        thread.join()
        data = ''
        while more := self.machine.qmp.command('ringbuf-read', device='ring', size=4 * MIB - 2):
            data += more
        self.assertTrue(data == 'x€€' * (2 * MIB))

    def test_large_ids(self) -> None:
        """They come back with the reply, and so are bounded."""
        good = {'execute': 'query-status', 'id': 'x' * 65536}
        self.client.send_raw(json.dumps(good).encode())
        self.assertEqual(self.next_with_id(good['id']), [])
        kinds: List[Any] = ['x' * 65537, ['x' * 40000] * 2, {'x' * 65537: 1}, [1] * 70000]
        for ident in kinds + [[kind] for kind in kinds]:
            self.client.send_raw(json.dumps({'execute': 'query-status', 'id': ident}).encode())
            reply = self.client.receive_reply()
            self.assertIn("'id' is longer than 65536 bytes", reply['error']['desc'])
            self.assertNotIn('id', reply)

    def send_endless(self) -> None:
        """Send requests that never end, each kind of them."""
        mib = b'x' * MIB
        cases = (([b'{"execute": "'] + [mib] * 70 + [b'"}'], ''),
                 ([b'['] + [b'1,' * (MIB // 2)] * 5 + [b'1]'], 'token'),
                 ([b'[' * MIB, b']' * MIB], 'nesting'),
                 ([b'{"a":' * 100_000], 'nesting'))
        for number, (parts, word) in enumerate(cases):
            # A line feed ends what is left of a broken request, 0xFF any request.
            end = b'\n\xff' + json.dumps({'execute': 'query-name', 'id': number}).encode()
            thread = self.send(*parts, end)
            errors = self.next_with_id(number)
            thread.join()
            self.assertIn(word, errors[0]['error']['desc'])

    def test_endless(self) -> None:
        # The allocator may keep what small objects took; that is the same after some rounds.
        for _ in range(3):
            self.send_endless()
        before = self.machine.rss()
        for _ in range(3):
            self.send_endless()
        self.check_memory_is_back(before)

    def check_limit(self, most: bytes, more: bytes, word: str,
                    fault: str = "A request for 'query-name'") -> None:
        """What just fits is parsed, and refused for its argument only; a little more is not."""
        thread = self.send(most, more, json.dumps({'execute': 'query-name', 'id': 1}).encode())
        self.assertIn(fault, self.client.receive_reply()['error']['desc'])
        self.assertIn(word, self.client.receive_reply()['error']['desc'])
        self.assertEqual(self.next_with_id(1), [])
        thread.join()

    def test_nesting_limit(self) -> None:
        """1024 levels, two of which are the request and its arguments."""
        most, more = (request('query-name', much=0).replace(b'0', b'[' * levels + b']' * levels)
                      for levels in (1022, 1023))
        self.check_limit(most, more, 'nesting depth limit of 1024', "'much' is unexpected")

    def test_token_limit(self) -> None:
        """Two million; each number but the first costs two, and the rest of it 14."""
        most, more = (request('query-name', much=[0] * count) for count in (999_990, 1_000_000))
        self.check_limit(most, more, 'token count limit of 2000000')

    def test_size_limit(self) -> None:
        """64 MiB, to the byte."""
        frame = len(request('query-name', much=''))
        most, more = (request('query-name', much='x' * (64 * MIB - frame + excess))
                      for excess in (0, 1))
        self.check_limit(most, more, f'size limit of {64 * MIB} bytes')

    def test_resets(self) -> None:
        """0xFF ends whatever was half sent, with an error in its place, even of nothing."""
        good = json.dumps({'execute': 'query-status', 'id': 1}).encode()
        for half in (b'{"execute": "qu', b'[[[[', b'"', b'{"execute": "query-status"', b'tru', b''):
            with self.subTest(half=half):
                self.client.send_raw(half + b'\xff' + good)
                self.assertIn('JSON parse error', self.client.receive_reply()['error']['desc'])
                self.next_with_id(1)
        for stray in (b'\xff', b'\x00', b'\x01'):
            self.client.send_raw(stray)
            self.assertIn(f'stray byte 0x{stray[0]:02X}',
                          self.client.receive_reply()['error']['desc'])
        self.client.send_raw(b'\xff' * 10_000 + good)
        for _ in range(10_000):
            self.assertIn('error', self.client.receive_reply())
        self.next_with_id(1)

    def test_numbers(self) -> None:
        self.client.pending = None
        for text, value in (('0e1', 0), ('-0.0', 0), ('1e2', 100), ('5e-324', 5e-324),
                            ('18446744073709551615', 2 ** 64 - 1),
                            ('-9223372036854775808', -2 ** 63), ('1e308', 1e308)):
            self.client.send_raw(b'{"execute": "query-status", "id": %s}' % text.encode())
            line = self.client.receive_line()
            self.assertNotIn(b'inf', line.lower())
            self.assertEqual(json.loads(line)['id'], value)
        self.client.send_raw(b'{"execute": "query-status", "id": 1e999}\n')
        self.assertIn('error', self.client.receive_reply())
        self.client.send_raw(b'{"execute": "query-status", "id": 1}')
        self.next_with_id(1)


class QueueTest(VmTest):
    """What stands behind a command that waits."""

    def setUp(self) -> None:
        self.machine = self.vm('-S', '-m', '16', serial=False)
        self.fifo = make_fifo(self.machine)
        self.client = self.machine.connect()
        self.client.send('pmemsave', {'val': RAM, 'size': 16, 'filename': self.fifo}, id='busy')
        self.client.pending = None
        self.assertTrue(wait_until(lambda: 'waits-for' in self.busy()))

    def busy(self) -> Message:
        """Return what is shown of the command that waits."""
        flying = self.machine.qmp.command('query-commands-in-flight')
        return next((info for info in flying if info.get('id') == 'busy'), {})

    def queued(self) -> int:
        """Return how many requests stand behind it."""
        session = self.busy()['session']
        return next(int(shown['qmp']['queued'])
                    for monitor in self.machine.qmp.command('query-monitors')
                    for shown in monitor['sessions'] if shown['session'] == session)

    def cancel(self) -> None:
        """Have the command end, and take its reply, the first of all."""
        self.machine.qmp.command('cancel-command', id='busy', session=self.busy()['session'])
        reply = self.client.receive_reply()
        self.assertEqual(reply.get('id'), 'busy')
        self.assertIn('cancelled', reply['error']['desc'])

    def test_length(self) -> None:
        # One read brings all of them: only the length of the queue can hold them back.
        self.client.send_raw(b''.join(json.dumps({'execute': 'query-name', 'id': i}).encode()
                                      for i in range(50)))
        self.assertTrue(wait_until(lambda: self.queued() >= 8))
        for _ in range(20):
            self.assertEqual(self.queued(), 8)
        self.cancel()
        self.assertEqual([self.client.receive_reply()['id'] for _ in range(50)], list(range(50)))

    def test_memory(self) -> None:
        """It is full with more than 64 MiB, and so with the fourth request of 20 MiB."""
        large = request('query-name', much='x' * (20 * MIB))
        sent: List[int] = []

        def run() -> None:
            for _ in range(8):
                for start in range(0, len(large), MIB):
                    self.client.sock.sendall(large[start:start + MIB])
                    sent.append(start)

        thread = threading.Thread(target=run)
        thread.start()
        self.addCleanup(thread.join)
        self.assertTrue(wait_until(lambda: self.queued() >= 4))
        # The sender stands still, or has got rid of everything.
        before = -1
        while before < len(sent):
            before = len(sent)
            time.sleep(0.5)
        self.assertEqual(self.queued(), 4)
        self.assertTrue(thread.is_alive())
        self.cancel()
        for _ in range(8):
            self.assertIn("A request for 'query-name'",
                          self.client.receive_reply()['error']['desc'])

    def test_errors_keep_their_place(self) -> None:
        self.client.send_raw(b'{"execute": "query-name", "id": 1} {"execute" "x"}\n'
                             b'{"execute": "query-name", "id": 2} ] [] nonsense\n'
                             b'{"execute": "query-name", "id": 3}')
        self.assertTrue(wait_until(lambda: self.queued() >= 7))
        self.cancel()
        replies = [self.client.receive_reply() for _ in range(7)]
        self.assertEqual([reply.get('id', 'error' in reply) for reply in replies],
                         [1, True, 2, True, True, True, 3])

    def test_a_byte_that_ends_two(self) -> None:
        """Also where the first of them takes the last place in the queue."""
        for before in (0, 6, 7, 8):
            with self.subTest(before=before):
                self.client.send_raw(b'{"execute": "query-name"}' * before + b'12')
                self.assertTrue(wait_until(lambda: self.queued() == before))
                self.assertEqual(self.queued(), before)  # by now the number was read, too
                self.client.send_raw(b']')
                self.assertTrue(wait_until(lambda: self.queued() == min(before + 2, 8)))
                self.cancel()
                for _ in range(before):
                    self.assertIn('return', self.client.receive_reply())
                for word in ('object', 'JSON'):
                    self.assertIn(word, self.client.receive_reply()['error']['desc'])
                self.client.send('pmemsave', {'val': RAM, 'size': 16, 'filename': self.fifo},
                                 id='busy')
                self.assertTrue(wait_until(lambda: 'waits-for' in self.busy()))

    def test_a_byte_that_ends_two_while_negotiating(self) -> None:
        """One thing at a time is parsed then, and the second of them waits for its turn."""
        with Qmp(self.machine.path('qmp2'), TIMEOUT, negotiate=False) as client:
            for _ in range(20):
                client.send_raw(b'\n12')  # the line feed ends what is broken
                for _ in range(2):
                    self.machine.qmp.command('query-name')  # by then those were read
                client.send_raw(b']')
                for word in ('object', 'JSON'):
                    self.assertIn(word, client.receive_reply()['error']['desc'])
            client.pending = []
            client.negotiate()
            self.assertEqual(client.command('query-status')['status'], 'prelaunch')


class EndTest(VmTest):
    """The end of the process in the middle of everything, again and again."""

    ROUNDS = 20

    def check_end(self, client: Qmp, replies: List[Message]) -> None:
        """Requests were answered in order, up to some point, and SHUTDOWN came."""
        self.assertEqual([r['id'] for r in replies if 'event' not in r],
                         list(range(sum('event' not in r for r in replies))))
        self.assertIn('SHUTDOWN', [r.get('event') for r in replies + client.events])

    def collect(self, client: Qmp, replies: List[Message]) -> threading.Thread:
        """Read all that comes, beside others."""
        thread = threading.Thread(target=lambda: replies.extend(client.receive_all()))
        thread.start()
        return thread

    def stream(self, client: Qmp, count: int) -> None:
        """Send commands without waiting, as long as somebody takes them."""
        commands = ('query-status', 'query-cpus-fast', 'qom-list-types', 'query-name', 'no-such')
        client.pending = None
        try:
            for i in range(count):
                client.sock.sendall(json.dumps({'execute': commands[i % len(commands)],
                                                'id': i}).encode())
        except (BrokenPipeError, ConnectionResetError):
            pass

    def run_round(self, end: Callable[[Vm], None]) -> None:
        """Four clients that stream commands, and the end of the process."""
        machine = Vm('-m', '16', serial=False)
        clients = [machine.connect() for _ in range(4)]
        everything: List[List[Message]] = [[] for _ in clients]
        readers = [self.collect(c, replies) for c, replies in zip(clients, everything)]
        writers = [threading.Thread(target=self.stream, args=(c, 300)) for c in clients]
        for thread in writers:
            thread.start()
        try:
            end(machine)
            self.assertEqual(machine.wait(), 0)
            for thread in writers + readers:
                thread.join()
        finally:
            machine.close()
        for client, replies in zip(clients, everything):
            self.check_end(client, replies)

    def test_sigterm_in_a_stream_of_commands(self) -> None:
        for i in range(self.ROUNDS):
            with self.subTest(i=i):
                self.run_round(lambda machine: machine.process.send_signal(signal.SIGTERM))

    def test_quit_from_four_at_once(self) -> None:
        def quit_from_all(machine: Vm) -> None:
            quitters = [Qmp(machine.path('qmp'), TIMEOUT) for _ in range(4)]
            barrier = threading.Barrier(len(quitters))
            answers: List[Message] = []

            def run(client: Qmp) -> None:
                barrier.wait()
                try:
                    client.send('quit')
                    answers.extend(client.receive_all())
                except BrokenPipeError:
                    pass  # the others were quick

            threads = [threading.Thread(target=run, args=(q,)) for q in quitters]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertIn({}, [answer.get('return') for answer in answers])
            for client in quitters:
                client.close()

        for i in range(self.ROUNDS):
            with self.subTest(i=i):
                self.run_round(quit_from_all)

    def test_with_commands_that_wait(self) -> None:
        """Whoever waits gets an answer too: that it was cancelled."""
        machine = self.vm('-S', '-m', '16', '-device', 'bochs-display', serial=False)
        fifo = make_fifo(machine)
        waiting = [machine.connect() for _ in range(3)]
        waiting[0].send('screendump', {'filename': fifo})
        waiting[1].send('pmemsave', {'val': RAM, 'size': MIB, 'filename': fifo})
        waiting[2].send('dump-guest-memory', {'paging': False, 'protocol': 'file:' + fifo})
        self.assertTrue(wait_until(
            lambda: len(machine.qmp.command('query-commands-in-flight')) == 3))
        machine.process.send_signal(signal.SIGTERM)
        for client in waiting:
            messages = client.receive_all() + client.events
            self.assertEqual([m['error']['class'] for m in messages if 'error' in m],
                             ['GenericError'])
            self.assertIn('SHUTDOWN', [m.get('event') for m in messages])
        self.assertEqual(machine.wait(), 0)


class FileTest(VmTest):
    """Commands that write files where that goes wrong: an error, and the guest goes on."""

    def setUp(self) -> None:
        self.machine = self.boot_testcard()
        self.qmp = self.machine.qmp

    def writers(self, path: str) -> Dict[str, Tuple[str, Dict[str, Any]]]:
        """Return the commands that write a file, by what they are called here."""
        return {
            'ppm': ('screendump', {'filename': path}),
            'png': ('screendump', {'filename': path, 'format': 'png'}),
            'memsave': ('memsave', {'val': RAM, 'size': 4 * MIB, 'filename': path}),
            'pmemsave': ('pmemsave', {'val': RAM, 'size': 4 * MIB, 'filename': path}),
            'dump': ('dump-guest-memory', {'paging': False, 'protocol': 'file:' + path}),
        }

    def expect_error(self, command: str, arguments: Dict[str, Any]) -> str:
        """Run a command in vain."""
        with self.assertRaises(QmpError) as caught:
            self.qmp.command(command, **arguments)
        return caught.exception.desc

    def check_alive(self) -> None:
        """The process answers, and so does the guest."""
        self.assertTrue(wait_until(lambda: bool(self.qmp.command('query-status')['running'])))
        self.machine.type('nonsense\n')
        self.machine.expect('error:')
        self.qmp.command('screendump', filename='/dev/null')

    def names(self) -> List[str]:
        """Return the files in the machine's directory."""
        return sorted(os.listdir(self.machine.dir))

    def test_size_limit(self) -> None:
        pid = self.machine.process.pid
        limits = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        before = self.names()
        path = self.machine.path('target')
        for name, (command, arguments) in self.writers(path).items():
            with self.subTest(name=name):
                with open(path, 'wb') as file:
                    file.write(b'what was there')
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (2000, limits[1]))
                self.assertIn(path, self.expect_error(command, arguments))
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
                # Memory is saved in place; the others promise a whole file or none.
                if 'memsave' not in name:
                    with open(path, 'rb') as file:
                        self.assertEqual(file.read(), b'what was there')
                os.unlink(path)
                self.assertEqual(self.names(), before)
                self.check_alive()

    def test_reader_that_goes_away(self) -> None:
        fifo = make_fifo(self.machine)
        for name, (command, arguments) in self.writers(fifo).items():
            with self.subTest(name=name):
                reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
                fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 4096)
                self.qmp.send(command, arguments)
                select.select([reader], [], [], TIMEOUT)
                self.assertTrue(os.read(reader, 10))
                os.close(reader)
                reply = self.qmp.receive_reply()
                self.assertIn(fifo, reply['error']['desc'])
                self.assertIn('Broken pipe', reply['error']['desc'])
                self.assertTrue(stat.S_ISFIFO(os.stat(fifo).st_mode))
                self.check_alive()

    def test_device_nodes_stay(self) -> None:
        for name, (command, arguments) in self.writers('/dev/null').items():
            with self.subTest(name=name):
                self.qmp.command(command, **arguments)
        for name, (command, arguments) in self.writers('/dev/full').items():
            with self.subTest(name=name):
                self.assertIn('No space left', self.expect_error(command, arguments))
        for node in ('/dev/null', '/dev/full'):
            self.assertTrue(stat.S_ISCHR(os.stat(node).st_mode))
        self.check_alive()

    def test_names_that_are_none(self) -> None:
        before = self.names()
        directory = self.machine.path('x')
        for bad in (b'\\u0000', b'a\\u0000b', b'\xff', b'\xc3(', b'\xed\xa0\x80', b'\\ud800'):
            for command, arguments in self.writers(directory + '/../NAME').values():
                with self.subTest(bad=bad, command=command):
                    text = json.dumps({'execute': command, 'arguments': arguments}).encode()
                    self.qmp.send_raw(text.replace(b'NAME', bad) + b'\n')
                    self.assertTrue(self.qmp.receive_reply()['error']['desc'])
                    # 0xFF ends a request, and what follows it is an error of its own.
                    self.qmp.send_raw(b'\xff{"execute": "query-name", "id": "next"}')
                    while self.qmp.receive_reply().get('id') != 'next':
                        pass
        self.assertEqual(self.names(), before)


if __name__ == '__main__':
    main()
