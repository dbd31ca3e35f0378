"""The life of a domain under libvirt, from its definition to its end, and the events on the way.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import os
import select
import signal
from typing import Any, List, Tuple

from domains import NO_VIDEO, Domain, DomainTest
from harness import TIMEOUT, UBOOT_MMODE, main
from pictures import read_png

EXAMPLE = os.path.join(os.path.dirname(__file__), '../../../docs/system/vitrine-domain.xml')


class LifeTest(DomainTest):
    """Verbs that people use daily."""

    def test_define_and_start(self) -> None:
        domain = self.domain()
        self.assertEqual(domain.state(), 'shut off (unknown)')
        domain.start()
        domain.serial.expect('testcard: ready 640x480')
        self.assertEqual(domain.state(), 'running (unpaused)')

    def test_started_running(self) -> None:
        domain = self.domain()
        domain.virsh('start')
        self.events.expect(domain.name, 'resumed unpaused', 'started booted')
        self.assertEqual(domain.state(), 'running (booted)')
        domain.virsh('destroy')
        self.assertEqual(domain.state(), 'shut off (destroyed)')
        self.events.expect(domain.name, 'shutdown host', 'stopped destroyed')

    def test_own_firmware(self) -> None:
        """A loader instead of the default firmware: U-Boot that runs in M-mode."""
        domain = Domain(self.host, self.connection)
        self.addCleanup(domain.close)
        xml = domain.xml(devices=NO_VIDEO, memory=256)
        begin, end = xml.index('<kernel>'), xml.index('</os>')
        path = domain.path('firmware.xml')
        with open(path, 'w', encoding='ascii') as file:
            file.write(f"{xml[:begin]}<loader type='rom'>{UBOOT_MMODE}</loader>{xml[end:]}")
        domain.virsh('define', path, name=False)
        domain.start()
        self.assertIn('U-Boot 20', domain.serial.expect('Hit any key to stop autoboot'))

    def test_suspend_and_resume(self) -> None:
        domain = self.card()
        domain.virsh('suspend')
        self.assertEqual(domain.state(), 'paused (user)')
        domain.type('fill 00ff00')
        with self.assertRaises(AssertionError):
            domain.serial.expect('ok:', timeout=0.3)
        domain.virsh('resume')
        domain.serial.expect('ok: fill 00ff00')
        self.assertEqual(domain.state(), 'running (unpaused)')
        self.events.expect(domain.name, 'suspended paused', 'resumed unpaused')

    def test_reset(self) -> None:
        domain = self.card()
        domain.virsh('reset')
        domain.serial.expect('testcard: ready')
        self.events.expect(domain.name, 'reboot')
        self.assertEqual(domain.state(), 'running (unpaused)')

    def test_guest_power_off(self) -> None:
        domain = self.card()
        domain.type('poweroff')
        self.events.expect(domain.name, 'shutdown guest', 'stopped shutdown')
        self.assertEqual(domain.state(), 'shut off (shutdown)')

    def test_guest_reboot(self) -> None:
        domain = self.card()
        pid = self.host.pid(domain.name)
        domain.type('reboot')
        domain.serial.expect('testcard: ready')
        self.events.expect(domain.name, 'reboot')
        self.assertEqual(self.host.pid(domain.name), pid)
        self.assertEqual(domain.state(), 'running (unpaused)')

    def test_guest_reboot_ends_domain(self) -> None:
        domain = self.card(more='<on_reboot>destroy</on_reboot>')
        domain.type('reboot')
        self.events.expect(domain.name, 'shutdown guest', 'stopped shutdown')
        self.assertEqual(domain.state(), 'shut off (shutdown)')

    def test_guest_power_off_restarts_domain(self) -> None:
        domain = self.card(more='<on_poweroff>restart</on_poweroff>')
        pid = self.host.pid(domain.name)
        domain.type('poweroff')
        domain.serial.expect('testcard: ready')
        self.assertEqual(self.host.pid(domain.name), pid)
        self.assertEqual(domain.virsh('domstate'), 'running')

    def test_destroy_gracefully_while_paused(self) -> None:
        domain = self.card()
        domain.virsh('suspend')
        domain.virsh('destroy', '--graceful')
        self.events.expect(domain.name, 'suspended paused', 'shutdown host', 'stopped destroyed')
        self.assertEqual(domain.state(), 'shut off (destroyed)')

    def test_ended_from_outside(self) -> None:
        domain = self.card()
        os.kill(self.host.pid(domain.name), signal.SIGTERM)
        self.events.expect(domain.name, 'shutdown host', 'stopped shutdown')
        self.assertEqual(domain.state(), 'shut off (shutdown)')

    def test_crash(self) -> None:
        domain = self.card()
        os.kill(self.host.pid(domain.name), signal.SIGKILL)
        self.events.expect(domain.name, 'stopped failed')
        self.assertEqual(domain.state(), 'shut off (crashed)')
        domain.virsh('start')
        self.assertEqual(domain.virsh('domstate'), 'running')

    def test_two_domains(self) -> None:
        first, second = self.card(), self.card(append='800x600 static')
        first.virsh('suspend')
        second.type('fill 112233')
        second.serial.expect('ok: fill 112233')
        self.assertEqual((first.state(), second.state()), ('paused (user)', 'running (unpaused)'))
        first.virsh('destroy')
        self.assertEqual(second.state(), 'running (unpaused)')
        self.assertNotEqual(first.name, second.name)


class ExampleTest(DomainTest):
    """The domain that the manual shows."""

    def test_example(self) -> None:
        domain = Domain(self.host, self.connection)
        self.addCleanup(domain.close)
        with open(EXAMPLE, encoding='utf-8') as file:
            xml = file.read()
        for name, value in (('/usr/local/share/vitrine/testcard.bin', self.host.testcard),
                            ('/usr/local/bin/vitrine', self.host.vitrine),
                            ('<name>vitrine<', f'<name>{domain.name}<')):
            self.assertIn(name, xml)
            xml = xml.replace(name, value)
        path = domain.path('example.xml')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(xml)
        domain.virsh('define', path, name=False)
        domain.virsh('start', '--paused')
        terminal = os.open(domain.virsh('ttyconsole'), os.O_RDWR | os.O_NOCTTY)
        with os.fdopen(terminal, 'rb', buffering=0) as console:
            domain.virsh('resume')
            self.expect(console, 'testcard: ready 640x480')
            domain.virsh('send-key', 'KEY_DELETE')
            self.expect(console, ' 1 111 0')
            domain.virsh('screenshot', domain.path('picture.png'))
            self.assertEqual(read_png(domain.path('picture.png'))[:2], (640, 480))
            domain.virsh('qemu-agent-command', '{"execute": "guest-ping"}')
            domain.shut_down()
        self.events.expect(domain.name, 'defined added', 'started booted', 'suspended paused',
                           'resumed unpaused', 'shutdown guest', 'stopped shutdown')

    def expect(self, console: Any, text: str) -> None:
        """Wait until a text has come at the console."""
        seen = b''
        while text.encode() not in seen:
            ready, _, _ = select.select([console], [], [], TIMEOUT)
            self.assertTrue(ready, f'no {text!r} in {seen!r}')
            seen += console.read(4096)


class MonitorTest(DomainTest):
    """Commands and events of the monitor, passed on."""

    def execute(self, domain: Any, command: str) -> Any:
        """Run a QMP command; return the reply."""
        return json.loads(domain.virsh('qemu-monitor-command', json.dumps({'execute': command})))

    def test_qmp(self) -> None:
        domain = self.card()
        self.assertEqual(self.execute(domain, 'query-name')['return'], {'name': domain.name})
        self.assertEqual(self.execute(domain, 'query-uuid')['return'],
                         {'UUID': domain.handle().UUIDString()})
        error = self.execute(domain, 'no-such')['error']
        self.assertEqual(error['class'], 'CommandNotFound')

    def test_hmp(self) -> None:
        domain = self.card()
        self.assertEqual(domain.virsh('qemu-monitor-command', '--hmp', 'info status'),
                         'VM status: running')
        self.assertIn("unknown command: 'nonsense'",
                      domain.virsh('qemu-monitor-command', '--hmp', 'nonsense'))

    def test_stop_and_cont_by_others(self) -> None:
        domain = self.card()
        domain.virsh('qemu-monitor-command', '--hmp', 'stop')
        self.events.expect(domain.name, 'suspended paused')
        self.assertEqual(domain.state(), 'paused (unknown)')
        self.execute(domain, 'cont')
        self.events.expect(domain.name, 'resumed unpaused')

    def test_quit_at_monitor(self) -> None:
        domain = self.card()
        domain.host.run_virsh('qemu-monitor-command', domain.name, '--hmp', 'quit')
        self.events.expect(domain.name, 'shutdown host', 'stopped shutdown')
        self.assertEqual(domain.state(), 'shut off (shutdown)')


class RefusedTest(DomainTest):
    """Descriptions that cannot become a machine: what we say reaches the person who wrote them."""

    def test_bad_descriptions(self) -> None:
        cases: List[Tuple[Any, str]] = [
            ({'options': ('-device', 'no-such-device')}, 'no-such-device'),
            ({'options': ('-no-such-option',)}, 'no-such-option'),
            ({'kernel': '/no/such/kernel'}, '/no/such/kernel'),
            ({'options': ('-device', 'virtio-blk-pci,drive=absent')}, 'absent'),
        ]
        for description, message in cases:
            with self.subTest(message):
                domain = self.domain(**description)
                text = domain.refused('start')
                self.assertIn(message, text)
                self.assertEqual(domain.virsh('domstate'), 'shut off')


if __name__ == '__main__':
    main()
