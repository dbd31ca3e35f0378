"""Servers that tests of disks talk NBD to, and a guest with a disk on one.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import os
import shutil
import subprocess
import time
import unittest
from typing import Any, Dict

from harness import TIMEOUT, UBOOT_SMODE, Vm, VmTest


@unittest.skipUnless(shutil.which('nbdkit') and shutil.which('qemu-nbd'),
                     'nbdkit or qemu-nbd is not installed')
class NbdCase(VmTest):
    """A test case with an NBD server at self.sock."""

    def setUp(self) -> None:
        self.dir = self.directory()
        self.sock = os.path.join(self.dir, 'nbd.sock')

    def serve(self, *argv: str) -> 'subprocess.Popen[bytes]':
        """Run a server until the end of the test; wait until it listens."""
        if os.path.exists(self.sock):
            os.unlink(self.sock)
        server = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.stop, server)
        deadline = time.monotonic() + TIMEOUT
        while not os.path.exists(self.sock):
            self.assertLess(time.monotonic(), deadline, 'the server does not come up')
            time.sleep(0.01)
        return server

    def stop(self, server: 'subprocess.Popen[bytes]') -> None:
        """Kill a server, if it is still there."""
        server.kill()
        server.wait()

    def nbdkit(self, *args: str) -> 'subprocess.Popen[bytes]':
        """Run nbdkit."""
        return self.serve('nbdkit', '-f', '-U', self.sock, *args)

    def node(self, **options: Any) -> Dict[str, Any]:
        """Return the options of a node at the server."""
        return {'driver': 'nbd', 'node-name': 'n', 'server': {'type': 'unix', 'path': self.sock},
                **{name.replace('_', '-'): value for name, value in options.items()}}

    def disk(self, *more: str, device: str = '', **options: Any) -> Vm:
        """Start a machine with a disk on the node, in U-Boot, which has found it."""
        machine = self.vm('-m', '256', '-kernel', UBOOT_SMODE,
                          '-blockdev', json.dumps(self.node(**options)),
                          '-device', 'virtio-blk-pci,drive=n,id=hd' + device, *more)
        machine.uboot_prompt()
        machine.uboot('virtio scan')
        return machine

    def check_guest(self, machine: Vm) -> None:
        """Have the guest write a sector and read it back."""
        machine.uboot('mw.b 84000000 5a 200')
        self.assertIn('OK', machine.uboot('virtio write 84000000 9 1'))
        self.assertIn('OK', machine.uboot('virtio read 85000000 9 1'))
        self.assertIn('5a 5a 5a 5a', machine.uboot('md.b 85000000 10'))
