# The package as other programs use it.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import unittest
from typing import List, Optional

from corpus import files_in_folder
from qapi.error import QAPIError, QAPISemError
from qapi.schema import (QAPISchema, QAPISchemaArrayType, QAPISchemaEntity, QAPISchemaEnumType,
                         QAPISchemaFeature, QAPISchemaIfCond, QAPISchemaObjectType,
                         QAPISchemaObjectTypeMember, QAPISchemaType, QAPISchemaVariants,
                         QAPISchemaVisitor)
from qapi.source import QAPISourceInfo

SCHEMA = '''{ 'include': 'sub/mod.json' }
{ 'enum': 'En', 'data': [ 'a', 'b' ] }
{ 'struct': 'Base', 'data': { 'x': 'int' } }
{ 'struct': 'Foo', 'base': 'Base', 'data': { '*y': [ 'Base' ] } }
{ 'union': 'Un', 'base': { 't': 'En' }, 'discriminator': 't', 'data': { 'a': 'Foo' } }

##
# @foo:
#
# It does.
#
# @a: given
#
# Features:
# @deprecated: old
#
# Returns: something
##
{ 'command': 'foo', 'data': { 'a': 'Mod', 'b': 'str' }, 'returns': 'Un',
  'features': [ 'deprecated' ], 'if': { 'all': [ 'A', { 'not': 'B' } ] } }
'''
MODULE = "{ 'struct': 'Mod', 'data': {} }\n{ 'event': 'EV' }\n"


class Walker(QAPISchemaVisitor):
    """Notes the calls it gets."""

    def __init__(self) -> None:
        self.calls: List[str] = []

    def visit_begin(self, schema: QAPISchema) -> None:
        self.calls.append('begin')

    def visit_end(self) -> None:
        self.calls.append('end')

    def visit_module(self, name: str) -> None:
        self.calls.append(f'module {name}')

    def visit_needed(self, entity: QAPISchemaEntity) -> bool:
        return entity.info is not None

    def visit_include(self, name: str, info: Optional[QAPISourceInfo]) -> None:
        assert info is not None
        self.calls.append(f'include {name} at {info.fname}:{info.line}')

    def visit_object_type_flat(self, name: str, info: Optional[QAPISourceInfo],
                               ifcond: QAPISchemaIfCond, features: List[QAPISchemaFeature],
                               members: List[QAPISchemaObjectTypeMember],
                               variants: Optional[QAPISchemaVariants]) -> None:
        self.calls.append(f'{name} {" ".join(m.name for m in members)}')

    def visit_event(self, name: str, info: Optional[QAPISourceInfo], ifcond: QAPISchemaIfCond,
                    features: List[QAPISchemaFeature],
                    arg_type: Optional[QAPISchemaObjectType], boxed: bool) -> None:
        self.calls.append(f'{name} {arg_type} {boxed}')


class InterfaceTest(unittest.TestCase):
    """Attributes and methods that programs may count on."""

    def setUp(self) -> None:
        context = files_in_folder({'schema.json': SCHEMA, 'sub/mod.json': MODULE})
        context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        self.schema = QAPISchema('schema.json')

    def lookup(self, name: str) -> QAPISchemaType:
        typ = self.schema.lookup_type(name)
        assert typ is not None
        return typ

    def test_walk(self) -> None:
        walker = Walker()
        self.schema.visit(walker)
        self.assertEqual(walker.calls, [
            'begin', 'module ./builtin', 'module schema.json',
            'include sub/mod.json at schema.json:1', 'Base x', 'Foo x y', 'q_obj_Un-base t',
            'Un t', 'q_obj_foo-arg a b', 'module sub/mod.json', 'Mod ', 'EV None False', 'end'])

    def test_default_visitor(self) -> None:
        self.schema.visit(QAPISchemaVisitor())

    def test_types(self) -> None:
        foo = self.lookup('Foo')
        assert isinstance(foo, QAPISchemaObjectType)
        self.assertEqual([m.name for m in foo.members], ['x', 'y'])
        self.assertEqual([m.name for m in foo.local_members], ['y'])
        self.assertTrue(foo.members[1].optional)
        array = foo.members[1].type
        assert isinstance(array, QAPISchemaArrayType)
        self.assertEqual((array.name, array.element_type.name), ('BaseList', 'Base'))
        self.assertEqual((array.doc_type(), array.json_type()), ('array of Base', 'array'))
        union = self.lookup('Un')
        assert isinstance(union, QAPISchemaObjectType) and union.variants
        self.assertEqual(union.variants.tag_member.name, 't')
        self.assertEqual([(v.name, v.type.name) for v in union.variants.variants],
                         [('a', 'Foo'), ('b', 'q_empty')])
        assert union.base is not None
        self.assertTrue(union.base.is_implicit())
        self.assertFalse(union.is_implicit())
        self.assertIsNone(union.base.doc_type())

    def test_lookup(self) -> None:
        self.assertIsNone(self.schema.lookup_type('foo'))
        self.assertIsNone(self.schema.lookup_type('Nope'))
        self.assertIsInstance(self.lookup('En'), QAPISchemaEnumType)
        self.assertEqual(self.lookup('uint8').json_type(), 'int')
        self.assertEqual(self.lookup('str').doc_type(), 'string')
        entity = self.schema.lookup_entity('foo')
        assert entity is not None
        self.assertEqual(entity.ifcond.ifcond, {'all': ['A', {'not': 'B'}]})
        self.assertEqual(entity.ifcond.docgen(), '(A and not B)')
        self.assertTrue(entity.ifcond.is_present())
        self.assertEqual(entity.describe(), "command 'foo'")

    def test_ifcond(self) -> None:
        same = QAPISchemaIfCond({'all': ['A', {'not': 'B'}]})
        entity = self.schema.lookup_entity('foo')
        assert entity is not None
        self.assertEqual(entity.ifcond, same)
        self.assertEqual(hash(entity.ifcond), hash(same))
        self.assertEqual(same.cgen(), 'defined(A) && !defined(B)')
        self.assertFalse(QAPISchemaIfCond().is_present())
        self.assertEqual(QAPISchemaIfCond().docgen(), '')

    def test_docs(self) -> None:
        doc, = self.schema.docs
        self.assertEqual((doc.symbol, doc.body.text), ('foo', 'It does.'))
        self.assertEqual({n: a.text for n, a in doc.args.items()}, {'a': 'given', 'b': ''})
        member = doc.args['a'].member
        assert isinstance(member, QAPISchemaObjectTypeMember)
        self.assertEqual(member.type.name, 'Mod')
        self.assertEqual([(f.name, f.text) for f in doc.features.values()],
                         [('deprecated', 'old')])
        self.assertEqual([(s.name, s.text) for s in doc.sections], [('Returns', 'something')])

    def test_errors(self) -> None:
        entity = self.schema.lookup_entity('foo')
        assert entity is not None
        error = QAPISemError(entity.info, 'is not to my liking')
        self.assertIsInstance(error, QAPIError)
        self.assertEqual(str(error), "schema.json: In command 'foo':\n"
                                     'schema.json:19: is not to my liking')
        self.assertEqual(str(QAPISemError(None, 'nowhere')), 'nowhere')


class VisitorBaseTest(unittest.TestCase):
    """What the classes demand of those who derive from them."""

    def test_entity_is_abstract(self) -> None:
        with self.assertRaises(NotImplementedError):
            QAPISchemaEntity('x', None).visit(QAPISchemaVisitor())
