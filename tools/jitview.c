// SPDX-License-Identifier: GPL-2.0-only
/*
 * jitview: a loaded program three times, side by side: its C, its BPF instructions, its machine code. All of it
 * comes from bpf(2), BTF and /proc/kallsyms, so that it shows what Trellis made (by "trellis jitview") as well as what
 * the machine's own Linux did. Relies on libbpf and, for x86, on capstone.
 */
#include <errno.h>
#include <linux/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/disasm.h"
#include "tools/x86_disasm.h"

/* Of libbpf, whose headers have the names of ours. */
struct btf;
struct btf_type;
int bpf_prog_get_next_id(__u32 start_id, __u32 *next_id);
int bpf_prog_get_fd_by_id(__u32 id);
int bpf_prog_get_info_by_fd(int fd, struct bpf_prog_info *info, __u32 *len);
struct btf *btf__load_from_kernel_by_id(__u32 id);
const struct btf_type *btf__type_by_id(const struct btf *btf, __u32 id);
const char *btf__name_by_offset(const struct btf *btf, __u32 offset);

#define C_WIDTH	    38
#define BPF_WIDTH   46
#define MAX_SYMBOLS 200000

static const char usage[] =
	"usage: jitview ID|NAME\n"
	"\n"
	"Shows a loaded BPF program line by line: the C it was made of, its instructions as the "
	"kernel\n"
	"keeps them, and the machine code that runs. \"trellis jitview\" asks a Trellis kernel, "
	"jitview\n"
	"alone the machine's own. Offsets are hexadecimal, from the function's start.\n"
	"Exit status: 0; 1 with a sentence if there is no such program or nothing to be shown.\n";

static __attribute__((noreturn, format(printf, 1, 2))) void fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("jitview: ", stderr);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

static void *zalloc(size_t n)
{
	void *p = calloc(1, n ? n : 1);

	if (!p)
		fail("out of memory");
	return p;
}

/* ---- the program ---- */

struct func {
	const char *name;
	u32 insn, insn_end; /* its instructions */
	u64 address;
	const u8 *code;
	u32 len;
};

static struct bpf_prog_info info;
static struct bpf_insn *insns;
static struct bpf_line_info *lines;
static u64 *line_address; /* of its machine code, or NULL */
static struct btf *btf;
static struct func *funcs;
static u32 nr_funcs;

static int open_by_name(const char *name)
{
	u32 id = 0, found = 0;
	int fd = -1;

	while (!bpf_prog_get_next_id(id, &id)) {
		struct bpf_prog_info i = { 0 };
		u32 len = sizeof(i);
		int next = bpf_prog_get_fd_by_id(id);

		/* The kernel keeps 15 characters of a name. */
		if (next < 0 || bpf_prog_get_info_by_fd(next, &i, &len) ||
		    strncmp(i.name, name, sizeof(i.name) - 1)) {
			close(next);
			continue;
		}
		if (fd >= 0)
			fail("programs %u and %u are both called %s: give an ID", found, id, name);
		fd = next;
		found = id;
	}
	if (fd < 0)
		fail("there is no program called %s", name);
	return fd;
}

static int open_program(const char *text)
{
	char *end;
	u32 id = strtoul(text, &end, 10);
	int fd;

	if (!*text || *end)
		return open_by_name(text);
	fd = bpf_prog_get_fd_by_id(id);
	if (fd < 0)
		fail("there is no program %u (%s)", id, strerror(errno));
	return fd;
}

