#!/usr/bin/python3
"""The generator of the HMP tables: what it accepts, what it makes of it, what it refuses."""
# SPDX-License-Identifier: GPL-2.0-or-later

import os
import re
import subprocess
import sys
import tempfile
import unittest

GENERATOR = sys.argv.pop(1)
HELLO = '[hello|hi]\nhelp = say "hello"\ncmd = hmp_hello\n'
TWIN = '[hello]\nqmp = greet\ncmd = hmp_hello\n'
SCHEMA = '''##
# @greet:
#
# Say hello to @name, who
# is "there".  Then wait.
#
# @name: who
#
# Returns: nothing.
##
{ 'command': 'greet', 'data': { 'name': 'str' } }

##
# @cpus:
#
# CPUs are counted.
##
{ 'command': 'cpus' }

##
# @silent:
#
# Since: 0.1
##
{ 'command': 'silent' }

{ 'command': 'undocumented' }

##
# @Form:
#
# A format.
##
{ 'enum': 'Form', 'data': [ 'ppm', 'png' ] }

##
# @forward:
#
# Every type.
##
{ 'command': 'forward',
  'data': { '*name': 'str', 'filename': 'str', '*number': 'int', 'big': 'uint64',
            '*format': 'Form', 'flag': 'bool', '*limit': 'size', '*list': [ 'str' ] } }

##
# @sum-of:
#
# A list.
##
{ 'command': 'sum-of', 'data': { 'list': [ 'str' ] } }

##
# @sometimes:
#
# Not always.
##
{ 'command': 'sometimes', 'if': 'SOMETIMES' }

##
# @Type:
#
# A type.
##
{ 'enum': 'Type', 'data': [] }
'''


