"""Argument errors of every command, generated from the schema.

Each argument is sent missing, of each wrong type and out of range, and each command with an unknown
argument; the reply must be an error that names the argument, and nothing may have changed.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
from typing import Any, Dict, Iterator, Tuple

from harness import Vm, VmTest, main
from qmp import Qmp
from schema import Entity, Schema, SchemaError

SAMPLES: Dict[str, Any] = {
    'null': None, 'string': 'x', 'boolean': True, 'int': 1, 'number': 1.5, 'object': {'x': 1},
    'array': ['x'],
}
OUT_OF_RANGE = (2 ** 64, -2 ** 63 - 1, 1.5)

# These take more than the schema says: what is not one of their own is for the device.
OPEN_COMMANDS = ('device_add',)

Case = Tuple[str, Entity, str]  # what is wrong, the arguments, the argument at fault


class Generator:
    """Makes bad arguments for a command."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    def valid(self, type_name: str) -> Any:
        """Return a value of a type."""
        entity = self.schema.entities[type_name]
        kind = entity['meta-type']
        if kind == 'builtin':
            return SAMPLES.get(entity['json-type'], 'x')
        if kind == 'enum':
            return entity['members'][0]['name']
        if kind == 'array':
            return []
        if kind == 'alternate':
            return self.valid(entity['members'][0]['type'])
        return self.valid_members(entity)

    def valid_members(self, entity: Entity) -> Entity:
        """Return an object with what is not optional, also of what the tag's value asks for."""
        result = {m['name']: self.valid(m['type']) for m in entity['members']
                  if 'default' not in m}
        for variant in entity.get('variants', []):
            if variant['case'] == result[entity['tag']]:
                result.update(self.valid_members(self.schema.entities[variant['type']]))
        return result

    def wrong_values(self, type_name: str) -> Iterator[Any]:
        """Yield values that are not of a type."""
        if self.schema.entities[type_name].get('json-type') == 'value':
            return
        for value in (*SAMPLES.values(), *OUT_OF_RANGE):
            try:
                self.schema.check(type_name, value, '')
            except SchemaError:
                yield value
            else:
                # The wire type does not tell 8 bits from 64, but nothing has more than 64.
                if isinstance(value, int) and not -2 ** 63 <= value < 2 ** 64:
                    yield value

    def cases(self, command: Entity) -> Iterator[Case]:
        """Yield every bad call of a command."""
        arguments = self.schema.entities[command['arg-type']]
        valid = self.valid_members(arguments)
        if command['name'] not in OPEN_COMMANDS:
            yield 'unknown', {**valid, 'no-such-argument': 1}, 'no-such-argument'
        for member in arguments['members']:
            name = member['name']
            if 'default' not in member:
                yield 'missing', {k: v for k, v in valid.items() if k != name}, name
            for value in self.wrong_values(member['type']):
                yield f'{value!r}', {**valid, name: value}, name


class ArgumentsTest(VmTest):
    """Bad arguments change nothing and are named."""

    def state(self, machine: Vm) -> str:
        """Return what must not change."""
        qmp = machine.qmp
        return json.dumps([qmp.command('query-status'), qmp.command('query-chardev'),
                           qmp.command('qom-list', path='/machine/peripheral'),
                           qmp.command('qom-list', path='/machine'),
                           qmp.hmp('info mtree'), qmp.hmp('info registers')])

    def call(self, machine: Vm, command: str, arguments: Entity) -> Entity:
        """Return the reply to a call, in the mode in which the command is of use."""
        if command != 'qmp_capabilities':
            machine.qmp.send(command, arguments)
            return machine.qmp.receive_reply()
        with Qmp(machine.path('qmp2'), negotiate=False) as client:
            client.send(command, arguments)
            return client.receive_reply()

    def test_every_argument_of_every_command(self) -> None:
        machine = self.vm('-S', '-device', 'bochs-display,id=screen')
        assert Qmp.schema
        generator = Generator(Qmp.schema)
        before = self.state(machine)
        count = 0
        for command in Qmp.schema.of_kind('command'):
            for what, arguments, name in generator.cases(command):
                with self.subTest(command=command['name'], argument=name, wrong=what):
                    reply = self.call(machine, command['name'], arguments)
                    self.assertIn('error', reply, 'the bad call was accepted')
                    self.assertIn(f"'{name}", reply['error']['desc'])
                    count += 1
        self.assertGreater(count, 200)
        self.assertEqual(machine.qmp.events, [])
        self.assertEqual(self.state(machine), before)


if __name__ == '__main__':
    main()
