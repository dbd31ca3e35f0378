"""I/O limits of disks: how long a guest waits for them, what sets it free, and what is refused.

Times are only ever too long: a slow machine fails nothing.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import os
import time
from typing import Any, Dict, List, Tuple

from harness import UBOOT_SMODE, Vm, VmTest, main
from qmp import Qmp, QmpError

SECTOR = 512
SIZE = 1 << 20
NONE = {'bps': 0, 'bps_rd': 0, 'bps_wr': 0, 'iops': 0, 'iops_rd': 0, 'iops_wr': 0}
PATH = '/machine/peripheral/{}/virtio-backend'
MOST = 10 ** 15


def set_limits(qmp: Qmp, **arguments: Any) -> None:
    """Set limits; those that are not given are none."""
    qmp.send('block_set_io_throttle', {**NONE, **arguments})
    qmp.take_reply()


class ThrottleTest(VmTest):
    """Disks behind root ports, with U-Boot as the guest."""

    def machine(self, disks: int = 1, *more: str) -> Vm:
        """Start a machine and get to U-Boot's prompt."""
        args: List[str] = []
        for i in range(disks):
            path = os.path.join(self.directory(), f'disk{i}')
            with open(path, 'wb') as file:
                file.truncate(SIZE)
            args += ['-device', f'pcie-root-port,id=port{i},chassis={i},addr={i + 1}',
                     '-blockdev', json.dumps({'driver': 'file', 'filename': path,
                                              'node-name': f'node{i}'}),
                     '-device', f'virtio-blk-pci,id=disk{i},drive=node{i},bus=port{i}']
        machine = self.vm('-m', '256', '-kernel', UBOOT_SMODE, *args, *more)
        self.prompt(machine)
        return machine

    def prompt(self, machine: Vm) -> None:
        """Get to U-Boot's prompt, with disks found."""
        machine.uboot_prompt()
        machine.uboot('virtio scan')

    def limit(self, machine: Vm, disk: str = 'disk0', **limits: Any) -> None:
        """Set the limits of a disk."""
        set_limits(machine.qmp, **{'id': disk, **limits})

    def shown(self, machine: Vm, disk: str = 'disk0') -> Dict[str, Any]:
        """Return what query-block shows of a disk's limits."""
        [inserted] = [entry['inserted'] for entry in machine.qmp.command('query-block')
                      if entry.get('qdev') == PATH.format(disk)]
        return {name: value for name, value in inserted.items()
                if name.startswith(('bps', 'iops', 'group'))}

    def read(self, machine: Vm, sector: int, sectors: int = 1) -> None:
        """Have the guest read, once."""
        self.assertIn('OK', machine.uboot(f'virtio read 84000000 {sector:x} {sectors:x}'))

    def let_it_wait(self, machine: Vm) -> None:
        """Have the guest wait for a read, for hours."""
        self.limit(machine, bps=1)
        self.read(machine, 0, 64)
        machine.type('virtio read 84000000 100 1\r')
        machine.expect('virtio read: ')
        time.sleep(0.2)  # nobody tells when the guest has rung; if later, less is tested

    def reads(self, machine: Vm) -> int:
        """Return how many reads are complete."""
        return sum(int(disk['stats']['rd_operations'])
                   for disk in machine.qmp.command('query-blockstats'))

    # ---- time ----

    def test_takes_its_time(self) -> None:
        machine = self.machine()
        slow: List[Tuple[Dict[str, Any], int]] = [
            ({'iops': 10, 'iops_size': SECTOR}, 20),
            ({'bps': 5120}, 20),
            ({'bps_rd': 5120, 'bps_rd_max': 10240}, 40),
            ({'iops_rd': 10, 'iops_rd_max': 20, 'iops_rd_max_length': 1,
              'iops_size': 2 * SECTOR}, 80)]
        for limits, sectors in slow:
            with self.subTest(limits):
                self.limit(machine, **limits)
                start = time.monotonic()
                self.read(machine, 0, sectors)
                self.read(machine, 100, sectors)
                self.assertGreaterEqual(time.monotonic() - start, 1.9)
        self.limit(machine, iops_wr=1, iops_size=1)
        self.read(machine, 0, 80)
        self.read(machine, 100, 80)

    # ---- what sets a request free ----

    def test_switched_off(self) -> None:
        machine = self.machine()
        self.let_it_wait(machine)
        before = self.reads(machine)
        self.limit(machine, bps=2, group='other')
        self.assertIn('OK', machine.expect('=> '))
        self.assertEqual(self.reads(machine), before + 1)
        self.let_it_wait(machine)
        self.limit(machine)
        self.assertIn('OK', machine.expect('=> '))
        self.assertEqual(self.shown(machine), NONE)
        self.assertIn('OK', machine.uboot('virtio write 84000000 0 100'))

    def test_reset(self) -> None:
        """A reset does not wait for limits, which stay."""
        machine = self.machine()
        self.let_it_wait(machine)
        before = self.reads(machine)
        for _ in range(2):
            machine.qmp.command('system_reset')
            machine.expect('Hit any key to stop autoboot')
        machine.type('\r')
        machine.expect('=> ')
        self.assertEqual(self.reads(machine), before)
        self.assertEqual(self.shown(machine)['bps'], 1)
        self.limit(machine)
        machine.uboot('virtio scan')
        self.read(machine, 0, 80)

    def test_unplug(self) -> None:
        """A slot that is off, but for its light: the disk goes at once, with what waits."""
        machine = self.machine(2)
        self.limit(machine, 'disk1', bps=1, group='disk0')
        machine.uboot('virtio device 0')
        machine.uboot('pci write.w 0.1.0 58 500')
        self.let_it_wait(machine)
        machine.qmp.command('device_del', id='disk0')
        machine.qmp.wait_event('DEVICE_DELETED')
        machine.qmp.command('blockdev-del', **{'node-name': 'node0'})
        self.assertEqual(self.shown(machine, 'disk1'), {**NONE, 'bps': 1, 'group': 'disk0'})
        with self.assertRaisesRegex(QmpError, "Device 'disk0' not found"):
            self.limit(machine)
        machine.qmp.command('system_reset')
        self.limit(machine, 'disk1')
        self.prompt(machine)
        self.read(machine, 0)

    def test_quit(self) -> None:
        machine = self.machine()
        self.let_it_wait(machine)
        machine.qmp.command('quit')
        self.assertEqual(machine.wait(), 0)

    # ---- groups ----

    def test_group(self) -> None:
        """What one disk has read the other one has to wait for."""
        machine = self.machine(2)
        self.limit(machine, 'disk1', bps=1, group='both')
        self.limit(machine, group='both', bps=3)
        self.assertEqual(self.shown(machine, 'disk1'), {**NONE, 'bps': 3, 'group': 'both'})
        self.assertEqual(self.shown(machine), self.shown(machine, 'disk1'))
        machine.uboot('virtio device 0')
        self.read(machine, 0, 64)
        machine.uboot('virtio device 1')
        machine.type('virtio read 84000000 0 1\r')
        machine.expect('virtio read: ')
        before = self.reads(machine)
        for disk in ('disk0', 'disk1'):
            self.assertEqual(self.reads(machine), before)
            self.limit(machine, disk)
        self.assertIn('OK', machine.expect('=> '))
        self.assertEqual(self.shown(machine), NONE)

    # ---- arguments ----

    def test_shown(self) -> None:
        """As managers read it back."""
        machine = self.vm('-drive', f'file={__file__},format=raw,if=none,id=hd,readonly=on')
        qmp = machine.qmp

        def shown() -> Dict[str, Any]:
            [disk] = qmp.command('query-block')
            return {name: value for name, value in disk['inserted'].items()
                    if name.startswith(('bps', 'iops', 'group'))}

        good: List[Tuple[Dict[str, int], Dict[str, int]]] = [
            ({'iops': 100}, {}),
            ({'bps_rd': MOST, 'bps_wr': 1}, {'iops_size': 0}),
            ({'iops': 100, 'iops_max': 100, 'iops_max_length': 1, 'bps': 1},
             {'bps_max': 0, 'bps_max_length': 1}),
            ({'iops_rd': 7, 'iops_rd_max': 9, 'iops_rd_max_length': 4, 'iops_size': 4096}, {})]
        for limits, more in good:
            with self.subTest(limits):
                set_limits(qmp, device='hd', **limits, **more)
                self.assertEqual(shown(), {**NONE, **limits, 'group': 'hd'})
        set_limits(qmp, device='hd', bps=1, bps_max=2)
        self.assertEqual(shown()['bps_max_length'], 1)
        for node in qmp.command('query-named-block-nodes'):
            self.assertEqual({name: node[name] for name in NONE}, NONE)
            self.assertNotIn('group', node)
        set_limits(qmp, device='hd', bps=3, group='')
        self.assertEqual(shown(), {**NONE, 'bps': 3, 'group': ''})
        set_limits(qmp, device='hd', group='none')
        self.assertEqual(shown(), NONE)

    def test_bad_arguments(self) -> None:
        """Each is named, and nothing changes."""
        machine = self.vm('-drive', f'file={__file__},format=raw,if=none,id=hd,readonly=on',
                          '-device', 'virtio-blk-pci,drive=hd,id=disk0',
                          '-device', 'virtio-rng-pci,id=rng')
        self.limit(machine, iops=5, iops_size=1024, group='g')
        before = self.shown(machine)
        in_range = 'expects a value from 0 to 1000000000000000'
        bad: List[Any] = [
            ({'iops': -1}, "'iops' " + in_range),
            ({'bps': MOST + 1}, "'bps' " + in_range),
            ({'bps': 2 ** 63 - 1}, "'bps' " + in_range),
            ({'bps': 2 ** 63}, 'bps'),
            ({'iops': 1, 'iops_max': -1}, "'iops_max' " + in_range),
            ({'bps': 1, 'bps_rd': 1}, "'bps' and 'bps_rd' cannot be set together"),
            ({'iops': 1, 'iops_wr': 1}, "'iops' and 'iops_wr' cannot be set together"),
            ({'bps_max': 5}, "'bps_max' needs 'bps'"),
            ({'bps_rd': 1, 'bps_max': 5}, "'bps_max' needs 'bps'"),
            ({'bps': 10, 'bps_max': 5}, "'bps_max' expects at least 10"),
            ({'bps': 10, 'bps_max': 20, 'bps_max_length': 0}, "'bps_max_length' expects"),
            ({'bps': 10, 'bps_max': 20, 'bps_max_length': -1}, "'bps_max_length' expects"),
            ({'bps': 10, 'bps_max': MOST, 'bps_max_length': 2}, 'seconds from 1 to 1, not 2'),
            ({'bps': 10, 'bps_max_length': 3}, "'bps_max_length' needs 'bps_max'"),
            ({'iops_size': 512}, "'iops_size' needs"),
            ({'iops': 1, 'iops_size': -1}, "'iops_size' " + in_range),
            ({'device': 'hd'}, "exactly one of 'device' and 'id'"),
            ({'id': 'nobody'}, "Device 'nobody' not found"),
            ({'id': ''}, 'is not a disk'),
            ({'id': 'rng'}, "'rng' is not a disk"),
            ({'id': '/machine'}, "'/machine' is not a disk"),
            ({'id': '/nowhere'}, "'/nowhere' not found"),
        ]
        for limits, says in bad:
            with self.subTest(limits), self.assertRaisesRegex(QmpError, says):
                self.limit(machine, **limits)
        with self.assertRaisesRegex(QmpError, 'exactly one'):
            set_limits(machine.qmp)
        with self.assertRaisesRegex(QmpError, "'disk0' not found"):
            set_limits(machine.qmp, device='disk0')
        self.assertEqual(self.shown(machine), before)
        for disk in (PATH.format('disk0'), '/machine/peripheral/disk0', 'disk0'):
            self.limit(machine, disk, iops=7)
            self.assertEqual(self.shown(machine), {**NONE, 'iops': 7, 'group': 'g'})


if __name__ == '__main__':
    main()