class HmpGenTest(unittest.TestCase):
    """Run the generator on small files."""

    def setUp(self) -> None:
        # pylint: disable-next=consider-using-with
        self.dir = tempfile.TemporaryDirectory(prefix='vitrine-test-')
        self.addCleanup(self.dir.cleanup)

    def generate(self, text: bytes, kind: str,
                 schema: str = '') -> 'subprocess.CompletedProcess[str]':
        """Run it; the result has the output file's text in stdout."""
        options = [kind]
        if schema:
            options += ['--schema', os.path.join(self.dir.name, 'schema.json')]
            with open(options[-1], 'w', encoding='utf-8') as file:
                file.write(schema)
        source = os.path.join(self.dir.name, 'test.hx')
        target = os.path.join(self.dir.name, 'out')
        with open(source, 'wb') as binary:
            binary.write(text)
        result = subprocess.run([sys.executable, GENERATOR, *options, source, target],
                                capture_output=True, text=True, check=False)
        if result.returncode == 0:
            with open(target, encoding='utf-8') as file:
                result.stdout = file.read()
        return result

    def make(self, text: str, kind: str = '--tables', schema: str = '') -> str:
        """What comes out of a good file."""
        result = self.generate(text.encode(), kind, schema)
        self.assertEqual(result.stderr, '')
        self.assertEqual(result.returncode, 0)
        return result.stdout

    def refuse(self, text: str, message: str, schema: str = '') -> None:
        """A bad file is refused with one line that says why, and nothing is written."""
        result = self.generate(text.encode('utf-8', 'surrogateescape'), '--tables', schema)
        self.assertEqual(result.returncode, 1)
        self.assertIn(message, result.stderr)
        self.assertNotIn('Traceback', result.stderr)
        self.assertNotIn('out', os.listdir(self.dir.name))

    def test_header(self) -> None:
        """Prototypes: one for each handler, once."""
        text = self.make(HELLO + '[again]\nhelp = x\ncmd = hmp_hello\n', '--header')
        self.assertEqual(text.count('void coroutine_fn hmp_hello(Hmp *hmp, const QDict *args);'), 1)

    def test_table(self) -> None:
        """Rows, sorted, with their strings escaped."""
        text = self.make('[z]\nhelp = last\ncmd = hmp_z\n' + HELLO)
        self.assertIn('.name = "hello|hi"', text)
        self.assertIn(r'.help = "say \"hello\""', text)
        self.assertLess(text.index('"hello|hi"'), text.index('"z"'))
        self.assertIn('{ .name = NULL }', text)

    def test_runner(self) -> None:
        """The table's function takes the proof of coroutine context, and calls the handler."""
        text = self.make(HELLO)
        self.assertIn('static void coroutine_fn run_hmp_hello(const CoContext *here, Hmp *hmp',
                      text)
        self.assertIn('    hmp_hello(hmp, args);', text)
        self.assertIn('.run = run_hmp_hello,', text)

    def test_sub_table(self) -> None:
        """A table within the table stands before it."""
        text = self.make('[info]\nhelp = x\ntable = yes\n[info a-b]\nhelp = y\ncmd = hmp_info_a\n')
        self.assertIn('.sub_table = hmp_info_commands', text)
        self.assertIn('.title = "info a-b"', text)
        self.assertLess(text.index('static const HmpCommand hmp_info_commands[]'),
                        text.index('const HmpCommand hmp_commands[]'))

    def test_args(self) -> None:
        """Every type of argument."""
        text = self.make(HELLO + 'args = a:/, b:l, c:i, d:-x, e:-ys, f:s, g:F?, h:S?\n')
        for key, kind in (('a', 'FORMAT'), ('b', 'INT64'), ('c', 'INT32'), ('d', 'FLAG'),
                          ('e', 'FLAG_STRING'), ('f', 'STRING'), ('g', 'FILENAME'), ('h', 'REST')):
            self.assertIn(f'{{ .key = "{key}", .kind = HMP_ARG_{kind}', text)
        self.assertIn(".flag = 'y', .optional = true", text)

    def test_rights(self) -> None:
        """Who may execute a command, and when; by default it changes something."""
        text = self.make(HELLO + 'access = screen\npreconfig = yes\n')
        self.assertIn('.rights = QCO_ACCESS_SCREEN | QCO_ALLOW_PRECONFIG,', text)
        self.assertIn('.rights = QCO_ACCESS_READ,', self.make(HELLO + 'access = read\n'))
        self.assertNotIn('.rights', self.make(HELLO))

    def test_refused(self) -> None:
        """What is wrong, and the words that say so."""
        cases = [
            ('[a]\nhelp = x\n', "[a]: needs one of 'cmd = hmp_...', 'table = yes' and 'qmp ="),
            ('[a]\ncmd = hmp_a\n', "[a]: needs either 'help = ...' or 'qmp = COMMAND'"),
            (TWIN + 'help = x\n', "[hello]: needs either 'help = ...' or 'qmp = COMMAND'"),
            (TWIN, "[hello]: 'qmp = greet' needs --schema"),
            ('[a]\nhelp = x\ncmd = do_a\n', "handler 'do_a' is not named hmp_"),
            ('[a]\nhelp = x\ncmd = hmp_a\nflags = p\n', "key 'flags' is not one of access, args"),
            ('[a]\nhelp = x\ncmd = hmp_a\naccess = all\n', "access 'all' is not one of read, "
             'screen'),
            ('[a]\nqmp = x\naccess = read\n', "access and preconfig are those of QMP command "
             "'x'"),
            ('[a|a]\nhelp = x\ncmd = hmp_a\n', "command 'a' is declared twice"),
            (HELLO + '[b|hi]\nhelp = x\ncmd = hmp_b\n', "command 'hi' is declared twice"),
            (HELLO + HELLO, 'already exists'),
            ('[no a]\nhelp = x\ncmd = hmp_a\n', "'no' is not a table"),
            ('[A!]\nhelp = x\ncmd = hmp_a\n', "'A!' is no command name"),
            (HELLO + 'args = x\n', "argument 'x' is not KEY:TYPE"),
            (HELLO + 'args = x:q\n', "argument 'x:q' is not KEY:TYPE"),
            (HELLO + 'args = a:s?, b:s\n', "argument 'b' must be optional, as 'a' is"),
            (HELLO + 'args = a:S, b:s\n', "nothing is left for 'b'"),
            ('help = x\n', 'no section headers'),
            ('[a\n', 'no section headers'),
            ('[a]\nhelp = \udcff\n', "can't decode"),
        ]
        for text, message in cases:
            with self.subTest(text=text):
                self.refuse(text, message)

    def test_help_from_schema(self) -> None:
        """The first sentence, on one line, without its full stop, in lower case."""
        text = self.make(TWIN + '[n]\nqmp = cpus\ncmd = hmp_n\n', schema=SCHEMA)
        self.assertIn(r'.help = "say hello to name, who is \"there\""', text)
        self.assertIn('.help = "CPUs are counted"', text)

    def test_forward(self) -> None:
        """An entry that forwards: all from the schema, in order, what may be left out last."""
        text = self.make('[f]\nqmp = forward\n', schema=SCHEMA)
        self.assertIn('.params = "filename big on|off [name [number [format [limit]]]]"', text)
        self.assertIn('.qmp = "forward"', text)
        self.assertNotIn('.run', text)
        self.assertEqual(re.findall(r'\.key = "(.*?)", \.kind = HMP_ARG_(\w+)', text),
                         [('filename', 'FILENAME'), ('big', 'UINT64'), ('flag', 'BOOL'),
                          ('name', 'STRING'), ('number', 'INT64'), ('format', 'STRING'),
                          ('limit', 'SIZE')])
        self.assertIn('.words = (const char *const[]){ "ppm", "png", NULL }', text)
        self.assertIn('.words = (const char *const[]){ "on", "off", NULL }', text)
        self.assertNotIn('run_', text)

    def test_forward_without_arguments(self) -> None:
        text = self.make('[info]\nhelp = x\ntable = yes\n[info c]\nqmp = cpus\n', schema=SCHEMA)
        self.assertIn('.params = "",\n        .help = "CPUs are counted",\n        .qmp = "cpus",',
                      text)

    def test_forward_args(self) -> None:
        """`args` orders, leaves out and types."""
        text = self.make('[f]\nqmp = forward\nargs = big, flag, filename:s, format:-f, name:F, '
                         'number:@cpu\n', schema=SCHEMA)
        self.assertIn('.params = "big on|off filename [-f format] [name]"', text)
        self.assertIn(""".key = "format", .kind = HMP_ARG_FLAG_STRING, .flag = 'f',""", text)
        self.assertIn('.key = "filename", .kind = HMP_ARG_STRING', text)
        self.assertIn('.key = "name", .kind = HMP_ARG_FILENAME', text)
        self.assertIn('.key = "number", .kind = HMP_ARG_CPU', text)
        self.assertIn('.params = "some words"',
                      self.make('[f]\nqmp = cpus\nparams = some words\n', schema=SCHEMA))

    def test_forward_refused(self) -> None:
        """What does not fit the schema."""
        whole = 'filename, big, flag, '
        for command, args, message in (
                ('forward', 'big', "argument 'filename' of QMP command 'forward' is missing"),
                ('forward', 'nope', "'nope' is not an argument of QMP command 'forward'"),
                ('forward', 'big, big', "argument 'big' stands there twice"),
                ('forward', 'big:q', "argument 'big:q' is not MEMBER or MEMBER:TYPE"),
                ('forward', 'big:s', "argument 'big:s' does not fit the schema's 'uint64'"),
                ('forward', whole + 'format:F', "'format:F' does not fit the schema's 'Form"),
                ('forward', whole + 'number:s', "'number:s' does not fit the schema's 'int'"),
                ('forward', whole + 'number:-n', "argument 'number' is no flag: only a str"),
                ('forward', 'filename:-f', "argument 'filename' is no flag: it must not be left"),
                ('forward', whole + 'name:@cpu', "argument 'name' is no CPU's index"),
                ('forward', whole + 'list', "has a type that nobody can type: 'strList'"),
                ('forward', 'filename, name, big, flag', "'big' must be optional, as 'name' is"),
                ('sum-of', 'list', "has a type that nobody can type: 'strList'"),
                ('sum-of', '', "has a type that nobody can type: 'strList'"),
                ('sometimes', '', "QMP command 'sometimes' is not always there")):
            with self.subTest(args=args):
                line = f'args = {args}\n' if args else ''
                self.refuse(f'[f]\nqmp = {command}\n{line}', message, SCHEMA)

    def test_header_without_schema(self) -> None:
        """Prototypes need no help."""
        self.assertIn('hmp_hello(', self.make(TWIN, '--header'))

    def test_refused_with_schema(self) -> None:
        """Commands that cannot give help."""
        for name, message in (('nope', "[info a|b]: 'nope' is not a QMP command of"),
                              ('Type', "[info a|b]: 'Type' is not a QMP command of"),
                              ('silent', "[info a|b]: QMP command 'silent' has no text in"),
                              ('undocumented', "QMP command 'undocumented' has no text in")):
            with self.subTest(name):
                self.refuse('[info]\nhelp = x\ntable = yes\n'
                            f'[info a|b]\nqmp = {name}\ncmd = hmp_a\n', message, SCHEMA)
        self.refuse(TWIN, 'schema.json:1:3: ', '{ bad }')

    def test_no_file(self) -> None:
        """A missing input is an error, not a traceback."""
        result = subprocess.run([sys.executable, GENERATOR, '--header', '/no/such.hx', '/dev/null'],
                                capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn('/no/such.hx', result.stderr)
        self.assertNotIn('Traceback', result.stderr)


if __name__ == '__main__':
    unittest.main()
