# Back end: C types.
#
# SPDX-License-Identifier: GPL-2.0-or-later
from typing import List, Optional, Sequence, Set

from .cgen import ModularGen, declare, guarded, indent, special_features
from .entities import (QAPISchemaEnumMember, QAPISchemaFeature, QAPISchemaObjectType,
                       QAPISchemaObjectTypeMember, QAPISchemaType, QAPISchemaVariants)
from .ifcond import QAPISchemaIfCond
from .names import c_enum_const, c_name
from .schema import BUILTIN_MODULE
from .source import QAPISourceInfo


def gen_enum(name: str, members: Sequence[QAPISchemaEnumMember], prefix: str) -> str:
    values = ''.join(guarded(m.ifcond, f'    {c_enum_const(name, m.name, prefix)},\n')
                     for m in members)
    cname = c_name(name)
    return (f'typedef enum {cname} {{\n{values}    {c_enum_const(name, "_MAX", prefix)},\n'
            f'}} {cname};\n')


def gen_enum_access(name: str) -> str:
    cname = c_name(name)
    return (f'#define {cname}_str(val) qapi_enum_lookup(&{cname}_lookup, (val))\n\n'
            f'extern const QEnumLookup {cname}_lookup;\n')


def gen_enum_lookup(name: str, members: Sequence[QAPISchemaEnumMember], prefix: str) -> str:
    size = c_enum_const(name, '_MAX', prefix)
    texts = special = ''
    for member in members:
        const = c_enum_const(name, member.name, prefix)
        texts += guarded(member.ifcond, f'        [{const}] = "{member.name}",\n')
        bits = special_features(member.features)
        if bits != '0':
            special += guarded(member.ifcond, f'        [{const}] = {bits},\n')
    fields = f'    .array = (const char *const[{size} + 1]) {{\n{texts}    }},\n'
    if special:
        fields += (f'    .special_features = (const unsigned char[{size} + 1]) {{\n{special}'
                   '    },\n')
    return f'const QEnumLookup {c_name(name)}_lookup = {{\n{fields}    .size = {size},\n}};\n'


def _gen_member(member: QAPISchemaObjectTypeMember) -> str:
    name = member.c_name()
    text = f'    bool has_{name};\n' if member.need_has() else ''
    return guarded(member.ifcond, text + f'    {declare(member.type.c_type(), name)};\n')


def _gen_variants(variants: QAPISchemaVariants) -> str:
    fields = ''.join(
        guarded(v.ifcond, f'    {declare(v.type.c_unboxed_type(), v.c_name())};\n')
        for v in variants.variants if v.type.name != 'q_empty')
    if not fields:
        return ''
    return f'    union {{ /* the one that {variants.tag_member.c_name()} tells */\n' \
           f'{indent(fields)}    }} u;\n'


def _gen_struct(cname: str, body: str) -> str:
    return f'struct {cname} {{\n{body}}};\n'


def _gen_free(cname: str) -> str:
    return f'''void qapi_free_{cname}({cname} *obj)
{{
    Visitor *v;

    if (!obj) {{
        return;
    }}
    v = qapi_dealloc_visitor_new();
    visit_type_{cname}(v, NULL, &obj, NULL);
    visit_free(v);
}}
'''


