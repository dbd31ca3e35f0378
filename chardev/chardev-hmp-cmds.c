/*
 * HMP commands about character devices.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "chardev/ringbuf.h"
#include "monitor/hmp-commands.h"
#include "qapi/hmp.h"
#include "qapi/keyval.h"
#include "qobject/utf8.h"

static void print_one(Object *child, void *opaque)
{
    Chardev *chr = CHARDEV(child);
    g_autofree char *filename = chardev_filename(chr);

    hmp_printf(opaque, "%s: filename=%s\n", chardev_id(chr), filename);
}

void coroutine_fn hmp_info_chardev(Hmp *hmp, const QDict *args)
{
    object_child_foreach(object_get_container("/chardevs"), print_one, hmp);
}

/* Control characters, which would upset a terminal, and the escape itself are spelled out. */
static void append_shown(GString *text, gunichar c)
{
    if (c == '\\') {
        g_string_append(text, "\\\\");
    } else if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) {
        g_string_append_printf(text, "\\u%04X", c);
    } else {
        g_string_append_unichar(text, c);
    }
}

/* However it is spelled, no more than a command may print. */
#define SHOWN_MAX ((int64_t)512 << 10)

static char *spell_shown(const GByteArray *bytes)
{
    g_autofree char *data = utf8_make_valid((const char *)bytes->data, bytes->len);
    GString *text = g_string_sized_new(bytes->len + 1);

    for (const char *p = data; *p; p = g_utf8_next_char(p)) {
        append_shown(text, g_utf8_get_char(p));
    }
    return g_string_free(text, FALSE);
}

void coroutine_fn hmp_ringbuf_read(Hmp *hmp, const QDict *args)
{
    int64_t size = MIN(qdict_get_int(args, "size", 0), SHOWN_MAX);
    Error *err = NULL;
    g_autofree char *text =
        ringbuf_read_text(qdict_get_str(args, "device"), size, spell_shown, &err);

    if (!hmp_handle_error(hmp, err)) {
        hmp_printf(hmp, "%s\n", text);
    }
}

void coroutine_fn hmp_chardev_add(Hmp *hmp, const QDict *args)
{
    Error *err = NULL;
    g_autoptr(QDict) options = keyval_parse(qdict_get_str(args, "args"), "backend", &err);
    Chardev *chr = options ? chardev_new_co(options, &err) : NULL;

    if (chr && chardev_pty(chr)) {
        hmp_printf(hmp, "char device redirected to %s (label %s)\n", chardev_pty(chr),
                   chardev_id(chr));
    }
    hmp_handle_error(hmp, err);
}
