/*
 * The steps of a visitor's walk, and what all visitors have in common: ranges, enums, policy.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qapi/compat-policy.h"
#include "qapi/visitor-impl.h"

#include <inttypes.h>
#include <math.h>

void visit_free(Visitor *v)
{
    if (v && v->ops->free) {
        v->ops->free(v);
    }
}

void visit_complete(Visitor *v, void *opaque)
{
    if (v->ops->complete) {
        v->ops->complete(v, opaque);
    }
}

VisitorType visitor_type(const Visitor *v)
{
    return v->ops->type;
}

bool visit_is_input(const Visitor *v)
{
    return v->ops->type == VISITOR_INPUT;
}

bool visit_is_dealloc(const Visitor *v)
{
    return v->ops->type == VISITOR_DEALLOC;
}

char *visit_path(Visitor *v, const char *name)
{
    return v->ops->path ? v->ops->path(v, name) : g_strdup(name ? name : "value");
}

/* An input visit that failed leaves NULL at @obj, where the value should have gone. */
static bool failed(Visitor *v, void *obj)
{
    if (obj && visit_is_input(v)) {
        *(void **)obj = NULL;
    }
    return false;
}

/* ---- containers ---- */

bool visit_start_struct(Visitor *v, const char *name, void **obj, size_t size, Error **errp)
{
    return !v->ops->start_struct || v->ops->start_struct(v, name, obj, size, errp) ||
           failed(v, obj);
}

bool visit_check_struct(Visitor *v, Error **errp)
{
    return !v->ops->check_struct || v->ops->check_struct(v, errp);
}

void visit_end_struct(Visitor *v, void **obj)
{
    if (v->ops->end_struct) {
        v->ops->end_struct(v, obj);
    }
}

bool visit_start_list(Visitor *v, const char *name, GenericList **list, size_t size, Error **errp)
{
    return !v->ops->start_list || v->ops->start_list(v, name, list, size, errp) || failed(v, list);
}

GenericList *visit_next_list(Visitor *v, GenericList *tail, size_t size)
{
    return v->ops->next_list(v, tail, size);
}

bool visit_check_list(Visitor *v, Error **errp)
{
    return !v->ops->check_list || v->ops->check_list(v, errp);
}

void visit_end_list(Visitor *v, void **list)
{
    if (v->ops->end_list) {
        v->ops->end_list(v, list);
    }
}

bool visit_start_alternate(Visitor *v, const char *name, GenericAlternate **obj, size_t size,
                           Error **errp)
{
    return !v->ops->start_alternate || v->ops->start_alternate(v, name, obj, size, errp) ||
           failed(v, obj);
}

void visit_end_alternate(Visitor *v, void **obj)
{
    if (v->ops->end_alternate) {
        v->ops->end_alternate(v, obj);
    }
}

bool visit_bad_alternate(Visitor *v, const char *name, const char *expected, Error **errp)
{
    g_autofree char *path = visit_path(v, name);

    error_setg(errp, "Invalid parameter type for '%s', expected: %s", path, expected);
    return false;
}

bool visit_optional(Visitor *v, const char *name, bool *present)
{
    if (v->ops->optional) {
        *present = v->ops->optional(v, name);
    }
    return *present;
}

/* ---- policy ---- */

static unsigned refused_features;
static unsigned hidden_features;

void qapi_set_compat_policy(unsigned refused, unsigned hidden)
{
    refused_features = refused;
    hidden_features = hidden;
}

const char *qapi_policy_refuses(unsigned special_features)
{
    unsigned refused = special_features & refused_features;

    if (refused & 1u << QAPI_DEPRECATED) {
        return "Deprecated";
    }
    return refused & 1u << QAPI_UNSTABLE ? "Unstable" : NULL;
}

bool visit_policy_reject(Visitor *v, const char *name, unsigned special_features, Error **errp)
{
    const char *what = visit_is_input(v) ? qapi_policy_refuses(special_features) : NULL;

    if (what) {
        g_autofree char *path = visit_path(v, name);

        error_setg(errp, "%s parameter '%s' disabled by policy", what, path);
    }
    return what;
}

bool visit_policy_skip(Visitor *v, const char *name, unsigned special_features)
{
    return v->ops->type == VISITOR_OUTPUT && (special_features & hidden_features);
}

/* ---- scalars ---- */

bool visit_type_int64(Visitor *v, const char *name, int64_t *obj, Error **errp)
{
    return !v->ops->type_int64 || v->ops->type_int64(v, name, obj, errp);
}

bool visit_type_int(Visitor *v, const char *name, int64_t *obj, Error **errp)
{
    return visit_type_int64(v, name, obj, errp);
}

