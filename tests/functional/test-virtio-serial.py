"""virtio-serial: channels as managers use them, with a small guest at the other end.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import os
import socket
import struct
import threading
from typing import Any, Dict

from assembler import A0, A1, BEQ, BNE, LBU, LHU, LW, SH, SW, T0, T1, T2, ZERO, Assembler
from harness import TIMEOUT, Vm, VmTest, main
from qmp import QmpError, connect

# Of the device's queues.
CONTROL_TX, RX, TX = 3, 4, 5

# Where the guest has what, from RINGS on: descriptors, avail ring and used ring of each queue.
RINGS = 0x1000
QUEUES = {CONTROL_TX: (0x000, 0x040, 0x050), RX: (0x080, 0x090, 0x0a0), TX: (0x0b0, 0x0c0, 0x0d0)}
SIZES = {CONTROL_TX: 4, RX: 1, TX: 1}
MESSAGES = 0x100
BUFFER = 0x200
BUFFER_SIZE = 0x400


def program() -> bytes:
    """Return the guest: it opens port 1, echoes what it hears, and closes the port after a 'q'."""
    asm = Assembler()

    def register(offset: int, value: int, base: int = ZERO) -> None:
        asm.addi(T0, base, value)
        asm.store(SW, T0, offset, A1)

    asm.words += [0x00001517, 0x100085b7]  # auipc a0, 1; lui a1, 0x10008
    register(0x70, 3)
    for select, features in ((0, 2), (1, 1)):
        register(0x24, select)
        register(0x20, features)
    register(0x70, 0xb)
    for queue, parts in QUEUES.items():
        register(0x30, queue)
        register(0x38, SIZES[queue])
        for number, part in enumerate(parts):
            register(0x80 + 0x10 * number, part, A0)
        register(0x44, 1)
    register(0x70, 0xf)
    asm.addi(T1, ZERO, 0)
    loop = asm.here()
    asm.load(LHU, T0, QUEUES[RX][2] + 2, A0)
    asm.branch(BEQ, T0, T1, loop)
    asm.addi(T1, T0, 0)
    asm.load(LW, T2, QUEUES[RX][2] + 8, A0)
    asm.store(SW, T2, QUEUES[TX][0] + 8, A0)
    asm.store(SH, T1, QUEUES[TX][1] + 2, A0)
    register(0x50, TX)
    wait = asm.here()
    asm.load(LHU, T0, QUEUES[TX][2] + 2, A0)
    asm.branch(BNE, T0, T1, wait)
    asm.load(LBU, T2, BUFFER, A0)
    asm.addi(T2, T2, -ord('q'))
    asm.branch(BNE, T2, ZERO, asm.here() + 20)
    asm.addi(T0, ZERO, 4)
    asm.store(SH, T0, QUEUES[CONTROL_TX][1] + 2, A0)
    register(0x50, CONTROL_TX)
    asm.addi(T2, T1, 1)
    asm.store(SH, T2, QUEUES[RX][1] + 2, A0)
    register(0x50, RX)
    asm.branch(BEQ, ZERO, ZERO, loop)
    return b''.join(word.to_bytes(4, 'little') for word in asm.words)


def memory() -> bytes:
    """Return the guest's rings and messages, as the device finds them."""
    image = bytearray(BUFFER)
    base = 0x80000000 + RINGS
    # The device is ready; port 1 is; it is opened, and one day closed.
    for number, message in enumerate(((0, 0, 1), (1, 3, 1), (1, 6, 1), (1, 6, 0))):
        at = MESSAGES + 8 * number
        struct.pack_into('<IHH', image, at, *message)
        struct.pack_into('<QIHH', image, 16 * number, base + at, 8, 0, 0)
    struct.pack_into('<HHHHHH', image, QUEUES[CONTROL_TX][1], 0, 3, 0, 1, 2, 3)
    struct.pack_into('<QIHH', image, QUEUES[RX][0], base + BUFFER, BUFFER_SIZE, 2, 0)
    struct.pack_into('<HHH', image, QUEUES[RX][1], 0, 1, 0)
    struct.pack_into('<QIHH', image, QUEUES[TX][0], base + BUFFER, 0, 0, 0)
    return bytes(image)


