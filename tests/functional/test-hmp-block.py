"""Disks at the console: info block, info blockstats, block_resize and block_set_io_throttle.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
from typing import List

from harness import VmTest, main

MIB = 1 << 20


class HmpBlockTest(VmTest):
    """A -drive, and a node that is read-only."""

    def setUp(self) -> None:
        self.drive, self.file = [self.image(name) for name in ('drive.img', 'file.img')]
        self.machine = self.vm(
            '-S', '-drive', f'if=none,id=d0,file={self.drive},format=raw,cache=unsafe,'
            'detect-zeroes=on', '-device', 'virtio-blk-device,drive=d0,id=v0',
            '-blockdev', f'driver=file,node-name=nn,filename={self.file},read-only=on',
            '-device', 'virtio-blk-device,drive=nn,id=v1,write-cache=off', serial=False)
        self.hmp = self.machine.qmp.hmp

    def image(self, name: str) -> str:
        """Make an image of 8 MiB."""
        path = os.path.join(self.directory(), name)
        with open(path, 'wb') as file:
            file.truncate(8 * MIB)
        return path

    def lines(self, command: str) -> List[str]:
        """Return what a command prints."""
        return self.hmp(command).replace('\r', '').split('\n')

    def test_info_block(self) -> None:
        drive = self.lines('info block d0')
        self.assertRegex(drive[0], rf'^d0 \(#block\d+\): {self.drive} \(raw\)$')
        self.assertEqual(drive[1:], ['    Attached to:      /machine/peripheral/v0',
                                     '    Cache mode:       writeback, ignore flushes',
                                     '    Detect zeroes:    on', ''])
        node = [f'nn: {self.file} (file, read-only)',
                '    Attached to:      /machine/peripheral/v1',
                '    Cache mode:       writethrough', '']
        self.assertEqual(self.lines('info block nn'), node)
        self.assertEqual(self.lines('info block'), drive + node)
        nodes = self.lines('info block -n')
        self.assertEqual(sum('Cache mode' in line for line in nodes), 3)
        self.assertFalse(any('Attached' in line for line in nodes))
        self.assertEqual(self.lines('info block -v nn')[3:],
                         ['', 'Images:', f'image: {self.file}', 'file format: file',
                          'virtual size: 8 MiB (8388608 bytes)', 'disk size: 0 B', ''])
        self.assertIn("no node 'other'", self.hmp('info block other'))
        self.assertIn("no node 'other'", self.hmp('info block -n other'))

    def test_info_blockstats(self) -> None:
        zeroes = ('rd_bytes=0 wr_bytes=0 rd_operations=0 wr_operations=0 flush_operations=0 '
                  'wr_total_time_ns=0 rd_total_time_ns=0 flush_total_time_ns=0')
        self.assertEqual(self.lines('info blockstats'), [f'd0: {zeroes}', f'nn: {zeroes}', ''])

    def test_block_resize(self) -> None:
        self.assertEqual(self.hmp('block_resize d0 16'), '')
        self.assertEqual(os.path.getsize(self.drive), 16 * MIB)
        self.assertIn('16 MiB (16777216 bytes)', self.hmp('info block -v d0'))
        self.assertEqual(self.hmp('block_resize d0 1024k'), '')
        self.assertEqual(os.path.getsize(self.drive), MIB)
        for wrong, reason in (('d0 -1', 'not a size'), ('d0 x', 'not a size'),
                              ('other 8', "node-name='other'"), ('nn 16', 'nn')):
            self.assertIn(reason, self.hmp(f'block_resize {wrong}'))
        self.assertEqual(os.path.getsize(self.drive), MIB)
        self.assertEqual(os.path.getsize(self.file), 8 * MIB)

    def test_block_set_io_throttle(self) -> None:
        limits = 'block_set_io_throttle'
        self.assertEqual(self.hmp(f'{limits} d0 1000 0 0 0 20 30'), '')
        self.assertEqual(self.hmp(f'{limits} v1 0 0 0 7 0 0'), '')
        shown = self.lines('info block')
        self.assertIn('    I/O throttling:   bps=1000 bps_rd=0 bps_wr=0 bps_max=0 bps_rd_max=0 '
                      'bps_wr_max=0 iops=0 iops_rd=20 iops_wr=30 iops_max=0 iops_rd_max=0 '
                      'iops_wr_max=0 iops_size=0 group=d0', shown)
        self.assertIn('iops=7', ''.join(shown))
        self.assertIn('cannot be set together', self.hmp(f'{limits} d0 1 2 0 0 0 0'))
        self.assertIn("'other' not found", self.hmp(f'{limits} other 1 0 0 0 0 0'))
        self.assertEqual(self.hmp(f'{limits} d0 0 0 0 0 0 0'), '')
        self.assertNotIn('throttling', self.hmp('info block d0'))


if __name__ == '__main__':
    main()
