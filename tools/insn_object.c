// SPDX-License-Identifier: GPL-2.0-only
/* See insn_object.h. The files are the build's own: what they say of themselves is believed. */
#include "tools/insn_object.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const u8 *map_file(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	void *p;

	if (fd < 0 || fstat(fd, &st))
		return NULL;
	p = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	return p == MAP_FAILED ? NULL : p;
}

const struct bpf_insn *insn_section(const char *path, const char *section, u32 *len)
{
	const u8 *base = map_file(path);
	const Elf64_Ehdr *eh = (const void *)base;
	const Elf64_Shdr *sh;
	const char *names;

	if (!base || memcmp(eh->e_ident, ELFMAG, SELFMAG)) {
		fprintf(stderr, "%s is not an object file that can be read\n", path);
		return NULL;
	}
	sh = (const void *)(base + eh->e_shoff);
	names = (const char *)base + sh[eh->e_shstrndx].sh_offset;
	for (u32 i = 0; i < eh->e_shnum; i++)
		if (sh[i].sh_type == SHT_PROGBITS && !strcmp(names + sh[i].sh_name, section)) {
			*len = sh[i].sh_size / sizeof(struct bpf_insn);
			return (const void *)(base + sh[i].sh_offset);
		}
	fprintf(stderr, "%s has no section %s\n", path, section);
	return NULL;
}
