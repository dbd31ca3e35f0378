"""Many sessions at once, on one socket and on several: none disturbs another.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import itertools
import json
import os
import resource
import socket
import stat
import subprocess
import time
from typing import Any, Dict, List

from harness import TIMEOUT, VITRINE, Stream, VmTest, main, sanitized
from qmp import Message, Qmp, QmpError


class SharedSocketTest(VmTest):
    """A listening socket serves every client that comes."""

    def setUp(self) -> None:
        self.machine = self.vm('-S', machine='none', serial=False)

    def test_256_at_once(self) -> None:
        clients = [self.machine.connect('qmp') for _ in range(256)]
        for i, client in enumerate(clients):
            client.send('query-status', id=i)
        for i, client in enumerate(clients):
            self.assertEqual(client.receive_reply()['id'], i)
        for client in clients:
            client.close()
        self.assertEqual(self.machine.qmp.command('query-status')['status'], 'prelaunch')

    def test_an_idle_session_costs_little(self) -> None:
        if sanitized():
            self.skipTest('sanitizers have their own idea of memory')
        for client in [self.machine.connect('qmp') for _ in range(8)]:
            client.close()
        before = self.machine.rss()
        clients = [self.machine.connect('qmp') for _ in range(200)]
        self.assertLess((self.machine.rss() - before) / len(clients), 65536)
        for client in clients:
            client.close()

    def test_leaving_disturbs_nobody(self) -> None:
        staying = self.machine.connect('qmp')
        leaving = [self.machine.connect('qmp') for _ in range(20)]
        for i, client in enumerate(leaving):
            if i % 2:
                client.send_raw(b'{"execute": "query-sta')
            else:
                client.send('query-status')
            client.close()
        for _ in range(50):
            self.assertEqual(staying.command('query-status')['status'], 'prelaunch')
        staying.close()

    def test_events_go_to_everybody_who_negotiated(self) -> None:
        deaf = Qmp(self.machine.path('qmp'), negotiate=False)
        clients = [self.machine.connect(server) for server in ('qmp', 'qmp', 'qmp2')]
        clients[0].command('cont')
        for client in clients + [self.machine.qmp]:
            client.wait_event('RESUME')
        # The first that comes is a reply: no event came before.
        self.assertIn('return', self.negotiate(deaf))
        clients[0].command('stop')
        deaf.wait_event('STOP')

    @staticmethod
    def negotiate(client: Qmp) -> Message:
        """Leave negotiation; return the very next message."""
        client.send('qmp_capabilities')
        return client.receive()

    def test_shown_as_connected(self) -> None:
        def shown() -> str:
            chardevs = self.machine.qmp.command('query-chardev')
            return next(str(c['filename']) for c in chardevs if 'qmp2' in c['filename'])

        self.assertTrue(shown().startswith('disconnected:'))
        clients = [self.machine.connect() for _ in range(2)]
        self.assertFalse(shown().startswith('disconnected:'))
        clients[0].close()
        self.assertFalse(shown().startswith('disconnected:'))
        clients[1].close()
        deadline = time.monotonic() + TIMEOUT
        while not shown().startswith('disconnected:') and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertTrue(shown().startswith('disconnected:'))

    def test_quit_from_many(self) -> None:
        clients = [self.machine.connect('qmp') for _ in range(8)]
        for client in clients:
            try:
                client.send('quit')
            except BrokenPipeError:
                pass  # the first ones were quick
        self.assertEqual(clients[0].receive_reply()['return'], {})
        for client in clients:
            # Events go to all; a reply only to those who were heard in time.
            messages = client.receive_all()
            self.assertIn('SHUTDOWN', [m.get('event') for m in messages + client.events])
            self.assertTrue(all(m.get('return', {}) == {} for m in messages))
        self.assertEqual(self.machine.wait(), 0)


class OutOfDescriptorsTest(VmTest):
    """Clients wait, and the process does not spin, when no descriptor is free."""

    def test_backs_off(self) -> None:
        machine = self.vm('-S', machine='none', serial=False)
        pid = machine.process.pid
        used = machine.descriptors()
        limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 2, limits[1]))
        waiting: List[socket.socket] = []
        for _ in range(8):
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            sock.settimeout(TIMEOUT)
            sock.connect(machine.path('qmp'))
            waiting.append(sock)
        time.sleep(0.2)
        before = self.cpu_ticks(pid)
        time.sleep(1)
        self.assertLess(self.cpu_ticks(pid) - before, 25)
        self.assertEqual(machine.qmp.command('query-status')['status'], 'prelaunch')
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
        for sock in waiting:
            self.assertIn(b'QMP', sock.recv(1000))
            sock.close()
        self.assertIn('cannot accept a connection', machine.stderr())

    def test_no_thread_of_its_own(self) -> None:
        machine = self.vm('-S', machine='none', serial=False)
        pid = machine.process.pid
        oob = Qmp(machine.path('qmp'), negotiate=False)
        limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (machine.descriptors() + 1, limits[1]))
        for _ in range(3):
            with self.assertRaisesRegex(QmpError, "'oob' needs a thread"):
                oob.command('qmp_capabilities', enable=['oob'])
            with self.assertRaisesRegex(QmpError, 'descriptors to spare'):
                machine.qmp.command('object-add', qom_type='iothread', id='t')
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
        oob.command('qmp_capabilities', enable=['oob'])
        machine.qmp.command('object-add', qom_type='iothread', id='t')
        self.assertEqual(oob.command('query-status')['status'], 'prelaunch')
        oob.close()

    @staticmethod
    def cpu_ticks(pid: int) -> int:
        """Return the processor time used so far, in clock ticks."""
        with open(f'/proc/{pid}/stat', encoding='ascii') as stat:
            fields = stat.read().rpartition(')')[2].split()
        return int(fields[11]) + int(fields[12])


class InheritedTest(VmTest):
    """Descriptors passed by a manager."""

    def start(self, sock: socket.socket, server: str) -> 'subprocess.Popen[bytes]':
        process = subprocess.Popen(
            [VITRINE, '-M', 'none', '-display', 'none', '-nodefaults', '-S',
             '-chardev', f'socket,id=mon,fd={sock.fileno()}{server}',
             '-mon', 'chardev=mon,mode=control'],
            pass_fds=[sock.fileno()], stdin=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def test_listening(self) -> None:
        path = os.path.join(self.directory(), 'sock')
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(path)
            listener.listen()
            process = self.start(listener, ',server=on,wait=off')
        clients = [Qmp(path, TIMEOUT) for _ in range(3)]
        for client in clients:
            self.assertEqual(client.command('query-status')['status'], 'prelaunch')
        clients[0].command('quit')
        self.assertEqual(process.wait(TIMEOUT), 0)
        for client in clients:
            client.close()

    def test_connected(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            process = self.start(theirs, '')
        with ours:
            ours.settimeout(TIMEOUT)
            self.assertIn(b'QMP', ours.recv(1000))
            ours.sendall(b'{"execute": "qmp_capabilities"}{"execute": "quit"}')
            while ours.recv(1000):
                pass
        self.assertEqual(process.wait(TIMEOUT), 0)

    def test_waited_for(self) -> None:
        """Who is there before the monitor is the first of its clients."""
        path = os.path.join(self.directory(), 'sock')
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(path)
            listener.listen()
            process = self.start(listener, ',server=on,wait=on')
        first, second = Qmp(path, TIMEOUT), Qmp(path, TIMEOUT)
        self.assertEqual(first.command('query-status')['status'], 'prelaunch')
        self.assertEqual(second.command('quit'), {})
        self.assertEqual(process.wait(TIMEOUT), 0)
        first.close()
        second.close()


class CancellationTest(VmTest):
    """Commands that wait can be seen, and made to stop."""

    def setUp(self) -> None:
        self.machine = self.vm('-S', '-m', '32', serial=False)
        self.fifo = os.path.join(self.directory(), 'fifo')
        os.mkfifo(self.fifo)
        self.early: List[Message] = []  # replies that came before one out of band
        self.client = Qmp(self.machine.path('qmp'), TIMEOUT, negotiate=False)
        self.client.command('qmp_capabilities', enable=['oob'])
        self.addCleanup(self.client.close)

    def start(self, ident: Any, **members: Any) -> None:
        """Send a command that waits for a reader of the FIFO."""
        arguments = {'val': 0x80000000, 'size': 1 << 20, 'filename': self.fifo}
        self.client.send('pmemsave', arguments, id=ident, **members)

    def in_flight(self) -> List[Message]:
        """Return what other sessions have in flight."""
        result: List[Message] = self.machine.qmp.command('query-commands-in-flight')
        return result

    def wait_running(self, ident: Any) -> Message:
        """Wait until a command runs and waits for something."""
        while True:
            for info in self.in_flight():
                if info.get('id') == ident and info['running'] and 'waits-for' in info:
                    return info

    def oob(self, command: str, arguments: Message) -> Message:
        """Run a command out of band; return its reply."""
        self.client.send_raw(json.dumps({'exec-oob': command, 'arguments': arguments,
                                         'id': 'oob'}).encode())
        while (reply := self.client.receive_reply())['id'] != 'oob':
            self.early.append(reply)
        return reply

    def reply(self) -> Message:
        """Return the next reply in band, which may have overtaken one out of band."""
        return self.early.pop(0) if self.early else self.client.receive_reply()

    def expect_cancelled(self, ident: Any, why: str) -> None:
        """Take the reply to a command that was cancelled."""
        reply = self.reply()
        self.assertEqual(reply['id'], ident)
        self.assertEqual(reply['error']['desc'], f"Command 'pmemsave' was cancelled: {why}")
        self.assertTrue(stat.S_ISFIFO(os.stat(self.fifo).st_mode))

    def test_shown_while_they_wait(self) -> None:
        self.assertEqual(self.in_flight(), [])
        self.start({'a': [1, None]})
        self.start(2)
        first = self.wait_running({'a': [1, None]})
        self.assertEqual(first['command'], 'pmemsave')
        time.sleep(0.05)
        both = self.in_flight()
        self.assertEqual([info.get('id') for info in both], [first['id'], 2])
        self.assertEqual([info['running'] for info in both], [True, False])
        self.assertGreaterEqual(both[1]['age'], 40)
        self.assertEqual(both[0]['session'], both[1]['session'])

    def test_cancel_by_id(self) -> None:
        for ident in ('a', 'b', 'c'):
            self.start(ident)
        self.wait_running('a')
        self.assertEqual(self.oob('cancel-command', {'id': 'b'})['return'], {})
        self.assertEqual(self.oob('cancel-command', {'id': 'a'})['return'], {})
        self.expect_cancelled('a', 'by cancel-command')
        self.expect_cancelled('b', 'by cancel-command')
        session = self.wait_running('c')['session']
        self.machine.qmp.command('cancel-command', id='c', session=session)
        self.expect_cancelled('c', 'by cancel-command')
        self.assertIn('"c"', self.oob('cancel-command', {'id': 'c'})['error']['desc'])
        self.assertIn('session', self.oob('cancel-command', {'id': 'c', 'session': 0})
                      ['error']['desc'])

    def test_cancel_one_of_several(self) -> None:
        """Ids are compared as values; of those that are the same the first counts, each once."""
        for _ in range(3):
            self.start({'a': 1, 'b': [2]})
        self.wait_running({'a': 1, 'b': [2]})
        same = {'b': [2], 'a': 1}
        for _ in range(3):
            self.assertEqual(self.oob('cancel-command', {'id': same})['return'], {})
        for _ in range(3):
            self.expect_cancelled({'a': 1, 'b': [2]}, 'by cancel-command')
        self.assertIn('No command', self.oob('cancel-command', {'id': same})['error']['desc'])

    def test_cancel_behind_a_full_queue(self) -> None:
        """As soon as one of the queued ones runs there is room, and what cancels it is read."""
        self.start('first', timeout=300)
        self.start('second')
        self.client.pending = None
        for i in range(7):
            self.client.send('query-name', id=i)
        self.expect_cancelled('first', 'its timeout is over')
        self.assertEqual(self.oob('cancel-command', {'id': 'second'})['return'], {})
        self.expect_cancelled('second', 'by cancel-command')
        self.assertEqual([self.reply()['id'] for _ in range(7)], list(range(7)))

    def test_in_a_human_monitor_command(self) -> None:
        self.client.send('human-monitor-command', {
            'command-line': f'pmemsave 0x80000000 65536 "{self.fifo}"'}, id='h', timeout=100)
        reply = self.client.receive_reply()
        self.assertEqual(reply['id'], 'h')
        self.assertEqual(reply['error']['desc'],
                         "Command 'human-monitor-command' was cancelled: its timeout is over")

    def test_older_spelling_of_oob(self) -> None:
        self.start('busy')
        self.wait_running('busy')
        self.client.send('query-version', id='quick', control={'run-oob': True})
        self.client.send('query-status', id='bad', control={'run-oob': 1})
        self.client.send('query-chardev', id='not', control={'run-oob': True})
        self.client.pending = None  # replies overtake each other
        self.assertEqual(self.client.receive_reply()['id'], 'quick')
        reply = self.client.receive_reply()
        self.assertEqual(reply['id'], 'not')
        self.assertIn('OOB', reply['error']['desc'])
        self.assertEqual(self.oob('cancel-command', {'id': 'busy'})['return'], {})
        replies = {r['id']: r for r in self.early}
        while len(replies) < 2:
            reply = self.client.receive_reply()
            replies[reply['id']] = reply
        self.assertIn("'control'", replies['bad']['error']['desc'])
        self.machine.qmp.send('query-version', control={'run-oob': True})
        self.assertIn("'control'", self.machine.qmp.receive_reply()['error']['desc'])

    def test_timeout(self) -> None:
        self.start(1, timeout=100)
        self.start(2, timeout=1)
        self.start(3, timeout=200)
        for ident in (1, 2, 3):
            self.expect_cancelled(ident, 'its timeout is over')
        for wrong in (0, -1, 'x', 1.5, 1 << 31, None):
            self.client.send('query-status', id='wrong', timeout=wrong)
            reply = self.client.receive_reply()
            self.assertEqual(reply['id'], 'wrong')
            self.assertIn("'timeout'", reply['error']['desc'])
        self.client.send('query-status', timeout=10000)
        self.assertIn('return', self.client.receive_reply())


class HalfClosedTest(VmTest):
    """Clients that send no more: gone if a command of theirs waits for ever, else answered."""

    def setUp(self) -> None:
        self.machine = self.vm('-S', '-m', '32', '-qmp', 'tcp:127.0.0.1:0,server=on,wait=off',
                               serial=False)
        self.fifo = os.path.join(self.directory(), 'fifo')
        os.mkfifo(self.fifo)

    def connect(self, family: int, *capabilities: str) -> socket.socket:
        """Connect over TCP or a UNIX socket and negotiate."""
        sock = socket.socket(family)
        self.addCleanup(sock.close)
        sock.settimeout(TIMEOUT)
        names = [c['filename'] for c in self.machine.qmp.command('query-chardev')]
        port = next(n for n in names if 'tcp:' in n).split(',')[0].rpartition(':')[2]
        sock.connect(('127.0.0.1', int(port)) if family == socket.AF_INET
                     else self.machine.path('qmp2'))
        request = {'execute': 'qmp_capabilities', 'arguments': {'enable': capabilities}}
        sock.sendall(json.dumps(request).encode())
        seen = b''
        while b'"return"' not in seen:
            seen += sock.recv(65536)
        return sock

    def in_flight(self) -> int:
        """Return how many requests of others are not yet answered."""
        return len(self.machine.qmp.command('query-commands-in-flight'))

    def wait_in_flight(self, number: int) -> None:
        """Wait until that many are."""
        deadline = time.monotonic() + TIMEOUT
        while self.in_flight() != number:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.005)

    def wait_waiting(self, number: int) -> None:
        """Wait until that many commands run and wait for something."""
        while sum('waits-for' in info for info in
                  self.machine.qmp.command('query-commands-in-flight')) < number:
            pass

    def test_full_queue(self) -> None:
        """A command that waits is cancelled, though nothing more is read."""
        arguments = {'val': 0x80000000, 'size': 1 << 20, 'filename': self.fifo}
        busy = json.dumps({'execute': 'pmemsave', 'arguments': arguments}).encode()
        socks = []
        for family, capabilities, more, close in itertools.product(
                (socket.AF_INET, socket.AF_UNIX), ((), ('oob',)), (8, 20), (True, False)):
            sock = self.connect(family, *capabilities)
            sock.sendall(busy)
            socks.append((sock, close))
            self.wait_waiting(len(socks))
            sock.sendall(b'{"execute": "query-name"}' * more)
            self.wait_in_flight(9 * len(socks))
        for sock, close in socks:
            if close:
                sock.close()
            else:
                sock.shutdown(socket.SHUT_WR)
        self.wait_in_flight(0)

    def test_short_waits(self) -> None:
        """Replies are due to commands that wait a little, and to those behind them."""
        commands: List[Dict[str, Any]] = [
            {'execute': 'cont'}, {'execute': 'query-name', 'id': 1},
            {'execute': 'pmemsave', 'arguments': {'val': 0x80000000, 'size': 4096,
                                                  'filename': self.fifo + '-not'}},
            {'execute': 'stop'}, {'execute': 'system_reset'},
            {'execute': 'human-monitor-command',
             'arguments': {'command-line': 'info registers'}}]
        text = b''.join(json.dumps(command).encode() for command in commands)
        for family in (socket.AF_INET, socket.AF_UNIX):
            for capabilities in ((), ('oob',)):
                for times in (1, 20):
                    with self.subTest(family, oob=capabilities, times=times):
                        sock = self.connect(family, *capabilities)
                        sock.sendall(text * times)
                        sock.shutdown(socket.SHUT_WR)
                        seen = b''
                        while chunk := sock.recv(1 << 20):
                            seen += chunk
                        self.assertEqual(seen.count(b'"return"'), len(commands) * times)

    def test_unread_replies(self) -> None:
        """None is lost, however much of them is unread when the end comes."""
        for family in (socket.AF_INET, socket.AF_UNIX):
            for capabilities in ((), ('oob',)):
                with self.subTest(family, oob=capabilities):
                    sock = self.connect(family, *capabilities)
                    sock.sendall(b'{"execute": "query-qmp-schema"}' * 200)
                    sock.shutdown(socket.SHUT_WR)
                    lines = 0
                    while chunk := sock.recv(1 << 20):
                        lines += chunk.count(b'\n')
                    self.assertEqual(lines, 200)

    def test_waits_behind_unread_replies(self) -> None:
        """The end was seen before the command began to wait."""
        arguments = {'val': 0x80000000, 'size': 1 << 20, 'filename': self.fifo}
        busy = json.dumps({'execute': 'pmemsave', 'arguments': arguments}).encode()
        for family in (socket.AF_INET, socket.AF_UNIX):
            sock = self.connect(family)
            sock.sendall(b'{"execute": "query-qmp-schema"}' * 100 + busy +
                         b'{"execute": "query-name"}' * 20)
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(1 << 20):
                pass
            self.wait_in_flight(0)


class HmpTest(VmTest):
    """People share a monitor's socket too, each with a prompt and a line of their own."""

    def test_two_people(self) -> None:
        path = os.path.join(self.directory(), 'hmp')
        self.vm('-S', '-monitor', f'unix:{path},server=on,wait=off', machine='none', serial=False)
        one, two = Stream(path), Stream(path)
        for person in (one, two):
            person.expect('(qemu) ')
        one.send('info sta')
        two.send('print 40+2\n')
        self.assertIn('0x2a', two.expect('\n(qemu) '))
        one.send('tus\n')
        self.assertIn('VM status: paused', one.expect('\n(qemu) '))
        one.close()
        two.send('print /d 6*7\n')
        self.assertIn('42', two.expect('\n(qemu) '))
        two.close()


if __name__ == '__main__':
    main()
