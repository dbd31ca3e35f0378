# Schema text to tokens.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import re
from typing import NamedTuple, Optional

from .error import QAPIParseError
from .source import QAPISourceInfo


class Token(NamedTuple):
    """kind: one of {}[]:, or 'str', 'bool', 'doc', 'end'. Lines and columns count from 1."""

    kind: str
    value: str
    line: int
    col: int


_TOKEN = re.compile(r'''
      (?P<space>[^\S\n]+)
    | (?P<newline>\n)
    | (?P<comment>\#[^\n]*)
    | (?P<punct>[{}\[\]:,])
    | '(?P<str>(?:[^'\\\n]|\\[^\n])*)'
    | (?P<word>[^\s{}\[\]:,'"\#]+)
    | (?P<other>.)
''', re.VERBOSE)
_FUNNY = re.compile(r'[^\x20-\x7e]')
_ESCAPE = re.compile(r'\\(.)')


class Lexer:
    """Hands out one token after the other; the text is checked only as far as it is read."""

    def __init__(self, text: str, info: QAPISourceInfo) -> None:
        self.text = text
        self.info = info
        self.pos = 0
        self.line = 1
        self.line_start = 0

    def error(self, msg: str, pos: Optional[int] = None) -> QAPIParseError:
        where = self.pos if pos is None else pos
        return QAPIParseError(self.info.at(self.line), msg, where - self.line_start + 1)

    def next(self, want_doc: bool) -> Token:
        """The next token; a comment that begins with ## is one ('doc') only if @want_doc."""
        while True:
            match = _TOKEN.match(self.text, self.pos)
            if match is None:
                return Token('end', '', self.line, self.pos - self.line_start + 1)
            kind = match.lastgroup
            if kind == 'newline':
                self._end_line(match.end())
            elif kind == 'space' or (kind == 'comment' and
                                     not (want_doc and match[0].startswith('##'))):
                self.pos = match.end()
            else:
                return self._token(match, str(kind))

    def _end_line(self, pos: int) -> None:
        self.pos = self.line_start = pos
        self.line += 1

    def _token(self, match: 're.Match[str]', kind: str) -> Token:
        text = match[0]
        col = self.pos - self.line_start + 1
        if kind == 'str':
            value = self._string(match)
        elif kind == 'comment':
            kind, value = 'doc', text
        elif kind == 'punct':
            kind = value = text
        elif kind == 'word' and text in ('true', 'false'):
            kind, value = 'bool', text
        else:
            raise self._stray(text)
        self.pos = match.end()
        return Token(kind, value, self.line, col)

    def _string(self, match: 're.Match[str]') -> str:
        value = match['str']
        base = match.start('str')
        funny = _FUNNY.search(value)
        if funny:
            raise self.error('funny character in string: only printable ASCII is allowed',
                             base + funny.start())
        for escape in _ESCAPE.finditer(value):
            if escape[1] != '\\':
                raise self.error(f"unknown escape \\{escape[1]}: only \\\\ is allowed",
                                 base + escape.start())
        return value.replace('\\\\', '\\')

    def _stray(self, text: str) -> QAPIParseError:
        if text[0] == "'":
            return self.error("missing terminating \"'\"")
        if text[0] == '"':
            return self.error("stray '\"': strings are written in single quotes")
        shown = text if len(text) <= 40 else text[:40] + '...'
        if not shown.isprintable():
            shown = ascii(shown)[1:-1]
        return self.error(f"stray '{shown}': expected a string in single quotes, true, false, "
                          "or one of {}[]:,")

    def read_line(self) -> Optional[str]:
        """The rest of the current line; the next token comes from the line after it."""
        if self.pos >= len(self.text):
            return None
        end = self.text.find('\n', self.pos)
        if end < 0:
            line = self.text[self.pos:]
            self.pos = len(self.text)
        else:
            line = self.text[self.pos:end]
            self._end_line(end + 1)
        return line
