"""A terminal of 80 columns, as far as the human monitor's line editor uses one.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import re
import unicodedata
from typing import List

COLUMNS = 80
ROWS = 24
SEQUENCE = re.compile(r'\x1b\[(\d*)([A-Za-z@])')


def width(char: str) -> int:
    """Return how many columns a character takes."""
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in 'WF' else 1


class Terminal:
    """What stands on the screen, a cell a column; the right half of a wide character is ''."""

    def __init__(self) -> None:
        self.rows: List[List[str]] = [self.blank(COLUMNS) for _ in range(ROWS)]
        self.row = 0
        self.column = 0
        self.wraps = False  # the last column is full; what comes next goes to the next row
        self.bells = 0

    @staticmethod
    def blank(count: int) -> List[str]:
        """Return that many empty cells."""
        return [' '] * count

    def text(self, row: int) -> str:
        """Return what stands in a row."""
        return ''.join(self.rows[row]).rstrip()

    def current(self) -> str:
        """Return what stands in the cursor's row."""
        return self.text(self.row)

    def line_feed(self) -> None:
        """Go down; at the bottom everything goes up."""
        if self.row < ROWS - 1:
            self.row += 1
        else:
            del self.rows[0]
            self.rows.append(self.blank(COLUMNS))

    def put(self, char: str) -> None:
        """Write a character where the cursor is."""
        columns = width(char)
        if not columns:
            self.combine(char)
            return
        if self.wraps or self.column + columns > COLUMNS:
            self.column = 0
            self.wraps = False
            self.line_feed()
        cells = self.rows[self.row]
        self.halve(self.column)
        self.halve(self.column + columns)
        cells[self.column:self.column + columns] = [char] + [''] * (columns - 1)
        self.column += columns
        if self.column == COLUMNS:
            self.column -= 1
            self.wraps = True

    def combine(self, mark: str) -> None:
        """Add a mark to the character before the cursor."""
        cells = self.rows[self.row]
        at = self.column - 1
        while at > 0 and not cells[at]:
            at -= 1
        cells[at] += mark

    def halve(self, column: int) -> None:
        """Blank both halves of a wide character that is about to be cut in front of a column."""
        cells = self.rows[self.row]
        if 0 < column < COLUMNS and not cells[column]:
            cells[column - 1] = cells[column] = ' '

    def control(self, count: int, final: str) -> None:
        """Carry out a control sequence."""
        cells = self.rows[self.row]
        self.wraps = False
        if final == 'C':
            self.column = min(self.column + count, COLUMNS - 1)
        elif final == 'D':
            self.column = max(self.column - count, 0)
        elif final == 'K':
            self.halve(self.column)
            cells[self.column:] = self.blank(COLUMNS - self.column)
        elif final == '@':
            self.halve(self.column)
            cells[self.column:] = (self.blank(count) + cells[self.column:])[:COLUMNS - self.column]
        elif final == 'P':
            self.halve(self.column)
            self.halve(self.column + count)
            del cells[self.column:self.column + count]
            cells += self.blank(COLUMNS - len(cells))
        elif final == 'H':
            self.row = self.column = 0
        elif final == 'J':
            self.rows = [self.blank(COLUMNS) for _ in range(ROWS)]
        else:
            raise AssertionError(f'no sequence of a VT102: {final!r}')

    def feed(self, text: str) -> None:
        """Take what was sent to the terminal."""
        at = 0
        while at < len(text):
            sequence = SEQUENCE.match(text, at)
            if sequence:
                self.control(int(sequence[1] or 1), sequence[2])
                at = sequence.end()
                continue
            self.plain(text[at])
            at += 1

    def plain(self, char: str) -> None:
        """Take a character that is no part of a sequence."""
        if char == '\r':
            self.column = 0
            self.wraps = False
        elif char == '\n':
            self.line_feed()
        elif char == '\a':
            self.bells += 1
        elif char < ' ':
            raise AssertionError(f'no character for a terminal: {char!r}')
        else:
            self.put(char)
