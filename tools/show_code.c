// SPDX-License-Identifier: GPL-2.0-only
/*
 * show-code: the machine code that the kernel generates, disassembled: trampolines, and bare BPF
 * programs three ways. For the documents, and for whoever changes a generator. Relies on capstone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bpf/bpf.h"
#include "bpf/disasm.h"
#include "bpf/interp.h"
#include "bpf/jit.h"
#include "bpf/os.h"
#include "bpf/trampoline.h"
#include "tools/bpf_asm.h"
#include "tools/insn_jit.h"
#include "tools/x86_disasm.h"

#define MAX_INSNS 64
#define MAX_CODE  4096

static const char usage[] =
	"usage: show-code trampoline RETURN ARGUMENT...\n"
	"       show-code program 'INSN; INSN; ...'\n"
	"\n"
	"trampoline  the code behind a struct_ops member; RETURN is the size of its result (0, 1, "
	"2,\n"
	"            4, 8), each ARGUMENT that of an argument (1 to 8 bytes)\n"
	"program     instructions as the disassembler writes them: their bytes, the interpreter's\n"
	"            result, the JIT's code and its result. R1 points to a pointer to 1 KiB of "
	"numbers\n"
	"            of 32 bits, each 40\n";

/* --- What a trampoline calls; here only its address is of interest --- */

u32 bpf_stats_users;

void rcu_read_lock(void)
{
}

void rcu_read_unlock(void)
{
}

u64 ktime_get_ns(void)
{
	return 0;
}

struct bpf_run_ctx **bpf_run_ctx_slot(void)
{
	static struct bpf_run_ctx *slot;

	return &slot;
}

u32 smp_processor_id(void)
{
	return 0;
}

void bpf_tramp_image_release(struct bpf_tramp_image *im)
{
}

void bpf_prog_count_run(const struct bpf_prog *prog, u64 nsecs)
{
}

/* --- Printing --- */

static struct bpf_prog_aux aux;
static struct bpf_insn prog_insns[1];
static struct bpf_prog prog = { .aux = &aux,
				.bpf_func = bpf_prog_run_interp,
				.insnsi = prog_insns };

static const char *name_of(u64 address)
{
	const struct {
		const void *at;
		const char *name;
	} known[] = {
		{ (void *)__bpf_prog_enter, "__bpf_prog_enter" },
		{ (void *)__bpf_prog_exit, "__bpf_prog_exit" },
		{ (void *)bpf_prog_run_interp, "bpf_prog_run_interp" },
		{ &prog, "prog" },
		{ prog_insns, "prog->insnsi" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if ((u64)(uintptr_t)known[i].at == address)
			return known[i].name;
	return NULL;
}

static void print_insn(u32 offset, const char *text, void *arg)
{
	printf("  %3x  %s\n", offset, text);
}

static int disassemble(const u8 *code, u32 size)
{
	return x86_disasm(code, size, (uintptr_t)code, name_of, print_insn, NULL) ? 0 : 1;
}

static u8 *code_buffer(void)
{
	u8 *code = mmap(NULL, MAX_CODE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (code == MAP_FAILED) {
		fprintf(stderr, "show-code: out of memory\n");
		exit(1);
	}
	return code;
}

/* --- The two commands --- */

static int show_trampoline(int argc, char **argv)
{
	struct btf_func_model m = { .ret_size = atoi(argv[0]), .nr_args = argc - 1 };
	struct bpf_tramp_links links[BPF_TRAMP_MAX] = { 0 };
	struct bpf_tramp_link link = { .prog = &prog };
	u32 flags = BPF_TRAMP_F_INDIRECT | (m.ret_size ? BPF_TRAMP_F_RET_FENTRY_RET : 0);
	u8 *code = code_buffer();
	int size;

	if (argc - 1 > MAX_BPF_FUNC_ARGS) {
		fprintf(stderr, "show-code: at most %d arguments\n", MAX_BPF_FUNC_ARGS);
		return 1;
	}
	for (int i = 1; i < argc; i++)
		m.arg_size[i - 1] = atoi(argv[i]);
	links[BPF_TRAMP_FENTRY].links[0] = &link;
	links[BPF_TRAMP_FENTRY].nr_links = 1;
	size = arch_prepare_bpf_trampoline(NULL, code, code, MAX_CODE, &m, flags, links, NULL);
	if (size < 0) {
		fprintf(stderr, "show-code: no trampoline for these sizes (error %d)\n", -size);
		return 1;
	}
	printf("%d bytes\n", size);
	return disassemble(code, size);
}

static int show_jit(const struct bpf_insn *insns, u32 n)
{
	struct bpf_jit jit = { .insns = insns, .len = n };
	u8 *code = code_buffer();
	int err;

	bpf_jit_without = ~0U; /* the same text on every machine */
	err = bpf_jit_prepare(&jit);
	if (!err && jit.size <= MAX_CODE)
		err = bpf_jit_emit(&jit, code, code);
	if (err) {
		fprintf(stderr, "show-code: the JIT refuses the program (error %d)\n", -err);
		return 1;
	}
	printf("machine code, %u bytes:\n", jit.size);
	disassemble(code, jit.size);
	bpf_jit_release(&jit);
	return 0;
}

/* What a program gets as ctx: one argument, a pointer to a struct whose fields are all 40. */
static u64 make_ctx(void)
{
	static u32 fields[256];
	static u64 ctx[1];

	for (u32 i = 0; i < ARRAY_SIZE(fields); i++)
		fields[i] = 40;
	ctx[0] = (u64)(uintptr_t)fields;
	return (u64)(uintptr_t)ctx;
}

static int show_program(char *text)
{
	u64 ctx = make_ctx();
	struct bpf_insn insns[MAX_INSNS];
	char err[200], line[BPF_DISASM_MAX];
	u64 r0;
	int n;

	for (char *c = text; *c; c++)
		if (*c == ';')
			*c = '\n';
	n = bpf_asm(text, insns, MAX_INSNS, NULL, err, sizeof(err));
	if (n < 0) {
		fprintf(stderr, "show-code: %s\n", err);
		return 1;
	}
	printf("bytes, and what they mean:\n");
	for (int i = 0; i < n; i++) {
		const u8 *b = (const u8 *)&insns[i];

		bpf_disasm_insn(line, sizeof(line), &insns[i], NULL, true);
		printf("  %2d  %02x %02x %02x%02x %02x%02x%02x%02x  %s\n", i, b[0], b[1], b[2],
		       b[3], b[4], b[5], b[6], b[7], line);
	}
	printf("interpreter: r0 = 0x%llx\n", bpf_prog_run_interp((void *)(uintptr_t)ctx, insns));
	if (show_jit(insns, n) || !insn_run_jit(insns, n, ctx, 0, &r0))
		return 1;
	printf("JIT: r0 = 0x%llx\n", r0);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc >= 3 && !strcmp(argv[1], "trampoline"))
		return show_trampoline(argc - 2, argv + 2);
	if (argc == 3 && !strcmp(argv[1], "program"))
		return show_program(argv[2]);
	fputs(usage, argc == 2 && !strcmp(argv[1], "--help") ? stdout : stderr);
	return argc == 2 && !strcmp(argv[1], "--help") ? 0 : 1;
}
