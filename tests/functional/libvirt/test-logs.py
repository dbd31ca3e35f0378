"""Serial ports whose output virtlogd keeps: it opens the files, we write into what it passes.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import time
import unittest

from domains import Domain, DomainTest
from harness import TIMEOUT, Stream, main
from private import VIRTLOGD


@unittest.skipUnless(VIRTLOGD, 'virtlogd is not installed')
class LogTest(DomainTest):
    """Domains under a libvirtd with a virtlogd."""

    handler = 'logd'

    def guest(self, serial: str, name: str = 'serial.log') -> Domain:
        """Define a domain with a serial port; {log} in the XML is the path of a file."""
        domain = Domain(self.host, self.connection)
        self.addCleanup(domain.close)
        self.log = domain.path(name)
        domain.define(serial=serial.format(log=self.log, dir=domain.dir))
        return domain

    def read(self) -> str:
        """Return what is in the log."""
        if not os.path.exists(self.log):
            return ''
        with open(self.log, encoding='utf-8', errors='replace', newline='') as file:
            return file.read()

    def expect(self, text: str, count: int = 1) -> str:
        """Wait until a text is in the log so many times; return the log."""
        deadline = time.monotonic() + TIMEOUT
        while (log := self.read()).count(text) < count:
            self.assertLess(time.monotonic(), deadline, f'no {text!r} in {log!r}')
            time.sleep(0.02)
        return log

    def argv(self, domain: Domain) -> str:
        """Return the command line of the domain's emulator."""
        with open(f'/proc/{self.host.pid(domain.name)}/cmdline', encoding='utf-8') as file:
            return file.read().replace('\0', ' ')

    def test_file(self) -> None:
        domain = self.guest("<serial type='file'><source path='{log}'/></serial>")
        domain.virsh('start')
        self.assertIn('path=/dev/fdset/', self.argv(domain))
        log = self.expect('testcard: ready 640x480\r\n')
        self.assertIn('OpenSBI', log)
        domain.virsh('reset')
        self.expect('testcard: ready', 2)
        domain.virsh('destroy')
        # What was there is replaced when the domain starts again.
        domain.virsh('start')
        deadline = time.monotonic() + TIMEOUT
        while self.expect('testcard: ready').count('testcard: ready') != 1:
            self.assertLess(time.monotonic(), deadline)

    def test_file_is_continued(self) -> None:
        serial = "<serial type='file'><source path='{log}' append='on'/></serial>"
        domain = self.guest(serial)
        for count in (1, 2):
            domain.virsh('start')
            self.expect('testcard: ready', count)
            domain.virsh('destroy')

    def test_socket_with_log(self) -> None:
        """What the guest prints is in the log, whether or not somebody listens."""
        domain = self.guest("""<serial type='unix'><source mode='bind' path='{dir}/serial'/>
          <log file='{log}' append='off'/></serial>""")
        domain.virsh('start')
        self.assertIn('logfile=/dev/fdset/', self.argv(domain))
        self.expect('testcard: ready 640x480\r\n')
        serial = Stream(domain.path('serial'))
        self.addCleanup(serial.close)
        serial.send('fill 112233\n')
        serial.expect('ok: fill 112233')
        self.expect('ok: fill 112233')

    def test_pty_with_log(self) -> None:
        domain = self.guest("<serial type='pty'><log file='{log}' append='on'/></serial>")
        domain.virsh('start')
        self.assertIn('logfile=/dev/fdset/', self.argv(domain))
        self.expect('testcard: ready 640x480')
        terminal = os.open(domain.virsh('ttyconsole'), os.O_RDWR | os.O_NOCTTY)
        self.addCleanup(os.close, terminal)
        os.write(terminal, b'fill 445566\n')
        self.expect('ok: fill 445566')

    def test_our_own_output(self) -> None:
        """What we complain about goes through virtlogd to libvirt and to its user."""
        domain = self.domain(options=('-device', 'no-such-device'))
        self.assertIn('no-such-device', domain.refused('start'))

    def test_restart_of_libvirtd(self) -> None:
        """The log goes on without libvirtd, which has passed it on."""
        domain = self.guest("<serial type='pty'><log file='{log}' append='on'/></serial>")
        domain.virsh('start')
        terminal = os.open(domain.virsh('ttyconsole'), os.O_RDWR | os.O_NOCTTY)
        self.addCleanup(os.close, terminal)
        self.expect('testcard: ready')
        self.host.stop()
        os.write(terminal, b'fill 010203\n')
        self.expect('ok: fill 010203')
        self.host.start()
        self.setUp()
        self.assertEqual(domain.virsh('domstate'), 'running')
        os.write(terminal, b'fill 040506\n')
        self.expect('ok: fill 040506')


if __name__ == '__main__':
    main()
