# The types of a schema, their members and branches, once everything is looked up.
#
# Types are made in two steps: constructed with the names of other types, then check() looks those
# up. The attributes are the interface for programs that use this package.
#
# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

from typing import TYPE_CHECKING, Dict, List, Optional, Sequence, Union

from .docs import QAPIDoc
from .error import QAPISemError
from .ifcond import QAPISchemaIfCond
from .names import c_name
from .source import QAPISourceInfo

if TYPE_CHECKING:
    from .schema import QAPISchema
    from .visitor import QAPISchemaVisitor

Info = Optional[QAPISourceInfo]


class QAPISchemaEntity:
    """Anything that has a place of its own in the schema."""

    meta: str = ''

    def __init__(self, name: str, info: Info, doc: Optional[QAPIDoc] = None,
                 ifcond: Optional[QAPISchemaIfCond] = None,
                 features: Optional[Sequence[QAPISchemaFeature]] = None) -> None:
        self.name = name
        self.info = info
        self.doc = doc
        self.features: List[QAPISchemaFeature] = list(features or [])
        self.module = ''
        self._ifcond = ifcond or QAPISchemaIfCond()
        self._checked = False

    @property
    def ifcond(self) -> QAPISchemaIfCond:
        return self._ifcond

    def c_name(self) -> str:
        return c_name(self.name)

    def check(self, schema: QAPISchema) -> None:
        if self._checked:
            return
        self._checked = True
        check_clashes(self.features, self.info, {})

    def connect_doc(self, doc: QAPIDoc) -> None:
        """Tie the descriptions in @doc to what they describe."""
        for feature in self.features:
            doc.connect_feature(feature)

    def check_doc(self) -> None:
        if self.doc is not None and self.info is not None:
            self.connect_doc(self.doc)
            self.doc.check(self.info, self.meta)

    def is_implicit(self) -> bool:
        return self.info is None

    def describe(self) -> str:
        return f"{self.meta} '{self.name}'"

    def visit(self, visitor: QAPISchemaVisitor) -> None:
        raise NotImplementedError


class QAPISchemaMember:
    """A name within a definition."""

    role = 'member'

    def __init__(self, name: str, info: Info,
                 ifcond: Optional[QAPISchemaIfCond] = None) -> None:
        self.name = name
        self.info = info
        self.ifcond = ifcond or QAPISchemaIfCond()
        self.defined_in: Optional[str] = None

    def c_name(self) -> str:
        return c_name(self.name)

    def describe(self, info: Info) -> str:
        """For an error at @info: says whose it is when that is another definition."""
        owner = self.defined_in
        here = info.defn_name if info is not None else None
        if owner is None or owner == here:
            return f"{self.role} '{self.name}'"
        if owner.startswith('q_obj_') and owner.endswith('-base'):
            return f"base member '{self.name}'"
        if owner.startswith('q_obj_'):
            return f"{self.role} '{self.name}'"
        return f"{self.role} '{self.name}' of type '{owner}'"


def check_clashes(members: Sequence[QAPISchemaMember], info: Info,
                  seen: Dict[str, QAPISchemaMember], fold: bool = True) -> None:
    """Add @members to @seen; two that become the same C identifier are an error."""
    for member in members:
        key = member.c_name().upper() if fold else member.c_name()
        other = seen.get(key)
        if other is not None:
            where = info
            if member.info is not None and info is not None and member.defined_in == info.defn_name:
                where = member.info
            raise QAPISemError(where, f"{member.describe(info)} collides with "
                                      f"{other.describe(info)}")
        seen[key] = member


def _connect_members(doc: QAPIDoc,
                     members: Sequence[Union[QAPISchemaEnumMember,
                                             QAPISchemaObjectTypeMember]]) -> None:
    for member in members:
        doc.connect_member(member)
        for feature in member.features:
            doc.connect_feature(feature)


class QAPISchemaFeature(QAPISchemaMember):
    role = 'feature'

    def is_special(self) -> bool:
        """Known to the run-time: see QAPI_DEPRECATED and QAPI_UNSTABLE."""
        return self.name in ('deprecated', 'unstable')


class QAPISchemaEnumMember(QAPISchemaMember):
    role = 'value'

    def __init__(self, name: str, info: Info, ifcond: Optional[QAPISchemaIfCond] = None,
                 features: Optional[Sequence[QAPISchemaFeature]] = None) -> None:
        super().__init__(name, info, ifcond)
        self.features = list(features or [])


