"""Character devices: a terminal that several share, logs, chardev-add.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import fcntl
import os
import pty
import select
import signal
import socket
import subprocess
import termios
import time
from typing import Any, Dict, List, Tuple

from harness import TIMEOUT, UBOOT_SMODE, VITRINE, Stream, VmTest, main
from qmp import Qmp, QmpError


class Terminal:
    """A vitrine on a pseudo-terminal; if that is @controlling some keys are signals."""

    def __init__(self, *args: str, controlling: bool = False) -> None:
        self.master, self.slave = pty.openpty()
        self.modes = termios.tcgetattr(self.slave)
        self.controlling = controlling
        self.process = subprocess.Popen([VITRINE, '-M', 'virt', '-m', '64', *args],
                                        stdin=self.slave, stdout=self.slave, stderr=self.slave,
                                        start_new_session=True, preexec_fn=self.take_control)
        self.seen = b''

    def take_control(self) -> None:
        """In the new process."""
        if self.controlling:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self.master, keys.encode())

    def expect(self, text: str) -> str:
        """Wait until text is shown; return all up to its end and forget that."""
        wanted, deadline = text.encode(), time.monotonic() + TIMEOUT
        while wanted not in self.seen:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.master], [], [], left)[0]:
                raise AssertionError(f'no {text!r}; seen: {self.seen[-800:]!r}')
            self.seen += os.read(self.master, 65536)
        end = self.seen.index(wanted) + len(wanted)
        result, self.seen = self.seen[:end], self.seen[end:]
        return result.decode(errors='replace')

    def wait(self) -> int:
        """Wait for the end; return its status."""
        return self.process.wait(TIMEOUT)

    def close(self) -> None:
        """End it, and check that the terminal is as it was."""
        self.process.terminate()
        # Whoever does not read would keep the last words waiting.
        os.set_blocking(self.master, False)
        status = self.process.wait(20)
        # From a terminal that was controlled the kernel hangs up.
        modes = self.modes if self.controlling else termios.tcgetattr(self.slave)
        os.close(self.master)
        os.close(self.slave)
        if status < 0 or modes != self.modes:
            raise AssertionError(f'ended with {status}, terminal {modes}, was {self.modes}')


class MuxTest(VmTest):
    """A terminal shared by a serial port and a monitor."""

    def terminal(self, *args: str, controlling: bool = False) -> Terminal:
        """Start vitrine on a terminal, to be ended with the test."""
        terminal = Terminal(*args, controlling=controlling)
        self.addCleanup(terminal.close)
        return terminal

    def with_qmp(self, *args: str) -> Tuple[Terminal, Qmp]:
        """The same with a QMP server beside it."""
        path = os.path.join(self.directory(), 'qmp')
        terminal = self.terminal(*args, '-chardev', f'socket,id=q,path={path},server=on,wait=off',
                                 '-mon', 'chardev=q,mode=control')
        qmp = Qmp(path)
        self.addCleanup(qmp.close)
        return terminal, qmp

    def test_nographic(self) -> None:
        """Port and monitor share stdio; Ctrl-C is the guest's; Ctrl-a x ends it all."""
        terminal = self.terminal('-nographic', '-kernel', UBOOT_SMODE)
        terminal.expect('Hit any key')
        terminal.type(' ')
        terminal.expect('=> ')
        terminal.type('echo half\x03')
        terminal.expect('<INTERRUPT>')
        terminal.type('\x01c')
        terminal.expect("monitor - type 'help' for more information\r\r\n(qemu) ")
        terminal.type('info chardev\r')
        shown = terminal.expect('\n(qemu) ')
        self.assertIn('serial0: filename=mux\r\r\n', shown)
        self.assertIn('serial0-base: filename=stdio\r\r\n', shown)
        terminal.type('info status\x01c')
        terminal.type('echo one two\r')
        terminal.expect('one two\r\r\n')
        # The line was kept, and comes with a prompt.
        terminal.type('\x01c')
        terminal.expect('(qemu) info status')
        terminal.type('\r')
        terminal.expect('VM status: running')
        terminal.type('\x01h')
        terminal.expect('C-a h    print this help')
        terminal.expect('C-a C-a  sends C-a')
        terminal.type('\x01x')
        terminal.expect('QEMU: Terminated\r\n')
        self.assertEqual(terminal.wait(), 0)

    def test_chardev_mux(self) -> None:
        terminal, qmp = self.with_qmp(
            '-display', 'none', '-S', '-chardev', 'stdio,id=c,mux=on,signal=off', '-serial',
            'chardev:c', '-mon', 'chardev=c,mode=readline')
        rows = {row['label']: row for row in qmp.command('query-chardev')}
        self.assertEqual(rows['c'], {'label': 'c', 'filename': 'mux', 'frontend-open': True})
        self.assertEqual(rows['c-base'],
                         {'label': 'c-base', 'filename': 'stdio', 'frontend-open': True})
        terminal.type('\x01c\x01tinfo name\r')
        terminal.expect('[00:00:00.0')
        terminal.type('\x01tinfo status\r')
        terminal.expect('paused')
        # A command that waits does not keep the keys; its prompt comes back with the focus.
        fifo = os.path.join(self.directory(), 'fifo')
        os.mkfifo(fifo)
        terminal.type(f'pmemsave 0x80000000 16 "{fifo}"\r\x01c\x01h')
        terminal.expect('C-a C-a  sends C-a')
        with open(fifo, 'rb') as file:
            self.assertEqual(len(file.read()), 16)
        qmp.command('query-status')
        terminal.type('\x01c')
        terminal.expect('(qemu) ')
        terminal.type('\x01x')
        terminal.expect('QEMU: Terminated')
        data = qmp.wait_event('SHUTDOWN')['data']
        self.assertEqual(data, {'guest': False, 'reason': 'host-qmp-quit'})
        self.assertEqual(terminal.wait(), 0)

    def with_access(self, *accesses: str) -> Tuple[Terminal, Qmp]:
        """Start it with these monitors beside the port."""
        args = [arg for access in accesses for arg in ('-mon', f'c,access={access}')]
        return self.with_qmp('-display', 'none', '-S', '-chardev', 'stdio,id=c,mux=on,signal=off',
                             '-serial', 'chardev:c', *args)

    def test_ctrl_a_x_is_refused(self) -> None:
        """It is where `quit` is, whoever has the focus; the terminal and the log say so."""
        terminal, qmp = self.with_access('read-only')
        for _ in range(2):
            terminal.type('\x01x')
            # One from the monitor, one from stderr.
            shown = terminal.expect("'read-only'") + terminal.expect("'read-only'")
            self.assertIn("\rError: Command 'quit' is refused: the access of this monitor", shown)
            self.assertIn("monitor 'c': Ctrl-a x refused as 'quit' is, access is", shown)
            self.assertNotIn('Terminated', shown)
            terminal.type('\x01c')
        self.assertEqual(qmp.command('query-status')['status'], 'prelaunch')

    def test_ctrl_a_x_where_quit_is_not_refused(self) -> None:
        for accesses in ((), ('full',), ('no-screen',), ('read-only', 'full')):
            terminal, _ = self.with_access(*accesses)
            terminal.type('\x01x')
            terminal.expect('QEMU: Terminated')
            self.assertEqual(terminal.wait(), 0)

    def test_signals(self) -> None:
        """Ctrl-C: with signal=on it ends the process, else it is a byte like others."""
        terminal = self.terminal('-display', 'none', '-S', '-monitor', 'stdio')
        terminal.expect('(qemu) ')
        self.assertTrue(termios.tcgetattr(terminal.slave)[3] & termios.ISIG)
        terminal = self.terminal('-display', 'none', '-S', '-monitor', 'stdio,signal=off')
        terminal.expect('(qemu) ')
        self.assertFalse(termios.tcgetattr(terminal.slave)[3] & termios.ISIG)
        terminal.type('info\x03')
        terminal.expect('^C\r\r\n(qemu) ')
        terminal.type('quit\r')
        self.assertEqual(terminal.wait(), 0)

    def begin_to_wait(self, terminal: Terminal) -> None:
        """Have the monitor wait for a FIFO that nobody reads."""
        fifo = os.path.join(self.directory(), 'fifo')
        os.mkfifo(fifo)
        terminal.type(f'pmemsave 0x80000000 16 "{fifo}"\r')
        terminal.expect('(Ctrl-C cancels)')

    def test_ctrl_c_cancels(self) -> None:
        """Where Ctrl-C is a signal it cancels a command; at the prompt it ends the process."""
        for args in (('-monitor', 'stdio'), ('-chardev', 'stdio,id=c', '-mon', 'c')):
            terminal = self.terminal('-display', 'none', '-S', '-serial', 'null', *args,
                                     controlling=True)
            terminal.expect('(qemu) ')
            self.begin_to_wait(terminal)
            terminal.type('\x03')
            terminal.expect('^C\r\r\n')
            self.assertIn('was cancelled: interrupted', terminal.expect('(qemu) '))
            terminal.type('info status\r')
            terminal.expect('VM status: paused')
            terminal.expect('(qemu) ')
            terminal.type('\x03')
            self.assertEqual(terminal.wait(), 0)

    def test_a_sent_signal_ends(self) -> None:
        """Not a key, so it ends the process whatever runs."""
        terminal = self.terminal('-display', 'none', '-S', '-monitor', 'stdio', controlling=True)
        terminal.expect('(qemu) ')
        self.begin_to_wait(terminal)
        terminal.process.send_signal(signal.SIGINT)
        self.assertEqual(terminal.wait(), 0)

    def test_ctrl_c_at_a_shared_terminal(self) -> None:
        """It is for whoever has the focus."""
        terminal = self.terminal('-display', 'none', '-S', '-chardev', 'stdio,id=c,mux=on', '-mon',
                                 'c', '-serial', 'chardev:c', controlling=True)
        terminal.type('\x01c')
        terminal.expect('(qemu) ')
        self.begin_to_wait(terminal)
        terminal.type('\x03')
        self.assertIn('was cancelled: interrupted', terminal.expect('(qemu) '))
        self.begin_to_wait(terminal)
        terminal.type('\x01c\x01h')
        terminal.expect('C-a C-a  sends C-a')
        terminal.type('\x03')
        self.assertEqual(terminal.wait(), 0)

    def test_mon_prefix(self) -> None:
        """Before any place: over a socket, one client after another, each with a new session."""
        path = os.path.join(self.directory(), 'mux')
        machine = self.vm('-S', '-serial', f'mon:unix:{path},server=on,wait=off', serial=False)
        for _ in range(2):
            stream = Stream(path)
            stream.send('\x01c')
            stream.expect("monitor - type 'help'")
            stream.expect('(qemu) ')
            stream.send('info name\r\x01c\x01')
            stream.close()
        rows = {row['label']: row['filename'] for row in machine.qmp.command('query-chardev')}
        self.assertEqual(rows['serial0'], 'mux')
        self.assertIn(f'unix:{path},server=on', rows['serial0-base'])
        message = self.run_failing('-M', 'virt', '-serial', 'mon:frob')
        self.assertIn("'frob' is not a valid char driver", message)

    def test_qmp_shares(self) -> None:
        """QMP with and without oob, on what a monitor and a port have too."""
        for oob in (False, True):
            path = os.path.join(self.directory(), 'mux')
            machine = self.vm('-S', '-chardev',
                              f'socket,id=c,path={path},server=on,wait=off,mux=on', '-mon',
                              'chardev=c,mode=control', '-mon', 'chardev=c', serial=False)
            stream = Stream(path)
            stream.expect('"QMP"')
            enable = '["oob"]' if oob else '[]'
            stream.send('{"execute": "qmp_capabilities", "arguments": {"enable": %s}}' % enable)
            stream.expect('{"return": {}}')
            for n in range(20):
                stream.send('\x01cinfo name\r')
                stream.expect('(qemu) ')
                stream.send('\x01c{"execute": "query-status", "id": %d}' % n)
                stream.expect('"id": %d}' % n)
            machine.qmp.command('quit')
            stream.expect('SHUTDOWN')
            self.assertEqual(machine.wait(), 0)
            stream.close()

    def test_too_many(self) -> None:
        message = self.run_failing('-M', 'none', '-display', 'none', '-chardev',
                                   'null,id=c,mux=on', *(['-mon', 'chardev=c'] * 9))
        self.assertIn("'c' has too many users; at most 8", message)
        message = self.run_failing('-M', 'none', '-display', 'none', '-chardev', 'null,id=c',
                                   '-mon', 'chardev=c', '-mon', 'chardev=c')
        self.assertIn("'c' is in use already", message)


