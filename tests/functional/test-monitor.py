"""The monitor's own affairs: capabilities, events and their serials, limits, access, what it shows.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import os
import re
import signal
import socket
import struct
import threading
import time
from typing import Any, Callable, List, Set

from harness import TIMEOUT, Stream, Vm, VmTest, main
from qmp import Message, Qmp, QmpError

HARD = 1 << 16


class MonitorTest(VmTest):
    """Monitors made with -mon and its options."""

    def start(self, **options: str) -> Vm:
        """Start a machine with a monitor 'mon' that has these options, beside the usual two."""
        self.path = os.path.join(self.directory(), 'mon')
        text = ''.join(f',{key.replace("_", "-")}={value}' for key, value in options.items())
        mode = '' if 'mode' in options else ',mode=control'
        return self.vm('-S', '-m', '32',
                       '-chardev', f'socket,id=mon,path={self.path},server=on,wait=off',
                       '-mon', f'mon{mode}{text}', serial=False)

    def client(self, *enable: str) -> Qmp:
        """Connect to that monitor and enable capabilities."""
        client = Qmp(self.path, TIMEOUT, negotiate=False)
        self.addCleanup(client.close)
        client.command('qmp_capabilities', enable=list(enable))
        return client

    def session(self, machine: Vm, number: int = 0) -> Message:
        """Return what query-monitors shows of a session of that monitor."""
        shown: Message = self.monitor(machine)['sessions'][number]
        return shown

    @staticmethod
    def monitor(machine: Vm) -> Message:
        """Return what query-monitors shows of that monitor."""
        monitors = machine.qmp.command('query-monitors')
        return next(m for m in monitors if m['chardev'] == 'mon')

    @staticmethod
    def toggle(machine: Vm, times: int) -> None:
        """Cause two events each time."""
        for _ in range(times):
            machine.qmp.command('cont')
            machine.qmp.command('stop')


class CapabilitiesTest(MonitorTest):
    """What the greeting lists, and drop."""

    def test_greeting(self) -> None:
        machine = self.start()
        self.assertEqual(machine.qmp.greeting['QMP']['capabilities'],
                         ['oob', 'drop', 'event-serials'])
        with Qmp(self.path, TIMEOUT, negotiate=False) as client:
            for wrong in (['no-such'], 'oob', [1]):
                with self.assertRaises(QmpError) as caught:
                    client.command('qmp_capabilities', enable=wrong)
                self.assertIn("'enable", caught.exception.desc)
            client.command('qmp_capabilities', enable=['drop', 'oob', 'drop'])
            shown = self.session(machine)['qmp']
            self.assertEqual(shown['capabilities'], ['oob', 'drop'])

    def test_what_does_not_fit_is_dropped(self) -> None:
        machine = self.start()
        client = self.client('oob', 'drop')
        fifo = os.path.join(self.directory(), 'fifo')
        os.mkfifo(fifo)
        client.send('pmemsave', {'val': 0x80000000, 'size': 1 << 20, 'filename': fifo}, id='busy')
        while not any(c.get('id') == 'busy' and 'waits-for' in c
                      for c in machine.qmp.command('query-commands-in-flight')):
            pass
        for i in range(12):
            client.send('query-name', id=i)
        client.send_raw(b'{"execute": "query-name"}')
        dropped = [client.receive() for _ in range(5)]
        self.assertEqual([d['event'] for d in dropped], ['COMMAND_DROPPED'] * 5)
        self.assertEqual([d['data'].get('id') for d in dropped], [8, 9, 10, 11, None])
        self.assertEqual({d['data']['reason'] for d in dropped}, {'queue-full'})
        # Out-of-band commands get through all the same.
        client.send_raw(b'{"exec-oob": "query-status", "id": "oob"}')
        self.assertEqual(client.receive()['id'], 'oob')
        shown = self.session(machine)['qmp']
        self.assertEqual((shown['queued'], shown['dropped'], shown['out-of-band']), (8, 5, 1))
        self.assertEqual(shown['command'], 'pmemsave')
        client.send_raw(b'{"exec-oob": "cancel-command", "arguments": {"id": "busy"}}')
        replies = [client.receive() for _ in range(10)]
        self.assertEqual([r['id'] for r in replies if 'id' in r], ['busy', *range(8)])

    def test_each_one_that_is_dropped_is_told_of(self) -> None:
        """Also to a client that did not read for a while."""
        machine = self.start(output_soft='8k')
        client = self.client('drop')
        text = ''.join(json.dumps({'execute': 'query-qmp-schema', 'id': i}) for i in range(100))
        client.send_raw(text.encode())
        while self.session(machine)['qmp']['dropped'] < 80:
            pass
        answered: Set[int] = set()
        while len(answered) < 100:
            message = client.receive()
            answered.add(message['id'] if 'id' in message else message['data']['id'])
        self.assertEqual(answered, set(range(100)))

    def test_without_drop_nothing_is_lost(self) -> None:
        self.start()
        client = self.client()
        for i in range(500):
            client.send('query-name', id=i)
        self.assertEqual([client.receive()['id'] for _ in range(500)], list(range(500)))

    def test_introspection_of_oob(self) -> None:
        """The schema says which commands may run out of band, and those may."""
        machine = self.start()
        client = self.client('oob')
        commands = [entity for entity in machine.qmp.command('query-qmp-schema')
                    if entity['meta-type'] == 'command']
        shown = {entity['name'] for entity in commands if entity.get('allow-oob')}
        allowed = set()
        for entity in commands:
            # With a bad argument, for that is looked at later: nothing is done.
            client.send_raw(json.dumps({'exec-oob': entity['name'], 'arguments': {'none-such': 1},
                                        'id': entity['name']}).encode())
            reply = client.receive()
            self.assertEqual(reply['id'], entity['name'])
            if 'does not support OOB' not in reply['error']['desc']:
                self.assertIn('Parameter', reply['error']['desc'])
                allowed.add(entity['name'])
        self.assertEqual(shown, allowed)
        self.assertLessEqual({'query-status', 'query-name', 'query-version', 'query-target',
                              'query-commands-in-flight', 'cancel-command', 'x-oob-test'}, shown)
        self.assertNotIn('query-qmp-schema', shown)

    @staticmethod
    def switches(machine: Vm, thread: int) -> int:
        """Return how often a thread has stopped to wait for something."""
        with open(f'/proc/{machine.process.pid}/task/{thread}/status', encoding='ascii') as file:
            fields = dict(line.split(':', 1) for line in file)
        return int(fields['voluntary_ctxt_switches'])

    def monitor_thread(self, machine: Vm) -> int:
        """Return the id of the thread that serves clients with oob."""
        tasks = f'/proc/{machine.process.pid}/task'
        for thread in os.listdir(tasks):
            with open(f'{tasks}/{thread}/comm', encoding='ascii') as file:
                if file.read() == 'monitor\n':
                    return int(thread)
        self.fail('no thread for clients with oob')

    def test_oob_needs_no_main_loop(self) -> None:
        """A thread of the monitor's runs these commands, and the main thread sleeps on."""
        machine = self.start()
        client = self.client('oob')
        client.pending = None
        count = 2000
        client.sock.sendall(b'{"exec-oob": "query-status"}')
        client.receive()  # by now the thread has its name
        threads = (machine.process.pid, self.monitor_thread(machine))
        before = [self.switches(machine, thread) for thread in threads]
        for i in range(count):
            client.sock.sendall(b'{"exec-oob": "query-status", "id": %d}' % i)
            self.assertEqual(client.receive()['id'], i)
        main_loop, own = (self.switches(machine, thread) - earlier
                          for thread, earlier in zip(threads, before))
        # One at a time: whoever takes part waits after each of them, unless it still looks around.
        self.assertLess(main_loop, count // 10)
        self.assertGreater(own, main_loop)

    def test_test_lock(self) -> None:
        self.start()
        client = self.client('oob')

        def oob(lock: bool) -> Message:
            client.send_raw(json.dumps({'exec-oob': 'x-oob-test',
                                        'arguments': {'lock': lock}}).encode())
            return client.receive()

        self.assertEqual(oob(True), {'return': {}})
        self.assertIn('taken already', oob(True)['error']['desc'])
        self.client().command('x-oob-test', lock=False)
        self.assertIn('not taken', oob(False)['error']['desc'])
        for command in ('query-status', 'query-name', 'query-version', 'query-target',
                        'query-commands-in-flight'):
            client.send_raw(json.dumps({'exec-oob': command}).encode())
            self.assertIn('return', client.receive())


class EventsTest(MonitorTest):
    """Serials, filters, the past, and loss."""

    def test_serials_only_for_who_asked(self) -> None:
        machine = self.start()
        client, plain = self.client('event-serials'), self.client()
        self.toggle(machine, 2)
        serials = [client.receive()['serial'] for _ in range(4)]
        self.assertEqual(serials, list(range(serials[0], serials[0] + 4)))
        for _ in range(4):
            self.assertEqual(sorted(plain.receive()), ['event', 'timestamp'])
        for command in ('set-event-filter', 'query-past-events'):
            with self.assertRaisesRegex(QmpError, 'event-serials'):
                plain.command(command)

    def test_filter(self) -> None:
        machine = self.start()
        client = self.client('event-serials')
        with self.assertRaisesRegex(QmpError, "'NO_SUCH'"):
            client.command('set-event-filter', events=['STOP', 'NO_SUCH'])
        client.command('set-event-filter', events=['STOP'])
        self.toggle(machine, 3)
        self.assertEqual([client.receive()['event'] for _ in range(3)], ['STOP'] * 3)
        self.assertEqual({e['event'] for e in client.command('query-past-events')['events']},
                         {'STOP'})
        client.command('set-event-filter')
        self.toggle(machine, 1)
        self.assertEqual([client.receive()['event'] for _ in range(2)], ['RESUME', 'STOP'])

    def test_asked_for_after_coming_back(self) -> None:
        machine = self.start()
        client = self.client('event-serials')
        self.toggle(machine, 1)
        seen = [client.receive() for _ in range(2)]
        client.close()
        self.toggle(machine, 2)
        client = self.client('event-serials')
        past = client.command('query-past-events', since=seen[-1]['serial'])
        self.assertEqual([e['event'] for e in past['events']], ['RESUME', 'STOP'] * 2)
        self.assertEqual(past['events'][-1]['serial'], past['last'])
        self.assertEqual(past['missing'], 0)
        everything = client.command('query-past-events')['events']
        self.assertEqual(everything[:2], seen)
        for wrong in (past['last'] + 1, -1, 2 ** 63 - 1):
            with self.assertRaisesRegex(QmpError, f"'since'.*{past['last']}"):
                client.command('query-past-events', since=wrong)

    def test_what_is_remembered_is_bounded(self) -> None:
        machine = self.start()
        client = self.client('event-serials')
        client.command('set-event-filter', events=['SHUTDOWN'])
        self.toggle(machine, 600)
        past = client.command('query-past-events')
        self.assertEqual((past['events'], past['missing']), ([], past['last'] - 1024))
        client.command('set-event-filter')
        past = client.command('query-past-events')
        self.assertEqual(len(past['events']), 1024)
        self.assertEqual(past['events'][0]['serial'], past['missing'] + 1)

    def test_limited_rate(self) -> None:
        """A guest that sets its clock all the time: the first event at once, then one a second."""
        firmware = os.path.join(self.directory(), 'firmware')
        with open(firmware, 'wb') as file:
            # lui t0, 0x101; addi t1, t1, 1; sw t1, 0(t0); j -8
            file.write(struct.pack('<4I', 0x001012b7, 0x00130313, 0x0062a023, 0xff9ff06f))
        machine = self.vm('-S', '-m', '32', '-bios', firmware, serial=False)
        path = next(f'/machine/unattached/{child["name"]}' for child
                    in machine.qmp.command('qom-list', path='/machine/unattached')
                    if 'rtc' in child['type'])
        machine.qmp.command('cont')
        events = [machine.qmp.wait_event('RTC_CHANGE') for _ in range(3)]
        machine.qmp.command('stop')
        self.assertEqual({event['data']['qom-path'] for event in events}, {path})
        stamps = [event['timestamp'] for event in events]
        times = [stamp['seconds'] + stamp['microseconds'] / 1e6 for stamp in stamps]
        for before, after in zip(times, times[1:]):
            self.assertGreater(after - before, 0.9)

    def test_lost_events_are_told_of(self) -> None:
        machine = self.start(output_soft='4k', output_hard=str(HARD))
        client = self.client('event-serials')
        while self.session(machine)['qmp']['events-lost'] < 10:
            self.toggle(machine, 20)
        lost = self.session(machine)['qmp']['events-lost']
        serials: List[int] = []
        while (event := client.receive())['event'] != 'EVENTS_LOST':
            serials.append(event['serial'])
        self.assertEqual(event['data'], {'count': lost, 'first': serials[-1] + 1,
                                         'last': serials[-1] + lost})
        past = client.command('query-past-events', since=serials[-1])
        self.assertEqual([e['serial'] for e in past['events']][:lost],
                         list(range(serials[-1] + 1, serials[-1] + 1 + lost)))
        self.toggle(machine, 1)
        self.assertEqual(client.wait_event('STOP')['serial'], event['serial'] + 2)


class LimitsTest(MonitorTest):
    """Output of a client that does not read."""

    def flood(self, client: Qmp, request: bytes) -> None:
        """Send until the server stops reading."""
        client.sock.settimeout(0.5)
        try:
            while True:
                client.sock.sendall(request * 100)
        except OSError:
            pass

    def test_soft_limit_holds_commands_back(self) -> None:
        machine = self.start(output_soft='8k', output_hard=str(HARD))
        client = self.client()
        self.flood(client, b'{"execute": "query-commands"}')
        shown = self.session(machine)
        self.assertGreater(shown['output-pending'], 8192)
        self.assertLess(shown['output-pending'], HARD)
        self.assertGreaterEqual(shown['qmp']['queued'], 1)
        self.assertEqual(self.monitor(machine)['output-soft'], 8192)
        self.assertEqual(self.monitor(machine)['output-hard'], HARD)

    def test_the_end_is_told_to_who_is_behind(self) -> None:
        """SHUTDOWN does not yield, as other events do."""
        machine = self.start(output_soft='4k', output_hard=str(HARD))
        client = self.client()
        while self.session(machine)['qmp']['events-lost'] < 10:
            self.toggle(machine, 20)
        machine.qmp.command('quit')
        self.assertIn('SHUTDOWN', [message['event'] for message in client.receive_all()])

    def test_over_the_hard_limit_for_too_long(self) -> None:
        # The same limit for both: what the kernel has not taken is over it before commands wait.
        machine = self.start(output_soft='4k', output_hard='4k', output_timeout='1')
        client = self.client()
        staying = self.client()
        client.sock.sendall(b'{"execute": "query-qmp-schema"}' * 100)
        deadline = time.monotonic() + TIMEOUT
        while len(self.monitor(machine)['sessions']) > 1 and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(len(self.monitor(machine)['sessions']), 1)
        machine.expect_stderr(r"monitor 'mon': session \d+ is disconnected: \d+ bytes")
        self.assertEqual(staying.command('query-status')['status'], 'prelaunch')

    def test_slow_but_reading(self) -> None:
        """Who reads everything in time stays, however much it is."""
        self.start(output_soft='4k', output_hard='8k', output_timeout='60')
        client = self.client()
        client.send_raw(b'{"execute": "query-qmp-schema"}' * 100)
        for _ in range(100):
            self.assertIn(b'"return"', client.receive_line())

    def test_bad_options(self) -> None:
        for option, wrong in (('output-soft', '1'), ('output-hard', '2G'), ('output-soft', 'x'),
                              ('output-timeout', '0'), ('access', 'none'), ('peers', 'root'),
                              ('peers', ''), ('peers', '1:'), ('mode', 'x')):
            message = self.run_failing('-M', 'none', '-chardev', 'null,id=n',
                                       '-mon', f'n,{option}={wrong}')
            self.assertIn(f"'{option}'", message)
        self.assertIn("'output-hard'", self.run_failing('-mon', 'n,output-soft=9M'))


class AccessTest(MonitorTest):
    """Who may do what."""

    def refused(self, client: Qmp, command: str, **arguments: Any) -> None:
        """Run a command that must be refused."""
        with self.assertRaisesRegex(QmpError, f"'{command}' is refused: the access of this"):
            client.command(command, **arguments)

    def test_read_only(self) -> None:
        machine = self.start(access='read-only')
        client = self.client('oob')
        target = os.path.join(self.directory(), 'x')
        self.refused(client, 'stop')
        self.refused(client, 'quit')
        self.refused(client, 'screendump', filename=target)
        self.refused(client, 'pmemsave', val=0, size=1, filename=target)
        client.send_raw(b'{"exec-oob": "x-oob-test", "arguments": {"lock": true}}')
        self.assertIn('refused', client.receive()['error']['desc'])
        client.pending = []
        self.assertEqual(client.command('query-status')['status'], 'prelaunch')
        self.assertFalse(os.path.exists(target))
        machine.expect_stderr(r"monitor 'mon': session \d+: command 'stop' refused, access is "
                              "'read-only'")
        self.assertEqual(self.session(machine)['qmp']['refused'], 5)
        self.assertEqual(self.monitor(machine)['access'], 'read-only')

    def test_read_only_cannot_cancel_for_others(self) -> None:
        machine = self.start(access='read-only')
        client = self.client()
        fifo = os.path.join(self.directory(), 'fifo')
        os.mkfifo(fifo)
        machine.qmp.send('pmemsave', {'val': 0x80000000, 'size': 1, 'filename': fifo}, id='busy')
        while not (flying := client.command('query-commands-in-flight')):
            pass
        number = flying[0]['session']
        with self.assertRaisesRegex(QmpError, 'refused'):
            client.command('cancel-command', id='busy', session=number)
        other = machine.connect()
        other.command('cancel-command', id='busy', session=number)
        self.assertIn('error', machine.qmp.receive_reply())
        self.assertEqual(self.session(machine)['qmp']['refused'], 1)
        machine.expect_stderr(r"monitor 'mon': session \d+: command 'cancel-command' refused, "
                              "access is 'read-only'")

    def test_no_screen(self) -> None:
        self.start(access='no-screen')
        client = self.client()
        target = os.path.join(self.directory(), 'x')
        self.refused(client, 'screendump', filename=target)
        self.refused(client, 'pmemsave', val=0x80000000, size=1, filename=target)
        self.refused(client, 'memsave', val=0x80000000, size=1, filename=target)
        self.refused(client, 'dump-guest-memory', paging=False, protocol=f'file:{target}')
        # Nor does it let a viewer in.
        self.refused(client, 'add_client', protocol='vnc', fdname='viewer', skipauth=True)
        self.refused(client, 'set_password', protocol='vnc', password='known')
        self.refused(client, 'expire_password', protocol='vnc', time='never')
        self.refused(client, 'change-vnc-password', password='known')
        client.command('cont')
        self.assertEqual(client.command('query-status')['status'], 'running')
        self.assertFalse(os.path.exists(target))

    def test_human_monitor(self) -> None:
        """A refused command is refused in every dress, and counted."""
        machine = self.start(access='no-screen')
        target = os.path.join(self.directory(), 'x')
        client = self.client()
        for line in (f'screendump {target}', 'x /x 0', 'xp /x 0x80000000',
                     f'pmemsave 0x80000000 1 {target}', f'dump-guest-memory {target}'):
            self.assertIn("is refused: the access of this monitor is 'no-screen'", client.hmp(line))
        self.assertFalse(os.path.exists(target))
        self.assertEqual(client.hmp('print 1'), '0x1\r\n')
        self.assertNotIn('screendump', client.hmp('help'))
        self.assertEqual(self.session(machine)['qmp']['refused'], 5)
        machine = self.start(access='read-only', mode='readline')
        stream = Stream(self.path)
        stream.expect('(qemu) ')
        stream.send('cont\n')
        stream.expect("Error: Command 'cont' is refused: the access of this monitor is 'read-only'")
        stream.send('info status\n')
        stream.expect('paused (prelaunch)')
        stream.close()
        machine.expect_stderr("human monitor: Command 'cont' is refused")

    def test_peers(self) -> None:
        uid = os.getuid()
        machine = self.start(peers=f'{uid + 1}:{uid}')
        self.client()
        peer = self.session(machine)['peer']
        self.assertEqual((peer['pid'], peer['uid'], peer['gid']),
                         (os.getpid(), uid, os.getgid()))
        machine = self.start(peers=str(uid + 1))
        with self.assertRaises((EOFError, ConnectionResetError)):
            self.client()
        machine.expect_stderr(f"monitor 'mon': process {os.getpid()} is refused: user {uid} is not")
        self.assertEqual(self.monitor(machine)['sessions'], [])

    def test_peers_of_hmp(self) -> None:
        machine = self.start(mode='readline', peers=str(os.getuid() + 1))
        stream = Stream(self.path)
        with self.assertRaises(AssertionError):
            stream.expect('(qemu)')
        stream.close()
        machine.expect_stderr('is refused')

    def shared(self, peers: int, *monitors: str) -> Vm:
        """Start a machine whose port and monitor, or monitors, share a socket."""
        self.path = os.path.join(self.directory(), 'mux')
        args = [arg for mode in monitors
                for arg in ('-mon', f'c,mode={mode},peers={peers}')]
        return self.vm('-S', '-m', '32', '-chardev',
                       f'socket,id=c,path={self.path},server=on,wait=off,mux=on', '-serial',
                       'chardev:c', *args, serial=False)

    def test_peers_of_a_shared_terminal(self) -> None:
        """Who is refused has no keys either: not for the mux, the port or another monitor."""
        for monitors in (('readline',), ('control',), ('readline', 'control')):
            machine = self.shared(os.getuid() + 1, *monitors)
            for keys in (b'', b'\x01x', b'\x01cquit\r', b'\x01h\x01x' * 10, b'\x01'):
                with socket.socket(socket.AF_UNIX) as sock:
                    sock.settimeout(TIMEOUT)
                    sock.connect(self.path)
                    try:
                        sock.sendall(keys)
                        self.assertEqual(sock.recv(100), b'')
                    except (BrokenPipeError, ConnectionResetError):
                        pass
            self.assertEqual(machine.qmp.command('query-status')['status'], 'prelaunch')
            machine.expect_stderr(f"monitor 'c': process {os.getpid()} is refused: user")

    def test_peers_of_a_shared_terminal_are_let_in(self) -> None:
        for monitors in (('readline',), ('readline', 'control')):
            machine = self.shared(os.getuid(), *monitors)
            for _ in range(2):
                stream = Stream(self.path)
                stream.send('\x01c')
                stream.expect('(qemu) ')
                stream.close()
            stream = Stream(self.path)
            stream.send('\x01x')
            stream.expect('QEMU: Terminated')
            self.assertEqual(machine.wait(), 0)
            stream.close()

    def test_peers_of_a_terminal(self) -> None:
        """Whose user nobody knows: it cannot be hung up on, but is not listened to."""
        machine = self.vm('-S', '-m', '32', '-chardev', 'pty,id=c,mux=on', '-serial', 'chardev:c',
                          '-mon', f'c,peers={os.getuid()}', serial=False)
        name = next(c['filename'] for c in machine.qmp.command('query-chardev')
                    if c['label'] == 'c-base')
        fd = os.open(name.split(':', 1)[1], os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self.addCleanup(os.close, fd)
        machine.expect_stderr("monitor 'c': a client is refused: its user is not known")
        os.write(fd, b'\x01h\x01cquit\r\x01x')
        for _ in range(20):
            self.assertEqual(machine.qmp.command('query-status')['status'], 'prelaunch')
            time.sleep(0.02)
        with self.assertRaises(BlockingIOError):
            os.read(fd, 100)


class InsightTest(MonitorTest):
    """What the monitor tells about itself."""

    def test_sessions(self) -> None:
        machine = self.start()
        self.assertEqual(self.monitor(machine)['sessions'], [])
        client = self.client()
        for command in ('query-name', 'no-such', 'query-name'):
            client.send(command)
        for _ in range(3):
            client.receive()
        shown = self.session(machine)
        self.assertEqual(shown['qmp'], {
            'state': 'command', 'capabilities': [], 'queued': 0, 'requests': 4, 'errors': 1,
            'out-of-band': 0, 'dropped': 0, 'refused': 0, 'events': 0, 'events-lost': 0})
        self.toggle(machine, 2)
        self.assertEqual(self.session(machine)['qmp']['events'], 4)
        own = machine.qmp.command('query-monitors')[0]['sessions'][0]
        self.assertEqual(own['qmp']['command'], 'query-monitors')
        client.close()
        while self.monitor(machine)['sessions']:
            pass

    def test_hmp_sessions(self) -> None:
        machine = self.start(mode='readline')
        stream = Stream(self.path)
        stream.expect('(qemu) ')
        shown = self.monitor(machine)
        self.assertEqual((shown['mode'], len(shown['sessions'])), ('readline', 1))
        self.assertEqual(shown['sessions'][0]['peer']['pid'], os.getpid())
        self.assertNotIn('qmp', shown['sessions'][0])
        stream.close()

    def test_for_people(self) -> None:
        machine = self.start()
        self.client('oob')
        text = machine.qmp.hmp('info monitors')
        self.assertIn('mon: QMP, access=full, output-soft=262144, output-hard=4194304\r\n', text)
        self.assertIn(f'process {os.getpid()} of user {os.getuid()}, for ', text)
        self.assertIn('command +oob, 0 queued\r\n', text)
        self.assertIn('running human-monitor-command', text)
        text = machine.qmp.hmp('info qmp-latency')
        self.assertRegex(text, r'(?m)^qmp_capabilities +\d+ ')

    def test_latency(self) -> None:
        machine = self.start()
        fifo = os.path.join(self.directory(), 'fifo')
        os.mkfifo(fifo)
        machine.qmp.send('pmemsave', {'val': 0x80000000, 'size': 1, 'filename': fifo}, timeout=300)
        machine.qmp.send('query-uuid')
        for _ in range(20):
            machine.qmp.send('query-name')
        for _ in range(22):
            machine.qmp.receive_reply()
        shown = machine.qmp.command('query-qmp-latency')
        by_name = {entry['command']: entry for entry in shown}
        slow, quick = by_name['pmemsave'], by_name['query-name']
        self.assertEqual((slow['count'], quick['count']), (1, 20))
        self.assertEqual([e['p99'] for e in shown], sorted((e['p99'] for e in shown), reverse=True))
        self.assertGreaterEqual(slow['waiting'], 200000)
        self.assertGreaterEqual(slow['longest'], slow['waiting'])
        self.assertLess(slow['running'], slow['waiting'])
        self.assertGreaterEqual(by_name['query-uuid']['queued'], 200000)
        for entry in shown:
            self.assertLessEqual(entry['p50'], entry['p99'])
            self.assertLessEqual(entry['p99'], entry['longest'])

    def read_replies(self, client: Qmp, count: int) -> None:
        """Take so many replies, as fast as can be."""
        while count:
            count -= client.sock.recv(1 << 20).count(b'\n')

    def stall(self, machine: Vm, seconds: float = 0.15) -> None:
        """Stop the process while it works."""
        time.sleep(0.03)
        machine.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        machine.process.send_signal(signal.SIGCONT)

    def until_logged(self, machine: Vm, pattern: str, work: Callable[[], None]) -> None:
        """Repeat something until the process has told of it."""
        deadline = time.monotonic() + TIMEOUT
        while not re.search(pattern, machine.stderr()):
            self.assertLess(time.monotonic(), deadline, machine.stderr())
            work()

    def test_stalls(self) -> None:
        """What keeps the main loop is named: a command, as the process is stopped meanwhile."""
        machine = self.start()
        client = self.client()
        requests = 1000

        def work() -> None:
            # With somebody who reads it is busy all the time.
            reader = threading.Thread(target=self.read_replies, args=(client, requests))
            reader.start()
            client.send_raw(b'{"execute": "query-qmp-schema"}' * requests)
            self.stall(machine)
            reader.join()

        self.until_logged(machine, r'the main loop was kept for \d+ ms by the callback set up at '
                          r"\S+, running 'query-qmp-schema'", work)

    def work_for_a_person(self, machine: Vm, stream: Stream) -> None:
        """Stop the process a few times while it runs a person's commands."""
        lines = 3000
        reader = threading.Thread(target=lambda: [stream.expect('\n(qemu) ')
                                                  for _ in range(lines)])
        reader.start()
        stream.send('info mtree -f\r' * lines)
        for seconds in (0.15, 0.3, 0.15, 0.15):
            self.stall(machine, seconds)
        reader.join()

    def test_stalls_of_hmp(self) -> None:
        """Its commands are named, too, and of those that are held back the longest."""
        machine = self.start(mode='readline')
        stream = Stream(self.path)
        self.addCleanup(stream.close)
        stream.expect('(qemu) ')
        kept = r'the main loop was kept for \d+ ms by [^\n]*'
        self.until_logged(machine, f"{kept}, running 'info mtree' \\(the longest of \\d+ stalls "
                          'since the last report\\)\n',
                          lambda: self.work_for_a_person(machine, stream))


if __name__ == '__main__':
    main()
