// SPDX-License-Identifier: GPL-2.0-only
/* Reads struct hvm_start_info (Xen's public header arch-x86/hvm/start_info.h, version 0 and 1). */
#include "arch/x86/boot.h"
#include "kernel/lib/string.h"

struct pvh_start_info {
	u32 magic, version, flags, nr_modules;
	u64 modlist_paddr, cmdline_paddr, rsdp_paddr;
	/* Since version 1. */
	u64 memmap_paddr;
	u32 memmap_entries, reserved;
};

struct pvh_module {
	u64 paddr, size, cmdline_paddr, reserved;
};

struct pvh_memmap_entry {
	u64 addr, size;
	u32 type, reserved;
};
#define PVH_RAM 1

#define MAX_CMDLINE 4096

void boot_read_pvh(struct boot_info *bi, u64 info)
{
	const struct pvh_start_info *si = (const void *)info;
	const struct pvh_module *mods = (const void *)si->modlist_paddr;
	const struct pvh_memmap_entry *map = (const void *)si->memmap_paddr;

	bi->loader = "PVH";
	if (si->magic != BOOT_MAGIC_PVH)
		boot_refuse("PVH start info at %#llx has magic %#x instead of %#x", info, si->magic,
			    BOOT_MAGIC_PVH);
	if (si->version < 1)
		boot_refuse("PVH start info of version %u has no memory map", si->version);
	bi->rsdp = si->rsdp_paddr;
	if (si->cmdline_paddr)
		bi->cmdline = boot_strdup((const char *)si->cmdline_paddr, MAX_CMDLINE);
	/* QEMU 10 leaves cmdline_paddr of a module uninitialised, and nobody needs it. */
	for (u32 i = 0; i < si->nr_modules; i++)
		boot_add_module(bi, mods[i].paddr, mods[i].paddr + mods[i].size, "");
	for (u32 i = 0; i < si->memmap_entries; i++)
		if (map[i].type == PVH_RAM)
			boot_add_ram(bi, map[i].addr, map[i].addr + map[i].size);
}
