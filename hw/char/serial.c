/*
 * 16550A UART.
 *
 * Implements the register set of National Semiconductor's PC16550D (June 1995): 16-byte FIFOs,
 * trigger levels, the character time-out, loop back. A byte leaves as soon as the chardev takes
 * it; until then the transmitter is busy, so a guest that looks at the line status loses nothing.
 * The modem lines say that somebody is connected and ready.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/serial.h"

#include "util/timer.h"

#include <string.h>

#define FIFO_SIZE     16
#define NUM_REGISTERS 8

enum { REG_DATA = 0, REG_IER, REG_IIR_FCR, REG_LCR, REG_MCR, REG_LSR, REG_MSR, REG_SCR };

#define IER_RX    0x01 /* received data, and the time-out */
#define IER_THRE  0x02
#define IER_LINE  0x04
#define IER_MODEM 0x08
#define IER_MASK  0x0f

#define IIR_NONE    0x01
#define IIR_MODEM   0x00
#define IIR_THRE    0x02
#define IIR_RX      0x04
#define IIR_LINE    0x06
#define IIR_TIMEOUT 0x0c
#define IIR_FIFOS   0xc0

#define FCR_ENABLE        0x01
#define FCR_CLEAR_RX      0x02
#define FCR_CLEAR_TX      0x04
#define FCR_TRIGGER_SHIFT 6

#define LCR_WORD_LENGTH   0x03
#define LCR_TWO_STOP_BITS 0x04
#define LCR_PARITY        0x08
#define LCR_DLAB          0x80

#define MCR_DTR  0x01
#define MCR_RTS  0x02
#define MCR_OUT1 0x04
#define MCR_OUT2 0x08
#define MCR_LOOP 0x10
#define MCR_MASK 0x1f

#define LSR_DATA_READY 0x01
#define LSR_OVERRUN    0x02
#define LSR_BREAK      0x10
#define LSR_THRE       0x20
#define LSR_IDLE       0x40

#define MSR_DELTA_CTS   0x01
#define MSR_DELTA_DSR   0x02
#define MSR_TRAILING_RI 0x04
#define MSR_DELTA_DCD   0x08
#define MSR_DELTAS      0x0f
#define MSR_CTS         0x10
#define MSR_DSR         0x20
#define MSR_RI          0x40
#define MSR_DCD         0x80

typedef struct Fifo {
    uint8_t bytes[FIFO_SIZE];
    unsigned first;
    unsigned count;
} Fifo;

typedef struct Serial {
    SysBusDevice parent_obj;
    MemoryRegion mmio;
    bool set_up;
    uint32_t clock_hz;
    Chardev *chr;

    uint16_t divisor;
    uint8_t ier, lcr, mcr, scr, fcr;
    uint8_t msr;
    bool overrun;      /* LSR bit 1, until read */
    int break_at;      /* LSR bit 4, until read: its place in @rx; -1: none */
    bool thre_pending; /* the interrupt, until IIR is read or the register filled */
    bool timeout_pending;
    Fifo rx, tx;
    Timer timeout;
} Serial;

#define SERIAL(obj) OBJECT_CHECK(Serial, (obj), TYPE_SERIAL_MM)

static bool fifo_push(Fifo *fifo, uint8_t byte, unsigned room)
{
    if (fifo->count >= room) {
        return false;
    }
    fifo->bytes[(fifo->first + fifo->count++) % FIFO_SIZE] = byte;
    return true;
}

static uint8_t fifo_pop(Fifo *fifo)
{
    uint8_t byte = fifo->bytes[fifo->first];
    fifo->first = (fifo->first + 1) % FIFO_SIZE;
    fifo->count--;
    return byte;
}

static bool fifos_on(const Serial *s)
{
    return s->fcr & FCR_ENABLE;
}

static unsigned fifo_room(const Serial *s)
{
    return fifos_on(s) ? FIFO_SIZE : 1;
}

static unsigned rx_trigger(const Serial *s)
{
    static const uint8_t levels[] = { 1, 4, 8, 14 };
    return fifos_on(s) ? levels[s->fcr >> FCR_TRIGGER_SHIFT] : 1;
}

/* ---- interrupts ---- */

