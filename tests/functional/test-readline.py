"""The human monitor's line editor: what a terminal shows, and how many bytes that takes.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
import random
import select
import socket
import unicodedata
from typing import Callable, Dict, List

from harness import TIMEOUT, VmTest, main
from qmp import connect
from terminal import COLUMNS, Terminal, width

PROMPT = '(qemu) '
# Of the row, what is there for the line.
WIDTH = COLUMNS - 1 - len(PROMPT)

LEFT, RIGHT, UP, DOWN = '\x1b[D', '\x1b[C', '\x1b[A', '\x1b[B'
HOME, END = '\x1b[H', '\x1b[F'
DELETE, BACKSPACE = '\x1b[3~', '\x7f'
WORD_LEFT, WORD_RIGHT = '\x1b[1;5D', '\x1b[1;5C'
KILL_RIGHT, KILL_LEFT, KILL_WORD, KILL_NEXT_WORD = '\x0b', '\x15', '\x17', '\x1bd'
# Ctrl-G rings the bell, which tells that all before it was worked on.
BELL = b'\a'

# Of one key: an escape sequence or two with counts, and the character.
FEW = 12


class Person:
    """Somebody at a terminal, on a descriptor: knows what is shown and what that took."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.terminal = Terminal()
        self.until(PROMPT.encode())

    def until(self, end: bytes) -> int:
        """Take what is sent up to something that comes last; return how many bytes that was."""
        seen = b''
        while not seen.endswith(end):
            if not select.select([self.fd], [], [], TIMEOUT)[0]:
                raise AssertionError(f'no {end!r}; seen: {seen[-800:]!r}')
            chunk = os.read(self.fd, 65536)
            if not chunk:
                raise AssertionError(f'end of stream before {end!r}; seen: {seen[-800:]!r}')
            seen += chunk
        self.terminal.feed(seen.decode())
        return len(seen)

    def press(self, *keys: str) -> int:
        """Press keys at once; return how many bytes were sent for them."""
        os.write(self.fd, ''.join(keys).encode() + BELL)
        return self.until(b'\a') - 1

    def enter(self) -> None:
        """Finish the line."""
        os.write(self.fd, b'\r')
        self.until(b'\r\n' + PROMPT.encode())

    def shown(self) -> str:
        """Return the line as it is shown, with a bar where the cursor is."""
        cells = list(self.terminal.rows[self.terminal.row])
        cells.insert(self.terminal.column, '|')
        return ''.join(cells).removeprefix(PROMPT).rstrip()


class Editor:
    """What the line is to be; no more of it than fits into a row."""

    def __init__(self) -> None:
        self.line: List[str] = []  # characters, with the marks that are combined with them
        self.at = 0
        self.keys: Dict[str, Callable[[], None]] = {
            LEFT: lambda: self.go(max(self.at - 1, 0)),
            RIGHT: lambda: self.go(min(self.at + 1, len(self.line))),
            HOME: lambda: self.go(0),
            END: lambda: self.go(len(self.line)),
            WORD_LEFT: lambda: self.go(self.word_left()),
            WORD_RIGHT: lambda: self.go(self.word_right()),
            BACKSPACE: lambda: self.kill(max(self.at - 1, 0)),
            DELETE: lambda: self.kill(min(self.at + 1, len(self.line))),
            KILL_LEFT: lambda: self.kill(0),
            KILL_RIGHT: lambda: self.kill(len(self.line)),
            KILL_WORD: lambda: self.kill(self.word_left()),
            KILL_NEXT_WORD: lambda: self.kill(self.word_right()),
        }

    def go(self, to: int) -> None:
        """Move the cursor."""
        self.at = to

    def kill(self, to: int) -> None:
        """Delete up to there."""
        first, last = sorted((self.at, to))
        del self.line[first:last]
        self.at = first

    def word_left(self) -> int:
        """Return where the word before begins."""
        text = ''.join(char[0] for char in self.line[:self.at]).rstrip(' ')
        return text.rfind(' ') + 1

    def word_right(self) -> int:
        """Return where the word behind ends."""
        text = ''.join(char[0] for char in self.line)
        begin = self.at + len(text[self.at:]) - len(text[self.at:].lstrip(' '))
        end = text.find(' ', begin)
        return len(text) if end < 0 else end

    def press(self, key: str) -> None:
        """Press a key, or type characters."""
        if key in self.keys:
            self.keys[key]()
            return
        for char in key:
            if unicodedata.combining(char):
                if self.at:
                    self.line[self.at - 1] += char
            else:
                self.line.insert(self.at, char)
                self.at += 1

    def columns(self) -> int:
        """Return how wide the line is."""
        return sum(width(char[0]) for char in self.line)

    def shown(self) -> str:
        """Return the line with a bar where the cursor is."""
        return (''.join(self.line[:self.at]) + '|' + ''.join(self.line[self.at:])).rstrip()


