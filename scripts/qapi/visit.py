# Back end: the walk over each C type.
#
# SPDX-License-Identifier: GPL-2.0-or-later
from typing import List, Optional, Sequence

from .cgen import ModularGen, guarded, indent, special_features
from .entities import (QAPISchemaEnumMember, QAPISchemaEnumType, QAPISchemaFeature,
                       QAPISchemaObjectType, QAPISchemaObjectTypeMember, QAPISchemaType,
                       QAPISchemaVariant, QAPISchemaVariants)
from .ifcond import QAPISchemaIfCond
from .names import c_enum_const, c_name
from .schema import BUILTIN_MODULE
from .source import QAPISourceInfo

_JSON_WORDS = {'null': 'null', 'string': 'string', 'number': 'number', 'int': 'integer',
               'boolean': 'boolean', 'array': 'array', 'object': 'object'}


def _gen_failing(call: str) -> str:
    return f'if (!{call}) {{\n    return false;\n}}\n'


def _gen_member(member: QAPISchemaObjectTypeMember) -> str:
    name, cname = member.name, member.c_name()
    text = _gen_failing(f'visit_type_{member.type.c_name()}(v, "{name}", &obj->{cname}, errp)')
    bits = special_features(member.features)
    if bits != '0':
        text = (f'if (visit_policy_reject(v, "{name}", {bits}, errp)) {{\n    return false;\n}}\n'
                f'if (!visit_policy_skip(v, "{name}", {bits})) {{\n{indent(text)}}}\n')
    if member.optional:
        present = f'obj->has_{cname}' if member.need_has() else f'has_{cname}'
        text = f'if (visit_optional(v, "{name}", &{present})) {{\n{indent(text)}}}\n'
    return guarded(member.ifcond, indent(text))


def _gen_present(member: QAPISchemaObjectTypeMember) -> str:
    """An optional pointer is its own has_; the visitor wants a variable."""
    if not member.optional or member.need_has():
        return ''
    name = member.c_name()
    return guarded(member.ifcond, f'    bool has_{name} = !!obj->{name};\n')


def _gen_case(variant: QAPISchemaVariant, enum: QAPISchemaEnumType) -> str:
    """A value may be there while its branch is not: then it has no members."""
    value = next(member for member in enum.members if member.name == variant.name)
    label = f'case {c_enum_const(enum.name, variant.name, enum.prefix or "")}:\n'
    empty = label + '    break;\n'
    if variant.type.name == 'q_empty':
        return guarded(value.ifcond, empty)
    visit = (f'{label}    return visit_type_{variant.type.c_name()}_members(v, '
             f'&obj->u.{variant.c_name()}, errp);\n')
    if not variant.ifcond.is_present() or variant.ifcond == value.ifcond:
        return guarded(value.ifcond, visit)
    text = f'{variant.ifcond.gen_if()}{visit}#else\n{empty}{variant.ifcond.gen_endif()}'
    return guarded(value.ifcond, text)


def _gen_variants(variants: QAPISchemaVariants) -> str:
    tag = variants.tag_member
    enum = tag.type
    assert isinstance(enum, QAPISchemaEnumType)
    cases = ''.join(_gen_case(variant, enum) for variant in variants.variants)
    return f'''    switch (obj->{tag.c_name()}) {{
{indent(cases)}    default:
        /* no value at all, left behind by a failed input visit */
        g_assert(visit_is_dealloc(v));
    }}
'''


def _gen_members(cname: str, base: Optional[QAPISchemaObjectType],
                 members: Sequence[QAPISchemaObjectTypeMember],
                 variants: Optional[QAPISchemaVariants]) -> str:
    present = ''.join(_gen_present(member) for member in members)
    # With nothing to visit, or nothing under some conditions, the parameters are not used.
    sure = base is not None or any(not member.ifcond.is_present() for member in members)
    unused = '' if sure else 'G_GNUC_UNUSED '
    text = (f'bool visit_type_{cname}_members({unused}Visitor *v, {unused}{cname} *obj,\n'
            f'                         {" " * len(cname)}{unused}Error **errp)\n{{\n')
    text += present + '\n' if present else ''
    if base is not None:
        basename = base.c_name()
        text += indent(_gen_failing(f'visit_type_{basename}_members(v, ({basename} *)obj, errp)'))
    text += ''.join(_gen_member(member) for member in members)
    if variants is not None:
        text += _gen_variants(variants)
    return text + '    return true;\n}\n'


def _gen_cleanup(cname: str) -> str:
    return f'''    if (!ok && visit_is_input(v)) {{
        qapi_free_{cname}(*obj);
        *obj = NULL;
    }}
    return ok;
}}
'''


def _gen_object(cname: str) -> str:
    return f'''bool visit_type_{cname}(Visitor *v, const char *name, {cname} **obj, Error **errp)
{{
    bool ok = false;

    if (!visit_start_struct(v, name, (void **)obj, sizeof({cname}), errp)) {{
        return false;
    }}
    if (!*obj) {{
        /* what a failed input visit left behind */
        g_assert(visit_is_dealloc(v));
        ok = true;
        goto out;
    }}
    if (!visit_type_{cname}_members(v, *obj, errp)) {{
        goto out;
    }}
    ok = visit_check_struct(v, errp);
out:
    visit_end_struct(v, (void **)obj);
{_gen_cleanup(cname)}'''