/* What to tell first (table IV of the data sheet). */
static uint8_t interrupt_id(const Serial *s)
{
    if ((s->ier & IER_LINE) && (s->overrun || s->break_at == 0)) {
        return IIR_LINE;
    }
    if ((s->ier & IER_RX) && s->rx.count >= rx_trigger(s)) {
        return IIR_RX;
    }
    if ((s->ier & IER_RX) && s->timeout_pending) {
        return IIR_TIMEOUT;
    }
    if ((s->ier & IER_THRE) && s->thre_pending) {
        return IIR_THRE;
    }
    if ((s->ier & IER_MODEM) && (s->msr & MSR_DELTAS)) {
        return IIR_MODEM;
    }
    return IIR_NONE;
}

static void update_irq(Serial *s)
{
    irq_set(&s->parent_obj.irqs[0], interrupt_id(s) != IIR_NONE);
}

/* Four characters long nobody has received or read anything, and some are waiting. */
static void timeout_expired(void *opaque)
{
    Serial *s = opaque;
    if (fifos_on(s) && s->rx.count) {
        s->timeout_pending = true;
        update_irq(s);
    }
}

static int64_t character_ns(const Serial *s)
{
    unsigned bits = 1 + 5 + (s->lcr & LCR_WORD_LENGTH) + !!(s->lcr & LCR_PARITY) + 1 +
                    !!(s->lcr & LCR_TWO_STOP_BITS);
    unsigned divisor = s->divisor ? s->divisor : 1;
    return bits * NS_PER_SEC * 16 * divisor / s->clock_hz;
}

static void restart_timeout(Serial *s)
{
    s->timeout_pending = false;
    if (fifos_on(s) && s->rx.count) {
        timer_arm(&s->timeout, clock_now(CLOCK_VIRTUAL) + 4 * character_ns(s));
    } else {
        timer_disarm(&s->timeout);
    }
}

/* ---- transmitting ---- */

static void transmit(Serial *s)
{
    while (s->tx.count) {
        unsigned run = MIN(s->tx.count, FIFO_SIZE - s->tx.first);
        ssize_t n = s->chr ? chardev_write(s->chr, &s->tx.bytes[s->tx.first], run) : (ssize_t)run;
        if (n < 0) {
            n = run; /* the other side is gone: nobody is left to get it */
        }
        if (n == 0) {
            return; /* serial_writable() goes on */
        }
        s->tx.first = (s->tx.first + (unsigned)n) % FIFO_SIZE;
        s->tx.count -= (unsigned)n;
    }
    s->thre_pending = true;
}

static void serial_writable(void *opaque)
{
    Serial *s = opaque;
    if (s->tx.count) {
        transmit(s);
        update_irq(s);
    }
}

static bool receive(Serial *s, uint8_t byte)
{
    if (!fifo_push(&s->rx, byte, fifo_room(s))) {
        s->overrun = true;
        return false;
    }
    restart_timeout(s);
    return true;
}

static void write_data(Serial *s, uint8_t byte)
{
    s->thre_pending = false;
    if (s->mcr & MCR_LOOP) {
        receive(s, byte);
        s->thre_pending = true;
    } else {
        /* Into a full transmitter: the byte is lost, as on the wire. */
        fifo_push(&s->tx, byte, fifo_room(s));
        transmit(s);
    }
}

/* ---- receiving ---- */

static size_t serial_can_read(void *opaque)
{
    const Serial *s = opaque;
    if (s->mcr & MCR_LOOP) {
        return 0;
    }
    unsigned room = fifo_room(s);
    return room > s->rx.count ? room - s->rx.count : 0;
}

static void serial_read_bytes(void *opaque, const uint8_t *bytes, size_t len)
{
    Serial *s = opaque;
    for (size_t i = 0; i < len; i++) {
        receive(s, bytes[i]);
    }
    update_irq(s);
}

/* A break is received as a character of zeros, with a bit of its own in LSR. */
static void serial_event(void *opaque, ChardevEvent event)
{
    Serial *s = opaque;
    if (event == CHARDEV_BREAK && !(s->mcr & MCR_LOOP)) {
        int at = (int)s->rx.count;
        if (receive(s, 0)) {
            s->break_at = at;
        }
        update_irq(s);
    }
}

