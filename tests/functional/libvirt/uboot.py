"""Domains whose guest is U-Boot, obeying its serial port.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import subprocess
from typing import Any

from domains import Domain, DomainTest
from harness import TIMEOUT, UBOOT_SMODE

# PCI Express capability of a root port: Slot Control, and the value that switches the slot off;
# Slot Status, and what takes note of the attention button.
SLOT_CONTROL = '58'
SLOT_OFF = '700'
SLOT_STATUS = '5a'
BUTTON = '1'


class UbootTest(DomainTest):
    """What tests with U-Boot share."""

    def start_uboot(self, domain: Domain, **kwargs: Any) -> None:
        """Define a domain, start it and get to U-Boot's prompt."""
        domain.define(**{'kernel': UBOOT_SMODE, 'append': '', 'memory': 256, **kwargs})
        domain.start()
        self.events.expect(domain.name, 'defined added', 'started booted', 'suspended paused',
                           'resumed unpaused')
        self.prompt(domain)

    def prompt(self, domain: Domain) -> None:
        """Stop U-Boot from booting something."""
        domain.serial.expect('Hit any key to stop autoboot')
        domain.serial.send('\r')
        domain.serial.expect('=> ')

    def run_uboot(self, domain: Domain, command: str) -> str:
        """Have U-Boot run a command; return what it printed."""
        domain.serial.send(command + '\r')
        domain.serial.expect(command)
        return domain.serial.expect('=> ')

    def let_go(self, domain: Domain, device: str, *verb: str) -> None:
        """Run a verb that detaches a device (an XPath), which the guest is asked to let go."""
        port = self.port(domain, device)
        command = [self.host.virsh, '-c', self.host.uri, verb[0], domain.name, *verb[1:]]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            # The attention button is pressed; the guest switches indicator and power off.
            while '0041' not in self.run_uboot(domain, f'pci display.w {port} {SLOT_STATUS} 1'):
                self.assertIsNone(process.poll())
            self.run_uboot(domain, f'pci write.w {port} {SLOT_CONTROL} {SLOT_OFF}')
            self.assertEqual(process.wait(TIMEOUT), 0)

    def port(self, domain: Domain, device: str) -> str:
        """Return the root port of a device: bus N is behind function N - 1 of slot 1."""
        address = domain.virsh('dumpxml', '--xpath', f'{device}/address/@bus')
        return f'0.1.{int(address.split(chr(34))[1], 16) - 1}'