def _gen_list(cname: str, element: str) -> str:
    return f'''bool visit_type_{cname}(Visitor *v, const char *name, {cname} **obj, Error **errp)
{{
    bool ok = false;
    {cname} *tail;
    size_t size = sizeof(**obj);

    if (!visit_start_list(v, name, (GenericList **)obj, size, errp)) {{
        return false;
    }}
    for (tail = *obj; tail; tail = ({cname} *)visit_next_list(v, (GenericList *)tail, size)) {{
        if (!visit_type_{element}(v, NULL, &tail->value, errp)) {{
            goto out;
        }}
    }}
    ok = visit_check_list(v, errp);
out:
    visit_end_list(v, (void **)obj);
{_gen_cleanup(cname)}'''


def _gen_enum(cname: str) -> str:
    return f'''bool visit_type_{cname}(Visitor *v, const char *name, {cname} *obj, Error **errp)
{{
    int value = *obj;
    bool ok = visit_type_enum(v, name, &value, &{cname}_lookup, errp);

    *obj = value;
    return ok;
}}
'''


def _gen_alternate_object(typ: QAPISchemaType, field: str) -> str:
    """An object stands in the alternate by value: no pointer to it is visited."""
    return f'''    if (!visit_start_struct(v, name, NULL, 0, errp)) {{
        break;
    }}
    if (visit_type_{typ.c_name()}_members(v, &{field}, errp)) {{
        ok = visit_check_struct(v, errp);
    }}
    visit_end_struct(v, NULL);
'''


def _gen_accepted(variants: QAPISchemaVariants) -> str:
    """The C string that tells what an alternate may be."""
    words = [(_JSON_WORDS[v.type.json_type()], v.ifcond) for v in variants.variants]
    if not any(ifcond.is_present() for _, ifcond in words):
        return '"' + ' or '.join(word for word, _ in words) + '"'
    return '"one of:"\n' + ''.join(guarded(ifcond, f'" {word}"\n') for word, ifcond in words)


def _gen_alternate(cname: str, variants: QAPISchemaVariants) -> str:
    cases = ''
    for variant in variants.variants:
        field = f'(*obj)->u.{variant.c_name()}'
        typ = variant.type
        if isinstance(typ, QAPISchemaObjectType):
            body = _gen_alternate_object(typ, field)
        else:
            body = f'    ok = visit_type_{typ.c_name()}(v, name, &{field}, errp);\n'
        cases += guarded(variant.ifcond, f'case {typ.alternate_qtype()}:\n{body}    break;\n')
    return f'''bool visit_type_{cname}(Visitor *v, const char *name, {cname} **obj, Error **errp)
{{
    bool ok = false;

    if (!visit_start_alternate(v, name, (GenericAlternate **)obj, sizeof(**obj), errp)) {{
        return false;
    }}
    if (!*obj) {{
        g_assert(visit_is_dealloc(v));
        ok = true;
        goto out;
    }}
    switch ((*obj)->type) {{
{indent(cases)}    case QTYPE_NONE:
        g_assert(visit_is_dealloc(v));
        ok = true;
        break;
    default:
        g_assert(visit_is_input(v));
        visit_bad_alternate(v, name, {_gen_accepted(variants)}, errp);
        /* No branch has anything to free. */
        (*obj)->type = QTYPE_NONE;
    }}
out:
    visit_end_alternate(v, (void **)obj);
{_gen_cleanup(cname)}'''


class VisitGen(ModularGen):
    """visit_type_X() for every type, visit_type_X_members() for objects."""

    what = 'visit'
    title = 'Visitors of schema types'
    has_builtins = True

    def begin_module(self, builtin: bool) -> None:
        self.h.include('qapi/visitor.h')
        self.h.include(self.header_of(self.module, 'types'))
        if not builtin:
            self.h.include(self.header_of(BUILTIN_MODULE, 'visit'))
        self.c.include(self.header_of(self.module, 'visit'))

    def _declare(self, cname: str, pointer: str, ifcond: QAPISchemaIfCond) -> None:
        self.h.add(guarded(ifcond, f'bool visit_type_{cname}(Visitor *v, const char *name, '
                                   f'{cname} {pointer}obj, Error **errp);\n'))

    def visit_enum_type(self, name: str, info: Optional[QAPISourceInfo],
                        ifcond: QAPISchemaIfCond, features: List[QAPISchemaFeature],
                        members: List[QAPISchemaEnumMember], prefix: Optional[str]) -> None:
        self._declare(c_name(name), '*', ifcond)
        self.c.add(guarded(ifcond, _gen_enum(c_name(name))))

    def visit_array_type(self, name: str, info: Optional[QAPISourceInfo],
                         ifcond: QAPISchemaIfCond, element_type: QAPISchemaType) -> None:
        self._declare(c_name(name), '**', ifcond)
        self.c.add(guarded(ifcond, _gen_list(c_name(name), element_type.c_name())))

    def visit_object_type(self, name: str, info: Optional[QAPISourceInfo],
                          ifcond: QAPISchemaIfCond, features: List[QAPISchemaFeature],
                          base: Optional[QAPISchemaObjectType],
                          members: List[QAPISchemaObjectTypeMember],
                          variants: Optional[QAPISchemaVariants]) -> None:
        cname = c_name(name)
        self.h.add(guarded(ifcond, f'bool visit_type_{cname}_members(Visitor *v, {cname} *obj, '
                                   'Error **errp);\n'))
        self.c.add(guarded(ifcond, _gen_members(cname, base, members, variants)))
        if not name.startswith('q_'):
            self._declare(cname, '**', ifcond)
            self.c.add(guarded(ifcond, _gen_object(cname)))

    def visit_alternate_type(self, name: str, info: Optional[QAPISourceInfo],
                             ifcond: QAPISchemaIfCond, features: List[QAPISchemaFeature],
                             variants: QAPISchemaVariants) -> None:
        self._declare(c_name(name), '**', ifcond)
        self.c.add(guarded(ifcond, _gen_alternate(c_name(name), variants)))
