# A schema file to a checked schema that can be walked.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import os
from typing import Dict, List, Optional, Sequence

from .check import check_definition
from .defs import (AlternateDef, CommandDef, Data, Definition, EnumDef, EventDef, FeatureDef,
                   MemberDef, StructDef, TypeRef, UnionDef)
from .docs import QAPIDoc
from .entities import (QAPISchemaAlternateType, QAPISchemaArrayType, QAPISchemaBuiltinType,
                       QAPISchemaEntity, QAPISchemaEnumMember, QAPISchemaEnumType,
                       QAPISchemaFeature, QAPISchemaMember, QAPISchemaObjectType,
                       QAPISchemaObjectTypeMember, QAPISchemaType, QAPISchemaVariant,
                       QAPISchemaVariants)
from .error import QAPISemError
from .ifcond import QAPISchemaIfCond
from .names import c_enum_const
from .operations import QAPISchemaCommand, QAPISchemaEvent, QAPISchemaInclude
from .parser import SchemaParser
from .source import QAPISourceInfo
from .visitor import QAPISchemaVisitor

__all__ = [
    'QAPISchema', 'QAPISchemaAlternateType', 'QAPISchemaArrayType', 'QAPISchemaBuiltinType',
    'QAPISchemaCommand', 'QAPISchemaEntity', 'QAPISchemaEnumMember', 'QAPISchemaEnumType',
    'QAPISchemaEvent', 'QAPISchemaFeature', 'QAPISchemaIfCond', 'QAPISchemaInclude',
    'QAPISchemaMember', 'QAPISchemaModule', 'QAPISchemaObjectType',
    'QAPISchemaObjectTypeMember', 'QAPISchemaType', 'QAPISchemaVariant', 'QAPISchemaVariants',
    'QAPISchemaVisitor',
]

BUILTIN_MODULE = './builtin'

# Name, JSON type, C type.
_BUILTINS = (
    ('str', 'string', 'char *'),
    ('number', 'number', 'double'),
    ('int', 'int', 'int64_t'),
    ('int8', 'int', 'int8_t'),
    ('int16', 'int', 'int16_t'),
    ('int32', 'int', 'int32_t'),
    ('int64', 'int', 'int64_t'),
    ('uint8', 'int', 'uint8_t'),
    ('uint16', 'int', 'uint16_t'),
    ('uint32', 'int', 'uint32_t'),
    ('uint64', 'int', 'uint64_t'),
    ('size', 'int', 'uint64_t'),
    ('bool', 'boolean', 'bool'),
    ('any', 'value', 'QObject *'),
    ('null', 'null', 'QNull *'),
)
_QTYPES = ('none', 'qnull', 'qnum', 'qstring', 'qdict', 'qlist', 'qbool')


