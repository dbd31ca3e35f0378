"""Networks, entropy and channels of domains under libvirt: used by a guest, attached and detached.

SPDX-License-Identifier: GPL-2.0-or-later
"""

from typing import List

from domains import Domain
from harness import main
from uboot import UbootTest

MAC = '52:54:00:11:22:33'
OTHER_MAC = '52:54:00:11:22:44'
AGENT = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
RNG_ID = '0x1044'  # on PCI
RNG = "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"


def interface(mac: str) -> str:
    """Return the XML of an interface."""
    return f"<interface type='user'><mac address='{mac}'/><model type='virtio'/></interface>"


class NetworkTest(UbootTest):
    """User-mode networks, with U-Boot as the guest."""

    def uboot(self, devices: str = '') -> Domain:
        """Get to U-Boot's prompt in a domain with these devices."""
        domain = Domain(self.host, self.connection)
        self.addCleanup(domain.close)
        self.start_uboot(domain, devices)
        return domain

    def scan(self, domain: Domain) -> None:
        """Have U-Boot find its devices."""
        self.run_uboot(domain, 'pci enum; virtio scan; setenv autoload no')

    def xml(self, domain: Domain, text: str) -> str:
        """Write the XML of a device to a file."""
        path = domain.path('device.xml')
        with open(path, 'w', encoding='ascii') as file:
            file.write(text)
        return path

    def addresses(self, domain: Domain) -> List[str]:
        """Return the MAC addresses of a domain."""
        return [line.split()[-1] for line in domain.virsh('domiflist').splitlines()]

    def test_guest_gets_address(self) -> None:
        domain = self.uboot(interface(MAC))
        self.assertEqual(self.addresses(domain), [MAC])
        self.scan(domain)
        self.assertIn('bound to address 10.0.2.15', self.run_uboot(domain, 'dhcp'))
        self.assertIn(MAC, self.run_uboot(domain, 'printenv ethaddr'))

    def test_cable(self) -> None:
        domain = self.uboot(interface(MAC))
        self.scan(domain)
        domain.virsh('domif-setlink', MAC, 'down')
        self.assertIn('down', domain.virsh('domif-getlink', MAC))
        self.assertNotIn('is alive', self.run_uboot(
            domain, 'setenv ipaddr 10.0.2.15; setenv netretry no; ping 10.0.2.2'))
        domain.virsh('domif-setlink', MAC, 'up')
        self.assertIn('is alive', self.run_uboot(domain, 'ping 10.0.2.2'))

    def test_attach_and_detach(self) -> None:
        """The guest finds the second interface when it starts anew."""
        domain = self.uboot()
        path = self.xml(domain, interface(OTHER_MAC))
        for _ in range(2):
            domain.virsh('attach-device', path)
            self.assertEqual(self.addresses(domain), [OTHER_MAC])
            domain.virsh('detach-device', path)
            self.assertEqual(self.addresses(domain), [])
            self.events.expect(domain.name, 'removed net0')
        domain.virsh('attach-device', path)
        domain.virsh('reset')
        self.prompt(domain)
        self.scan(domain)
        self.assertIn('bound to address 10.0.2.15', self.run_uboot(domain, 'dhcp'))

    def test_entropy(self) -> None:
        domain = self.uboot()
        path = self.xml(domain, RNG)
        domain.virsh('attach-device', path)
        domain.virsh('detach-device', path)
        self.events.expect(domain.name, 'removed rng0')
        domain.virsh('attach-device', path)
        domain.virsh('reset')
        self.prompt(domain)
        self.scan(domain)
        # U-Boot has no driver for it, but sees that it is there.
        self.assertIn(RNG_ID, self.run_uboot(domain, 'pci 1') + self.run_uboot(domain, 'pci 2'))

    def test_no_agent(self) -> None:
        """A channel to an agent that the guest does not have."""
        domain = self.uboot(AGENT)
        self.assertIn('agent is not connected', domain.refused('shutdown', '--mode', 'agent'))
        target = domain.virsh('dumpxml', '--xpath', '//channel/target')
        self.assertIn('"disconnected"', target)


if __name__ == '__main__':
    main()
