"""Every command and event of the schema was exercised by some test; runs after all others.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import os
from typing import Set, Tuple

from harness import BUILD, VmTest, main
from qmp import Qmp


class ExercisedTest(VmTest):
    """What the schema promises, some test has seen."""

    def test_every_command_and_event(self) -> None:
        self.vm('-S', machine='none', serial=False)
        assert Qmp.schema
        promised = {(kind, entity['name']) for kind in ('command', 'event')
                    for entity in Qmp.schema.of_kind(kind)}
        seen: Set[Tuple[str, str]] = set()
        directory = os.path.join(BUILD, 'exercised')
        # Refused arguments are no exercise.
        for name in set(os.listdir(directory)) - {'test-arguments'}:
            with open(os.path.join(directory, name), encoding='ascii') as file:
                seen |= {(kind, what) for kind, what in (line.split() for line in file)}
        self.assertEqual(promised - seen, set())


if __name__ == '__main__':
    main()
