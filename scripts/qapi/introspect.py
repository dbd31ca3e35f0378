# Back end: introspection, as ready JSON text.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import json
from typing import Dict, List, NamedTuple, Optional, Sequence

from .cgen import GenFile, GenHeader, Names
from .entities import (QAPISchemaArrayType, QAPISchemaBuiltinType, QAPISchemaEntity,
                       QAPISchemaEnumMember, QAPISchemaFeature, QAPISchemaObjectType,
                       QAPISchemaObjectTypeMember, QAPISchemaType, QAPISchemaVariants)
from .ifcond import QAPISchemaIfCond
from .names import c_name
from .schema import QAPISchema, QAPISchemaVisitor
from .source import QAPISourceInfo


class Cond(NamedTuple):
    """An array element that is there only under a condition."""

    value: object
    ifcond: QAPISchemaIfCond


_NONE = QAPISchemaIfCond()


class _Printer:
    """A tree with conditional elements to C string literals between #if and #endif."""

    def __init__(self) -> None:
        self.lines: List[str] = []
        self._text = ''

    def _flush(self) -> None:
        if self._text:
            escaped = self._text.replace('\\', '\\\\').replace('"', '\\"')
            self.lines.append(f'    "{escaped}"\n')
            self._text = ''

    def _directive(self, text: str) -> None:
        if text:
            self._flush()
            self.lines.append(text)

    def put(self, value: object) -> None:
        if isinstance(value, dict):
            sep = '{'
            for key, elt in value.items():
                self._text += f'{sep}{json.dumps(key)}: '
                self.put(elt)
                sep = ', '
            self._text += '}' if value else '{}'
        elif isinstance(value, list):
            self._array([elt if isinstance(elt, Cond) else Cond(elt, _NONE) for elt in value])
        else:
            self._text += json.dumps(value)

    def _array(self, elements: Sequence[Cond]) -> None:
        """A comma belongs to an element; which one depends on what is sure to be there."""
        sure = next((i for i, elt in enumerate(elements) if not elt.ifcond.is_present()), None)
        self._text += '['
        for index, (value, ifcond) in enumerate(elements):
            self._directive(ifcond.gen_if())
            if sure is None:
                self._comma_if_any(elements[:index])
            elif index > sure:
                self._text += ', '
            self.put(value)
            if sure is not None and index < sure:
                self._text += ', '
            self._directive(ifcond.gen_endif())
        self._text += ']'

    def _comma_if_any(self, before: Sequence[Cond]) -> None:
        if before:
            conds = ' || '.join(f'({elt.ifcond.cgen()})' for elt in before)
            self._directive(f'#if {conds}\n')
            self._text += ', '
            self._directive('#endif\n')

    def finish(self) -> str:
        self._flush()
        return ''.join(self.lines)


