# The text of documentation comments to reStructuredText that no reader of it can stumble over.
#
# Writers use a part of the language: paragraphs, lists, definition lists, quotes, "::" blocks and
# admonitions, and within the text ``literal``, *emphasis*, **strong**, `text <URL>`_ and @name.
# Whatever else looks like markup is escaped: it was meant as text.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import re
import textwrap
from typing import Callable, List, Tuple

_INLINE = re.compile(
    r'``(?P<literal>[^\s`](?:[^`]*[^\s`])?)``(?!`)'
    r'|(?<![\w*])\*\*(?P<strong>[^\s*](?:[^*]*[^\s*])?)\*\*(?![\w*])'
    r'|(?<![\w*])\*(?P<emphasis>[^\s*](?:[^*]*[^\s*])?)\*(?![\w*])'
    r'|(?<!`)`(?P<link>[^`<>]*[^`<>\s])\s+<(?P<url>[a-z]+://[^\s`<>\\]+)>`__?(?!\w)'
    r'|(?<![\w@])@(?P<name>[A-Za-z_](?:[\w.-]*\w)?)')
_SPECIAL = re.compile(r'[\\*`|]|(?<![^\W_])_|_(?![^\W_])|(?<=\s):(?=\s)')
# What would begin something else than a paragraph.
_BEGINS = re.compile(r'[-+:./>=•‣⁃]|\(?(?:\w+|#)[.)](?:\s|$)|[^\w\s\\`*][^\w\s]*$')
# Whatever str.splitlines() takes for the end of a line, and what docutils keeps for itself.
_CONTROL = re.compile('[\0-\b\v\f\x0e-\x1f\x7f-\x9f\u2028\u2029]')

_ITEM = re.compile(r'(?P<bullet>[-*+•])[ \t]+(?=\S)|(?P<number>\d{1,9}|#)[.)][ \t]+(?=\S)')
_TABLE = re.compile(r'\+[-=][-=+]*\+$|=+( +=+)+$|\|')
_ADMONITION = re.compile(r'\.\. (attention|caution|danger|error|hint|important|note|tip|warning)'
                         r'::(?:\s+|$)', re.IGNORECASE)
_CODE = re.compile(r'(?:\.\. (?:code|code-block|sourcecode|parsed-literal)::.*|::)$')
# How deep blocks may stand within blocks; deeper ones are shown as they are.
_DEEPEST = 20

# What becomes of @name.
Names = Callable[[str], str]


def escape(text: str) -> str:
    """@text, which has no markup, within a line."""
    return _SPECIAL.sub(r'\\\g<0>', text)


def literal(text: str) -> str:
    """@text in the type of programs; it neither is empty nor begins or ends with space."""
    return f'``{text}``'


def indent(lines: List[str], by: str = '    ') -> List[str]:
    return [by + line if line else '' for line in lines]


def literal_block(text: str) -> List[str]:
    lines = textwrap.dedent(clean(text).expandtabs()).strip('\n').split('\n')
    return ['::', '', *indent([line.rstrip() for line in lines])]


def clean(text: str) -> str:
    """Without characters that have no picture."""
    return _CONTROL.sub(' ', text)


def inline(text: str, names: Names) -> str:
    """The text of a paragraph; @names gives the markup for a name."""
    parts: List[str] = []
    end = 0
    for match in _INLINE.finditer(text):
        parts.append(escape(text[end:match.start()]))
        before, after = text[max(match.start() - 1, 0):match.start()], text[match.end():][:1]
        end = match.end()
        if before and not before.isspace():
            parts.append('\\ ')
        parts.append(_markup(match, names))
        if after and not after.isspace() and after not in '.,;:!?)':
            parts.append('\\ ')
    return ''.join([*parts, escape(text[end:])])


def _markup(match: 're.Match[str]', names: Names) -> str:
    kind = match.lastgroup or ''
    text = re.sub(r'\s*\n\s*', ' ', match[kind])
    if kind == 'literal':
        return literal(text)
    if kind == 'strong':
        return f'**{escape(text)}**'
    if kind == 'emphasis':
        return f'*{escape(text)}*'
    if kind == 'url':
        return f"`{escape(' '.join(match['link'].split()))} <{text}>`__"
    return names(text)


def _paragraph(lines: List[str], names: Names) -> List[str]:
    text = inline('\n'.join(line.strip() for line in lines), names)
    if text.endswith('::'):
        text = text[:-1] + '\\:'
    return [_plain_start(line) for line in text.split('\n')]


def _plain_start(line: str) -> str:
    """@line with an escape before it where it would not go on the paragraph."""
    if not line.strip('\\'):
        return '\\ ' + line
    return '\\' + line if _BEGINS.match(line) else line


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


