"""virt-viewer on a domain: the picture that people see, and the keys they type.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import struct
import unittest
from typing import List

from assembler import A0, A1, BEQ, BNE, LHU, LW, SB, SW, T0, T1, T2, ZERO, Assembler
from domains import VIDEO, Domain, DomainTest
from harness import main
from pictures import Picture, read_png
from xserver import XServer, missing_programs

# Of the guest that listens to the keyboard.
BASE = 0x80200000
RINGS = 0x1000  # from its start on
DESCRIPTORS, AVAIL, USED, EVENTS = 0x000, 0x400, 0x500, 0x710
QUEUE_SIZE, EVENT_SIZE = 64, 8
A2 = 12
READY = 7
# As Linux numbers them.
KEYS = {'a': 30, 'b': 48, 'Return': 28, 'F1': 59, 'Shift_L': 42, 'Left': 105}


def listener() -> bytes:
    """Return the guest: it takes 64 events from a keyboard and sends the number of each key that
    goes down to its serial port, as a byte."""
    asm = Assembler()

    def register(offset: int, value: int, base: int = ZERO) -> None:
        asm.addi(T0, base, value)
        asm.store(SW, T0, offset, A1)

    # auipc a0, 1; lui a1, 0x10008 (virtio); lui a2, 0x10000 (serial port)
    asm.words += [0x00001517, 0x100085b7, 0x10000637]
    register(0x70, 3)
    for select, features in ((0, 0), (1, 1)):
        register(0x24, select)
        register(0x20, features)
    register(0x70, 0xb)
    register(0x30, 0)
    register(0x38, QUEUE_SIZE)
    for number, part in enumerate((DESCRIPTORS, AVAIL, USED)):
        register(0x80 + 0x10 * number, part, A0)
    register(0x44, 1)
    register(0x70, 0xf)
    asm.addi(T1, ZERO, 0)
    asm.addi(T2, A0, EVENTS)
    asm.addi(T0, ZERO, READY)
    asm.store(SB, T0, 0, A2)
    loop = asm.here()
    asm.load(LHU, T0, USED + 2, A0)
    asm.branch(BEQ, T0, T1, loop)
    asm.addi(T1, T1, 1)
    asm.load(LHU, T0, 0, T2)
    asm.addi(T0, T0, -1)
    asm.branch(BNE, T0, ZERO, asm.here() + 24)
    asm.load(LW, T0, 4, T2)
    asm.addi(T0, T0, -1)
    asm.branch(BNE, T0, ZERO, asm.here() + 12)
    asm.load(LHU, T0, 2, T2)
    asm.store(SB, T0, 0, A2)
    asm.addi(T2, T2, EVENT_SIZE)
    asm.branch(BEQ, ZERO, ZERO, loop)
    code = b''.join(word.to_bytes(4, 'little') for word in asm.words)
    return code.ljust(RINGS, b'\0') + memory()


def memory() -> bytes:
    """Return the guest's rings: every descriptor is free for an event."""
    image = bytearray(EVENTS + QUEUE_SIZE * EVENT_SIZE)
    for number in range(QUEUE_SIZE):
        struct.pack_into('<QIHH', image, DESCRIPTORS + 16 * number,
                         BASE + RINGS + EVENTS + EVENT_SIZE * number, EVENT_SIZE, 2, 0)
        struct.pack_into('<H', image, AVAIL + 4 + 2 * number, number)
    struct.pack_into('<H', image, AVAIL + 2, QUEUE_SIZE)
    return bytes(image)


@unittest.skipIf(missing_programs(), missing_programs())
class ViewerTest(DomainTest):
    """A window with the domain's screen."""

    def setUp(self) -> None:
        super().setUp()
        self.screen = XServer()
        self.addCleanup(self.screen.close)

    def graphics(self, domain: Domain) -> str:
        """Return the XML of a screen with a VNC server on a UNIX socket."""
        return f"{VIDEO}<graphics type='vnc' socket='{domain.path('vnc')}'/>"

    def view(self, domain: Domain, *options: str) -> str:
        """Start a viewer; return the id of its window."""
        self.screen.start('virt-viewer', *options, '--connect', self.host.uri, domain.name)
        window = self.screen.wait_window(domain.name)
        # The pointer would be in the picture.
        self.screen.xdotool('mousemove', '1270', '1020')
        return window

    def shown(self, domain: Domain) -> Picture:
        """Return what should be seen."""
        path = domain.path('screenshot.png')
        domain.virsh('screenshot', path)
        return read_png(path)

    def card_with_graphics(self, devices: str = '') -> Domain:
        """Start the test card with a VNC server."""
        domain = Domain(self.host, self.connection)
        self.addCleanup(domain.close)
        domain.define(devices=devices or self.graphics(domain))
        domain.start()
        domain.serial.expect('testcard: ready')
        return domain

    def check_drawing(self, domain: Domain) -> None:
        """Check that what the guest draws comes to the window."""
        self.screen.wait_picture(self.shown(domain))
        for command in ('fill 336699', 'rect 100 200 30 4 ff8000', 'mode 800x600', 'text viewer'):
            domain.type(command)
            domain.serial.expect(f'ok: {command}')
            self.screen.wait_picture(self.shown(domain))

    def test_picture(self) -> None:
        domain = self.card_with_graphics()
        self.view(domain)
        self.check_drawing(domain)

    def test_attached(self) -> None:
        """The viewer asks libvirt for the connection, which makes a pair of sockets."""
        domain = self.card_with_graphics()
        self.view(domain, '--attach')
        self.check_drawing(domain)

    def test_attached_only(self) -> None:
        """A server that listens nowhere."""
        domain = self.card_with_graphics(
            f"{VIDEO}<graphics type='vnc'><listen type='none'/></graphics>")
        self.view(domain, '--attach')
        self.check_drawing(domain)

    def test_reset(self) -> None:
        domain = self.card_with_graphics()
        self.view(domain)
        domain.virsh('reset')
        domain.serial.expect('testcard: ready')
        self.check_drawing(domain)

    def listening(self) -> Domain:
        """Start the guest that listens to the keyboard."""
        domain = Domain(self.host, self.connection)
        self.addCleanup(domain.close)
        path = domain.image('listener.bin', 0)
        with open(path, 'wb') as file:
            file.write(listener())
        domain.define(devices=self.graphics(domain), kernel=path,
                      options=('-device', 'virtio-keyboard-device'))
        domain.start()
        domain.serial.expect(chr(READY))
        return domain

    def test_keys(self) -> None:
        domain = self.listening()
        window = self.view(domain)
        self.screen.wait_picture(self.shown(domain))
        self.screen.xdotool('windowfocus', '--sync', window)
        names: List[str] = list(KEYS)
        for name in names:
            self.screen.xdotool('key', name)
            domain.serial.expect(chr(KEYS[name]))


if __name__ == '__main__':
    main()
