// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a checked module file to code that could run: memory for its sections, values for its symbols, relocations,
 * names in kallsyms. Written through an alias; when module_link() returns, nothing is writable and executable.
 *
 *   text part          constants part                      data part
 *   .text .text.…      .rodata .BTF_ids __ksymtab …        struct module, .data .bss …
 */
#include "kernel/kallsyms.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kcfi.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/module_elf.h"

/* ---- places ---- */

static enum module_part part_of(const Elf64_Shdr *sh)
{
	if (!(sh->sh_flags & SHF_ALLOC))
		return MODULE_NOWHERE;
	if (sh->sh_flags & SHF_EXECINSTR)
		return MODULE_TEXT;
	return sh->sh_flags & SHF_WRITE ? MODULE_RW : MODULE_RO;
}

static int lay_out(struct module_file *m)
{
	u64 sizes[MODULE_PARTS] = { [MODULE_RW] = sizeof(struct module) };

	m->places = kcalloc(m->nr_sections, sizeof(*m->places));
	if (!m->places)
		return module_refuse(m, -ENOMEM, "no memory");
	for (u32 i = 0; i < m->nr_sections; i++) {
		const Elf64_Shdr *sh = &m->sections[i];
		enum module_part part = part_of(sh);
		u64 offset;

		m->places[i].part = part;
		if (part == MODULE_NOWHERE)
			continue;
		offset = ALIGN(sizes[part], max_t(u64, sh->sh_addralign, 1));
		m->places[i].offset = offset;
		sizes[part] = offset + sh->sh_size;
		if (sizes[part] > MODULE_FILE_MAX)
			return module_refuse(m, -E2BIG, "it needs more than %lu bytes of memory",
					     MODULE_FILE_MAX);
	}
	for (u32 i = 0; i < MODULE_PARTS; i++)
		m->part_size[i] = sizes[i];
	return 0;
}

static u8 *part_base(const struct loaded_module *l, enum module_part part)
{
	u32 pages = part == MODULE_TEXT ? 0
		    : part == MODULE_RO ? l->area.text
					: l->area.text + l->area.ro;

	return l->area.base + pages * PAGE_SIZE;
}

bool module_contains(const struct loaded_module *l, enum module_part part, const void *p, u64 size)
{
	u64 offset = (u64)(uintptr_t)p - (u64)(uintptr_t)part_base(l, part);

	return offset <= l->part_size[part] && size <= l->part_size[part] - offset;
}

bool module_has_string(const struct loaded_module *l, const char *s)
{
	for (enum module_part part = MODULE_RO; part <= MODULE_RW; part++) {
		u64 left =
			(u64)(uintptr_t)part_base(l, part) + l->part_size[part] - (u64)(uintptr_t)s;

		if (module_contains(l, part, s, 1))
			return strnlen(s, left) < left;
	}
	return false;
}

/* Where section @i runs. */
static u8 *section_base(const struct module_file *m, u32 i)
{
	return part_base(m->into, m->places[i].part) + m->places[i].offset;
}

/* The same place, writable. */
static u8 *writable(const struct module_file *m, enum module_part part, u8 *p)
{
	const struct execmem_area *area = &m->into->area;

	return part == MODULE_RW ? p : area->alias + (p - area->base);
}

static int allocate(struct module_file *m)
{
	struct loaded_module *l = kzalloc(sizeof(*l));

	m->into = l;
	if (!l || execmem_area_alloc(&l->area, DIV_ROUND_UP(m->part_size[MODULE_TEXT], PAGE_SIZE),
				     DIV_ROUND_UP(m->part_size[MODULE_RO], PAGE_SIZE),
				     DIV_ROUND_UP(m->part_size[MODULE_RW], PAGE_SIZE)))
		return module_refuse(m, -ENOMEM, "no memory for %u bytes",
				     m->part_size[MODULE_TEXT] + m->part_size[MODULE_RO] +
					     m->part_size[MODULE_RW]);
	memcpy(l->part_size, m->part_size, sizeof(l->part_size));
	l->mod = (struct module *)part_base(l, MODULE_RW);
	strscpy(l->mod->name, m->header->name, sizeof(l->mod->name));
	refcount_set(&l->mod->refcnt, 1);
	for (u32 i = 0; i < m->nr_sections; i++) {
		const Elf64_Shdr *sh = &m->sections[i];

		if (m->places[i].part != MODULE_NOWHERE && sh->sh_type != SHT_NOBITS &&
		    sh->sh_type != SHT_NULL)
			memcpy(writable(m, m->places[i].part, section_base(m, i)),
			       m->data + sh->sh_offset, sh->sh_size);
	}
	return 0;
}

