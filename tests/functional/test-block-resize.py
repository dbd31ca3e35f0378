"""Disks that are resized while a guest has them, and write thresholds.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import fcntl
import json
import os
from typing import Any, Dict, List

from harness import UBOOT_SMODE, Vm, VmTest, main
from nbdserver import NbdCase
from qmp import QmpError

SECTOR = 512
SIZE = 1 << 20


class BlockResizeTest(VmTest):
    """Disks as managers give them: a raw layer on a file."""

    def setUp(self) -> None:
        self.path = os.path.join(self.directory(), 'disk.img')
        with open(self.path, 'wb') as file:
            file.truncate(SIZE)

    def machine(self, device: str, *options: str) -> Vm:
        """Start a machine with a disk."""
        storage = {'driver': 'file', 'filename': self.path, 'node-name': 'libvirt-3-storage',
                   'auto-read-only': True, 'discard': 'unmap'}
        layer = {'node-name': 'libvirt-3-format', 'read-only': False, 'driver': 'raw',
                 'file': 'libvirt-3-storage'}
        return self.vm('-m', '256', '-blockdev', json.dumps(storage), '-blockdev',
                       json.dumps(layer), '-device', f'{device},drive=libvirt-3-format,id=hd',
                       *options)

    def resize(self, machine: Vm, size: int, node: str = 'libvirt-3-format') -> None:
        """Resize a node, and look at what is told of it."""
        machine.qmp.command('block_resize', **{'node-name': node, 'size': size})
        nodes = self.nodes(machine)
        self.assertEqual(nodes['libvirt-3-format']['image']['virtual-size'], size)
        self.assertEqual(nodes['libvirt-3-storage']['image']['virtual-size'], size)
        [disk] = machine.qmp.command('query-block')
        self.assertEqual(disk['inserted']['image']['virtual-size'], size)
        self.assertEqual(os.path.getsize(self.path), size)

    def nodes(self, machine: Vm) -> Dict[str, Any]:
        """Return what there is of nodes."""
        return {node['node-name']: node
                for node in machine.qmp.command('query-named-block-nodes')}

    def refused(self, machine: Vm, reason: str, **arguments: Any) -> None:
        """Check that a request is refused and changes nothing."""
        before = self.nodes(machine)
        with self.assertRaisesRegex(QmpError, reason):
            machine.qmp.command('block_resize', **arguments)
        self.assertEqual(self.nodes(machine), before)

    def boot(self, machine: Vm) -> None:
        """Get to a prompt where the disk is found."""
        machine.uboot_prompt()
        machine.uboot('virtio scan')

    def check_guest(self, device: str) -> None:
        """Have a guest use what its disk has got, and not what it has lost."""
        machine = self.machine(device, '-kernel', UBOOT_SMODE)
        self.boot(machine)
        self.assertIn('(2048 x 512)', machine.uboot('virtio info'))
        self.resize(machine, 2 * SIZE)
        machine.uboot('mw.b 84000000 5a 200')
        self.assertIn('OK', machine.uboot('virtio write 84000000 fff 1'))
        self.assertIn('ERROR', machine.uboot('virtio write 84000000 1000 1'))
        with open(self.path, 'rb') as file:
            file.seek(2 * SIZE - SECTOR)
            self.assertEqual(file.read(), b'\x5a' * SECTOR)
        self.resize(machine, SIZE // 2, 'libvirt-3-storage')
        self.assertIn('ERROR', machine.uboot('virtio read 84000000 400 1'))
        self.assertIn('OK', machine.uboot('virtio read 84000000 3ff 1'))
        # U-Boot asks for the capacity once.
        machine.qmp.command('system_reset')
        self.boot(machine)
        self.assertIn('(1024 x 512)', machine.uboot('virtio info'))
        self.resize(machine, 8 * SIZE)
        machine.qmp.command('system_reset')
        self.boot(machine)
        self.assertIn('(16384 x 512)', machine.uboot('virtio info'))

    def test_guest_on_pci(self) -> None:
        self.check_guest('virtio-blk-pci')

    def test_guest_on_mmio(self) -> None:
        self.check_guest('virtio-blk-device')

    def test_config_space(self) -> None:
        """The capacity, and the generation that says that it has changed."""
        machine = self.machine('virtio-blk-device', '-kernel', UBOOT_SMODE)
        self.boot(machine)
        [slot] = [base for base in range(0x10001000, 0x10009000, 0x1000)
                  if ' 00000002' in machine.uboot(f'md.l {base + 8:x} 1')]

        def look() -> List[str]:
            return [machine.uboot(f'md.l {slot + offset:x} 1').split(': ')[1].split()[0]
                    for offset in (0x100, 0x104, 0xfc)]

        before = look()
        self.assertEqual(before[:2], ['00000800', '00000000'])
        self.resize(machine, 2 * SIZE)
        after = look()
        self.assertEqual(after[:2], ['00001000', '00000000'])
        self.assertNotEqual(after[2], before[2])
        self.resize(machine, 1 << 43)
        self.assertEqual(look()[:2], ['00000000', '00000004'])

    def test_while_the_guest_writes(self) -> None:
        """To and fro behind what the guest writes, which loses nothing."""
        for more in ('', ',iothread=io'):
            with self.subTest(more):
                machine = self.machine('virtio-blk-pci' + more, '-kernel', UBOOT_SMODE,
                                       '-object', 'iothread,id=io')
                self.boot(machine)
                machine.uboot('mw.b 84000000 a5 100000')
                machine.type('for i in 1 2 3 4 5 6 7 8; do virtio write 84000000 0 800; done\r')
                for i in range(100):
                    self.resize(machine, SIZE + i % 7 * 1000 * SECTOR)
                shown = machine.expect('=> ')
                self.assertEqual(shown.count('OK'), 8, shown)
                with open(self.path, 'rb') as file:
                    self.assertEqual(file.read(SIZE), b'\xa5' * SIZE)
                machine.qmp.command('quit')
                self.assertEqual(machine.wait(), 0)

    def test_refused(self) -> None:
        machine = self.machine('virtio-blk-pci,logical_block_size=4096', '-S')
        self.refused(machine, "multiple of 4096, the logical_block_size of device "
                     "'/machine/peripheral/hd/virtio-backend'", size=SIZE + SECTOR,
                     **{'node-name': 'libvirt-3-format'})
        self.refused(machine, "Cannot find device='hd' nor node-name=''", device='hd', size=SIZE)
        self.refused(machine, "Cannot find device='' nor node-name=''", size=SIZE)
        for size in (2 ** 63, 2 ** 64 - 1):
            self.refused(machine, 'expects at most', size=size,
                         **{'node-name': 'libvirt-3-format'})
        self.refused(machine, f"Could not resize '{self.path}', which node 'libvirt-3-format'",
                     size=2 ** 63 - 4096, **{'node-name': 'libvirt-3-format'})
        other = os.path.join(self.directory(), 'other.img')
        with open(other, 'wb') as file:
            file.truncate(SIZE)
        kinds: List[Dict[str, Any]] = [{'read-only': True}, {'size': SECTOR}]
        for options in kinds:
            machine.qmp.command('blockdev-add', driver='raw', **options, **{
                'node-name': 'r', 'file': {'driver': 'file', 'filename': other,
                                           'read-only': 'read-only' in options}})
            self.refused(machine, "Node 'r' cannot be resized: ", size=SIZE,
                         **{'node-name': 'r'})
            machine.qmp.command('blockdev-del', **{'node-name': 'r'})

    def test_sealed(self) -> None:
        """What the host refuses is an error, and nothing has changed."""
        image = os.memfd_create('disk', os.MFD_ALLOW_SEALING)
        self.addCleanup(os.close, image)
        os.truncate(image, SIZE)
        fcntl.fcntl(image, fcntl.F_ADD_SEALS, fcntl.F_SEAL_GROW)
        self.path = f'/proc/{os.getpid()}/fd/{image}'
        machine = self.machine('virtio-blk-pci', '-S')
        self.refused(machine, 'Operation not permitted', size=SIZE + SECTOR,
                     **{'node-name': 'libvirt-3-format'})
        self.resize(machine, SIZE - SECTOR)

    def test_drive(self) -> None:
        machine = self.vm('-S', '-drive', f'file={self.path},format=raw,if=none,id=drive0')
        machine.qmp.command('block_resize', device='drive0', size=SIZE + 1)
        [disk] = machine.qmp.command('query-block')
        self.assertEqual(disk['inserted']['image']['virtual-size'], SIZE + SECTOR)
        self.assertEqual(os.path.getsize(self.path), SIZE + 1)

    def test_write_threshold(self) -> None:
        """A write behind it is told once."""
        machine = self.machine('virtio-blk-pci', '-kernel', UBOOT_SMODE)
        qmp = machine.qmp
        self.boot(machine)
        for node, threshold in (('libvirt-3-storage', 4096), ('libvirt-3-format', SIZE // 2)):
            qmp.command('block-set-write-threshold',
                        **{'node-name': node, 'write-threshold': threshold})
            self.assertEqual(self.nodes(machine)[node]['write_threshold'], threshold)
        self.assertIn('OK', machine.uboot('virtio write 84000000 0 8'))
        self.assertIn('OK', machine.uboot('virtio read 84000000 0 800'))
        qmp.command('query-status')
        self.assertEqual(qmp.events, [])
        self.assertIn('OK', machine.uboot('virtio write 84000000 7 3'))
        self.assertEqual(qmp.wait_event('BLOCK_WRITE_THRESHOLD')['data'],
                         {'node-name': 'libvirt-3-storage', 'write-threshold': 4096,
                          'amount-exceeded': 2 * SECTOR})
        self.assertEqual(self.nodes(machine)['libvirt-3-storage']['write_threshold'], 0)
        qmp.command('block-set-write-threshold',
                    **{'node-name': 'libvirt-3-format', 'write-threshold': 0})
        self.assertIn('OK', machine.uboot('virtio write 84000000 0 800'))
        qmp.command('query-status')
        self.assertEqual(qmp.events, [])
        with self.assertRaisesRegex(QmpError, "node-name='absent'"):
            qmp.command('block-set-write-threshold',
                        **{'node-name': 'absent', 'write-threshold': 1})


class ExportTest(NbdCase):
    """Disks whose size is somebody else's."""

    def test_export(self) -> None:
        self.nbdkit('memory', '1M')
        machine = self.vm('-S', '-blockdev', json.dumps(self.node()), '-blockdev',
                          'raw,node-name=r,file=n')
        for node in 'nr':
            with self.assertRaisesRegex(QmpError, f"Node '{node}' cannot be resized: .* NBD"):
                machine.qmp.command('block_resize', **{'node-name': node, 'size': SIZE})


if __name__ == '__main__':
    main()
