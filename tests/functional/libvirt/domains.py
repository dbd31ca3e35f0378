"""Domains for the tests of libvirt: their XML, their life during a test, and the events they cause.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import itertools
import os
import re
import shutil
import tempfile
import threading
import unittest
from typing import Any, List, Tuple

from harness import TIMEOUT, Stream
from private import Daemon, daemon, libvirt, missing

VIDEO = '''<video><model type='bochs' vram='16384'/>
<address type='pci' domain='0' bus='0' slot='2' function='0'/></video>'''
NO_VIDEO = "<video><model type='none'/></video>"
QEMU_NAMESPACE = 'http://libvirt.org/schemas/domain/qemu/1.0'

# The names that virsh gives to lifecycle events and their details, by number.
LIFECYCLE: List[Tuple[str, List[str]]] = [
    ('defined', ['added', 'updated', 'renamed', 'snapshot']),
    ('undefined', ['removed', 'renamed']),
    ('started', ['booted', 'migrated', 'restored', 'snapshot', 'event wakeup']),
    ('suspended', ['paused', 'migrated', 'I/O error', 'watchdog', 'restored', 'snapshot',
                   'API error']),
    ('resumed', ['unpaused', 'migrated', 'snapshot']),
    ('stopped', ['shutdown', 'destroyed', 'crashed', 'migrated', 'saved', 'failed', 'snapshot']),
    ('shutdown', ['finished', 'guest', 'host']),
    ('pmsuspended', ['memory', 'disk']),
    ('crashed', ['panicked']),
]
GRAPHICS = ['connected', 'initialized', 'disconnected']
NUMBERS = itertools.count(1)


class Events:
    """What libvirt tells about its domains."""

    def __init__(self, connection: Any) -> None:
        self.seen: List[Tuple[str, str]] = []
        self.changed = threading.Condition()
        for kind, take in ((libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, self.take_lifecycle),
                           (libvirt.VIR_DOMAIN_EVENT_ID_REBOOT, self.take_reboot),
                           (libvirt.VIR_DOMAIN_EVENT_ID_GRAPHICS, self.take_graphics),
                           (libvirt.VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED, self.take_removed),
                           (libvirt.VIR_DOMAIN_EVENT_ID_BLOCK_THRESHOLD, self.take_threshold)):
            connection.domainEventRegisterAny(None, kind, take, None)

    def add(self, domain: Any, what: str) -> None:
        """Take note of an event."""
        with self.changed:
            self.seen.append((domain.name(), what))
            self.changed.notify_all()

    def take_lifecycle(self, _: Any, domain: Any, event: int, detail: int, __: Any) -> None:
        name, details = LIFECYCLE[event]
        self.add(domain, f'{name} {details[detail]}')

    def take_reboot(self, _: Any, domain: Any, __: Any) -> None:
        self.add(domain, 'reboot')

    def take_graphics(self, _: Any, domain: Any, phase: int, *__: Any) -> None:
        self.add(domain, f'graphics {GRAPHICS[phase]}')

    def take_removed(self, _: Any, domain: Any, device: str, __: Any) -> None:
        self.add(domain, f'removed {device}')

    def take_threshold(self, _: Any, domain: Any, disk: str, __: Any, threshold: int, excess: int,
                       ___: Any) -> None:
        self.add(domain, f'threshold {disk} {threshold} {excess}')

    def of(self, name: str) -> List[str]:
        """Return the events of a domain."""
        return [what for domain, what in self.seen if domain == name]

    def expect(self, name: str, *wanted: str) -> None:
        """Wait until a domain has had these events and no others, in this order; forget them."""
        with self.changed:
            self.changed.wait_for(lambda: len(self.of(name)) >= len(wanted), TIMEOUT)
            assert self.of(name) == list(wanted), f'{self.of(name)} instead of {list(wanted)}'
            self.seen = [event for event in self.seen if event[0] != name]


class Domain:
    """A domain with a serial port on a UNIX socket, unless the XML says otherwise."""

    def __init__(self, host: Daemon, connection: Any) -> None:
        self.host = host
        self.connection = connection
        self.name = f'guest{next(NUMBERS)}'
        self.dir = tempfile.mkdtemp(dir=host.dir)
        host.give_away(self.dir)

    def path(self, name: str) -> str:
        """Return a path in the domain's directory."""
        return os.path.join(self.dir, name)

    def image(self, name: str, size: int = 1 << 20) -> str:
        """Make an image whose sectors are full of their numbers."""
        path = self.path(name)
        with open(path, 'wb') as file:
            for i in range(size // 512):
                file.write(bytes([i % 256]) * 512)
        self.host.give_away(path)
        return path

    def xml(self, devices: str = VIDEO, kernel: str = '', append: str = '640x480 static',
            serial: str = '', memory: int = 64, options: Tuple[str, ...] = (),
            more: str = '') -> str:
        """Return the description of a domain, by default with the test card."""
        if not serial:
            source = f"<source mode='bind' path='{self.path('serial')}'/>"
            serial = f"<serial type='unix'>{source}</serial>"
        arguments = ''.join(f"<qemu:arg value='{option}'/>" for option in options)
        return f'''<domain type='qemu' xmlns:qemu='{QEMU_NAMESPACE}'>
          <name>{self.name}</name><memory unit='MiB'>{memory}</memory><vcpu>1</vcpu>
          <os><type arch='riscv64' machine='virt'>hvm</type>
            <kernel>{kernel or self.host.testcard}</kernel><cmdline>{append}</cmdline></os>{more}
          <devices><emulator>{self.host.vitrine}</emulator>{devices}{serial}</devices>
          <qemu:commandline>{arguments}</qemu:commandline></domain>'''

    def define(self, **kwargs: Any) -> None:
        """Define the domain from what xml() makes."""
        path = self.path('domain.xml')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(self.xml(**kwargs))
        self.virsh('define', path, name=False)

    def start(self) -> None:
        """Start the domain and listen to its serial port from the first byte on."""
        self.virsh('start', '--paused')
        self.serial = Stream(self.path('serial'))
        self.virsh('resume')

    def virsh(self, verb: str, *args: str, name: bool = True) -> str:
        """Run a verb on the domain; return what virsh printed."""
        result = self.host.run_virsh(verb, *((self.name,) if name else ()), *args)
        if result.returncode != 0:
            raise AssertionError(f'virsh {verb}: {result.stderr}\n{self.host.log()}')
        return result.stdout.strip()

    def refused(self, verb: str, *args: str, name: bool = True) -> str:
        """Run a verb that must fail; return what virsh said."""
        result = self.host.run_virsh(verb, *((self.name,) if name else ()), *args)
        assert result.returncode != 0, f'virsh {verb} does not fail: {result.stdout}'
        return result.stderr

    def shut_down(self, *args: str) -> None:
        """Have the guest's agent, or the power button, end it."""
        result = self.host.run_virsh('shutdown', self.name, *args)
        if result.returncode != 0:
            # libvirt's event thread takes SHUTDOWN, wakes who waits for it, kills the process and
            # sees the channel end, all before who was woken has run. Then virsh says one of these.
            assert re.search('End of file from agent socket|domain is not running',
                             result.stderr), result.stderr

    def handle(self) -> Any:
        """Return the domain for the bindings."""
        return self.connection.lookupByName(self.name)

    def state(self) -> str:
        """Return the state and the reason for it."""
        return self.virsh('domstate', '--reason')

    def type(self, line: str) -> None:
        """Have the test card do something."""
        self.serial.send(f'{line}\n')

    def close(self) -> None:
        """Destroy and forget the domain."""
        if hasattr(self, 'serial'):
            self.serial.close()
        self.host.run_virsh('destroy', self.name)
        self.host.run_virsh('undefine', self.name)
        shutil.rmtree(self.dir, ignore_errors=True)


@unittest.skipIf(missing(), missing())
class DomainTest(unittest.TestCase):
    """A test case with a daemon of our own and domains that are gone afterwards."""

    handler = 'file'  # who takes the emulators' output: the same for all cases of a program

    def setUp(self) -> None:
        self.host = daemon(self.handler)
        self.connection = self.connect()
        self.events = Events(self.connection)

    def connect(self) -> Any:
        """Open a connection that lasts until the end of the test."""
        connection = libvirt.open(self.host.uri)
        self.addCleanup(connection.close)
        return connection

    def domain(self, **kwargs: Any) -> Domain:
        """Define a domain."""
        domain = Domain(self.host, self.connection)
        self.addCleanup(domain.close)
        domain.define(**kwargs)
        self.events.expect(domain.name, 'defined added')
        return domain

    def card(self, **kwargs: Any) -> Domain:
        """Start a domain with the test card and wait until it has drawn."""
        domain = self.domain(**kwargs)
        domain.start()
        domain.serial.expect('testcard: ready')
        self.events.expect(domain.name, 'started booted', 'suspended paused', 'resumed unpaused')
        return domain
