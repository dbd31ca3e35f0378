/*
 * How fast guest code runs: MIPS of a few kernels, each beside the floor of this interpreter (a
 * block of instructions that do nothing), and beside a peer's when PEER names one
 * (PEER=qemu-system-riscv64).
 *
 * Kernels run in M mode from RAM at 0x80000000 and end with a store to the test finisher at
 * 0x100000, so that the peer runs the very same image with -M virt -bios none.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tests/unit/riscv/rv-asm.h"
#include "target/riscv/hart-internal.h"
#include "util/bql.h"
#include "util/event-loop.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define RAM      UINT64_C(0x80000000)
#define RAM_SIZE (4u << 20)
#define FINISHER UINT64_C(0x100000)
#define ROUNDS_AT 0x3ff0 /* u64 in the image: how often the kernel goes round */
#define CODE_MAX 0x3000

/* a0 = data (64 KiB at RAM + 0x10000), s0 = rounds, FS on; ends at the finisher. */
#define PROLOGUE                                                                                   \
    AUIPC(A0, 16), AUIPC(A1, 4), LD(S0, A1, ROUNDS_AT - 0x4000 - 4), LUI(T0, 6),                   \
        CSRRS(ZERO, CSR_MSTATUS, T0)
#define EPILOGUE LUI(T0, 0x100), LUI(T1, 5), ADDI(T1, T1, 0x555), SW(T1, T0, 0), JAL(ZERO, 0)
/* Close the loop: @words instructions before this pair. */
#define AGAIN(words) ADDI(S0, S0, -1), BNE(S0, ZERO, -4 * ((words) + 1))

#define TIMES4(x) x, x, x, x
#define FADD(rd, a, b) FADD_D(rd, a, b, 0)
#define FMUL(rd, a, b) RV_R(0x53u, 0u, 9u, rd, a, b)
#define FMADD(rd, a, b, c) (0x43u | (rd) << 7 | (a) << 15 | (b) << 20 | 1u << 25 | (c) << 27)

static const uint32_t nop_code[] = { PROLOGUE, TIMES4(TIMES4(NOP)), AGAIN(16), EPILOGUE };

static const uint32_t alu_code[] = {
    PROLOGUE,
    LI(A2, 7),
    LI(A3, 5),
    /* loop */
    ADD(A4, A2, A3), XOR(A2, A4, A3), SLLI(A5, A2, 3), ADD(A3, A3, A5), ADDI(A2, A2, 13),
    XOR(A4, A4, A2), RV_I(0x13u, 5u, A6, A3, 7), ADD(A2, A2, A6), MUL(A7, A2, A4),
    XOR(A3, A3, A7), RV_R(0x3bu, 0u, 0u, A5, A3, A2), ADD(A4, A5, A4), AGAIN(12), EPILOGUE,
};

/* Copy 32 KiB by 8 doublewords a turn, once a round. */
static const uint32_t copy_code[] = {
    PROLOGUE,
    /* round: */
    ADDI(A2, A0, 0), LUI(T2, 8), ADD(A3, A0, T2), ADD(A4, A0, T2),
    /* loop: */
    LD(T0, A2, 0), LD(T1, A2, 8), LD(T3, A2, 16), LD(T4, A2, 24), SD(T0, A3, 0), SD(T1, A3, 8),
    SD(T3, A3, 16), SD(T4, A3, 24), ADDI(A2, A2, 32), ADDI(A3, A3, 32), BLT(A2, A4, -40),
    AGAIN(15), EPILOGUE,
};

/* xorshift decides where to go. */
static const uint32_t branch_code[] = {
    PROLOGUE,
    LI(A2, 1234),
    /* loop: */
    SLLI(A3, A2, 13), XOR(A2, A2, A3), RV_I(0x13u, 5u, A3, A2, 7), XOR(A2, A2, A3),
    SLLI(A3, A2, 17), XOR(A2, A2, A3), RV_I(0x13u, 7u, A3, A2, 1), BEQ(A3, ZERO, 12),
    ADDI(A4, A4, 1), JAL(ZERO, 8), ADDI(A5, A5, 1), RV_I(0x13u, 7u, A3, A2, 2), BNE(A3, ZERO, 8),
    ADDI(A6, A6, 1), BLT(A2, ZERO, 8), ADDI(A7, A7, 1), AGAIN(16), EPILOGUE,
};

/* Calls and returns within a page. */
static const uint32_t call_code[] = {
    PROLOGUE,
    JAL(ZERO, 12), ADDI(A3, A3, 1), JALR(ZERO, RA, 0),
    /* loop: */
    JAL(RA, -8), ADDI(A2, A2, 1), AGAIN(2), EPILOGUE,
};

static const uint32_t fp_code[] = {
    PROLOGUE,
    LI(A2, 3), RV_R(0x53u, 0u, 0x69u, 1u, A2, 0u) /* fcvt.d.w f1, a2 */,
    LI(A2, 1), RV_R(0x53u, 0u, 0x69u, 2u, A2, 0u),
    /* loop: */
    FADD(3u, 1u, 2u), FMUL(4u, 3u, 2u), FMADD(5u, 1u, 2u, 4u), FADD(6u, 5u, 1u), FMUL(7u, 6u, 2u),
    FSD(7u, A0, 0), FLD(8u, A0, 0), FADD(9u, 8u, 1u), AGAIN(8), EPILOGUE,
};

typedef struct Kernel {
    const char *name;
    const uint32_t *code;
    unsigned words;
    uint64_t rounds;
    uint64_t per_round; /* instructions, nearly */
} Kernel;

