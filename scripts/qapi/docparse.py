# Documentation comments: from lines to sections.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import re
from typing import List, NamedTuple, Optional

from .docs import QAPIDoc, QAPIDocArgSection, QAPIDocSection
from .error import QAPIParseError
from .lexer import Lexer, Token
from .source import QAPISourceInfo

_ARG = re.compile(r'@([^:\s]*):(?:\s+|$)')
_TAG = re.compile(r'(Returns|Since|Notes?|Examples?|TODO):(?:\s+|$)')
_HEADING = re.compile(r'=+ ')
# What a continuation is indented by when nothing says otherwise.
_USUAL_INDENT = 4


class _Line(NamedTuple):
    """A line of a block without its '# '; col is where its text begins."""

    text: str
    info: QAPISourceInfo
    col: int

    def error(self, msg: str) -> QAPIParseError:
        return QAPIParseError(self.info, msg, self.col)


def _read_line(lexer: Lexer) -> Optional[_Line]:
    """The next line of the block; None at its end."""
    info = lexer.info.at(lexer.line)
    raw = lexer.read_line()
    stripped = raw.strip() if raw is not None else ''
    col = len(raw) - len(raw.lstrip()) + 1 if raw and stripped else 1
    if not stripped.startswith('#'):
        raise QAPIParseError(info, "documentation comment must end with '##'", col)
    if stripped == '##':
        return None
    if stripped.startswith('##'):
        raise QAPIParseError(info, "junk after '##' at end of documentation comment", col + 2)
    if stripped != '#' and not stripped[1].isspace():
        raise QAPIParseError(info, 'missing space after #', col + 1)
    return _Line(stripped[2:], info, col + 2)


class _DefinitionBlock:
    """Fills @doc line by line. Only one section is open at a time."""

    def __init__(self, doc: QAPIDoc) -> None:
        self.doc = doc
        self._start(doc.body, flush=True)
        self._in_features = False

    def _start(self, section: QAPIDocSection, flush: Optional[bool]) -> None:
        """@flush: whether text at the margin belongs to the section; None: its first line tells."""
        self._section = section
        self._flush = flush
        self._indent: Optional[int] = None
        self._after_blank = False

    def line(self, line: _Line) -> None:
        depth = len(line.text) - len(line.text.lstrip())
        if not line.text:
            self._section.text += '\n'
            self._after_blank = True
            return
        if depth == 0:
            self._line_at_margin(line)
        else:
            self._indented_line(line, depth)
        self._after_blank = False

    def _append(self, text: str) -> None:
        if isinstance(self._section, _FeaturesHead):
            raise _no_features(self._section)
        self._section.text += text.rstrip() + '\n'

    def _line_at_margin(self, line: _Line) -> None:
        if _HEADING.match(line.text):
            raise line.error("unexpected '=' markup in definition documentation")
        arg = _ARG.match(line.text)
        tag = _TAG.match(line.text)
        if arg:
            self._begin_arg(line, arg[1], line.text[arg.end():])
        elif line.text == 'Features:':
            self._begin_features(line)
        elif tag:
            self._begin_tagged(line, tag[1], line.text[tag.end():])
        elif self._takes_margin():
            self._append(line.text)
        elif self._after_blank:
            self._begin_plain(line)
        else:
            raise self._de_indent(line)

    def _takes_margin(self) -> bool:
        if self._flush is None and self._indent is None and not self._section.text.strip():
            self._flush = True
        return bool(self._flush)

    def _de_indent(self, line: _Line) -> QAPIParseError:
        least = self._indent or _USUAL_INDENT
        return line.error(f'unexpected de-indent (expected at least {least} spaces)')

    def _indented_line(self, line: _Line, depth: int) -> None:
        if self._flush:
            self._append(line.text)
            return
        if self._indent is None:
            self._indent = depth
        if depth < self._indent:
            raise self._de_indent(line)
        self._append(line.text[self._indent:])

    def _begin_arg(self, line: _Line, name: str, text: str) -> None:
        self.end_section()
        known = self.doc.features if self._in_features else self.doc.args
        if not name:
            raise line.error('invalid parameter name: a name is required between @ and :')
        if name in known:
            raise line.error(f"'{name}' parameter name duplicated")
        if self.doc.sections and not self._in_features:
            last = self.doc.sections[-1].name
            what = f"'{last}' section" if last else 'a section of text'
            raise line.error(f"'@{name}:' can't follow {what}")
        section = QAPIDocArgSection(line.info, name)
        known[name] = section
        self._start(section, flush=False)
        if text:
            self._append(text)

    def _begin_features(self, line: _Line) -> None:
        self.end_section()
        if self._in_features or self.doc.features:
            raise line.error("duplicated 'Features' section")
        self._in_features = True
        self._start(_FeaturesHead(line.info), flush=True)

    def _begin_tagged(self, line: _Line, tag: str, text: str) -> None:
        self._leave_section()
        if tag in ('Returns', 'Since') and self.doc.has_section(tag):
            raise line.error(f"duplicated '{tag}' section")
        self._begin_section(QAPIDocSection(line.info, tag), False if text else None)
        if text:
            self._append(text)

    def _begin_plain(self, line: _Line) -> None:
        self._leave_section()
        self._begin_section(QAPIDocSection(line.info), True)
        self._append(line.text)

    def _leave_section(self) -> None:
        if isinstance(self._section, _FeaturesHead):
            raise _no_features(self._section)
        self.end_section()

    def _begin_section(self, section: QAPIDocSection, flush: Optional[bool]) -> None:
        self._in_features = False
        self.doc.sections.append(section)
        self._start(section, flush)

    def end_section(self) -> None:
        section = self._section
        section.text = _trimmed(section.text)
        if section.name is not None and not section.text:
            raise QAPIParseError(section.info, f"empty doc section '{section.name}'", 1)

    def end(self) -> None:
        """The block ends; nothing more may come."""
        self._leave_section()


