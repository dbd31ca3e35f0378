# A schema as text, made with nothing but the interface for programs.
#
# SPDX-License-Identifier: GPL-2.0-or-later
from typing import List, Optional, Sequence, Union

from qapi.docs import QAPIDoc
from qapi.schema import (QAPISchema, QAPISchemaEntity, QAPISchemaEnumMember, QAPISchemaFeature,
                         QAPISchemaIfCond, QAPISchemaObjectType, QAPISchemaObjectTypeMember,
                         QAPISchemaType, QAPISchemaVariants, QAPISchemaVisitor)
from qapi.source import QAPISourceInfo


class DumpVisitor(QAPISchemaVisitor):
    """Collects lines; the built-in module is left out."""

    def __init__(self) -> None:
        self.lines: List[str] = []
        self._builtin = False
        self._access: Optional[str] = None
        self._rate_limit: Union[bool, str] = False

    def _add(self, depth: int, text: str) -> None:
        self.lines.append('    ' * depth + text + '\n')

    def _common(self, depth: int, ifcond: QAPISchemaIfCond,
                features: Sequence[QAPISchemaFeature] = ()) -> None:
        if ifcond.is_present():
            self._add(depth, f'if {_condition(ifcond.ifcond)}')
        for feature in features:
            self._add(depth, f'feature {feature.name}')
            self._common(depth + 1, feature.ifcond)

    def _members(self, members: Sequence[QAPISchemaObjectTypeMember]) -> None:
        for member in members:
            mark = '?' if member.optional else ''
            self._add(1, f'member {member.name}{mark}: {member.type.name}')
            self._common(2, member.ifcond, member.features)

    def _variants(self, variants: QAPISchemaVariants) -> None:
        for variant in variants.variants:
            self._add(1, f'case {variant.name}: {variant.type.name}')
            self._common(2, variant.ifcond)

    def visit_module(self, name: str) -> None:
        self._builtin = name == './builtin'
        if not self._builtin:
            self._add(0, f'module {name}')

    def visit_needed(self, entity: QAPISchemaEntity) -> bool:
        return not self._builtin

    def visit_include(self, name: str, info: Optional[QAPISourceInfo]) -> None:
        self._add(0, f'include {name}')

    def visit_enum_type(self, name: str, info: Optional[QAPISourceInfo],
                        ifcond: QAPISchemaIfCond, features: List[QAPISchemaFeature],
                        members: List[QAPISchemaEnumMember], prefix: Optional[str]) -> None:
        self._add(0, f'enum {name}' + (f' prefix={prefix}' if prefix else ''))
        self._common(1, ifcond, features)
        for member in members:
            self._add(1, f'value {member.name}')
            self._common(2, member.ifcond, member.features)

    def visit_array_type(self, name: str, info: Optional[QAPISourceInfo],
                         ifcond: QAPISchemaIfCond, element_type: QAPISchemaType) -> None:
        self._add(0, f'array {name}')
        self._add(1, f'of {element_type.name}')
        self._common(1, ifcond)

    def visit_object_type(self, name: str, info: Optional[QAPISourceInfo],
                          ifcond: QAPISchemaIfCond, features: List[QAPISchemaFeature],
                          base: Optional[QAPISchemaObjectType],
                          members: List[QAPISchemaObjectTypeMember],
                          variants: Optional[QAPISchemaVariants]) -> None:
        self._add(0, f'{"union" if variants else "struct"} {name}')
        if base:
            self._add(1, f'base {base.name}')
        self._common(1, ifcond, features)
        self._members(members)
        if variants:
            self._add(1, f'tag {variants.tag_member.name}')
            self._variants(variants)

    def visit_alternate_type(self, name: str, info: Optional[QAPISourceInfo],
                             ifcond: QAPISchemaIfCond, features: List[QAPISchemaFeature],
                             variants: QAPISchemaVariants) -> None:
        self._add(0, f'alternate {name}')
        self._common(1, ifcond, features)
        self._variants(variants)

    def visit_command_limits(self, name: str, access: Optional[str], long_request: bool) -> None:
        self._access = access
        self._long_request = long_request

    def visit_command(self, name: str, info: Optional[QAPISourceInfo],
                      ifcond: QAPISchemaIfCond, features: List[QAPISchemaFeature],
                      arg_type: Optional[QAPISchemaObjectType],
                      ret_type: Optional[QAPISchemaType], gen: bool, success_response: bool,
                      boxed: bool, allow_oob: bool, allow_preconfig: bool,
                      coroutine: bool) -> None:
        flags = [('no-gen', not gen), ('no-success-response', not success_response),
                 ('boxed', boxed), ('allow-oob', allow_oob),
                 ('allow-preconfig', allow_preconfig), ('coroutine', coroutine),
                 ('long-request', self._long_request)]
        self._add(0, ' '.join([f'command {name}', *(flag for flag, on in flags if on)]))
        if self._access:
            self._add(1, f'access {self._access}')
        self._common(1, ifcond, features)
        if arg_type:
            self._add(1, f'data {arg_type.name}')
        if ret_type:
            self._add(1, f'returns {ret_type.name}')

    def visit_event_rate(self, name: str, rate_limit: Union[bool, str]) -> None:
        self._rate_limit = rate_limit

    def visit_event(self, name: str, info: Optional[QAPISourceInfo], ifcond: QAPISchemaIfCond,
                    features: List[QAPISchemaFeature],
                    arg_type: Optional[QAPISchemaObjectType], boxed: bool) -> None:
        self._add(0, f'event {name}' + (' boxed' if boxed else ''))
        if self._rate_limit:
            self._add(1, f'rate-limit {self._rate_limit}')
        self._common(1, ifcond, features)
        if arg_type:
            self._add(1, f'data {arg_type.name}')

    def add_doc(self, doc: QAPIDoc) -> None:
        self._add(0, f'doc {doc.symbol}' if doc.symbol else 'doc')
        self._add(1, f'body: {doc.body.text!r}')
        for name, arg in doc.args.items():
            self._add(1, f'arg {name}: {arg.text!r}')
        for name, arg in doc.features.items():
            self._add(1, f'feature {name}: {arg.text!r}')
        for section in doc.sections:
            self._add(1, f'section {section.name}: {section.text!r}')


def _condition(cond: object) -> str:
    if isinstance(cond, str):
        return cond
    assert isinstance(cond, dict)
    (oper, operand), = cond.items()
    if oper == 'not':
        return f'not {_condition(operand)}'
    parts = {'all': ' and ', 'any': ' or '}[oper].join(_condition(part) for part in operand)
    return f'({parts})' if len(operand) > 1 else parts


def dump_schema(schema: QAPISchema) -> str:
    visitor = DumpVisitor()
    schema.visit(visitor)
    for doc in schema.docs:
        visitor.add_doc(doc)
    return ''.join(visitor.lines)
