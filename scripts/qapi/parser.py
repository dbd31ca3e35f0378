# A schema file, with all it includes, to raw definitions and documentation blocks.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import os
from typing import Dict, List, NamedTuple, Optional, Set

from .docparse import parse_doc
from .docs import QAPIDoc
from .error import QAPIError, QAPIParseError, QAPISemError
from .lexer import Lexer, Token
from .nodes import Obj, Seq
from .source import Pragmas, QAPISourceInfo

_MAX_NESTING = 100
_MAX_FILE_SIZE = 64 << 20


class Include(NamedTuple):
    """An include directive; fname is the file as it was opened when first included."""

    fname: str
    info: QAPISourceInfo


class RawDefinition(NamedTuple):
    """A top-level object that is no directive."""

    expr: Obj
    info: QAPISourceInfo
    doc: Optional[QAPIDoc]


class Item(NamedTuple):
    """What stands at top level, in order; exactly one of both is set."""

    include: Optional[Include]
    definition: Optional[RawDefinition]


def _shown(tok: Token) -> str:
    if tok.kind == 'end':
        return 'the end of the file'
    if tok.kind == 'str':
        return f"string '{tok.value}'"
    return f"'{tok.value}'"


class _ValueParser:
    """Values (strings, booleans, arrays, objects) from tokens, without comments."""

    def __init__(self, lexer: Lexer) -> None:
        self.lexer = lexer

    def fail(self, tok: Token, msg: str) -> QAPIParseError:
        info = self.lexer.info.at(tok.line)
        return QAPIParseError(info, f'{msg}, found {_shown(tok)}', tok.col)

    def next(self) -> Token:
        return self.lexer.next(False)

    def value(self, tok: Token, depth: int, expected: str) -> object:
        if depth > _MAX_NESTING:
            raise QAPIParseError(self.lexer.info.at(tok.line),
                                 f'nested too deeply: at most {_MAX_NESTING} levels are allowed',
                                 tok.col)
        if tok.kind == 'str':
            return tok.value
        if tok.kind == 'bool':
            return tok.value == 'true'
        if tok.kind == '[':
            return self.array(tok, depth)
        if tok.kind == '{':
            return self.object(tok, depth)
        raise self.fail(tok, f'expected {expected}')

    def array(self, start: Token, depth: int) -> Seq:
        result = Seq(start.line)
        tok = self.next()
        if tok.kind == ']':
            return result
        expected = "'{', '[', ']', string, or boolean"
        while True:
            result.lines.append(tok.line)
            result.append(self.value(tok, depth + 1, expected))
            tok = self.next()
            if tok.kind == ']':
                return result
            if tok.kind != ',':
                raise self.fail(tok, "expected ',' or ']'")
            tok = self.next()
            expected = "'{', '[', string, or boolean"

    def object(self, start: Token, depth: int) -> Obj:
        result = Obj(start.line)
        tok = self.next()
        if tok.kind == '}':
            return result
        expected = "string or '}'"
        while True:
            if tok.kind != 'str':
                raise self.fail(tok, f'expected {expected}')
            key = tok
            colon = self.next()
            if colon.kind != ':':
                raise self.fail(colon, "expected ':'")
            if key.value in result:
                raise QAPIParseError(self.lexer.info.at(key.line),
                                     f"duplicate key '{key.value}'", key.col)
            result.lines[key.value] = key.line
            result[key.value] = self.value(self.next(), depth + 1,
                                           "'{', '[', string, or boolean")
            tok = self.next()
            if tok.kind == '}':
                return result
            if tok.kind != ',':
                raise self.fail(tok, "expected ',' or '}'")
            tok = self.next()
            expected = 'string'


def _read(fname: str, info: Optional[QAPISourceInfo]) -> str:
    try:
        with open(fname, 'rb') as file:
            data = file.read(_MAX_FILE_SIZE + 1)
        if len(data) > _MAX_FILE_SIZE:
            raise ValueError(f'it is larger than {_MAX_FILE_SIZE >> 20} MiB')
    except (OSError, ValueError) as err:
        reason = err.strerror if isinstance(err, OSError) else str(err)
        if info is None:
            raise QAPIError(f"can't read schema file '{fname}': {reason}") from err
        raise QAPISemError(info, f"can't read included file '{fname}': {reason}") from err
    try:
        return data.decode('utf-8')
    except UnicodeDecodeError as err:
        before = data[:err.start]
        where = QAPISourceInfo(fname, before.count(b'\n') + 1, info)
        raise QAPIParseError(where, f'byte 0x{data[err.start]:02x} is not valid UTF-8',
                             err.start - before.rfind(b'\n')) from err


_EXCEPTION_LISTS = {
    'command-name-exceptions': 'command_name_exceptions',
    'command-returns-exceptions': 'command_returns_exceptions',
    'documentation-exceptions': 'documentation_exceptions',
    'member-name-exceptions': 'member_name_exceptions',
}