/* Counts first, then everything. */
static void read_program(int fd)
{
	struct bpf_prog_info n = { 0 };
	u32 len = sizeof(n);
	u8 *code;
	u64 *starts;
	u32 *lens;
	struct bpf_func_info *fi;

	if (bpf_prog_get_info_by_fd(fd, &n, &len))
		fail("the program cannot be read (%s)", strerror(errno));
	info.xlated_prog_len = n.xlated_prog_len;
	info.xlated_prog_insns = (uintptr_t)(insns = zalloc(n.xlated_prog_len));
	info.jited_prog_len = n.jited_prog_len;
	info.jited_prog_insns = (uintptr_t)(code = zalloc(n.jited_prog_len));
	info.nr_jited_ksyms = n.nr_jited_ksyms;
	info.jited_ksyms = (uintptr_t)(starts = zalloc(n.nr_jited_ksyms * sizeof(u64)));
	info.nr_jited_func_lens = n.nr_jited_func_lens;
	info.jited_func_lens = (uintptr_t)(lens = zalloc(n.nr_jited_func_lens * sizeof(u32)));
	info.nr_line_info = n.nr_line_info;
	info.line_info_rec_size = sizeof(*lines);
	info.line_info = (uintptr_t)(lines = zalloc(n.nr_line_info * sizeof(*lines)));
	info.nr_jited_line_info = n.nr_jited_line_info;
	info.jited_line_info_rec_size = sizeof(u64);
	info.jited_line_info =
		(uintptr_t)(line_address = zalloc(n.nr_jited_line_info * sizeof(u64)));
	info.nr_func_info = n.nr_func_info;
	info.func_info_rec_size = sizeof(*fi);
	info.func_info = (uintptr_t)(fi = zalloc(n.nr_func_info * sizeof(*fi)));
	len = sizeof(info);
	if (bpf_prog_get_info_by_fd(fd, &info, &len))
		fail("the program cannot be read (%s)", strerror(errno));
	if (!info.xlated_prog_len || !info.xlated_prog_insns)
		fail("the kernel does not show the program's instructions to this caller");
	if (info.btf_id)
		btf = btf__load_from_kernel_by_id(info.btf_id);
	nr_funcs = info.nr_func_info ? info.nr_func_info : 1;
	funcs = zalloc(nr_funcs * sizeof(*funcs));
	for (u32 i = 0; i < nr_funcs; i++) {
		const struct btf_type *t =
			btf && info.nr_func_info ? btf__type_by_id(btf, fi[i].type_id) : NULL;

		funcs[i].name = t ? btf__name_by_offset(btf, t->name_off) : info.name;
		funcs[i].insn = info.nr_func_info ? fi[i].insn_off : 0;
		funcs[i].insn_end = i + 1 < nr_funcs ? fi[i + 1].insn_off
						     : info.xlated_prog_len / sizeof(*insns);
		if (!info.jited_prog_len || !info.jited_prog_insns ||
		    i >= info.nr_jited_func_lens || !info.jited_func_lens)
			continue;
		funcs[i].address = info.jited_ksyms && i < info.nr_jited_ksyms ? starts[i] : 0;
		funcs[i].code = code;
		funcs[i].len = lens[i];
		code += lens[i];
	}
}

/* ---- names of addresses ---- */

struct symbol {
	u64 address;
	char name[56];
};

static struct symbol *symbols;
static u32 nr_symbols;
static u64 call_base;

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

static void read_symbols(void)
{
	FILE *f = fopen("/proc/kallsyms", "r");
	char line[512];

	symbols = zalloc(MAX_SYMBOLS * sizeof(*symbols));
	while (f && nr_symbols < MAX_SYMBOLS && fgets(line, sizeof(line), f)) {
		struct symbol *s = &symbols[nr_symbols];
		unsigned long long address;

		if (sscanf(line, "%llx %*c %55s", &address, s->name) != 2 || !address)
			continue;
		s->address = address;
		if (!strcmp(s->name, "__bpf_call_base"))
			call_base = address;
		nr_symbols++;
	}
	if (f)
		fclose(f);
	qsort(symbols, nr_symbols, sizeof(*symbols), by_address);
}

static const char *name_of(u64 address)
{
	struct symbol key = { .address = address };
	const struct symbol *s = bsearch(&key, symbols, nr_symbols, sizeof(*symbols), by_address);

	return s ? s->name : NULL;
}

static const char *call_name(void *private, const struct bpf_insn *insn)
{
	static char text[64];
	const struct bpf_insn *target = insn + 1 + insn->imm;

	if (insn->src_reg != BPF_PSEUDO_CALL)
		return call_base ? name_of(call_base + (s64)insn->imm) : NULL;
	for (u32 i = 0; i < nr_funcs; i++)
		if (target == &insns[funcs[i].insn]) {
			snprintf(text, sizeof(text), "%+d (%s)", insn->imm, funcs[i].name);
			return text;
		}
	return NULL;
}

static const char *imm_text(void *private, const struct bpf_insn *insn, u64 imm)
{
	static char text[64];

	if (insn->src_reg == BPF_PSEUDO_MAP_FD)
		snprintf(text, sizeof(text), "map[id:%u]", insn->imm);
	else if (insn->src_reg == BPF_PSEUDO_MAP_VALUE)
		snprintf(text, sizeof(text), "map[id:%u][0]+%d", insn->imm, insn[1].imm);
	else
		return NULL;
	return text;
}

/* ---- blocks: what one line of C became ---- */

struct block {
	const char *c;
	u32 insn, insn_end;
	u32 from, to; /* bytes of the function's code */
};

/* Where the code of the line that begins at @from ends: where the next one begins, in order of address. */
static u32 code_end(const struct block *b, u32 n, u32 from, u32 end)
{
	for (u32 i = 0; i < n; i++)
		if (b[i].from > from && b[i].from < end)
			end = b[i].from;
	return end;
}

