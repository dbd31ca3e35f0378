"""Screens, keyboards and consoles of domains under libvirt.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import pty
import select
import subprocess
import time
import unittest
import xml.etree.ElementTree as ElementTree

from domains import NO_VIDEO, VIDEO, Domain, DomainTest
from harness import TIMEOUT, main
from pictures import Picture, pixel, read_png
from rfb import Refused, Viewer

try:
    import cryptography.hazmat.primitives.ciphers as ciphers
except ImportError:
    HAVE_DES = False
else:
    HAVE_DES = bool(ciphers)

KEYBOARD = "<input type='keyboard' bus='virtio'/>"
TABLET = "<input type='tablet' bus='virtio'/>"
CONSOLE = "<serial type='pty'/>"


def screenshot(domain: Domain) -> Picture:
    """Return the picture that virsh takes."""
    path = domain.path('screenshot.png')
    domain.virsh('screenshot', path)
    return read_png(path)


class ScreenshotTest(DomainTest):
    """Pictures taken with virsh."""

    def test_every_pixel(self) -> None:
        domain = self.card()
        domain.type('fill 336699')
        domain.serial.expect('ok: fill')
        domain.type('rect 100 200 30 4 ff8000')
        domain.serial.expect('ok: rect')
        width, height, pixels = screenshot(domain)
        self.assertEqual((width, height), (640, 480))
        expected = bytearray(bytes.fromhex('336699') * (640 * 480))
        for row in range(200, 204):
            at = (row * 640 + 100) * 3
            expected[at:at + 90] = bytes.fromhex('ff8000') * 30
        self.assertTrue(pixels == bytes(expected), 'the picture is not what the guest drew')

    def test_new_size(self) -> None:
        domain = self.card()
        domain.type('mode 800x600')
        domain.serial.expect('ok: mode')
        self.assertEqual(screenshot(domain)[:2], (800, 600))

    def test_while_paused(self) -> None:
        domain = self.card()
        domain.type('fill 010203')
        domain.serial.expect('ok: fill')
        domain.virsh('suspend')
        self.assertEqual(pixel(screenshot(domain), 639, 479), (1, 2, 3))

    def test_behind_root_port(self) -> None:
        """Without an address in the XML the display is behind a root port."""
        domain = self.card(devices="<video><model type='bochs'/></video>", append='800x600 static')
        self.assertNotIn("bus='0x00'", domain.virsh('dumpxml', '--xpath', '//video/address'))
        domain.type('fill 1188ee')
        domain.serial.expect('ok: fill')
        width, height, pixels = screenshot(domain)
        self.assertEqual((width, height), (800, 600))
        self.assertTrue(pixels == bytes.fromhex('1188ee') * (800 * 600), 'not what the guest drew')

    def test_no_screen(self) -> None:
        domain = self.domain(devices=NO_VIDEO)
        domain.virsh('start')
        self.assertIn('screen', domain.refused('screenshot', domain.path('none')).lower())


class VncTest(DomainTest):
    """What a viewer sees."""

    def screen(self, password: str = '') -> Domain:
        """Start a domain with a VNC server on a UNIX socket."""
        domain = Domain(self.host, self.connection)
        self.addCleanup(domain.close)
        word = f" passwd='{password}'" if password else ''
        domain.define(devices=f"{VIDEO}<graphics type='vnc' socket='{domain.path('vnc')}'{word}/>")
        domain.start()
        domain.serial.expect('testcard: ready')
        self.events.expect(domain.name, 'defined added', 'started booted', 'suspended paused',
                           'resumed unpaused')
        return domain

    def viewer(self, domain: Domain) -> Viewer:
        """Connect to the server, without a handshake."""
        viewer = Viewer(domain.path('vnc'), TIMEOUT)
        self.addCleanup(viewer.close)
        return viewer

    def test_picture(self) -> None:
        domain = self.screen()
        viewer = self.viewer(domain)
        viewer.start()
        viewer.refresh()
        self.assertTrue(viewer.picture() == screenshot(domain), 'the pictures differ')
        self.events.expect(domain.name, 'graphics connected', 'graphics initialized')
        viewer.close()
        self.events.expect(domain.name, 'graphics disconnected')

    @unittest.skipUnless(HAVE_DES, 'the Debian package python3-cryptography is not installed')
    def test_password(self) -> None:
        domain = self.screen('secret')
        viewer = self.viewer(domain)
        viewer.start('secret')
        with self.assertRaises(Refused):
            self.viewer(domain).start('wrong')
        graphics = f"<graphics type='vnc' socket='{domain.path('vnc')}' passwd='other'/>"
        path = domain.path('graphics.xml')
        with open(path, 'w', encoding='ascii') as file:
            file.write(graphics)
        domain.virsh('update-device', path)
        with self.assertRaises(Refused):
            self.viewer(domain).start('secret')
        self.viewer(domain).start('other')

    def test_on_tcp(self) -> None:
        domain = self.domain(devices=f"{VIDEO}<graphics type='vnc' port='-1' listen='127.0.0.1'/>")
        domain.start()
        domain.serial.expect('testcard: ready')
        host, display = domain.virsh('vncdisplay').split(':')
        viewer = Viewer((host, 5900 + int(display)), TIMEOUT)
        self.addCleanup(viewer.close)
        viewer.start()
        viewer.refresh()
        self.assertTrue(viewer.picture() == screenshot(domain), 'the pictures differ')


class KeyboardTest(DomainTest):
    """Keys typed with virsh."""

    def test_no_keyboard(self) -> None:
        domain = self.card()
        self.assertIn('Input handler not found for event type key',
                      domain.refused('send-key', 'KEY_A'))

    def test_keyboard(self) -> None:
        domain = self.card(devices=VIDEO + KEYBOARD + TABLET)
        domain.virsh('send-key', 'KEY_LEFTCTRL', 'KEY_LEFTALT', 'KEY_DELETE')
        domain.virsh('send-key', '--holdtime', '10', 'KEY_A')
        domain.virsh('suspend')
        self.assertIn('VM not running', domain.refused('send-key', 'KEY_A'))


class ConsoleTest(DomainTest):
    """A serial port on a pty."""

    def expect(self, terminal: int, text: str) -> None:
        """Wait until a text has come."""
        seen, deadline = b'', time.monotonic() + TIMEOUT
        while text.encode() not in seen:
            ready, _, _ = select.select([terminal], [], [], max(0, deadline - time.monotonic()))
            self.assertTrue(ready, f'no {text!r}; seen: {seen!r}')
            seen += os.read(terminal, 4096)

    def started(self) -> Domain:
        """Start a domain with a console."""
        domain = self.domain(serial=CONSOLE)
        domain.virsh('start', '--paused')
        return domain

    def test_pty(self) -> None:
        domain = self.started()
        source = ElementTree.fromstring(domain.virsh('dumpxml')).find('devices/serial/source')
        assert source is not None
        self.assertEqual(domain.virsh('ttyconsole'), source.get('path'))
        terminal = os.open(source.attrib['path'], os.O_RDWR | os.O_NOCTTY)
        self.addCleanup(os.close, terminal)
        domain.virsh('resume')
        self.expect(terminal, 'testcard: ready 640x480')
        os.write(terminal, b'fill 445566\n')
        self.expect(terminal, 'ok: fill 445566')
        self.assertEqual(pixel(screenshot(domain), 5, 5), (0x44, 0x55, 0x66))

    def test_virsh_console(self) -> None:
        domain = self.started()
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        command = ['setsid', '--ctty', self.host.virsh, '-c', self.host.uri, 'console', domain.name]
        with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs) as process:
            os.close(theirs)
            self.expect(ours, 'Escape character is')
            domain.virsh('resume')
            self.expect(ours, 'testcard: ready')
            os.write(ours, b'fill 778899\n')
            self.expect(ours, 'ok: fill 778899')
            os.write(ours, b'\x1d')
            self.assertEqual(process.wait(TIMEOUT), 0)

    def test_file(self) -> None:
        domain = Domain(self.host, self.connection)
        self.addCleanup(domain.close)
        path = domain.image('serial.log', 0)
        domain.define(serial=f"<serial type='file'><source path='{path}' append='on'/></serial>")
        domain.virsh('start')
        deadline = time.monotonic() + TIMEOUT
        while b'testcard: ready' not in open(path, 'rb').read():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)


if __name__ == '__main__':
    main()