class QAPISchemaObjectTypeMember(QAPISchemaMember):
    def __init__(self, name: str, info: Info, typ: str, optional: bool,
                 ifcond: Optional[QAPISchemaIfCond] = None,
                 features: Optional[Sequence[QAPISchemaFeature]] = None) -> None:
        super().__init__(name, info, ifcond)
        self._type_name = typ
        self.type: QAPISchemaType
        self.optional = optional
        self.features = list(features or [])

    def need_has(self) -> bool:
        """Whether C needs a has_NAME beside the member: a pointer that may be NULL does not."""
        return self.optional and not self.type.is_pointer()

    def resolve(self, schema: QAPISchema) -> None:
        self.type = schema.resolve_type(self._type_name, self.info, self.describe(self.info))


class QAPISchemaVariant(QAPISchemaObjectTypeMember):
    """A branch of a union or alternate."""

    role = 'branch'

    def __init__(self, name: str, info: Info, typ: str,
                 ifcond: Optional[QAPISchemaIfCond] = None) -> None:
        super().__init__(name, info, typ, False, ifcond)


class QAPISchemaVariants:
    """The branches; tag_member says which one a value has."""

    def __init__(self, tag_name: Optional[str], info: QAPISourceInfo,
                 tag_member: Optional[QAPISchemaObjectTypeMember],
                 variants: List[QAPISchemaVariant]) -> None:
        self.tag_name = tag_name
        self.info = info
        self._tag_member = tag_member
        self.variants = variants

    @property
    def tag_member(self) -> QAPISchemaObjectTypeMember:
        assert self._tag_member is not None
        return self._tag_member

    def find_tag(self, members: Sequence[QAPISchemaObjectTypeMember], base: str) -> None:
        name = self.tag_name
        tag = next((m for m in members if m.name == name), None)
        if tag is None:
            raise QAPISemError(self.info, f"discriminator '{name}' is not a member of {base}")
        if not isinstance(tag.type, QAPISchemaEnumType):
            raise QAPISemError(self.info, f"discriminator member '{name}' of {base} must be of "
                                          f"enum type, not '{tag.type.doc_type()}'")
        if tag.optional:
            raise QAPISemError(self.info, f"discriminator member '{name}' of {base} must not be "
                                          "optional")
        if tag.ifcond.is_present():
            raise QAPISemError(self.info, f"discriminator member '{name}' of {base} must not be "
                                          "conditional")
        self._tag_member = tag

    def add_missing(self) -> None:
        """A value of the tag without a branch has a branch without members."""
        tag = self.tag_member.type
        assert isinstance(tag, QAPISchemaEnumType)
        given = {variant.name for variant in self.variants}
        for value in tag.members:
            if value.name not in given:
                self.variants.append(
                    QAPISchemaVariant(value.name, self.info, 'q_empty', value.ifcond))

    def check_names(self, schema: QAPISchema) -> None:
        tag = self.tag_member.type
        assert isinstance(tag, QAPISchemaEnumType)
        values = {value.name for value in tag.members}
        for variant in self.variants:
            if variant.name not in values:
                raise QAPISemError(variant.info,
                                   f"branch '{variant.name}' is not a value of "
                                   f"{tag.describe()}: its values are {_some(tag.member_names())}")
            variant.resolve(schema)
            if not isinstance(variant.type, QAPISchemaObjectType):
                raise QAPISemError(variant.info, f"{variant.describe(self.info)} cannot use "
                                                 f"{variant.type.describe()}: it must be a "
                                                 "struct or union")


def _some(names: Sequence[str]) -> str:
    if not names:
        return 'none'
    shown = ', '.join(f"'{name}'" for name in names[:8])
    return shown + (', ...' if len(names) > 8 else '')


class QAPISchemaType(QAPISchemaEntity):
    """A type: c_type() is of a value that stands in a struct, c_param_type() of a parameter."""

    def c_type(self) -> str:
        raise NotImplementedError

    def c_param_type(self) -> str:
        return self.c_type()

    def c_unboxed_type(self) -> str:
        return self.c_type()

    def is_pointer(self) -> bool:
        return self.c_type().endswith('*')

    def json_type(self) -> str:
        raise NotImplementedError

    def alternate_qtype(self) -> Optional[str]:
        """The QType that tells this type from others in an alternate."""
        return {
            'null': 'QTYPE_QNULL', 'string': 'QTYPE_QSTRING', 'number': 'QTYPE_QNUM',
            'int': 'QTYPE_QNUM', 'boolean': 'QTYPE_QBOOL', 'array': 'QTYPE_QLIST',
            'object': 'QTYPE_QDICT',
        }.get(self.json_type())

    def doc_type(self) -> Optional[str]:
        """Its name for readers; None when they cannot refer to it."""
        return None if self.is_implicit() else self.name


