/*
 * Harts that only remember their interrupt lines.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_UNIT_HW_FAKE_HARTS_H
#define TESTS_UNIT_HW_FAKE_HARTS_H

#include "target/riscv/hart.h"

#define FAKE_HARTS 2

bool fake_hart_line(unsigned index, HartIrq irq);

#endif
