"""Disks behind root ports that come and go, with U-Boot in the place of a guest that lets go.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import os
from typing import Any, Dict

from harness import UBOOT_SMODE, Vm, VmTest, main
from qmp import QmpError

PORT_SLOT_CONTROL = '58'


class HotplugTest(VmTest):
    """What managers do, step by step."""

    def machine(self, image: str, *more: str) -> Vm:
        """Start a machine with two root ports and a disk behind the first."""
        args = []
        for number in (1, 2):
            args += ['-device', json.dumps({
                'driver': 'pcie-root-port', 'port': 7 + number, 'chassis': number,
                'id': f'pci.{number}', 'bus': 'pcie.0', 'multifunction': number == 1,
                'addr': f'0x1.0x{number - 1}'})]
        args += ['-blockdev', json.dumps({'driver': 'file', 'filename': image,
                                          'node-name': 'storage', 'read-only': True}),
                 '-device', json.dumps({'driver': 'virtio-blk-pci', 'bus': 'pci.1', 'addr': '0x0',
                                        'drive': 'storage', 'id': 'virtio-disk0'})]
        machine = self.vm('-m', '256', '-kernel', UBOOT_SMODE, *args, *more)
        machine.expect('Hit any key to stop autoboot')
        machine.type('\r')
        machine.expect('=> ')
        return machine

    def image(self) -> str:
        """Make an empty image."""
        path = os.path.join(self.directory(), 'image')
        with open(path, 'wb') as file:
            file.truncate(1 << 20)
        return path

    def peripherals(self, machine: Vm) -> Any:
        """Return what has an identifier."""
        listed = machine.qmp.command('qom-list', path='/machine/peripheral')
        return {entry['name'] for entry in listed if entry['type'].startswith('child')}

    def test_unplug(self) -> None:
        machine = self.machine(self.image())
        self.assertEqual(self.peripherals(machine), {'pci.1', 'pci.2', 'virtio-disk0'})
        machine.qmp.command('device_del', id='virtio-disk0')
        with self.assertRaisesRegex(QmpError, 'already in the process of unplug'):
            machine.qmp.command('device_del', id='virtio-disk0')
        with self.assertRaisesRegex(QmpError, 'Node storage is in use'):
            machine.qmp.command('blockdev-del', **{'node-name': 'storage'})
        # The attention button is pressed; the guest switches indicator and power off.
        machine.type('pci display.w 0.1.0 5a 1\r')
        machine.expect('0000005a: 0041')
        machine.expect('=> ')
        machine.type(f'pci write.w 0.1.0 {PORT_SLOT_CONTROL} 700\r')
        deleted = [machine.qmp.wait_event('DEVICE_DELETED')['data'] for _ in range(2)]
        self.assertEqual(deleted, [
            {'path': '/machine/peripheral/virtio-disk0/virtio-backend'},
            {'device': 'virtio-disk0', 'path': '/machine/peripheral/virtio-disk0'}])
        self.assertEqual(self.peripherals(machine), {'pci.1', 'pci.2'})
        machine.qmp.command('blockdev-del', **{'node-name': 'storage'})
        machine.expect('=> ')

    def test_fixed_device_stays(self) -> None:
        """The guest may switch a display off, but it cannot take it out."""
        machine = self.machine(self.image(), '-device', 'bochs-display,bus=pci.2,id=video0')
        machine.type(f'pci write.w 0.1.1 {PORT_SLOT_CONTROL} 700\r')
        machine.expect('=> ')
        machine.type(f'pci write.w 0.1.0 {PORT_SLOT_CONTROL} 700\r')
        for _ in range(2):
            machine.qmp.wait_event('DEVICE_DELETED')
        self.assertEqual(self.peripherals(machine), {'pci.1', 'pci.2', 'video0'})
        with self.assertRaisesRegex(QmpError, 'does not support hotplugging'):
            machine.qmp.command('device_del', id='video0')

    def test_plug(self) -> None:
        machine = self.machine(self.image())
        machine.qmp.command('blockdev-add', driver='file', filename=self.image(),
                            **{'node-name': 'hot'})
        device: Dict[str, Any] = {'driver': 'virtio-blk-pci', 'bus': 'pci.2', 'addr': '0x0',
                                  'drive': 'hot', 'id': 'virtio-disk1'}
        machine.qmp.command('device_add', **device)
        with self.assertRaisesRegex(QmpError, 'Duplicate'):
            machine.qmp.command('device_add', **device)
        # Present, and both presence and link have changed.
        machine.type('pci display.w 0.1.1 5a 1\r')
        machine.expect('0000005a: 0148')
        machine.expect('=> ')
        self.assertEqual(len(machine.qmp.command('query-block')), 2)
        # The guest has not switched the slot on: nobody has to be asked.
        machine.qmp.command('device_del', id='virtio-disk1')
        machine.qmp.wait_event('DEVICE_DELETED')
        machine.qmp.command('blockdev-del', **{'node-name': 'hot'})
        machine.qmp.command('device_add', driver='virtio-rng-pci', bus='pci.2', id='rng')
        machine.qmp.command('system_reset')
        machine.expect('Hit any key to stop autoboot')
        machine.type('\r')
        machine.expect('=> ')
        machine.type('pci 2\r')
        machine.expect('02.00.00   0x1af4     0x1044')


if __name__ == '__main__':
    main()