class ChannelTest(VmTest):
    """A channel like that of a guest agent."""

    def guest(self) -> str:
        """Make the guest's image."""
        path = os.path.join(self.directory(), 'guest.bin')
        code = program()
        assert len(code) <= RINGS
        with open(path, 'wb') as file:
            file.write(code.ljust(RINGS, b'\0') + memory())
        return path

    def machine(self) -> Vm:
        """Start a machine, paused, with the guest and a channel."""
        self.path = os.path.join(self.directory(), 'channel')
        port = {'driver': 'virtserialport', 'bus': 'virtio-serial0.0', 'nr': 1,
                'chardev': 'charchannel0', 'id': 'channel0', 'name': 'org.qemu.guest_agent.0'}
        return self.vm('-m', '64', '-S', '-bios', self.guest(),
                       '-device', json.dumps({'driver': 'virtio-serial-device',
                                              'id': 'virtio-serial0'}),
                       '-chardev', f'socket,id=charchannel0,path={self.path},server=on,wait=off',
                       '-device', json.dumps(port))

    def client(self) -> socket.socket:
        """Connect to the channel."""
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.addCleanup(sock.close)
        connect(sock, self.path, TIMEOUT)
        sock.settimeout(TIMEOUT)
        return sock

    def receive(self, sock: socket.socket, size: int) -> bytes:
        """Return the next bytes."""
        data = b''
        while len(data) < size:
            chunk = sock.recv(size - len(data))
            self.assertTrue(chunk, f'end of stream after {len(data)} bytes')
            data += chunk
        return data

    def is_open(self, machine: Vm) -> bool:
        """Return whether the guest has the channel open, as managers ask."""
        states: Dict[str, bool] = {info['label']: info['frontend-open']
                                   for info in machine.qmp.command('query-chardev')}
        return states['charchannel0']

    def test_open_and_close(self) -> None:
        machine = self.machine()
        self.assertFalse(self.is_open(machine))
        sock = self.client()
        sock.sendall(b'early')
        machine.qmp.command('cont')
        event = machine.qmp.wait_event('VSERPORT_CHANGE')
        self.assertEqual(event['data'], {'id': 'channel0', 'open': True})
        self.assertTrue(self.is_open(machine))
        self.assertEqual(self.receive(sock, 5), b'early')
        sock.sendall(b'q')
        self.assertEqual(self.receive(sock, 1), b'q')
        event = machine.qmp.wait_event('VSERPORT_CHANGE')
        self.assertEqual(event['data'], {'id': 'channel0', 'open': False})
        self.assertFalse(self.is_open(machine))

    def test_flow_control(self) -> None:
        machine = self.machine()
        machine.qmp.command('cont')
        machine.qmp.wait_event('VSERPORT_CHANGE')
        sock = self.client()
        # No 'q', and far more than the sockets hold: both sides have to wait for each other.
        data = bytes(i * i % 251 % 100 for i in range(1 << 20))
        sender = threading.Thread(target=sock.sendall, args=(data,))
        sender.start()
        self.assertEqual(machine.qmp.command('query-status')['running'], True)
        self.assertEqual(self.receive(sock, len(data)), data)
        sender.join()
        # One who does not read is in nobody's way, and loses nothing before he goes.
        sock.setblocking(False)
        with self.assertRaises(BlockingIOError):
            while True:
                sock.send(data)
        self.assertEqual(machine.qmp.command('query-status')['running'], True)
        sock.close()
        sock = self.client()
        sock.sendall(b'next')
        seen = b''
        while not seen.endswith(b'next'):
            seen += self.receive(sock, 1)

    def test_reset(self) -> None:
        machine = self.machine()
        machine.qmp.command('cont')
        machine.qmp.wait_event('VSERPORT_CHANGE')
        machine.qmp.command('stop')
        machine.qmp.command('system_reset')
        machine.qmp.wait_event('RESET')
        self.assertFalse(self.is_open(machine))
        machine.qmp.command('cont')
        sock = self.client()
        sock.sendall(b'after')
        self.assertEqual(self.receive(sock, 5), b'after')
        self.assertTrue(self.is_open(machine))

    def test_unplug(self) -> None:
        machine = self.machine()
        machine.qmp.command('cont')
        machine.qmp.wait_event('VSERPORT_CHANGE')
        machine.qmp.command('device_del', id='channel0')
        event = machine.qmp.wait_event('DEVICE_DELETED')
        self.assertEqual(event['data'], {'device': 'channel0',
                                         'path': '/machine/peripheral/channel0'})
        self.assertFalse(self.is_open(machine))
        machine.qmp.command('device_add', driver='virtserialport', id='channel1', nr=1,
                            bus='virtio-serial0.0', chardev='charchannel0')
        self.assertEqual(machine.qmp.command('qom-get', path='/machine/peripheral/channel1',
                                             property='nr'), 1)
        self.assertFalse(self.is_open(machine))


