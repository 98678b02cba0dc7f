/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stages in which a module file is distrusted and becomes code; private to kernel/module*.c.
 *
 *   module_elf.c     what the file says: header, sections, symbols, relocations lie inside it and make sense
 *   module_link.c    memory, contents, values of symbols, relocations, names; then it could run
 *   module_param.c   parameters
 *   module.c         the list of loaded modules, their types, init and exit
 *
 * Each stage may rely on the earlier ones. A failed one has written a sentence to m->why.
 */
#pragma once

#include <linux/elf.h>

#include "kernel/execmem.h"
#include "kernel/lib/list.h"
#include "kernel/module.h"

/* Parts of a module's memory, in their order. */
enum module_part { MODULE_TEXT, MODULE_RO, MODULE_RW, MODULE_PARTS, MODULE_NOWHERE = MODULE_PARTS };

/* Where a section goes. */
struct module_place {
	enum module_part part;
	u32 offset; /* in its part */
};

struct loaded_module;

/* A file that is being loaded. */
struct module_file {
	const u8 *data;
	u64 size;
	char *why; /* MODULE_WHY_LEN bytes: the sentence */
	const Elf64_Shdr *sections;
	u32 nr_sections;
	const char *section_names;
	const Elf64_Sym *symbols;
	u32 nr_symbols, symtab; /* its section */
	const char *symbol_names;
	const struct module_header *header;
	const void *btf;
	u32 btf_size;
	struct module_place *places; /* by section; owned */
	u32 part_size[MODULE_PARTS]; /* bytes */
	struct loaded_module *into;
};

/* One that is loaded. */
struct loaded_module {
	struct list_head node;
	struct module *mod; /* at the start of its data */
	struct execmem_area area;
	u32 part_size[MODULE_PARTS];
	const struct kernel_symbol *exports;
	u32 nr_exports;
	const struct module_param *params;
	u32 nr_params;
	int (*init)(void);
	void (*exit)(void);
	struct module **uses; /* owned, with a reference each */
	u32 nr_uses;
};

/* Writes the sentence and returns @err: return module_refuse(m, -ENOEXEC, "..."). */
int module_refuse(struct module_file *m, int err, const char *fmt, ...) __printf(3, 4);

/* "" if there is none. */
const char *module_section_name(const struct module_file *m, u32 i);
const char *module_symbol_name(const struct module_file *m, const Elf64_Sym *sym);

/* module_elf.c: reads and checks; fills in all but places, part_size and into. */
int module_parse(struct module_file *m);
/* module_link.c: makes m->into from the file; module_unlink() undoes it, finished or not. */
int module_link(struct module_file *m);
void module_unlink(struct loaded_module *l);
/* Is [@p, @p + @size) in this part of the module? */
bool module_contains(const struct loaded_module *l, enum module_part part, const void *p, u64 size);
/* Is @s text that ends, in the module's constants or data? */
bool module_has_string(const struct loaded_module *l, const char *s);
/* module_param.c: sets what @text says. */
int module_set_params(struct module_file *m, const char *text);
/* module.c: an exported symbol, the kernel's (@owner NULL) or a loaded module's; NULL: none. */
const struct kernel_symbol *module_find_export(const char *name, struct module **owner);

/*
 * arch/x86/module_reloc.c. Bytes that a relocation of this type patches; 0: not known. And its work: @to is
 * the writable address of those that run at @place, @value is symbol + addend. False: it does not fit.
 */
u32 arch_module_reloc_size(u32 type);
bool arch_module_relocate(u32 type, void *to, u64 place, u64 value);
