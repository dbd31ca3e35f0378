"""Disks of domains under libvirt: used by a guest, attached and detached.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import subprocess
from typing import List

from domains import Domain
from harness import TIMEOUT, main
from uboot import UbootTest

# PCI Express capability of a root port: Slot Control, and the value that switches the slot off.
SLOT_CONTROL = '58'
SLOT_OFF = '700'


def disk(path: str, target: str = 'vda') -> str:
    """Return the XML of a disk."""
    return f"""<disk type='file' device='disk'><driver name='qemu' type='raw'/>
      <source file='{path}'/><target dev='{target}' bus='virtio'/></disk>"""


class DiskTest(UbootTest):
    """Raw files as virtio disks, with U-Boot as the guest."""

    def uboot(self, more: str = '') -> Domain:
        """Get to U-Boot's prompt in a domain with a disk."""
        domain = Domain(self.host, self.connection)
        self.addCleanup(domain.close)
        self.image = domain.image('disk.img')
        self.start_uboot(domain, disk(self.image) + more)
        return domain

    def targets(self, domain: Domain) -> List[str]:
        """Return the names of the disks there are."""
        return [line.split()[0] for line in domain.virsh('domblklist').splitlines()]

    def test_guest_reads_and_writes(self) -> None:
        domain = self.uboot()
        self.run_uboot(domain, 'virtio scan')
        self.assertIn('OK', self.run_uboot(domain, 'virtio read 84000000 7 1'))
        self.assertIn('07 07 07 07', self.run_uboot(domain, 'md.b 84000000 10'))
        self.run_uboot(domain, 'mw.b 84000000 5a 200')
        self.assertIn('OK', self.run_uboot(domain, 'virtio write 84000000 9 1'))
        with open(self.image, 'rb') as file:
            file.seek(9 * 512)
            self.assertEqual(file.read(513), b'\x5a' * 512 + b'\x0a')
        figures = domain.virsh('domblkstat', 'vda')
        self.assertIn('wr_bytes 512', figures)
        self.assertIn('wr_req 1', figures)
        self.assertRegex(domain.virsh('domblkinfo', 'vda'), r'Capacity: +1048576')

    def test_attach_and_detach(self) -> None:
        """A guest that has not switched the slot on is not asked before the disk goes."""
        domain = self.uboot()
        second = domain.image('second.img', 1 << 19)
        domain.virsh('attach-disk', second, 'vdb', '--targetbus', 'virtio', '--subdriver', 'raw')
        self.assertEqual(self.targets(domain), ['vda', 'vdb'])
        self.assertRegex(domain.virsh('domblkinfo', 'vdb'), r'Capacity: +524288')
        domain.virsh('detach-disk', 'vdb')
        self.assertEqual(self.targets(domain), ['vda'])
        domain.virsh('attach-disk', second, 'vdb', '--targetbus', 'virtio', '--subdriver', 'raw')
        self.events.expect(domain.name, 'removed virtio-disk1')

    def test_guest_lets_go(self) -> None:
        domain = self.uboot()
        command = [self.host.virsh, '-c', self.host.uri, 'detach-disk', domain.name, 'vda']
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            # The attention button is pressed; the guest switches indicator and power off.
            port = self.port(domain)
            while '0041' not in self.run_uboot(domain, f'pci display.w {port} 5a 1'):
                self.assertIsNone(process.poll())
            self.run_uboot(domain, f'pci write.w {port} {SLOT_CONTROL} {SLOT_OFF}')
            self.assertEqual(process.wait(TIMEOUT), 0)
        self.events.expect(domain.name, 'removed virtio-disk0')
        self.assertEqual(self.targets(domain), [])

    def port(self, domain: Domain) -> str:
        """Return the root port of the first disk: bus N is behind function N - 1 of slot 1."""
        address = domain.virsh('dumpxml', '--xpath', '//disk[1]/address/@bus')
        return f'0.1.{int(address.split(chr(34))[1], 16) - 1}'

    def test_missing_image(self) -> None:
        domain = self.domain(devices=disk('/no/such/image'))
        self.assertIn('/no/such/image', domain.refused('start'))

    def test_two_domains_with_disks(self) -> None:
        first, second = self.uboot(), self.uboot()
        for domain in (first, second):
            self.run_uboot(domain, 'virtio scan')
            self.assertIn('OK', self.run_uboot(domain, 'virtio read 84000000 3 1'))


if __name__ == '__main__':
    main()
