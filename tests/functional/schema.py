"""Checking what comes over the wire against what query-qmp-schema promises.

SPDX-License-Identifier: GPL-2.0-or-later
"""

from typing import Any, Dict, Iterator, List, Set, Tuple

Entity = Dict[str, Any]

JSON_TYPES: Dict[str, Any] = {
    'null': type(None), 'string': str, 'boolean': bool, 'object': dict, 'array': list,
    'int': int, 'number': (int, float),
}


class SchemaError(AssertionError):
    """A reply or event is not what the schema says."""


class Schema:
    """The entities of one emulator, by name."""

    def __init__(self, entities: List[Entity]) -> None:
        self.entities: Dict[str, Entity] = {entity['name']: entity for entity in entities}
        self.exercised: Set[Tuple[str, str]] = set()

    def of_kind(self, kind: str) -> Iterator[Entity]:
        """Iterate over the commands ('command') or events ('event')."""
        return (e for e in self.entities.values() if e['meta-type'] == kind)

    def check_reply(self, command: str, reply: Entity) -> None:
        """Check the reply to a command; errors have a shape of their own."""
        entity = self.entities.get(command)
        if entity and entity['meta-type'] == 'command':
            # A refusal counts, too: what qom-set may write depends on the devices there are.
            self.exercised.add(('command', command))
        if 'error' in reply:
            self.expect_keys(reply['error'], {'class', 'desc'}, f'error of {command}')
            return
        if not entity or entity['meta-type'] != 'command':
            raise SchemaError(f'a return for the unknown command {command}')
        self.check(entity['ret-type'], reply['return'], f'return of {command}')

    def check_event(self, event: Entity) -> None:
        """Check an event."""
        name = event['event']
        entity = self.entities.get(name)
        if not entity or entity['meta-type'] != 'event':
            raise SchemaError(f'unknown event {name}')
        self.exercised.add(('event', name))
        stamp = event['timestamp']
        self.expect_keys(stamp, {'seconds', 'microseconds'}, f'timestamp of {name}')
        self.check(entity['arg-type'], event.get('data', {}), f'data of {name}')

    @staticmethod
    def expect_keys(value: Any, keys: Set[str], where: str) -> None:
        """Check that an object has exactly these members."""
        if not isinstance(value, dict) or set(value) != keys:
            raise SchemaError(f'{where}: {value!r} should have the members {sorted(keys)}')

    def check(self, type_name: str, value: Any, where: str) -> None:
        """Check a value against a type."""
        entity = self.entities[type_name]
        getattr(self, 'check_' + entity['meta-type'])(entity, value, where)

    def check_builtin(self, entity: Entity, value: Any, where: str) -> None:
        """Check a value of a built-in type."""
        wanted = entity['json-type']
        if wanted == 'value':
            return
        if not isinstance(value, JSON_TYPES[wanted]) or (
                isinstance(value, bool) and wanted != 'boolean'):
            raise SchemaError(f'{where}: {value!r} is no {wanted}')

    @staticmethod
    def check_enum(entity: Entity, value: Any, where: str) -> None:
        """Check a value of an enumeration."""
        names = [member['name'] for member in entity.get('members', [])] or entity['values']
        if value not in names:
            raise SchemaError(f'{where}: {value!r} is none of {names}')

    def check_array(self, entity: Entity, value: Any, where: str) -> None:
        """Check a list."""
        if not isinstance(value, list):
            raise SchemaError(f'{where}: {value!r} is no list')
        for i, element in enumerate(value):
            self.check(entity['element-type'], element, f'{where}[{i}]')

    def check_object(self, entity: Entity, value: Any, where: str) -> None:
        """Check an object, variants included."""
        if not isinstance(value, dict):
            raise SchemaError(f'{where}: {value!r} is no object')
        members = {m['name']: m for m in self.members(entity, value)}
        for name, member in members.items():
            if name in value:
                self.check(member['type'], value[name], f'{where}.{name}')
            elif 'default' not in member:
                raise SchemaError(f'{where}: member {name!r} is missing')
        unknown = set(value) - set(members)
        if unknown:
            raise SchemaError(f'{where}: unexpected members {sorted(unknown)}')

    def members(self, entity: Entity, value: Entity) -> List[Entity]:
        """Return the members of an object, those of the variant in use included."""
        members: List[Entity] = list(entity['members'])
        for variant in entity.get('variants', []):
            if value.get(entity['tag']) == variant['case']:
                members += self.members(self.entities[variant['type']], value)
        return members

    def check_alternate(self, entity: Entity, value: Any, where: str) -> None:
        """Check a value that is one of several types."""
        for member in entity['members']:
            try:
                self.check(member['type'], value, where)
                return
            except SchemaError:
                pass
        raise SchemaError(f'{where}: {value!r} is no alternative')
