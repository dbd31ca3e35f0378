"""Commands and NBD servers that do not answer.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import signal
import socket
import time
from typing import Any, Callable, Dict, Tuple

from harness import TIMEOUT, Vm, main
from nbdserver import NbdCase
from qmp import Qmp, QmpError

GREETING = b'NBDMAGICIHAVEOPT\0\3'
ACCEPTED = {'silent': b'', 'half a greeting': GREETING[:10], 'greeting': GREETING}


def nbd_threads(machine: Vm) -> int:
    """Return how many connections have a thread."""
    count = 0
    tasks = f'/proc/{machine.process.pid}/task'
    for task in os.listdir(tasks):
        try:
            with open(f'{tasks}/{task}/comm', encoding='ascii') as comm:
                count += comm.read() == 'nbd\n'
        except FileNotFoundError:
            pass  # it has just ended
    return count


class HungCase(NbdCase):
    """What the cases below share."""

    def wait_for(self, condition: Callable[[], Any]) -> None:
        """Wait until something is true."""
        deadline = time.monotonic() + TIMEOUT
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.005)

    def listen(self, family: int, backlog: int = 10) -> Tuple[socket.socket, Dict[str, Any]]:
        """Listen; return the server and its address as a node has it."""
        listener = socket.socket(family)
        self.addCleanup(listener.close)
        listener.settimeout(TIMEOUT)
        listener.bind(('127.0.0.1', 0) if family == socket.AF_INET else self.sock)
        listener.listen(backlog)
        if family == socket.AF_INET:
            port = str(listener.getsockname()[1])
            return listener, {'type': 'inet', 'host': '127.0.0.1', 'port': port}
        return listener, {'type': 'unix', 'path': self.sock}

    def add_and_delete(self, machine: Vm) -> None:
        """The name is free for another."""
        path = machine.path('file')
        with open(path, 'wb') as file:
            file.truncate(4096)
        machine.qmp.command('blockdev-add', driver='file', filename=path, node_name='n')
        machine.qmp.command('blockdev-del', node_name='n')


class OpeningTest(HungCase):
    """blockdev-add, which is cancelled while it waits for a server; nothing is left of it."""

    def try_each(self, cancel: Callable[[Qmp], None], **members: Any) -> None:
        """Cancel it at each stage."""
        for family in (socket.AF_INET, socket.AF_UNIX):
            for stage in ('connect', *ACCEPTED):
                if os.path.exists(self.sock):
                    os.unlink(self.sock)
                with self.subTest(stage, family=family):
                    self.try_at(stage, family, cancel, **members)

    def try_at(self, stage: str, family: int, cancel: Callable[[Qmp], None],
               **members: Any) -> None:
        """Cancel it when the server has come so far."""
        listener, address = self.listen(family, 0 if stage == 'connect' else 10)
        machine = self.vm('-S', machine='none', serial=False)
        self.add_and_delete(machine)  # what stays from the first time on
        before = machine.descriptors()
        client = machine.connect()
        clients = []
        if stage == 'connect':
            for _ in range(3):
                clients.append(socket.socket(family))
                clients[-1].setblocking(False)
                clients[-1].connect_ex(listener.getsockname())
        client.send('blockdev-add', self.node(server=address, open_timeout=1000), id='slow',
                    **members)
        if stage != 'connect':
            connection, _ = listener.accept()
            connection.settimeout(TIMEOUT)
            connection.sendall(ACCEPTED[stage])
        self.wait_for(lambda: nbd_threads(machine) == 1)
        self.machine = machine
        cancel(client)
        self.assertEqual(machine.qmp.command('query-commands-in-flight'), [])
        self.assertEqual(machine.qmp.command('query-named-block-nodes'), [])
        if stage != 'connect':
            while connection.recv(100):
                pass
            connection.close()
        self.add_and_delete(machine)
        client.close()
        self.wait_for(lambda: nbd_threads(machine) == 0)
        self.wait_for(lambda: machine.descriptors() <= before)
        machine.qmp.command('quit')
        self.assertEqual(machine.wait(), 0)
        for sock in clients:
            sock.close()
        listener.close()

    def assert_cancelled(self, client: Qmp, why: str) -> None:
        """Expect the error of a command that was cancelled."""
        self.assertEqual(client.receive_reply()['error']['desc'],
                         f"Command 'blockdev-add' was cancelled: {why}")

    def test_timeout(self) -> None:
        self.try_each(lambda client: self.assert_cancelled(client, 'its timeout is over'),
                      timeout=300)

    def test_cancel_command(self) -> None:
        def cancel(client: Qmp) -> None:
            [info] = self.machine.qmp.command('query-commands-in-flight')
            self.machine.qmp.command('cancel-command', id='slow', session=info['session'])
            self.assert_cancelled(client, 'by cancel-command')

        self.try_each(cancel)

    def test_disconnect(self) -> None:
        def cancel(client: Qmp) -> None:
            client.close()
            self.wait_for(lambda: not self.machine.qmp.command('query-commands-in-flight'))

        self.try_each(cancel)


class ServingTest(HungCase):
    """A server that stops in the middle of a guest's request."""

    def machine_that_waits(self) -> Vm:
        """Return a machine whose guest waits for a server."""
        disk, self.hold, self.began = (os.path.join(self.dir, name)
                                       for name in ('disk', 'hold', 'began'))
        for path, size in ((disk, 1 << 20), (self.hold, 0)):
            with open(path, 'wb') as file:
                file.truncate(size)
        if os.path.exists(self.began):
            os.unlink(self.began)
        self.nbdkit('eval', 'get_size=echo 1M', 'can_write=exit 0',
                    f'pread=tail -c +$(($4 + 1)) {disk} | head -c $3',
                    f'pwrite=touch {self.began}; while [ -e {self.hold} ]; do sleep 0.05; done; '
                    f'dd of={disk} seek=$4 oflag=seek_bytes conv=notrunc status=none')
        machine = self.disk()
        machine.type('virtio write 84000000 9 1\r')
        self.wait_for(lambda: os.path.exists(self.began))
        return machine

    def assert_goes_on(self, machine: Vm) -> None:
        """There was no reset: the guest's request is carried out."""
        os.unlink(self.hold)
        self.assertIn('OK', machine.expect('=> '))
        self.check_guest(machine)
        self.assertEqual(machine.qmp.command('query-commands-in-flight'), [])
        self.assertNotIn('RESET', [event['event'] for event in machine.qmp.events])

    def test_nobody_else_waits(self) -> None:
        machine = self.machine_that_waits()
        qmp = machine.qmp
        for command in ('query-block', 'query-named-block-nodes', 'query-blockstats'):
            self.assertEqual(len(qmp.command(command)), 1)
        self.assertIn('nbd', qmp.hmp('info block'))
        with self.assertRaisesRegex(QmpError, "NBD server's"):
            qmp.command('block_resize', node_name='n', size=512)
        with self.assertRaisesRegex(QmpError, 'in use'):
            qmp.command('blockdev-del', node_name='n')
        qmp.send('block_set_io_throttle', {'id': 'hd', 'bps': 0, 'bps_rd': 0, 'bps_wr': 0,
                                           'iops': 1000, 'iops_rd': 0, 'iops_wr': 0})
        self.assertEqual(qmp.take_reply(), {})
        qmp.command('stop')
        qmp.command('cont')
        self.assert_goes_on(machine)

    def test_reset_cancelled(self) -> None:
        """The machine is not reset later on, when nobody expects it."""
        machine = self.machine_that_waits()
        why = "Command 'system_reset' was cancelled: "
        client = machine.connect()
        client.send('system_reset', timeout=100)
        self.assertEqual(client.receive_reply()['error']['desc'], why + 'its timeout is over')
        client.send('system_reset', id='slow')
        self.wait_for(lambda: machine.qmp.command('query-commands-in-flight'))
        [info] = machine.qmp.command('query-commands-in-flight')
        machine.qmp.command('cancel-command', id='slow', session=info['session'])
        self.assertEqual(client.receive_reply()['error']['desc'], why + 'by cancel-command')
        client.send('system_reset')
        self.wait_for(lambda: machine.qmp.command('query-commands-in-flight'))
        client.close()
        self.wait_for(lambda: not machine.qmp.command('query-commands-in-flight'))
        self.assert_goes_on(machine)

    def test_reset_that_another_wants(self) -> None:
        machine = self.machine_that_waits()
        with machine.connect() as client:
            client.send('system_reset', timeout=100)
            machine.qmp.send('system_reset')
            self.assertIn('error', client.receive_reply())
        self.assertEqual(machine.qmp.take_reply(), {})
        machine.expect('Hit any key to stop autoboot')
        self.assertEqual([e['event'] for e in machine.qmp.events].count('RESET'), 1)

    def test_end_during_a_reset(self) -> None:
        """It does not wait for the reset, and so for the server."""
        for end in ('quit', 'SIGTERM'):
            with self.subTest(end):
                machine = self.machine_that_waits()
                client = machine.connect()
                client.send('system_reset')
                self.wait_for(lambda: machine.qmp.command('query-commands-in-flight'))
                if end == 'quit':
                    machine.qmp.command('quit')
                else:
                    machine.process.send_signal(signal.SIGTERM)
                self.assertEqual(machine.wait(), 0)
                machine.qmp.events += machine.qmp.receive_all()
                self.assertNotIn('RESET', [event['event'] for event in machine.qmp.events])

    def test_delete(self) -> None:
        """The node, its thread and its descriptors go, and the name is free."""
        machine = self.vm('-S', machine='none', serial=False)
        self.add_and_delete(machine)
        before = machine.descriptors()
        server = self.nbdkit('memory', '1M')
        machine.qmp.command('blockdev-add', **self.node())
        server.send_signal(signal.SIGSTOP)
        machine.qmp.command('blockdev-del', node_name='n')
        self.add_and_delete(machine)
        self.wait_for(lambda: nbd_threads(machine) == 0)
        self.wait_for(lambda: machine.descriptors() <= before)


if __name__ == '__main__':
    main()
