"""A machine with the test card and a VNC server.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import time
from typing import Any, List, Optional

from harness import Vm, VmTest
from pictures import Picture, read_ppm
from rfb import Address, Viewer

PATIENCE = 60


class VncTest(VmTest):
    """What the tests of the server share."""

    def card(self, mode: str = '640x480', options: str = '', *args: str) -> Vm:
        """Start a machine with the test card and a VNC server on a UNIX socket."""
        path = os.path.join(self.directory(), 'vnc')
        machine = self.boot_testcard(mode, '-vnc', f'unix:{path}{options}', *args)
        self.address: Address = path
        return machine

    def connect(self) -> Viewer:
        """Connect to the server, without a handshake."""
        viewer = Viewer(self.address)
        self.addCleanup(viewer.close)
        return viewer

    def viewer(self, password: Optional[str] = None, minor: int = 8,
               shared: bool = True) -> Viewer:
        """Connect to the server and go through the handshake."""
        viewer = self.connect()
        viewer.start(password, minor, shared)
        return viewer

    def screendump(self, machine: Vm) -> Picture:
        """Return the picture that screendump takes."""
        path = machine.path('dump.ppm')
        machine.qmp.command('screendump', filename=path)
        return read_ppm(path)

    def draw(self, machine: Vm, command: str) -> None:
        """Have the guest draw something."""
        machine.type(f'{command}\n')
        machine.expect(f'ok: {command}')

    def check_picture(self, machine: Vm, viewer: Viewer) -> None:
        """What the viewer has is what screendump says."""
        self.assertTrue(viewer.picture() == self.screendump(machine), 'the pictures differ')

    def clients(self, machine: Vm) -> List[Any]:
        """Return who is connected."""
        clients: List[Any] = machine.qmp.command('query-vnc')['clients']
        return clients

    def wait_clients(self, machine: Vm, count: int) -> None:
        """Wait until so many are connected."""
        deadline = time.monotonic() + PATIENCE
        while len(self.clients(machine)) != count:
            self.assertLess(time.monotonic(), deadline, self.clients(machine))
            time.sleep(0.01)

    def expect_end(self, viewer: Viewer) -> None:
        """Wait until the server has hung up."""
        try:
            while viewer.sock.recv(1 << 20):
                pass
        except ConnectionResetError:
            pass
