/*
 * testcard: an S-mode guest that shows a test card on bochs-display and obeys its serial port.
 *
 * Boot arguments, separated by blanks:
 *
 *   WxH      the mode (default: what the display's EDID prefers)
 *   static   no clock
 *
 * It says "testcard: ready WxH" when the card is on the screen. From then on each line on the
 * serial port is a command, answered by one line: "ok: COMMAND" when what it drew is in the
 * display's memory, or "error: WHY".
 *
 *   mode WxH                 set the mode and draw the card
 *   card                     draw the card; the clock goes on
 *   fill RRGGBB              the whole screen in one colour, no clock
 *   rect X Y W H RRGGBB      a rectangle on top of what is shown
 *   text TEXT                TEXT in the middle of a black screen, no clock
 *   poweroff, reboot         through the firmware (no answer)
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "card.h"
#include "display.h"
#include "sbi.h"
#include "serial.h"

#define LINE_SIZE      256
#define DEFAULT_WIDTH  1280
#define DEFAULT_HEIGHT 800

void testcard_main(unsigned long hart, const void *blob);
void testcard_trap(uint64_t cause, uint64_t epc, uint64_t value);

static bool clock_wanted = true; /* by the boot arguments */
static bool clock_shown;
static uint64_t ticks_per_second;
static uint64_t start_time;

static const char *skip_blanks(const char *s)
{
    while (*s == ' ') {
        s++;
    }
    return s;
}

static const char *show_card(uint32_t width, uint32_t height)
{
    if (!display_set_mode(width, height)) {
        return "the display's memory is too small for this mode";
    }
    card_draw();
    clock_shown = clock_wanted;
    return NULL;
}

/* ---- commands: NULL, or what is wrong ---- */

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
    { "mode", do_mode }, { "card", do_card },         { "fill", do_fill },     { "rect", do_rect },
    { "text", do_text }, { "poweroff", do_poweroff }, { "reboot", do_reboot },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const char *run_command(const char *line)
{
    for (unsigned i = 0; i < N_COMMANDS; i++) {
        const char *name = commands[i].name;
        size_t length = strlen(name);

        if (starts_with(line, name) && (line[length] == ' ' || !line[length])) {
            return commands[i].fn(skip_blanks(line + length));
        }
    }
    return "commands are: mode card fill rect text poweroff reboot";
}

static void answer(const char *line)
{
    const char *why = run_command(line);

    if (why) {
        serial_printf("error: %s\n", why);
    } else {
        serial_printf("ok: %s\n", line);
    }
}

/* ---- the serial port ---- */

static void take_byte(char c)
{
    static char line[LINE_SIZE];
    static unsigned length;

    if (c == '\r' || c == '\n') {
        line[length] = '\0';
        if (length) {
            serial_puts("\n");
            answer(line);
        }
        length = 0;
    } else if (c == '\b' || c == 0x7f) {
        if (length) {
            length--;
            serial_puts("\b \b");
        }
    } else if (c >= ' ' && c <= '~' && length < LINE_SIZE - 1) {
        line[length++] = c;
        serial_putc(c);
    }
}

static void serve_serial(void)
{
    uint32_t irq = serial_claim_interrupt();
    int c;

    while ((c = serial_getc()) >= 0) {
        take_byte(c);
    }
    serial_complete_interrupt(irq);
}

/* ---- start and the main loop ---- */

static void read_boot_arguments(const Fdt *fdt, uint32_t *width, uint32_t *height)
{
    FdtNode chosen = fdt_find_path(fdt, "/chosen");
    const char *args = chosen ? fdt_property(fdt, chosen, "bootargs", NULL) : NULL;

    while (args && *(args = skip_blanks(args))) {
        if (starts_with(args, "static") && (!args[6] || args[6] == ' ')) {
            clock_wanted = false;
        } else if (!parse_size(args, width, height)) {
            serial_printf("testcard: ignored from here: %s\n", args);
            return;
        }
        while (*args && *args != ' ') {
            args++;
        }
    }
}

static void halt(const char *why)
{
    serial_printf("testcard: %s\n", why);
    for (;;) {
        wait_for_interrupt();
    }
}

void testcard_trap(uint64_t cause, uint64_t epc, uint64_t value)
{
    serial_printf("testcard: trap %lx at %lx, value %lx\n", cause, epc, value);
}

static void show_first_card(const Fdt *fdt)
{
    uint32_t width = DEFAULT_WIDTH, height = DEFAULT_HEIGHT;
    const char *why;

    display_preferred_mode(&width, &height);
    read_boot_arguments(fdt, &width, &height);
    why = show_card(width, height);
    if (why) {
        halt(why);
    }
}

/* Draw the clock when its second has begun; wake up for the next one. */
static void serve_clock(void)
{
    static uint64_t shown;
    uint64_t seconds = (read_time() - start_time) / ticks_per_second;
    static bool was_shown;

    if (clock_shown && (!was_shown || seconds != shown)) {
        card_draw_clock(seconds);
        shown = seconds;
    }
    was_shown = clock_shown;
    sbi_set_timer(clock_shown ? start_time + (seconds + 1) * ticks_per_second : UINT64_MAX);
}

void testcard_main(unsigned long hart, const void *blob)
{
    FdtNode cpus;
    const void *timebase;
    const char *why;
    Fdt fdt;

    if (!fdt_open(&fdt, blob) || !serial_init(&fdt, hart)) {
        return; /* nowhere to say it */
    }
    cpus = fdt_find_path(&fdt, "/cpus");
    timebase = cpus ? fdt_property(&fdt, cpus, "timebase-frequency", NULL) : NULL;
    ticks_per_second = timebase ? fdt_cell(timebase, 0) : 0;
    if (!ticks_per_second) {
        halt("no timebase-frequency");
    }
    why = display_init(&fdt);
    if (why) {
        halt(why);
    }
    start_time = read_time();
    show_first_card(&fdt);
    serial_printf("testcard: ready %ux%u\n", screen.width, screen.height);
    enable_wakeups(SIE_STIE | SIE_SEIE);
    for (;;) {
        serve_serial();
        serve_clock();
        wait_for_interrupt();
    }
}
