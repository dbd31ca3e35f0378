"""Writing generated files.

SPDX-License-Identifier: GPL-2.0-or-later
"""


def write_if_changed(path: str, text: str) -> None:
    """Write a file, unless it holds just that: what is made from it then need not be made again."""
    try:
        with open(path, encoding='utf-8') as file:
            if file.read() == text:
                return
    except (FileNotFoundError, UnicodeDecodeError):
        pass
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
