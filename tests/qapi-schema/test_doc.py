# The reference manual: docs/NAME.json and the NAME.rst that is made of it, and text of all sorts.
#
# Run by itself, it writes the expectations anew: look at the difference before you keep it.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import contextlib
import importlib.util
import io
import os
import random
import subprocess
import sys
import unittest
from typing import Dict, List, Tuple

from corpus import HERE, SCRIPTS, files_in_folder
from qapi import rst
from qapi.docgen import main, reference
from qapi.schema import QAPISchema

FOLDER = os.path.join(HERE, 'docs')
OWN_SCHEMA = os.path.join(HERE, '..', '..', 'qapi', 'qapi-schema.json')
HAVE_DOCUTILS = importlib.util.find_spec('docutils') is not None
PIECES = ('*', '**', '`', '``', '_', '__', '|', ':', '::', '\\', ' ', '  ', '    ', '\n', '\n\n',
          '- ', '* ', '1. ', '#. ', '(a) ', '.. note::', '.. ', '.. foo::', '+-+', '== ==',
          '====', '@x', '@x_', 'a', 'foo', 'b_c', '<', '>', '(', ')', '"', "'", 'http://x/y_',
          '`a <http://b>`_', '[1]_', '|s|', ':r:`x`', '>>> ', '-x', '--long', 'A. ', '.', ',',
          'é', '\u2028', '\0', '\t', '...', '::\n    ', '\n  ', '\n- ', '`x`_', '/V', '=', '||')


def _names() -> List[str]:
    return [name[:-5] for name in sorted(os.listdir(FOLDER)) if name.endswith('.json')]


def _make(name: str) -> str:
    return reference(QAPISchema(os.path.join(FOLDER, name + '.json')), 'QMP reference', 'qapi')


def _expected(name: str) -> str:
    return os.path.join(FOLDER, name + '.rst')


def _rendered(text: str) -> Tuple[str, str]:
    """What a reader sees of @text, and all warnings."""
    from docutils.core import publish_doctree  # pylint: disable=import-outside-toplevel
    warnings = io.StringIO()
    tree = publish_doctree(text, settings_overrides={'warning_stream': warnings,
                                                     'report_level': 2, 'halt_level': 5})
    return str(tree.astext()), warnings.getvalue()


def _random_text(seed: int) -> str:
    rand = random.Random(seed)
    return ''.join(rand.choice(PIECES) for _ in range(rand.randrange(1, 25)))


