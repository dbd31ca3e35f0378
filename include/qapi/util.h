/*
 * Helpers for values of schema types: lists and copies.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QAPI_UTIL_H
#define QAPI_UTIL_H

#include "qapi/visitor.h"

/* Put @element in front of @list_, a variable of a generated list type (evaluated twice). */
#define QAPI_LIST_PREPEND(list_, element)                                                          \
    do {                                                                                           \
        __typeof__(list_) node_ = g_new(__typeof__(*(list_)), 1);                                  \
        node_->value = (element);                                                                  \
        node_->next = (list_);                                                                     \
        (list_) = node_;                                                                           \
    } while (0)

/*
 * Put @element at the end: @tail_ is a variable that points to the NULL link there (at first to
 * the list variable itself) and is moved on.
 */
#define QAPI_LIST_APPEND(tail_, element)                                                           \
    do {                                                                                           \
        *(tail_) = g_new0(__typeof__(**(tail_)), 1);                                               \
        (*(tail_))->value = (element);                                                             \
        (tail_) = &(*(tail_))->next;                                                               \
    } while (0)

/* How many elements @list_ has. */
#define QAPI_LIST_LENGTH(list_)                                                                    \
    ({                                                                                             \
        size_t length_ = 0;                                                                        \
        for (__typeof__(list_) node_ = (list_); node_; node_ = node_->next) {                      \
            length_++;                                                                             \
        }                                                                                          \
        length_;                                                                                   \
    })

/* A deep copy of @src, a pointer to a generated type (NULL for NULL). */
#define QAPI_CLONE(type, src)                                                                      \
    ({                                                                                             \
        type *clone_ = (type *)(src);                                                              \
        if (clone_) {                                                                              \
            visit_type_##type(qapi_clone_visitor_new(), NULL, &clone_, &error_abort);              \
        }                                                                                          \
        clone_;                                                                                    \
    })

#endif
