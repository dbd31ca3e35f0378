"""Typing and pointing: what is refused, and what the commands say.

SPDX-License-Identifier: GPL-2.0-or-later
"""

from typing import Any, Dict, List, Tuple

from harness import TESTCARD, Vm, VmTest, main
from qmp import QmpError

Event = Dict[str, Any]


def qcode(name: str) -> Event:
    """Return a key by its name."""
    return {'type': 'qcode', 'data': name}


def number(value: int) -> Event:
    """Return a key by its number."""
    return {'type': 'number', 'data': value}


def key(name: str, down: bool) -> Event:
    """Return the event of a key."""
    return {'type': 'key', 'data': {'key': qcode(name), 'down': down}}


def move(kind: str, axis: str, value: int) -> Event:
    """Return a movement."""
    return {'type': kind, 'data': {'axis': axis, 'value': value}}


class NoDeviceTest(VmTest):
    """A machine without keyboard and pointers."""

    def refused(self, machine: Vm, command: str, **arguments: Any) -> str:
        """Run a command that must fail; return what it says."""
        with self.assertRaises(QmpError) as caught:
            machine.qmp.command(command, **arguments)
        return caught.exception.desc

    def test_no_keyboard(self) -> None:
        machine = self.vm(machine='virt')
        message = self.refused(machine, 'send-key', keys=[qcode('a')])
        self.assertEqual(message, 'Input handler not found for event type key')
        self.assertIn('event type key', machine.qmp.hmp('sendkey ctrl-alt-delete 20'))
        self.assertIn('event type key', machine.qmp.hmp('sendkey 0x1e-ret'))

    def test_machine_stands_still(self) -> None:
        machine = self.vm('-S')
        self.assertEqual(self.refused(machine, 'send-key', keys=[qcode('a')]), 'VM not running')
        self.assertEqual(self.refused(machine, 'input-send-event', events=[key('a', True)]),
                         'VM not running')

    def test_no_pointer(self) -> None:
        machine = self.vm()
        self.assertEqual(machine.qmp.command('query-mice'), [])
        self.assertEqual(machine.qmp.hmp('info mice'), 'No mouse devices connected\r\n')
        self.assertIn("Mouse at index '3' not found", machine.qmp.hmp('mouse_set 3'))
        self.assertIn('event type rel', machine.qmp.hmp('mouse_move 1 -2 1'))
        self.assertIn('event type btn', machine.qmp.hmp('mouse_button 1'))
        for line in ('mouse_move x 1', 'mouse_move 1 9999999999', 'mouse_move 1 2 3x'):
            self.assertIn('invalid parameter', machine.qmp.hmp(line))
        for event in (move('abs', 'x', 1), move('rel', 'y', -1)):
            message = self.refused(machine, 'input-send-event', events=[event])
            self.assertIn(f'event type {event["type"]}', message)
        machine.qmp.command('input-send-event', events=[])

    def test_bad_keys(self) -> None:
        machine = self.vm()
        many: List[Event] = [qcode('a')] * 17
        for keys, text in (([], '1 to 16 keys'), (many, '1 to 16 keys'),
                           ([qcode('nope')], 'nope'), ([qcode('unmapped')], 'unmapped'),
                           ([number(0)], 'number 0'), ([number(-1)], 'number -1'),
                           ([number(1 << 32 | 30)], 'number 4294967326')):
            with self.subTest(text):
                self.assertIn(text, self.refused(machine, 'send-key', keys=keys))
        for hold in (-1, 1 << 40):
            self.assertIn('hold-time', self.refused(machine, 'send-key', keys=[qcode('a')],
                                                    hold_time=hold))

    def test_bad_hmp_keys(self) -> None:
        machine = self.vm()
        self.assertEqual(machine.qmp.hmp('sendkey foo'), 'invalid parameter: foo\r\n')
        self.assertEqual(machine.qmp.hmp('sendkey ctrl-'), 'invalid parameter: \r\n')
        self.assertEqual(machine.qmp.hmp('sendkey 300'), 'invalid parameter: 300\r\n')
        self.assertIn('at most 16', machine.qmp.hmp('sendkey ' + '-'.join('a' * 17)))
        self.assertIn('hold_ms', machine.qmp.hmp('sendkey a -1'))
        self.assertIn('invalid parameter: state', machine.qmp.hmp('mouse_button 8'))

    def test_bad_events(self) -> None:
        machine = self.vm('-device', 'bochs-display,id=screen')
        for value in (-1, 32768, 1 << 40):
            message = self.refused(machine, 'input-send-event', events=[move('abs', 'x', value)])
            self.assertIn('0 to 32767', message)
        self.assertIn('expects', self.refused(machine, 'input-send-event',
                                              events=[move('rel', 'x', 1 << 31)]))
        self.assertIn('at most', self.refused(machine, 'input-send-event',
                                              events=[key('a', True)] * 2000))
        self.assertIn('nope', self.refused(machine, 'input-send-event', device='nope', events=[]))
        self.assertIn('head 1', self.refused(machine, 'input-send-event', device='screen', head=1,
                                             events=[]))
        self.assertIn('head', self.refused(machine, 'input-send-event', head=0, events=[]))
        machine.qmp.command('input-send-event', device='screen', head=0, events=[])