/* ---- symbols ---- */

static int add_use(struct module_file *m, struct module *owner)
{
	struct loaded_module *l = m->into;
	struct module **uses;

	for (u32 i = 0; i < l->nr_uses; i++)
		if (l->uses[i] == owner)
			return 0;
	uses = krealloc(l->uses, (l->nr_uses + 1) * sizeof(*uses));
	if (!uses)
		return module_refuse(m, -ENOMEM, "no memory");
	l->uses = uses;
	if (!try_module_get(owner))
		return module_refuse(m, -EBUSY, "module %s, which it uses, is being unloaded",
				     owner->name);
	l->uses[l->nr_uses++] = owner;
	return 0;
}

static int resolve(struct module_file *m, const Elf64_Sym *sym, u64 *value)
{
	const char *name = module_symbol_name(m, sym);
	const struct kernel_symbol *export;
	struct module *owner;

	if (!strcmp(name, "__this_module")) {
		*value = (uintptr_t)m->into->mod;
		return 0;
	}
	export = module_find_export(name, &owner);
	if (export) {
		*value = (uintptr_t) export->addr;
		return owner ? add_use(m, owner) : 0;
	}
	*value = 0;
	if (ELF64_ST_BIND(sym->st_info) == STB_WEAK)
		return 0;
	return module_refuse(m, -ENOENT,
			     "it needs %s, which neither the kernel nor a loaded module exports",
			     name);
}

/* Each symbol's address. Symbols of what is not in memory have none, and 0. */
static int symbol_values(struct module_file *m, u64 *values)
{
	int err = 0;

	for (u32 i = 1; !err && i < m->nr_symbols; i++) {
		const Elf64_Sym *sym = &m->symbols[i];

		if (sym->st_shndx == SHN_UNDEF)
			err = resolve(m, sym, &values[i]);
		else if (sym->st_shndx == SHN_ABS)
			values[i] = sym->st_value;
		else if (m->places[sym->st_shndx].part != MODULE_NOWHERE)
			values[i] = (uintptr_t)section_base(m, sym->st_shndx) + sym->st_value;
	}
	return err;
}

static int relocate(struct module_file *m, u32 target, const Elf64_Rela *rela, const u64 *values)
{
	u8 *at = section_base(m, target) + rela->r_offset;
	u32 type = ELF64_R_TYPE(rela->r_info), n = ELF64_R_SYM(rela->r_info);

	if (!type || arch_module_relocate(type, writable(m, m->places[target].part, at),
					  (uintptr_t)at, values[n] + rela->r_addend))
		return 0;
	return module_refuse(m, -ERANGE,
			     "relocation of type %u at %s+0x%llx does not reach %s: out of range",
			     type, module_section_name(m, target), rela->r_offset,
			     module_symbol_name(m, &m->symbols[n]));
}

static int relocate_all(struct module_file *m, const u64 *values)
{
	int err = 0;

	for (u32 i = 0; i < m->nr_sections; i++) {
		const Elf64_Shdr *sh = &m->sections[i];
		const Elf64_Rela *rela = (const Elf64_Rela *)(m->data + sh->sh_offset);

		if (sh->sh_type != SHT_RELA || m->places[sh->sh_info].part == MODULE_NOWHERE)
			continue;
		for (u64 n = 0; !err && n < sh->sh_size / sizeof(*rela); n++)
			err = relocate(m, sh->sh_info, &rela[n], values);
	}
	return err;
}

/* ---- tables in the module ---- */

static int check_export(struct module_file *m, const struct kernel_symbol *sym)
{
	struct module *owner;

	if (!module_has_string(m->into, sym->name))
		return module_refuse(m, -ENOEXEC, "the table of exports is damaged");
	for (enum module_part part = 0; part < MODULE_PARTS; part++)
		if (module_contains(m->into, part, sym->addr, 0)) {
			if (!module_find_export(sym->name, &owner))
				return 0;
			return module_refuse(m, -EEXIST, "it exports %s, as %s does", sym->name,
					     owner ? owner->name : "the kernel");
		}
	return module_refuse(m, -ENOEXEC, "it exports %s, which is not its own", sym->name);
}

static int check_param(struct module_file *m, const struct module_param *p)
{
	if (!module_has_string(m->into, p->name) ||
	    !module_contains(m->into, MODULE_RW, p->value, p->size) || p->type > PARAM_string ||
	    !p->size)
		return module_refuse(m, -ENOEXEC, "the table of parameters is damaged");
	return 0;
}

