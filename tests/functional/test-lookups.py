"""Commands that wait for a name server which does not answer.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import time
import unittest
from typing import Any, Callable, Dict, List, Tuple

import netjail
from harness import TIMEOUT, Stream, Vm, VmTest, main
from qmp import Qmp

Question = Tuple[bytes, Any]


def requests(port: str) -> Dict[str, Tuple[str, Dict[str, Any]]]:
    """Return commands that look a name up."""
    host = {'host': 'name.test.', 'port': port}
    addr = {'type': 'inet', 'data': host}
    return {
        'client': ('chardev-add', {'id': 'x', 'backend': {
            'type': 'socket', 'data': {'addr': addr, 'server': False}}}),
        'server': ('chardev-add', {'id': 'x', 'backend': {
            'type': 'socket', 'data': {'addr': {'type': 'inet', 'data': {**host, 'port': '1'}},
                                       'wait': False}}}),
        'disk': ('blockdev-add', {'driver': 'nbd', 'node-name': 'x', 'open-timeout': 1000,
                                  'server': {'type': 'inet', **host}}),
    }


def descriptors(machine: Vm) -> Dict[str, str]:
    """Return what the kernel tells of each descriptor of the process."""
    directory = f'/proc/{machine.process.pid}/fdinfo'
    found = {}
    for fd in os.listdir(directory):
        try:
            with open(f'{directory}/{fd}', encoding='ascii') as file:
                found[fd] = file.read()
        except FileNotFoundError:
            pass  # closed meanwhile
    return found


@unittest.skipUnless(netjail.is_possible(), 'no namespaces are permitted')
class LookupTest(VmTest):
    """Each way of cancelling, with each command."""

    def start(self) -> Vm:
        """Start a machine and connect a client that shall wait."""
        directory = self.directory()
        self.jail = netjail.Jail(directory)
        self.addCleanup(self.jail.close)
        self.hmp = f'{directory}/hmp'
        machine = self.vm('-S', '-monitor', f'unix:{self.hmp},server=on,wait=off',
                          machine='none', serial=False, under=self.jail.argv)
        self.jail.enter()
        self.before = descriptors(machine)
        self.client = machine.connect()
        return machine

    def begin(self, request: str, **members: Any) -> List[Question]:
        """Send a request; return the questions that keep it waiting."""
        self.client.send(*requests(self.jail.port())[request], id='slow', **members)
        return self.questions()

    def questions(self) -> List[Question]:
        """Return the questions for a name, of either kind."""
        return [self.jail.query() for _ in range(2)]

    def answer(self, questions: List[Question]) -> None:
        """Let a look-up end."""
        for question in questions:
            self.jail.answer(question)

    def assert_cancelled(self, why: str) -> None:
        """Expect the error of a command that was cancelled."""
        self.assertRegex(self.client.receive_reply()['error']['desc'],
                         f"^Command '.*-add' was cancelled: {why}$")

    def assert_unknown(self, qmp: Qmp) -> None:
        """Nothing was made."""
        self.assertNotIn('x', [c['label'] for c in qmp.command('query-chardev')])
        self.assertEqual(qmp.command('query-named-block-nodes'), [])
        self.assertEqual(qmp.command('query-commands-in-flight'), [])

    def is_given_up(self, machine: Vm) -> bool:
        """Whether the thread of an NBD connection, which looks a name up, has been called."""
        return any('eventfd-count:                1\n' in text
                   for fd, text in descriptors(machine).items() if fd not in self.before)

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until something is true."""
        deadline = time.monotonic() + TIMEOUT
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.005)

    def finish(self, machine: Vm, questions: List[Question], request: str = '') -> None:
        """Let a look-up end that nobody waits for: nothing comes of it."""
        self.assert_unknown(machine.qmp)
        if request == 'disk':
            self.wait_for(lambda: self.is_given_up(machine))
        self.answer(questions)
        self.client.close()
        self.wait_for(lambda: len(descriptors(machine)) <= len(self.before))
        self.assert_unknown(machine.qmp)
        machine.qmp.command('quit')
        self.assertEqual(machine.wait(), 0)
        self.assertFalse(self.jail.has_client())

    def try_each(self, cancel: Callable[[Vm], None], **members: Any) -> None:
        """Cancel each command."""
        for request in requests(''):
            with self.subTest(request):
                machine = self.start()
                questions = self.begin(request, **members)
                cancel(machine)
                self.finish(machine, questions, request)

    def test_timeout(self) -> None:
        self.try_each(lambda _: self.assert_cancelled('its timeout is over'), timeout=500)

    def test_cancel_command(self) -> None:
        def cancel(machine: Vm) -> None:
            [info] = machine.qmp.command('query-commands-in-flight')
            machine.qmp.command('cancel-command', id='slow', session=info['session'])
            self.assert_cancelled('by cancel-command')

        self.try_each(cancel)

    def test_disconnect(self) -> None:
        def cancel(machine: Vm) -> None:
            self.client.close()
            while machine.qmp.command('query-commands-in-flight'):
                pass

        self.try_each(cancel)

    def test_ctrl_c(self) -> None:
        machine = self.start()
        person = Stream(self.hmp)
        person.expect('(qemu) ')
        person.send(f'chardev-add socket,id=x,host=name.test.,port={self.jail.port()}\n')
        questions = self.questions()
        person.send('\x03')
        self.assertIn('was cancelled', person.expect('\n(qemu) '))
        person.close()
        self.finish(machine, questions)

    def test_quit(self) -> None:
        """The process ends, whatever its look-ups do."""
        for request in requests(''):
            with self.subTest(request):
                machine = self.start()
                self.begin(request)
                machine.qmp.command('quit')
                self.assertEqual(machine.wait(), 0)

    def test_again(self) -> None:
        """The name is free at once, and a name server that answers is heard."""
        for request in requests(''):
            with self.subTest(request):
                machine = self.start()
                old = self.begin(request, timeout=500)
                self.assert_cancelled('its timeout is over')
                new = self.begin(request, timeout=20000 if request != 'disk' else 500)
                self.answer(new)
                reply = self.client.receive_reply()
                if request == 'disk':  # which waits for the server from then on
                    self.assertIn('cancelled', reply['error']['desc'])
                else:
                    self.assertIn('return', reply)
                    self.client.command('chardev-remove', id='x')
                self.assertEqual(self.jail.has_client(), request != 'server')
                self.finish(machine, old, request)


if __name__ == '__main__':
    main()