class DeviceTest(VmTest):
    """Keyboard and pointers whose guest takes nothing: OpenSBI has no drivers for them."""

    def machine(self) -> Vm:
        return self.vm('-device', 'virtio-keyboard-device', '-device', 'virtio-tablet-pci',
                       '-device', 'virtio-mouse-device,id=mouse')

    def test_mice(self) -> None:
        machine = self.machine()
        tablet, mouse = machine.qmp.command('query-mice')
        self.assertEqual((tablet['name'], tablet['absolute'], tablet['current']),
                         ('QEMU Virtio Tablet', True, True))
        self.assertEqual((mouse['name'], mouse['absolute'], mouse['current']),
                         ('QEMU Virtio Mouse', False, False))
        self.assertEqual(machine.qmp.hmp(f'mouse_set {mouse["index"]}'), '')
        self.assertEqual(machine.qmp.hmp('info mice'),
                         f'* Mouse #{mouse["index"]}: QEMU Virtio Mouse\r\n'
                         f'  Mouse #{tablet["index"]}: QEMU Virtio Tablet (absolute)\r\n')
        for line in ('mouse_move 1 -2', 'mouse_move 0 0 -1', 'mouse_button 5', 'mouse_button 0'):
            self.assertEqual(machine.qmp.hmp(line), '')

    def test_keys(self) -> None:
        qmp = self.machine().qmp
        qmp.command('send-key', keys=[number(29), number(56), number(211)], hold_time=1)
        self.assertEqual(qmp.hmp('sendkey ctrl-alt-f1 1'), '')
        self.assertEqual(qmp.hmp('sendkey <'), '')
        qmp.command('input-send-event', events=[key('a', True), move('abs', 'x', 32767)])
        qmp.command('input-send-event', events=[key('a', False)])

    def test_answer_when_full(self) -> None:
        qmp = self.machine().qmp
        with self.assertRaises(QmpError) as caught:
            for _ in range(3000):
                qmp.command('input-send-event', events=[key('a', True)])
                qmp.command('input-send-event', events=[key('a', False)])
        self.assertIn("The queue of 'QEMU Virtio Keyboard' is full", caught.exception.desc)
        with self.assertRaises(QmpError) as caught:
            qmp.command('send-key', keys=[qcode('a')])
        self.assertIn('is full', caught.exception.desc)

    def test_answer_when_too_much_waits(self) -> None:
        qmp = self.machine().qmp
        with self.assertRaises(QmpError) as caught:
            for _ in range(100):
                qmp.command('send-key', keys=[qcode('a')], hold_time=1 << 30)
        self.assertIn('queue of keys to type is full', caught.exception.desc)


class GuestTest(VmTest):
    """A guest that tells what has come, as evdev's types, codes and values."""

    def machine(self) -> Vm:
        """Start it with a keyboard, a tablet and a mouse in slots 3, 4 and 5."""
        machine = self.vm('-m', '64', '-device', 'bochs-display,addr=2', '-kernel', TESTCARD,
                          '-append', '640x480 static input',
                          '-device', 'virtio-keyboard-pci,addr=3',
                          '-device', 'virtio-tablet-pci,addr=4',
                          '-device', 'virtio-mouse-pci,addr=5')
        machine.expect('testcard: ready')
        return machine

    def take(self, machine: Vm, count: int) -> List[Tuple[int, ...]]:
        """Return the next events: slot, type, code, value."""
        events = []
        for _ in range(count):
            machine.expect('input: ')
            events.append(tuple(map(int, machine.expect('\r\n').split())))
        return events

    def test_keys(self) -> None:
        machine = self.machine()
        machine.qmp.command('send-key', keys=[number(29), qcode('alt'), qcode('delete')],
                            hold_time=1)
        downs = [(3, 1, code, 1) for code in (29, 56, 111)]
        ups = [(3, 1, code, 0) for code in (111, 56, 29)]
        self.assertEqual(self.take(machine, 6), downs + ups)
        machine.qmp.hmp('sendkey shift-a 1')
        self.assertEqual(self.take(machine, 4),
                         [(3, 1, 42, 1), (3, 1, 30, 1), (3, 1, 30, 0), (3, 1, 42, 0)])

    def test_pointers(self) -> None:
        machine = self.machine()
        qmp = machine.qmp
        qmp.command('input-send-event', events=[move('abs', 'x', 0), move('abs', 'y', 32767)])
        self.assertEqual(self.take(machine, 2), [(4, 3, 0, 0), (4, 3, 1, 32767)])
        [mouse] = [mouse for mouse in qmp.command('query-mice') if not mouse['absolute']]
        qmp.hmp(f'mouse_set {mouse["index"]}')
        qmp.hmp('mouse_move 3 -2')
        self.assertEqual(self.take(machine, 2), [(5, 2, 0, 3), (5, 2, 1, (1 << 32) - 2)])
        qmp.hmp('mouse_button 1')
        qmp.hmp('mouse_button 0')
        self.assertEqual(self.take(machine, 2), [(5, 1, 0x110, 1), (5, 1, 0x110, 0)])

    def test_many(self) -> None:
        """More than the guest has buffers: of keys none is lost, of positions the last is not."""
        machine = self.machine()
        names = [chr(ord('a') + i % 26) for i in range(60)]
        for name in names:
            machine.qmp.command('input-send-event', events=[key(name, True)])
            machine.qmp.command('input-send-event', events=[key(name, False)])
        events = self.take(machine, 2 * len(names))
        self.assertEqual([event[3] for event in events], [1, 0] * len(names))
        self.assertEqual(events[:2] + events[4:6], [(3, 1, 30, 1), (3, 1, 30, 0), (3, 1, 46, 1),
                                                    (3, 1, 46, 0)])
        self.assertEqual(len({event[2] for event in events}), 26)
        for value in range(0, 30000, 100):
            machine.qmp.command('input-send-event', events=[move('abs', 'x', value)])
        last: List[Tuple[int, ...]] = [(0, 0, 0, -1)]
        while last[0][3] < 29900:
            previous, last = last, self.take(machine, 1)
            self.assertEqual(last[0][:3], (4, 3, 0))
            self.assertGreater(last[0][3], previous[0][3])


if __name__ == '__main__':
    main()
