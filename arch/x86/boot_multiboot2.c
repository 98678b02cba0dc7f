// SPDX-License-Identifier: GPL-2.0-only
/* Reads the Multiboot2 boot information (Multiboot2 specification 2.0, section 3.6). */
#include "arch/x86/boot.h"
#include "kernel/arch.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"

enum mb2_tag_type {
	MB2_END = 0,
	MB2_CMDLINE = 1,
	MB2_LOADER = 2,
	MB2_MODULE = 3,
	MB2_MMAP = 6,
	MB2_ACPI_OLD = 14,
	MB2_ACPI_NEW = 15,
};

struct mb2_tag {
	u32 type, size; /* size without the padding to the next multiple of 8 */
	u8 data[];
};

struct mb2_module {
	u32 start, end;
	char cmdline[];
};

struct mb2_mmap {
	u32 entry_size, entry_version;
	u8 entries[];
};

struct mb2_mmap_entry {
	u64 base, length;
	u32 type, reserved;
};
#define MB2_RAM 1

static u8 rsdp_copy[36] __aligned_to(16);

static void read_mmap(struct boot_info *bi, const struct mb2_mmap *map, u32 size)
{
	if (map->entry_size < sizeof(struct mb2_mmap_entry))
		boot_refuse("Multiboot2 memory map: entries of %u bytes are too small",
			    map->entry_size);
	for (u32 at = 0; at + map->entry_size <= size - sizeof(*map); at += map->entry_size) {
		const struct mb2_mmap_entry *e = (const void *)(map->entries + at);

		if (e->type == MB2_RAM)
			boot_add_ram(bi, e->base, e->base + e->length);
	}
}

/* The tag holds a copy of ACPI's root pointer, not its address. A newer one wins. */
static void read_rsdp(struct boot_info *bi, const struct mb2_tag *tag, u32 size)
{
	if (tag->type == MB2_ACPI_OLD && bi->rsdp)
		return;
	memcpy(rsdp_copy, tag->data, min_t(u32, size, sizeof(rsdp_copy)));
	bi->rsdp = arch_virt_to_phys(rsdp_copy);
}

static void read_tag(struct boot_info *bi, const struct mb2_tag *tag)
{
	u32 size = tag->size - sizeof(*tag);
	const struct mb2_module *mod = (const void *)tag->data;
	char loader[64];

	switch (tag->type) {
	case MB2_CMDLINE:
		bi->cmdline = boot_strdup((const char *)tag->data, size);
		break;
	case MB2_LOADER:
		scnprintf(loader, sizeof(loader), "Multiboot2: %s", (const char *)tag->data);
		bi->loader = boot_strdup(loader, sizeof(loader));
		break;
	case MB2_MODULE:
		boot_add_module(bi, mod->start, mod->end,
				boot_strdup(mod->cmdline, size - sizeof(*mod)));
		break;
	case MB2_MMAP:
		read_mmap(bi, (const void *)tag->data, size);
		break;
	case MB2_ACPI_OLD:
	case MB2_ACPI_NEW:
		read_rsdp(bi, tag, size);
		break;
	}
}

void boot_read_multiboot2(struct boot_info *bi, u64 info)
{
	u32 total = *(const u32 *)info;

	bi->loader = "Multiboot2";
	for (u64 at = 8; at + sizeof(struct mb2_tag) <= total;) {
		const struct mb2_tag *tag = (const void *)(info + at);

		if (tag->type == MB2_END || tag->size < sizeof(*tag))
			return;
		read_tag(bi, tag);
		at += ALIGN(tag->size, 8U);
	}
}