static MemoryRegion root, ram, finisher;
static Hart *hart;

static uint64_t finisher_read(void *opaque, hwaddr offset, unsigned size)
{
    return 0;
}

static void finisher_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    hart->steps_left = 0;
    hart_kick(hart, PENDING_STEP);
}

static const MemoryRegionOps finisher_ops = { .read = finisher_read, .write = finisher_write };

static void make_machine(void)
{
    AddressSpace *as;

    main_loop_init();
    module_init_types();
    memory_region_init_container(&root, "system", UINT64_MAX);
    memory_region_init_ram(&ram, "ram", RAM_SIZE, &error_fatal);
    memory_region_init_io(&finisher, &finisher_ops, NULL, "finisher", 0x1000);
    memory_region_add(&root, RAM, &ram, 0);
    memory_region_add(&root, FINISHER, &finisher, 0);
    as = address_space_new(&root, "memory");
    hart = hart_create(0, as, RAM);
    bql_unlock();
}

static void make_image(const Kernel *kernel, uint64_t rounds, uint8_t *image)
{
    memset(image, 0, ROUNDS_AT + 8);
    memcpy(image, kernel->code, kernel->words * 4);
    memcpy(image + ROUNDS_AT, &rounds, sizeof(rounds));
}

/* The CPU time of @who: other processes' load does not count. */
static double cpu_seconds(int who)
{
    struct rusage usage;

    getrusage(who, &usage);
    return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
           (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Seconds; *@insns: how many were run. */
static double run_here(const uint8_t *image, uint64_t *insns)
{
    uint64_t before = hart_instret(hart);
    double start;

    memcpy(memory_region_ram(&ram), image, ROUNDS_AT + 8);
    bql_lock();
    hart_reset(hart);
    bql_unlock();
    hart->steps_left = UINT64_MAX;
    start = cpu_seconds(RUSAGE_THREAD);
    hart_exec(hart);
    __atomic_fetch_and(&hart->pending, ~(uint32_t)PENDING_STEP, __ATOMIC_RELAXED);
    *insns = hart_instret(hart) - before;
    return cpu_seconds(RUSAGE_THREAD) - start;
}

/* CPU seconds that the peer takes from start to exit; negative when it cannot be run. */
static double run_peer(const char *peer, const uint8_t *image)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("bench-mips-XXXXXX", &path, NULL);
    const char *argv[] = { peer, "-M", "virt", "-bios", "none", "-display", "none", "-serial",
                           "none", "-monitor", "none", "-kernel", path, NULL };
    double seconds = -1;
    double start;
    int status;

    if (fd < 0) {
        return -1;
    }
    argv[12] = path;
    if (write(fd, image, ROUNDS_AT + 8) == ROUNDS_AT + 8) {
        start = cpu_seconds(RUSAGE_CHILDREN);
        if (g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                         &status, NULL) &&
            status == 0) {
            seconds = cpu_seconds(RUSAGE_CHILDREN) - start;
        }
    }
    close(fd);
    g_unlink(path);
    return seconds;
}

static double mips_here(const Kernel *kernel)
{
    uint8_t image[ROUNDS_AT + 8];
    double best = 0;

    make_image(kernel, kernel->rounds, image);
    for (unsigned i = 0; i < 3; i++) {
        uint64_t insns;
        double seconds = run_here(image, &insns);

        best = MAX(best, insns / seconds / 1e6);
    }
    return best;
}

/* Of the difference between a long and a short run, so that start-up does not count. */
static double mips_peer(const char *peer, const Kernel *kernel)
{
    enum { LONGER = 4 };
    uint8_t image[ROUNDS_AT + 8];
    double shorter, longer;

    make_image(kernel, kernel->rounds, image);
    shorter = run_peer(peer, image);
    make_image(kernel, kernel->rounds * (1 + LONGER), image);
    longer = run_peer(peer, image);
    if (shorter < 0 || longer <= shorter) {
        return 0;
    }
    return kernel->rounds * LONGER * kernel->per_round / (longer - shorter) / 1e6;
}

int main(void)
{
    const Kernel kernels[] = {
        { "nop", nop_code, G_N_ELEMENTS(nop_code), 10000000, 18 },
        { "alu", alu_code, G_N_ELEMENTS(alu_code), 8000000, 14 },
        { "copy", copy_code, G_N_ELEMENTS(copy_code), 8000, 4 + 1024 * 11 + 2 },
        { "branch", branch_code, G_N_ELEMENTS(branch_code), 4000000, 15 },
        { "call", call_code, G_N_ELEMENTS(call_code), 10000000, 6 },
        { "fp", fp_code, G_N_ELEMENTS(fp_code), 4000000, 10 },
    };
    const char *peer = g_getenv("PEER");
    double floor_mips = 0;

    make_machine();
    for (unsigned i = 0; i < G_N_ELEMENTS(kernels); i++) {
        double mips = mips_here(&kernels[i]);

        floor_mips = i == 0 ? mips : floor_mips;
        printf("%-8s %8.1f MIPS, %.2f of the dispatch floor", kernels[i].name, mips,
               mips / floor_mips);
        if (peer && *peer) {
            double theirs = mips_peer(peer, &kernels[i]);

            printf(", %s %8.1f MIPS, ratio %.2f", peer, theirs, theirs > 0 ? mips / theirs : 0);
        }
        printf("\n");
        fflush(stdout);
    }
    return 0;
}