static void clear_received(Serial *s)
{
    s->rx.count = 0;
    s->break_at = -1;
}

static void accept_input(Serial *s)
{
    if (s->chr) {
        chardev_accept_input(s->chr);
    }
}

static uint8_t read_data(Serial *s)
{
    if (!s->rx.count) {
        return 0;
    }
    uint8_t byte = fifo_pop(&s->rx);
    /* The bit goes with its character, whether anybody has seen it or not. */
    if (s->break_at >= 0) {
        s->break_at--;
    }
    restart_timeout(s);
    accept_input(s);
    return byte;
}

/* ---- registers ---- */

static uint8_t line_status(const Serial *s)
{
    return (s->rx.count ? LSR_DATA_READY : 0) | (s->overrun ? LSR_OVERRUN : 0) |
           (s->break_at == 0 ? LSR_BREAK : 0) | (s->tx.count ? 0 : LSR_THRE | LSR_IDLE);
}

/* The modem's inputs: in loop back our own outputs, else always ready. */
static void update_modem(Serial *s)
{
    uint8_t lines = MSR_DCD | MSR_DSR | MSR_CTS;
    if (s->mcr & MCR_LOOP) {
        lines = (s->mcr & MCR_RTS ? MSR_CTS : 0) | (s->mcr & MCR_DTR ? MSR_DSR : 0) |
                (s->mcr & MCR_OUT1 ? MSR_RI : 0) | (s->mcr & MCR_OUT2 ? MSR_DCD : 0);
    }
    uint8_t changed = (s->msr ^ lines) & ~MSR_DELTAS;
    s->msr = lines | (s->msr & MSR_DELTAS) | (changed & MSR_CTS ? MSR_DELTA_CTS : 0) |
             (changed & MSR_DSR ? MSR_DELTA_DSR : 0) | (changed & MSR_DCD ? MSR_DELTA_DCD : 0) |
             (changed & ~lines & MSR_RI ? MSR_TRAILING_RI : 0);
}

static uint8_t read_register(Serial *s, unsigned reg)
{
    bool dlab = s->lcr & LCR_DLAB;
    uint8_t value;
    switch (reg) {
    case REG_DATA:
        return dlab ? s->divisor & 0xff : read_data(s);
    case REG_IER:
        return dlab ? s->divisor >> 8 : s->ier;
    case REG_IIR_FCR:
        value = interrupt_id(s);
        if (value == IIR_THRE) {
            s->thre_pending = false;
        }
        return value | (fifos_on(s) ? IIR_FIFOS : 0);
    case REG_LCR:
        return s->lcr;
    case REG_MCR:
        return s->mcr;
    case REG_LSR:
        value = line_status(s);
        s->overrun = false;
        if (s->break_at == 0) {
            s->break_at = -1;
        }
        return value;
    case REG_MSR:
        value = s->msr;
        s->msr &= ~MSR_DELTAS;
        return value;
    default:
        return s->scr;
    }
}

static void write_ier(Serial *s, uint8_t value)
{
    bool thre_on = (value & IER_THRE) && !(s->ier & IER_THRE);
    s->ier = value & IER_MASK;
    if (thre_on && !s->tx.count) {
        s->thre_pending = true;
    }
}

static void write_fcr(Serial *s, uint8_t value)
{
    bool toggled = (value ^ s->fcr) & FCR_ENABLE;
    if (toggled || (value & FCR_CLEAR_RX)) {
        clear_received(s);
    }
    /* What a slow chardev has not taken yet is on the wire already and stays there. */
    if ((toggled || (value & FCR_CLEAR_TX)) && !s->tx.count) {
        s->thre_pending = true;
    }
    /* The other bits are programmed only while bit 0 is written as 1. */
    s->fcr = value & FCR_ENABLE ? value & ~(FCR_CLEAR_RX | FCR_CLEAR_TX) : 0;
    restart_timeout(s);
    accept_input(s);
}

static void write_mcr(Serial *s, uint8_t value)
{
    bool left_loop = (s->mcr & MCR_LOOP) && !(value & MCR_LOOP);
    s->mcr = value & MCR_MASK;
    update_modem(s);
    if (left_loop) {
        accept_input(s);
    }
}

