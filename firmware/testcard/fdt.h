/*
 * Reading a flattened device tree in place (Devicetree Specification 0.4, chapter 5).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTCARD_FDT_H
#define TESTCARD_FDT_H

#include "lib.h"

/* A node: its first token behind the name; NULL for none. */
typedef const uint32_t *FdtNode;

typedef struct Fdt {
    const uint8_t *structs;
    const char *strings;
} Fdt;

/* False: no tree at @blob. */
bool fdt_open(Fdt *fdt, const void *blob);
/* By path ("/soc/serial@10000000", not "/"); unit addresses are part of the names. */
FdtNode fdt_find_path(const Fdt *fdt, const char *path);
/* The first node whose "compatible" lists @name. */
FdtNode fdt_find_compatible(const Fdt *fdt, const char *name);
/* The property's value and its length in bytes; NULL when the node has none such. */
const void *fdt_property(const Fdt *fdt, FdtNode node, const char *name, uint32_t *length);
/* Big-endian cells of a property's value. */
uint32_t fdt_cell(const void *value, unsigned index);
uint64_t fdt_cell2(const void *value, unsigned index);

#endif