class TypeGen(ModularGen):
    """Types are declared first, then defined, so that members may point to any of them."""

    what = 'types'
    title = 'Schema types'
    has_builtins = True

    def begin_module(self, builtin: bool) -> None:
        self._declared: List[str] = []
        self._defined: List[str] = []
        self._done: Set[str] = set()
        if builtin:
            self.h.include('qapi/visitor.h')
        else:
            self.h.include(self.header_of(BUILTIN_MODULE, 'types'))
        self.c.include(self.header_of(self.module, 'types'))
        self.c.include(self.header_of(self.module, 'visit'))

    def end_module(self) -> None:
        self.h.add(*self._declared, *self._defined)

    def visit_enum_type(self, name: str, info: Optional[QAPISourceInfo],
                        ifcond: QAPISchemaIfCond, features: List[QAPISchemaFeature],
                        members: List[QAPISchemaEnumMember], prefix: Optional[str]) -> None:
        # The built-in QType is declared by qobject/qobject.h, which knows nothing of schemas.
        enum = gen_enum(name, members, prefix or '') + '\n' if info is not None else ''
        self._declared.append(guarded(ifcond, enum + gen_enum_access(name)))
        self.c.add(guarded(ifcond, gen_enum_lookup(name, members, prefix or '')))

    def visit_array_type(self, name: str, info: Optional[QAPISourceInfo],
                         ifcond: QAPISchemaIfCond, element_type: QAPISchemaType) -> None:
        cname = c_name(name)
        self._declare_struct(cname, ifcond)
        value = declare(element_type.c_type(), 'value')
        self._define(cname, ifcond, f'    {cname} *next;\n    {value};\n')
        self._add_free(cname, ifcond)

    def visit_object_type(self, name: str, info: Optional[QAPISourceInfo],
                          ifcond: QAPISchemaIfCond, features: List[QAPISchemaFeature],
                          base: Optional[QAPISchemaObjectType],
                          members: List[QAPISchemaObjectTypeMember],
                          variants: Optional[QAPISchemaVariants]) -> None:
        cname = c_name(name)
        self._declare_struct(cname, ifcond)
        typ = self.schema.lookup_type(name)
        assert isinstance(typ, QAPISchemaObjectType)
        self._define_object(typ)
        if not typ.is_implicit():
            self._add_free(cname, ifcond)

    def visit_alternate_type(self, name: str, info: Optional[QAPISourceInfo],
                             ifcond: QAPISchemaIfCond, features: List[QAPISchemaFeature],
                             variants: QAPISchemaVariants) -> None:
        cname = c_name(name)
        self._declare_struct(cname, ifcond)
        self._define_embedded(variants)
        self._define(cname, ifcond, _gen_member(variants.tag_member) + _gen_variants(variants))
        self._add_free(cname, ifcond)

    def _declare_struct(self, cname: str, ifcond: QAPISchemaIfCond) -> None:
        self._declared.append(guarded(ifcond, f'typedef struct {cname} {cname};\n'))

    def _define(self, cname: str, ifcond: QAPISchemaIfCond, body: str, after: str = '') -> None:
        self._defined.append(guarded(ifcond, _gen_struct(cname, body) + after))

    def _define_embedded(self, variants: Optional[QAPISchemaVariants]) -> None:
        """What a struct holds by value has to be defined before it."""
        for variant in variants.variants if variants else []:
            if isinstance(variant.type, QAPISchemaObjectType):
                self._define_object(variant.type)

    def _define_object(self, typ: QAPISchemaObjectType) -> None:
        if typ.name in self._done or typ.module != self.module or typ.name == 'q_empty':
            return
        self._done.add(typ.name)
        self._define_embedded(typ.variants)
        cname = typ.c_name()
        body = after = ''
        if typ.base is not None:
            inherited = ''.join(_gen_member(member) for member in typ.base.members)
            body += f'    /* members of {typ.base.c_name()} */\n{inherited}    /* own members */\n'
            if not typ.base.is_implicit():
                after = self._gen_upcast(cname, typ.base.c_name())
        body += ''.join(_gen_member(member) for member in typ.local_members)
        body += _gen_variants(typ.variants) if typ.variants else ''
        if all(member.ifcond.is_present() for member in typ.members):
            # C has no empty structs.
            body += '    char qapi_dummy_for_empty_struct;\n'
        self._define(cname, typ.ifcond, body, after)

    def _gen_upcast(self, cname: str, base: str) -> str:
        return f'''
static inline {base} *qapi_{cname}_base(const {cname} *obj)
{{
    return ({base} *)obj;
}}
'''

    def _add_free(self, cname: str, ifcond: QAPISchemaIfCond) -> None:
        self._defined.append(guarded(
            ifcond, f'void qapi_free_{cname}({cname} *obj);\n'
                    f'G_DEFINE_AUTOPTR_CLEANUP_FUNC({cname}, qapi_free_{cname})\n'))
        self.c.add(guarded(ifcond, _gen_free(cname)))
