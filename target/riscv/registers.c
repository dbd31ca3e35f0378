/*
 * Names of registers, for people.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "target/riscv/hart-internal.h"

#include <string.h>

/* Number and ABI name, as `info registers` shows them. */
const char *const hart_x_names[32] = {
    "x0/zero", "x1/ra",   "x2/sp",   "x3/gp",   "x4/tp",  "x5/t0",  "x6/t1",   "x7/t2",
    "x8/s0",   "x9/s1",   "x10/a0",  "x11/a1",  "x12/a2", "x13/a3", "x14/a4",  "x15/a5",
    "x16/a6",  "x17/a7",  "x18/s2",  "x19/s3",  "x20/s4", "x21/s5", "x22/s6",  "x23/s7",
    "x24/s8",  "x25/s9",  "x26/s10", "x27/s11", "x28/t3", "x29/t4", "x30/t5",  "x31/t6",
};

const char *const hart_f_names[32] = {
    "f0/ft0",   "f1/ft1",   "f2/ft2",   "f3/ft3",   "f4/ft4",   "f5/ft5",   "f6/ft6",
    "f7/ft7",   "f8/fs0",   "f9/fs1",   "f10/fa0",  "f11/fa1",  "f12/fa2",  "f13/fa3",
    "f14/fa4",  "f15/fa5",  "f16/fa6",  "f17/fa7",  "f18/fs2",  "f19/fs3",  "f20/fs4",
    "f21/fs5",  "f22/fs6",  "f23/fs7",  "f24/fs8",  "f25/fs9",  "f26/fs10", "f27/fs11",
    "f28/ft8",  "f29/ft9",  "f30/ft10", "f31/ft11",
};

/* Whether @name is either part of @names: "x10/a0". */
static bool is_name(const char *names, const char *name)
{
    const char *slash = strchr(names, '/');
    size_t first = slash - names;

    return (strlen(name) == first && memcmp(names, name, first) == 0) ||
           strcmp(slash + 1, name) == 0;
}

bool hart_get_register(const Hart *hart, const char *name, uint64_t *value)
{
    if (strcmp(name, "pc") == 0) {
        *value = hart_get_pc(hart);
        return true;
    }
    for (unsigned i = 0; i < 32; i++) {
        if (is_name(hart_x_names[i], name)) {
            *value = __atomic_load_n(&hart->x[i], __ATOMIC_RELAXED);
            return true;
        }
        if (is_name(hart_f_names[i], name)) {
            *value = __atomic_load_n(&hart->f[i], __ATOMIC_RELAXED);
            return true;
        }
    }
    return csr_peek(hart, name, value);
}

bool coroutine_fn hart_read_register(const Hart *hart, const char *name, uint64_t *value)
{
    bool found;

    harts_hold_co();
    found = hart_get_register(hart, name, value);
    harts_release();
    return found;
}
