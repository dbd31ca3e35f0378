# The shape of definitions: keys, kinds of values, names. No look-ups of other definitions.
#
# SPDX-License-Identifier: GPL-2.0-or-later
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

from .defs import (AlternateDef, CommandDef, Data, Definition, EnumDef, EventDef, FeatureDef,
                   MemberDef, StructDef, TypeRef, UnionDef, ValueDef)
from .docs import QAPIDoc
from .error import QAPISemError
from .ifcond import QAPISchemaIfCond, make_ifcond
from .names import c_name, check_defn_name, check_name_lower, check_name_str
from .nodes import Obj, Seq
from .parser import RawDefinition
from .source import QAPISourceInfo


class _Head(NamedTuple):
    """The parts that every definition has, and the object they come from."""

    expr: Obj
    meta: str
    name: str
    info: QAPISourceInfo
    doc: Optional[QAPIDoc]

    def at(self, key: str) -> QAPISourceInfo:
        return self.info.at(self.expr.line_of(key))


def _list_keys(keys: Sequence[str]) -> str:
    return ', '.join(f"'{key}'" for key in sorted(keys))


def _check_keys(expr: Obj, info: QAPISourceInfo, source: str, required: Sequence[str],
                optional: Sequence[str]) -> None:
    missing = [key for key in required if key not in expr]
    if missing:
        plural = 's' if len(missing) > 1 else ''
        raise QAPISemError(info, f"{source} misses key{plural} {_list_keys(missing)}")
    for key in expr:
        if key not in required and key not in optional:
            raise QAPISemError(info.at(expr.line_of(key)),
                               f"{source} has unknown key '{key}': valid keys are "
                               f"{_list_keys([*required, *optional])}")


def _features(expr: Obj, info: QAPISourceInfo, source: str) -> List[FeatureDef]:
    if 'features' not in expr:
        return []
    info = info.at(expr.line_of('features'))
    features = expr['features']
    if not isinstance(features, Seq):
        raise QAPISemError(info, f"'features' of {source} must be an array")
    result: List[FeatureDef] = []
    for index, elt in enumerate(features):
        at = info.at(features.lines[index])
        if isinstance(elt, str):
            elt = _wrap('name', elt, features.lines[index])
        if not isinstance(elt, Obj):
            raise QAPISemError(at, f"'features' member of {source} must be a string or an object")
        _check_keys(elt, at, f"'features' member of {source}", ['name'], ['if'])
        name = elt['name']
        if not isinstance(name, str):
            raise QAPISemError(at, f"'features' member of {source} requires a string name")
        label = f"feature '{name}' of {source}"
        check_name_lower(name, at, label)
        result.append(FeatureDef(name, at, make_ifcond(elt, at, label)))
    return result


def _wrap(key: str, value: object, line: int) -> Obj:
    obj = Obj(line)
    obj[key] = value
    return obj


def _type_name(name: str, info: QAPISourceInfo, source: str) -> str:
    """Names that the compiler made up are not for schemas to use."""
    if name.startswith('q_') or name.endswith('List'):
        raise QAPISemError(info, f"{source} uses unknown type '{name}'")
    return name


def _type_ref(value: object, info: QAPISourceInfo, source: str) -> TypeRef:
    if isinstance(value, Seq):
        if len(value) != 1 or not isinstance(value[0], str):
            raise QAPISemError(info, f"{source}: array type must contain a single type name")
        return TypeRef(_type_name(value[0], info, source), True)
    if isinstance(value, str):
        return TypeRef(_type_name(value, info, source), False)
    raise QAPISemError(info, f"{source} must be a type name or an array of one")


def _member(key: str, value: object, info: QAPISourceInfo, label: str,
            check_name: Callable[[str, QAPISourceInfo, str], None],
            is_branch: bool) -> MemberDef:
    """A branch is neither optional nor has it features."""
    optional = not is_branch and key.startswith('*')
    name = key[1:] if optional else key
    check_name(name, info, label)
    expr = value if isinstance(value, Obj) else _wrap('type', value, info.line)
    _check_keys(expr, info, label, ['type'], ['if'] if is_branch else ['if', 'features'])
    typ = _type_ref(expr['type'], info.at(expr.line_of('type')), label)
    return MemberDef(name, optional, typ, info, make_ifcond(expr, info, label),
                     _features(expr, info, label))


