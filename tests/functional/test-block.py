"""Disks: block nodes over QMP and the command line, and what a guest reads and writes.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import fcntl
import itertools
import json
import os
import time
from typing import Any, Dict, List

from harness import UBOOT_SMODE, Vm, VmTest, main, sanitized
from qmp import QmpError

SECTOR = 512
SIZE = 1 << 20


class BlockTest(VmTest):
    """Disks on raw files."""

    def image(self, name: str = 'disk.img') -> str:
        """Make an image whose sectors are full of their numbers."""
        path = os.path.join(self.directory(), name)
        with open(path, 'wb') as file:
            for i in range(SIZE // SECTOR):
                file.write(bytes([i % 256]) * SECTOR)
        return path

    def nodes(self, path: str) -> List[str]:
        """Return the options that managers give for a disk."""
        storage = {'driver': 'file', 'filename': path, 'node-name': 'libvirt-1-storage',
                   'auto-read-only': True, 'discard': 'unmap'}
        layer = {'node-name': 'libvirt-1-format', 'read-only': False, 'driver': 'raw',
                 'file': 'libvirt-1-storage'}
        device = {'driver': 'virtio-blk-pci', 'drive': 'libvirt-1-format', 'id': 'virtio-disk0',
                  'bootindex': 1, 'bus': 'pcie.0', 'addr': '0x3'}
        return ['-blockdev', json.dumps(storage), '-blockdev', json.dumps(layer),
                '-device', json.dumps(device)]

    def check_guest(self, machine: Vm, path: str) -> None:
        """Have a guest read a sector and write another one."""
        machine.uboot_prompt()
        machine.uboot('virtio scan')
        self.assertIn('OK', machine.uboot('virtio read 84000000 7 1'))
        self.assertIn('07 07 07 07', machine.uboot('md.b 84000000 10'))
        machine.uboot('mw.b 84000000 5a 200')
        self.assertIn('OK', machine.uboot('virtio write 84000000 9 1'))
        with open(path, 'rb') as file:
            file.seek(9 * SECTOR)
            self.assertEqual(file.read(SECTOR + 1), b'\x5a' * SECTOR + b'\x0a')

    def test_guest_on_pci(self) -> None:
        path = self.image()
        machine = self.vm('-m', '256', '-kernel', UBOOT_SMODE, *self.nodes(path))
        self.check_guest(machine, path)
        [disk] = machine.qmp.command('query-blockstats')
        self.assertEqual(disk['qdev'], '/machine/peripheral/virtio-disk0/virtio-backend')
        self.assertEqual(disk['node-name'], 'libvirt-1-format')
        self.assertEqual(disk['parent']['node-name'], 'libvirt-1-storage')
        self.assertGreaterEqual(disk['stats']['rd_operations'], 1)
        self.assertEqual(disk['stats']['wr_bytes'], SECTOR)
        below = machine.qmp.command('query-blockstats', **{'query-nodes': True})
        self.assertEqual([node['node-name'] for node in below],
                         ['libvirt-1-storage', 'libvirt-1-format'])
        self.assertEqual(below[0]['stats']['wr_bytes'], SECTOR)

    def test_guest_on_mmio_and_threads(self) -> None:
        path = self.image()
        machine = self.vm('-m', '256', '-kernel', UBOOT_SMODE,
                          '-drive', f'file={path},format=raw,if=none,id=hd,aio=threads',
                          '-device', 'virtio-blk-device,drive=hd')
        self.check_guest(machine, path)
        machine.qmp.command('system_reset')
        self.check_guest(machine, path)

    def turns(self, machine: Vm, thread: int) -> int:
        """Return how often a thread has waited so far."""
        with open(f'/proc/{machine.process.pid}/task/{thread}/status', encoding='ascii') as file:
            return next(int(line.split()[1]) for line in file
                        if line.startswith('voluntary_ctxt_switches'))

    def test_io_thread(self) -> None:
        """A thread of its own does it, and stays as long as the disk."""
        path = self.image()
        options = ['-object', 'iothread,id=io', *self.nodes(path)]
        options[-1] = options[-1].replace('"virtio-blk-pci"', '"virtio-blk-pci", "iothread": "io"')
        machine = self.vm('-m', '256', '-kernel', UBOOT_SMODE, *options)
        [thread] = machine.qmp.command('query-iothreads')
        self.check_guest(machine, path)
        before = self.turns(machine, thread['thread-id'])
        for _ in range(10):
            self.assertIn('OK', machine.uboot('virtio read 84000000 0 800'))
        self.assertGreaterEqual(self.turns(machine, thread['thread-id']) - before, 10)
        with self.assertRaisesRegex(QmpError, "'io' is in use"):
            machine.qmp.command('object-del', id='io')

    def test_io_thread_polls(self) -> None:
        """How is changed while a guest reads; when it does not any more, the thread sleeps."""
        path = self.image()
        options = ['-object', 'iothread,id=io,poll-max-ns=50000000', *self.nodes(path)]
        options[-1] = options[-1].replace('"virtio-blk-pci"', '"virtio-blk-pci", "iothread": "io"')
        machine = self.vm('-m', '256', '-kernel', UBOOT_SMODE, *options)
        qmp = machine.qmp
        [thread] = [entry['thread-id'] for entry in qmp.command('query-iothreads')]
        self.check_guest(machine, path)
        settings = itertools.cycle((('poll-max-ns', 0), ('poll-max-ns', 100), ('poll-grow', 100),
                                    ('poll-shrink', 1), ('poll-max-ns', 1000000000),
                                    ('aio-max-batch', 1), ('poll-shrink', 0), ('poll-grow', 0),
                                    ('poll-max-ns', 32768), ('aio-max-batch', 0)))
        reads = 0
        for _ in range(10):
            machine.type('for i in 1 2 3 4 5; do virtio read 84000000 0 100; done\r')
            machine.expect('done')
            for name, value in itertools.islice(settings, 25):
                qmp.command('qom-set', path='/objects/io', property=name, value=value)
            reads += machine.expect('=> ').count('OK')
        self.assertEqual(reads, 50)
        self.assertIn('07 07 07 07', machine.uboot('md.b 84000e00 10'))
        qmp.command('qom-set', path='/objects/io', property='poll-max-ns', value=50000000)
        for _ in range(5):
            self.assertIn('OK', machine.uboot('virtio read 84000000 0 100'))
        time.sleep(0.2)  # one look that is in vain
        before = machine.processor_time(thread)
        time.sleep(1)
        self.assertLess(machine.processor_time(thread) - before, 0.1)

    def test_io_thread_with_nothing_to_do(self) -> None:
        """Workers carry out what the thread then does not, and the user is told."""
        path = self.image()
        machine = self.vm('-m', '256', '-kernel', UBOOT_SMODE, '-object', 'iothread,id=io',
                          '-blockdev', f'file,filename={path},node-name=f,aio=threads',
                          '-device', 'virtio-blk-pci,drive=f,iothread=io')
        machine.expect_stderr("drive 'f' is not read and written by io_uring: iothread= has no "
                              'effect')
        self.check_guest(machine, path)

    def test_io_thread_comes_and_goes(self) -> None:
        """With a disk that is plugged in, used and let go of; then nothing is left of either."""
        path = self.image()
        machine = self.vm('-m', '256', '-kernel', UBOOT_SMODE,
                          '-device', 'pcie-root-port,id=port,chassis=1,addr=1')
        qmp = machine.qmp
        qmp.command('blockdev-add', driver='file', filename=path, **{'node-name': 'f'})
        for _ in range(5):
            qmp.command('object-add', id='io', **{'qom-type': 'iothread'})
            qmp.command('device_add', driver='virtio-blk-pci', id='disk', bus='port', drive='f',
                        iothread='io')
            qmp.command('system_reset')
            machine.uboot_prompt()
            machine.uboot('virtio scan')
            self.assertIn('OK', machine.uboot('virtio read 84000000 0 800'))
            machine.uboot('pci write.w 0.1.0 58 700')  # the slot is switched off
            # There is one event for what is within the device, too.
            while qmp.wait_event('DEVICE_DELETED')['data'].get('device') != 'disk':
                pass
            qmp.command('object-del', id='io')
        self.assertEqual(qmp.command('query-iothreads'), [])

    def test_read_only(self) -> None:
        machine = self.vm('-m', '256', '-kernel', UBOOT_SMODE,
                          '-drive', f'file={self.image()},format=raw,if=virtio,readonly=on')
        machine.uboot_prompt()
        machine.uboot('virtio scan')
        self.assertNotIn('OK', machine.uboot('virtio write 84000000 9 1'))
        [disk] = machine.qmp.command('query-block')
        self.assertEqual(disk['device'], 'virtio0')
        self.assertTrue(disk['inserted']['ro'])

    def test_error_is_an_event(self) -> None:
        """The host refuses to write: the guest gets an error, clients an event."""
        image = os.memfd_create('disk', os.MFD_ALLOW_SEALING)
        self.addCleanup(os.close, image)
        os.truncate(image, SIZE)
        fcntl.fcntl(image, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE)
        machine = self.vm('-m', '256', '-kernel', UBOOT_SMODE,
                          *self.nodes(f'/proc/{os.getpid()}/fd/{image}'))
        machine.uboot_prompt()
        machine.uboot('virtio scan')
        self.assertNotIn('OK', machine.uboot('virtio write 84000000 9 1'))
        event = machine.qmp.wait_event('BLOCK_IO_ERROR')['data']
        self.assertEqual((event['device'], event['node-name'], event['operation'],
                          event['action'], event['nospace']),
                         ('', 'libvirt-1-format', 'write', 'report', False))
        self.assertIn('OK', machine.uboot('virtio read 84000000 9 1'))
        [disk] = machine.qmp.command('query-blockstats')
        self.assertEqual(disk['stats']['failed_wr_operations'], 1)

    def test_commands(self) -> None:
        path = self.image()
        qmp = self.vm().qmp
        self.assertEqual(qmp.command('query-block'), [])
        qmp.command('blockdev-add', driver='file', filename=path, **{'node-name': 'f'})
        qmp.command('blockdev-add', driver='raw', file='f', offset=SECTOR, size=2 * SECTOR,
                    **{'node-name': 'r'})
        nodes = qmp.command('query-named-block-nodes', flat=True)
        self.assertEqual([node['node-name'] for node in nodes], ['r', 'f'])
        self.assertEqual(nodes[0]['image']['virtual-size'], 2 * SECTOR)
        self.assertEqual(nodes[1]['image']['virtual-size'], SIZE)
        self.assertEqual(nodes[1]['file'], path)
        with self.assertRaisesRegex(QmpError, 'Node f is in use'):
            qmp.command('blockdev-del', **{'node-name': 'f'})
        qmp.command('blockdev-del', **{'node-name': 'r'})
        qmp.command('blockdev-del', **{'node-name': 'f'})
        self.assertEqual(qmp.command('query-named-block-nodes'), [])
        bad: List[Dict[str, Any]] = [
            {'driver': 'file', 'filename': path},
            {'driver': 'file', 'filename': path + '.absent', 'node-name': 'x'},
            {'driver': 'file', 'filename': '/dev/null', 'node-name': 'x'},
            {'driver': 'qcow2', 'file': 'f', 'node-name': 'x'},
            {'driver': 'raw', 'file': 'absent', 'node-name': 'x'},
            {'driver': 'raw', 'file': {'driver': 'file', 'filename': path}, 'offset': 2 * SIZE,
             'node-name': 'x'},
        ]
        for arguments in bad:
            with self.subTest(arguments), self.assertRaises(QmpError):
                qmp.command('blockdev-add', **arguments)
        self.assertEqual(qmp.command('query-named-block-nodes'), [])

    def test_two_processes(self) -> None:
        path = self.image()
        machine = self.vm(*self.nodes(path))
        [disk] = machine.qmp.command('query-block')
        self.assertEqual(disk['inserted']['node-name'], 'libvirt-1-format')
        self.assertFalse(disk['inserted']['ro'])
        drive = f'file={path},format=raw'
        self.assertIn('Is another process using the image',
                      self.run_failing('-M', 'virt', '-drive', drive))
        self.assertIn('read', self.run_failing('-M', 'virt', '-drive', drive + ',readonly=on'))

    def test_sandbox(self) -> None:
        """Managers have system calls denied; those that disks need are none of them."""
        if sanitized():
            self.skipTest('sanitizers use system calls that are denied')
        path = self.image()
        machine = self.vm('-m', '256', '-kernel', UBOOT_SMODE, *self.nodes(path), '-sandbox',
                          'on,obsolete=deny,elevateprivileges=deny,spawn=deny,'
                          'resourcecontrol=deny')
        self.check_guest(machine, path)
        with self.assertRaisesRegex(QmpError, "Could not open '/dev/fdset/7'"):
            machine.qmp.command('blockdev-add', driver='file', filename='/dev/fdset/7',
                                **{'node-name': 'f'})

    def test_drive_options(self) -> None:
        """What -drive says of caching and errors is what its device does."""
        path = self.image()
        for cache, writeback, direct, no_flush in (
                ('writeback', True, False, False), ('none', True, True, False),
                ('writethrough', False, False, False), ('directsync', False, True, False),
                ('unsafe', True, False, True)):
            with self.subTest(cache):
                machine = self.vm('-drive', f'file={path},format=raw,if=virtio,cache={cache},'
                                  'werror=report,discard=unmap,detect-zeroes=unmap')
                [disk] = machine.qmp.command('query-block')
                self.assertEqual(disk['inserted']['cache'], {
                    'writeback': writeback, 'direct': direct, 'no-flush': no_flush})
                self.assertEqual(disk['inserted']['detect_zeroes'], 'unmap')
                self.assertNotIn('io-status', disk)
                machine.qmp.command('quit')
                self.assertEqual(machine.wait(), 0)

    def test_command_line(self) -> None:
        path = self.image()
        for value, message in (
                (f'file={path}', "'format' is missing; accepted is: raw"),
                (f'file={path},format=qcow2', "accepted are: raw"),
                (f'file={path},format=raw,if=ide', "accepted are: none, virtio"),
                (f'file={path},format=raw,cache=some',
                 "accepted are: writeback, none, writethrough, directsync, unsafe"),
                (f'file={path},format=raw,werror=some', "'werror' expects 'report'"),
                ('file=/proc/version,format=raw,cache=none,readonly=on', 'O_DIRECT'),
                (f'file={path},format=raw,sped=1', 'Invalid parameter'),
                (f'file={path}.absent,format=raw', 'No such file'),
                ('format=raw', "'file' is missing")):
            with self.subTest(value):
                self.assertIn(message, self.run_failing('-M', 'virt', '-drive', value))
        self.assertIn("'node-name' must be specified",
                      self.run_failing('-M', 'virt', '-blockdev', f'driver=file,filename={path}'))
        self.assertIn("can't find value 'absent'",
                      self.run_failing('-M', 'virt', '-device', 'virtio-blk-pci,drive=absent'))
        self.assertIn('drive property not set',
                      self.run_failing('-M', 'virt', '-device', 'virtio-blk-pci'))


if __name__ == '__main__':
    main()
