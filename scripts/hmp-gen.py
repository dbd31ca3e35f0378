#!/usr/bin/python3
"""Turn monitor/hmp-commands.hx into the prototypes of the handlers or the command tables.

The file's format is described at its top.
"""
# SPDX-License-Identifier: GPL-2.0-or-later

import argparse
import configparser
import re
import sys
from dataclasses import dataclass, field
from typing import Optional

from qapi.error import QAPIError
from qapi.output import write_if_changed
from qapi.schema import QAPISchema, QAPISchemaCommand

ARG_TYPE = re.compile(r'(?P<type>[sFSil/]|-[A-Za-z]s?)(?P<optional>\?)?')
ARG_KINDS = {
    's': 'HMP_ARG_STRING',
    'F': 'HMP_ARG_FILENAME',
    'S': 'HMP_ARG_REST',
    'i': 'HMP_ARG_INT32',
    'l': 'HMP_ARG_INT64',
    '/': 'HMP_ARG_FORMAT',
}
KNOWN_KEYS = {'args', 'params', 'help', 'qmp', 'cmd', 'table'}


class HxError(Exception):
    """The command file is wrong; the text says where and how."""


@dataclass
class Arg:
    """One argument of a command."""
    key: str
    kind: str
    flag: str
    optional: bool


@dataclass
class Command:
    """One entry of the file."""
    table: str
    names: list[str]
    params: str = ''
    help: str = ''
    qmp: str = ''
    handler: str = ''
    is_table: bool = False
    args: list[Arg] = field(default_factory=list)


def parse_arg(where: str, text: str) -> Arg:
    """Parse KEY:TYPE."""
    key, colon, kind = text.strip().partition(':')
    match = ARG_TYPE.fullmatch(kind)
    if not colon or not re.fullmatch(r'[a-z_]+', key) or not match:
        raise HxError(f"{where}: argument '{text.strip()}' is not KEY:TYPE with a type of "
                      "s F S i l / -x -xs and an optional ?")
    letter = match['type']
    optional = bool(match['optional'])
    if letter.startswith('-'):
        kind = 'HMP_ARG_FLAG_STRING' if len(letter) == 3 else 'HMP_ARG_FLAG'
        return Arg(key, kind, letter[1], True)
    return Arg(key, ARG_KINDS[letter], '', optional or letter == '/')


def parse_args(where: str, text: str) -> list[Arg]:
    """Parse the value of `args`; what may be left out comes last."""
    args = [parse_arg(where, item) for item in text.split(',')] if text else []
    positional = [arg for arg in args if not arg.flag and arg.kind != 'HMP_ARG_FORMAT']
    for before, after in zip(positional, positional[1:]):
        if before.optional and not after.optional:
            raise HxError(f"{where}: argument '{after.key}' must be optional, as '{before.key}' is")
        if before.kind == 'HMP_ARG_REST':
            raise HxError(f"{where}: argument '{before.key}' takes the rest of the line, "
                          f"nothing is left for '{after.key}'")
    return args


def parse_section(where: str, name: str, keys: configparser.SectionProxy) -> Command:
    """One section to one command."""
    table, _, names = name.rpartition(' ')
    cmd = Command(table, names.split('|'))
    for key in keys:
        if key not in KNOWN_KEYS:
            raise HxError(f"{where}: key '{key}' is not one of {', '.join(sorted(KNOWN_KEYS))}")
    cmd.is_table = keys.get('table', 'no') == 'yes'
    cmd.handler = keys.get('cmd', '')
    cmd.params = keys.get('params', '')
    cmd.help = keys.get('help', '').replace('%%', '%')
    cmd.qmp = keys.get('qmp', '')
    cmd.args = parse_args(where, keys.get('args', ''))
    if cmd.is_table == bool(cmd.handler):
        raise HxError(f"{where}: needs either 'cmd = hmp_...' or 'table = yes'")
    if cmd.handler and not re.fullmatch(r'hmp_[a-z0-9_]+', cmd.handler):
        raise HxError(f"{where}: handler '{cmd.handler}' is not named hmp_...")
    if bool(cmd.help) == bool(cmd.qmp):
        raise HxError(f"{where}: needs either 'help = ...' or 'qmp = COMMAND' to take it from")
    return cmd


def check_tables(path: str, commands: list[Command]) -> None:
    """Names are unique in a table, and tables exist before what is in them."""
    tables = {''}
    seen: set[tuple[str, str]] = set()
    for cmd in commands:
        if cmd.table not in tables:
            raise HxError(f"{path}: [{cmd.table} {cmd.names[0]}]: '{cmd.table}' is not a table")
        for name in cmd.names:
            if not re.fullmatch(r'[a-z0-9_?-]+', name):
                raise HxError(f"{path}: '{name}' is no command name")
            if (cmd.table, name) in seen:
                raise HxError(f"{path}: command '{name}' is declared twice")
            seen.add((cmd.table, name))
        if cmd.is_table:
            tables.add(' '.join(filter(None, [cmd.table, cmd.names[0]])))


def read_commands(path: str) -> list[Command]:
    """Read and check the whole file."""
    parser = configparser.ConfigParser(interpolation=None, delimiters=('=',),
                                       default_section='\0')
    try:
        with open(path, encoding='utf-8') as file:
            parser.read_file(file)
    except (OSError, UnicodeDecodeError, configparser.Error) as err:
        raise HxError(str(err)) from err
    commands = [parse_section(f'{path}: [{name}]', name, parser[name])
                for name in parser.sections()]
    check_tables(path, commands)
    return commands