def _apply_pragma(name: str, value: object, pragmas: Pragmas, info: QAPISourceInfo) -> None:
    if name == 'doc-required':
        if not isinstance(value, bool):
            raise QAPISemError(info, "pragma 'doc-required' must be boolean")
        pragmas.doc_required = value
    elif name in _EXCEPTION_LISTS:
        if not isinstance(value, Seq) or not all(isinstance(elt, str) for elt in value):
            raise QAPISemError(info, f"pragma '{name}' must be a list of strings")
        known: Set[str] = getattr(pragmas, _EXCEPTION_LISTS[name])
        known.update(str(elt) for elt in value)
    else:
        valid = ', '.join(f"'{key}'" for key in ['doc-required', *_EXCEPTION_LISTS])
        raise QAPISemError(info, f"unknown pragma '{name}': known are {valid}")


class _FileParser:
    """One file; the lists it fills and the set of files seen belong to the whole schema."""

    def __init__(self, fname: str, parser: 'SchemaParser',
                 included_at: Optional[QAPISourceInfo]) -> None:
        self.schema = parser
        self.fname = fname
        self.info = QAPISourceInfo(fname, 1, included_at, parser.pragmas)
        self.lexer = Lexer(_read(fname, included_at), self.info)
        self.values = _ValueParser(self.lexer)
        self.doc: Optional[QAPIDoc] = None

    def parse(self) -> None:
        while True:
            tok = self.lexer.next(True)
            if tok.kind == 'doc':
                self._take_doc(tok)
            elif tok.kind == 'end':
                self._drop_doc()
                return
            elif tok.kind == '{':
                self._top_level(self.values.object(tok, 0), self.info.at(tok.line))
            else:
                raise self.values.fail(tok, "expected '{'")

    def _take_doc(self, tok: Token) -> None:
        self._drop_doc()
        docs = parse_doc(self.lexer, tok)
        self.schema.docs.extend(docs)
        self.doc = docs[-1]

    def _drop_doc(self) -> None:
        """A definition's block has to be taken by then."""
        doc, self.doc = self.doc, None
        if doc is not None and doc.symbol is not None:
            raise QAPISemError(doc.info, f"documentation for '{doc.symbol}' is not followed by "
                                         "the definition")

    def _top_level(self, expr: Obj, info: QAPISourceInfo) -> None:
        if 'include' in expr:
            self._drop_doc()
            self._include(expr, info)
        elif 'pragma' in expr:
            self._drop_doc()
            self._pragma(expr, info)
        else:
            if self.doc is not None and self.doc.symbol is None:
                raise QAPISemError(self.doc.info, "definition documentation required: the "
                                                  "comment block before a definition begins "
                                                  "with '# @NAME:'")
            self.schema.items.append(Item(None, RawDefinition(expr, info, self.doc)))
            self.doc = None

    def _pragma(self, expr: Obj, info: QAPISourceInfo) -> None:
        pragma = expr['pragma']
        if len(expr) != 1:
            raise QAPISemError(info, "invalid 'pragma' directive: it takes no other key")
        if not isinstance(pragma, Obj):
            raise QAPISemError(info, "value of 'pragma' must be an object")
        for name, value in pragma.items():
            _apply_pragma(name, value, self.schema.pragmas, info.at(pragma.line_of(name)))

    def _include(self, expr: Obj, info: QAPISourceInfo) -> None:
        include = expr['include']
        if len(expr) != 1:
            raise QAPISemError(info, "invalid 'include' directive: it takes no other key")
        if not isinstance(include, str):
            raise QAPISemError(info, "value of 'include' must be a string")
        fname = os.path.join(os.path.dirname(self.fname), include)
        real = os.path.realpath(fname)
        outer: Optional[QAPISourceInfo] = info
        while outer is not None:
            if os.path.realpath(outer.fname) == real:
                raise QAPISemError(info, f"inclusion loop for '{include}'")
            outer = outer.parent
        module = self.schema.module_of(fname, real)
        self.schema.items.append(Item(Include(module, info), None))
        self.schema.parse_file(fname, real, info)


class SchemaParser:
    """All files of the schema that begins with @fname: each is read once, where first included."""

    def __init__(self, fname: str) -> None:
        self.pragmas = Pragmas()
        self.items: List[Item] = []
        self.docs: List[QAPIDoc] = []
        self._seen: Dict[str, str] = {}
        self.parse_file(fname, os.path.realpath(fname), None)

    def module_of(self, fname: str, real: str) -> str:
        """The name by which file @real is known, which other names may lead to."""
        return self._seen.get(real, fname)

    def parse_file(self, fname: str, real: str, included_at: Optional[QAPISourceInfo]) -> None:
        if real in self._seen:
            return
        self._seen[real] = fname
        try:
            _FileParser(fname, self, included_at).parse()
        except RecursionError as err:
            raise QAPISemError(included_at, 'includes are nested too deeply') from err
