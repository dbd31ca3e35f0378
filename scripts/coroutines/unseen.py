# What the call graph would be wrong without: functions that go where nobody follows them.
#
# SPDX-License-Identifier: GPL-2.0-or-later
from typing import Set

from .graph import place_name, plain_name
from .reach import Reach
from .summary import UNKNOWN, Call


class Unseen(Reach):
    """Function pointers that other libraries get, and those that are stored nobody knows where."""

    def _check_lost(self) -> None:
        for lost in self._graph.lost:
            self._report(lost.file, lost.line, lost.function,
                         'a function is stored where it cannot be followed', [])

    def _check_handed_outside(self) -> None:
        """The rules must say of each such function when it calls what it is given."""
        kept = self._rules.kept()
        for call in self._graph.calls:
            for index in call.args:
                if index in call.containers or not any(map(self._graph.pointed, call.args[index])):
                    continue
                for callee in self._outside(call):
                    if (callee, int(index)) not in kept and \
                            not self._rules.calls.what(callee) and \
                            not self._rules.stores.what(callee):
                        self._report(call.file, call.line, callee,
                                     f'{callee}() is given a function, and no rule says when it '
                                     'calls it', [])

    def _outside(self, call: Call) -> Set[str]:
        return {callee for place in call.callees for callee in self._graph.pointed(place)
                if not self._graph.defined(callee) and not callee.startswith(UNKNOWN)}

    def _check_never_called(self) -> None:
        """What is stored, but never called in the program, is called by somebody else."""
        for place, keys in sorted(self._graph.stored()):
            if any(keep.keeps(place) for keep in self._rules.keeps) or \
                    any(place == f'm:{sink.member}' for sink in self._rules.sinks):
                continue
            key = min(keys)
            self._report(*self._graph.site(place, key), place,
                         f'{plain_name(key)}() is stored in {place_name(place)}, and no rule says '
                         'who calls it there', [])
