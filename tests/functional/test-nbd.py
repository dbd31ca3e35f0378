"""Disks on NBD servers: a guest's qcow2 image, queries, and servers that go or never answer.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import os
import signal
import socket
import subprocess
import time
from typing import Any, Dict, List

from harness import TIMEOUT, VITRINE, Vm, main, sanitized
from nbdserver import NbdCase
from qmp import QmpError

SECTOR = 512
SIZE = 4 << 20


class NbdTest(NbdCase):
    """Block nodes of the driver nbd."""

    def test_qcow2(self) -> None:
        """What the guest has written is in the image."""
        image = os.path.join(self.dir, 'disk.qcow2')
        subprocess.run(['qemu-img', 'create', '-q', '-f', 'qcow2', image, str(SIZE)], check=True)
        server = self.serve('qemu-nbd', '-t', '-k', self.sock, '-f', 'qcow2', '-x', 'disk', image)
        machine = self.disk(export='disk')
        self.check_guest(machine)
        [disk] = machine.qmp.command('query-block')
        self.assertEqual(disk['inserted']['drv'], 'nbd')
        self.assertEqual(disk['inserted']['file'], f'nbd+unix:///disk?socket={self.sock}')
        self.assertEqual(disk['inserted']['image']['virtual-size'], SIZE)
        self.assertNotIn('actual-size', disk['inserted']['image'])
        self.assertEqual(machine.qmp.command('query-named-block-nodes'), [disk['inserted']])
        [stats] = machine.qmp.command('query-blockstats')
        self.assertEqual(stats['node-name'], 'n')
        self.assertEqual(stats['stats']['wr_bytes'], SECTOR)
        self.assertGreaterEqual(stats['stats']['rd_operations'], 1)
        machine.qmp.command('quit')
        self.assertEqual(machine.wait(), 0)
        server.send_signal(signal.SIGTERM)
        server.wait()
        found = subprocess.run(['qemu-io', '-f', 'qcow2', '-c', 'read -P 0x5a 4608 512',
                                '-c', 'read -P 0 5120 512', image],
                               capture_output=True, check=True).stdout
        self.assertNotIn(b'failed', found)

    def test_part_over_tcp(self) -> None:
        """A raw node on top, and a server that is elsewhere."""
        with socket.create_server(('127.0.0.1', 0)) as probe:
            port = str(probe.getsockname()[1])
        server = subprocess.Popen(['nbdkit', '-f', '-i', '127.0.0.1', '-p', port, 'memory', '1M'],
                                  stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.stop, server)
        qmp = self.vm().qmp
        below = self.node(open_timeout=30)
        below['server'] = {'type': 'inet', 'host': 'localhost', 'port': port}
        qmp.command('blockdev-add', driver='raw', node_name='top', offset=SECTOR, file=below)
        top, bottom = sorted(qmp.command('query-named-block-nodes'),
                             key=lambda node: str(node['node-name']), reverse=True)
        self.assertEqual(top['image']['virtual-size'], (1 << 20) - SECTOR)
        self.assertEqual(bottom['file'], f'nbd://localhost:{port}/')
        qmp.command('blockdev-del', node_name='top')
        self.assertEqual(qmp.command('query-named-block-nodes'), [])

    def test_server_dies(self) -> None:
        """In the middle of a request: the guest gets an error, and goes on with the next server."""
        server = self.nbdkit('--filter=delay', 'memory', '1M', 'wdelay=100')
        machine = self.disk(device=',werror=report')
        machine.type('virtio write 84000000 9 1\r')
        machine.expect('virtio write: ')
        self.assertTrue(machine.qmp.command('query-status')['running'])
        self.stop(server)
        self.assertNotIn('OK', machine.expect('=> '))
        event = machine.qmp.wait_event('BLOCK_IO_ERROR')['data']
        self.assertEqual((event['node-name'], event['operation'], event['nospace']),
                         ('n', 'write', False))
        machine.expect_stderr(f"the connection to 'nbd.unix:///.socket={self.sock}' is lost")
        self.nbdkit('memory', '1M')
        self.check_guest(machine)

    def test_reconnect(self) -> None:
        """Requests wait while the server is replaced."""
        server = self.nbdkit('--filter=delay', 'memory', '1M', 'wdelay=100')
        machine = self.disk(reconnect_delay=100)
        machine.type('virtio write 84000000 9 1\r')
        machine.expect('virtio write: ')
        self.stop(server)
        self.nbdkit('memory', '1M')
        self.assertIn('OK', machine.expect('=> '))

    def test_reset(self) -> None:
        """A server that does not answer does not hold it up."""
        self.nbdkit('--filter=delay', 'memory', '1M', 'wdelay=100')
        machine = self.disk()
        machine.type('virtio write 84000000 9 1\r')
        machine.expect('virtio write: ')
        machine.qmp.command('system_reset')
        machine.expect('Hit any key to stop autoboot')
        self.assertTrue(machine.qmp.command('query-status')['running'])

    def silent_server(self) -> socket.socket:
        """Listen and say nothing."""
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.addCleanup(server.close)
        server.bind(self.sock)
        server.listen()
        return server

    def test_silent_server(self) -> None:
        """Connecting keeps nobody else waiting and can be cancelled."""
        self.silent_server()
        machine = self.vm()
        machine.qmp.send('blockdev-add', self.node(open_timeout=1000), id='slow')
        with machine.connect() as other:
            self.assertEqual(other.command('query-named-block-nodes'), [])
            threads = machine.threads()
            with self.assertRaisesRegex(QmpError, 'does not answer'):
                other.command('blockdev-add', **self.node(open_timeout=1))
        machine.qmp.close()
        while machine.threads() > threads:
            time.sleep(0.01)
        with machine.connect('qmp') as again:
            with self.assertRaisesRegex(QmpError, 'does not answer'):
                again.command('blockdev-add', **self.node(open_timeout=1))
            self.assertEqual(again.command('query-named-block-nodes'), [])
        self.assertIn('does not answer',
                      self.run_failing('-M', 'virt', '-blockdev',
                                       json.dumps(self.node(open_timeout=1))))

    def test_silent_server_at_start(self) -> None:
        """Who starts the process and thinks better of it is not kept waiting."""
        server = self.silent_server()
        with subprocess.Popen([VITRINE, '-M', 'virt', '-display', 'none', '-blockdev',
                               json.dumps(self.node(open_timeout=1000))],
                              stderr=subprocess.PIPE) as process:
            connection, _ = server.accept()
            process.send_signal(signal.SIGTERM)
            assert process.stderr
            self.assertIn(b'was given up', process.stderr.read())
            self.assertEqual(process.wait(TIMEOUT), 1)
            connection.close()

    def test_cancelled(self) -> None:
        """A command that waits for a server has a time limit like others."""
        self.silent_server()
        qmp = self.vm().qmp
        qmp.send('blockdev-add', self.node(open_timeout=1000), timeout=100)
        with self.assertRaisesRegex(QmpError, "'blockdev-add' was cancelled"):
            qmp.take_reply()
        self.assertEqual(qmp.command('query-named-block-nodes'), [])

    def come_and_go(self, machine: Vm) -> None:
        """Make a node and delete it."""
        machine.qmp.command('blockdev-add', **self.node())
        machine.qmp.command('blockdev-del', node_name='n')

    def test_nothing_is_left(self) -> None:
        """Nodes go with their threads and descriptors."""
        self.nbdkit('memory', '1M')
        machine = self.vm()
        self.come_and_go(machine)  # what stays from the first time on
        before = (machine.descriptors(), machine.threads())
        for _ in range(20):
            self.come_and_go(machine)
        deadline = time.monotonic() + TIMEOUT
        while machine.descriptors() > before[0] or machine.threads() > before[1]:
            self.assertLess(time.monotonic(), deadline,
                            (before, machine.descriptors(), machine.threads()))
            time.sleep(0.05)

    def test_descriptor(self) -> None:
        """A client connects, and hands the socket over."""
        self.nbdkit('memory', '1M')
        qmp = self.vm().qmp
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.connect(self.sock)
            qmp.getfd('nbd', sock.fileno())
        node = self.node()
        node['server'] = {'type': 'fd', 'str': 'nbd'}
        qmp.command('blockdev-add', **node)
        [info] = qmp.command('query-named-block-nodes')
        self.assertEqual(info['image']['virtual-size'], 1 << 20)
        node['node-name'] = 'm'
        with self.assertRaisesRegex(QmpError, "'nbd' has not been found"):
            qmp.command('blockdev-add', **node)
        read, write = os.pipe()
        qmp.getfd('nbd', read)
        os.close(read)
        with self.assertRaisesRegex(QmpError, 'not a connected socket'):
            qmp.command('blockdev-add', **node)
        with self.assertRaises(BrokenPipeError):
            os.write(write, b'x')
        os.close(write)

    def test_bad_options(self) -> None:
        self.nbdkit('-r', 'memory', '1M')
        qmp = self.vm().qmp
        bad: List[Dict[str, Any]] = [
            self.node(),
            {**self.node(), 'server': {'type': 'unix', 'path': self.sock + '.absent'}},
            {**self.node(), 'server': {'type': 'vsock', 'cid': '1', 'port': '1'}},
            {**self.node(), 'export': 'x' * 5000},
            {'driver': 'nbd', 'node-name': 'n'},
        ]
        for options in bad:
            with self.subTest(options), self.assertRaises(QmpError):
                qmp.command('blockdev-add', **options)
        qmp.command('blockdev-add', **self.node(read_only=True))
        [info] = qmp.command('query-named-block-nodes')
        self.assertTrue(info['ro'])

    def test_sandbox(self) -> None:
        if sanitized():
            self.skipTest('sanitizers use system calls that are denied')
        self.nbdkit('memory', '1M')
        machine = self.disk('-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,'
                            'resourcecontrol=deny')
        self.check_guest(machine)


if __name__ == '__main__':
    main()
