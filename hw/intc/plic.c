/*
 * The platform-level interrupt controller.
 *
 * Implements the RISC-V PLIC specification 1.0.0 with SiFive's register layout: level-triggered
 * gateways, priorities 0 to 7, a machine and a supervisor context for each hart. Source 0 does
 * not exist.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/intc.h"

#include "target/riscv/hart.h"
#include "util/report.h"

#include <inttypes.h>

#define PLIC_SIZE         0x600000
#define PENDING_BASE      0x1000
#define ENABLE_BASE       0x2000
#define ENABLE_STRIDE     0x80
#define CONTEXT_BASE      0x200000
#define CONTEXT_STRIDE    0x1000
#define CONTEXT_THRESHOLD 0
#define CONTEXT_CLAIM     4

#define PRIORITY_MASK 7
#define MAX_SOURCES   1024
#define MAX_HARTS     512

typedef struct PlicContext {
    Hart *hart;
    HartIrq irq;
    uint32_t threshold;
    uint32_t *enabled; /* a bit a source */
} PlicContext;

struct Plic {
    SysBusDevice parent_obj;
    MemoryRegion mmio;
    uint32_t num_harts;
    uint32_t num_sources;
    unsigned num_contexts;
    unsigned words; /* of a bit map of sources */
    PlicContext *contexts;
    uint32_t *level; /* the inputs */
    uint32_t *pending;
    uint32_t *claimed; /* the gateway is shut until completion */
    uint8_t *priority;
};

static bool test_bit(const uint32_t *map, unsigned n)
{
    return map[n / 32] >> (n % 32) & 1;
}

static void set_bit(uint32_t *map, unsigned n, bool value)
{
    uint32_t bit = 1u << (n % 32);
    map[n / 32] = value ? map[n / 32] | bit : map[n / 32] & ~bit;
}

/* The pending source that goes first: highest priority above @above, then lowest number. */
static unsigned best_source(const Plic *s, const PlicContext *ctx, unsigned above)
{
    unsigned best = 0;
    for (unsigned w = 0; w < s->words; w++) {
        for (uint32_t bits = s->pending[w] & ctx->enabled[w]; bits; bits &= bits - 1) {
            unsigned source = w * 32 + (unsigned)__builtin_ctz(bits);
            if (s->priority[source] > above) {
                above = s->priority[source];
                best = source;
            }
        }
    }
    return best;
}

static void plic_update(Plic *s)
{
    for (unsigned i = 0; i < s->num_contexts; i++) {
        const PlicContext *ctx = &s->contexts[i];
        hart_set_irq(ctx->hart, ctx->irq, best_source(s, ctx, ctx->threshold) != 0);
    }
}

/* The gateway: a request per service; what has been let through stays until it is claimed. */
static void gateway(Plic *s, unsigned source)
{
    if (test_bit(s->level, source) && !test_bit(s->claimed, source)) {
        set_bit(s->pending, source, true);
    }
}

static void plic_input(void *opaque, int n, bool level)
{
    Plic *s = opaque;
    unsigned source = (unsigned)n;
    if (test_bit(s->level, source) != level) {
        set_bit(s->level, source, level);
        gateway(s, source);
        plic_update(s);
    }
}

static uint32_t plic_claim(Plic *s, const PlicContext *ctx)
{
    /* The threshold has no say here (section 8). */
    unsigned source = best_source(s, ctx, 0);
    if (source) {
        set_bit(s->pending, source, false);
        set_bit(s->claimed, source, true);
        plic_update(s);
    }
    return source;
}

static void plic_complete(Plic *s, const PlicContext *ctx, uint64_t source)
{
    if (source == 0 || source >= s->num_sources || !test_bit(ctx->enabled, (unsigned)source)) {
        log_mask(LOG_GUEST_ERROR, "plic: completion of source %" PRIu64 " ignored: not enabled",
                 source);
        return;
    }
    set_bit(s->claimed, (unsigned)source, false);
    gateway(s, (unsigned)source);
    plic_update(s);
}

/* ---- registers ---- */

static uint32_t *enable_word(const Plic *s, hwaddr offset)
{
    hwaddr context = (offset - ENABLE_BASE) / ENABLE_STRIDE;
    hwaddr word = (offset - ENABLE_BASE) % ENABLE_STRIDE / 4;
    return context < s->num_contexts && word < s->words ? &s->contexts[context].enabled[word]
                                                        : NULL;
}

static PlicContext *context_at(const Plic *s, hwaddr offset)
{
    hwaddr context = (offset - CONTEXT_BASE) / CONTEXT_STRIDE;
    return context < s->num_contexts ? &s->contexts[context] : NULL;
}

static uint64_t plic_read(void *opaque, hwaddr offset, unsigned size)
{
    Plic *s = opaque;
    if (offset >= CONTEXT_BASE) {
        PlicContext *ctx = context_at(s, offset);
        hwaddr reg = (offset - CONTEXT_BASE) % CONTEXT_STRIDE;
        if (ctx && reg == CONTEXT_THRESHOLD) {
            return ctx->threshold;
        }
        return ctx && reg == CONTEXT_CLAIM ? plic_claim(s, ctx) : 0;
    }
    if (offset >= ENABLE_BASE) {
        const uint32_t *word = enable_word(s, offset);
        return word ? *word : 0;
    }
    if (offset >= PENDING_BASE) {
        hwaddr word = (offset - PENDING_BASE) / 4;
        return word < s->words ? s->pending[word] : 0;
    }
    return offset / 4 < s->num_sources ? s->priority[offset / 4] : 0;
}

