"""What libvirt makes of the binary, and what becomes of domains when libvirtd comes and goes.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import signal
import xml.etree.ElementTree as ElementTree
from typing import Set

from domains import DomainTest
from harness import TIMEOUT, main
from private import FETCHED, libvirt


class VersionTest(DomainTest):
    """The daemon is the one that was asked for."""

    def test_version(self) -> None:
        version = self.connection.getLibVersion() // 1000000
        self.assertTrue(version > 9 if FETCHED else version >= 9, f'libvirt {version}')


class ProbeTest(DomainTest):
    """What libvirt has learned from a probe."""

    def capabilities(self) -> ElementTree.Element:
        """Return what a domain with our binary can have."""
        return ElementTree.fromstring(self.connection.getDomainCapabilities(
            self.host.vitrine, 'riscv64', 'virt', 'qemu'))

    def values(self, tree: ElementTree.Element, path: str) -> Set[str]:
        """Return the values of an enumeration."""
        return {value.text or '' for value in tree.findall(f'{path}/value')}

    def test_capabilities(self) -> None:
        tree = self.capabilities()
        self.assertEqual(tree.findtext('path'), self.host.vitrine)
        self.assertEqual((tree.findtext('domain'), tree.findtext('machine'), tree.findtext('arch')),
                         ('qemu', 'virt', 'riscv64'))
        self.assertIn('bochs', self.values(tree, "devices/video/enum[@name='modelType']"))
        self.assertIn('vnc', self.values(tree, "devices/graphics/enum[@name='type']"))
        self.assertIn('virtio', self.values(tree, "devices/disk/enum[@name='bus']"))

    def test_not_advertised(self) -> None:
        """What is not there is not promised."""
        models = self.values(self.capabilities(), "devices/video/enum[@name='modelType']")
        self.assertFalse(models & {'qxl', 'cirrus', 'vmvga'})

    def test_unknown_machine(self) -> None:
        with self.assertRaises(libvirt.libvirtError) as caught:
            self.connection.getDomainCapabilities(self.host.vitrine, 'riscv64', 'spike', 'qemu')
        self.assertIn('spike', str(caught.exception))

    def test_default_machine(self) -> None:
        tree = ElementTree.fromstring(self.connection.getDomainCapabilities(
            self.host.vitrine, 'riscv64', None, 'qemu'))
        self.assertEqual(tree.findtext('machine'), 'virt')


class RestartTest(DomainTest):
    """libvirtd ends, by itself or by force, and starts again; domains go on."""

    def restart(self, by: signal.Signals) -> None:
        """Restart the daemon; our connection has ended with it."""
        process = self.host.process
        assert process
        process.send_signal(by)
        process.wait(TIMEOUT)
        self.host.start()

    def test_restart(self) -> None:
        for by in (signal.SIGTERM, signal.SIGKILL):
            with self.subTest(by.name):
                domain = self.card()
                paused = self.card()
                paused.virsh('suspend')
                pid = self.host.pid(domain.name)
                self.restart(by)
                self.setUp()
                self.assertEqual(self.host.pid(domain.name), pid)
                self.assertEqual(domain.virsh('domstate'), 'running')
                self.assertEqual(paused.virsh('domstate'), 'paused')
                domain.type('fill 123456')
                domain.serial.expect('ok: fill 123456')
                domain.virsh('suspend')
                domain.virsh('resume')
                domain.type('poweroff')
                self.events.expect(domain.name, 'suspended paused', 'resumed unpaused',
                                   'shutdown guest', 'stopped shutdown')

    def test_ended_meanwhile(self) -> None:
        domain = self.card()
        self.host.stop()
        os.kill(self.host.pid(domain.name), signal.SIGTERM)
        self.host.start()
        self.assertEqual(domain.virsh('domstate'), 'shut off')


if __name__ == '__main__':
    main()
