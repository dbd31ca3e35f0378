/*
 * fw_cfg: items behind a selector and a data register.
 *
 * "QEMU Firmware Configuration (fw_cfg) Device": the selector is big-endian, the data register
 * keeps the order of bytes at every width, and past the end of an item there are zeros.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "hw/fw-cfg.h"

#include "hw/sysbus.h"
#include "util/report.h"

#include <inttypes.h>
#include <string.h>

#define TYPE_FW_CFG "fw_cfg_mem"

enum { REG_DATA = 0x0, REG_SELECTOR = 0x8 };

#define KEY_SIGNATURE  0x00
#define KEY_INTERFACES 0x01
#define KEY_DIRECTORY  0x19
#define KEY_FIRST_FILE 0x20

#define HAS_SELECTOR_AND_DATA 1

/* As the guest reads them; numbers are big-endian. */
#define NAME_SIZE 56
typedef struct __attribute__((packed)) FileEntry {
    uint32_t size;
    uint16_t key;
    uint16_t reserved;
    char name[NAME_SIZE];
} FileEntry;

struct FwCfg {
    SysBusDevice parent_obj;
    MemoryRegion mmio;
    GHashTable *items; /* key to GBytes */
    GPtrArray *files;  /* names, in the order of their keys */
    uint16_t key;
    size_t offset;
};

#define FW_CFG(obj) OBJECT_CHECK(FwCfg, (obj), TYPE_FW_CFG)

/* ---- for the guest ---- */

static uint8_t next_byte(FwCfg *s)
{
    GBytes *data = g_hash_table_lookup(s->items, GUINT_TO_POINTER(s->key));
    size_t size = 0;
    const uint8_t *bytes = data ? g_bytes_get_data(data, &size) : NULL;
    return s->offset < size ? bytes[s->offset++] : 0;
}

static uint64_t fw_cfg_read(void *opaque, hwaddr offset, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = 0; offset < REG_SELECTOR && i < size; i++) {
        value |= (uint64_t)next_byte(opaque) << 8 * i;
    }
    return value;
}

static void fw_cfg_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    FwCfg *s = opaque;
    if (offset != REG_SELECTOR || size != 2) {
        log_mask(LOG_GUEST_ERROR, "%s: store of %u bytes at offset 0x%" PRIx64 " ignored",
                 TYPE_FW_CFG, size, offset);
        return;
    }
    s->key = GUINT16_FROM_BE((uint16_t)value);
    s->offset = 0;
}

static const MemoryRegionOps fw_cfg_ops = {
    .read = fw_cfg_read,
    .write = fw_cfg_write,
};

/* ---- for the board ---- */

void fw_cfg_set_item(FwCfg *s, uint16_t key, GBytes *data)
{
    g_hash_table_insert(s->items, GUINT_TO_POINTER(key), g_bytes_ref(data));
}

static uint16_t file_key(FwCfg *s, const char *name)
{
    guint index;
    if (!g_ptr_array_find_with_equal_func(s->files, name, g_str_equal, &index)) {
        g_assert(strlen(name) < NAME_SIZE);
        index = s->files->len;
        g_ptr_array_add(s->files, g_strdup(name));
    }
    return (uint16_t)(KEY_FIRST_FILE + index);
}

static void write_directory(FwCfg *s)
{
    uint32_t count = GUINT32_TO_BE(s->files->len);
    GByteArray *list = g_byte_array_new();
    g_byte_array_append(list, (const uint8_t *)&count, sizeof(count));
    for (guint i = 0; i < s->files->len; i++) {
        const char *name = g_ptr_array_index(s->files, i);
        uint16_t key = file_key(s, name);
        GBytes *data = g_hash_table_lookup(s->items, GUINT_TO_POINTER(key));
        FileEntry entry = {
            .size = GUINT32_TO_BE((uint32_t)g_bytes_get_size(data)),
            .key = GUINT16_TO_BE(key),
        };
        strcpy(entry.name, name);
        g_byte_array_append(list, (const uint8_t *)&entry, sizeof(entry));
    }
    g_autoptr(GBytes) data = g_byte_array_free_to_bytes(list);
    fw_cfg_set_item(s, KEY_DIRECTORY, data);
}

void fw_cfg_set_file(FwCfg *s, const char *name, GBytes *data)
{
    fw_cfg_set_item(s, file_key(s, name), data);
    write_directory(s);
}

FwCfg *fw_cfg_create(MemoryRegion *system, hwaddr addr, Error **errp)
{
    SysBusDevice *dev = sysbus_new(TYPE_FW_CFG);
    return sysbus_realize_at(dev, system, addr, errp) ? FW_CFG(dev) : NULL;
}

/* ---- the device ---- */

static void fw_cfg_reset(Device *dev)
{
    FW_CFG(dev)->key = KEY_SIGNATURE;
    FW_CFG(dev)->offset = 0;
}

static void fw_cfg_init(Object *obj)
{
    static const uint32_t interfaces = GUINT32_TO_LE(HAS_SELECTOR_AND_DATA);
    g_autoptr(GBytes) signature = g_bytes_new_static("QEMU", 4);
    g_autoptr(GBytes) id = g_bytes_new_static(&interfaces, sizeof(interfaces));
    FwCfg *s = FW_CFG(obj);
    s->items = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_bytes_unref);
    s->files = g_ptr_array_new_with_free_func(g_free);
    fw_cfg_set_item(s, KEY_SIGNATURE, signature);
    fw_cfg_set_item(s, KEY_INTERFACES, id);
    write_directory(s);
    memory_region_init_io(&s->mmio, &fw_cfg_ops, s, TYPE_FW_CFG, FW_CFG_SIZE);
    sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->mmio);
}

static void fw_cfg_finalize(Object *obj)
{
    FwCfg *s = FW_CFG(obj);
    memory_region_finish(&s->mmio);
    g_hash_table_unref(s->items);
    g_ptr_array_unref(s->files);
}

static void fw_cfg_class_init(ObjectClass *klass, const void *data)
{
    DEVICE_CLASS(klass)->reset = fw_cfg_reset;
}

static const TypeInfo fw_cfg_type = {
    .name = TYPE_FW_CFG,
    .parent = TYPE_SYS_BUS_DEVICE,
    .instance_size = sizeof(FwCfg),
    .class_size = sizeof(DeviceClass),
    .class_init = fw_cfg_class_init,
    .instance_init = fw_cfg_init,
    .instance_finalize = fw_cfg_finalize,
};

static void fw_cfg_register(void)
{
    type_register_static(&fw_cfg_type);
}
type_init(fw_cfg_register)
