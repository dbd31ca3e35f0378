# Rules of our own schema, beyond those of the language.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import os
import unittest
from typing import List

from corpus import HERE
from qapi.schema import QAPISchema, QAPISchemaCommand, QAPISchemaEntity, QAPISchemaVisitor


class _Entities(QAPISchemaVisitor):
    """All that have a name in the schema."""

    def __init__(self) -> None:
        self.found: List[QAPISchemaEntity] = []

    def visit_needed(self, entity: QAPISchemaEntity) -> bool:
        if entity.info is not None and not entity.is_implicit():
            self.found.append(entity)
        return False


class OwnSchemaTest(unittest.TestCase):
    """qapi/qapi-schema.json."""

    def setUp(self) -> None:
        self.schema = QAPISchema(os.path.join(HERE, '..', '..', 'qapi', 'qapi-schema.json'))
        visitor = _Entities()
        self.schema.visit(visitor)
        self.entities = visitor.found

    def test_queries_are_open_to_readers(self) -> None:
        commands = [e for e in self.entities if isinstance(e, QAPISchemaCommand)]
        queries = [c for c in commands if c.name.startswith('query-')]
        self.assertGreater(len(queries), 20)
        self.assertEqual([c.name for c in queries if c.access != 'read'], [])

    def test_in_band_commands_are_coroutines(self) -> None:
        commands = [e for e in self.entities if isinstance(e, QAPISchemaCommand)]
        self.assertGreater(len(commands), 20)
        self.assertEqual([c.name for c in commands if c.coroutine == c.allow_oob], [])

    def test_described(self) -> None:
        """Since when, what each member means, and what a command returns."""
        for entity in self.entities:
            if not entity.meta or entity.doc is None:
                continue
            with self.subTest(entity.name):
                self.assertTrue(entity.doc.has_section('Since'))
                self.assertTrue(entity.doc.body.text)
                self.assertEqual([n for n, arg in entity.doc.args.items() if not arg.text], [])
                if isinstance(entity, QAPISchemaCommand) and entity.ret_type is not None:
                    self.assertTrue(entity.doc.has_section('Returns'))

    def test_all_have_blocks(self) -> None:
        self.assertTrue(self.schema.pragma.doc_required)
