/*
 * Stacks for coroutines, with a guard page, from a bounded pool.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/co-stack.h"
#include "util/report.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef VITRINE_ASAN
#include <sanitizer/asan_interface.h>
#endif

/* Deep in a stack that was used much, pages are given back before it goes into the pool. */
enum { KEEP_RESIDENT = 16 << 10 };

static pthread_mutex_t pool_lock = PTHREAD_MUTEX_INITIALIZER;
static void *pool[CO_STACK_POOL_MAX];
static size_t pool_len;

static size_t guard_size(void)
{
    return sysconf(_SC_PAGESIZE);
}

static void *stack_map(void)
{
    char *base = mmap(NULL, guard_size() + CO_STACK_SIZE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);

    if (base == MAP_FAILED || mprotect(base, guard_size(), PROT_NONE) < 0) {
        error_report("cannot map a coroutine's stack of %d KiB: %s", CO_STACK_SIZE >> 10,
                     g_strerror(errno));
        abort();
    }
    return base + guard_size();
}

static void stack_unmap(void *stack)
{
    munmap((char *)stack - guard_size(), guard_size() + CO_STACK_SIZE);
}

void *co_stack_get(void)
{
    void *stack = NULL;

    pthread_mutex_lock(&pool_lock);
    if (pool_len) {
        stack = pool[--pool_len];
    }
    pthread_mutex_unlock(&pool_lock);
    return stack ? stack : stack_map();
}

/*
 * Whether the page below the part that stays resident was ever touched; asking costs less than
 * giving back pages that are not there.
 */
static void trim(void *stack)
{
    size_t len = CO_STACK_SIZE - KEEP_RESIDENT;
    unsigned char resident = 0;
    long page = sysconf(_SC_PAGESIZE);

    if (mincore((char *)stack + len - page, page, &resident) == 0 && (resident & 1)) {
        madvise(stack, len, MADV_DONTNEED);
    }
}

void co_stack_put(void *stack)
{
#ifdef VITRINE_ASAN
    /* The last frames on it never returned; what they poisoned must not hurt the next user. */
    ASAN_UNPOISON_MEMORY_REGION(stack, CO_STACK_SIZE);
#endif
    trim(stack);
    pthread_mutex_lock(&pool_lock);
    if (pool_len < CO_STACK_POOL_MAX) {
        pool[pool_len++] = stack;
        stack = NULL;
    }
    pthread_mutex_unlock(&pool_lock);
    if (stack) {
        stack_unmap(stack);
    }
}

size_t co_stack_pool_len(void)
{
    size_t len;

    pthread_mutex_lock(&pool_lock);
    len = pool_len;
    pthread_mutex_unlock(&pool_lock);
    return len;
}
