// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module's file, read with distrust: after module_parse() every header, name, symbol and relocation lies
 * inside the file and refers to something that exists. (ELF-64: System V ABI, chapters 4 and 5.)
 */
#include "kernel/module_elf.h"
#include "kernel/build_id.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"

/* As many as need not be sorted to be compared each with each. */
#define MAX_SECTIONS   256
#define SHF_TLS	       0x400
#define SHF_COMPRESSED 0x800

int module_refuse(struct module_file *m, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vscnprintf(m->why, MODULE_WHY_LEN, fmt, ap);
	va_end(ap);
	return err;
}

const char *module_section_name(const struct module_file *m, u32 i)
{
	return m->section_names ? m->section_names + m->sections[i].sh_name : "";
}

const char *module_symbol_name(const struct module_file *m, const Elf64_Sym *sym)
{
	/* Symbols of sections have their section's name. */
	if (ELF64_ST_TYPE(sym->st_info) == STT_SECTION && sym->st_shndx < m->nr_sections)
		return module_section_name(m, sym->st_shndx);
	return m->symbol_names + sym->st_name;
}

static bool in_file(const struct module_file *m, u64 off, u64 size)
{
	return off <= m->size && size <= m->size - off;
}

/* Bytes of the file that a section takes. */
static u64 file_size(const Elf64_Shdr *sh)
{
	return sh->sh_type == SHT_NULL || sh->sh_type == SHT_NOBITS ? 0 : sh->sh_size;
}

static int check_header(struct module_file *m)
{
	const Elf64_Ehdr *eh = (const Elf64_Ehdr *)m->data;

	if (m->size > MODULE_FILE_MAX)
		return module_refuse(m, -E2BIG, "the file has %llu bytes, more than %lu", m->size,
				     MODULE_FILE_MAX);
	if (m->size < sizeof(*eh) || memcmp(eh->e_ident, ELFMAG, SELFMAG))
		return module_refuse(m, -ENOEXEC, "the file is no ELF file");
	if (eh->e_ident[EI_CLASS] != ELFCLASS64 || eh->e_ident[EI_DATA] != ELFDATA2LSB)
		return module_refuse(m, -ENOEXEC,
				     "ELF class %u, data %u: expected 64 bits, little endian",
				     eh->e_ident[EI_CLASS], eh->e_ident[EI_DATA]);
	if (eh->e_ident[EI_VERSION] != EV_CURRENT || eh->e_version != EV_CURRENT)
		return module_refuse(m, -ENOEXEC, "ELF version %u is not known", eh->e_version);
	if (eh->e_machine != EM_X86_64)
		return module_refuse(m, -ENOEXEC, "it is for machine %u, this one is %u (x86-64)",
				     eh->e_machine, EM_X86_64);
	if (eh->e_type != ET_REL)
		return module_refuse(m, -ENOEXEC, "ELF type %u: a module is relocatable (%u)",
				     eh->e_type, ET_REL);
	if (eh->e_shentsize != sizeof(Elf64_Shdr) || !eh->e_shnum || eh->e_shnum > MAX_SECTIONS)
		return module_refuse(m, -ENOEXEC, "%u section headers of %u bytes", eh->e_shnum,
				     eh->e_shentsize);
	if (eh->e_shoff % 8 || !in_file(m, eh->e_shoff, eh->e_shnum * sizeof(Elf64_Shdr)))
		return module_refuse(m, -ENOEXEC,
				     "truncated: the section headers are past the file's end");
	m->sections = (const Elf64_Shdr *)(m->data + eh->e_shoff);
	m->nr_sections = eh->e_shnum;
	return 0;
}

/* What a section may be by itself. */
static int check_section(struct module_file *m, u32 i)
{
	const Elf64_Shdr *sh = &m->sections[i];

	if (!in_file(m, sh->sh_offset, file_size(sh)))
		return module_refuse(m, -ENOEXEC, "truncated: section %u is past the file's end",
				     i);
	if (sh->sh_addralign & (sh->sh_addralign - 1) || sh->sh_addralign > PAGE_SIZE)
		return module_refuse(m, -ENOEXEC, "section %u has alignment %llu", i,
				     sh->sh_addralign);
	if (sh->sh_flags & SHF_ALLOC && sh->sh_size > MODULE_FILE_MAX)
		return module_refuse(m, -E2BIG, "section %u has %llu bytes, more than %lu", i,
				     sh->sh_size, MODULE_FILE_MAX);
	if (sh->sh_flags & SHF_WRITE && sh->sh_flags & SHF_EXECINSTR)
		return module_refuse(m, -ENOEXEC, "section %u is writable and executable", i);
	if (sh->sh_flags & (SHF_TLS | SHF_COMPRESSED))
		return module_refuse(m, -ENOEXEC, "section %u has flags 0x%llx: not supported", i,
				     sh->sh_flags);
	if (sh->sh_type == SHT_REL)
		return module_refuse(m, -ENOEXEC,
				     "section %u has relocations without addends: not supported",
				     i);
	return 0;
}

