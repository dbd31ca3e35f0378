/*
 * The harts' registers in core files.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TARGET_RISCV_DUMP_NOTES_H
#define TARGET_RISCV_DUMP_NOTES_H

#include "memory/dump-core.h"

/* For each hart an NT_PRSTATUS and an NT_FPREGSET; its number + 1 is the process id. */
extern const DumpArch riscv_dump_arch;

#endif
