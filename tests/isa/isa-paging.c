/*
 * Sv39 page tables (privileged spec, 4.4) for isa-runner.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "isa-paging.h"

#define TABLES_BASE  UINT64_C(0x40000000)
#define TABLES_PAGES 256u
#define PTE_VALID    UINT64_C(0x01)
#define PTE_LEAF     UINT64_C(0x1f) /* valid, readable, writable, executable, user */
#define PTE_PPN(pa)  ((pa) >> MEMORY_PAGE_BITS << 10)
#define PTE_PA(pte)  ((pte) >> 10 << MEMORY_PAGE_BITS)
#define SATP_SV39    (UINT64_C(8) << 60)
#define LEVELS       3

#define CSR_SATP     0x180
#define CSR_PMPCFG0  0x3a0
#define CSR_PMPADDR0 0x3b0
#define PMP_ALL      0x1f /* NAPOT, readable, writable, executable */

bool paging_init(Paging *paging, MemoryRegion *root, Error **errp)
{
    if (!memory_region_init_ram(&paging->ram, "tables", TABLES_PAGES * MEMORY_PAGE_SIZE, errp)) {
        return false;
    }
    memory_region_add(root, TABLES_BASE, &paging->ram, 0);
    paging->used = 1; /* the root */
    return true;
}

bool paging_map(Paging *paging, uint64_t vaddr, hwaddr paddr, Error **errp)
{
    uint64_t *tables = (uint64_t *)memory_region_ram(&paging->ram);
    hwaddr table = 0; /* in the region */
    uint64_t *pte;

    for (unsigned level = LEVELS - 1;; level--) {
        unsigned index = vaddr >> (MEMORY_PAGE_BITS + 9 * level) & 0x1ff;

        pte = &tables[table / sizeof(*tables) + index];
        if (level == 0) {
            break;
        }
        if (!*pte) {
            if (paging->used == TABLES_PAGES) {
                error_setg(errp, "the program is too large for %u page tables", TABLES_PAGES);
                return false;
            }
            *pte = PTE_PPN(TABLES_BASE + paging->used++ * MEMORY_PAGE_SIZE) | PTE_VALID;
        }
        table = PTE_PA(*pte) - TABLES_BASE;
    }
    *pte = PTE_PPN(paddr) | PTE_LEAF;
    return true;
}

static void write_csr(Hart *hart, uint16_t csr, uint64_t value)
{
    const CsrInsn csrrw = { .csr = csr, .funct3 = 1, .rs1 = 1 };
    uint64_t old;

    hart->x[1] = value;
    g_assert_true(csr_execute(hart, csrrw, &old));
}

void paging_enter_user(Hart *hart)
{
    write_csr(hart, CSR_PMPADDR0, UINT64_MAX);
    write_csr(hart, CSR_PMPCFG0, PMP_ALL);
    write_csr(hart, CSR_SATP, SATP_SV39 | TABLES_BASE >> MEMORY_PAGE_BITS);
    hart_set_priv(hart, PRIV_U);
}