static int find_tables(struct module_file *m)
{
	struct loaded_module *l = m->into;
	int err = 0;

	for (u32 i = 0; i < m->nr_sections; i++) {
		const char *name = module_section_name(m, i);
		u64 size = m->sections[i].sh_size;

		if (m->places[i].part != MODULE_RO)
			continue;
		if (!strcmp(name, "__ksymtab")) {
			l->exports = (const struct kernel_symbol *)section_base(m, i);
			l->nr_exports = size / sizeof(*l->exports);
		} else if (!strcmp(name, "__param")) {
			l->params = (const struct module_param *)section_base(m, i);
			l->nr_params = size / sizeof(*l->params);
		}
	}
	for (u32 i = 0; !err && i < l->nr_exports; i++)
		err = check_export(m, &l->exports[i]);
	for (u32 i = 0; !err && i < l->nr_params; i++)
		err = check_param(m, &l->params[i]);
	return err;
}

/* ---- functions ---- */

/* Functions are known by name: "hello_init [hello]". */
static int name_function(struct module_file *m, const Elf64_Sym *sym, u64 value)
{
	const char *name = module_symbol_name(m, sym);
	char full[160];

	/* Other names of functions that have one. */
	if (!strcmp(name, "init_module")) {
		m->into->init = (int (*)(void))(uintptr_t)value;
		return 0;
	}
	if (!strcmp(name, "cleanup_module")) {
		m->into->exit = (void (*)(void))(uintptr_t)value;
		return 0;
	}
	if (!*name || !sym->st_size)
		return 0;
	scnprintf(full, sizeof(full), "%s [%s]", name, m->into->mod->name);
	return kallsyms_add_image(full, value, sym->st_size)
		       ? module_refuse(m, -ENOMEM, "no memory")
		       : 0;
}

/*
 * Whoever calls a function through a member of a struct looks for a type hash in front of it, and without room for
 * one finds other code there. The compiler leaves it for every function, so that it does not matter which of them
 * are called like this. "f.cold" is a piece of f, which is jumped to.
 */
static int check_room(struct module_file *m, const Elf64_Sym *sym)
{
	const char *name = module_symbol_name(m, sym);
	u8 *code = section_base(m, sym->st_shndx) + sym->st_value;

	if (strstr(name, ".cold") ||
	    (sym->st_value >= KCFI_ROOM && kcfi_has_room(writable(m, MODULE_TEXT, code))))
		return 0;
	return module_refuse(m, -ENOEXEC,
			     "there is no room for a type hash in front of %s: build it with "
			     "\"make module\"",
			     name);
}

static int find_functions(struct module_file *m, const u64 *values)
{
	int err = 0;

	for (u32 i = 1; !err && i < m->nr_symbols; i++) {
		const Elf64_Sym *sym = &m->symbols[i];

		if (ELF64_ST_TYPE(sym->st_info) == STT_FUNC && sym->st_shndx < m->nr_sections &&
		    m->places[sym->st_shndx].part == MODULE_TEXT)
			err = check_room(m, sym) ?: name_function(m, sym, values[i]);
	}
	if (!err && !m->into->init)
		return module_refuse(m, -ENOEXEC, "it has no module_init() function");
	return err;
}

/* ---- all of it ---- */

void module_unlink(struct loaded_module *l)
{
	const struct execmem_area *area;

	if (!l)
		return;
	area = &l->area;
	if (area->base)
		kallsyms_remove_image((uintptr_t)area->base,
				      (area->text + area->ro + area->rw) * PAGE_SIZE);
	for (u32 i = 0; i < l->nr_uses; i++)
		module_put(l->uses[i]);
	kfree(l->uses);
	execmem_area_free(&l->area);
	kfree(l);
}

int module_link(struct module_file *m)
{
	u64 *values = kcalloc(m->nr_symbols + 1, sizeof(*values));
	int err = values ? lay_out(m) : module_refuse(m, -ENOMEM, "no memory");

	err = err ?: allocate(m) ?: symbol_values(m, values) ?: relocate_all(m, values);
	err = err ?: find_tables(m) ?: find_functions(m, values);
	if (!err)
		execmem_area_protect(&m->into->area);
	kfree(values);
	kfree(m->places);
	m->places = NULL;
	if (err) {
		module_unlink(m->into);
		m->into = NULL;
	}
	return err;
}
