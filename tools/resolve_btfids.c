// SPDX-License-Identifier: GPL-2.0-only
/*
 * resolve_btfids --btf FILE [--base FILE] [--missing=zero] ELF
 *
 * Fills in the BTF IDs of bpf/btf_ids.h: for each local symbol __BTF_ID__KIND__NAME__N in ELF's section
 * .BTF_ids (relocatable or linked) the ID of KIND NAME in the raw BTF FILE; counts and sorts sets. Writes
 * into ELF in place, and only once everything is known: a name that FILE does not have is an error that
 * names it. --base: FILE is a module's, split from this one. Once only: a second run would find sets already sorted, and says so.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PREFIX "__BTF_ID__"

struct image {
	const char *path;
	int fd;
	Elf *elf;
	uint8_t *ids; /* copy of .BTF_ids */
	size_t size, offset;
	uint64_t base; /* what symbols in .BTF_ids count from */
	size_t shndx;
	Elf_Data *symbols;
	size_t nr_symbols, strndx;
	bool resolved_before;
};

static const struct {
	const char *name;
	int kind;
} kinds[] = {
	{ "struct", BTF_KIND_STRUCT },	 { "union", BTF_KIND_UNION }, { "enum", BTF_KIND_ENUM },
	{ "typedef", BTF_KIND_TYPEDEF }, { "func", BTF_KIND_FUNC },   { "var", BTF_KIND_VAR },
	{ "int", BTF_KIND_INT },
};

static int fail(const char *path, const char *what)
{
	fprintf(stderr, "resolve_btfids: %s: %s\n", path, what);
	return -1;
}

static int kind_of(const char *text, size_t len)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strlen(kinds[i].name) == len && !strncmp(kinds[i].name, text, len))
			return kinds[i].kind;
	return -1;
}

static int copy_ids(struct image *im, Elf_Scn *scn, const GElf_Shdr *sh, bool relocatable)
{
	Elf_Data *data = elf_getdata(scn, NULL);

	if (sh->sh_type != SHT_PROGBITS || !data || data->d_size != sh->sh_size)
		return fail(im->path, "section .BTF_ids has no contents");
	im->ids = malloc(sh->sh_size);
	if (!im->ids)
		return fail(im->path, "no memory");
	memcpy(im->ids, data->d_buf, sh->sh_size);
	im->size = sh->sh_size;
	im->offset = sh->sh_offset;
	im->base = relocatable ? 0 : sh->sh_addr;
	im->shndx = elf_ndxscn(scn);
	return 0;
}

/* 0; 1 if there is nothing to resolve; -1 on error. */
static int open_image(struct image *im)
{
	Elf_Scn *scn = NULL;
	size_t names;
	GElf_Ehdr eh;
	GElf_Shdr sh;

	elf_version(EV_CURRENT);
	im->fd = open(im->path, O_RDWR);
	if (im->fd < 0)
		return fail(im->path, strerror(errno));
	im->elf = elf_begin(im->fd, ELF_C_READ, NULL);
	if (!im->elf || !gelf_getehdr(im->elf, &eh) || elf_getshdrstrndx(im->elf, &names))
		return fail(im->path, "not an ELF file");
	while ((scn = elf_nextscn(im->elf, scn)) && gelf_getshdr(scn, &sh)) {
		const char *name = elf_strptr(im->elf, names, sh.sh_name);

		if (name && !strcmp(name, ".BTF_ids") &&
		    copy_ids(im, scn, &sh, eh.e_type == ET_REL))
			return -1;
		if (sh.sh_type == SHT_SYMTAB) {
			im->symbols = elf_getdata(scn, NULL);
			im->nr_symbols = sh.sh_size / sh.sh_entsize;
			im->strndx = sh.sh_link;
		}
	}
	if (!im->ids)
		return 1;
	return im->symbols ? 0 : fail(im->path, "no symbol table: is it stripped?");
}

static uint32_t *word_at(struct image *im, const GElf_Sym *sym, size_t size)
{
	uint64_t off = sym->st_value - im->base;

	if (off > im->size || im->size - off < size || off % 4)
		return NULL;
	return (uint32_t *)(im->ids + off);
}