class PropertiesTest(VmTest):
    """What is refused, and in which words."""

    def refused(self, machine: Vm, message: str, **arguments: Any) -> None:
        """Add a device, which must fail."""
        with self.assertRaises(QmpError) as caught:
            machine.qmp.command('device_add', **arguments)
        self.assertIn(message, caught.exception.desc)

    def test_ports(self) -> None:
        machine = self.vm('-device', 'virtio-serial-pci,id=vs,max_ports=3,addr=3',
                          '-chardev', 'null,id=c', '-device', 'virtconsole,chardev=c',
                          '-device', 'virtserialport,nr=2,name=two,id=two')
        port = {'driver': 'virtserialport'}
        self.refused(machine, "Bus 'nope.0' not found", **port, bus='nope.0')
        self.refused(machine, "can't find value 'nope'", **port, chardev='nope')
        self.refused(machine, "can't take value 'c': chardev 'c' is in use", **port, chardev='c')
        self.refused(machine, 'A port already exists at id 2', **port, nr=2)
        self.refused(machine, 'A port already exists by name two', **port, name='two')
        self.refused(machine, 'max. allowed: 2', **port, nr=3)
        self.refused(machine, 'reserved for virtconsole', **port, nr=0)
        self.refused(machine, 'nr', **port, nr=-1)
        self.refused(machine, 'nr', **port, nr=1 << 32 | 1)
        machine.qmp.command('device_add', **port)
        self.refused(machine, "Bus 'vs.0' is full", **port, bus='vs.0')
        self.refused(machine, "No 'virtio-serial-bus' bus found", **port)
        machine.qmp.command('device_del', id='two')
        machine.qmp.wait_event('DEVICE_DELETED')
        machine.qmp.command('device_add', **port, id='two')
        self.assertEqual(machine.qmp.command('qom-get', path='/machine/peripheral/two',
                                             property='nr'), 2)

    def test_max_ports(self) -> None:
        for number in ('0', '512', '4294967296', '-1'):
            self.assertIn('max_ports', self.run_failing(
                '-M', 'virt', '-display', 'none', '-device',
                f'virtio-serial-pci,max_ports={number}'))
        self.vm('-S', '-device', 'virtio-serial-pci,max_ports=511')

    def test_shared_chardev(self) -> None:
        machine = self.vm('-device', 'virtio-serial-pci', '-chardev', 'null,id=c,mux=on',
                          '-device', 'virtconsole,chardev=c', '-device', 'virtconsole,chardev=c')
        states = {info['label']: info['frontend-open']
                  for info in machine.qmp.command('query-chardev')}
        self.assertTrue(states['c'])


if __name__ == '__main__':
    main()
