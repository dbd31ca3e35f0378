# Somebody else's schema with hundreds of commands: that of an installed QEMU, as far as its answer
# to query-qmp-schema tells. What we generate from it must describe the same again.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import json
import re
import shutil
import subprocess
import unittest
from typing import Any, Dict, List, Set, Tuple

from corpus import files_in_folder
from qapi.main import main

PEER = 'qemu-system-riscv64'
REQUESTS = '{"execute": "qmp_capabilities"} {"execute": "query-qmp-schema"} {"execute": "quit"}'

Entry = Dict[str, Any]
Entries = Dict[str, Entry]


def ask_peer() -> Entries:
    done = subprocess.run([PEER, '-M', 'none', '-nodefaults', '-display', 'none', '-qmp', 'stdio'],
                          input=REQUESTS, capture_output=True, text=True, timeout=60, check=True)
    replies = [json.loads(line) for line in done.stdout.splitlines()]
    entries, = (reply['return'] for reply in replies if isinstance(reply.get('return'), list))
    return {entry['name']: entry for entry in entries}


class _Writer:
    """Introspection back to a schema; types that have lost their names are called TypeN."""

    def __init__(self, entries: Entries) -> None:
        self.entries = entries

    def _name(self, name: str) -> str:
        return name if self.entries[name]['meta-type'] == 'builtin' else f'Type{name}'

    def _ref(self, name: str) -> str:
        return f"[ '{self._name(name[1:-1])}' ]" if name[0] == '[' else f"'{self._name(name)}'"

    def _features(self, entry: Entry) -> str:
        names = ', '.join(f"'{name}'" for name in entry.get('features', []))
        return f", 'features': [ {names} ]" if names else ''

    def _members(self, members: List[Entry]) -> str:
        return ', '.join(f"'{'*' if 'default' in m else ''}{m['name']}': "
                         f"{{ 'type': {self._ref(m['type'])}{self._features(m)} }}"
                         for m in members)

    def _enum(self, entry: Entry) -> str:
        values = ', '.join(f"{{ 'name': '{m['name']}'{self._features(m)} }}"
                           for m in entry['members'])
        return f"'enum': 'Type{entry['name']}', 'data': [ {values} ]"

    def _object(self, entry: Entry) -> str:
        members = self._members(entry['members'])
        if 'tag' not in entry:
            return f"'struct': 'Type{entry['name']}', 'data': {{ {members} }}"
        branches = ', '.join(f"'{v['case']}': 'Type{v['type']}'" for v in entry['variants'])
        return (f"'union': 'Type{entry['name']}', 'base': {{ {members} }}, "
                f"'discriminator': '{entry['tag']}', 'data': {{ {branches} }}")

    def _alternate(self, entry: Entry) -> str:
        branches = ', '.join(f"'a{i}': {self._ref(m['type'])}"
                             for i, m in enumerate(entry['members']))
        return f"'alternate': 'Type{entry['name']}', 'data': {{ {branches} }}"

    def _operation(self, entry: Entry) -> str:
        text = f"'{entry['meta-type']}': '{entry['name']}', 'data': 'Type{entry['arg-type']}'"
        if 'tag' in self.entries[entry['arg-type']]:
            text += ", 'boxed': true"
        if 'ret-type' in entry:
            text += f", 'returns': {self._ref(entry['ret-type'])}"
        return text + (", 'allow-oob': true" if entry.get('allow-oob') else '')

    def schema(self) -> str:
        makers = {'enum': self._enum, 'object': self._object, 'alternate': self._alternate,
                  'command': self._operation, 'event': self._operation}
        text = ''.join(f"{{ {makers[e['meta-type']](e)}{self._features(e)} }}\n"
                       for e in self.entries.values() if e['meta-type'] in makers)
        types = ', '.join(f"'Type{name}'" for name in self.entries)
        commands = ', '.join(f"'{name}'" for name, entry in self.entries.items()
                             if entry['meta-type'] == 'command')
        return (f"{{ 'pragma': {{ 'member-name-exceptions': [ {types} ],\n"
                f"    'command-name-exceptions': [ {commands} ],\n"
                f"    'command-returns-exceptions': [ {commands} ] }} }}\n{text}")


def generated_entries(path: str) -> Entries:
    with open(path, encoding='utf-8') as file:
        literals = re.findall(r'^    (".*")', file.read(), re.MULTILINE)
    return {entry['name']: entry for entry in json.loads(''.join(map(json.loads, literals)))}


@unittest.skipUnless(shutil.which(PEER), f'needs {PEER}')
class PeerTest(unittest.TestCase):
    """Names of types differ; where they are used, what they stand for must not."""

    def same(self, first: str, second: str) -> None:
        if (first, second) in self.compared:
            return
        self.compared.add((first, second))
        self.same_value(self.theirs[first], self.ours[second], first)

    def same_value(self, one: Any, other: Any, where: str) -> None:
        if isinstance(one, list):
            self.assertEqual(len(one), len(other), where)
            for left, right in zip(self.sort(one), self.sort(other)):
                self.same_value(left, right, where)
        elif isinstance(one, dict):
            self.assertEqual(sorted(one), sorted(other), where)
            for key, value in one.items():
                if key in ('type', 'element-type', 'arg-type', 'ret-type'):
                    self.same(value, other[key])
                elif key != 'name' or 'meta-type' not in one:
                    self.same_value(value, other[key], f'{where}.{key}')
        else:
            self.assertEqual(one, other, where)

    @staticmethod
    def sort(values: List[Any]) -> List[Any]:
        """Branches are in no particular order."""
        if values and isinstance(values[0], dict) and 'case' in values[0]:
            return sorted(values, key=lambda value: str(value['case']))
        return values

    def test_same_again(self) -> None:
        self.theirs = ask_peer()
        self.compared: Set[Tuple[str, str]] = set()
        with files_in_folder({'schema.json': _Writer(self.theirs).schema()}):
            self.assertEqual(main(['-o', 'out', 'schema.json']), 0)
            self.ours = generated_entries('out/qapi-introspect.c')
        names = [name for name, entry in self.theirs.items()
                 if entry['meta-type'] in ('command', 'event')]
        self.assertGreater(len(names), 200)
        for name in names:
            self.same(name, name)
