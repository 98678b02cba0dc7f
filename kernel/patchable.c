// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which functions of the kernel have room for a call at their entry. The compiler notes the address of each
 * (-fpatchable-function-entry, for the folders that the Makefile names), the linker gathers them.
 */
#include "bpf/os.h"

extern const u64 __start___patchable_function_entries[], __stop___patchable_function_entries[];

bool text_is_patchable(u64 addr)
{
	uintptr_t start = (uintptr_t)__start___patchable_function_entries;
	u64 n = ((uintptr_t)__stop___patchable_function_entries - start) / sizeof(addr);

	for (u64 i = 0; i < n; i++)
		if (__start___patchable_function_entries[i] == addr)
			return true;
	return false;
}
