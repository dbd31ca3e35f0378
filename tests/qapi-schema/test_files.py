# The compiler as a command: what it reads and writes, and that no input makes it fall over.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import contextlib
import io
import os
import random
import subprocess
import sys
import tempfile
import unittest
from typing import Dict, List

from corpus import HERE, SCRIPTS, case_files, files_in_folder, read_cases
from qapi.error import QAPIError
from qapi.main import main
from qapi.schema import QAPISchema

GEN = os.path.join(SCRIPTS, 'qapi-gen.py')
SCHEMA = '''
{ 'enum': 'En', 'data': [ 'a', 'b' ] }
{ 'struct': 'Foo', 'data': { 'a': 'En', '*b': [ 'str' ] } }
{ 'command': 'foo', 'data': 'Foo', 'returns': [ 'Foo' ] }
{ 'event': 'BAR', 'data': { 'x': 'int' } }
'''


def run_gen(args: List[str], hash_seed: str = '0') -> 'subprocess.CompletedProcess[str]':
    env = dict(os.environ, PYTHONHASHSEED=hash_seed, PYTHONDONTWRITEBYTECODE='1')
    return subprocess.run([sys.executable, GEN, *args], env=env, capture_output=True, text=True,
                          check=False)


def read_tree(folder: str) -> Dict[str, bytes]:
    result = {}
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            with open(path, 'rb') as file:
                result[os.path.relpath(path, folder)] = file.read()
    return result


