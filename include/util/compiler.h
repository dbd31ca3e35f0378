/*
 * Compiler marks and small macros shared by every floor.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_COMPILER_H
#define UTIL_COMPILER_H

#include <stddef.h>

/*
 * coroutine_fn: may yield; called only from coroutine context.
 * no_coroutine_fn: blocks or runs a nested event loop; never called from coroutine context.
 * Unmarked code does neither and may be called from both. clang records the marks as
 * annotations, so that a checker can walk them; gcc ignores them.
 */
#ifdef __clang__
#define coroutine_fn __attribute__((annotate("coroutine_fn")))
#define no_coroutine_fn __attribute__((annotate("no_coroutine_fn")))
#else
#define coroutine_fn
#define no_coroutine_fn
#endif

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* "FILE:LINE" of where it stands. */
#define PLACE_STR_(x) #x
#define PLACE_STR(x)  PLACE_STR_(x)
#define PLACE         __FILE__ ":" PLACE_STR(__LINE__)

/* The object of @type whose member @member is at @ptr. */
#define container_of(ptr, type, member)                                                            \
    ({                                                                                             \
        const __typeof__(((type *)0)->member) *member_ptr_ = (ptr);                                \
        (type *)((char *)member_ptr_ - offsetof(type, member));                                    \
    })

#if defined(__SANITIZE_ADDRESS__)
#define VITRINE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define VITRINE_ASAN 1
#endif
#endif

#if defined(__SANITIZE_THREAD__)
#define VITRINE_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define VITRINE_TSAN 1
#endif
#endif

#endif