class _FeaturesHead(QAPIDocSection):
    """Between 'Features:' and the first feature: only blank lines."""


def _no_features(head: QAPIDocSection) -> QAPIParseError:
    return QAPIParseError(head.info, 'feature descriptions expected', 1)


def _trimmed(text: str) -> str:
    return text.strip('\n').rstrip()


def _free_form(doc: QAPIDoc, line: _Line, docs: List[QAPIDoc]) -> QAPIDoc:
    """Add a line to @doc; a heading begins another block, which is returned."""
    arg = _ARG.match(line.text)
    if arg:
        raise line.error(f"'@{arg[1]}:' not allowed in free-form documentation")
    if _HEADING.match(line.text) and doc.body.text.strip():
        doc.body.text = _trimmed(doc.body.text)
        docs.append(doc)
        doc = QAPIDoc(line.info)
    doc.body.text += line.text.rstrip() + '\n'
    return doc


def _symbol_of(line: _Line) -> str:
    text = line.text.rstrip()
    if not text.endswith(':'):
        raise line.error("line should end with ':'")
    if text == '@:':
        raise line.error("name required after '@'")
    return text[1:-1]


def parse_doc(lexer: Lexer, start: Token) -> List[QAPIDoc]:
    """The block that begins with the token @start: one definition's, or some free-form ones."""
    info = lexer.info.at(start.line)
    if start.value.strip() != '##':
        raise QAPIParseError(info, "junk after '##' at start of documentation comment",
                             start.col + 2)
    lexer.read_line()
    doc = QAPIDoc(info)
    docs: List[QAPIDoc] = []
    block: Optional[_DefinitionBlock] = None
    while True:
        line = _read_line(lexer)
        if line is None:
            break
        if block is not None:
            block.line(line)
        elif not docs and not doc.body.text.strip() and line.text.startswith('@'):
            doc.symbol = _symbol_of(line)
            doc.body.text = ''
            block = _DefinitionBlock(doc)
        else:
            doc = _free_form(doc, line, docs)
    if block is not None:
        block.end()
    doc.body.text = _trimmed(doc.body.text)
    return [*docs, doc]
