"""Domains with U-Boot as the guest, which uses disks and networks.

SPDX-License-Identifier: GPL-2.0-or-later
"""

from domains import NO_VIDEO, Domain, DomainTest
from harness import UBOOT_SMODE


class UbootTest(DomainTest):
    """Guests that stand at U-Boot's prompt."""

    def start_uboot(self, domain: Domain, devices: str) -> None:
        """Define and start a domain, and get to the prompt."""
        domain.define(devices=NO_VIDEO + devices, kernel=UBOOT_SMODE, append='', memory=256)
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
