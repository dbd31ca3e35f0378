"""Ring buffers, from both sides.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import base64
import time
from typing import Any, Dict

from harness import TIMEOUT, Vm, VmTest, main
from qmp import Qmp, QmpError


class RingbufTest(VmTest):
    """The ring buffer and its commands."""

    def test_commands(self) -> None:
        machine = self.vm('-chardev', 'ringbuf,id=R,size=16', '-chardev', 'memory,id=M',
                          '-chardev', 'null,id=N', machine='none', serial=False)
        qmp = machine.qmp

        def write(data: str, **arguments: str) -> None:
            self.assertEqual(qmp.command('ringbuf-write', device='R', data=data, **arguments), {})

        def read(size: int = 100, **arguments: str) -> str:
            text: str = qmp.command('ringbuf-read', device='R', size=size, **arguments)
            return text

        write('abc')
        self.assertEqual((read(2), read(), read()), ('ab', 'c', ''))
        write('0123456789abcdefghij')
        self.assertEqual(read(format='base64'), 'NDU2Nzg5YWJjZGVmZ2hpag==')
        write('/w==', format='base64')
        self.assertEqual(read(format='utf8'), '\ufffd')
        write('/4CAYWLDqcMA', format='base64')
        self.assertEqual(read(), '\ufffd\ufffd\ufffdab\xe9\ufffd\ufffd')
        write('\xe9\xe9\xe9')
        self.assertEqual((read(3), read(3)), ('\xe9\ufffd', '\ufffd\xe9'))
        write('', format='base64')
        self.assertEqual(read(), '')
        rows = {row['label']: row['filename'] for row in qmp.command('query-chardev')}
        self.assertEqual((rows['R'], rows['M']), ('ringbuf', 'memory'))
        for command in ('ringbuf-write', 'ringbuf-read'):
            for device, text in (('N', 'N is not a ringbuf device'),
                                 ('nope', "Device 'nope' not found")):
                extra: Dict[str, Any] = {'data': ''} if 'write' in command else {'size': 1}
                self.assert_fails(qmp, text, command, device=device, **extra)
        for size in (0, -1, -1 << 63):
            self.assert_fails(qmp, 'size must be greater than zero', 'ringbuf-read', device='R',
                              size=size)
        for data in ('!!', 'YQ=', 'Y===', 'YQ==YQ==', 'YW Jj', 'YWJj\n', 'YQ'):
            with self.assertRaises(QmpError) as caught:
                write(data, format='base64')
            self.assertIn('Base64 data', caught.exception.desc)
        self.assertEqual(read((1 << 63) - 1), '')

    def assert_fails(self, qmp: Qmp, text: str, command: str, **arguments: Any) -> None:
        """Run a command that is refused."""
        with self.assertRaises(QmpError) as caught:
            qmp.command(command, **arguments)
        self.assertEqual(caught.exception.desc, text)

    def test_hmp(self) -> None:
        machine = self.vm('-chardev', 'ringbuf,id=R', machine='none', serial=False)
        qmp = machine.qmp
        self.assertEqual(qmp.hmp('ringbuf_write R "a b"'), '')
        self.assertEqual(qmp.hmp('ringbuf_read R 10'), 'a b\r\n')
        qmp.command('ringbuf-write', device='R', data='a\x01\tb\nc\\d\x7f\xe9')
        self.assertEqual(qmp.hmp('ringbuf_read R 100'), 'a\\u0001\tb\r\nc\\\\d\\u007F\xe9\r\n')
        self.assertIn("Device 'x' not found", qmp.hmp('ringbuf_read x 1'))
        self.assertIn("Device 'x' not found", qmp.hmp('ringbuf_write x 1'))

    def session_at_work(self, qmp: Qmp, command: str) -> int:
        """Wait until a worker is at a command; return the session that runs it."""
        deadline = time.monotonic() + TIMEOUT
        while True:
            for entry in qmp.command('query-commands-in-flight'):
                if (entry['command'], entry.get('waits-for')) == (command, 'a worker thread'):
                    session: int = entry['session']
                    return session
            self.assertLess(time.monotonic(), deadline)

    def value_of_slow(self, machine: Vm, command: str, **arguments: Any) -> Any:
        """Run a command, see that another session is served meanwhile; return its value."""
        other = machine.connect()
        machine.qmp.send(command, arguments)
        self.session_at_work(other, command)
        return machine.qmp.take_reply()

    def test_much(self) -> None:
        """One command takes 4 MiB at most, and others are served while it is spelled out."""
        machine = self.vm('-chardev', 'ringbuf,id=R,size=64M', machine='none', serial=False)
        limit = 4 << 20
        noise = bytes(range(250, 256)) + b'abc' + bytes(range(125, 131)) + b'\xc3\xa9\0'
        data = noise * (limit // len(noise) + 1)
        written = base64.b64encode(data).decode()
        self.value_of_slow(machine, 'ringbuf-write', device='R', data=written, format='base64')
        text = self.value_of_slow(machine, 'ringbuf-read', device='R', size=1 << 40)
        self.assertTrue(text == data[:limit].decode(errors='replace').replace('\0', '\ufffd'))
        rest = machine.qmp.command('ringbuf-read', device='R', size=1 << 40, format='base64')
        self.assertEqual(base64.b64decode(rest), data[limit:])

    def test_nothing(self) -> None:
        """Reading an empty one is no fault in any format."""
        machine = self.vm('-chardev', 'ringbuf,id=R', machine='none', serial=False)
        qmp = machine.qmp
        self.assertEqual(qmp.command('ringbuf-read', device='R', size=1), '')
        self.assertEqual(qmp.command('ringbuf-read', device='R', size=1, format='base64'), '')
        self.assertEqual(qmp.hmp('ringbuf_read R 1'), '\r\n')
        self.assertNotIn('CRITICAL', machine.stderr())

    def test_cancelled(self) -> None:
        """What nobody was given is there to be read again."""
        machine = self.vm('-chardev', 'ringbuf,id=R,size=16M', machine='none', serial=False)
        other = machine.connect()
        machine.qmp.command('ringbuf-write', device='R', data='\xe9' * (8 << 20))
        machine.qmp.send('ringbuf-read', {'device': 'R', 'size': 16 << 20}, id=1)
        other.command('cancel-command', id=1, session=self.session_at_work(other, 'ringbuf-read'))
        reply = machine.qmp.receive_reply()
        self.assertIn("Command 'ringbuf-read' was cancelled", reply['error']['desc'])
        text = ''.join(other.command('ringbuf-read', device='R', size=4 << 20) for _ in range(4))
        self.assertEqual(text, '\xe9' * (8 << 20))

    def test_hmp_much(self) -> None:
        """No more is taken than can be printed."""
        machine = self.vm('-chardev', 'ringbuf,id=R,size=1M', machine='none', serial=False)
        machine.qmp.command('ringbuf-write', device='R', data='\x01' * (1 << 20))
        for _ in range(2):
            text = machine.qmp.hmp('ringbuf_read R 2000000')
            self.assertEqual(text, '\\u0001' * (512 << 10) + '\r\n')

    def test_as_a_port(self) -> None:
        """What a guest has printed last is there to be read."""
        machine = self.vm('-chardev', 'ringbuf,id=R', '-serial', 'chardev:R', '-m', '64',
                          serial=False)
        seen = ''
        deadline = time.monotonic() + TIMEOUT
        while 'OpenSBI' not in seen:
            self.assertLess(time.monotonic(), deadline)
            seen += machine.qmp.command('ringbuf-read', device='R', size=65536)


if __name__ == '__main__':
    main()