class QAPISchemaBuiltinType(QAPISchemaType):
    meta = 'built-in'

    def __init__(self, name: str, json_type: str, ctype: str) -> None:
        super().__init__(name, None)
        self._json_type = json_type
        self._ctype = ctype

    def c_name(self) -> str:
        return self.name

    def c_type(self) -> str:
        return self._ctype

    def c_param_type(self) -> str:
        return 'const char *' if self.name == 'str' else self._ctype

    def json_type(self) -> str:
        return self._json_type

    def doc_type(self) -> Optional[str]:
        return self.json_type()

    def describe(self) -> str:
        return f"built-in type '{self.name}'"

    def visit(self, visitor: QAPISchemaVisitor) -> None:
        visitor.visit_builtin_type(self.name, self.info, self.json_type())


class QAPISchemaEnumType(QAPISchemaType):
    meta = 'enum'

    def __init__(self, name: str, info: Info, doc: Optional[QAPIDoc],
                 ifcond: Optional[QAPISchemaIfCond],
                 features: Optional[Sequence[QAPISchemaFeature]],
                 members: List[QAPISchemaEnumMember], prefix: Optional[str]) -> None:
        super().__init__(name, info, doc, ifcond, features)
        for member in members:
            member.defined_in = name
        self.members = members
        self.prefix = prefix

    def check(self, schema: QAPISchema) -> None:
        if self._checked:
            return
        super().check(schema)
        check_clashes(self.members, self.info, {})
        for member in self.members:
            check_clashes(member.features, self.info, {})

    def connect_doc(self, doc: QAPIDoc) -> None:
        super().connect_doc(doc)
        _connect_members(doc, self.members)

    def member_names(self) -> List[str]:
        return [member.name for member in self.members]

    def c_type(self) -> str:
        return self.c_name()

    def json_type(self) -> str:
        return 'string'

    def visit(self, visitor: QAPISchemaVisitor) -> None:
        visitor.visit_enum_type(self.name, self.info, self.ifcond, self.features, self.members,
                                self.prefix)


class QAPISchemaArrayType(QAPISchemaType):
    meta = 'array'

    def __init__(self, name: str, info: Info, element_type: str) -> None:
        super().__init__(name, info)
        self._element_type_name = element_type
        self.element_type: QAPISchemaType

    @property
    def ifcond(self) -> QAPISchemaIfCond:
        return self.element_type.ifcond

    def check(self, schema: QAPISchema) -> None:
        if self._checked:
            return
        super().check(schema)
        self.element_type = schema.resolve_type(self._element_type_name, self.info, 'array')
        self.module = self.element_type.module

    def is_implicit(self) -> bool:
        return True

    def c_type(self) -> str:
        return self.c_name() + ' *'

    def json_type(self) -> str:
        return 'array'

    def doc_type(self) -> Optional[str]:
        element = self.element_type.doc_type()
        return None if element is None else 'array of ' + element

    def describe(self) -> str:
        return f"array type ['{self._element_type_name}']"

    def visit(self, visitor: QAPISchemaVisitor) -> None:
        visitor.visit_array_type(self.name, self.info, self.ifcond, self.element_type)


