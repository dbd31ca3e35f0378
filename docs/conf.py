# How Sphinx builds the manuals.
#
# SPDX-License-Identifier: GPL-2.0-or-later
project = 'vitrine'
author = 'the vitrine authors'
project_copyright = author

# docs/build.py says what version it is.
root_doc = 'index'
language = 'en'
needs_sphinx = '5.0'
nitpicky = True
# Quotes and dashes in protocols and code mean what they are.
smartquotes = False
highlight_language = 'none'

html_theme = 'alabaster'
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {'description': 'a virtual machine behind glass', 'page_width': '60em'}

man_pages = [
    ('interop/vitrine-qmp-ref', 'vitrine-qmp-ref', 'QMP reference', author, 7),
]
