#!/usr/bin/python3
"""Turn monitor/hmp-commands.hx into the prototypes of the handlers or the command tables.

The file's format is described at its top.
"""
# SPDX-License-Identifier: GPL-2.0-or-later

import argparse
import sys

import hmp_forward
from hmp_entries import Arg, Command, HxError, read_commands
from qapi.output import write_if_changed


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
    if arg.words:
        words = ', '.join(c_string(word) for word in arg.words)
        parts.append(f'.words = (const char *const[]){{ {words}, NULL }}')
    return '{ ' + ', '.join(parts) + ' }'


def rights_of(cmd: Command) -> str:
    """Who may execute it, and when, as bits."""
    bits = [f'QCO_ACCESS_{cmd.access.upper()}'] if cmd.access else []
    return ' | '.join(bits + ['QCO_ALLOW_PRECONFIG'] * cmd.preconfig)


def write_command(cmd: Command) -> list[str]:
    """One table row."""
    out = ['    {',
           f"        .name = {c_string('|'.join(cmd.names))},",
           f"        .title = {c_string(' '.join(filter(None, [cmd.table, cmd.names[0]])))},",
           f'        .params = {c_string(cmd.params)},',
           f'        .help = {c_string(cmd.help)},']
    rights = rights_of(cmd)
    if rights:
        out.append(f'        .rights = {rights},')
    if cmd.args:
        out.append('        .args = (const HmpArg[]){')
        out += [f'            {arg_initializer(arg)},' for arg in cmd.args]
        out += ['            { .key = NULL },', '        },']
    if cmd.is_table:
        sub = ' '.join(filter(None, [cmd.table, cmd.names[0]]))
        out.append(f'        .sub_table = {table_symbol(sub)},')
    elif cmd.forwards:
        out.append(f'        .qmp = {c_string(cmd.qmp)},')
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
    parser.add_argument('--schema', help="where --tables takes what belongs to 'qmp = ...' from")
    parser.add_argument('input')
    parser.add_argument('output')
    args = parser.parse_args()
    try:
        commands = read_commands(args.input)
        if args.tables:
            hmp_forward.complete(args.input, commands, args.schema)
        text = write_header(commands) if args.header else write_tables(commands)
    except HxError as err:
        print(err, file=sys.stderr)
        return 1
    write_if_changed(args.output, text)
    return 0


if __name__ == '__main__':
    sys.exit(main())
