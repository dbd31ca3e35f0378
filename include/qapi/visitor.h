/*
 * Visitors: one generated walk over each schema type, many uses.
 *
 * A generated visit_type_FOO(v, name, &obj, errp) walks a C value of schema type FOO. What
 * happens on the walk depends on the visitor: an input visitor fills the value (allocating), an
 * output visitor writes it, a clone visitor copies it, the dealloc visitor frees it. Every
 * function returns success; on failure of an input visit *obj is NULL and nothing is leaked.
 *
 * @name is the member's name within an object; ignored in lists and at the top, where it may be
 * NULL.
 *
 * A visitor belongs to one thread; no lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QAPI_VISITOR_H
#define QAPI_VISITOR_H

#include "qobject/json-writer.h"
#include "qobject/qobject.h"
#include "util/error.h"

typedef struct Visitor Visitor;

/* Every list type begins so; generated code adds the typed value member after the link. */
typedef struct GenericList GenericList;
struct GenericList {
    GenericList *next;
    char padding[];
};

/* Every alternate type begins so. */
typedef struct GenericAlternate {
    QType type;
    char padding[];
} GenericAlternate;

/* Maps between the values 0..size-1 of an enum and its names; special features per value. */
typedef struct QEnumLookup {
    const char *const *array;
    const unsigned char *special_features; /* may be NULL */
    int size;
} QEnumLookup;

/* Bits of special_features, as generated from 'features'. */
enum { QAPI_DEPRECATED = 0, QAPI_UNSTABLE = 1 };

const char *qapi_enum_lookup(const QEnumLookup *lookup, int value);
/* The names, "a, b, c", for messages; g_free() it. */
char *qapi_enum_list(const QEnumLookup *lookup);
/* NULL or unknown text gives @def; unknown text sets an error that lists the accepted names. */
int qapi_enum_parse(const QEnumLookup *lookup, const char *text, int def, Error **errp);

/* ---- used by generated code and by whoever starts a walk ---- */

typedef enum VisitorType {
    VISITOR_INPUT = 1,
    VISITOR_OUTPUT = 2,
    VISITOR_CLONE = 3,
    VISITOR_DEALLOC = 4,
} VisitorType;

void visit_free(Visitor *v);
/* Output visitors that build something finish it here; see each constructor. */
void visit_complete(Visitor *v, void *opaque);
VisitorType visitor_type(const Visitor *v);
bool visit_is_input(const Visitor *v);
bool visit_is_dealloc(const Visitor *v);

/* @obj NULL: only a walk (no C struct, as for a keyval group). Otherwise input allocates @size. */
bool visit_start_struct(Visitor *v, const char *name, void **obj, size_t size, Error **errp);
/* Input: fails when members remain that nobody asked for, naming the first. */
bool visit_check_struct(Visitor *v, Error **errp);
void visit_end_struct(Visitor *v, void **obj);
bool visit_start_list(Visitor *v, const char *name, GenericList **list, size_t size, Error **errp);
GenericList *visit_next_list(Visitor *v, GenericList *tail, size_t size);
bool visit_check_list(Visitor *v, Error **errp);
void visit_end_list(Visitor *v, void **list);
bool visit_start_alternate(Visitor *v, const char *name, GenericAlternate **obj, size_t size,
                           Error **errp);
void visit_end_alternate(Visitor *v, void **obj);
/* Input of an alternate whose type none of the branches takes: sets the error, returns false. */
bool visit_bad_alternate(Visitor *v, const char *name, const char *expected, Error **errp);
/* Input: sets *present; others: leave it. Returns *present. */
bool visit_optional(Visitor *v, const char *name, bool *present);
/* Whether a member with @special_features is refused / left out under the current policy. */
bool visit_policy_reject(Visitor *v, const char *name, unsigned special_features, Error **errp);
bool visit_policy_skip(Visitor *v, const char *name, unsigned special_features);

bool visit_type_enum(Visitor *v, const char *name, int *obj, const QEnumLookup *lookup,
                     Error **errp);
bool visit_type_int(Visitor *v, const char *name, int64_t *obj, Error **errp);
bool visit_type_int8(Visitor *v, const char *name, int8_t *obj, Error **errp);
bool visit_type_int16(Visitor *v, const char *name, int16_t *obj, Error **errp);
bool visit_type_int32(Visitor *v, const char *name, int32_t *obj, Error **errp);
bool visit_type_int64(Visitor *v, const char *name, int64_t *obj, Error **errp);
bool visit_type_uint8(Visitor *v, const char *name, uint8_t *obj, Error **errp);
bool visit_type_uint16(Visitor *v, const char *name, uint16_t *obj, Error **errp);
bool visit_type_uint32(Visitor *v, const char *name, uint32_t *obj, Error **errp);
bool visit_type_uint64(Visitor *v, const char *name, uint64_t *obj, Error **errp);
/* Bytes; keyval and string input also take suffixes (4k, 32M, 1.5G). */
bool visit_type_size(Visitor *v, const char *name, uint64_t *obj, Error **errp);
bool visit_type_bool(Visitor *v, const char *name, bool *obj, Error **errp);
bool visit_type_str(Visitor *v, const char *name, char **obj, Error **errp); /* g_free() */
bool visit_type_number(Visitor *v, const char *name, double *obj, Error **errp);
bool visit_type_any(Visitor *v, const char *name, QObject **obj, Error **errp);
bool visit_type_null(Visitor *v, const char *name, QNull **obj, Error **errp);

/* ---- the visitors ---- */

/* JSON value -> C. Strict: types as they are, unknown members refused, faults named as a.b[2]. */
Visitor *qobject_input_visitor_new(QObject *obj);
/* The same, and may move strings out of @obj, which the caller needs no more (qstring_take()). */
Visitor *qobject_input_visitor_new_taking(QObject *obj);
/* Strings -> C, for k=v,k.sub=v turned into a QDict by keyval_parse(). */
Visitor *qobject_input_visitor_new_keyval(QObject *obj);
/* C -> QObject; visit_complete(v, &obj) stores the result. */
Visitor *qobject_output_visitor_new(QObject **result);
/* C -> JSON text, straight into @writer; visit_complete() is a no-op. */
Visitor *json_output_visitor_new(JsonWriter *writer);
/* One string -> scalar; scalar -> human text; for HMP and property arguments. */
Visitor *string_input_visitor_new(const char *text);
Visitor *string_output_visitor_new(GString *out);
/* Used through the generated QAPI_CLONE(Type, src) and qapi_free_Type(). */
Visitor *qapi_clone_visitor_new(void);
Visitor *qapi_dealloc_visitor_new(void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Visitor, visit_free)

#endif