static bool overlap(u64 a, u64 a_size, u64 b, u64 b_size)
{
	return a_size && b_size && a < b + b_size && b < a + a_size;
}

/* No byte of the file is in two sections, or in a section and a header. */
static int check_overlaps(struct module_file *m, u32 i)
{
	const Elf64_Shdr *a = &m->sections[i], *b;

	if (overlap(a->sh_offset, file_size(a), 0, sizeof(Elf64_Ehdr)) ||
	    overlap(a->sh_offset, file_size(a), (const u8 *)m->sections - m->data,
		    m->nr_sections * sizeof(*a)))
		return module_refuse(m, -ENOEXEC, "section %u overlaps the file's headers", i);
	for (u32 j = 0; j < i; j++) {
		b = &m->sections[j];
		if (overlap(a->sh_offset, file_size(a), b->sh_offset, file_size(b)))
			return module_refuse(m, -ENOEXEC, "sections %u and %u overlap", j, i);
	}
	return 0;
}

/* A section of names: NULL unless it is one whose last name ends. */
static const char *string_table(const struct module_file *m, u32 i, u64 *size)
{
	const Elf64_Shdr *sh = &m->sections[i];

	if (i >= m->nr_sections || sh->sh_type != SHT_STRTAB || !sh->sh_size)
		return NULL;
	*size = sh->sh_size;
	return m->data[sh->sh_offset + sh->sh_size - 1] ? NULL
							: (const char *)m->data + sh->sh_offset;
}

static int check_sections(struct module_file *m)
{
	const Elf64_Ehdr *eh = (const Elf64_Ehdr *)m->data;
	const char *names;
	u64 size;
	int err = 0;

	for (u32 i = 0; !err && i < m->nr_sections; i++)
		err = check_section(m, i) ?: check_overlaps(m, i);
	if (err)
		return err;
	names = eh->e_shstrndx < m->nr_sections ? string_table(m, eh->e_shstrndx, &size) : NULL;
	if (!names)
		return module_refuse(m, -ENOEXEC, "the names of sections are damaged");
	for (u32 i = 0; i < m->nr_sections; i++)
		if (m->sections[i].sh_name >= size)
			return module_refuse(m, -ENOEXEC, "the name of section %u is damaged", i);
	m->section_names = names;
	return 0;
}

static int check_symbol(struct module_file *m, u32 i, u64 names_size)
{
	const Elf64_Sym *sym = &m->symbols[i];

	if (sym->st_name >= names_size)
		return module_refuse(m, -ENOEXEC, "the name of symbol %u is damaged", i);
	if (sym->st_shndx == SHN_COMMON)
		return module_refuse(m, -ENOEXEC, "%s is a common symbol: build with -fno-common",
				     module_symbol_name(m, sym));
	if (sym->st_shndx == SHN_UNDEF || sym->st_shndx == SHN_ABS)
		return 0;
	if (sym->st_shndx >= m->nr_sections)
		return module_refuse(m, -ENOEXEC, "symbol %s is in section %u of %u",
				     m->symbol_names + sym->st_name, sym->st_shndx, m->nr_sections);
	if (sym->st_value > m->sections[sym->st_shndx].sh_size ||
	    sym->st_size > m->sections[sym->st_shndx].sh_size - sym->st_value)
		return module_refuse(m, -ENOEXEC, "symbol %s is outside of its section",
				     module_symbol_name(m, sym));
	return 0;
}

static int check_symbols(struct module_file *m)
{
	const Elf64_Shdr *sh;
	u64 names_size = 0;
	int err = 0;

	for (u32 i = 0; i < m->nr_sections; i++) {
		if (m->sections[i].sh_type != SHT_SYMTAB)
			continue;
		if (m->symtab)
			return module_refuse(m, -ENOEXEC, "there are two symbol tables");
		m->symtab = i;
	}
	sh = &m->sections[m->symtab];
	if (!m->symtab || sh->sh_entsize != sizeof(Elf64_Sym) || sh->sh_size % sizeof(Elf64_Sym) ||
	    sh->sh_offset % 8)
		return module_refuse(m, -ENOEXEC, "there is no sound symbol table");
	m->symbols = (const Elf64_Sym *)(m->data + sh->sh_offset);
	m->nr_symbols = sh->sh_size / sizeof(Elf64_Sym);
	if (sh->sh_link < m->nr_sections)
		m->symbol_names = string_table(m, sh->sh_link, &names_size);
	if (!m->symbol_names)
		return module_refuse(m, -ENOEXEC, "the names of symbols are damaged");
	for (u32 i = 0; !err && i < m->nr_symbols; i++)
		err = check_symbol(m, i, names_size);
	return err;
}

