# The reference manual of a schema: its documentation comments, in order, as reStructuredText.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import argparse
import os
from typing import Dict, Iterator, List, Optional, Sequence, Union

from . import rst
from .docs import QAPIDoc, QAPIDocSection
from .error import exit_status
from .output import write_if_changed
from .schema import (QAPISchema, QAPISchemaAlternateType, QAPISchemaArrayType, QAPISchemaCommand,
                     QAPISchemaEntity, QAPISchemaEnumMember, QAPISchemaEnumType,
                     QAPISchemaEvent, QAPISchemaFeature, QAPISchemaIfCond, QAPISchemaObjectType,
                     QAPISchemaObjectTypeMember, QAPISchemaType, QAPISchemaVariants)

# Underlines of titles, from the manual's down; what is deeper stays on the last level.
_UNDERLINES = '=-~.^"'
_META = {'enum': 'Enum', 'struct': 'Object', 'union': 'Object', 'alternate': 'Alternate',
         'command': 'Command', 'event': 'Event'}

_Member = Union[QAPISchemaEnumMember, QAPISchemaObjectTypeMember]


def _condition(ifcond: QAPISchemaIfCond) -> List[str]:
    return [f'if {rst.literal(ifcond.docgen())}'] if ifcond.is_present() else []


def _closed(lines: List[str]) -> List[str]:
    """With an empty line after them, when there are any."""
    return [*lines, ''] if lines else []


def _entry(term: str, body: List[str]) -> List[str]:
    """An entry of a definition list."""
    return [term, *rst.indent(body or ['Not documented.']), '']


class _Labels:
    """Where a definition can be linked to; names of labels do not tell upper from lower case."""

    def __init__(self, schema: QAPISchema, stem: str) -> None:
        self._labels: Dict[str, str] = {}
        taken = set()
        for doc in schema.docs:
            entity = schema.lookup_entity(doc.symbol) if doc.symbol else None
            if entity is None:
                continue
            kind = entity.meta if entity.meta in ('command', 'event') else 'type'
            label = f'{stem}-{kind}-{entity.name}'
            while label.lower() in taken:
                label += '-again'
            taken.add(label.lower())
            self._labels[entity.name] = label

    def target(self, name: str) -> List[str]:
        return [f'.. _`{self._labels[name]}`:', '']

    def link(self, name: str) -> Optional[str]:
        """A link to definition @name; None when the manual does not have it."""
        label = self._labels.get(name)
        return None if label is None else f'`{rst.escape(name)} <{rst.escape(label)}_>`__'