bool visit_type_uint64(Visitor *v, const char *name, uint64_t *obj, Error **errp)
{
    return !v->ops->type_uint64 || v->ops->type_uint64(v, name, obj, errp);
}

bool visit_type_size(Visitor *v, const char *name, uint64_t *obj, Error **errp)
{
    if (v->ops->type_size) {
        return v->ops->type_size(v, name, obj, errp);
    }
    return visit_type_uint64(v, name, obj, errp);
}

/* An integer of fewer bits, by way of one of 64. */
static bool visit_small_int(Visitor *v, const char *name, int64_t *value, int64_t min, int64_t max,
                            Error **errp)
{
    if (!visit_type_int64(v, name, value, errp)) {
        return false;
    }
    if (*value < min || *value > max) {
        g_autofree char *path = visit_path(v, name);

        error_setg(errp, "Parameter '%s' expects an integer from %" PRId64 " to %" PRId64, path,
                   min, max);
        return false;
    }
    return true;
}

#define DEFINE_SMALL_INT(name_, type_, min_, max_)                                                 \
    bool visit_type_##name_(Visitor *v, const char *name, type_ *obj, Error **errp)                \
    {                                                                                              \
        int64_t value = *obj;                                                                      \
                                                                                                   \
        if (!visit_small_int(v, name, &value, min_, max_, errp)) {                                 \
            return false;                                                                          \
        }                                                                                          \
        *obj = value;                                                                              \
        return true;                                                                               \
    }

DEFINE_SMALL_INT(int8, int8_t, INT8_MIN, INT8_MAX)
DEFINE_SMALL_INT(int16, int16_t, INT16_MIN, INT16_MAX)
DEFINE_SMALL_INT(int32, int32_t, INT32_MIN, INT32_MAX)
DEFINE_SMALL_INT(uint8, uint8_t, 0, UINT8_MAX)
DEFINE_SMALL_INT(uint16, uint16_t, 0, UINT16_MAX)
DEFINE_SMALL_INT(uint32, uint32_t, 0, UINT32_MAX)

bool visit_type_bool(Visitor *v, const char *name, bool *obj, Error **errp)
{
    return !v->ops->type_bool || v->ops->type_bool(v, name, obj, errp);
}

bool visit_type_str(Visitor *v, const char *name, char **obj, Error **errp)
{
    return v->ops->type_str(v, name, obj, errp) || failed(v, obj);
}

bool visit_check_finite(const char *name, double value, Error **errp)
{
    if (!isfinite(value)) {
        error_setg(errp, "The value of '%s' is not a finite number", name ? name : "value");
        return false;
    }
    return true;
}

bool visit_type_number(Visitor *v, const char *name, double *obj, Error **errp)
{
    return !v->ops->type_number || v->ops->type_number(v, name, obj, errp);
}

bool visit_type_any(Visitor *v, const char *name, QObject **obj, Error **errp)
{
    return v->ops->type_any(v, name, obj, errp) || failed(v, obj);
}

bool visit_type_null(Visitor *v, const char *name, QNull **obj, Error **errp)
{
    return v->ops->type_null(v, name, obj, errp) || failed(v, obj);
}

/* ---- enums ---- */

static bool input_enum(Visitor *v, const char *name, int *obj, const QEnumLookup *lookup,
                       Error **errp)
{
    g_autofree char *text = NULL;
    g_autofree char *path = NULL;
    g_autofree char *accepted = NULL;
    const char *refused;
    int value;

    if (!visit_type_str(v, name, &text, errp)) {
        return false;
    }
    value = qapi_enum_parse(lookup, text, -1, NULL);
    if (value < 0) {
        path = visit_path(v, name);
        accepted = qapi_enum_list(lookup);
        error_setg(errp, "Parameter '%s' does not accept value '%.256s' (accepted: %s)", path, text,
                   accepted);
        return false;
    }
    refused =
        lookup->special_features ? qapi_policy_refuses(lookup->special_features[value]) : NULL;
    if (refused) {
        error_setg(errp, "%s value '%s' disabled by policy", refused, text);
        return false;
    }
    *obj = value;
    return true;
}

bool visit_type_enum(Visitor *v, const char *name, int *obj, const QEnumLookup *lookup,
                     Error **errp)
{
    char *text;

    switch (v->ops->type) {
    case VISITOR_INPUT:
        return input_enum(v, name, obj, lookup, errp);
    case VISITOR_OUTPUT:
        text = (char *)qapi_enum_lookup(lookup, *obj);
        return visit_type_str(v, name, &text, errp);
    default:
        return true;
    }
}