class QAPISchemaObjectType(QAPISchemaType):
    """A struct (no variants), a union, or the members a command or event has in place."""

    def __init__(self, name: str, info: Info, doc: Optional[QAPIDoc],
                 ifcond: Optional[QAPISchemaIfCond],
                 features: Optional[Sequence[QAPISchemaFeature]], base: Optional[str],
                 local_members: List[QAPISchemaObjectTypeMember],
                 variants: Optional[QAPISchemaVariants]) -> None:
        super().__init__(name, info, doc, ifcond, features)
        self.meta = 'union' if variants else 'struct'
        for member in local_members:
            member.defined_in = name
        for variant in variants.variants if variants else []:
            variant.defined_in = name
        self._base_name = base
        self.base: Optional[QAPISchemaObjectType] = None
        self.local_members = local_members
        self.variants = variants
        self.members: List[QAPISchemaObjectTypeMember] = []
        self._resolving = False

    def check(self, schema: QAPISchema) -> None:
        """Members' types, then clashes. A type that contains itself by value is an error."""
        if self._checked:
            return
        if self._resolving:
            raise QAPISemError(self.info, f"object {self.name} contains itself")
        self._resolving = True
        check_clashes(self.features, self.info, {})
        self._find_base(schema)
        seen: Dict[str, QAPISchemaMember] = {}
        if self.base is not None:
            self.base.check(schema)
            check_clashes(self.base.members, self.info, seen, False)
        for member in self.local_members:
            member.resolve(schema)
            check_clashes(member.features, self.info, {})
        check_clashes(self.local_members, self.info, seen, False)
        self.members = [*(self.base.members if self.base else []), *self.local_members]
        if self.variants is not None:
            self._check_variants(schema, self.variants, seen)
        self._checked = True

    def connect_doc(self, doc: QAPIDoc) -> None:
        super().connect_doc(doc)
        if self.base is not None and self.base.is_implicit():
            self.base.connect_doc(doc)
        _connect_members(doc, self.local_members)

    def _find_base(self, schema: QAPISchema) -> None:
        if self._base_name is None:
            return
        base = schema.resolve_type(self._base_name, self.info, "'base'")
        if not isinstance(base, QAPISchemaObjectType) or base.variants:
            raise QAPISemError(self.info, f"'base' requires a struct type, "
                                          f"{base.describe()} isn't")
        self.base = base

    def _check_variants(self, schema: QAPISchema, variants: QAPISchemaVariants,
                        seen: Dict[str, QAPISchemaMember]) -> None:
        assert self.base is not None
        base = "'base'" if self.base.is_implicit() else f"base type '{self.base.name}'"
        variants.find_tag(self.members, base)
        variants.check_names(schema)
        variants.add_missing()
        for variant in variants.variants:
            variant.resolve(schema)
            typ = variant.type
            assert isinstance(typ, QAPISchemaObjectType)
            typ.check(schema)
            self._check_branch(typ, seen, variant.info)

    def _check_branch(self, typ: QAPISchemaObjectType, seen: Dict[str, QAPISchemaMember],
                      info: Info) -> None:
        """A branch shares the object with the base, not with the other branches."""
        names = dict(seen)
        check_clashes(typ.members, info, names, False)
        for variant in typ.variants.variants if typ.variants else []:
            assert isinstance(variant.type, QAPISchemaObjectType)
            self._check_branch(variant.type, names, info)

    def is_implicit(self) -> bool:
        return self.name.startswith('q_')

    def is_empty(self) -> bool:
        return not self.members and not self.variants

    def c_name(self) -> str:
        return c_name(self.name)

    def c_type(self) -> str:
        return self.c_name() + ' *'

    def c_unboxed_type(self) -> str:
        return self.c_name()

    def json_type(self) -> str:
        return 'object'

    def visit(self, visitor: QAPISchemaVisitor) -> None:
        visitor.visit_object_type(self.name, self.info, self.ifcond, self.features, self.base,
                                  self.local_members, self.variants)
        visitor.visit_object_type_flat(self.name, self.info, self.ifcond, self.features,
                                       self.members, self.variants)


class QAPISchemaAlternateType(QAPISchemaType):
    meta = 'alternate'

    def __init__(self, name: str, info: QAPISourceInfo, doc: Optional[QAPIDoc],
                 ifcond: QAPISchemaIfCond, features: Sequence[QAPISchemaFeature],
                 variants: QAPISchemaVariants) -> None:
        super().__init__(name, info, doc, ifcond, features)
        for variant in variants.variants:
            variant.defined_in = name
        self.variants = variants

    def check(self, schema: QAPISchema) -> None:
        if self._checked:
            return
        super().check(schema)
        self.variants.tag_member.resolve(schema)
        check_clashes(self.variants.variants, self.info, {}, False)
        takes: Dict[str, QAPISchemaVariant] = {}
        for variant in self.variants.variants:
            variant.resolve(schema)
            qtype = variant.type.alternate_qtype()
            if qtype is None:
                raise QAPISemError(variant.info, f"{variant.describe(self.info)} cannot use "
                                                 f"{variant.type.describe()}: values could not "
                                                 "be told apart")
            for taken in sorted(_taken_qtypes(variant.type, qtype)):
                if taken in takes:
                    raise QAPISemError(variant.info,
                                       f"{variant.describe(self.info)} can't be distinguished "
                                       f"from '{takes[taken].name}'")
                takes[taken] = variant

    def connect_doc(self, doc: QAPIDoc) -> None:
        super().connect_doc(doc)
        _connect_members(doc, self.variants.variants)

    def c_type(self) -> str:
        return self.c_name() + ' *'

    def json_type(self) -> str:
        return 'value'

    def visit(self, visitor: QAPISchemaVisitor) -> None:
        visitor.visit_alternate_type(self.name, self.info, self.ifcond, self.features,
                                     self.variants)


def _taken_qtypes(typ: QAPISchemaType, qtype: str) -> List[str]:
    """The kinds of value a branch takes for itself: on the command line all are strings."""
    if qtype != 'QTYPE_QSTRING':
        return [qtype]
    if not isinstance(typ, QAPISchemaEnumType):
        return ['QTYPE_QBOOL', 'QTYPE_QNUM', 'QTYPE_QSTRING']
    taken = {'QTYPE_QSTRING'}
    for name in typ.member_names():
        if name in ('on', 'off'):
            taken.add('QTYPE_QBOOL')
        if name[0] in '-+0123456789':
            taken.add('QTYPE_QNUM')
    return list(taken)