def help_from(schema: QAPISchema, name: str) -> str:
    """What the schema says about a command, as help is written."""
    command = schema.lookup_entity(name)
    if not isinstance(command, QAPISchemaCommand):
        raise HxError(f"'{name}' is not a QMP command of {schema.fname}")
    text = command.doc.summary().rstrip('.') if command.doc else ''
    if not text:
        raise HxError(f"QMP command '{name}' has no text in {schema.fname} to take help from")
    # An abbreviation stays as it is.
    return text if text[1:2].isupper() else text[0].lower() + text[1:]


def take_help(path: str, commands: list[Command], schema_name: Optional[str]) -> None:
    """Complete the entries that forward to QMP commands."""
    twins = [cmd for cmd in commands if cmd.qmp]
    if not twins:
        return
    if schema_name is None:
        raise HxError(f"{path}: [{twins[0].names[0]}]: 'qmp = {twins[0].qmp}' needs --schema")
    try:
        schema = QAPISchema(schema_name)
    except QAPIError as err:
        raise HxError(str(err)) from err
    for cmd in twins:
        try:
            cmd.help = help_from(schema, cmd.qmp)
        except HxError as err:
            name = ' '.join(filter(None, [cmd.table, '|'.join(cmd.names)]))
            raise HxError(f'{path}: [{name}]: {err}') from err


def c_string(text: str) -> str:
    """Text as a C string literal."""
    return '"' + text.replace('\\', '\\\\').replace('"', '\\"') + '"'


def write_header(commands: list[Command]) -> str:
    """The prototypes of all handlers."""
    out = ['/* Generated from monitor/hmp-commands.hx: the handlers of the HMP commands. */',
           '#ifndef MONITOR_HMP_COMMANDS_H', '#define MONITOR_HMP_COMMANDS_H', '',
           '#include "qapi/hmp.h"', '']
    for handler in sorted({cmd.handler for cmd in commands if cmd.handler}):
        out.append(f'void coroutine_fn {handler}(Hmp *hmp, const QDict *args);')
    return '\n'.join(out + ['', '#endif', ''])


def table_symbol(table: str) -> str:
    """The C name of a table."""
    return 'hmp_' + (table.replace(' ', '_').replace('-', '_') + '_' if table else '') + 'commands'


def arg_initializer(arg: Arg) -> str:
    """One argument as a C initializer."""
    parts = [f'.key = {c_string(arg.key)}', f'.kind = {arg.kind}']
    if arg.flag:
        parts.append(f".flag = '{arg.flag}'")
    if arg.optional:
        parts.append('.optional = true')
    return '{ ' + ', '.join(parts) + ' }'


def write_command(cmd: Command) -> list[str]:
    """One table row."""
    out = ['    {',
           f"        .name = {c_string('|'.join(cmd.names))},",
           f'        .params = {c_string(cmd.params)},',
           f'        .help = {c_string(cmd.help)},']
    if cmd.args:
        out.append('        .args = (const HmpArg[]){')
        out += [f'            {arg_initializer(arg)},' for arg in cmd.args]
        out += ['            { .key = NULL },', '        },']
    if cmd.is_table:
        sub = ' '.join(filter(None, [cmd.table, cmd.names[0]]))
        out.append(f'        .sub_table = {table_symbol(sub)},')
    else:
        out.append(f'        .run = run_{cmd.handler},')
    return out + ['    },']


def write_runners(commands: list[Command]) -> list[str]:
    """Around each handler, a function of the type that only coroutine context can call."""
    out = []
    for handler in sorted({cmd.handler for cmd in commands if cmd.handler}):
        out += [f'static void coroutine_fn run_{handler}(const CoContext *here, Hmp *hmp,',
                '    const QDict *args)', '{', f'    {handler}(hmp, args);', '}', '']
    return out


def write_tables(commands: list[Command]) -> str:
    """The tables, innermost first."""
    out = ['/* Generated from monitor/hmp-commands.hx: the tables of the HMP commands. */',
           '#include "monitor/hmp-commands.h"', '#include "monitor/hmp.h"', '',
           *write_runners(commands)]
    tables = sorted({cmd.table for cmd in commands}, key=len, reverse=True)
    for table in tables:
        rows = sorted((cmd for cmd in commands if cmd.table == table), key=lambda c: c.names[0])
        linkage = 'static const' if table else 'const'
        out.append(f'{linkage} HmpCommand {table_symbol(table)}[] = {{')
        for cmd in rows:
            out += write_command(cmd)
        out += ['    { .name = NULL },', '};', '']
    return '\n'.join(out)


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    kind = parser.add_mutually_exclusive_group(required=True)
    kind.add_argument('--header', action='store_true', help='write the prototypes')
    kind.add_argument('--tables', action='store_true', help='write the tables')
    parser.add_argument('--schema', help="where --tables takes the help of 'qmp = ...' from")
    parser.add_argument('input')
    parser.add_argument('output')
    args = parser.parse_args()
    try:
        commands = read_commands(args.input)
        if args.tables:
            take_help(args.input, commands, args.schema)
        text = write_header(commands) if args.header else write_tables(commands)
    except HxError as err:
        print(err, file=sys.stderr)
        return 1
    write_if_changed(args.output, text)
    return 0


if __name__ == '__main__':
    sys.exit(main())
