"""Real firmware boots: OpenSBI and U-Boot, in S mode and in M mode, on one hart and on eight.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import unittest

from harness import UBOOT_MMODE, UBOOT_SMODE, Vm, VmTest, main
from pictures import read_ppm

# Debian 13's U-Boot, which has a driver for bochs-display; scripts/fetch-guests brings it.
UBOOT_TRIXIE = os.environ.get('UBOOT_TRIXIE', '')


class BootTest(VmTest):
    """Firmware from Debian, unmodified."""

    def check_uboot(self, machine: Vm) -> None:
        """Stop autoboot and talk to U-Boot."""
        machine.expect('Hit any key to stop autoboot')
        machine.type('\r')
        machine.expect('=> ')
        machine.type('version\r')
        machine.expect('U-Boot 20')
        machine.expect('=> ')

    def test_smode_uboot_on_opensbi(self) -> None:
        machine = self.vm('-m', '256', '-kernel', UBOOT_SMODE)
        machine.expect('OpenSBI v1')
        seen = machine.expect('U-Boot 20')
        self.assertIn('Domain0 Next Address      : 0x0000000080200000', seen)
        self.check_uboot(machine)
        machine.type('bdinfo\r')
        self.assertIn('0x0000000080000000', machine.expect('=> '))

    def test_mmode_uboot(self) -> None:
        self.check_uboot(self.vm('-m', '256', '-bios', UBOOT_MMODE))

    def test_mmode_uboot_as_kernel(self) -> None:
        self.check_uboot(self.vm('-m', '256', '-bios', 'none', '-kernel', UBOOT_MMODE))

    def test_eight_harts(self) -> None:
        machine = self.vm('-m', '256', '-smp', '8', '-kernel', UBOOT_SMODE)
        self.assertIn('Platform HART Count       : 8', machine.expect('U-Boot 20'))
        self.check_uboot(machine)
        self.assertEqual(len(machine.qmp.command('query-cpus-fast')), 8)

    def test_reset_boots_again(self) -> None:
        machine = self.vm('-m', '256', '-kernel', UBOOT_SMODE)
        self.check_uboot(machine)
        machine.qmp.command('system_reset')
        machine.expect('OpenSBI v1')
        self.check_uboot(machine)
        machine.type('reset\r')
        machine.expect('OpenSBI v1')
        self.check_uboot(machine)
        self.assertTrue(machine.qmp.wait_event('RESET')['data']['guest'] is False)
        self.assertEqual(machine.qmp.wait_event('RESET')['data'],
                         {'guest': True, 'reason': 'guest-reset'})

    @unittest.skipUnless(UBOOT_TRIXIE, 'UBOOT_TRIXIE is not set: run scripts/fetch-guests')
    def test_uboot_console_on_the_screen(self) -> None:
        machine = self.vm('-m', '256', '-device', 'bochs-display', '-kernel', UBOOT_TRIXIE)
        self.check_uboot(machine)
        path = machine.path('screen.ppm')
        machine.qmp.command('screendump', filename=path)
        width, height, pixels = read_ppm(path)
        self.assertEqual((width, height), (1280, 1024))
        text = sum(1 for i in range(0, len(pixels), 3) if pixels[i:i + 3] != b'\0\0\0')
        # Some lines of text and the logo: neither an empty screen nor a full one.
        self.assertGreater(text, 5000)
        self.assertLess(text, 1280 * 1024 // 2)


if __name__ == '__main__':
    main()