static uint32_t existing_sources(const Plic *s, hwaddr word)
{
    uint32_t mask = word == 0 ? ~1u : ~0u;
    unsigned left = s->num_sources - (unsigned)word * 32;
    return left < 32 ? mask & ((1u << left) - 1) : mask;
}

static void plic_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    Plic *s = opaque;
    if (offset >= CONTEXT_BASE) {
        PlicContext *ctx = context_at(s, offset);
        hwaddr reg = (offset - CONTEXT_BASE) % CONTEXT_STRIDE;
        if (ctx && reg == CONTEXT_THRESHOLD) {
            ctx->threshold = value & PRIORITY_MASK;
        } else if (ctx && reg == CONTEXT_CLAIM) {
            plic_complete(s, ctx, value);
            return;
        }
    } else if (offset >= ENABLE_BASE) {
        uint32_t *word = enable_word(s, offset);
        if (word) {
            *word = (uint32_t)value & existing_sources(s, (offset % ENABLE_STRIDE) / 4);
        }
    } else if (offset < PENDING_BASE && offset && offset / 4 < s->num_sources) {
        s->priority[offset / 4] = value & PRIORITY_MASK;
    }
    plic_update(s);
}

static const MemoryRegionOps plic_ops = {
    .read = plic_read,
    .write = plic_write,
    .min_size = 4,
    .max_size = 4,
};

/* ---- the device ---- */

static bool plic_realize(Device *dev, Error **errp)
{
    Plic *s = PLIC(dev);
    if (s->num_harts == 0 || s->num_harts > MAX_HARTS || s->num_harts > hart_count()) {
        error_setg(errp, "%s: num-harts is %u, but the machine has %u harts", TYPE_PLIC,
                   s->num_harts, hart_count());
        return false;
    }
    if (s->num_sources < 2 || s->num_sources > MAX_SOURCES) {
        error_setg(errp, "%s: num-sources must be 2 to %u", TYPE_PLIC, MAX_SOURCES);
        return false;
    }
    s->num_contexts = 2 * s->num_harts;
    s->words = (s->num_sources + 31) / 32;
    s->contexts = g_new0(PlicContext, s->num_contexts);
    for (unsigned i = 0; i < s->num_contexts; i++) {
        s->contexts[i].hart = hart_by_index(i / 2);
        s->contexts[i].irq = i % 2 ? HART_IRQ_SEI : HART_IRQ_MEI;
        s->contexts[i].enabled = g_new0(uint32_t, s->words);
    }
    s->level = g_new0(uint32_t, s->words);
    s->pending = g_new0(uint32_t, s->words);
    s->claimed = g_new0(uint32_t, s->words);
    s->priority = g_new0(uint8_t, s->num_sources);
    memory_region_init_io(&s->mmio, &plic_ops, s, TYPE_PLIC, PLIC_SIZE);
    sysbus_init_mmio(SYS_BUS_DEVICE(dev), &s->mmio);
    return true;
}

static void plic_reset(Device *dev)
{
    Plic *s = PLIC(dev);
    for (unsigned w = 0; w < s->words; w++) {
        s->pending[w] = s->claimed[w] = 0;
        for (unsigned i = 0; i < s->num_contexts; i++) {
            s->contexts[i].enabled[w] = 0;
        }
    }
    for (unsigned i = 0; i < s->num_contexts; i++) {
        s->contexts[i].threshold = 0;
    }
    for (unsigned i = 0; i < s->num_sources; i++) {
        s->priority[i] = 0;
        /* The inputs belong to the devices: what is high now asks again. */
        gateway(s, i);
    }
    plic_update(s);
}

static void plic_finalize(Object *obj)
{
    Plic *s = PLIC(obj);
    if (!s->contexts) {
        return;
    }
    memory_region_finish(&s->mmio);
    for (unsigned i = 0; i < s->num_contexts; i++) {
        g_free(s->contexts[i].enabled);
    }
    g_free(s->contexts);
    g_free(s->level);
    g_free(s->pending);
    g_free(s->claimed);
    g_free(s->priority);
}

static void plic_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->realize = plic_realize;
    dc->reset = plic_reset;
    object_class_property_add_field(klass, "num-harts", PROP_UINT32, offsetof(Plic, num_harts),
                                    "How many harts are served");
    object_class_property_add_field(klass, "num-sources", PROP_UINT32, offsetof(Plic, num_sources),
                                    "Number of interrupt sources, source 0 included");
}

static const TypeInfo plic_type = {
    .name = TYPE_PLIC,
    .parent = TYPE_SYS_BUS_DEVICE,
    .instance_size = sizeof(Plic),
    .class_size = sizeof(DeviceClass),
    .class_init = plic_class_init,
    .instance_finalize = plic_finalize,
};

static void plic_register(void)
{
    type_register_static(&plic_type);
}
type_init(plic_register)

/* ---- for the board ---- */

    Plic *plic_create(unsigned num_harts, unsigned num_sources, MemoryRegion *system, hwaddr addr,
                      Error **errp)
{
    SysBusDevice *dev = sysbus_new(TYPE_PLIC);
    Plic *s = PLIC(dev);
    s->num_harts = num_harts;
    s->num_sources = num_sources;
    return sysbus_realize_at(dev, system, addr, errp) ? s : NULL;
}

IrqLine plic_get_irq(Plic *plic, unsigned source)
{
    g_assert(source > 0 && source < plic->num_sources);
    return (IrqLine){ .fn = plic_input, .opaque = plic, .n = (int)source };
}
