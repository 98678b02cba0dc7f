// SPDX-License-Identifier: GPL-2.0-only
/*
 * kcfi --btf FILE [--base FILE] ELF
 *
 * Fills in the type hashes of kernel/lib/kcfi.h, in place, in a linked or relocatable ELF file: in front of each
 * function that was compiled with room for one, a hash of its prototype in the raw BTF FILE; and in each place
 * that checks one (section .kcfi_sites), that of the struct member it calls through. A member that FILE does not
 * have is an error. --base: FILE is a module's, split from this one.
 *
 *	hash of "(v;*Ssock,unsigned int)" for void f(struct sock *sk, u32 n)
 */
#include <bpf/btf.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX	  16 /* bytes of nop in front of a function, the hash being the last four */
#define SITE_SIZE 64 /* struct kcfi_site: the hash, then "struct.member" */

struct image {
	const char *path;
	uint8_t *data;
	size_t size;
	const Elf64_Ehdr *eh;
	const Elf64_Shdr *sh;
};

/*
 * A function's name in BTF; two of one name and different prototypes have no hash. A module's own functions come
 * before those of its base, which are there for the types that both have.
 */
struct func {
	const char *name;
	uint32_t hash;
	bool own, ambiguous;
};

static int fail(const char *path, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "kcfi: %s: ", path);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return -1;
}

/* ---- hashes ---- */

static void add(uint32_t *h, const char *text)
{
	for (; *text; text++)
		*h = (*h ^ (uint8_t)*text) * 16777619; /* FNV-1a */
}

static void add_type(uint32_t *h, const struct btf *btf, uint32_t id);

static void add_proto(uint32_t *h, const struct btf *btf, const struct btf_type *t)
{
	const struct btf_param *p = btf_params(t);

	add(h, "(");
	add_type(h, btf, t->type);
	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		const struct btf_type *param = btf__type_by_id(btf, p[i].type);
		uint32_t id = p[i].type;

		/* "const u32 n" is the function's own affair. */
		for (; btf_is_mod(param) || btf_is_typedef(param); param = btf__type_by_id(btf, id))
			id = param->type;
		add(h, i ? "," : ";");
		add_type(h, btf, id);
	}
	add(h, ")");
}

/* Types are the same if C calls them compatible; a struct is its name. */
static void add_type(uint32_t *h, const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	char number[16];

	switch (btf_kind(t)) {
	case BTF_KIND_UNKN:
		return add(h, "v");
	case BTF_KIND_PTR:
		add(h, "*");
		return add_type(h, btf, t->type);
	case BTF_KIND_CONST:
		add(h, "K");
		return add_type(h, btf, t->type);
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return add_type(h, btf, t->type);
	case BTF_KIND_FUNC_PROTO:
		return add_proto(h, btf, t);
	case BTF_KIND_ARRAY:
		snprintf(number, sizeof(number), "[%u]", btf_array(t)->nelems);
		add(h, number);
		return add_type(h, btf, btf_array(t)->type);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		add(h, "E");
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_FWD:
		add(h, "S");
		break;
	}
	add(h, btf__name_by_offset(btf, t->name_off));
}

static uint32_t hash_of(const struct btf *btf, const struct btf_type *proto)
{
	uint32_t h = 2166136261;

	add_proto(&h, btf, proto);
	return h;
}

/* ---- functions ---- */

static int compare_funcs(const void *a, const void *b)
{
	return strcmp(((const struct func *)a)->name, ((const struct func *)b)->name);
}

static int compare_own_first(const void *a, const void *b)
{
	return compare_funcs(a, b) ?: ((const struct func *)b)->own - ((const struct func *)a)->own;
}

/* Takes @f into @kept, the functions before it in order; returns how many there are. */
static size_t keep(struct func *kept, size_t n, const struct func *f)
{
	struct func *last = n ? &kept[n - 1] : NULL;

	if (!last || compare_funcs(last, f)) {
		kept[n] = *f;
		return n + 1;
	}
	if (last->own == f->own)
		last->ambiguous |= last->hash != f->hash;
	return n;
}

/* All functions of @btf, sorted by name. */
static struct func *list_funcs(const struct btf *btf, size_t *n)
{
	const struct btf *base = btf__base_btf(btf);
	uint32_t end = btf__type_cnt(btf), first_own = base ? btf__type_cnt(base) : 1;
	struct func *funcs = calloc(end, sizeof(*funcs));
	size_t all = 0, kept = 0;

	for (uint32_t id = 1; funcs && id < end; id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);

		if (!btf_is_func(t))
			continue;
		funcs[all].name = btf__name_by_offset(btf, t->name_off);
		funcs[all].own = id >= first_own;
		funcs[all++].hash = hash_of(btf, btf__type_by_id(btf, t->type));
	}
	if (funcs)
		qsort(funcs, all, sizeof(*funcs), compare_own_first);
	for (size_t i = 0; i < all; i++)
		kept = keep(funcs, kept, &funcs[i]);
	*n = kept;
	return funcs;
}

/* Where the function begins in the file; NULL: not in a section that is there. */
static uint8_t *code_of(const struct image *im, const Elf64_Sym *sym)
{
	const Elf64_Shdr *s = &im->sh[sym->st_shndx];
	uint64_t off;

	if (sym->st_shndx == SHN_UNDEF || sym->st_shndx >= im->eh->e_shnum ||
	    s->sh_type != SHT_PROGBITS)
		return NULL;
	off = sym->st_value - (im->eh->e_type == ET_REL ? 0 : s->sh_addr);
	return off >= PREFIX && off < s->sh_size ? im->data + s->sh_offset + off : NULL;
}

