/*
 * The walk over the structure block: every look-up is one pass of next_token().
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fdt.h"

enum { FDT_BEGIN_NODE = 1, FDT_END_NODE, FDT_PROP, FDT_NOP, FDT_END = 9 };

#define FDT_MAGIC 0xd00dfeed

uint32_t fdt_cell(const void *value, unsigned index)
{
    const uint8_t *p = (const uint8_t *)value + 4 * index;

    return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

uint64_t fdt_cell2(const void *value, unsigned index)
{
    return (uint64_t)fdt_cell(value, index) << 32 | fdt_cell(value, index + 1);
}

bool fdt_open(Fdt *fdt, const void *blob)
{
    if (!blob || fdt_cell(blob, 0) != FDT_MAGIC) {
        return false;
    }
    fdt->structs = (const uint8_t *)blob + fdt_cell(blob, 2);
    fdt->strings = (const char *)blob + fdt_cell(blob, 3);
    return true;
}

static const uint32_t *skip_bytes(const uint32_t *p, uint32_t n)
{
    return p + (n + 3) / 4;
}

/* The token behind the one at @p. */
static const uint32_t *next_token(const uint32_t *p)
{
    switch (fdt_cell(p, 0)) {
    case FDT_BEGIN_NODE:
        return skip_bytes(p + 1, strlen((const char *)(p + 1)) + 1);
    case FDT_PROP:
        return skip_bytes(p + 3, fdt_cell(p, 1));
    default:
        return p + 1;
    }
}

/* Whether the path component at *@path is @name; moves *@path behind it. */
static bool take_component(const char **path, const char *name)
{
    const char *p = *path;

    while (*p == '/') {
        p++;
    }
    while (*name && *p == *name) {
        p++;
        name++;
    }
    if (*name || (*p && *p != '/')) {
        return false;
    }
    *path = p;
    return true;
}

FdtNode fdt_find_path(const Fdt *fdt, const char *path)
{
    const uint32_t *p = (const uint32_t *)fdt->structs;
    int depth = 0, found = 1; /* the root, which has no name, is depth 1 */

    for (; fdt_cell(p, 0) != FDT_END; p = next_token(p)) {
        if (fdt_cell(p, 0) == FDT_END_NODE) {
            if (--depth < found) {
                return NULL; /* left the node that all further components must be in */
            }
        } else if (fdt_cell(p, 0) == FDT_BEGIN_NODE) {
            if (++depth == found + 1 && take_component(&path, (const char *)(p + 1))) {
                if (!*path) {
                    return next_token(p);
                }
                found = depth;
            }
        }
    }
    return NULL;
}

const void *fdt_property(const Fdt *fdt, FdtNode node, const char *name, uint32_t *length)
{
    const uint32_t *p = node;

    while (fdt_cell(p, 0) == FDT_PROP || fdt_cell(p, 0) == FDT_NOP) {
        if (fdt_cell(p, 0) == FDT_PROP && streq(fdt->strings + fdt_cell(p, 2), name)) {
            if (length) {
                *length = fdt_cell(p, 1);
            }
            return p + 3;
        }
        p = next_token(p);
    }
    return NULL;
}

FdtNode fdt_find_compatible(const Fdt *fdt, const char *name)
{
    const uint32_t *p = (const uint32_t *)fdt->structs;

    for (; fdt_cell(p, 0) != FDT_END; p = next_token(p)) {
        uint32_t length = 0, at = 0;
        const char *list;

        if (fdt_cell(p, 0) != FDT_BEGIN_NODE) {
            continue;
        }
        list = fdt_property(fdt, next_token(p), "compatible", &length);
        while (list && at < length) {
            if (streq(list + at, name)) {
                return next_token(p);
            }
            at += strlen(list + at) + 1;
        }
    }
    return NULL;
}