class _Blocks:
    """Takes one block after the other off the lines."""

    def __init__(self, lines: List[str], names: Names, level: int) -> None:
        self.lines = lines
        self.names = names
        self.level = level
        self.pos = 0
        self.out: List[str] = []

    def format(self) -> List[str]:
        while True:
            self._skip_blank()
            if self.pos >= len(self.lines):
                return self.out
            if self.out:
                self.out.append('')
            self._block(self.lines[self.pos])

    def _skip_blank(self) -> None:
        while self.pos < len(self.lines) and not self.lines[self.pos]:
            self.pos += 1

    def _block(self, line: str) -> None:
        item, admonition = _ITEM.match(line), _ADMONITION.match(line)
        if line[0] == ' ':
            # The comment keeps it apart from lists and such before it.
            self.out += ['..', '', *indent(self._inner(self._indented()))]
        elif item:
            self._item(item)
        elif _TABLE.match(line):
            self.out += literal_block('\n'.join(self._while(bool)))
        elif admonition:
            self.pos += 1
            body = self._inner([line[admonition.end():], *self._indented(3)])
            head = [f'.. {admonition[1].lower()}::', '']
            self.out += [*head, *indent(body)] if body else _paragraph([line], self.names)
        elif _CODE.match(line) and self._next_is_indented(self.pos + 1):
            self.pos += 1
            self._code(options=line != '::')
        else:
            self._text()

    def _while(self, wanted: Callable[[str], bool]) -> List[str]:
        start = self.pos
        while self.pos < len(self.lines) and wanted(self.lines[self.pos]):
            self.pos += 1
        return self.lines[start:self.pos]

    def _indented(self, most: int = 1000) -> List[str]:
        """The lines that are indented, moved left until one is at the margin, at most by @most."""
        lines = self._while(_not_at_margin)
        by = min([most, *(_depth(line) for line in lines if line)])
        return [line[by:] for line in lines]

    def _code(self, options: bool) -> None:
        """What a "::" announces, or a directive, which may have options before."""
        lines = self._indented()
        while lines and (not lines[0] or options and re.match(r':[\w-]+:', lines[0])):
            lines.pop(0)
        if lines:
            self.out += literal_block('\n'.join(lines))

    def _next_is_indented(self, pos: int) -> bool:
        rest = [line for line in self.lines[pos:] if line]
        return bool(rest) and rest[0][0] == ' '

    def _inner(self, lines: List[str]) -> List[str]:
        if self.level >= _DEEPEST:
            return literal_block('\n'.join(lines)) if any(lines) else []
        return _Blocks(lines, self.names, self.level + 1).format()

    def _item(self, item: 're.Match[str]') -> None:
        first = self.lines[self.pos][item.end():]
        self.pos += 1
        mark = '- ' if item['bullet'] else f"{item['number']}. "
        body = self._inner([first, *self._indented(item.end())])
        self.out += indent(body, ' ' * len(mark))
        self.out[-len(body)] = mark + body[0]

    def _text(self) -> None:
        """A paragraph, with the literal block it announces, or an entry of a definition list."""
        lines = self._while(lambda line: bool(line) and line[0] != ' ')
        if not self._is_indented_here():
            announces = lines[-1].endswith('::') and self._next_is_indented(self.pos)
            self.out += self._announced(lines) if announces else _paragraph(lines, self.names)
        elif len(lines) == 1:
            self.out += _paragraph(lines, self.names)
            self.out += indent(self._inner(self._indented()))
        else:
            lines += self._while(bool)
            self.out += _paragraph(lines, self.names)

    def _is_indented_here(self) -> bool:
        return self.pos < len(self.lines) and self.lines[self.pos].startswith(' ')

    def _announced(self, lines: List[str]) -> List[str]:
        shown = [*lines[:-1], lines[-1][:-2].rstrip() + ('' if lines[-1][-3:-2] == ' ' else ':')]
        return [*_paragraph(shown, self.names), '', *literal_block('\n'.join(self._indented()))]


def _not_at_margin(line: str) -> bool:
    return not line or line[0] == ' '


def blocks(text: str, names: Names) -> List[str]:
    """The lines of @text, block by block; none when there is no text."""
    lines = [line.rstrip() for line in clean(text).expandtabs().split('\n')]
    return _Blocks(lines, names, 0).format()


def heading(text: str, char: str) -> List[str]:
    """A title."""
    title = _paragraph([clean(text)], literal)[0]
    return [title, char * max(_width(title), 4)]


def _width(text: str) -> int:
    """Columns, at most: characters of East Asian scripts have two."""
    return sum(2 if ord(char) > 0x10ff else 1 for char in text)


def split_heading(text: str) -> Tuple[int, str, str]:
    """Level (0: none), title and the rest of a free-form block."""
    match = re.match(r'(=+) +(.*)(?:\n|$)', text)
    if match is None or not match[2].strip():
        return 0, '', text
    return len(match[1]), match[2].strip(), text[match.end():]
