"""Keys and pointers that arrive: typed with virsh or at a VNC viewer, told by the guest.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import re
import shutil
import subprocess
import time
import unittest
from typing import List, Tuple

from domains import VIDEO, Domain, DomainTest
from harness import TIMEOUT, main
from pictures import Picture, pixel, read_png
from rfb import Viewer

GVNCCAPTURE = shutil.which('gvnccapture')
KEYBOARD_SLOT, TABLET_SLOT = 3, 4
ADDRESS = "<address type='pci' domain='0' bus='0' slot='{}' function='0'/>"
KEYBOARD = f"<input type='keyboard' bus='virtio'>{ADDRESS.format(KEYBOARD_SLOT)}</input>"
TABLET = f"<input type='tablet' bus='virtio'>{ADDRESS.format(TABLET_SLOT)}</input>"

# Of evdev.
EV_KEY, EV_ABS = 1, 3
KEYS = {'esc': 1, 'enter': 28, 'ctrl': 29, 'a': 30, 's': 31, 'd': 32, 'shift': 42, 'alt': 56,
        'f1': 59, 'delete': 111, 'right': 106, 'power': 116, 'meta': 125}
BTN_LEFT, BTN_RIGHT = 0x110, 0x111

Event = Tuple[int, int, int, int]


def press(*names: str) -> List[Event]:
    """Return what the guest sees of keys that are pressed together and let go."""
    downs = [(KEYBOARD_SLOT, EV_KEY, KEYS[name], 1) for name in names]
    return downs + [(*down[:3], 0) for down in reversed(downs)]


class GuestTest(DomainTest):
    """A guest that tells its input."""

    def guest(self, more: str = '') -> Domain:
        """Start it."""
        return self.card(devices=VIDEO + KEYBOARD + TABLET + more, append='640x480 static input')

    def expect(self, domain: Domain, events: List[Event]) -> None:
        """Wait until the guest has told these events; it may have told no others before."""
        seen: List[Event] = []
        while len(seen) < len(events):
            line = domain.serial.expect('\r\n')
            found = re.fullmatch(r'input: (\d+) (\d+) (\d+) (\d+)\r\n', line)
            if found:
                slot, kind, code, value = map(int, found.groups())
                seen.append((slot, kind, code, value))
        self.assertEqual(seen, events)

    def expect_no_more(self, domain: Domain) -> None:
        """See to it that the guest has nothing more to tell before it obeys the next command."""
        domain.type('fill 123456')
        self.assertNotIn('input:', domain.serial.expect('ok: fill 123456\r\n'))


class SendKeyTest(GuestTest):
    """virsh send-key."""

    def test_combination(self) -> None:
        domain = self.guest()
        domain.virsh('send-key', 'KEY_LEFTCTRL', 'KEY_LEFTALT', 'KEY_DELETE')
        self.expect(domain, press('ctrl', 'alt', 'delete'))
        self.expect_no_more(domain)

    def test_one_after_the_other(self) -> None:
        """Each is down and up before the next."""
        domain = self.guest()
        for name in ('a', 's', 'd', 'enter', 'right', 'f1', 'meta', 'power'):
            full = 'KEY_LEFTMETA' if name == 'meta' else f'KEY_{name.upper()}'
            domain.virsh('send-key', '--holdtime', '1', full)
        for name in ('a', 's', 'd', 'enter', 'right', 'f1', 'meta', 'power'):
            self.expect(domain, press(name))
        self.expect_no_more(domain)

    def test_sets_of_codes(self) -> None:
        """One key by the numbers of several worlds: libvirt translates, the guest sees one."""
        domain = self.guest()
        for codeset, code in (('linux', '1'), ('xt', '1'), ('atset1', '1'), ('atset2', '118'),
                              ('usb', '41'), ('win32', '0x1b'), ('qnum', '1')):
            domain.virsh('send-key', '--holdtime', '1', '--codeset', codeset, code)
            self.expect(domain, press('esc'))
        self.expect_no_more(domain)

    def test_hold_time(self) -> None:
        domain = self.guest()
        start = time.monotonic()
        domain.virsh('send-key', '--holdtime', '700', 'KEY_A')
        self.expect(domain, press('a')[:1])
        self.expect(domain, press('a')[1:])
        self.assertGreaterEqual(time.monotonic() - start, 0.7)

    def test_typed_while_paused(self) -> None:
        domain = self.guest()
        domain.virsh('suspend')
        self.assertIn('VM not running', domain.refused('send-key', 'KEY_A'))
        domain.virsh('resume')
        domain.virsh('send-key', 'KEY_S')
        self.expect(domain, press('s'))

    def test_after_reset(self) -> None:
        """What the guest had of the keyboard goes with a reset; it starts anew with it."""
        domain = self.guest()
        domain.virsh('send-key', 'KEY_A')
        self.expect(domain, press('a'))
        domain.virsh('reset')
        domain.serial.expect('testcard: ready')
        domain.virsh('send-key', 'KEY_D')
        self.expect(domain, press('d'))
        self.expect_no_more(domain)


class AttachTest(GuestTest):
    """A keyboard that comes and goes."""

    def test_attach_and_detach(self) -> None:
        domain = self.card(devices=VIDEO + TABLET, append='640x480 static input')
        path = domain.path('keyboard.xml')
        with open(path, 'w', encoding='ascii') as file:
            file.write("<input type='keyboard' bus='virtio'/>")
        for _ in range(2):
            self.assertIn('Input handler not found', domain.refused('send-key', 'KEY_A'))
            domain.virsh('attach-device', path)
            domain.virsh('detach-device', path)
            self.events.expect(domain.name, 'removed input1')
        domain.virsh('attach-device', path)
        domain.type('look')
        domain.serial.expect('ok: look')
        self.use(domain)
        domain.virsh('reset')
        domain.serial.expect('testcard: ready')
        self.use(domain)

    def use(self, domain: Domain) -> None:
        """Type; the guest is to see it."""
        domain.virsh('send-key', 'KEY_A')
        address = domain.virsh('dumpxml', '--xpath', "//input[@type='keyboard']/address/@bus")
        number = 32 * int(address.split('"')[1], 16)
        self.expect(domain, [(number, EV_KEY, KEYS['a'], down) for down in (1, 0)])


class VncTest(GuestTest):
    """VNC viewers at libvirt's domain."""

    def screen(self) -> Domain:
        """Start the guest with a VNC server whose port libvirt chooses."""
        return self.guest("<graphics type='vnc' port='-1' listen='127.0.0.1'/>")

    def display(self, domain: Domain) -> Tuple[str, int]:
        """Return where libvirt says that the server is."""
        host, number = domain.virsh('vncdisplay').split(':')
        return host, 5900 + int(number)

    def viewer(self, domain: Domain) -> Viewer:
        """Connect a viewer."""
        viewer = Viewer(self.display(domain), TIMEOUT)
        self.addCleanup(viewer.close)
        viewer.start()
        return viewer

    def test_typing(self) -> None:
        domain = self.screen()
        viewer = self.viewer(domain)
        for keysym, name in ((ord('a'), 'a'), (0xff0d, 'enter'), (0xffff, 'delete'),
                             (0xff53, 'right'), (0xffbe, 'f1'), (0xffe3, 'ctrl')):
            viewer.key(keysym, True)
            self.expect(domain, press(name)[:1])
            viewer.key(keysym, False)
            self.expect(domain, press(name)[1:])
        for keysym in (0xffe1, ord('S')):
            viewer.key(keysym, True)
        for keysym in (ord('S'), 0xffe1):
            viewer.key(keysym, False)
        self.expect(domain, press('shift', 's'))
        self.expect_no_more(domain)

    def test_let_go_when_gone(self) -> None:
        """A viewer that vanishes does not leave keys down, and takes no one else's typing along."""
        domain = self.screen()
        viewer = self.viewer(domain)
        viewer.key(0xffe3, True)
        self.expect(domain, press('ctrl')[:1])
        viewer.close()
        self.expect(domain, press('ctrl')[1:])
        domain.virsh('send-key', 'KEY_A')
        self.expect(domain, press('a'))

    def test_pointing(self) -> None:
        domain = self.screen()
        viewer = self.viewer(domain)
        viewer.pointer(0, 639, 240)
        [(_, _, _, right), (_, _, _, middle)] = self.positions(domain, 2)
        self.assertEqual(right, 32767)
        self.assertAlmostEqual(middle, 16384, delta=64)
        viewer.pointer(1, 639, 240)
        self.expect_button(domain, BTN_LEFT, 1)
        viewer.pointer(4, 639, 240)
        self.expect_button(domain, BTN_LEFT, 0)
        self.expect_button(domain, BTN_RIGHT, 1)

    def next_input(self, domain: Domain) -> Event:
        """Return the next event that the guest tells."""
        domain.serial.expect('input: ')
        slot, kind, code, value = map(int, domain.serial.expect('\r\n').split())
        return slot, kind, code, value

    def positions(self, domain: Domain, count: int) -> List[Event]:
        """Return movements of the tablet: X, then Y."""
        events = [self.next_input(domain) for _ in range(count)]
        self.assertEqual([event[:3] for event in events],
                         [(TABLET_SLOT, EV_ABS, axis) for axis in range(count)])
        return events

    def expect_button(self, domain: Domain, button: int, down: int) -> None:
        """Wait for a button of the tablet, with or without a movement to where it is before."""
        event = self.next_input(domain)
        while event[1] == EV_ABS:
            event = self.next_input(domain)
        self.assertEqual(event, (TABLET_SLOT, EV_KEY, button, down))

    def screenshot(self, domain: Domain) -> Picture:
        """Return the picture that virsh takes."""
        path = domain.path('screenshot.png')
        domain.virsh('screenshot', path)
        return read_png(path)

    def test_drawn_when_typed(self) -> None:
        """A viewer sees what comes of its typing."""
        domain = self.screen()
        viewer = self.viewer(domain)
        viewer.refresh()
        self.assertTrue(viewer.picture() == self.screenshot(domain), 'the pictures differ')
        viewer.key(ord('a'), True)
        viewer.key(ord('a'), False)
        self.expect(domain, press('a'))
        domain.type('fill 2288cc')
        domain.serial.expect('ok: fill')
        viewer.request(incremental=True)
        while not viewer.update():
            viewer.request(incremental=True)
        self.assertEqual(pixel(viewer.picture(), 320, 240), (0x22, 0x88, 0xcc))

    @unittest.skipUnless(GVNCCAPTURE, 'the Debian package gvncviewer is not installed')
    def test_gvnccapture(self) -> None:
        """A viewer that is not ours."""
        assert GVNCCAPTURE
        domain = self.screen()
        domain.type('rect 40 50 60 70 ff8000')
        domain.serial.expect('ok: rect')
        host, port = self.display(domain)
        path = domain.path('captured.png')
        subprocess.run([GVNCCAPTURE, '-q', f'{host}:{port - 5900}', path], check=True,
                       timeout=TIMEOUT, env={**os.environ, 'HOME': domain.dir})
        captured = read_png(path)
        self.assertEqual(pixel(captured, 99, 119), (0xff, 0x80, 0x00))
        self.assertTrue(captured == self.screenshot(domain), 'the pictures differ')


if __name__ == '__main__':
    main()