def _members(value: object, head: _Head, key: str) -> List[MemberDef]:
    if not isinstance(value, Obj):
        raise QAPISemError(head.at(key), f"'{key}' must be an object")
    lax = head.name in head.info.pragma.member_name_exceptions

    def check_name(name: str, info: QAPISourceInfo, label: str) -> None:
        check_name_lower(name, info, label, permit_upper=lax, permit_underscore=lax)
        mangled = c_name(name, False)
        if mangled == 'u' or mangled.startswith('has_'):
            raise QAPISemError(info, f"{label} uses reserved name '{name}': 'u' and names "
                                     "beginning with 'has-' are used by generated code")

    return [_member(name, elt, head.info.at(value.line_of(name)), f"'{key}' member '{name}'",
                    check_name, False)
            for name, elt in value.items()]


def _branches(head: _Head,
              check_name: Callable[[str, QAPISourceInfo, str], None]) -> List[MemberDef]:
    data = head.expr['data']
    if not isinstance(data, Obj):
        raise QAPISemError(head.at('data'), "'data' must be an object")
    return [_member(name, elt, head.info.at(data.line_of(name)), f"'data' branch '{name}'",
                    check_name, True)
            for name, elt in data.items()]


def _flag(head: _Head, key: str, value: bool) -> bool:
    """A flag that may only be given as @value: giving it the default would say nothing."""
    if key not in head.expr:
        return not value
    if head.expr[key] is not value:
        word = 'true' if value else 'false'
        raise QAPISemError(head.at(key), f"flag '{key}' may only use {word} value")
    return value


def _data(head: _Head, key: str) -> Data:
    """A type's name or members in place."""
    value = head.expr.get(key)
    if value is None:
        return None
    if isinstance(value, str):
        return _type_name(value, head.at(key), f"'{key}'")
    if isinstance(value, Obj):
        return _members(value, head, key)
    raise QAPISemError(head.at(key), f"'{key}' of {head.meta} must be an object or a type name")


_Common = Tuple[str, str, QAPISourceInfo, Optional[QAPIDoc], QAPISchemaIfCond, List[FeatureDef]]


def _common(head: _Head) -> _Common:
    source = f"{head.meta} '{head.name}'"
    return (head.meta, head.name, head.info, head.doc,
            make_ifcond(head.expr, head.info, source), _features(head.expr, head.info, source))


def _value_def(elt: object, head: _Head, info: QAPISourceInfo) -> ValueDef:
    if isinstance(elt, str):
        elt = _wrap('name', elt, info.line)
    if not isinstance(elt, Obj):
        raise QAPISemError(info, "'data' member must be a string or an object")
    _check_keys(elt, info, "'data' member", ['name'], ['if', 'features'])
    name = elt['name']
    if not isinstance(name, str):
        raise QAPISemError(info, "'data' member requires a string name")
    lax = head.name in info.pragma.member_name_exceptions
    source = f"'data' member '{name}'"
    check_name_lower(name, info, source, permit_upper=lax, permit_underscore=lax, digits=True)
    return ValueDef(name, info, make_ifcond(elt, info, source), _features(elt, info, source))


def _enum(head: _Head) -> Definition:
    data = head.expr['data']
    if not isinstance(data, Seq):
        raise QAPISemError(head.at('data'), "'data' must be an array")
    prefix = head.expr.get('prefix')
    if prefix is not None and not isinstance(prefix, str):
        raise QAPISemError(head.at('prefix'), "'prefix' must be a string")
    if prefix is not None:
        check_name_str(prefix, head.at('prefix'), "'prefix'")
    values = [_value_def(elt, head, head.info.at(data.lines[index]))
              for index, elt in enumerate(data)]
    return EnumDef(*_common(head), values=values, prefix=prefix)


def _base_name(head: _Head) -> Optional[str]:
    base = head.expr.get('base')
    if base is not None and not isinstance(base, str):
        raise QAPISemError(head.at('base'), "'base' of struct must be a type name")
    return _type_name(base, head.at('base'), "'base'") if base is not None else None


def _struct(head: _Head) -> Definition:
    members = _members(head.expr['data'], head, 'data')
    return StructDef(*_common(head), base=_base_name(head),
                     members=members)


def _union(head: _Head) -> Definition:
    discriminator = head.expr['discriminator']
    if not isinstance(discriminator, str):
        raise QAPISemError(head.at('discriminator'), "'discriminator' must be a string")

    def check_name(name: str, info: QAPISourceInfo, label: str) -> None:
        check_name_str(name, info, label, digits=True)

    base = _data(head, 'base')
    branches = _branches(head, check_name)
    return UnionDef(*_common(head), base=base, discriminator=discriminator,
                    discriminator_line=head.expr.line_of('discriminator'), branches=branches)


def _alternate(head: _Head) -> Definition:
    def check_name(name: str, info: QAPISourceInfo, label: str) -> None:
        check_name_lower(name, info, label)

    branches = _branches(head, check_name)
    if not branches:
        raise QAPISemError(head.at('data'), "'data' must not be empty")
    return AlternateDef(*_common(head), branches=branches)


