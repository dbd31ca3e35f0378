/*
 * Character devices: finding them, and their end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/chardev-internal.h"
#include "chardev/mux.h"

#include <string.h>

typedef struct Find {
    const char *id;
    Chardev *found;
} Find;

static void find_one(Object *child, void *opaque)
{
    Find *find = opaque;

    if (strcmp(CHARDEV(child)->id, find->id) == 0) {
        find->found = CHARDEV(child);
    }
}

Chardev *chardev_find(const char *id)
{
    Find find = { .id = id };

    object_child_foreach(object_get_container("/chardevs"), find_one, &find);
    return find.found;
}

static void collect(Object *child, void *opaque)
{
    g_ptr_array_add(opaque, child);
}

static void end(Chardev *chr)
{
    ChardevClass *klass = CHARDEV_GET_CLASS(chr);

    if (chr->fe) {
        chardev_detach(chr);
    }
    if (klass->close) {
        klass->close(chr);
    }
    object_unparent(OBJECT(chr));
}

bool chardev_remove(const char *id, Error **errp)
{
    Chardev *chr = chardev_find(id);
    const ChardevClass *klass = chr ? CHARDEV_GET_CLASS(chr) : NULL;
    Chardev *base;

    if (!chr) {
        error_setg(errp, "Chardev '%.256s' not found", id);
        return false;
    }
    if (klass->in_use ? klass->in_use(chr) : chr->fe != NULL) {
        error_setg(errp, "Chardev '%s' is busy", id);
        return false;
    }
    base = mux_chardev_base(chr);
    end(chr);
    if (base) {
        end(base);
    }
    return true;
}

void chardevs_cleanup(void)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new();

    object_child_foreach(object_get_container("/chardevs"), collect, all);
    for (guint i = 0; i < all->len; i++) {
        end(all->pdata[i]);
    }
}
