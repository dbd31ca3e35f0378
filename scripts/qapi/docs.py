# Documentation comments.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import re
from typing import Dict, List, Optional

from .error import QAPIParseError
from .lexer import Lexer, Token
from .source import QAPISourceInfo


class QAPIDocSection:
    """A section of a block; name is None for plain text."""

    def __init__(self, info: QAPISourceInfo, name: Optional[str] = None) -> None:
        self.info = info
        self.name = name
        self.text = ''


class QAPIDocArgSection(QAPIDocSection):
    """The text of a member or feature."""


class QAPIDoc:
    """One block: of a definition when symbol is set, else free-form."""

    def __init__(self, info: QAPISourceInfo, symbol: Optional[str] = None) -> None:
        self.info = info
        self.symbol = symbol
        self.body = QAPIDocSection(info)
        self.args: Dict[str, QAPIDocArgSection] = {}
        self.features: Dict[str, QAPIDocArgSection] = {}
        self.sections: List[QAPIDocSection] = []


_SYMBOL = re.compile(r'@([^:]*):')


def parse_doc(lexer: Lexer, start: Token) -> List[QAPIDoc]:
    """The block that begins at @start."""
    info = lexer.info.at(start.line)
    if start.value.strip() != '##':
        raise QAPIParseError(info, "junk after '##' at start of documentation comment", start.col)
    lexer.read_line()
    doc = QAPIDoc(info)
    while True:
        line = lexer.read_line()
        if line is None or not line.strip().startswith('#'):
            raise lexer.error("documentation comment must end with '##'")
        line = line.strip()
        if line == '##':
            return [doc]
        match = _SYMBOL.match(line[2:])
        if doc.symbol is None and not doc.body.text and match:
            doc.symbol = match[1]
        doc.body.text += line[2:] + '\n'