static void write_register(Serial *s, unsigned reg, uint8_t value)
{
    bool dlab = s->lcr & LCR_DLAB;
    if (reg == REG_DATA && dlab) {
        s->divisor = (s->divisor & 0xff00) | value;
    } else if (reg == REG_DATA) {
        write_data(s, value);
    } else if (reg == REG_IER && dlab) {
        s->divisor = (uint16_t)((s->divisor & 0xff) | value << 8);
    } else if (reg == REG_IER) {
        write_ier(s, value);
    } else if (reg == REG_IIR_FCR) {
        write_fcr(s, value);
    } else if (reg == REG_LCR) {
        s->lcr = value;
    } else if (reg == REG_MCR) {
        write_mcr(s, value);
    } else if (reg == REG_SCR) {
        s->scr = value;
    } /* LSR and MSR are read only */
}

static uint64_t serial_read(void *opaque, hwaddr offset, unsigned size)
{
    Serial *s = opaque;
    uint8_t value = read_register(s, (unsigned)offset);
    update_irq(s);
    return value;
}

static void serial_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    Serial *s = opaque;
    write_register(s, (unsigned)offset, (uint8_t)value);
    update_irq(s);
}

static const MemoryRegionOps serial_ops = {
    .read = serial_read,
    .write = serial_write,
    .max_size = 1,
};

/* ---- the device ---- */

static const ChardevFrontend serial_frontend = {
    .can_read = serial_can_read,
    .read = serial_read_bytes,
    .event = serial_event,
    .writable = serial_writable,
};

static bool serial_realize(Device *dev, Error **errp)
{
    Serial *s = SERIAL(dev);
    if (s->chr && !chardev_attach(s->chr, &serial_frontend, s, NULL, errp)) {
        return false;
    }
    timer_init(&s->timeout, main_loop(), CLOCK_VIRTUAL, timeout_expired, s);
    memory_region_init_io(&s->mmio, &serial_ops, s, "serial", NUM_REGISTERS);
    sysbus_init_mmio(SYS_BUS_DEVICE(dev), &s->mmio);
    s->set_up = true;
    return true;
}

static void serial_unrealize(Device *dev)
{
    Serial *s = SERIAL(dev);
    timer_finish(&s->timeout);
    if (s->chr) {
        chardev_detach(s->chr);
    }
}

static void serial_reset(Device *dev)
{
    Serial *s = SERIAL(dev);
    /* What the guest has handed over still goes out; what it has not read is gone. */
    clear_received(s);
    s->divisor = 12; /* 9600 baud at the PC's clock */
    s->ier = s->lcr = s->mcr = s->scr = s->fcr = 0;
    s->msr = MSR_DCD | MSR_DSR | MSR_CTS;
    s->overrun = s->thre_pending = false;
    restart_timeout(s);
    update_irq(s);
    accept_input(s);
}

static void serial_finalize(Object *obj)
{
    Serial *s = SERIAL(obj);
    if (s->set_up) {
        memory_region_finish(&s->mmio);
    }
}

static void serial_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->realize = serial_realize;
    dc->unrealize = serial_unrealize;
    dc->reset = serial_reset;
    object_class_property_add_field(klass, "clock-frequency", PROP_UINT32,
                                    offsetof(Serial, clock_hz),
                                    "Input clock of the baud rate generator, in Hz");
}

static const TypeInfo serial_type = {
    .name = TYPE_SERIAL_MM,
    .parent = TYPE_SYS_BUS_DEVICE,
    .instance_size = sizeof(Serial),
    .class_size = sizeof(DeviceClass),
    .class_init = serial_class_init,
    .instance_finalize = serial_finalize,
};

static void serial_register(void)
{
    type_register_static(&serial_type);
}
type_init(serial_register)

bool serial_mm_create(MemoryRegion *system, hwaddr addr, IrqLine irq, uint32_t clock_hz,
                      Chardev *chr, Error **errp)
{
    SysBusDevice *dev = sysbus_new(TYPE_SERIAL_MM);
    Serial *s = SERIAL(dev);
    s->clock_hz = clock_hz;
    s->chr = chr;
    sysbus_connect_irq(dev, 0, irq);
    return sysbus_realize_at(dev, system, addr, errp);
}
