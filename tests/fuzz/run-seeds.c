/*
 * What stands in for libFuzzer in an ordinary build: every seed once, as a TAP test.
 *
 *   fuzz-NAME-seeds DIRECTORY
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run_seed(const char *directory, const char *name)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    g_autoptr(GError) err = NULL;
    g_autofree char *bytes = NULL;
    gsize len;

    g_assert_true(g_file_get_contents(path, &bytes, &len, &err));
    LLVMFuzzerTestOneInput((const uint8_t *)bytes, len);
}

int main(int argc, char **argv)
{
    g_autoptr(GDir) dir = argc == 2 ? g_dir_open(argv[1], 0, NULL) : NULL;
    const char *name;
    unsigned count = 0;

    if (!dir) {
        fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
        return 2;
    }
    while ((name = g_dir_read_name(dir))) {
        run_seed(argv[1], name);
        printf("ok %u %s\n", ++count, name);
        fflush(stdout);
    }
    printf("1..%u\n", count);
    return 0;
}
