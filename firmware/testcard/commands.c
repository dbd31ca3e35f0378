/*
 * Lines on the serial port that the guest obeys: each function returns NULL, or what is wrong.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "commands.h"

#include "card.h"
#include "channel.h"
#include "display.h"
#include "input.h"
#include "pci.h"
#include "sbi.h"

bool clock_shown;
bool clock_wanted = true;

const char *show_card(uint32_t width, uint32_t height)
{
    if (!display_set_mode(width, height)) {
        return "the display's memory is too small for this mode";
    }
    card_draw();
    clock_shown = clock_wanted;
    return NULL;
}

static const char *do_mode(const char *args)
{
    uint32_t width, height;

    return parse_size(args, &width, &height) ? show_card(width, height)
                                             : "mode wants WxH, such as 1920x1080";
}

static const char *do_card(const char *args)
{
    return show_card(screen.width, screen.height);
}

static const char *do_fill(const char *args)
{
    const char *end = args;
    uint32_t colour;

    if (!parse_number(&end, 16, &colour) || *end || end - args != 6) {
        return "fill wants a colour as RRGGBB";
    }
    clock_shown = false;
    card_fill(colour);
    return NULL;
}

static const char *do_rect(const char *args)
{
    uint32_t n[5];

    for (int i = 0; i < 5; i++) {
        args = skip_blanks(args);
        if (!parse_number(&args, i < 4 ? 10 : 16, &n[i]) || n[i] > (i < 4 ? 65535 : 0xffffff) ||
            (*args && *args != ' ')) {
            return "rect wants X Y W H RRGGBB";
        }
    }
    draw_rect(n[0], n[1], n[2], n[3], n[4]);
    fence_all();
    return NULL;
}

static const char *do_text(const char *args)
{
    clock_shown = false;
    card_text(args);
    return NULL;
}

static const char *do_look(const char *args)
{
    pci_look_again();
    return input_add();
}

static const char *do_channel(const char *args)
{
    if (!streq(args, "open") && !streq(args, "close")) {
        return "channel wants open or close";
    }
    return channel_open(streq(args, "open")) ? NULL : "there is no channel";
}

static const char *do_poweroff(const char *args)
{
    sbi_system_reset(SBI_SRST_SHUTDOWN);
    return "the firmware cannot switch off";
}

static const char *do_reboot(const char *args)
{
    sbi_system_reset(SBI_SRST_COLD_REBOOT);
    return "the firmware cannot reboot";
}

static const struct {
    const char *name;
    const char *(*fn)(const char *args);
} commands[] = {
    { "mode", do_mode },       { "card", do_card },         { "fill", do_fill },
    { "rect", do_rect },       { "text", do_text },         { "look", do_look },
    { "channel", do_channel }, { "poweroff", do_poweroff }, { "reboot", do_reboot },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

const char *run_command(const char *line)
{
    for (unsigned i = 0; i < N_COMMANDS; i++) {
        const char *name = commands[i].name;
        size_t length = strlen(name);

        if (starts_with(line, name) && (line[length] == ' ' || !line[length])) {
            return commands[i].fn(skip_blanks(line + length));
        }
    }
    return "commands are: mode card fill rect text look channel poweroff reboot";
}
