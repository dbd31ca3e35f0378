# What can be wrong with a schema, told with the place of the fault.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import sys
from typing import Callable, Optional

from .source import QAPISourceInfo


class QAPIError(Exception):
    """Any fault of the input; its text is what the user is shown."""


class QAPISourceError(QAPIError):
    """A fault at a place of a schema: FILE:LINE:COLUMN?: message, with its context before."""

    def __init__(self, info: Optional[QAPISourceInfo], msg: str,
                 col: Optional[int] = None) -> None:
        super().__init__(info, msg, col)
        self.info = info
        self.msg = msg
        self.col = col

    def __str__(self) -> str:
        place = '' if self.info is None else str(self.info)
        if self.col is not None:
            place += f':{self.col}'
        return f'{place}: {self.msg}' if place else self.msg


class QAPIParseError(QAPISourceError):
    """The text is not of the schema language: line and column of the fault."""

    def __init__(self, info: QAPISourceInfo, msg: str, col: int) -> None:
        super().__init__(info, msg, col)


class QAPISemError(QAPISourceError):
    """The text reads well but means nothing: the line of the fault."""

    def __init__(self, info: Optional[QAPISourceInfo], msg: str) -> None:
        super().__init__(info, msg)


def exit_status(work: Callable[[], None]) -> int:
    """Do @work: 0, or 1 after telling on stderr what is wrong."""
    try:
        work()
    except QAPIError as err:
        print(err, file=sys.stderr)
        return 1
    except OSError as err:
        print(f"can't write '{err.filename}': {err.strerror}", file=sys.stderr)
        return 1
    return 0
