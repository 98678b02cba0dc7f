// SPDX-License-Identifier: GPL-2.0-only
/*
 * Relocations of modules (System V ABI, AMD64 supplement, 4.4.1). Code is built with -mcmodel=kernel: addresses
 * are within 2 GiB of each other, and below 2 GiB from the end of the address space or (hosted) its start.
 */
#include "kernel/lib/string.h"
#include "kernel/module_elf.h"

enum {
	R_X86_64_NONE = 0,
	R_X86_64_64 = 1,
	R_X86_64_PC32 = 2,
	R_X86_64_PLT32 = 4, /* there is no table: the function itself is called */
	R_X86_64_32 = 10,
	R_X86_64_32S = 11,
	R_X86_64_PC64 = 24,
};

u32 arch_module_reloc_size(u32 type)
{
	switch (type) {
	case R_X86_64_64:
	case R_X86_64_PC64:
		return 8;
	case R_X86_64_PC32:
	case R_X86_64_PLT32:
	case R_X86_64_32:
	case R_X86_64_32S:
		return 4;
	default:
		return 0;
	}
}

bool arch_module_relocate(u32 type, void *to, u64 place, u64 value)
{
	u32 size = arch_module_reloc_size(type);

	if (type == R_X86_64_PC32 || type == R_X86_64_PLT32 || type == R_X86_64_PC64)
		value -= place;
	if (type == R_X86_64_32 && value != (u32)value)
		return false;
	if (size == 4 && type != R_X86_64_32 && (s64)value != (s32)value)
		return false;
	memcpy(to, &value, size);
	return true;
}