def compile_bytes(data: bytes) -> str:
    """The error text for a schema of @data, '' when there is none."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'schema.json')
        with open(path, 'wb') as file:
            file.write(data)
        try:
            QAPISchema(path)
        except QAPIError as err:
            return str(err).replace(folder + '/', '')
    return ''


class InputTest(unittest.TestCase):
    """Files that are no text of the language at all."""

    def test_not_utf8(self) -> None:
        self.assertEqual(compile_bytes(b"# ok\n{ 'enum': '\xff' }"),
                         'schema.json:2:12: byte 0xff is not valid UTF-8')

    def test_utf8_in_comment(self) -> None:
        self.assertEqual(compile_bytes('# Grüße\n'.encode()), '')

    def test_nul(self) -> None:
        self.assertIn('schema.json:1:1: stray', compile_bytes(b'\0'))

    def test_crlf(self) -> None:
        self.assertEqual(compile_bytes(b"##\r\n# @foo:\r\n#\r\n# It.\r\n##\r\n"
                                       b"{ 'command': 'foo' }\r\n"), '')

    def test_no_newline_at_end(self) -> None:
        self.assertEqual(compile_bytes(b"{ 'command': 'foo' }"), '')

    def test_endless_file(self) -> None:
        self.assertEqual(compile_bytes(b"{ 'include': '/dev/zero' }"),
                         "schema.json:1: can't read included file '/dev/zero': it is larger than "
                         '64 MiB')

    def test_two_names_of_a_file(self) -> None:
        files = {'schema.json': "{ 'include': 'a.json' }\n{ 'include': 'b.json' }\n",
                 'a.json': "{ 'struct': 'Foo', 'data': {} }\n"}
        with files_in_folder(files):
            os.symlink('a.json', 'b.json')
            self.assertEqual(main(['-o', 'out', 'schema.json']), 0)
            self.assertNotIn('qapi-types-b.h', os.listdir('out'))

    def test_byte_order_mark(self) -> None:
        self.assertIn("schema.json:1:1: stray '\\ufeff", compile_bytes(b'\xef\xbb\xbf'))

    def test_nested_arrays(self) -> None:
        self.assertIn('nested too deeply', compile_bytes(b"{ 'a': " + b'[' * 100000))

    def test_nested_objects(self) -> None:
        self.assertIn('nested too deeply', compile_bytes(b"{ 'a': " * 100000))

    def test_nested_condition(self) -> None:
        cond = b"{ 'not': " * 90 + b"'A'" + b' }' * 90
        self.assertEqual(compile_bytes(b"{ 'command': 'foo', 'if': " + cond + b' }'), '')

    def test_include_of_a_name_with_nul(self) -> None:
        self.assertIn('funny character', compile_bytes(b"{ 'include': 'a\0b' }"))


class MutationTest(unittest.TestCase):
    """Schemas of the corpus with random damage: an error or a schema, nothing else."""

    PIECES = ["'", '{', '}', '[', ']', ':', ',', '#', '##', '\n', '# @foo:', 'true', "'if'",
              "'data'", '*', '\\', "'q_'", "'int'", '# ', '@', ' ', '=', "''"]

    def damaged(self, rng: random.Random, text: str) -> str:
        for _ in range(rng.randint(1, 4)):
            start = rng.randint(0, len(text))
            end = min(len(text), start + rng.choice([0, 0, 1, 2, 10]))
            text = text[:start] + rng.choice(self.PIECES) + text[end:]
        return text

    def test_mutations(self) -> None:
        texts = [case.files()['schema.json'] for path in case_files()
                 for case in read_cases(path)]
        rng = random.Random(1)
        with files_in_folder({}):
            for _ in range(1000):
                with open('schema.json', 'w', encoding='utf-8') as file:
                    file.write(self.damaged(rng, rng.choice(texts)))
                try:
                    QAPISchema('schema.json')
                except QAPIError as err:
                    self.assertRegex(str(err), r'schema\.json:\d+(:\d+)?: ')


class DepthTest(unittest.TestCase):
    """What is nested beyond reason. Tracing ends where the stack does: not for coverage."""

    def test_long_chain_of_bases(self) -> None:
        text = ''.join(f"{{ 'struct': 'Ab{i}', 'base': 'Ab{i + 1}', 'data': {{}} }}\n"
                       for i in range(3000))
        self.assertIn('too deeply', compile_bytes((text + "{ 'struct': 'Ab3000', 'data': {} }")
                                                  .encode()))

    def test_long_chain_of_includes(self) -> None:
        files = {f'{i}.json': f"{{ 'include': '{i + 1}.json' }}\n" for i in range(2000)}
        with files_in_folder({**files, '2000.json': ''}):
            with self.assertRaisesRegex(QAPIError, 'too deeply'):
                QAPISchema('0.json')


class GenerateTest(unittest.TestCase):
    """The same command within this process."""

    def test_all_good_schemas(self) -> None:
        """Whatever the corpus holds to be right can be generated, masked and not."""
        for path in case_files():
            for case in read_cases(path):
                if 'dump' not in case.expected():
                    continue
                with files_in_folder(case.files()), self.subTest(case.title):
                    self.assertEqual(main(['-b', '-o', 'a', 'schema.json']), 0)
                    self.assertEqual(main(['-u', '-p', 'x-', '-o', 'b', 'schema.json']), 0)

    def test_run_schema(self) -> None:
        with files_in_folder({}) as folder:
            schema = os.path.join(HERE, 'run', 'run.json')
            self.assertEqual(main(['-o', folder, schema]), 0)
            self.assertEqual(main(['-o', folder, schema]), 0)

    def test_errors(self) -> None:
        with files_in_folder({'bad.json': '{', 'good.json': '', 'file': ''}):
            errors = io.StringIO()
            with contextlib.redirect_stderr(errors):
                self.assertEqual(main(['bad.json']), 1)
                self.assertEqual(main(['-o', 'file', 'good.json']), 1)
                with self.assertRaises(SystemExit):
                    main(['-p', '1', 'good.json'])
            self.assertIn("bad.json:1:2: expected string or '}', found the end of the file\n",
                          errors.getvalue())


class CommandLineTest(unittest.TestCase):
    """qapi-gen.py [-o DIR] [-p PREFIX] [-b] [-u] SCHEMA."""

    def setUp(self) -> None:
        context = files_in_folder({'schema.json': SCHEMA})
        context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)

    def test_files(self) -> None:
        done = run_gen(['-o', 'out', 'schema.json'])
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, '', ''))
        stems = ['commands', 'emit-events', 'events', 'init-commands', 'introspect', 'types',
                 'visit']
        expected = [f'qapi-{stem}.{suffix}' for stem in stems for suffix in 'ch']
        self.assertEqual(sorted(os.listdir('out')), expected)

    def test_builtins(self) -> None:
        self.assertEqual(run_gen(['-b', '-o', 'out', 'schema.json']).returncode, 0)
        for name in ['types.h', 'types.c', 'visit.h', 'visit.c']:
            self.assertTrue(os.path.exists(f'out/qapi-builtin-{name}'), name)

    def test_prefix(self) -> None:
        self.assertEqual(run_gen(['-p', 'my-', '-o', 'out', 'schema.json']).returncode, 0)
        self.assertTrue(all(name.startswith('my-qapi-') for name in os.listdir('out')))
        with open('out/my-qapi-init-commands.h', encoding='utf-8') as file:
            self.assertIn('void my_qmp_init_marshal(QmpCommandList *cmds);', file.read())

    def test_bad_prefix(self) -> None:
        for prefix in ['1', 'a b', '../x']:
            done = run_gen(['-p', prefix, 'schema.json'])
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(f"'{prefix}' cannot begin a name", done.stderr)

    def test_masked(self) -> None:
        run_gen(['-o', 'out', 'schema.json'])
        run_gen(['-u', '-o', 'open', 'schema.json'])
        masked, unmasked = (read_tree(folder)['qapi-introspect.c'] for folder in ('out', 'open'))
        self.assertNotIn(b'Foo', masked)
        self.assertIn(b'Foo', unmasked)

    def test_unchanged_files_are_left_alone(self) -> None:
        run_gen(['-b', '-o', 'out', 'schema.json'])
        for name in os.listdir('out'):
            os.utime(f'out/{name}', (1, 1))
        with open('schema.json', 'a', encoding='utf-8') as file:
            file.write("# a comment\n{ 'command': 'another' }\n")
        self.assertEqual(run_gen(['-b', '-o', 'out', 'schema.json']).returncode, 0)
        changed = {name for name in os.listdir('out') if os.stat(f'out/{name}').st_mtime != 1}
        self.assertEqual(changed, {'qapi-commands.c', 'qapi-commands.h', 'qapi-introspect.c',
                                   'qapi-init-commands.c'})

    def test_hash_seed(self) -> None:
        run_gen(['-b', '-o', 'one', 'schema.json'], '1')
        run_gen(['-b', '-o', 'two', 'schema.json'], '2')
        self.assertEqual(read_tree('one'), read_tree('two'))

    def test_nothing_written_for_a_bad_schema(self) -> None:
        with open('schema.json', 'a', encoding='utf-8') as file:
            file.write('{ bad')
        done = run_gen(['-o', 'out', 'schema.json'])
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r'^schema\.json:6:3: stray')
        self.assertFalse(os.path.exists('out'))

    def test_missing_schema(self) -> None:
        done = run_gen(['nope.json'])
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr,
                         "can't read schema file 'nope.json': No such file or directory\n")

    def test_directory_as_schema(self) -> None:
        done = run_gen(['.'])
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, "can't read schema file '.': Is a directory\n")

    def test_output_is_a_file(self) -> None:
        done = run_gen(['-o', 'schema.json', 'schema.json'])
        self.assertEqual(done.returncode, 1)
        self.assertIn("can't write 'schema.json", done.stderr)
        self.assertNotIn('Traceback', done.stderr)

    def test_schema_in_another_folder(self) -> None:
        os.mkdir('deep')
        os.rename('schema.json', 'deep/schema.json')
        self.assertEqual(run_gen(['-o', 'out', 'deep/schema.json']).returncode, 0)
        self.assertIn('qapi-types.h', os.listdir('out'))

    def test_module_outside(self) -> None:
        """A module above the main one is another schema's to generate, in another folder."""
        os.mkdir('deep')
        with open('deep/schema.json', 'w', encoding='utf-8') as file:
            file.write("{ 'include': '../schema.json' }\n")
        before = set(os.listdir('.'))
        self.assertEqual(run_gen(['-o', 'out', 'deep/schema.json']).returncode, 0)
        self.assertEqual(set(os.listdir('.')), before | {'out'})
        self.assertIn(b'#include "../qapi-types-schema.h"', read_tree('out')['qapi-types.h'])
