/*
 * QMP commands about the command line, and about jobs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "config.h"

#include "qapi/qapi-commands-process.h"
#include "qapi/util.h"

typedef struct ParameterList {
    CommandLineParameterInfoList *head;
    CommandLineParameterInfoList **tail;
} ParameterList;

static void add_parameter(ParameterList *list, const char *name, CommandLineParameterType type)
{
    CommandLineParameterInfo *info;

    for (const CommandLineParameterInfoList *it = list->head; it; it = it->next) {
        if (g_str_equal(it->value->name, name)) {
            return;
        }
    }
    info = g_new0(CommandLineParameterInfo, 1);
    info->name = g_strdup(name);
    info->type = type;
    QAPI_LIST_APPEND(list->tail, info);
}

static void add_property(ObjectProperty *prop, void *opaque)
{
    if (prop->set) {
        add_parameter(opaque, prop->name,
                      g_str_equal(prop->type, "bool") ? COMMAND_LINE_PARAMETER_TYPE_BOOLEAN
                                                      : COMMAND_LINE_PARAMETER_TYPE_STRING);
    }
}

/* -machine takes the properties of whatever machine it names. */
static void add_machine_properties(ParameterList *list)
{
    g_autoptr(GSList) classes = object_class_get_list(TYPE_MACHINE, false);

    for (GSList *it = classes; it; it = it->next) {
        object_class_property_foreach(it->data, add_property, list);
    }
}

static CommandLineOptionInfo *describe(const OptionDef *def)
{
    CommandLineOptionInfo *info = g_new0(CommandLineOptionInfo, 1);
    ParameterList list = { .tail = &list.head };

    for (const OptionParam *param = def->params; param->name; param++) {
        add_parameter(&list, param->name, param->type);
    }
    if (g_str_equal(def->name, "machine")) {
        add_machine_properties(&list);
    }
    info->option = g_strdup(def->name);
    info->parameters = list.head;
    return info;
}

CommandLineOptionInfoList *coroutine_fn qmp_query_command_line_options(const char *option,
                                                                       Error **errp)
{
    CommandLineOptionInfoList *head = NULL, **tail = &head;

    for (const OptionDef *def = option_defs; def->name; def++) {
        if (def->params && (!option || g_str_equal(option, def->name))) {
            QAPI_LIST_APPEND(tail, describe(def));
        }
    }
    if (!head) {
        error_setg(errp, "invalid option name: %s", option);
    }
    return head;
}

JobInfoList *coroutine_fn qmp_query_jobs(Error **errp)
{
    return NULL; /* nothing here starts one */
}
