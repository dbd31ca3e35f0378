"""The balloon, as managers use it.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import time
from typing import Dict

from harness import TESTCARD, TIMEOUT, VmTest, main
from qmp import QmpError

MIB = 1 << 20


class BalloonTest(VmTest):
    """Commands, events and properties."""

    def guest(self) -> str:
        """Make a guest that says how many pages it has given back: lui, lui, sw in M mode."""
        path = os.path.join(self.directory(), 'guest.bin')
        words = [
            0x100085b7,  # lui a1, 0x10008
            0x00f00613,  # li a2, 15
            0x06c5a823,  # sw a2, 0x70(a1)
            0x10000613,  # li a2, 256
            0x10c5a223,  # sw a2, 0x104(a1)
            0x0000006f,  # j .
        ]
        with open(path, 'wb') as file:
            for word in words:
                file.write(word.to_bytes(4, 'little'))
        return path

    def test_balloon(self) -> None:
        machine = self.vm('-m', '64', '-bios', self.guest(), '-S',
                          '-device', 'virtio-balloon-device,id=balloon0')
        qmp = machine.qmp
        self.assertEqual(qmp.command('query-balloon'), {'actual': 64 * MIB})
        qmp.command('balloon', value=32 * MIB)
        with self.assertRaisesRegex(QmpError, 'expects a size'):
            qmp.command('balloon', value=-1)
        qmp.command('cont')
        event = qmp.wait_event('BALLOON_CHANGE')
        self.assertEqual(event['data'], {'actual': 63 * MIB})
        self.assertEqual(qmp.command('query-balloon'), {'actual': 63 * MIB})

    def test_guest_gives_and_takes(self) -> None:
        machine = self.vm('-m', '64', '-device', 'bochs-display', '-kernel', TESTCARD,
                          '-append', '640x480 static balloon',
                          '-device', 'virtio-balloon-pci,id=balloon0')
        machine.expect('testcard: ready')
        qmp = machine.qmp
        for size in (52, 60, 56, 64):
            qmp.command('balloon', value=size * MIB)
            machine.expect(f'balloon: {(64 - size) * MIB // 4096} pages')
            self.assertEqual(qmp.wait_event('BALLOON_CHANGE')['data'], {'actual': size * MIB})
            self.assertEqual(qmp.command('query-balloon'), {'actual': size * MIB})

    def test_console(self) -> None:
        hmp = self.vm('-m', '64', '-bios', self.guest(), '-S').qmp.hmp
        for command in ('info balloon', 'balloon 32'):
            self.assertEqual(hmp(command).rstrip(), 'Error: No balloon device has been activated')
        machine = self.vm('-m', '64', '-bios', self.guest(), '-S',
                          '-device', 'virtio-balloon-device,id=balloon0')
        hmp = machine.qmp.hmp
        self.assertEqual(hmp('info balloon').rstrip(), 'balloon: actual=64')
        self.assertEqual(hmp('balloon 32'), '')
        self.assertIn('too large', hmp('balloon 99999999999999'))
        self.assertIn('expects a size', hmp('balloon -1'))
        machine.qmp.command('cont')
        machine.qmp.wait_event('BALLOON_CHANGE')
        self.assertEqual(hmp('info balloon').rstrip(), 'balloon: actual=63')

    def test_statistics(self) -> None:
        """The guest is asked again and again; what it says is there, the rest is unknown."""
        machine = self.vm('-m', '64', '-device', 'bochs-display', '-kernel', TESTCARD,
                          '-append', '640x480 static balloon',
                          '-device', 'virtio-balloon-pci,id=balloon0')
        machine.expect('testcard: ready')
        path = '/machine/peripheral/balloon0'
        machine.qmp.command('qom-set', path=path, property='guest-stats-polling-interval', value=1)
        machine.qmp.command('balloon', value=60 * MIB)
        deadline = time.monotonic() + TIMEOUT
        wanted = {'stat-free-memory': 12 * MIB, 'stat-total-memory': 16 * MIB,
                  'stat-swap-in': 2 ** 64 - 1}
        stats: Dict[str, int] = {}
        while {name: stats.get(name) for name in wanted} != wanted:
            self.assertLess(time.monotonic(), deadline, f'{stats}')
            stats = machine.qmp.command('qom-get', path=path, property='guest-stats')['stats']
            time.sleep(0.05)

    def test_properties(self) -> None:
        machine = self.vm('-device', 'virtio-balloon-pci,id=balloon0')
        path = '/machine/peripheral/balloon0'
        stats = machine.qmp.command('qom-get', path=path, property='guest-stats')
        self.assertEqual(stats['last-update'], 0)
        self.assertEqual(stats['stats']['stat-free-memory'], 2 ** 64 - 1)
        self.assertEqual(len(stats['stats']), 10)
        interval = 'guest-stats-polling-interval'
        machine.qmp.command('qom-set', path=path, property=interval, value=2)
        self.assertEqual(machine.qmp.command('qom-get', path=path, property=interval), 2)
        with self.assertRaises(QmpError):
            machine.qmp.command('qom-set', path=path, property=interval, value=-1)

    def test_none(self) -> None:
        qmp = self.vm(machine='none', serial=False).qmp
        requests: Dict[str, Dict[str, int]] = {'balloon': {'value': 1}, 'query-balloon': {}}
        for name, arguments in requests.items():
            with self.assertRaises(QmpError) as caught:
                qmp.command(name, **arguments)
            self.assertEqual(caught.exception.error_class, 'DeviceNotActive')


if __name__ == '__main__':
    main()
