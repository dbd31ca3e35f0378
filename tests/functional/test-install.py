"""What `ninja install` installs: it is all there, it is true, and it runs.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import os
import re
import subprocess
import xml.etree.ElementTree as ElementTree

from harness import BUILD, TESTCARD, TIMEOUT, VmTest, main


class InstallTest(VmTest):
    """An installation below a directory of its own."""

    def test_install(self) -> None:
        root = self.directory()
        subprocess.run(['meson', 'install', '-C', BUILD, '--no-rebuild', '--quiet'], check=True,
                       env={**os.environ, 'DESTDIR': root}, stdout=subprocess.DEVNULL,
                       timeout=TIMEOUT)
        with open(os.path.join(BUILD, 'meson-info', 'intro-buildoptions.json'),
                  encoding='utf-8') as file:
            options = {row['name']: row['value'] for row in json.load(file)}

        def installed(kind: str, *names: str) -> str:
            path = os.path.join(options['prefix'], options[kind], *names)
            return root + path
        binary = installed('bindir', 'vitrine')
        shown = subprocess.run([binary, '-help'], check=True, stdout=subprocess.PIPE,
                               timeout=TIMEOUT).stdout.decode()
        with open(installed('mandir', 'man1', 'vitrine.1'), encoding='utf-8') as file:
            page = file.read().replace('\\-', '-').replace('\\e', '\\')
        items = re.findall(r'^\.TP\n\\fB(\S+)\\fR(?: (.*))?\n(.*)$', page, re.MULTILINE)
        names = re.findall(r'^(-\S+)', shown, re.MULTILINE)
        self.assertEqual([name for name, _, _ in items], names)
        for name, argument, text in items:
            self.assertIn(f'{name} {argument}' if argument else name, shown)
            self.assertIn(text, shown)
            self.assertTrue(text)
        for name in ('vitrine-uboot.xml', 'vitrine-domain.xml'):
            domain = ElementTree.parse(installed('datadir', 'doc', 'vitrine', name))
            self.assertEqual(domain.findtext('devices/emulator'), '/usr/local/bin/vitrine')
        self.assertEqual(domain.findtext('os/kernel'), '/usr/local/share/vitrine/testcard.bin')
        if os.path.exists(TESTCARD):
            with open(TESTCARD, 'rb') as one, \
                    open(installed('datadir', 'vitrine', 'testcard.bin'), 'rb') as two:
                self.assertEqual(one.read(), two.read())


if __name__ == '__main__':
    main()