class _Definition:
    """One definition's part of the manual."""

    def __init__(self, labels: _Labels, doc: QAPIDoc, entity: QAPISchemaEntity) -> None:
        self.labels = labels
        self.doc = doc
        self.entity = entity

    # ---- names and types ----

    def _name(self, name: str) -> str:
        """@name in a text: one's own members first, then definitions."""
        link = None if name in self.doc.args else self.labels.link(name)
        return link or rst.literal(name)

    def _type(self, typ: QAPISchemaType) -> str:
        if isinstance(typ, QAPISchemaArrayType):
            return 'array of ' + self._type(typ.element_type)
        return self.labels.link(typ.name) or rst.literal(typ.doc_type() or typ.json_type())

    def _text(self, section: Optional[QAPIDocSection]) -> List[str]:
        return rst.blocks(section.text, self._name) if section is not None else []

    # ---- members ----

    def _member(self, member: _Member) -> List[str]:
        about = [f'feature {rst.literal(feature.name)}' for feature in member.features]
        if isinstance(member, QAPISchemaObjectTypeMember):
            optional = ['optional'] if member.optional else []
            about = [self._type(member.type), *optional, *about]
        about += _condition(member.ifcond)
        term = rst.literal(member.name) + (': ' if about else '') + ', '.join(about)
        return _entry(term, self._text(self.doc.args.get(member.name)))

    def _members(self, members: Sequence[_Member]) -> Iterator[str]:
        for member in members:
            yield from self._member(member)

    def _members_of(self, typ: QAPISchemaObjectType) -> Iterator[str]:
        """What an object has: the members in place, else a word where to look for them."""
        if not typ.is_implicit():
            yield from [f'The members of {self._type(typ)}', '']
            return
        yield from self._members(typ.local_members)

    def _branches(self, variants: QAPISchemaVariants) -> Iterator[str]:
        tag = rst.literal(variants.tag_member.name)
        for branch in variants.variants:
            typ = branch.type
            about = ', '.join([f'When {tag} is {rst.literal(branch.name)}',
                               *_condition(branch.ifcond)])
            what = 'nothing more' if typ.name == 'q_empty' else f'the members of {self._type(typ)}'
            yield from [f'{about}: {what}', '']

    def _object(self, typ: QAPISchemaObjectType) -> Iterator[str]:
        if typ.base is not None:
            yield from self._members_of(typ.base)
        yield from self._members(typ.local_members)
        if typ.variants is not None:
            yield from self._branches(typ.variants)

    def _contents(self) -> Iterator[str]:
        """What the definition consists of, with a title."""
        entity = self.entity
        if isinstance(entity, QAPISchemaEnumType):
            yield from self._titled('Values', self._members(entity.members))
        elif isinstance(entity, QAPISchemaAlternateType):
            yield from self._titled('Alternatives', self._members(entity.variants.variants))
        elif isinstance(entity, QAPISchemaObjectType):
            yield from self._titled('Members', self._object(entity))
        elif isinstance(entity, (QAPISchemaCommand, QAPISchemaEvent)) and entity.arg_type:
            title = 'Arguments' if entity.meta == 'command' else 'Data'
            yield from self._titled(title, self._members_of(entity.arg_type))

    @staticmethod
    def _titled(title: str, lines: Iterator[str]) -> Iterator[str]:
        text = list(lines)
        if text:
            yield from [f'.. rubric:: {title}', '', *text]

    # ---- the rest ----

    def _availability(self) -> Iterator[str]:
        entity = self.entity
        if entity.ifcond.is_present():
            yield from [f'Available if {rst.literal(entity.ifcond.docgen())}.', '']
        if not isinstance(entity, QAPISchemaCommand):
            return
        if entity.allow_oob:
            yield from ['May be executed out of band (``exec-oob``).', '']
        if entity.allow_preconfig:
            yield from ['May be executed before the machine is built.', '']
        if not entity.success_response:
            yield from ['Success is not answered, only failure.', '']

    def _features(self) -> Iterator[str]:
        for name, feature in self.doc.features.items():
            member = feature.member
            about = [rst.literal(name)]
            if isinstance(member, QAPISchemaFeature):
                about += _condition(member.ifcond)
            yield from _entry(', '.join(about), self._text(feature))

    def _returns(self, section: Optional[QAPIDocSection]) -> Iterator[str]:
        typ = self.entity.ret_type if isinstance(self.entity, QAPISchemaCommand) else None
        text = self._text(section)
        if typ is not None:
            text = [self._type(typ), *rst.indent(text)]
        yield from self._titled('Returns', iter(_closed(text)))

    def _section(self, section: QAPIDocSection) -> Iterator[str]:
        name = section.name
        if name is None:
            yield from _closed(self._text(section))
        elif name == 'Returns':
            yield from self._returns(section)
        elif name in ('Note', 'Notes'):
            yield from ['.. note::', '', *rst.indent(self._text(section)), '']
        elif name in ('Example', 'Examples'):
            yield from [f'.. rubric:: {name}', '', *rst.literal_block(section.text), '']
        elif name == 'Since':
            since = rst.indent(self._text(section))
            yield from [':Since:' + since[0][3:], *since[1:], '']

    def lines(self, underline: str) -> Iterator[str]:
        entity = self.entity
        yield from self.labels.target(entity.name)
        yield from [*rst.heading(f'{entity.name} ({_META[entity.meta]})', underline), '']
        yield from _closed(self._text(self.doc.body))
        yield from self._availability()
        yield from self._contents()
        yield from self._titled('Features', self._features())
        if not self.doc.has_section('Returns'):
            yield from self._returns(None)
        for section in self.doc.sections:
            yield from self._section(section)


def reference(schema: QAPISchema, title: str, stem: str) -> str:
    """The manual; labels in it begin with @stem."""
    labels = _Labels(schema, stem)
    name = os.path.basename(schema.fname)
    lines = [f'.. Generated from {name}: change that instead.', '',
             *rst.heading(title, _UNDERLINES[0]), '']
    level = 0
    for doc in schema.docs:
        entity = schema.lookup_entity(doc.symbol) if doc.symbol else None
        if entity is not None:
            lines += _Definition(labels, doc, entity).lines(_underline(level + 1))
            continue
        depth, heading, text = rst.split_heading(doc.body.text)
        if depth:
            # A level may not be left out on the way down.
            level = min(depth, level + 1, len(_UNDERLINES) - 2)
            lines += [*rst.heading(heading, _underline(level)), '']
        lines += _closed(rst.blocks(text, lambda word: labels.link(word) or rst.literal(word)))
    return '\n'.join(lines).rstrip('\n') + '\n'


def write_reference(fname: str, output: str, title: str, stem: str) -> None:
    """Write the manual of schema @fname; nothing is written unless the schema is good."""
    text = reference(QAPISchema(fname), title, stem)
    write_if_changed(output, text)


def _underline(level: int) -> str:
    return _UNDERLINES[level]


def main(argv: Optional[List[str]] = None) -> int:
    """Status 0, or 1 after telling on stderr what is wrong."""
    parser = argparse.ArgumentParser(description='Write the reference manual of a QAPI schema.')
    parser.add_argument('--title', default='QMP reference', help="the manual's title")
    parser.add_argument('--label', default='qapi', metavar='STEM',
                        help='what labels begin with (default: %(default)s)')
    parser.add_argument('schema', metavar='SCHEMA')
    parser.add_argument('output', metavar='OUTPUT.rst')
    args = parser.parse_args(argv)
    return exit_status(lambda: write_reference(args.schema, args.output, args.title, args.label))