def _access(head: _Head) -> Optional[str]:
    """Who may execute a command beside those who may do everything."""
    access = head.expr.get('access')
    if access is None or (isinstance(access, str) and access in ('read', 'screen')):
        return access
    raise QAPISemError(head.at('access'), "'access' must be 'read' or 'screen'")


def _rate_limit(head: _Head) -> Union[bool, str]:
    """True, or the member by which occurrences are told apart."""
    limit = head.expr.get('rate-limit', False)
    if isinstance(limit, str) or limit is True:
        return limit
    if 'rate-limit' in head.expr:
        raise QAPISemError(head.at('rate-limit'), "'rate-limit' must be true or a member's name")
    return False


def _check_boxed(head: _Head, boxed: bool, data: Data) -> None:
    if boxed and not isinstance(data, str):
        raise QAPISemError(head.at('boxed'), "'boxed': true requires 'data' to be a type name")


def _command(head: _Head) -> Definition:
    data = _data(head, 'data')
    boxed = _flag(head, 'boxed', True)
    _check_boxed(head, boxed, data)
    returns = None
    if 'returns' in head.expr:
        returns = _type_ref(head.expr['returns'], head.at('returns'), "'returns'")
    allow_oob = _flag(head, 'allow-oob', True)
    coroutine = _flag(head, 'coroutine', True)
    if allow_oob and coroutine:
        raise QAPISemError(head.info, "flags 'allow-oob' and 'coroutine' are incompatible")
    return CommandDef(*_common(head), data=data, returns=returns,
                      gen=_flag(head, 'gen', False),
                      success_response=_flag(head, 'success-response', False), boxed=boxed,
                      allow_oob=allow_oob,
                      allow_preconfig=_flag(head, 'allow-preconfig', True), coroutine=coroutine,
                      access=_access(head), long_request=_flag(head, 'long-request', True))


def _event(head: _Head) -> Definition:
    data = _data(head, 'data')
    boxed = _flag(head, 'boxed', True)
    _check_boxed(head, boxed, data)
    line = head.expr.line_of('rate-limit') if 'rate-limit' in head.expr else 0
    return EventDef(*_common(head), data=data, boxed=boxed, rate_limit=_rate_limit(head),
                    rate_limit_line=line)


class _Meta(NamedTuple):
    """Keys of a kind of definition beside its own, and what reads it."""

    required: List[str]
    optional: List[str]
    make: Callable[[_Head], Definition]


_METAS: Dict[str, _Meta] = {
    'enum': _Meta(['data'], ['if', 'features', 'prefix'], _enum),
    'union': _Meta(['base', 'discriminator', 'data'], ['if', 'features'], _union),
    'alternate': _Meta(['data'], ['if', 'features'], _alternate),
    'struct': _Meta(['data'], ['base', 'if', 'features'], _struct),
    'command': _Meta([], ['data', 'returns', 'boxed', 'if', 'features', 'gen',
                          'success-response', 'allow-oob', 'allow-preconfig', 'coroutine',
                          'access', 'long-request'],
                     _command),
    'event': _Meta([], ['data', 'boxed', 'rate-limit', 'if', 'features'], _event),
}


def _check_doc(head: _Head) -> None:
    if head.doc is None:
        if head.info.pragma.doc_required:
            what = f"{head.meta} '{head.name}'"
            raise QAPISemError(head.info, f'documentation comment required for {what}')
    elif head.doc.symbol != head.name:
        raise QAPISemError(head.info, f"documentation comment is for '{head.doc.symbol}', "
                                      f"but {head.meta} '{head.name}' follows")


def check_definition(raw: RawDefinition) -> Definition:
    """The definition in @raw, or QAPISemError."""
    expr, info, doc = raw
    metas = [meta for meta in _METAS if meta in expr]
    if len(metas) != 1:
        kinds = "'enum', 'struct', 'union', 'alternate', 'event', 'command', 'include', 'pragma'"
        found = _list_keys(metas) if metas else 'none of them'
        raise QAPISemError(info, f"expression must have exactly one key of {kinds}; "
                                 f"it has {found}")
    meta = metas[0]
    name = expr[meta]
    if not isinstance(name, str):
        raise QAPISemError(info, f"'{meta}' must have a string name")
    info = info.inside(meta, name)
    head = _Head(expr, meta, name, info, doc)
    check_defn_name(name, head.at(meta), meta)
    _check_doc(head)
    _check_keys(expr, info, meta, [meta, *_METAS[meta].required], _METAS[meta].optional)
    return _METAS[meta].make(head)
