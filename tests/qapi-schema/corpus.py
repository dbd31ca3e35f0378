# The corpus of small schemas: cases/*.txt.
#
# A case is "=== title", then parts: "--- FILE" and the text of that file of the schema, and last
# "--- error" or "--- dump" and what is expected. The schema begins with schema.json.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import contextlib
import os
import sys
import tempfile
from typing import Dict, Iterator, List

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPTS = os.path.join(HERE, '..', '..', 'scripts')
sys.path.insert(0, SCRIPTS)

from qapi.error import QAPIError  # noqa: E402
from qapi.schema import QAPISchema  # noqa: E402

from dump import dump_schema  # noqa: E402


class Case:
    """One schema and what becomes of it."""

    def __init__(self, group: str, title: str) -> None:
        self.group = group
        self.title = title
        self.parts: Dict[str, str] = {}

    def files(self) -> Dict[str, str]:
        return {name: text for name, text in self.parts.items() if name not in ('error', 'dump')}

    def expected(self) -> Dict[str, str]:
        return {name: text for name, text in self.parts.items() if name in ('error', 'dump')}

    def outcome(self) -> Dict[str, str]:
        """Compile it, in a folder of its own."""
        with files_in_folder(self.files()):
            try:
                schema = QAPISchema('schema.json')
            except QAPIError as err:
                return {'error': f'{err}\n'}
            return {'dump': dump_schema(schema)}

    def text(self, outcome: Dict[str, str]) -> str:
        parts = {**self.files(), **outcome}
        return f'=== {self.title}\n' + ''.join(f'--- {name}\n{text}'
                                               for name, text in parts.items())


@contextlib.contextmanager
def files_in_folder(files: Dict[str, str]) -> Iterator[str]:
    """A temporary folder with @files, as the current one."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text)
        os.chdir(folder)
        try:
            yield folder
        finally:
            os.chdir(before)


def _parse(group: str, text: str) -> List[Case]:
    cases: List[Case] = []
    part = ''
    for line in text.splitlines(True):
        if line.startswith('=== '):
            cases.append(Case(group, line[4:].strip()))
            part = ''
        elif line.startswith('--- ') and cases:
            part = line[4:].strip()
            cases[-1].parts[part] = ''
        elif part:
            cases[-1].parts[part] += line
    for case in cases:
        # The empty line that sets off the next case is not part of this one.
        last = list(case.parts)[-1]
        case.parts[last] = case.parts[last].rstrip('\n') + '\n'
    return cases


def case_files() -> List[str]:
    folder = os.path.join(HERE, 'cases')
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))
            if name.endswith('.txt')]


def read_cases(path: str) -> List[Case]:
    with open(path, encoding='utf-8') as file:
        return _parse(os.path.splitext(os.path.basename(path))[0], file.read())


def update() -> None:
    """Write the expectations anew: look at the difference before you keep it."""
    for path in case_files():
        with open(path, encoding='utf-8') as file:
            head = file.read().split('\n=== ', 1)[0].rstrip('\n')
        cases = [case.text(case.outcome()) for case in read_cases(path)]
        with open(path, 'w', encoding='utf-8') as file:
            file.write(head + '\n\n' + '\n'.join(cases))


if __name__ == '__main__':
    update()
