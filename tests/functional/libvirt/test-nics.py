"""Networks of domains under libvirt: used by a guest, attached, detached, and with the cable out.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import re
from typing import List

from domains import NO_VIDEO, Domain
from harness import main
from uboot import BUTTON, SLOT_STATUS, UbootTest

FIRST, SECOND = '52:54:00:11:22:33', '52:54:00:44:55:66'


def interface(mac: str = FIRST) -> str:
    """Return the XML of an interface."""
    return f"""<interface type='user'><mac address='{mac}'/><model type='virtio'/></interface>"""


class NicTest(UbootTest):
    """User-mode networks on virtio, with U-Boot as the guest."""

    def uboot(self, devices: str = '') -> Domain:
        """Get to U-Boot's prompt."""
        domain = Domain(self.host, self.connection)
        self.addCleanup(domain.close)
        self.start_uboot(domain, devices=NO_VIDEO + devices)
        return domain

    def device(self, domain: Domain, name: str, xml: str) -> str:
        """Write the XML of a device to a file."""
        path = domain.path(name)
        with open(path, 'w', encoding='ascii') as file:
            file.write(xml)
        return path

    def macs(self, domain: Domain) -> List[str]:
        """Return the addresses of the interfaces that libvirt knows."""
        return [line.split()[4] for line in domain.virsh('domiflist').splitlines()]

    def networks(self, domain: Domain) -> str:
        """Return what the emulator says of its networks."""
        return domain.virsh('qemu-monitor-command', '--hmp', 'info network')

    def use(self, domain: Domain, mac: str) -> None:
        """Have the guest get an address and talk to the other end."""
        self.run_uboot(domain, 'pci enum; virtio scan; setenv autoload no')
        self.assertIn('bound to address 10.0.2.15', self.run_uboot(domain, 'dhcp'))
        self.assertIn('host 10.0.2.2 is alive', self.run_uboot(domain, 'ping 10.0.2.2'))
        self.assertIn(mac, self.run_uboot(domain, 'printenv ethaddr'))
        self.assertIn('10.0.2.3', self.run_uboot(domain, 'printenv dnsip'))

    def test_guest_talks(self) -> None:
        domain = self.uboot(interface())
        self.assertEqual(self.macs(domain), [FIRST])
        self.use(domain, FIRST)
        self.assertNotIn('dropped', self.networks(domain))

    def test_two_worlds(self) -> None:
        """Each domain has a network of its own: the same address twice."""
        first, second = self.uboot(interface(FIRST)), self.uboot(interface(SECOND))
        self.use(first, FIRST)
        self.use(second, SECOND)

    def test_cable(self) -> None:
        domain = self.uboot(interface())
        self.use(domain, FIRST)
        domain.virsh('domif-setlink', FIRST, 'down')
        self.assertIn('down', domain.virsh('domif-getlink', FIRST))
        self.assertIn('link=down', self.networks(domain))
        domain.serial.send('ping 10.0.2.2\r')
        with self.assertRaises(AssertionError):
            domain.serial.expect('is alive', timeout=1)
        domain.serial.send('\x03')
        domain.serial.expect('=> ')
        domain.virsh('domif-setlink', FIRST, 'up')
        self.assertNotIn('link=down', self.networks(domain))
        self.assertIn('is alive', self.run_uboot(domain, 'ping 10.0.2.2'))

    def test_attach_and_use(self) -> None:
        """The guest finds what was attached when it starts anew."""
        domain = self.uboot()
        self.assertEqual(self.networks(domain), '')
        domain.virsh('attach-device', self.device(domain, 'nic.xml', interface(SECOND)))
        self.assertEqual(self.macs(domain), [SECOND])
        self.assertIn(SECOND, self.networks(domain))
        self.reset(domain)
        self.use(domain, SECOND)
        self.let_go(domain, '//interface[1]', 'detach-device', domain.path('nic.xml'))
        self.events.expect(domain.name, 'reboot', 'removed net0')
        self.assertEqual((self.macs(domain), self.networks(domain)), ([], ''))
        self.assertEqual(domain.state(), 'running (unpaused)')

    def reset(self, domain: Domain) -> None:
        """Reset the machine and get to the prompt again."""
        domain.virsh('reset')
        self.prompt(domain)

    def test_attach_and_detach(self) -> None:
        """Again and again: nothing is left behind, and the other interface goes on."""
        domain = self.uboot(interface())
        self.use(domain, FIRST)
        path = self.device(domain, 'nic.xml', interface(SECOND))
        for _ in range(3):
            domain.virsh('attach-device', path)
            self.assertEqual(self.macs(domain), [FIRST, SECOND])
            self.assertEqual(len(self.ids(domain)), 2)
            domain.virsh('detach-device', path)
            self.events.expect(domain.name, 'removed net1')
            self.assertEqual(self.macs(domain), [FIRST])
            self.assertEqual(self.ids(domain), ['hostnet0'])
        self.use(domain, FIRST)

    def ids(self, domain: Domain) -> List[str]:
        """Return the names of the back ends there are."""
        return re.findall(r' \\ (\w+): ', self.networks(domain))

    def test_guest_keeps_it(self) -> None:
        """The guest does not react: the verb ends, the interface works. Asked again, it may go."""
        domain = self.uboot(interface())
        self.use(domain, FIRST)
        path = self.device(domain, 'nic.xml', interface())
        domain.virsh('detach-device', path)
        self.assertEqual(self.macs(domain), [FIRST])
        self.assertIn('is alive', self.run_uboot(domain, 'ping 10.0.2.2'))
        port = self.port(domain, '//interface[1]')
        self.run_uboot(domain, f'pci write.w {port} {SLOT_STATUS} {BUTTON}')
        self.let_go(domain, '//interface[1]', 'detach-device', path)
        self.events.expect(domain.name, 'removed net0')
        self.assertEqual((self.macs(domain), self.networks(domain)), ([], ''))

    def test_refused(self) -> None:
        """What cannot be had is said, and nothing stays of the attempt."""
        domain = self.uboot(interface())
        path = self.device(domain, 'nic.xml', interface(FIRST).replace(FIRST, '01:00:5e:00:00:01'))
        self.assertIn('multicast', domain.refused('attach-device', path))
        self.assertEqual((self.macs(domain), self.ids(domain)), ([FIRST], ['hostnet0']))
        # On a bus where nothing can come: the back end that was made for it goes again.
        address = "<address type='pci' domain='0' bus='0' slot='9' function='0'/></interface>"
        path = self.device(domain, 'nic.xml', interface(SECOND).replace('</interface>', address))
        self.assertIn('hotplug', domain.refused('attach-device', path))
        self.assertEqual((self.macs(domain), self.ids(domain)), ([FIRST], ['hostnet0']))
        reply = json.loads(domain.virsh('qemu-monitor-command', json.dumps(
            {'execute': 'netdev_del', 'arguments': {'id': 'hostnet0'}})))
        self.assertIn("is in use by 'net0'", reply['error']['desc'])
        self.use(domain, FIRST)


if __name__ == '__main__':
    main()
