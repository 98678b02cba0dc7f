// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hosted kernel's symbols, read from its own file at start: the addresses of kfuncs, the names of
 * helpers. Relies on a non-PIE link. A stripped file has none.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arch/host/host.h"
#include "kernel/kallsyms_table.h"

static u64 range[2];

static void *map_self(size_t *size)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *p;

	if (fd < 0 || fstat(fd, &st))
		return NULL;
	p = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	*size = st.st_size;
	return p == MAP_FAILED ? NULL : p;
}

static const Elf64_Shdr *find_symtab(const void *elf)
{
	const Elf64_Ehdr *eh = elf;
	const Elf64_Shdr *sh = elf + eh->e_shoff;

	for (int i = 0; i < eh->e_shnum; i++)
		if (sh[i].sh_type == SHT_SYMTAB)
			return &sh[i];
	return NULL;
}

static bool is_function(const Elf64_Sym *sym)
{
	return ELF64_ST_TYPE(sym->st_info) == STT_FUNC && sym->st_shndx != SHN_UNDEF;
}

static int by_address(const void *a, const void *b)
{
	u32 x = ((const struct kallsyms_entry *)a)->offset;
	u32 y = ((const struct kallsyms_entry *)b)->offset;

	return (x > y) - (x < y);
}

/* Functions only: nobody asks for more, and what lies between them is the C library's. */
static u32 collect(struct kallsyms_entry *entries, const Elf64_Sym *syms, u32 n)
{
	u32 count = 0;

	for (u32 i = 0; i < n; i++) {
		const Elf64_Sym *s = &syms[i];
		u8 type = ELF64_ST_BIND(s->st_info) == STB_LOCAL ? 't' : 'T';

		if (!is_function(s) || s->st_value > U32_MAX || s->st_name > KALLSYMS_NAME_AT)
			continue;
		entries[count++] = (struct kallsyms_entry){ .offset = s->st_value,
							    .name = (u32)type << 24 | s->st_name };
		range[1] = max(range[1], s->st_value + s->st_size);
	}
	return count;
}

void arch_host_symbols_init(void)
{
	struct kallsyms_entry *entries;
	const Elf64_Shdr *symtab, *sections;
	size_t size;
	u32 n;
	const void *elf = map_self(&size);

	symtab = elf ? find_symtab(elf) : NULL;
	if (!symtab)
		return;
	sections = elf + ((const Elf64_Ehdr *)elf)->e_shoff;
	n = symtab->sh_size / sizeof(Elf64_Sym);
	entries = calloc(n, sizeof(*entries));
	if (!entries)
		return;
	n = collect(entries, elf + symtab->sh_offset, n);
	qsort(entries, n, sizeof(*entries), by_address);
	kallsyms_use(&(struct kallsyms_table){
		.entries = entries,
		.end = entries + n,
		.names = elf + sections[symtab->sh_link].sh_offset,
		.range = range,
	});
}