class LogTest(VmTest):
    """What is written also goes to a file."""

    def test_logfile(self) -> None:
        path = os.path.join(self.directory(), 'log')
        with open(path, 'w', encoding='ascii') as file:
            file.write('before ')
        for append in ('on', 'off'):
            machine = self.vm('-m', '64', '-chardev',
                              f'null,id=c,mux=on,logfile={path},logappend={append}', '-serial',
                              'chardev:c', serial=False)
            machine.qmp.command('query-status')
            self.wait_for_text(path, 'OpenSBI')
            machine.qmp.command('quit')
            machine.wait()
            with open(path, encoding='utf-8') as file:
                self.assertEqual(file.read().startswith('before '), append == 'on')

    def wait_for_text(self, path: str, text: str) -> None:
        """Wait until a file has this text in it."""
        deadline = time.monotonic() + TIMEOUT
        while True:
            with open(path, encoding='utf-8', errors='replace') as file:
                if text in file.read():
                    return
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)

    def test_sessions_of_a_server(self) -> None:
        """Each client's replies are in the log of the one server; a log nobody reads waits."""
        directory = self.directory()
        path, log = os.path.join(directory, 'qmp'), os.path.join(directory, 'log')
        os.mkfifo(log)
        reader = os.open(log, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        self.vm('-chardev', f'socket,id=c,path={path},server=on,wait=off,logfile={log}',
                '-mon', 'chardev=c,mode=control', machine='none', serial=False)
        for _ in range(2):
            with Qmp(path) as client:
                for _ in range(20):
                    client.command('query-qmp-schema')
        os.set_blocking(reader, True)
        seen = b''
        while seen.count(b'"QMP"') < 1:
            seen += os.read(reader, 65536)

    def test_refused(self) -> None:
        for option, text in (('logfile=/no/such/log', "Could not open '/no/such/log'"),
                             ('logappend=maybe', "Parameter 'logappend' expects 'on' or 'off'"),
                             ('mux=maybe', "Parameter 'mux' expects 'on' or 'off'")):
            message = self.run_failing('-M', 'none', '-chardev', f'null,id=c,{option}')
            self.assertIn(text, message)


class AddTest(VmTest):
    """Character devices that come and go while everything runs."""

    def add(self, qmp: Qmp, label: str, kind: str, **data: Any) -> Any:
        """Add a chardev."""
        return qmp.command('chardev-add', id=label, backend={'type': kind, 'data': data})

    def unix(self, path: str) -> Any:
        """Return the address of a UNIX socket."""
        return {'type': 'unix', 'data': {'path': path}}

    def assert_fails(self, text: str, qmp: Qmp, command: str, **arguments: Any) -> None:
        """Expect a refusal, after which everything is as it was."""
        before = [row['label'] for row in qmp.command('query-chardev')]
        with self.assertRaises(QmpError) as caught:
            qmp.command(command, **arguments)
        self.assertEqual(caught.exception.desc, text)
        self.assertEqual([row['label'] for row in qmp.command('query-chardev')], before)

    def labels(self, qmp: Qmp) -> Dict[str, str]:
        """Return the file names by label, less those of the monitors."""
        return {row['label']: row['filename'] for row in qmp.command('query-chardev')
                if not row['label'].startswith('compat_monitor')}

    def test_every_kind(self) -> None:
        """What is advertised can be made, shows up, and goes without a trace."""
        machine = self.vm(machine='none', serial=False)
        qmp = machine.qmp
        before = machine.descriptors()
        os.mkfifo(machine.path('fifo'))
        server = socket.create_server(('127.0.0.1', 0))
        self.addCleanup(server.close)
        port = server.getsockname()[1]
        listen = {'type': 'inet', 'data': {'host': '127.0.0.1', 'port': '0'}}
        connect = {'type': 'inet', 'data': {'host': '127.0.0.1', 'port': str(port)}}
        cases: List[Tuple[str, Dict[str, Any], str]] = [
            ('null', {}, 'null'),
            ('pty', {}, 'pty:/dev/pts/'),
            ('file', {'out': machine.path('out'), 'append': True}, 'file'),
            ('pipe', {'device': machine.path('fifo')}, 'pipe'),
            ('ringbuf', {'size': 4096, 'logfile': machine.path('log')}, 'ringbuf'),
            ('memory', {}, 'memory'),
            ('stdio', {'signal': False}, 'stdio'),
            ('socket', {'addr': self.unix(machine.path('s')), 'server': True, 'wait': False},
             f'disconnected:unix:{machine.path("s")},server=on'),
            ('socket', {'addr': listen, 'wait': False}, 'disconnected:tcp:127.0.0.1:'),
            ('socket', {'addr': connect, 'server': False, 'nodelay': True}, 'tcp:127.0.0.1:'),
        ]
        self.assertEqual({row['name'] for row in qmp.command('query-chardev-backends')},
                         {kind for kind, _, _ in cases})
        for kind, data, filename in cases:
            with self.subTest(kind=kind, filename=filename):
                reply = self.add(qmp, 'x', kind, **data)
                shown = self.labels(qmp)['x']
                self.assertTrue(shown.startswith(filename), shown)
                self.assertEqual(reply, {'pty': shown[4:]} if kind == 'pty' else {})
                qmp.command('chardev-remove', id='x')
                self.assertEqual(self.labels(qmp), {})
        self.assertFalse(os.path.exists(machine.path('s')))
        self.assertTrue(os.path.exists(machine.path('log')))
        self.assertEqual(machine.descriptors(), before)

    def test_refusals(self) -> None:
        machine = self.vm('-S', '-chardev', 'null,id=m,mux=on', '-mon', 'chardev=m')
        qmp = machine.qmp
        missing = machine.path('no/where')

        def bad(text: str, kind: str, label: str = 'x', **data: Any) -> None:
            self.assert_fails(f"Failed to add chardev '{label}': {text}", qmp, 'chardev-add',
                              id=label, backend={'type': kind, 'data': data})
        bad(f"Could not open '{missing}': No such file or directory", 'file', out=missing)
        bad('size of ringbuf chardev must be power of two', 'ringbuf', size=5)
        bad(f"Failed to connect to '{missing}': No such file or directory", 'socket',
            addr=self.unix(missing), server=False)
        bad("'wait' option is incompatible with socket in client connect mode; it goes with "
            "'server=on'", 'socket', addr=self.unix(missing), server=False, wait=True)
        bad("chardev backend 'socket' waits for a client only at start-up; accepted now: "
            "'wait=off'", 'socket', addr=self.unix(missing), wait=True)
        bad("File descriptor named '0' has not been found", 'socket',
            addr={'type': 'fd', 'data': {'str': '0'}})
        self.assert_fails("Chardev with id 'serial0' already exists", qmp, 'chardev-add',
                          id='serial0', backend={'type': 'null', 'data': {}})
        with self.assertRaises(QmpError):
            self.add(qmp, 'not an id', 'null')
        for label in ('serial0', 'm', 'm-base', 'compat_monitor0'):
            self.assert_fails(f"Chardev '{label}' is busy", qmp, 'chardev-remove', id=label)
        self.assert_fails("Chardev 'nope' not found", qmp, 'chardev-remove', id='nope')

    def test_named_descriptors(self) -> None:
        """One end of a pair, a listener; what cannot be used is closed."""
        machine = self.vm(machine='none', serial=False)
        qmp = machine.qmp
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        qmp.getfd('pair', theirs.fileno())
        theirs.close()
        fd = {'type': 'fd', 'data': {'str': 'pair'}}
        self.add(qmp, 'x', 'socket', addr=fd, server=False)
        qmp.command('chardev-remove', id='x')
        self.assertEqual(ours.recv(1), b'')
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(machine.path('inherited'))
            listener.listen()
            qmp.getfd('pair', listener.fileno())
        self.add(qmp, 'x', 'socket', addr=fd)
        client = Stream(machine.path('inherited'))
        client.close()
        qmp.command('chardev-remove', id='x')
        before = machine.descriptors()
        for arguments in ({'id': 'x', 'server': True}, {'id': '1 2', 'server': False}):
            ours, theirs = socket.socketpair()
            qmp.getfd('pair', theirs.fileno())
            theirs.close()
            with self.assertRaises(QmpError):
                self.add(qmp, str(arguments['id']), 'socket', addr=fd, server=arguments['server'])
            if arguments['id'] == 'x':
                self.assertEqual(ours.recv(1), b'')
            else:
                # Refused before it was asked for: the name is still there.
                qmp.command('closefd', fdname='pair')
            ours.close()
        self.assertEqual(machine.descriptors(), before)

    def test_at_once(self) -> None:
        """Of two sessions that want the same name one gets it."""
        machine = self.vm(machine='none', serial=False)
        sessions = [machine.qmp, machine.connect()]
        for turn in range(20):
            for session in sessions:
                session.send('chardev-add', {'id': 'x', 'backend': {
                    'type': 'file', 'data': {'out': machine.path('out')}}})
            replies = [session.receive_reply() for session in sessions]
            self.assertEqual(sorted('error' in reply for reply in replies), [False, True], turn)
            sessions[0].command('chardev-remove', id='x')

    def full_listener(self, family: int, address: Any) -> socket.socket:
        """Make a listener that has no room for one more client: whoever comes waits."""
        listener = socket.socket(family)
        self.addCleanup(listener.close)
        listener.bind(address)
        listener.listen(0)
        for _ in range(3):
            client = socket.socket(family)
            self.addCleanup(client.close)
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        return listener

    def test_cancelled_connect(self) -> None:
        """Who does not wait any more keeps nothing open; who waits gets through."""
        machine = self.vm(machine='none', serial=False)
        qmp = machine.qmp
        inet = self.full_listener(socket.AF_INET, ('127.0.0.1', 0))
        unix = self.full_listener(socket.AF_UNIX, machine.path('full'))
        host = {'type': 'inet', 'data': {'host': '127.0.0.1', 'port': str(inet.getsockname()[1])}}
        before = machine.descriptors()
        for addr in (host, self.unix(machine.path('full'))):
            for _ in range(20):
                data = {'addr': addr, 'server': False}
                qmp.send('chardev-add', {'id': 'x', 'backend': {'type': 'socket', 'data': data}},
                         timeout=1)
                self.assertIn('cancelled', qmp.receive_reply()['error']['desc'])
        deadline = time.monotonic() + TIMEOUT
        while machine.descriptors() > before:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        qmp.send('chardev-add', {'id': 'x', 'backend': {'type': 'socket', 'data': data}})
        while not select.select([qmp.sock], [], [], 0.1)[0]:
            unix.accept()[0].close()
        self.assertEqual(qmp.take_reply(), {})

    def test_hmp(self) -> None:
        machine = self.vm(machine='none', serial=False)
        qmp = machine.qmp
        path = machine.path('h')
        self.assertEqual(qmp.hmp(f'chardev-add socket,id=h,path={path},server=on,wait=off,mux=on'),
                         '')
        self.assertEqual(self.labels(qmp), {
            'h': 'mux', 'h-base': f'disconnected:unix:{path},server=on'})
        self.assertRegex(qmp.hmp('chardev-add pty,id=p'),
                         r'^char device redirected to /dev/pts/\d+ \(label p\)\r?\n$')
        for line, text in (
                ('chardev-add foo,id=x', "Error: 'foo' is not a valid char driver name; accepted"),
                ('chardev-add null', "Error: Parameter 'id' is missing"),
                ('chardev-add socket,id=x,fd=0,server=on,wait=off',
                 "Error: File descriptor named '0' has not been found"),
                ('chardev-add socket,id=x,path=/x,server=on', 'Error: chardev backend'),
                ('chardev-remove nope', "Error: Chardev 'nope' not found")):
            self.assertIn(text, qmp.hmp(line))
        self.assertEqual(qmp.hmp('chardev-remove p'), '')
        self.assertEqual(qmp.hmp('chardev-remove h'), '')
        self.assertEqual(self.labels(qmp), {})


if __name__ == '__main__':
    main()
