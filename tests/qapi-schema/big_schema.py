#!/usr/bin/python3
# Write a schema of the size of the largest there are: 200 modules, 300 commands, 60 events.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import os
import sys
from typing import List

MODULES = 200
COMMANDS = 300
EVENTS = 60


def _doc(symbol: str, members: List[str], tail: List[str]) -> str:
    lines = [f'# @{symbol}:', '#', '# What it is for, told in a sentence or two, so that the',
             '# parser has as much to read as in a schema for people.', '#']
    for member in members:
        lines += [f'# @{member}: what this member means, with a second line',
                  '#     that goes on, and a default', '#']
    return '\n'.join(['##', *lines, *tail, '#', '# Since: 1.0', '##']) + '\n'


def _enum(name: str, values: List[str]) -> str:
    listed = ',\n            '.join(f"'{value}'" for value in values)
    return _doc(name, values, []) + f"{{ 'enum': '{name}',\n  'data': [ {listed} ] }}\n\n"


def _struct(name: str, members: List[str], types: List[str]) -> str:
    listed = ',\n            '.join(f"'{'*' if i % 3 == 2 else ''}{m}': {t}"
                                    for i, (m, t) in enumerate(zip(members, types)))
    return _doc(name, members, []) + f"{{ 'struct': '{name}',\n  'data': {{ {listed} }} }}\n\n"


def _union(name: str, kind: str, branches: List[str]) -> str:
    listed = ',\n            '.join(f"'value-{i}': '{branch}'"
                                    for i, branch in enumerate(branches))
    return (_doc(name, ['kind', 'label'], []) +
            f"{{ 'union': '{name}',\n  'base': {{ 'kind': '{kind}', '*label': 'str' }},\n"
            f"  'discriminator': 'kind',\n  'data': {{ {listed} }} }}\n\n")


def _command(name: str, struct: str, enum: str) -> str:
    return (_doc(name, ['id', 'mode', 'target'], ['# Returns: what was found']) +
            f"{{ 'command': '{name}',\n  'data': {{ 'id': 'str',\n            '*mode': '{enum}',\n"
            f"            'target': '{struct}' }},\n  'returns': [ '{struct}' ] }}\n\n")


def _event(name: str, struct: str, enum: str) -> str:
    return (_doc(name, ['id', 'reason'], []) +
            f"{{ 'event': '{name}',\n  'data': {{ 'id': '{struct}', '*reason': '{enum}' }} }}\n\n")


def _module(index: int) -> str:
    stem = f'Mod{index:03}'
    members = [f'member-{i}' for i in range(6)]
    scalars = ["'int'", "'str'", "'bool'", "[ 'str' ]", "'uint8'", f"'{stem}Kind'"]
    linked = [f"'{stem}First'", f"[ '{stem}First' ]", "'number'", "'any'", "'size'", "'int64'"]
    text = f'##\n# = Module {index}\n##\n\n'
    text += _enum(f'{stem}Kind', [f'value-{i}' for i in range(5)])
    text += _struct(f'{stem}First', members, scalars)
    text += _struct(f'{stem}Second', members, linked)
    text += _union(f'{stem}Union', f'{stem}Kind', [f'{stem}First', f'{stem}Second'])
    for number in range(index, COMMANDS, MODULES):
        text += _command(f'do-thing-{number}', f'{stem}Second', f'{stem}Kind')
    for number in range(index, EVENTS, MODULES):
        text += _event(f'THING_{number}', f'{stem}First', f'{stem}Kind')
    return text


def write_schema(folder: str) -> int:
    """Write it into @folder, as schema.json and what that includes; return its lines."""
    os.makedirs(folder, exist_ok=True)
    lines = 0
    main = ''
    for index in range(MODULES):
        text = _module(index)
        lines += text.count('\n')
        main += f"{{ 'include': 'module-{index:03}.json' }}\n"
        with open(os.path.join(folder, f'module-{index:03}.json'), 'w', encoding='utf-8') as file:
            file.write(text)
    with open(os.path.join(folder, 'schema.json'), 'w', encoding='utf-8') as file:
        file.write(main)
    return lines + main.count('\n')


if __name__ == '__main__':
    print(f'{write_schema(sys.argv[1])} lines')