class DocTest(unittest.TestCase):
    """What is written."""

    maxDiff = None

    def test_golden(self) -> None:
        self.assertTrue(_names())
        for name in _names():
            with self.subTest(name), open(_expected(name), encoding='utf-8') as file:
                self.assertEqual(_make(name), file.read())

    def test_command(self) -> None:
        """The program does the same, with another title."""
        with files_in_folder({}):
            done = subprocess.run([sys.executable, os.path.join(SCRIPTS, 'qapi-doc.py'), '--title',
                                   'T*', OWN_SCHEMA, 'out.rst'], check=False)
            self.assertEqual(done.returncode, 0)
            with open('out.rst', encoding='utf-8') as file:
                self.assertIn('\nT\\*\n====\n', file.read())

    def test_main(self) -> None:
        with files_in_folder({'schema.json': '##\n# Text about @this.\n##\n'}):
            self.assertEqual(main(['schema.json', 'out.rst']), 0)
            with open('out.rst', encoding='utf-8') as file:
                self.assertTrue(file.read().endswith('\n\nText about ``this``.\n'))

    def test_own_schema(self) -> None:
        """Every command and event of ours has its place."""
        text = reference(QAPISchema(OWN_SCHEMA), 'QMP reference', 'qmp')
        for line in ('stop (Command)', 'STOP (Event)', '.. _`qmp-command-stop`:',
                     '.. _`qmp-event-STOP`:', 'SchemaInfo (Object)'):
            self.assertIn(f'\n{line}\n', text)
        self.assertNotIn('Not documented.', text)

    def test_errors(self) -> None:
        """One message, status 1, nothing written."""
        cases: List[Tuple[Dict[str, str], str, str]] = [
            ({'schema.json': '{ bad }'}, 'out.rst', 'schema.json:1:3: stray'),
            ({}, 'out.rst', "can't read schema file 'schema.json'"),
            ({'schema.json': ''}, 'no/out.rst', "can't write 'no/out.rst': No such file")]
        for files, output, message in cases:
            with self.subTest(message), files_in_folder(files):
                said = io.StringIO()
                with contextlib.redirect_stderr(said):
                    self.assertEqual(main(['schema.json', output]), 1)
                self.assertIn(message, said.getvalue())
                self.assertFalse(os.path.exists('out.rst'))

    def test_summary(self) -> None:
        """The first sentence of a definition's text."""
        for text, summary in (('Do it.  Then rest.', 'Do it.'), ('Do @it, e.g. that', 'Do it, e.g. '
                              'that'), ('One\n# line.\n#\n# More.', 'One line.'), ('', '')):
            schema = f"##\n# @foo:\n#\n# {text}\n##\n{{ 'command': 'foo' }}\n"
            with self.subTest(text), files_in_folder({'schema.json': schema}):
                doc, = QAPISchema('schema.json').docs
                self.assertEqual(doc.summary(), summary)

    def test_random_text(self) -> None:
        """Any text makes lines; docutils looks at them below."""
        for seed in range(400):
            for line in rst.blocks(_random_text(seed), rst.literal):
                self.assertEqual(line, line.rstrip())

    def test_deep(self) -> None:
        """Blocks in blocks without end."""
        depth = 2000
        lines = rst.blocks('\n\n'.join(' ' * i + '- x' for i in range(depth)), rst.literal)
        self.assertIn('- x', lines[0])
        self.assertIn('::', ''.join(lines))
        self.assertEqual(rst.blocks('- ' * depth + 'x\n', rst.literal)[-1].strip()[-1], 'x')


@unittest.skipUnless(HAVE_DOCUTILS, 'needs docutils (Debian package python3-docutils)')
class RenderTest(unittest.TestCase):
    """What readers see."""

    def test_golden_renders(self) -> None:
        for name in _names():
            with self.subTest(name):
                seen, warnings = _rendered(_make(name))
                self.assertEqual(warnings, '')
                for text in ('Special: a*b, emphasis, strong, literal *x*, lone ` and `ticks`, '
                             'name_ and _name_,\n|bar|, back\\slash, 2 * 3 * 4, foobarbaz, '
                             ':role:`x`, [1]_, end::\n2. is not a list, a link, mail@example.org',
                             'Top level with `ticks`, a_ and |bars|', '__org.example_EVENT (Event)',
                             'indented_\n  more', '.. unknown:: is text', 'green_: if CONFIG_GREEN',
                             'over lines:\n\nliteral *text*,   as it is\n\n\n  with_ empty lines'):
                    self.assertIn(text, seen)
                self.assertNotIn('not for readers', seen)

    def test_no_text_makes_warnings(self) -> None:
        for seed in range(400):
            lines = rst.blocks(_random_text(seed), rst.literal)
            text = ['Title', '=====', '', 'term', *rst.indent(lines or ['x']), '', 'other',
                    '    y', '', *lines, '', ':Since: 1', '']
            with self.subTest(seed):
                self.assertEqual(_rendered('\n'.join(text))[1], '')

    def test_plain_text_is_seen(self) -> None:
        """No character is lost where nothing is markup."""
        pieces = [piece for piece in PIECES if piece.strip() and piece.isprintable() and
                  piece not in ('`a <http://b>`_', '``', '@x', '@x_')]
        for seed in range(400):
            rand = random.Random(seed)
            words = ''.join(rand.choice(pieces) for _ in range(rand.randrange(1, 12)))
            text = 'a ' + words.replace('*', '* ').replace('``', '` `') + ' z'
            with self.subTest(text):
                seen, _ = _rendered('\n'.join(rst.blocks(text, rst.literal)))
                self.assertEqual(''.join(seen.split()), ''.join(text.split()))


def update() -> None:
    for name in _names():
        with open(_expected(name), 'w', encoding='utf-8') as file:
            file.write(_make(name))


if __name__ == '__main__':
    update()
