"""What HMP takes from the schema: help, and the arguments of entries that forward."""
# SPDX-License-Identifier: GPL-2.0-or-later

from typing import Optional

from hmp_entries import ARG_KINDS, Arg, Command, HxError, Member, check_order
from qapi.entities import QAPISchemaEnumType, QAPISchemaObjectTypeMember
from qapi.error import QAPIError
from qapi.schema import QAPISchema, QAPISchemaCommand

INTEGERS = {'int', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32'}
KINDS = {'str': 'HMP_ARG_STRING', 'bool': 'HMP_ARG_BOOL', 'size': 'HMP_ARG_SIZE',
         'uint64': 'HMP_ARG_UINT64', **{name: 'HMP_ARG_INT64' for name in INTEGERS}}
# What `args` may say of members, by the kind of their type.
FITTING = {'HMP_ARG_STRING': 'sF', 'HMP_ARG_INT64': 'il', 'HMP_ARG_FILENAME': 'sF'}


def find_command(schema: QAPISchema, name: str) -> QAPISchemaCommand:
    """The QMP command of this name."""
    command = schema.lookup_entity(name)
    if not isinstance(command, QAPISchemaCommand):
        raise HxError(f"'{name}' is not a QMP command of {schema.fname}")
    return command


def help_from(schema: QAPISchema, command: QAPISchemaCommand) -> str:
    """What the schema says about a command, as help is written."""
    text = command.doc.summary().rstrip('.') if command.doc else ''
    if not text:
        raise HxError(f"QMP command '{command.name}' has no text in {schema.fname} to take help "
                      "from")
    # An abbreviation stays as it is.
    return text if text[1:2].isupper() else text[0].lower() + text[1:]


def is_file_name(name: str) -> bool:
    """The rule for names of members that hold file names."""
    return name in ('file', 'filename') or name.endswith(('-file', '-filename'))


def words_of(member: QAPISchemaObjectTypeMember) -> list[str]:
    """What may be typed for it, if that can be listed."""
    if member.type.name == 'bool':
        return ['on', 'off']
    if isinstance(member.type, QAPISchemaEnumType):
        return list(member.type.member_names())
    return []


def kind_of(member: QAPISchemaObjectTypeMember) -> str:
    """How a member is typed by itself; '': not at all."""
    if isinstance(member.type, QAPISchemaEnumType):
        return 'HMP_ARG_STRING'
    kind = KINDS.get(member.type.name, '')
    return 'HMP_ARG_FILENAME' if kind == 'HMP_ARG_STRING' and is_file_name(member.name) else kind


def flag_of(member: QAPISchemaObjectTypeMember, letter: str, kind: str) -> Arg:
    """A member that is typed as a flag."""
    if kind == 'HMP_ARG_BOOL':
        return Arg(member.name, 'HMP_ARG_FLAG', letter, True)
    if kind != 'HMP_ARG_STRING':
        raise HxError(f"argument '{member.name}' is no flag: only a str, an enum or a bool is")
    return Arg(member.name, 'HMP_ARG_FLAG_STRING', letter, True, words_of(member))


def arg_of(member: QAPISchemaObjectTypeMember, wanted: str) -> Arg:
    """The argument that gives a member; @wanted: what `args` says."""
    kind = kind_of(member)
    if not kind:
        raise HxError(f"argument '{member.name}' has a type that nobody can type: "
                      f"'{member.type.name}'")
    if wanted.startswith('-'):
        if not member.optional:
            raise HxError(f"argument '{member.name}' is no flag: it must not be left out")
        return flag_of(member, wanted[1], kind)
    if wanted == '@cpu':
        if kind != 'HMP_ARG_INT64':
            raise HxError(f"argument '{member.name}' is no CPU's index: that is an int")
        return Arg(member.name, 'HMP_ARG_CPU', '', True)
    if wanted and (wanted not in FITTING.get(kind, '') or words_of(member)):
        raise HxError(f"argument '{member.name}:{wanted}' does not fit the schema's "
                      f"'{member.type.name}'")
    return Arg(member.name, ARG_KINDS[wanted] if wanted else kind, '', member.optional,
               words_of(member))


def all_members(members: list[QAPISchemaObjectTypeMember]) -> list[Member]:
    """Without `args`: those that must be there, then the others that can be typed."""
    return ([Member(m.name, '') for m in members if not m.optional] +
            [Member(m.name, '') for m in members if m.optional and kind_of(m)])


def params_of(args: list[Arg]) -> str:
    """The arguments as help shows them: those left out last are in brackets of brackets."""
    text, close = [], ''
    for arg in args:
        name = '|'.join(arg.words) if arg.kind == 'HMP_ARG_BOOL' else arg.key
        if arg.kind == 'HMP_ARG_CPU':
            continue
        if arg.flag:
            text.append(f'[-{arg.flag}]' if arg.kind == 'HMP_ARG_FLAG' else f'[-{arg.flag} {name}]')
        elif arg.optional:
            text.append('[' + name)
            close += ']'
        else:
            text.append(name)
    return ' '.join(text) + close


def take_args(cmd: Command, command: QAPISchemaCommand) -> None:
    """Complete an entry that forwards."""
    if command.ifcond.is_present():
        raise HxError(f"QMP command '{command.name}' is not always there")
    members = list(command.arg_type.members) if command.arg_type else []
    by_name = {member.name: member for member in members}
    for wanted in cmd.members or all_members(members):
        if wanted.name not in by_name:
            raise HxError(f"'{wanted.name}' is not an argument of QMP command '{command.name}'")
        cmd.args.append(arg_of(by_name[wanted.name], wanted.kind))
    given = {arg.key for arg in cmd.args}
    for member in members:
        if not member.optional and member.name not in given:
            raise HxError(f"argument '{member.name}' of QMP command '{command.name}' is missing")
    # Flags may stand anywhere, and are shown where they stand in `args`.
    check_order(cmd.title, cmd.args)
    cmd.params = cmd.params or params_of(cmd.args)


def complete(path: str, commands: list[Command], schema_name: Optional[str]) -> None:
    """Complete the entries that name QMP commands."""
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
            command = find_command(schema, cmd.qmp)
            cmd.help = help_from(schema, command)
            cmd.access = command.access or ''
            cmd.preconfig = command.allow_preconfig
            if cmd.forwards:
                take_args(cmd, command)
        except HxError as err:
            raise HxError(f'{path}: [{cmd.title}]: {err}') from err