/* Was it compiled with -fpatchable-function-entry=…,16? */
static bool has_room(const uint8_t *code)
{
	for (int i = 1; i <= PREFIX; i++)
		if (code[-i] != 0x90)
			return false;
	return true;
}

static void fill_func(const struct image *im, const Elf64_Sym *sym, const char *name,
		      const struct func *funcs, size_t n)
{
	struct func key = { .name = name };
	const struct func *f = bsearch(&key, funcs, n, sizeof(*funcs), compare_funcs);
	uint8_t *code = code_of(im, sym);

	if (f && code && !f->ambiguous && has_room(code))
		memcpy(code - sizeof(f->hash), &f->hash, sizeof(f->hash));
}

static int fill_funcs(const struct image *im, const struct btf *btf)
{
	size_t nfuncs;
	struct func *funcs = list_funcs(btf, &nfuncs);

	for (unsigned int i = 0; funcs && i < im->eh->e_shnum; i++) {
		const Elf64_Shdr *s = &im->sh[i];
		const Elf64_Sym *syms = (const void *)(im->data + s->sh_offset);
		const char *names;

		if (s->sh_type != SHT_SYMTAB)
			continue;
		names = (const char *)im->data + im->sh[s->sh_link].sh_offset;
		for (size_t k = 0; k < s->sh_size / sizeof(*syms); k++)
			if (ELF64_ST_TYPE(syms[k].st_info) == STT_FUNC)
				fill_func(im, &syms[k], names + syms[k].st_name, funcs, nfuncs);
	}
	free(funcs);
	return funcs ? 0 : fail(im->path, "out of memory");
}

/* ---- places that check ---- */

/* The prototype of "struct.member", or NULL. */
static const struct btf_type *member_proto(const struct btf *btf, const char *text)
{
	const char *dot = strchr(text, '.');
	const struct btf_type *t;
	char name[SITE_SIZE];
	int32_t id;

	if (!dot)
		return NULL;
	snprintf(name, sizeof(name), "%.*s", (int)(dot - text), text);
	id = btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT);
	t = id > 0 ? btf__type_by_id(btf, id) : NULL;
	for (uint32_t i = 0; t && i < btf_vlen(t); i++) {
		const struct btf_member *m = btf_members(t) + i;
		const struct btf_type *p;

		if (strcmp(btf__name_by_offset(btf, m->name_off), dot + 1))
			continue;
		for (p = btf__type_by_id(btf, m->type); btf_is_mod(p) || btf_is_typedef(p);)
			p = btf__type_by_id(btf, p->type);
		p = btf_is_ptr(p) ? btf__type_by_id(btf, p->type) : NULL;
		return p && btf_is_func_proto(p) ? p : NULL;
	}
	return NULL;
}

static int fill_sites(const struct image *im, const struct btf *btf)
{
	const char *names = (const char *)im->data + im->sh[im->eh->e_shstrndx].sh_offset;
	int err = 0;

	for (unsigned int i = 0; i < im->eh->e_shnum; i++) {
		const Elf64_Shdr *s = &im->sh[i];

		if (strcmp(names + s->sh_name, ".kcfi_sites"))
			continue;
		for (uint64_t at = 0; at + SITE_SIZE <= s->sh_size; at += SITE_SIZE) {
			uint8_t *site = im->data + s->sh_offset + at;
			const char *text = (const char *)site + sizeof(uint32_t);
			const struct btf_type *proto = member_proto(btf, text);
			uint32_t hash;

			if (!proto) {
				err = fail(im->path, "BTF has no function member %.59s", text);
				continue;
			}
			hash = hash_of(btf, proto);
			memcpy(site, &hash, sizeof(hash));
		}
	}
	return err;
}

/* ---- the file ---- */

static int open_image(struct image *im)
{
	int fd = open(im->path, O_RDWR);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return fail(im->path, "%s", strerror(errno));
	im->size = st.st_size;
	im->data = mmap(NULL, im->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (im->data == MAP_FAILED)
		return fail(im->path, "%s", strerror(errno));
	im->eh = (const void *)im->data;
	if (im->size < sizeof(*im->eh) || memcmp(im->eh->e_ident, ELFMAG, SELFMAG) ||
	    im->eh->e_ident[EI_CLASS] != ELFCLASS64 ||
	    im->eh->e_shoff + (uint64_t)im->eh->e_shnum * sizeof(*im->sh) > im->size)
		return fail(im->path, "not an ELF file of 64 bits");
	im->sh = (const void *)(im->data + im->eh->e_shoff);
	return 0;
}

static int fill(struct image *im, const char *btf_path, const char *base_path)
{
	struct btf *base = base_path ? btf__parse_raw(base_path) : NULL, *btf;

	if (base_path && !base)
		return fail(base_path, "%s", strerror(errno));
	btf = btf__parse_raw_split(btf_path, base);
	if (!btf)
		return fail(btf_path, "%s", strerror(errno));
	if (open_image(im))
		return -1;
	return fill_funcs(im, btf) ?: fill_sites(im, btf);
}

int main(int argc, char **argv)
{
	const char *btf_path = NULL, *base_path = NULL;
	struct image im = { 0 };

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--btf") && i + 1 < argc)
			btf_path = argv[++i];
		else if (!strcmp(argv[i], "--base") && i + 1 < argc)
			base_path = argv[++i];
		else
			im.path = argv[i];
	}
	if (!im.path || !btf_path) {
		fprintf(stderr, "usage: kcfi --btf FILE [--base FILE] ELF\n");
		return 2;
	}
	return fill(&im, btf_path, base_path) ? 1 : 0;
}
