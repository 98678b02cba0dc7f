// SPDX-License-Identifier: GPL-2.0-only
/* The process's own build ID: found by its program headers, as debuggers do. */
#define _GNU_SOURCE
#include "kernel/build_id.h"

#include <elf.h>
#include <string.h>

extern const u8 __ehdr_start[]; /* of unknown size: the whole image lies behind it */

static const u8 *find_in_notes(const u8 *p, const u8 *end)
{
	const Elf64_Nhdr *n;
	const u8 *desc;

	for (; p + sizeof(*n) <= end; p = desc + ALIGN(n->n_descsz, 4)) {
		n = (const Elf64_Nhdr *)p;
		desc = p + sizeof(*n) + ALIGN(n->n_namesz, 4);
		if (n->n_type == NT_GNU_BUILD_ID && n->n_namesz == 4 &&
		    !memcmp(p + sizeof(*n), "GNU", 4) && n->n_descsz == BUILD_ID_SIZE)
			return desc;
	}
	return NULL;
}

const u8 *kernel_build_id(void)
{
	static const u8 none[BUILD_ID_SIZE];
	const u8 *base = __ehdr_start, *found;
	const Elf64_Ehdr *eh = (const Elf64_Ehdr *)base;
	const Elf64_Phdr *ph = (const Elf64_Phdr *)(base + eh->e_phoff);

	for (u32 i = 0; i < eh->e_phnum; i++) {
		if (ph[i].p_type != PT_NOTE)
			continue;
		found = find_in_notes((const u8 *)ph[i].p_vaddr,
				      (const u8 *)ph[i].p_vaddr + ph[i].p_memsz);
		if (found)
			return found;
	}
	return none;
}
