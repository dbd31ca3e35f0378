# The checker of coroutine contexts: see docs/devel/coroutines.rst.
#
# SPDX-License-Identifier: GPL-2.0-or-later