/* @text: "struct__tcp_sock__7". */
static int resolve_id(struct image *im, const struct btf *btf, const GElf_Sym *sym,
		      const char *text, bool missing_is_zero)
{
	uint32_t *word = word_at(im, sym, 4);
	const char *name = strstr(text, "__"), *end = NULL;
	char buf[512];
	int kind, id;

	for (const char *p = name; p && (p = strstr(p + 1, "__"));)
		end = p;
	kind = name ? kind_of(text, name - text) : -1;
	if (!word || kind < 0 || !end || end - (name + 2) >= (long)sizeof(buf) || end < name + 3)
		return fail(text, "malformed symbol in .BTF_ids");
	snprintf(buf, sizeof(buf), "%.*s", (int)(end - name - 2), name + 2);
	im->resolved_before = *word;
	if (*word)
		return -1;
	id = btf__find_by_name_kind(btf, buf, kind);
	if (id == -ENOENT && kind == BTF_KIND_ENUM)
		id = btf__find_by_name_kind(btf, buf, BTF_KIND_ENUM64);
	if (id < 0 && missing_is_zero)
		return 0;
	if (id < 0) {
		fprintf(stderr, "resolve_btfids: %s: the BTF has no %.*s %s\n", im->path,
			(int)(name - text), text, buf);
		return -1;
	}
	*word = id;
	return 0;
}

static int cmp_id(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* A set8 has a word of flags after its count, and after each ID. */
static int sort_set(struct image *im, const GElf_Sym *sym, bool set8)
{
	size_t stride = set8 ? 8 : 4;
	uint32_t *set = word_at(im, sym, sym->st_size);

	if (!set || sym->st_size < stride || sym->st_size % stride)
		return fail(im->path, "a set in .BTF_ids has an odd size");
	set[0] = sym->st_size / stride - 1;
	qsort((uint8_t *)set + stride, set[0], stride, cmp_id);
	return 0;
}

static int for_each_symbol(struct image *im, const struct btf *btf, bool sets, bool missing_is_zero)
{
	int err = 0;

	for (size_t i = 0; i < im->nr_symbols; i++) {
		const char *name;
		bool set, set8;
		GElf_Sym sym;

		if (!gelf_getsym(im->symbols, i, &sym) || sym.st_shndx != im->shndx)
			continue;
		name = elf_strptr(im->elf, im->strndx, sym.st_name);
		if (!name || strncmp(name, PREFIX, strlen(PREFIX)))
			continue;
		name += strlen(PREFIX);
		set8 = !strncmp(name, "set8__", 6);
		set = set8 || !strncmp(name, "set__", 5);
		if (set != sets)
			continue;
		/* All that is missing is reported, not only the first. */
		if (set ? sort_set(im, &sym, set8)
			: resolve_id(im, btf, &sym, name, missing_is_zero))
			err = -1;
		if (im->resolved_before)
			return fail(im->path, "IDs are resolved already; link again first");
	}
	return err;
}

static int resolve(struct image *im, const char *btf_path, const char *base_path,
		   bool missing_is_zero)
{
	struct btf *btf, *base = NULL;
	int err = open_image(im);

	if (err)
		return err < 0 ? -1 : 0;
	if (base_path) {
		base = btf__parse_raw(base_path);
		if (!base)
			return fail(base_path, strerror(errno));
	}
	btf = btf__parse_raw_split(btf_path, base);
	if (!btf)
		return fail(btf_path, strerror(errno));
	/* IDs first: the sets are sorted by them. */
	err = for_each_symbol(im, btf, false, missing_is_zero);
	if (!err)
		err = for_each_symbol(im, btf, true, missing_is_zero);
	btf__free(btf);
	btf__free(base);
	if (!err && pwrite(im->fd, im->ids, im->size, im->offset) != (ssize_t)im->size)
		err = fail(im->path, strerror(errno));
	return err;
}

int main(int argc, char **argv)
{
	struct image im = { 0 };
	const char *btf_path = NULL, *base_path = NULL;
	bool missing_is_zero = false;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--btf") && i + 1 < argc)
			btf_path = argv[++i];
		else if (!strcmp(argv[i], "--base") && i + 1 < argc)
			base_path = argv[++i];
		else if (!strcmp(argv[i], "--missing=zero"))
			missing_is_zero = true;
		else
			im.path = argv[i];
	}
	if (!btf_path || !im.path) {
		fprintf(stderr,
			"usage: resolve_btfids --btf FILE [--base FILE] [--missing=zero] ELF\n");
		return 2;
	}
	return resolve(&im, btf_path, base_path, missing_is_zero) ? 1 : 0;
}
