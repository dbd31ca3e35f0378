"""A random number generator that comes and goes under libvirt.

SPDX-License-Identifier: GPL-2.0-or-later
"""

from domains import NO_VIDEO, Domain
from harness import main
from uboot import UbootTest

RNG_ID = '0x1044'  # on PCI
RNG = "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"


class RngTest(UbootTest):
    """U-Boot has no driver for it, but sees that it is there."""

    def is_seen(self, domain: Domain) -> bool:
        """Have U-Boot look behind its root ports."""
        self.run_uboot(domain, 'pci enum')
        return RNG_ID in self.run_uboot(domain, 'pci 1') + self.run_uboot(domain, 'pci 2')

    def test_attach_and_detach(self) -> None:
        domain = Domain(self.host, self.connection)
        self.addCleanup(domain.close)
        self.start_uboot(domain, devices=NO_VIDEO)
        self.assertFalse(self.is_seen(domain))
        path = domain.path('rng.xml')
        with open(path, 'w', encoding='ascii') as file:
            file.write(RNG)
        domain.virsh('attach-device', path)
        domain.virsh('detach-device', path)
        self.events.expect(domain.name, 'removed rng0')
        domain.virsh('attach-device', path)
        domain.virsh('reset')
        self.prompt(domain)
        self.assertTrue(self.is_seen(domain))


if __name__ == '__main__':
    main()