class IntrospectGen(QAPISchemaVisitor):
    """What commands and events take and return, by structure: type names mean nothing to clients
    and are masked as numbers, unless asked not to."""

    def __init__(self, names: Names, unmask: bool) -> None:
        self._names = names
        self._unmask = unmask
        self._schema: QAPISchema
        self._tops: List[Cond] = []
        self._types: List[Cond] = []
        self._used: List[QAPISchemaType] = []
        self._seen: Dict[str, str] = {}
        self.files: Dict[str, GenFile] = {}

    # ---- the walk: commands and events, then the types they use ----

    def visit_begin(self, schema: QAPISchema) -> None:
        self._schema = schema

    def visit_needed(self, entity: QAPISchemaEntity) -> bool:
        return not isinstance(entity, QAPISchemaType)

    def visit_end(self) -> None:
        index = 0
        while index < len(self._used):
            self._used[index].visit(self)
            index += 1
        self._write_out()

    def _use(self, typ: QAPISchemaType) -> str:
        """The name clients know @typ by."""
        if typ.json_type() == 'int':
            typ = self._lookup('int')
        elif isinstance(typ, QAPISchemaArrayType) and typ.element_type.json_type() == 'int':
            typ = self._lookup('intList')
        if typ.name not in self._seen:
            self._seen[typ.name] = self._client_name(typ)
            self._used.append(typ)
        return self._seen[typ.name]

    def _client_name(self, typ: QAPISchemaType) -> str:
        if isinstance(typ, QAPISchemaBuiltinType):
            return typ.name
        if isinstance(typ, QAPISchemaArrayType):
            return f'[{self._use(typ.element_type)}]'
        return typ.name if self._unmask else str(self._masked_index())

    _last_index = -1

    def _masked_index(self) -> int:
        self._last_index += 1
        return self._last_index

    def _lookup(self, name: str) -> QAPISchemaType:
        typ = self._schema.lookup_type(name)
        assert typ is not None
        return typ

    def _empty(self) -> QAPISchemaType:
        return self._lookup('q_empty')

    # ---- entries ----

    def _add(self, name: str, meta: str, body: Dict[str, object], ifcond: QAPISchemaIfCond,
             features: Sequence[QAPISchemaFeature], top: bool = False) -> None:
        entry: Dict[str, object] = {'name': name, 'meta-type': meta, **body}
        self._add_features(entry, features)
        (self._tops if top else self._types).append(Cond(entry, ifcond))

    def _add_features(self, entry: Dict[str, object],
                      features: Sequence[QAPISchemaFeature]) -> None:
        if features:
            entry['features'] = [Cond(f.name, f.ifcond) for f in features]

    def _member(self, member: QAPISchemaObjectTypeMember) -> Cond:
        entry: Dict[str, object] = {'name': member.name, 'type': self._use(member.type)}
        if member.optional:
            entry['default'] = None
        self._add_features(entry, member.features)
        return Cond(entry, member.ifcond)

    def visit_builtin_type(self, name: str, info: Optional[QAPISourceInfo],
                           json_type: str) -> None:
        self._add(name, 'builtin', {'json-type': json_type}, _NONE, [])

    def visit_enum_type(self, name: str, info: Optional[QAPISourceInfo],
                        ifcond: QAPISchemaIfCond, features: List[QAPISchemaFeature],
                        members: List[QAPISchemaEnumMember], prefix: Optional[str]) -> None:
        entries: List[Cond] = []
        for member in members:
            entry: Dict[str, object] = {'name': member.name}
            self._add_features(entry, member.features)
            entries.append(Cond(entry, member.ifcond))
        values = [Cond(m.name, m.ifcond) for m in members]
        self._add(self._seen[name], 'enum', {'members': entries, 'values': values}, ifcond,
                  features)

    def visit_array_type(self, name: str, info: Optional[QAPISourceInfo],
                         ifcond: QAPISchemaIfCond, element_type: QAPISchemaType) -> None:
        element = self._use(element_type)
        self._add(f'[{element}]', 'array', {'element-type': element}, ifcond, [])

    def visit_object_type_flat(self, name: str, info: Optional[QAPISourceInfo],
                               ifcond: QAPISchemaIfCond, features: List[QAPISchemaFeature],
                               members: List[QAPISchemaObjectTypeMember],
                               variants: Optional[QAPISchemaVariants]) -> None:
        body: Dict[str, object] = {'members': [self._member(m) for m in members]}
        if variants is not None:
            body['tag'] = variants.tag_member.name
            body['variants'] = [Cond({'case': v.name, 'type': self._use(v.type)}, v.ifcond)
                                for v in variants.variants]
        self._add(self._seen[name], 'object', body, ifcond, features)

    def visit_alternate_type(self, name: str, info: Optional[QAPISourceInfo],
                             ifcond: QAPISchemaIfCond, features: List[QAPISchemaFeature],
                             variants: QAPISchemaVariants) -> None:
        members = [Cond({'type': self._use(v.type)}, v.ifcond) for v in variants.variants]
        self._add(self._seen[name], 'alternate', {'members': members}, ifcond, features)

    def visit_command(self, name: str, info: Optional[QAPISourceInfo],
                      ifcond: QAPISchemaIfCond, features: List[QAPISchemaFeature],
                      arg_type: Optional[QAPISchemaObjectType],
                      ret_type: Optional[QAPISchemaType], gen: bool, success_response: bool,
                      boxed: bool, allow_oob: bool, allow_preconfig: bool,
                      coroutine: bool) -> None:
        body: Dict[str, object] = {'arg-type': self._use(arg_type or self._empty()),
                                   'ret-type': self._use(ret_type or self._empty())}
        if allow_oob:
            body['allow-oob'] = True
        self._add(name, 'command', body, ifcond, features, top=True)

    def visit_event(self, name: str, info: Optional[QAPISourceInfo], ifcond: QAPISchemaIfCond,
                    features: List[QAPISchemaFeature],
                    arg_type: Optional[QAPISchemaObjectType], boxed: bool) -> None:
        self._add(name, 'event', {'arg-type': self._use(arg_type or self._empty())}, ifcond,
                  features, top=True)

    # ---- output ----

    def _write_out(self) -> None:
        prefix = self._names.prefix
        symbol = c_name(prefix, False) + 'qmp_schema_json'
        path = f'{prefix}qapi-introspect'
        title = 'The answer to query-qmp-schema'
        header = GenHeader(path + '.h', title)
        source = GenFile(path + '.c', title)
        header.include('stddef.h')
        header.add('/* Compact JSON text; the length is without the terminating NUL. */\n'
                   f'extern const char {symbol}[];\n'
                   f'extern const size_t {symbol}_len;\n')
        source.include(header.path)
        source.add(f'const char {symbol}[] =\n{self._text()};\n',
                   f'const size_t {symbol}_len = sizeof({symbol}) - 1;\n')
        self.files = {header.path: header, source.path: source}

    def _text(self) -> str:
        printer = _Printer()
        printer.put([*self._tops, *self._types])
        return printer.finish()

    def write(self, outdir: str) -> None:
        for file in self.files.values():
            file.write(outdir)
