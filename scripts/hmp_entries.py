"""What stands in monitor/hmp-commands.hx; its format is described at its top."""
# SPDX-License-Identifier: GPL-2.0-or-later

import configparser
import re
from dataclasses import dataclass, field

ARG_TYPE = re.compile(r'(?P<type>[sFSil/]|-[A-Za-z]s?)(?P<optional>\?)?')
# An argument of an entry that forwards: how it is typed, when not as the schema's type says.
MEMBER = re.compile(r'(?P<name>[A-Za-z_][A-Za-z0-9_-]*)(:(?P<type>[sFil]|-[A-Za-z]|@cpu))?')
ARG_KINDS = {
    's': 'HMP_ARG_STRING',
    'F': 'HMP_ARG_FILENAME',
    'S': 'HMP_ARG_REST',
    'i': 'HMP_ARG_INT32',
    'l': 'HMP_ARG_INT64',
    '/': 'HMP_ARG_FORMAT',
}
KNOWN_KEYS = {'args', 'params', 'help', 'qmp', 'cmd', 'table', 'access', 'preconfig'}


class HxError(Exception):
    """The command file is wrong; the text says where and how."""


@dataclass
class Arg:
    """One argument of a command."""
    key: str
    kind: str
    flag: str
    optional: bool
    words: list[str] = field(default_factory=list)


@dataclass
class Member:
    """One argument of an entry that forwards, and how it is typed if not as its type says."""
    name: str
    kind: str


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
    access: str = ''
    preconfig: bool = False
    args: list[Arg] = field(default_factory=list)
    # Of an entry that forwards, until the schema has said what they are.
    members: list[Member] = field(default_factory=list)

    @property
    def forwards(self) -> bool:
        """There is no handler: the QMP command does it."""
        return bool(self.qmp) and not self.handler and not self.is_table

    @property
    def title(self) -> str:
        """As the section is named."""
        return ' '.join(filter(None, [self.table, '|'.join(self.names)]))


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
    """Parse the value of `args`."""
    args = [parse_arg(where, item) for item in text.split(',')] if text else []
    check_order(where, args)
    return args


def check_order(where: str, args: list[Arg]) -> None:
    """What may be left out comes last, and the rest of the line after all."""
    positional = [arg for arg in args
                  if not arg.flag and arg.kind not in ('HMP_ARG_FORMAT', 'HMP_ARG_CPU')]
    for before, after in zip(positional, positional[1:]):
        if before.optional and not after.optional:
            raise HxError(f"{where}: argument '{after.key}' must be optional, as '{before.key}' is")
        if before.kind == 'HMP_ARG_REST':
            raise HxError(f"{where}: argument '{before.key}' takes the rest of the line, "
                          f"nothing is left for '{after.key}'")


def parse_members(where: str, text: str) -> list[Member]:
    """Parse the value of `args` of an entry that forwards."""
    members: list[Member] = []
    for item in text.split(',') if text else []:
        match = MEMBER.fullmatch(item.strip())
        if not match:
            raise HxError(f"{where}: argument '{item.strip()}' is not MEMBER or MEMBER:TYPE with a "
                          "type of s F i l -x @cpu")
        if any(member.name == match['name'] for member in members):
            raise HxError(f"{where}: argument '{match['name']}' stands there twice")
        members.append(Member(match['name'], match['type'] or ''))
    return members


def check_rights(where: str, cmd: Command) -> None:
    """Who may execute a command is said in one place."""
    if cmd.access not in ('', 'read', 'screen'):
        raise HxError(f"{where}: access '{cmd.access}' is not one of read, screen")
    if cmd.qmp and (cmd.access or cmd.preconfig):
        raise HxError(f"{where}: access and preconfig are those of QMP command '{cmd.qmp}'")


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
    cmd.access = keys.get('access', '')
    cmd.preconfig = keys.get('preconfig', 'no') == 'yes'
    check_rights(where, cmd)
    if cmd.forwards:
        cmd.members = parse_members(where, keys.get('args', ''))
    else:
        cmd.args = parse_args(where, keys.get('args', ''))
    if cmd.is_table == bool(cmd.handler) and not cmd.forwards:
        raise HxError(f"{where}: needs one of 'cmd = hmp_...', 'table = yes' and 'qmp = COMMAND'")
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
