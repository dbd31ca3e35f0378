"""Errors of disks: what the guest hears, and a machine that stops until somebody has helped.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import resource
import subprocess
from typing import Any, Dict, Tuple

from harness import UBOOT_SMODE, VITRINE, Vm, main
from nbdserver import NbdCase
from qmp import QmpError

SECTOR = 512


class DiskErrorsTest(NbdCase):
    """A server whose requests fail as long as a file is there."""

    def failing_disk(self, error: str, device: str = '') -> Vm:
        """Start a machine with a disk that fails when break_it() was called."""
        self.switch = os.path.join(self.dir, 'fail')
        self.nbdkit('--filter=error', 'memory', '1M', f'error={error}', 'error-rate=100%',
                    f'error-file={self.switch}')
        return self.disk(device=device)

    def break_it(self) -> None:
        """From now on requests fail."""
        with open(self.switch, 'wb'):
            pass

    def io_error(self, machine: Vm) -> Tuple[Any, ...]:
        """Wait for the event, and return what it says."""
        data: Dict[str, Any] = machine.qmp.wait_event('BLOCK_IO_ERROR')['data']
        self.assertEqual((data['qom-path'], data['node-name'], data['device']),
                         ('/machine/peripheral/hd/virtio-backend', 'n', ''))
        return data['operation'], data['action'], data['nospace']

    def io_status(self, machine: Vm) -> Any:
        """Return what query-block says of errors; None: nothing."""
        [disk] = machine.qmp.command('query-block')
        return disk.get('io-status')

    def test_no_space(self) -> None:
        """By default the machine stops, and cont does again what failed."""
        machine = self.failing_disk('ENOSPC')
        self.assertEqual(self.io_status(machine), 'ok')
        self.break_it()
        machine.uboot('mw.b 84000000 5a 200')
        machine.type('virtio write 84000000 9 1\r')
        self.assertEqual(self.io_error(machine), ('write', 'stop', True))
        machine.qmp.wait_event('STOP')
        self.assertEqual(machine.qmp.command('query-status'),
                         {'running': False, 'status': 'io-error'})
        self.assertEqual(self.io_status(machine), 'nospace')
        machine.qmp.command('cont')
        machine.qmp.wait_event('RESUME')
        machine.qmp.wait_event('STOP')
        self.assertEqual(self.io_error(machine), ('write', 'stop', True))
        os.unlink(self.switch)
        machine.qmp.command('cont')
        machine.qmp.wait_event('RESUME')
        self.assertIn('OK', machine.expect('=> '))
        self.assertEqual(self.io_status(machine), 'ok')
        self.assertTrue(machine.qmp.command('query-status')['running'])
        [disk] = machine.qmp.command('query-blockstats')
        self.assertEqual(disk['stats']['failed_wr_operations'], 2)
        self.assertEqual(disk['stats']['wr_bytes'], SECTOR)
        machine.uboot('virtio read 85000000 9 1')
        self.assertIn('5a 5a 5a 5a', machine.uboot('md.b 85000000 10'))

    def test_other_errors_are_the_guests(self) -> None:
        machine = self.failing_disk('EIO')
        self.break_it()
        self.assertNotIn('OK', machine.uboot('virtio write 84000000 9 1'))
        self.assertEqual(self.io_error(machine), ('write', 'report', False))
        self.assertNotIn('OK', machine.uboot('virtio read 84000000 9 1'))
        self.assertEqual(self.io_error(machine), ('read', 'report', False))
        self.assertEqual(self.io_status(machine), 'ok')

    def test_stop_and_reset(self) -> None:
        """What waits to be done again is forgotten with a reset."""
        machine = self.failing_disk('EPERM', ',rerror=stop,werror=report')
        self.break_it()
        self.assertNotIn('OK', machine.uboot('virtio write 84000000 9 1'))
        machine.type('virtio read 84000000 9 1\r')
        machine.qmp.wait_event('STOP')
        self.assertEqual(self.io_status(machine), 'failed')
        machine.qmp.command('system_reset')
        self.assertEqual(machine.qmp.command('query-status')['status'], 'prelaunch')
        os.unlink(self.switch)
        machine.qmp.command('cont')
        machine.uboot_prompt()
        machine.uboot('virtio scan')
        self.check_guest(machine)
        self.assertEqual(self.io_status(machine), 'ok')

    def test_ignore(self) -> None:
        machine = self.failing_disk('EIO', ',rerror=ignore,werror=ignore')
        self.break_it()
        self.assertIn('OK', machine.uboot('virtio write 84000000 9 1'))
        self.assertEqual(self.io_error(machine), ('write', 'ignore', False))
        self.assertIn('OK', machine.uboot('virtio read 84000000 9 1'))
        self.assertIsNone(self.io_status(machine))

    def test_quit_while_stopped(self) -> None:
        """Requests that are kept do not outlive the process."""
        machine = self.failing_disk('EIO', ',werror=stop')
        self.break_it()
        machine.type('virtio write 84000000 9 1\r')
        machine.qmp.wait_event('STOP')
        with self.assertRaisesRegex(QmpError, 'in use'):
            machine.qmp.command('blockdev-del', node_name='n')
        machine.qmp.command('quit')
        self.assertEqual(machine.wait(), 0)

    def test_file_size_limit(self) -> None:
        """A host that lets files grow only so far is an error like others, not a signal."""
        path = os.path.join(self.dir, 'disk')
        with open(path, 'wb') as file:
            file.truncate(1 << 20)
        for engine in ('threads', 'io_uring'):
            with self.subTest(engine):
                machine = self.vm('-m', '256', '-kernel', UBOOT_SMODE, '-device',
                                  'virtio-blk-pci,drive=n,id=hd,werror=report', '-blockdev',
                                  f'file,node-name=n,filename={path},aio={engine},locking=off')
                resource.prlimit(machine.process.pid, resource.RLIMIT_FSIZE, (4096, 4096))
                machine.uboot_prompt()
                machine.uboot('virtio scan')
                self.assertIn('OK', machine.uboot('virtio write 84000000 1 1'))
                self.assertNotIn('OK', machine.uboot('virtio write 84000000 9 1'))
                self.assertEqual(self.io_error(machine), ('write', 'report', False))

    def test_bad_words(self) -> None:
        for option in ('werror=maybe', 'rerror='):
            message = subprocess.run(
                [VITRINE, '-M', 'virt', '-display', 'none', '-blockdev',
                 f'file,node-name=n,read-only=on,filename={VITRINE}', '-device',
                 f'virtio-blk-pci,drive=n,{option}'],
                capture_output=True, check=False).stderr.decode()
            self.assertIn("expects 'report', 'ignore', 'enospc', 'stop' or 'auto'", message)


if __name__ == '__main__':
    main()