class ReadlineTest(VmTest):
    """Over a UNIX socket and a pseudo terminal."""

    def setUp(self) -> None:
        self.socket = os.path.join(self.directory(), 'hmp')
        self.machine = self.vm('-S', '-monitor', f'unix:{self.socket},server=on,wait=off',
                               '-chardev', 'pty,id=tty', '-mon', 'tty', machine='none',
                               serial=False)

    def at_socket(self) -> Person:
        """Connect somebody to the socket."""
        sock = socket.socket(socket.AF_UNIX)
        self.addCleanup(sock.close)
        connect(sock, self.socket)
        return Person(sock.fileno())

    def at_pty(self) -> Person:
        """Open the pseudo terminal for somebody."""
        name = next(c['filename'] for c in self.machine.qmp.command('query-chardev')
                    if c['label'] == 'tty')
        fd = os.open(name.split(':', 1)[1], os.O_RDWR | os.O_NOCTTY)
        self.addCleanup(os.close, fd)
        return Person(fd)

    def persons(self) -> List[Person]:
        """Return one of each kind."""
        return [self.at_socket(), self.at_pty()]

    def check(self, person: Person, key: str, shown: str, most: int = FEW) -> None:
        """Press a key and check what is shown, and what that took."""
        sent = person.press(key)
        self.assertEqual(person.shown(), shown, repr(key))
        self.assertLessEqual(sent, most, repr(key))

    def test_keys_in_the_middle(self) -> None:
        """A few bytes each, however much is behind the cursor."""
        words = 'one two three four five six seven eight nine ten eleven twelve 1'
        for person in self.persons():
            person.press(words)
            self.check(person, HOME, '|' + words)
            self.check(person, 'x', 'x|' + words)
            self.check(person, 'äö', 'xäö|' + words)
            self.check(person, '中', 'xäö中|' + words)
            self.check(person, BACKSPACE, 'xäö|' + words)
            self.check(person, LEFT, 'xä|ö' + words)
            self.check(person, DELETE, 'xä|' + words)
            self.check(person, KILL_LEFT, '|' + words)
            self.check(person, KILL_NEXT_WORD, '|' + words[3:])
            self.check(person, 'one', 'one|' + words[3:])
            self.check(person, WORD_RIGHT, 'one two|' + words[7:])
            self.check(person, KILL_WORD, 'one |' + words[7:])
            self.check(person, WORD_LEFT, '|one ' + words[7:])
            self.check(person, END, 'one ' + words[7:] + '|')
            self.check(person, WORD_LEFT, 'one ' + words[7:-1] + '|1')
            self.check(person, KILL_RIGHT, 'one ' + words[7:-1].rstrip() + ' |')

    def test_alike(self) -> None:
        """Where it cannot be seen which of many came or went."""
        person = self.at_socket()
        person.press('x' * 60)
        self.check(person, HOME, '|' + 'x' * 60)
        for count in range(61, 70):
            self.check(person, 'x', 'x' * (count - 60) + '|' + 'x' * 60, 4)
        for count in range(69, 60, -1):
            self.check(person, BACKSPACE, 'x' * (count - 61) + '|' + 'x' * 60, 6)
        for count in range(59, 50, -1):
            self.check(person, DELETE, '|' + 'x' * count, 3)

    def test_combining_marks(self) -> None:
        """They belong to what they stand on."""
        person = self.at_socket()
        person.press('ae\u0301o')
        self.check(person, LEFT, 'ae\u0301|o')
        self.check(person, LEFT, 'a|e\u0301o')
        self.check(person, '\u0308', 'a\u0308|e\u0301o')
        self.check(person, 'u', 'a\u0308u|e\u0301o')
        self.check(person, DELETE, 'a\u0308u|o')
        self.check(person, LEFT, 'a\u0308|uo')
        self.check(person, BACKSPACE, '|uo')
        self.check(person, '\u0301', '|uo')

    def test_history(self) -> None:
        """Another line in the place of this one, whichever is longer."""
        for person in self.persons():
            for line in ('print 1', 'info status', 'help ' + 'x' * 60, 'print 中2中'):
                person.press(line)
                person.enter()
            person.press('begun')
            for key, line in ((UP, 'print 中2中'), (UP, 'help ' + 'x' * 60), (UP, 'info status'),
                              (HOME + UP, 'print 1'), (DOWN, 'info status'), (DOWN + DOWN + DOWN,
                                                                              'begun')):
                self.check(person, key, line + '|', len(line) + FEW)

    def test_long_lines(self) -> None:
        """They stay in their row, at the price of that row; finished ones are shown whole."""
        line = 'print ' + '1+' * 200 + '1'
        for person in self.persons():
            top = person.terminal.row
            for char in line:
                self.assertLessEqual(person.press(char), COLUMNS + FEW)
            self.assertEqual(person.terminal.row, top)
            self.assertRegex(person.shown(), r'^<[1+]+\|$')
            self.check(person, HOME, '|' + line[:WIDTH - 1] + '>', COLUMNS + FEW)
            self.check(person, 'x' + BACKSPACE, '|' + line[:WIDTH - 1] + '>', COLUMNS + FEW)
            for _ in line:
                self.assertLessEqual(person.press(RIGHT), COLUMNS + FEW)
                self.assertLess(person.terminal.column, COLUMNS - 1)
            self.assertRegex(person.shown(), r'^<[1+]+\|$')
            person.press(HOME)
            person.enter()
            rows = [person.terminal.text(row) for row in range(top, person.terminal.row + 1)]
            whole = PROMPT + line
            self.assertEqual(rows[:6], [whole[at:at + COLUMNS] for at in range(0, 480, COLUMNS)])
            self.assertEqual(rows[6:], ['0xc9', PROMPT.rstrip()])

    def test_pasted(self) -> None:
        """What comes at once is drawn once a turn, not once a character."""
        person = self.at_socket()
        self.assertLess(person.press('x' * 3000), 1500)
        self.assertLess(person.press(*[LEFT, 'y'] * 500), 1000)
        person.press(KILL_LEFT, KILL_RIGHT)
        self.assertEqual(person.shown(), '|')

    def test_random_keys(self) -> None:
        """Whatever is pressed, the terminal shows the line, for a few bytes a key."""
        texts = ['a', 'b', 'word ', ' ', 'ä', '中', 'e\u0301']
        person = self.at_socket()
        editor = Editor()
        keys = [*editor.keys, *texts, *texts]
        choose = random.Random(7)
        for _ in range(3000):
            key = choose.choice(keys)
            if editor.columns() > WIDTH - 5:
                key = choose.choice([KILL_LEFT, KILL_WORD])
            editor.press(key)
            self.check(person, key, editor.shown(), 2 * FEW)


if __name__ == '__main__':
    main()
