// SPDX-License-Identifier: GPL-2.0-only
/* Finds the build ID in the note that the linker makes; linker.ld brackets it. Hosted: arch/host/build_id.c. */
#include "kernel/build_id.h"
#include "kernel/lib/string.h"

#define NT_GNU_BUILD_ID 3

struct note {
	u32 name_size, desc_size, type;
	char name[4];
	u8 desc[];
};

extern const u8 __start_build_id[], __stop_build_id[];

const u8 *kernel_build_id(void)
{
	static const u8 none[BUILD_ID_SIZE];
	const struct note *note = (const void *)__start_build_id;

	if (__stop_build_id - __start_build_id < (long)sizeof(*note) + BUILD_ID_SIZE)
		return none;
	if (note->type != NT_GNU_BUILD_ID || note->desc_size != BUILD_ID_SIZE ||
	    memcmp(note->name, "GNU", 4))
		return none;
	return note->desc;
}
