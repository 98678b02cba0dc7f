// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which functions of the kernel have room for a call at their entry. The compiler notes where the room of each begins
 * (-fpatchable-function-entry, for the folders that the Makefile names), the linker gathers that. There is more
 * room in front of the function (kernel/lib/kcfi.h); some have only that.
 */
#include "bpf/os.h"
#include "kernel/lib/kcfi.h"

extern const u64 __start___patchable_function_entries[], __stop___patchable_function_entries[];

/* Five nops of gcc, one of clang, or the call that is there now. */
static bool has_room(u64 addr)
{
	const u8 *code = (const u8 *)(uintptr_t)addr;

	return code[0] == 0x90 || (code[0] == 0x0f && code[1] == 0x1f) || code[0] == 0xe8;
}

bool text_is_patchable(u64 addr)
{
	uintptr_t start = (uintptr_t)__start___patchable_function_entries;
	u64 n = ((uintptr_t)__stop___patchable_function_entries - start) / sizeof(addr);

	for (u64 i = 0; i < n; i++)
		if (__start___patchable_function_entries[i] == addr - KCFI_ROOM)
			return has_room(addr);
	return false;
}
