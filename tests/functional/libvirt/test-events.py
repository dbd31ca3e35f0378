"""What the monitor tells in the course of a life, in which order, and what libvirt makes of it.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import importlib
import json
import os
import signal
import threading
from typing import Any, List, Tuple

from domains import Domain, DomainTest
from harness import TIMEOUT, main


def told(name: str, **data: Any) -> Tuple[str, Any]:
    """Return an event of the monitor."""
    return name, data


STOP, RESUME, POWERDOWN = told('STOP'), told('RESUME'), told('POWERDOWN')


def shutdown(reason: str, guest: bool) -> Tuple[str, Any]:
    """Return the event of an end."""
    return told('SHUTDOWN', guest=guest, reason=reason)


KILLED = shutdown('host-signal', False)


def reset(reason: str, guest: bool) -> Tuple[str, Any]:
    """Return the event of a reset."""
    return told('RESET', guest=guest, reason=reason)


class EventTest(DomainTest):
    """Both kinds of events of each domain, in order: the monitor's, and libvirt's of them."""

    def setUp(self) -> None:
        super().setUp()
        self.raw: List[Tuple[str, Tuple[str, Any], float]] = []
        self.changed = threading.Condition()
        module = importlib.import_module('libvirt_qemu')
        number = module.qemuMonitorEventRegister(self.connection, None, None, self.take, None)
        self.addCleanup(module.qemuMonitorEventDeregister, self.connection, number)

    def take(self, _: Any, domain: Any, event: str, seconds: int, micros: int, details: str,
             __: Any) -> None:
        """Take note of an event of the monitor."""
        with self.changed:
            data = json.loads(details) if details else {}
            self.raw.append((domain.name(), (event, data), seconds + micros / 1e6))
            self.changed.notify_all()

    def expect(self, domain: Domain, wanted: List[Tuple[str, Any]], *lifecycle: str) -> None:
        """Wait until the monitor and libvirt have told just this, in this order; forget it."""
        self.events.expect(domain.name, *lifecycle)
        with self.changed:
            self.changed.wait_for(lambda: len(self.of(domain)) >= len(wanted), TIMEOUT)
            seen = self.of(domain)
            if seen[-2:] == [STOP, KILLED]:
                seen.pop()  # libvirt ends a process whose guest is off, and may look away first
            self.assertEqual(seen, wanted)
            times = [when for name, _, when in self.raw if name == domain.name]
            self.assertEqual(times, sorted(times))
            self.raw = [entry for entry in self.raw if entry[0] != domain.name]

    def of(self, domain: Domain) -> List[Tuple[str, Any]]:
        """Return what the monitor has told of a domain."""
        return [event for name, event, _ in self.raw if name == domain.name]

    def started(self, **kwargs: Any) -> Domain:
        """Start a domain with the test card, and see that it has come as it should."""
        domain = self.domain(**kwargs)
        domain.start()
        domain.serial.expect('testcard: ready')
        self.expect(domain, [RESUME], 'started booted', 'suspended paused', 'resumed unpaused')
        return domain

    def test_start(self) -> None:
        domain = self.domain()
        domain.virsh('start')
        self.expect(domain, [RESUME], 'resumed unpaused', 'started booted')

    def test_start_paused(self) -> None:
        domain = self.domain()
        domain.virsh('start', '--paused')
        self.expect(domain, [], 'started booted', 'suspended paused')
        domain.virsh('resume')
        self.expect(domain, [RESUME], 'resumed unpaused')

    def test_suspend_and_resume(self) -> None:
        domain = self.started()
        for _ in range(3):
            domain.virsh('suspend')
            self.expect(domain, [STOP], 'suspended paused')
            domain.virsh('resume')
            self.expect(domain, [RESUME], 'resumed unpaused')

    def test_reset(self) -> None:
        domain = self.started()
        domain.virsh('reset')
        domain.serial.expect('testcard: ready')
        self.expect(domain, [reset('host-qmp-system-reset', False)], 'reboot')
        domain.virsh('suspend')
        domain.virsh('reset')
        self.expect(domain, [STOP, reset('host-qmp-system-reset', False)], 'suspended paused',
                    'reboot')
        self.assertEqual(domain.state(), 'paused (user)')

    def test_guest_resets(self) -> None:
        domain = self.started()
        domain.type('reboot')
        domain.serial.expect('testcard: ready')
        self.expect(domain, [reset('guest-reset', True)], 'reboot')

    def test_guest_powers_off(self) -> None:
        domain = self.started()
        domain.type('poweroff')
        self.expect(domain, [shutdown('guest-shutdown', True), STOP], 'shutdown guest',
                    'stopped shutdown')

    def test_guest_resets_for_the_last_time(self) -> None:
        domain = self.started(more='<on_reboot>destroy</on_reboot>')
        domain.type('reboot')
        self.expect(domain, [shutdown('guest-reset', True), STOP], 'shutdown guest',
                    'stopped shutdown')

    def test_shutdown(self) -> None:
        """libvirt presses the power button, and the guest obeys."""
        domain = self.started()
        domain.virsh('shutdown')
        self.expect(domain, [POWERDOWN, shutdown('guest-shutdown', True), STOP], 'shutdown guest',
                    'stopped shutdown')

    def test_reboot(self) -> None:
        """The guest powers off, and libvirt starts it anew in the same process."""
        domain = self.started()
        pid = self.host.pid(domain.name)
        for _ in range(2):
            domain.virsh('reboot')
            domain.serial.expect('testcard: ready')
            self.expect(domain, [POWERDOWN, shutdown('guest-shutdown', True), STOP,
                                 reset('host-qmp-system-reset', False), RESUME], 'reboot')
        self.assertEqual(self.host.pid(domain.name), pid)

    def test_destroy(self) -> None:
        domain = self.started()
        domain.virsh('destroy')
        self.expect(domain, [KILLED], 'shutdown host', 'stopped destroyed')

    def test_sigterm(self) -> None:
        domain = self.started()
        os.kill(self.host.pid(domain.name), signal.SIGTERM)
        self.expect(domain, [KILLED], 'shutdown host', 'stopped shutdown')

    def test_sigterm_while_paused(self) -> None:
        domain = self.started()
        domain.virsh('suspend')
        self.expect(domain, [STOP], 'suspended paused')
        os.kill(self.host.pid(domain.name), signal.SIGTERM)
        self.expect(domain, [KILLED], 'shutdown host', 'stopped shutdown')

    def test_quit(self) -> None:
        domain = self.started()
        domain.host.run_virsh('qemu-monitor-command', domain.name, '{"execute": "quit"}')
        self.expect(domain, [shutdown('host-qmp-quit', False)], 'shutdown host', 'stopped shutdown')

    def test_sigkill(self) -> None:
        domain = self.started()
        os.kill(self.host.pid(domain.name), signal.SIGKILL)
        self.expect(domain, [], 'stopped failed')
        self.assertEqual(domain.state(), 'shut off (crashed)')

    def test_whole_life(self) -> None:
        """One after the other, and none twice."""
        domain = self.started()
        domain.virsh('suspend')
        domain.virsh('resume')
        domain.virsh('reset')
        domain.serial.expect('testcard: ready')
        domain.type('reboot')
        domain.serial.expect('testcard: ready')
        domain.type('poweroff')
        self.expect(domain, [STOP, RESUME, reset('host-qmp-system-reset', False),
                             reset('guest-reset', True), shutdown('guest-shutdown', True), STOP],
                    'suspended paused', 'resumed unpaused', 'reboot', 'reboot', 'shutdown guest',
                    'stopped shutdown')


if __name__ == '__main__':
    main()
