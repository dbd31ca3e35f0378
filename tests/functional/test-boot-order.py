"""What the firmware is told to start from: bootindex, -boot, and how a guest reads of it.

The paths but for the host bridge's, and the layout of what is read, are QEMU's.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import struct
from typing import Any, Dict, List

from harness import UBOOT_SMODE, Vm, VmTest, main
from qmp import QmpError

SIGNATURE, INTERFACES, BOOT_MENU, DIRECTORY = 0x00, 0x01, 0x0e, 0x19
PCI = '/pci@0000000030000000'
PORTS = ['-device', 'pcie-root-port,id=rp0,chassis=1,bus=pcie.0,addr=2.0,multifunction=on',
         '-device', 'pcie-root-port,id=rp1,chassis=2,bus=pcie.0,addr=2.1']


class FwCfg:
    """The guest's view of the device, through U-Boot's memory commands."""

    def __init__(self, machine: Vm) -> None:
        self.machine = machine

    def select(self, key: int) -> None:
        """Begin an item."""
        self.machine.uboot(f'mw.w 10100008 {key << 8 & 0xff00 | key >> 8:x}')

    def read(self, size: int, width: str = 'b') -> bytes:
        """Go on in it."""
        data = b''
        unit = {'b': 1, 'w': 2, 'l': 4, 'q': 8}[width]
        while len(data) < size:
            for line in self.machine.uboot(f'md.{width} 10100000 {8 // unit:x}').splitlines():
                if line.startswith('10100000: '):
                    words = line[10:].split()[:8 // unit]
                    data += b''.join(int(word, 16).to_bytes(unit, 'little') for word in words)
        return data[:size]

    def files(self) -> Dict[str, bytes]:
        """Read the directory and all that is in it."""
        self.select(DIRECTORY)
        [count] = struct.unpack('>I', self.read(8)[:4])
        self.select(DIRECTORY)
        # U-Boot's reads come in eights; the entries begin behind the count.
        directory = self.read(8 + 64 * count)[4:]
        files = {}
        for i in range(count):
            size, key, reserved, name = struct.unpack('>IHH56s', directory[64 * i:64 * (i + 1)])
            assert reserved == 0
            self.select(key)
            files[name.rstrip(b'\0').decode()] = self.read(size)
        return files

    def order(self) -> List[str]:
        """Read what to start from."""
        text = self.files()['bootorder']
        if not text:
            return []
        assert text[-1:] == b'\0' and text.count(b'\0') == 1
        return text[:-1].decode().split('\n')


class BootOrderTest(VmTest):
    """Through the monitor or on the command line, as a guest sees it."""

    def disks(self, count: int) -> List[str]:
        """Make nodes d0, d1, ..."""
        args = []
        for i in range(count):
            path = os.path.join(self.directory(), f'{i}.img')
            with open(path, 'wb') as file:
                file.truncate(1 << 20)
            args += ['-blockdev', f'file,node-name=d{i},filename={path}']
        return args

    def guest(self, *args: str) -> Vm:
        """Start U-Boot."""
        machine = self.vm('-m', '256', '-kernel', UBOOT_SMODE, *args)
        machine.uboot_prompt()
        return machine

    def refused(self, machine: Vm, message: str, **device: Any) -> None:
        """Try to add a device that must not come."""
        with self.assertRaisesRegex(QmpError, message):
            machine.qmp.command('device_add', **device)

    def test_registers(self) -> None:
        machine = self.guest('-boot', 'menu=on,strict=on')
        fw_cfg = FwCfg(machine)
        for width in 'bwlq':
            fw_cfg.select(SIGNATURE)
            self.assertEqual(fw_cfg.read(16, width), b'QEMU' + bytes(12))
        fw_cfg.select(INTERFACES)
        self.assertEqual(fw_cfg.read(4), b'\1\0\0\0')
        fw_cfg.select(BOOT_MENU)
        self.assertEqual(fw_cfg.read(2), b'\1\0')
        for key in (0x1234, 0x4019, 0xffff):
            fw_cfg.select(key)
            self.assertEqual(fw_cfg.read(8), bytes(8))
        # Nothing to start from: the firmware's own order, strict or not.
        self.assertEqual(fw_cfg.files(), {'bootorder': b''})
        # Stores that mean nothing.
        fw_cfg.select(SIGNATURE)
        machine.uboot('mw.b 10100008 19')
        machine.uboot('mw.l 10100008 1900')
        machine.uboot('mw.q 10100000 1900')
        self.assertEqual(fw_cfg.read(4), b'QEMU')
        self.assertIn('qemu,fw-cfg-mmio', machine.uboot('fdt addr ${fdtcontroladdr}; '
                                                        'fdt print /fw-cfg@10100000'))

    def test_order(self) -> None:
        machine = self.guest(
            *self.disks(4), *PORTS, '-boot', 'strict=on',
            '-device', 'virtio-blk-pci,drive=d0,bootindex=3,addr=0xa',
            '-device', 'virtio-blk-device,drive=d1,bootindex=1',
            '-device', 'virtio-blk-pci,drive=d2,bootindex=2,bus=rp1',
            '-device', 'virtio-blk-pci,drive=d3,addr=4',
            '-netdev', 'user,id=n',
            '-device', 'virtio-net-pci,netdev=n,bootindex=2147483647,addr=1',
            '-netdev', 'user,id=m', '-device', 'virtio-net-device,netdev=m,bootindex=0')
        self.assertEqual(FwCfg(machine).order(), [
            '/virtio-mmio@0000000010007000/ethernet-phy@0',
            '/virtio-mmio@0000000010008000/disk@0,0',
            f'{PCI}/pci-bridge@2,1/scsi@0/disk@0,0',
            f'{PCI}/scsi@a/disk@0,0',
            f'{PCI}/ethernet@1/ethernet-phy@0',
            'HALT'])
        self.assertEqual(machine.qmp.command('qom-get', path='/machine/peripheral-anon/device[0]',
                                             property='bootindex'), 3)

    def test_hotplug(self) -> None:
        """Who comes and goes is in the order, or not, from the next reset on."""
        machine = self.guest(*self.disks(3), *PORTS, '-device', 'virtio-blk-pci,drive=d0,id=a,'
                             'bootindex=5,bus=rp0')
        machine.qmp.command('device_add', driver='virtio-blk-pci', drive='d1', id='b', bus='rp1',
                            bootindex=1)
        fw_cfg = FwCfg(machine)
        self.assertEqual(fw_cfg.order(), [f'{PCI}/pci-bridge@2/scsi@0/disk@0,0'])
        machine.qmp.command('system_reset')
        machine.uboot_prompt()
        self.assertEqual(fw_cfg.order(), [f'{PCI}/pci-bridge@2,1/scsi@0/disk@0,0',
                                          f'{PCI}/pci-bridge@2/scsi@0/disk@0,0'])
        machine.qmp.command('device_del', id='b')
        machine.uboot('pci write.w 0.2.1 58 700')  # slot control: power off
        for _ in range(2):
            machine.qmp.wait_event('DEVICE_DELETED')
        machine.qmp.command('system_reset')
        machine.uboot_prompt()
        self.assertEqual(fw_cfg.order(), [f'{PCI}/pci-bridge@2/scsi@0/disk@0,0'])
        # Its place is free again.
        machine.qmp.command('device_add', driver='virtio-blk-pci', drive='d2', id='c', bus='rp1',
                            bootindex=1)

    def test_refused_at_start(self) -> None:
        output = self.run_failing('-display', 'none', '-M', 'virt', *self.disks(2),
                                  '-device', 'virtio-blk-pci,drive=d0,bootindex=3',
                                  '-device', 'virtio-blk-device,drive=d1,bootindex=3')
        self.assertIn('-device virtio-blk-device,drive=d1,bootindex=3: The bootindex 3 has already '
                      'been used', output)

    def test_refused(self) -> None:
        machine = self.vm('-S', *self.disks(3), *PORTS,
                          '-device', 'virtio-blk-pci,drive=d0,bootindex=1,id=a')
        used = 'The bootindex 1 has already been used'
        self.refused(machine, used, driver='virtio-blk-pci', drive='d1', bus='rp0', bootindex=1)
        self.refused(machine, "'bootindex' expects -1 or more", driver='virtio-blk-pci',
                     drive='d1', bus='rp0', bootindex=-2)
        self.refused(machine, 'bootindex', driver='virtio-blk-pci', drive='d1', bus='rp0',
                     bootindex=1 << 31)
        # What was refused has taken nothing: neither the disk, nor the port, nor a place.
        machine.qmp.command('device_add', driver='virtio-blk-pci', drive='d1', bus='rp0',
                            bootindex=0)
        machine.qmp.command('device_add', driver='virtio-blk-pci', drive='d2', bus='rp1',
                            bootindex=-1)
        with self.assertRaisesRegex(QmpError, 'after it was realized'):
            machine.qmp.command('qom-set', path='/machine/peripheral/a', property='bootindex',
                                value=2)


if __name__ == '__main__':
    main()
