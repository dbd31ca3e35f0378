/*
 * testcard: an S-mode guest that shows a test card on bochs-display and obeys its serial port.
 *
 * Boot arguments, separated by blanks:
 *
 *   WxH      the mode (default: what the display's EDID prefers)
 *   static   no clock
 *   input    tell what virtio keyboards and pointers send: "input: N TYPE CODE VALUE"
 *   agent    answer as a guest agent on port 1 of a virtio-serial device, and tell what is asked
 *            there: "agent: REQUEST"
 *   balloon  give memory to a virtio-balloon as it asks ("balloon: N pages"), and statistics
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
 *   look                     take keyboards and pointers that have been plugged in since
 *   channel open|close       have the guest agent listen, or not
 *   poweroff, reboot         through the firmware (no answer)
 *
 * The power button switches it off.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "agent.h"
#include "balloon.h"
#include "button.h"
#include "card.h"
#include "channel.h"
#include "commands.h"
#include "display.h"
#include "input.h"
#include "pci.h"
#include "plic.h"
#include "sbi.h"
#include "serial.h"

#define LINE_SIZE      256
#define DEFAULT_WIDTH  1280
#define DEFAULT_HEIGHT 800

void testcard_main(unsigned long hart, const void *blob);
void testcard_trap(uint64_t cause, uint64_t epc, uint64_t value);

static bool input_wanted, agent_wanted, balloon_wanted; /* by the boot arguments */
static uint64_t ticks_per_second;
static uint64_t start_time;

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
    int c;

    while ((c = serial_getc()) >= 0) {
        take_byte(c);
    }
}

static void serve_devices(void)
{
    uint32_t irq = plic_claim();

    serve_serial();
    input_serve();
    channel_serve();
    balloon_serve();
    button_serve();
    plic_complete(irq);
}

/* ---- start and the main loop ---- */

static bool is_word(const char *args, const char *word)
{
    size_t length = strlen(word);

    return starts_with(args, word) && (!args[length] || args[length] == ' ');
}

static void read_boot_arguments(const Fdt *fdt, uint32_t *width, uint32_t *height)
{
    FdtNode chosen = fdt_find_path(fdt, "/chosen");
    const char *args = chosen ? fdt_property(fdt, chosen, "bootargs", NULL) : NULL;

    while (args && *(args = skip_blanks(args))) {
        if (is_word(args, "static")) {
            clock_wanted = false;
        } else if (is_word(args, "input")) {
            input_wanted = true;
        } else if (is_word(args, "agent")) {
            agent_wanted = true;
        } else if (is_word(args, "balloon")) {
            balloon_wanted = true;
        } else if (!parse_size(args, width, height)) {
            serial_printf("testcard: ignored from here: %s\n", args);
            return;
        }
        while (*args && *args != ' ') {
            args++;
        }
    }
}

/* Stop for good if there is something wrong. */
static void check(const char *why)
{
    if (why) {
        serial_printf("testcard: %s\n", why);
        for (;;) {
            wait_for_interrupt();
        }
    }
}

void testcard_trap(uint64_t cause, uint64_t epc, uint64_t value)
{
    serial_printf("testcard: trap %lx at %lx, value %lx\n", cause, epc, value);
}

static void show_first_card(const Fdt *fdt)
{
    uint32_t width = DEFAULT_WIDTH, height = DEFAULT_HEIGHT;

    display_preferred_mode(&width, &height);
    read_boot_arguments(fdt, &width, &height);
    check(show_card(width, height));
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

static const char *find_timebase(const Fdt *fdt)
{
    FdtNode cpus = fdt_find_path(fdt, "/cpus");
    const void *timebase = cpus ? fdt_property(fdt, cpus, "timebase-frequency", NULL) : NULL;

    ticks_per_second = timebase ? fdt_cell(timebase, 0) : 0;
    return ticks_per_second ? NULL : "no timebase-frequency";
}

void testcard_main(unsigned long hart, const void *blob)
{
    Fdt fdt;

    if (!fdt_open(&fdt, blob)) {
        return; /* nowhere to say it */
    }
    plic_init(&fdt, hart);
    if (!serial_init(&fdt)) {
        return;
    }
    button_init(&fdt);
    check(find_timebase(&fdt));
    check(pci_init(&fdt));
    check(display_init());
    start_time = read_time();
    show_first_card(&fdt);
    check(input_wanted ? input_add() : NULL);
    check(agent_wanted ? channel_init(agent_take_line) : NULL);
    check(balloon_wanted ? balloon_init() : NULL);
    serial_printf("testcard: ready %ux%u\n", screen.width, screen.height);
    enable_wakeups(SIE_STIE | SIE_SEIE);
    for (;;) {
        serve_devices();
        serve_clock();
        wait_for_interrupt();
    }
}
