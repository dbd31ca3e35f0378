"""Requests that libvirt was seen to send: each is answered in kind, or refused as documented.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import os
import re
from typing import Any, Dict, List

from harness import VmTest, main
from qmp import Qmp, Message

HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = os.path.join(HERE, '../../docs/interop/libvirt-requests.rst')
KINDS: Dict[type, str] = {dict: 'object', list: 'array', str: 'string'}
# Of other people's machines: they name devices, nodes and files that are not in this one.
NAMES_OTHERS = {
    'add_client', 'balloon', 'block-set-write-threshold', 'block_resize',
    'block_set_io_throttle', 'blockdev-add',
    'blockdev-del', 'chardev-add', 'device_add', 'device_del', 'dump-guest-memory',
    'expire_password', 'getfd', 'memsave', 'migrate-set-capabilities', 'netdev_add',
    'netdev_del', 'pmemsave', 'query-balloon', 'qom-get', 'qom-list', 'qom-set', 'screendump',
    'send-key', 'set_link', 'set_password',
}
# Refused by what they ask for, whatever machine.
DECLINED = {'inject-nmi'}


def recorded() -> List[Dict[str, Any]]:
    """Return the requests, each with what came back."""
    with open(os.path.join(HERE, 'libvirt-requests.jsonl'), encoding='utf-8') as file:
        return [json.loads(line) for line in file]


def missing_commands() -> List[str]:
    """Return the commands that the documentation says are not there."""
    with open(TABLE, encoding='utf-8') as file:
        return re.findall(r'^``([a-z_-]+)``', file.read(), re.M)


class LibvirtRequestsTest(VmTest):
    """Every kind of request once, in an order that no libvirt would choose."""

    def send(self, qmp: Qmp, entry: Dict[str, Any]) -> Message:
        """Send a request and return the reply."""
        qmp.send(entry['execute'], entry['arguments'])
        return qmp.receive_reply()

    def check(self, entry: Dict[str, Any], reply: Message, there: bool) -> None:
        """Check one reply."""
        if not there:
            self.assertEqual(reply['error']['class'], 'CommandNotFound')
            self.assertIn(entry['execute'], missing_commands())
        elif 'error' in reply:
            allowed = {'GenericError', 'DeviceNotFound', 'DeviceNotActive'}
            if entry['execute'] == 'device-list-properties':
                # Of a type that is not here.
                allowed = {'DeviceNotFound'}
            elif entry['reply'] == 'error':
                allowed = {entry['class'], 'GenericError'}
            else:
                self.assertIn(entry['execute'], NAMES_OTHERS | DECLINED)
            self.assertIn(reply['error']['class'], allowed)
        elif entry['reply'] != 'error':
            self.assertEqual(KINDS[type(reply['return'])], entry['reply'])

    def test_all(self) -> None:
        machine = self.vm('-device', 'bochs-display,id=video0', '-no-shutdown')
        qmp = machine.qmp
        there = {entry['name'] for entry in qmp.command('query-commands')}
        for entry in recorded():
            with self.subTest(request=entry):
                self.check(entry, self.send(qmp, entry), entry['execute'] in there)
        self.assertEqual(qmp.command('query-target'), {'arch': 'riscv64'})
        self.assertIsNone(machine.process.poll())

    def test_table_is_true(self) -> None:
        machine = self.vm('-S', machine='none', serial=False)
        there = {entry['name'] for entry in machine.qmp.command('query-commands')}
        asked = {entry['execute'] for entry in recorded()}
        for name in missing_commands():
            with self.subTest(command=name):
                self.assertFalse(name in there, 'it is there now: take its row out of the table')
                self.assertIn(name, asked)


if __name__ == '__main__':
    main()