class QAPISchemaModule:
    """A schema file, by its path relative to the main one's folder."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.entities: List[QAPISchemaEntity] = []

    def visit(self, visitor: QAPISchemaVisitor) -> None:
        visitor.visit_module(self.name)
        for entity in self.entities:
            if visitor.visit_needed(entity):
                entity.visit(visitor)


class QAPISchema:
    """Reads and checks @fname; QAPIError when it cannot or must not be used."""

    def __init__(self, fname: str) -> None:
        self.fname = fname
        parser = SchemaParser(fname)
        self.docs: List[QAPIDoc] = parser.docs
        self.pragma = parser.pragmas
        self._dir = os.path.dirname(fname)
        self._entities: List[QAPISchemaEntity] = []
        self._names: Dict[str, QAPISchemaEntity] = {}
        self._c_names: Dict[str, QAPISchemaEntity] = {}
        self._modules: Dict[str, QAPISchemaModule] = {}
        self._stems: Dict[str, str] = {}
        self._define_builtins()
        self._module = self._make_module(self._module_name(fname))
        for item in parser.items:
            if item.include is not None:
                self._include(item.include.fname, item.include.info)
            elif item.definition is not None:
                info = item.definition.info
                self._module = self._make_module(self._module_name(info.fname))
                self._define(check_definition(item.definition))
        self._check()

    # ---- looking things up ----

    def lookup_entity(self, name: str) -> Optional[QAPISchemaEntity]:
        return self._names.get(name)

    def lookup_type(self, name: str) -> Optional[QAPISchemaType]:
        entity = self._names.get(name)
        return entity if isinstance(entity, QAPISchemaType) else None

    def resolve_type(self, name: str, info: Optional[QAPISourceInfo],
                     what: str) -> QAPISchemaType:
        typ = self.lookup_type(name)
        if typ is None:
            shown = name[:-4] if name.endswith('List') else name
            raise QAPISemError(info, f"{what} uses unknown type '{shown}'")
        return typ

    def visit(self, visitor: QAPISchemaVisitor) -> None:
        visitor.visit_begin(self)
        for module in self._modules.values():
            module.visit(visitor)
        visitor.visit_end()

    # ---- modules ----

    def _module_name(self, fname: str) -> str:
        return os.path.relpath(fname, self._dir or '.')

    def _make_module(self, name: str) -> QAPISchemaModule:
        if name not in self._modules:
            self._modules[name] = QAPISchemaModule(name)
        return self._modules[name]

    def _include(self, fname: str, info: QAPISourceInfo) -> None:
        module = self._make_module(self._module_name(info.fname))
        name = self._module_name(fname)
        self._make_module(name)
        stem = os.path.splitext(name)[0]
        other = self._stems.setdefault(stem, name)
        if other != name:
            raise QAPISemError(info, f"module '{name}' needs files of the same names as module "
                                     f"'{other}'")
        entity = QAPISchemaInclude(name, info)
        entity.module = module.name
        module.entities.append(entity)

    # ---- definitions to entities ----

    def _add(self, entity: QAPISchemaEntity) -> None:
        other = self._names.get(entity.name)
        if other is not None:
            raise QAPISemError(entity.info, _defined_already(entity, other))
        kind = 'type' if isinstance(entity, QAPISchemaType) else entity.meta
        c_key = f'{kind} {entity.c_name().lower() if kind == "event" else entity.c_name()}'
        other = self._c_names.get(c_key)
        if other is not None:
            raise QAPISemError(entity.info, f"{entity.describe()} collides with "
                                            f"{other.describe()}: both are "
                                            f"'{entity.c_name()}' in C")
        self._names[entity.name] = entity
        self._c_names[c_key] = entity
        self._entities.append(entity)
        entity.module = self._module.name

    def _define_builtins(self) -> None:
        self._module = self._make_module(BUILTIN_MODULE)
        for name, json_type, ctype in _BUILTINS:
            self._add(QAPISchemaBuiltinType(name, json_type, ctype))
        self._add(QAPISchemaObjectType('q_empty', None, None, None, None, None, [], None))
        values = [QAPISchemaEnumMember(name, None) for name in _QTYPES]
        self._add(QAPISchemaEnumType('QType', None, None, None, None, values, 'QTYPE'))
        for name in [builtin[0] for builtin in _BUILTINS] + ['QType']:
            self._array(name, None)

    def _array(self, element: str, info: Optional[QAPISourceInfo]) -> str:
        name = element + 'List'
        if name not in self._names:
            array = QAPISchemaArrayType(name, info, element)
            self._names[name] = array
            self._entities.append(array)
        return name

    def _type_name(self, ref: TypeRef, info: QAPISourceInfo) -> str:
        return self._array(ref.name, info) if ref.array else ref.name

    def _make_features(self, features: Sequence[FeatureDef]) -> List[QAPISchemaFeature]:
        return [QAPISchemaFeature(f.name, f.info, f.ifcond) for f in features]

    def _make_members(self, members: Sequence[MemberDef]) -> List[QAPISchemaObjectTypeMember]:
        return [QAPISchemaObjectTypeMember(m.name, m.info, self._type_name(m.typ, m.info),
                                           m.optional, m.ifcond,
                                           self._make_features(m.features))
                for m in members]

    def _make_variants(self, branches: Sequence[MemberDef]) -> List[QAPISchemaVariant]:
        return [QAPISchemaVariant(b.name, b.info, self._type_name(b.typ, b.info), b.ifcond)
                for b in branches]

    def _make_data(self, data: Data, defn: Definition, role: str) -> Optional[str]:
        """The name of the type that holds @data."""
        if data is None or isinstance(data, str):
            return data
        if not data and role == 'arg':
            return None
        name = f'q_obj_{defn.name}-{role}'
        self._add(QAPISchemaObjectType(name, defn.info, None, defn.ifcond, None, None,
                                       self._make_members(data), None))
        return name

    def _define(self, defn: Definition) -> None:
        features = self._make_features(defn.features)
        common = (defn.name, defn.info, defn.doc, defn.ifcond, features)
        if isinstance(defn, EnumDef):
            values = [QAPISchemaEnumMember(v.name, v.info, v.ifcond,
                                           self._make_features(v.features))
                      for v in defn.values]
            self._add(QAPISchemaEnumType(*common, values, defn.prefix))
        elif isinstance(defn, StructDef):
            self._add(QAPISchemaObjectType(*common, defn.base, self._make_members(defn.members),
                                           None))
        elif isinstance(defn, UnionDef):
            info = defn.info.at(defn.discriminator_line)
            variants = QAPISchemaVariants(defn.discriminator, info, None,
                                          self._make_variants(defn.branches))
            base = self._make_data(defn.base, defn, 'base')
            self._add(QAPISchemaObjectType(*common, base, [], variants))
        elif isinstance(defn, AlternateDef):
            tag = QAPISchemaObjectTypeMember('type', defn.info, 'QType', False)
            variants = QAPISchemaVariants(None, defn.info, tag,
                                          self._make_variants(defn.branches))
            self._add(QAPISchemaAlternateType(*common, variants))
        elif isinstance(defn, CommandDef):
            self._define_command(defn, features)
        elif isinstance(defn, EventDef):
            arg = self._make_data(defn.data, defn, 'arg')
            self._add(QAPISchemaEvent(*common, arg, defn.boxed, defn.rate_limit,
                                      defn.rate_limit_line))

    def _define_command(self, defn: CommandDef, features: List[QAPISchemaFeature]) -> None:
        arg = self._make_data(defn.data, defn, 'arg')
        ret = self._type_name(defn.returns, defn.info) if defn.returns else None
        self._add(QAPISchemaCommand(defn.name, defn.info, defn.doc, defn.ifcond, features, arg,
                                    defn.boxed, ret, defn.gen, defn.success_response,
                                    defn.allow_oob, defn.allow_preconfig, defn.coroutine,
                                    defn.access, defn.long_request))

    # ---- checks that need everything ----

    def _check(self) -> None:
        for entity in self._entities:
            try:
                entity.check(self)
            except RecursionError as err:
                raise QAPISemError(entity.info, f"{entity.describe()} is built too deeply upon "
                                                "other types") from err
        for entity in self._entities:
            entity.check_doc()
        self._check_enum_constants()
        for entity in self._entities:
            self._modules[entity.module].entities.append(entity)

    def _check_enum_constants(self) -> None:
        seen: Dict[str, QAPISchemaEnumType] = {}
        for entity in self._entities:
            if not isinstance(entity, QAPISchemaEnumType):
                continue
            for member in ['_MAX', *entity.member_names()]:
                const = c_enum_const(entity.name, member, entity.prefix or '')
                if const in seen:
                    raise QAPISemError(entity.info, f"{entity.describe()} collides with "
                                                    f"{seen[const].describe()}: both have the "
                                                    f"constant {const} in C")
                seen[const] = entity


def _defined_already(entity: QAPISchemaEntity, other: QAPISchemaEntity) -> str:
    if other.info is None:
        return f"{other.describe()} is already defined"
    return f"'{entity.name}' is already defined at " \
           f"{other.info.loc()}"
