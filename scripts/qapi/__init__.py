# The compiler for the QAPI schema language.
#
# SPDX-License-Identifier: GPL-2.0-or-later
