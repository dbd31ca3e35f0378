# A schema of the largest size.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import os
import tempfile
import unittest

from big_schema import COMMANDS, EVENTS, MODULES, write_schema
from qapi.main import main
from qapi.schema import QAPISchema, QAPISchemaCommand, QAPISchemaEvent


class BigSchemaTest(unittest.TestCase):
    """Made once for all tests."""

    folder: 'tempfile.TemporaryDirectory[str]'
    fname: str

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.fname = os.path.join(cls.folder.name, 'schema.json')
        cls.lines = write_schema(cls.folder.name)

    lines: int

    def test_counts(self) -> None:
        self.assertGreaterEqual(self.lines, 25000)
        schema = QAPISchema(self.fname)
        names = [f'do-thing-{i}' for i in range(COMMANDS)]
        self.assertTrue(all(isinstance(schema.lookup_entity(name), QAPISchemaCommand)
                            for name in names))
        events = [f'THING_{i}' for i in range(EVENTS)]
        self.assertTrue(all(isinstance(schema.lookup_entity(name), QAPISchemaEvent)
                            for name in events))

    def test_comment_changes_nothing(self) -> None:
        out = os.path.join(self.folder.name, 'out')
        self.assertEqual(main(['-b', '-o', out, self.fname]), 0)
        names = os.listdir(out)
        self.assertGreater(len(names), 8 * MODULES)
        for name in names:
            os.utime(os.path.join(out, name), (1, 1))
        with open(os.path.join(self.folder.name, 'module-100.json'), 'a',
                  encoding='utf-8') as file:
            file.write('\n# one more comment\n')
        self.assertEqual(main(['-b', '-o', out, self.fname]), 0)
        changed = [name for name in names
                   if os.stat(os.path.join(out, name)).st_mtime != 1]
        self.assertEqual(changed, [])
