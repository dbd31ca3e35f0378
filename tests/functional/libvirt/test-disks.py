"""Disks of domains under libvirt: used by a guest, attached and detached.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import os
import shutil
import subprocess
import time
import unittest
from typing import Dict, List

from domains import NO_VIDEO, Domain
from harness import main
from uboot import UbootTest


def disk(path: str, target: str = 'vda', **driver: str) -> str:
    """Return the XML of a disk, with further attributes of its driver."""
    more = ' '.join(f"{name}='{value}'" for name, value in driver.items())
    return f"""<disk type='file' device='disk'><driver name='qemu' type='raw' {more}/>
      <source file='{path}'/><target dev='{target}' bus='virtio'/></disk>"""


def nbd_disk(path: str) -> str:
    """Return the XML of a disk on an NBD server, whose errors stop the domain."""
    return f"""<disk type='network' device='disk'>
      <driver name='qemu' type='raw' error_policy='stop' rerror_policy='stop' cache='none'
        discard='unmap' detect_zeroes='unmap'/>
      <source protocol='nbd' name='disk'><host transport='unix' socket='{path}'/></source>
      <target dev='vda' bus='virtio'/></disk>"""


class DiskTest(UbootTest):
    """Raw files and NBD exports as virtio disks, with U-Boot as the guest."""

    def uboot(self, **driver: str) -> Domain:
        """Get to U-Boot's prompt in a domain with a disk."""
        domain = Domain(self.host, self.connection)
        self.addCleanup(domain.close)
        self.image = domain.image('disk.img')
        self.start_uboot(domain, devices=NO_VIDEO + disk(self.image, **driver))
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
        self.let_go(domain, '//disk[1]', 'detach-disk', 'vda')
        self.events.expect(domain.name, 'removed virtio-disk0')
        self.assertEqual(self.targets(domain), [])

    def test_without_page_cache(self) -> None:
        domain = self.uboot(cache='none', io='io_uring')
        self.run_uboot(domain, 'virtio scan')
        self.run_uboot(domain, 'mw.b 84000000 5a 200')
        self.assertIn('OK', self.run_uboot(domain, 'virtio write 84000001 9 1'))
        with open(self.image, 'rb') as file:
            file.seek(9 * 512)
            self.assertEqual(file.read(511), b'\x5a' * 511)

    def test_resize(self) -> None:
        """A guest that runs has the new room at once, and libvirt tells it."""
        domain = self.uboot()
        self.run_uboot(domain, 'virtio scan')
        domain.virsh('blockresize', 'vda', '2M')
        self.assertRegex(domain.virsh('domblkinfo', 'vda'), r'Capacity: +2097152')
        self.assertEqual(os.path.getsize(self.image), 2 << 20)
        self.assertIn('OK', self.run_uboot(domain, 'virtio write 84000000 fff 1'))
        domain.virsh('blockresize', 'vda', '1536')
        self.assertRegex(domain.virsh('domblkinfo', 'vda'), r'Capacity: +1572864')
        self.assertIn('ERROR', self.run_uboot(domain, 'virtio write 84000000 fff 1'))
        self.assertIn('Could not resize', domain.refused('blockresize', 'vda', '8388607T'))
        self.assertIn('block.0.capacity=1572864', domain.virsh('domstats', '--block'))

    def test_write_threshold(self) -> None:
        domain = self.uboot()
        self.run_uboot(domain, 'virtio scan')
        domain.virsh('domblkthreshold', 'vda', '64K')
        self.assertIn('block.0.threshold=65536', domain.virsh('domstats', '--block'))
        self.assertIn('OK', self.run_uboot(domain, 'virtio write 84000000 7f 1'))
        self.assertIn('OK', self.run_uboot(domain, 'virtio write 84000000 7f 3'))
        self.events.expect(domain.name, 'threshold vda 65536 1024', 'threshold vda[1] 65536 1024')
        self.assertNotIn('threshold', domain.virsh('domstats', '--block'))
        domain.virsh('domblkthreshold', 'vda', '1')
        domain.virsh('domblkthreshold', 'vda', '0')
        self.assertIn('OK', self.run_uboot(domain, 'virtio write 84000000 7f 3'))
        domain.virsh('domblkthreshold', 'vda', '4K')
        self.assertIn('OK', self.run_uboot(domain, 'virtio write 84000000 8 1'))
        self.events.expect(domain.name, 'threshold vda 4096 512', 'threshold vda[1] 4096 512')

    def limits(self, domain: Domain) -> Dict[str, str]:
        """Return the limits of a disk that are set, and its group."""
        pairs = (line.split(':') for line in domain.virsh('blkdeviotune', 'vda').splitlines())
        return {name.strip(): value.strip() for name, value in pairs
                if value.strip() not in ('', '0')}

    def test_limits(self) -> None:
        """Set and read back while it runs, and taken away from a guest that waits for them."""
        domain = self.uboot()
        self.run_uboot(domain, 'virtio scan')
        self.assertEqual(self.limits(domain), {})
        domain.virsh('blkdeviotune', 'vda', '--total-iops-sec', '100',
                     '--total-iops-sec-max', '200', '--total-iops-sec-max-length', '3',
                     '--size-iops-sec', '4096', '--read-bytes-sec', '1000000',
                     '--group-name', 'both')
        self.assertEqual(self.limits(domain), {
            'total_iops_sec': '100', 'total_iops_sec_max': '200', 'total_iops_sec_max_length': '3',
            'size_iops_sec': '4096', 'read_bytes_sec': '1000000', 'group_name': 'both'})
        self.assertIn('OK', self.run_uboot(domain, 'virtio read 84000000 0 10'))
        domain.virsh('blkdeviotune', 'vda', '--total-iops-sec', '0', '--total-iops-sec-max', '0',
                     '--total-iops-sec-max-length', '0', '--size-iops-sec', '0',
                     '--read-bytes-sec', '0', '--total-bytes-sec', '1')
        self.assertEqual(self.limits(domain)['total_bytes_sec'], '1')
        self.assertIn('OK', self.run_uboot(domain, 'virtio read 84000000 0 40'))
        domain.serial.send('virtio read 84000000 100 1\r')
        domain.serial.expect('virtio read: ')
        domain.virsh('blkdeviotune', 'vda', '--total-bytes-sec', '0')
        self.assertIn('OK', domain.serial.expect('=> '))
        self.assertIn('total', domain.refused('blkdeviotune', 'vda', '--total-bytes-sec', '5',
                                              '--read-bytes-sec', '5'))

    def test_limits_from_the_start(self) -> None:
        domain = Domain(self.host, self.connection)
        self.addCleanup(domain.close)
        path = domain.image('disk.img')
        tune = ("<iotune><write_bytes_sec>1000000</write_bytes_sec>"
                "<write_bytes_sec_max>2000000</write_bytes_sec_max>"
                "<read_iops_sec>500</read_iops_sec></iotune></disk>")
        self.start_uboot(domain, devices=NO_VIDEO + disk(path).replace('</disk>', tune))
        [shown] = json.loads(domain.virsh('qemu-monitor-command',
                                          '{"execute": "query-block"}'))['return']
        self.assertEqual({name: value for name, value in shown['inserted'].items()
                          if name.startswith(('bps', 'iops')) and value},
                         {'bps_wr': 1000000, 'bps_wr_max': 2000000, 'bps_wr_max_length': 1,
                          'iops_rd': 500})
        self.run_uboot(domain, 'virtio scan')
        self.assertIn('OK', self.run_uboot(domain, 'virtio write 84000000 9 100'))
        self.assertEqual(self.limits(domain)['write_bytes_sec_max'], '2000000')

    def test_thread_of_its_own(self) -> None:
        domain = Domain(self.host, self.connection)
        self.addCleanup(domain.close)
        path = domain.image('disk.img')
        self.start_uboot(domain, more='<iothreads>1</iothreads>',
                         devices=NO_VIDEO + disk(path, iothread='1'))
        self.run_uboot(domain, 'virtio scan')
        self.assertIn('OK', self.run_uboot(domain, 'virtio read 84000001 9 1'))
        link = json.loads(domain.virsh('qemu-monitor-command', json.dumps(
            {'execute': 'qom-get', 'arguments': {'path': '/machine/peripheral/virtio-disk0',
                                                 'property': 'iothread'}})))
        self.assertEqual(link['return'], '/objects/iothread1')

    @unittest.skipUnless(shutil.which('nbdkit'), 'nbdkit is not installed')
    def test_nbd_that_fails(self) -> None:
        """The domain is paused, the disk's error shown, and resuming writes again."""
        domain = Domain(self.host, self.connection)
        self.addCleanup(domain.close)
        path, switch = domain.path('nbd.sock'), domain.path('fail')
        with subprocess.Popen(['nbdkit', '-f', '-U', path, '-e', 'disk', '--filter=error', 'memory',
                               '1M', 'error-pwrite=ENOSPC', 'error-pwrite-rate=100%',
                               f'error-pwrite-file={switch}'], stderr=subprocess.DEVNULL) as server:
            self.addCleanup(server.wait)
            self.addCleanup(server.kill)
            while not os.path.exists(path):
                self.assertIsNone(server.poll())
                time.sleep(0.01)
            self.host.give_away(path)
            self.start_uboot(domain, devices=NO_VIDEO + nbd_disk(path))
            self.run_uboot(domain, 'virtio scan')
            with open(switch, 'wb'):
                self.run_uboot(domain, 'mw.b 84000000 5a 200')
            domain.serial.send('virtio write 84000000 9 1\r')
            self.events.expect(domain.name, 'suspended I/O error')
            self.assertIn('vda: no space', domain.virsh('domblkerror'))
            os.unlink(switch)
            domain.virsh('resume')
            self.assertIn('OK', domain.serial.expect('=> '))
            self.assertIn('No errors found', domain.virsh('domblkerror'))
            self.assertRegex(domain.virsh('domblkinfo', 'vda'), r'Capacity: +1048576')
            domain.close()
            server.kill()

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