static const char *c_text(const struct bpf_line_info *l)
{
	const char *text = btf ? btf__name_by_offset(btf, l->line_off) : NULL;

	text = text ? text : "";
	return text + strspn(text, " \t");
}

/* The blocks of @f in *@out; before the first line's code there is the function's prologue. */
static u32 make_blocks(const struct func *f, struct block **out)
{
	struct block *b = zalloc((info.nr_line_info + 1) * sizeof(*b));
	u32 n = 0;

	b[n++] = (struct block){ .c = "", .insn = f->insn, .insn_end = f->insn };
	for (u32 i = 0; i < info.nr_line_info; i++) {
		u64 at = i < info.nr_jited_line_info && info.jited_line_info ? line_address[i] : 0;

		if (lines[i].insn_off < f->insn || lines[i].insn_off >= f->insn_end)
			continue;
		b[n] = (struct block){ .c = c_text(&lines[i]), .insn = lines[i].insn_off };
		b[n].from = at >= f->address && at < f->address + f->len ? at - f->address : f->len;
		b[n - 1].insn_end = b[n].insn;
		n++;
	}
	b[n - 1].insn_end = f->insn_end;
	for (u32 i = 0; i < n; i++) {
		b[i].to = code_end(b, n, b[i].from, f->len);
		/* Of lines with one address, the code is the last one's. */
		for (u32 k = i + 1; k < n; k++)
			if (b[k].from == b[i].from)
				b[i].to = b[i].from;
	}
	*out = b;
	return n;
}

/* ---- printing ---- */

struct x86_line {
	u32 offset;
	char text[X86_TEXT_MAX];
};

static struct x86_line *x86;
static u32 nr_x86;

static void keep_x86(u32 offset, const char *text, void *arg)
{
	x86[nr_x86].offset = offset;
	snprintf(x86[nr_x86++].text, X86_TEXT_MAX, "%s", text);
}

static void bpf_text(u32 insn, char *out, size_t size)
{
	static const struct bpf_disasm_cbs cbs = { .call = call_name, .imm = imm_text };
	char text[BPF_DISASM_MAX];
	const char *plain;

	bpf_disasm_insn(text, sizeof(text), &insns[insn], &cbs, true);
	plain = strchr(text, ')');
	snprintf(out, size, "%4u: %s", insn, plain ? plain + 2 : text);
}

static u32 next_x86(const struct block *b, u32 i)
{
	while (i < nr_x86 && (x86[i].offset < b->from || x86[i].offset >= b->to))
		i++;
	return i;
}

static void print_block(const struct block *b, const char *c)
{
	u32 insn = b->insn, i = next_x86(b, 0);

	while (*c || insn < b->insn_end || i < nr_x86) {
		char bpf[BPF_DISASM_MAX + 8] = "";

		if (insn < b->insn_end) {
			bpf_text(insn, bpf, sizeof(bpf));
			insn += bpf_is_ld_imm64(&insns[insn]) ? 2 : 1;
		}
		printf("%-*.*s |%-*s |", C_WIDTH, C_WIDTH, c, BPF_WIDTH, bpf);
		if (i < nr_x86) {
			char *end = strchr(x86[i].text, '\0');

			while (end > x86[i].text && end[-1] == ' ')
				*--end = '\0';
			printf(" %3x  %s", x86[i].offset, x86[i].text);
			i = next_x86(b, i + 1);
		}
		putchar('\n');
		c += strnlen(c, C_WIDTH);
	}
}

static void print_func(const struct func *f)
{
	struct block *b;
	u32 n = make_blocks(f, &b);
	const char *last = "";

	printf("%s: %u instructions", f->name, f->insn_end - f->insn);
	printf(f->len ? ", %u bytes of machine code\n" : ", not compiled\n", f->len);
	x86 = zalloc((f->len + 1) * sizeof(*x86));
	nr_x86 = 0;
	if (f->len && !x86_disasm(f->code, f->len, f->address, name_of, keep_x86, NULL))
		fail("capstone cannot disassemble x86");
	for (u32 i = 0; i < n; i++) {
		print_block(&b[i], strcmp(last, b[i].c) ? b[i].c : "");
		last = b[i].c;
	}
	free(x86);
	free(b);
}

int main(int argc, char **argv)
{
	bool help = argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"));

	if (argc != 2 || help || *argv[1] == '-') {
		fputs(usage, help ? stdout : stderr);
		return help ? 0 : 1;
	}
	read_program(open_program(argv[1]));
	read_symbols();
	for (u32 i = 0; i < nr_funcs; i++) {
		if (i)
			putchar('\n');
		print_func(&funcs[i]);
	}
	return 0;
}