static int check_relocation(struct module_file *m, u32 target, const Elf64_Rela *rela)
{
	const Elf64_Shdr *sh = &m->sections[target];
	u32 type = ELF64_R_TYPE(rela->r_info), size = arch_module_reloc_size(type);

	if (ELF64_R_SYM(rela->r_info) >= m->nr_symbols)
		return module_refuse(m, -ENOEXEC, "a relocation of %s names symbol %llu of %u",
				     module_section_name(m, target), ELF64_R_SYM(rela->r_info),
				     m->nr_symbols);
	if (type && !size)
		return module_refuse(m, -ENOEXEC, "relocation type %u at %s+0x%llx is not known",
				     type, module_section_name(m, target), rela->r_offset);
	if (rela->r_offset > sh->sh_size || size > sh->sh_size - rela->r_offset)
		return module_refuse(m, -ENOEXEC, "a relocation at %s+0x%llx is outside of it",
				     module_section_name(m, target), rela->r_offset);
	return 0;
}

static int check_relocations(struct module_file *m, u32 i)
{
	const Elf64_Shdr *sh = &m->sections[i], *target;
	const Elf64_Rela *rela = (const Elf64_Rela *)(m->data + sh->sh_offset);
	int err = 0;

	if (sh->sh_info >= m->nr_sections || sh->sh_link != m->symtab ||
	    sh->sh_entsize != sizeof(*rela) || sh->sh_size % sizeof(*rela) || sh->sh_offset % 8)
		return module_refuse(m, -ENOEXEC, "section %s has unsound relocations",
				     module_section_name(m, i));
	target = &m->sections[sh->sh_info];
	if (!(target->sh_flags & SHF_ALLOC))
		return 0;
	if (target->sh_type == SHT_NOBITS)
		return module_refuse(m, -ENOEXEC, "section %s has no contents to relocate",
				     module_section_name(m, sh->sh_info));
	for (u64 n = 0; !err && n < sh->sh_size / sizeof(*rela); n++)
		err = check_relocation(m, sh->sh_info, &rela[n]);
	return err;
}

static bool name_is_good(const char *name)
{
	u32 n = strnlen(name, MODULE_NAME_LEN);

	if (!n || n == MODULE_NAME_LEN)
		return false;
	for (u32 i = 0; i < n; i++)
		if (!(name[i] >= 'a' && name[i] <= 'z') && !(name[i] >= 'A' && name[i] <= 'Z') &&
		    !(name[i] >= '0' && name[i] <= '9') && name[i] != '_')
			return false;
	return true;
}

static int check_module_header(struct module_file *m, const Elf64_Shdr *sh)
{
	const struct module_header *h = (const struct module_header *)(m->data + sh->sh_offset);

	if (sh->sh_type != SHT_PROGBITS || sh->sh_size != sizeof(*h) ||
	    memcmp(h->magic, MODULE_MAGIC, sizeof(h->magic)) || !name_is_good(h->name))
		return module_refuse(m, -ENOEXEC, "section .trellis.module is damaged");
	if (memcmp(h->build_id, kernel_build_id(), BUILD_ID_SIZE))
		return module_refuse(m, -ENOEXEC,
				     "it was made for another build of the kernel: make it again");
	m->header = h;
	return 0;
}

int module_parse(struct module_file *m)
{
	int err = check_header(m) ?: check_sections(m) ?: check_symbols(m);

	for (u32 i = 0; !err && i < m->nr_sections; i++) {
		const Elf64_Shdr *sh = &m->sections[i];
		const char *name = module_section_name(m, i);

		if (sh->sh_type == SHT_RELA) {
			err = check_relocations(m, i);
		} else if (!strcmp(name, ".trellis.module")) {
			err = check_module_header(m, sh);
		} else if (!strcmp(name, ".BTF") && sh->sh_type == SHT_PROGBITS) {
			m->btf = m->data + sh->sh_offset;
			m->btf_size = sh->sh_size;
		}
	}
	if (!err && !m->header)
		err = module_refuse(m, -ENOEXEC,
				    "it has no section .trellis.module: \"make module\" makes it");
	return err;
}
