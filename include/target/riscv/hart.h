/*
 * RISC-V harts: RV64GC (IMAFDC, Zicsr, Zifencei, Zicntr), M/S/U, Sv39/Sv48, PMP, Sstc, each
 * running in a thread.
 *
 * Implements "The RISC-V Instruction Set Manual", volume I (unprivileged, 20191213) and volume II
 * (privileged, 20211203), and the Sstc extension 1.0.
 *
 * A hart is a QOM object of type "rv64-riscv-cpu". Its state is touched by its own thread, or by
 * others (with the BQL) while harts are paused or before they start; interrupt lines are atomic
 * and may be set from any thread.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TARGET_RISCV_HART_H
#define TARGET_RISCV_HART_H

#include "memory/memory.h"
#include "qom/object.h"
#include "util/compiler.h"
#include "util/error.h"

#define TYPE_RISCV_CPU "riscv-cpu"           /* abstract */
#define TYPE_RISCV_CPU_RV64 "rv64-riscv-cpu" /* -cpu rv64 */

typedef struct Hart Hart;

/* Bits of mip that devices drive (privileged spec 3.1.9). */
typedef enum HartIrq {
    HART_IRQ_MSI = 3,
    HART_IRQ_MTI = 7,
    HART_IRQ_SEI = 9,
    HART_IRQ_MEI = 11,
} HartIrq;

/*
 * Make hart @hart_id (the next in order) on @as. @time_base: ticks of the `time` CSR are
 * CLOCK_VIRTUAL at 10 MHz. BQL. The caller owns the reference and puts it in the composition tree.
 */
Hart *hart_create(unsigned hart_id, AddressSpace *as, hwaddr reset_pc);
/* Harts made so far; hart_by_index(hart_count()) is NULL. */
unsigned hart_count(void);
Hart *hart_by_index(unsigned index);
unsigned hart_id(const Hart *hart);
GPid hart_thread_id(const Hart *hart); /* Linux thread id; 0 before harts_start() */

/* Start one thread a hart, paused. BQL, given up meanwhile. Once. */
void no_coroutine_fn harts_start(void);
/* Let them run. BQL. */
void harts_resume(void);
/*
 * Stop all of them at an instruction boundary and wait until they stand; gives the BQL up while
 * it waits, so anything may have changed. The second form is for coroutines.
 */
void no_coroutine_fn harts_pause(void);
void coroutine_fn harts_pause_co(void);
bool harts_running(void);
/* Put all harts back to their reset state (pc = reset_pc, M mode). They must be paused. BQL. */
void harts_reset(void);
/* End the threads, at exit. BQL held; given up while waiting. */
void no_coroutine_fn harts_shutdown(void);

/* Any thread, atomic. Wakes a hart in wfi. */
void hart_set_irq(Hart *hart, HartIrq irq, bool level);
/* 10 MHz ticks, as CLINT's mtime and the `time` CSR show them. Any thread. */
uint64_t hart_time_now(void);
#define HART_TIMEBASE_HZ 10000000

/* In wfi right now (query-cpus-fast, tests). */
bool hart_is_halted(const Hart *hart);
/* Exact while the harts stand still; of a running one, where it last stopped to look around. */
uint64_t hart_get_pc(const Hart *hart);
/* By name: "pc", "a0", "x10", "fa0", "f10", or a CSR's; exact as hart_get_pc() is. False: unknown. */
bool hart_get_register(const Hart *hart, const char *name, uint64_t *value);
/* The same, exact also while the machine runs: holds the harts meanwhile. BQL. */
bool coroutine_fn hart_read_register(const Hart *hart, const char *name, uint64_t *value);
/* Instructions retired so far. */
uint64_t hart_instret(const Hart *hart);

/*
 * Read or write memory as the hart's current mode sees it (satp and privilege, ignoring access
 * rights), for x, memsave and debuggers. Harts paused or not; false when a page is not mapped.
 */
bool hart_memory_read(Hart *hart, uint64_t vaddr, void *buf, uint64_t length);
bool hart_translate_debug(Hart *hart, uint64_t vaddr, hwaddr *paddr);

#endif
