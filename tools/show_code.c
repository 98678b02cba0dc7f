// SPDX-License-Identifier: GPL-2.0-only
/*
 * show-code: the machine code that the kernel generates, disassembled: trampolines, and bare BPF
 * programs three ways. For the documents, and for whoever changes a generator. Relies on capstone.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bpf/bpf.h"
#include "bpf/disasm.h"
#include "bpf/frame.h"
#include "bpf/fused.h"
#include "bpf/interp.h"
#include "bpf/jit.h"
#include "bpf/os.h"
#include "bpf/trampoline.h"
#include "tools/bpf_asm.h"
#include "tools/insn_jit.h"
#include "tools/insn_object.h"
#include "tools/x86_disasm.h"

#define MAX_INSNS 64
#define MAX_CODE  4096

static const char usage[] =
	"usage: show-code trampoline RETURN ARGUMENT...\n"
	"       show-code member 'INSN; INSN; ...' RETURN ARGUMENT...\n"
	"       show-code program 'INSN; INSN; ...'\n"
	"       show-code function FILE.bpf.o SECTION\n"
	"\n"
	"trampoline  the code behind a struct_ops member; RETURN is the size of its result (0, 1, "
	"2,\n"
	"            4, 8), each ARGUMENT that of an argument (1 to 8 bytes)\n"
	"member      the same with its program, classic and fused, each with its stack frame. "
	"RETURN and\n"
	"            ARGUMENTs as above, or of a member of the kernel: 4 8 is u32 ssthresh(struct "
	"sock *)\n"
	"program     instructions as the disassembler writes them: their bytes, the interpreter's\n"
	"            result, the JIT's code and its result. R1 points to a pointer to 1 KiB of "
	"numbers\n"
	"            of 32 bits, each 40\n"
	"function    the JIT's code for this CPU, of a section that needs no loader\n";

/* --- What a trampoline calls; here only its address is of interest --- */

u32 bpf_stats_users, bpf_classic_users;

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

/* --- What the fused form asks about its program: there are no maps, and prototypes are not known --- */

u32 bpf_call_nr_args(const struct bpf_prog *prog, const struct bpf_insn *call)
{
	return MAX_BPF_FUNC_REG_ARGS;
}

void bpf_jit_init(struct bpf_jit *jit, const struct bpf_prog *prog)
{
	*jit = (struct bpf_jit){ .insns = prog->insnsi,
				 .len = prog->len,
				 .func_start = prog->aux->subprog_starts,
				 .func_stack = prog->aux->subprog_stack,
				 .nr_funcs = prog->aux->func_cnt,
				 .prog = prog };
}

/* --- Printing --- */

static struct bpf_prog_aux aux;
static struct bpf_insn prog_insns[1];
static struct bpf_prog prog = { .aux = &aux,
				.bpf_func = bpf_prog_run_interp,
				.insnsi = prog_insns };

/* Where the check in front of a fused program goes. */
static const u8 *classic;

static const char *name_of(u64 address)
{
	const struct {
		const void *at;
		const char *name;
	} known[] = {
		{ (void *)__bpf_prog_enter, "__bpf_prog_enter" },
		{ (void *)__bpf_prog_exit, "__bpf_prog_exit" },
		{ (void *)bpf_prog_run_interp, prog.jited ? "prog" : "bpf_prog_run_interp" },
		{ &prog, "prog" },
		{ classic, "classic" },
		{ prog_insns, "prog->insnsi" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if ((u64)(uintptr_t)known[i].at == address)
			return known[i].name;
	return NULL;
}

static void print_insn(u32 offset, const char *text, void *arg)
{
	char variable[32];
	const char *at;

	snprintf(variable, sizeof(variable), "[0x%lx]", (unsigned long)&bpf_classic_users);
	at = strstr(text, variable);
	if (at)
		printf("  %3x  %.*s[bpf_classic_users]%s\n", offset, (int)(at - text), text,
		       at + strlen(variable));
	else
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

static void draw(const char *form, const struct bpf_frame *frame)
{
	char line[96];

	printf("stack of the %s form, from %s:\n", form, frame->base);
	for (u32 i = 0; i < frame->nr; i++)
		printf("%s\n", bpf_frame_line(&frame->slots[i], line, sizeof(line)));
}

/* --- The commands --- */

static bool parse_model(int argc, char **argv, struct btf_func_model *m)
{
	*m = (struct btf_func_model){ .ret_size = atoi(argv[0]), .nr_args = argc - 1 };
	if (argc - 1 > MAX_BPF_FUNC_ARGS) {
		fprintf(stderr, "show-code: at most %d arguments\n", MAX_BPF_FUNC_ARGS);
		return false;
	}
	for (int i = 1; i < argc; i++)
		m->arg_size[i - 1] = atoi(argv[i]);
	return true;
}

static u32 flags_of(const struct btf_func_model *m)
{
	return BPF_TRAMP_F_INDIRECT | (m->ret_size ? BPF_TRAMP_F_RET_FENTRY_RET : 0);
}

/* Instructions in @text, at most MAX_INSNS; -1 after having said what is wrong. */
static int assemble(char *text, struct bpf_insn *insns)
{
	char err[200];
	int n;

	for (char *c = text; *c; c++)
		if (*c == ';')
			*c = '\n';
	n = bpf_asm(text, insns, MAX_INSNS, NULL, err, sizeof(err));
	if (n < 0)
		fprintf(stderr, "show-code: %s\n", err);
	return n;
}

static int show_trampoline(const struct btf_func_model *m, struct bpf_frame *frame)
{
	struct bpf_tramp_links links[BPF_TRAMP_MAX] = { 0 };
	struct bpf_tramp_link link = { .prog = &prog };
	u8 *code = code_buffer();
	int size;

	links[BPF_TRAMP_FENTRY].links[0] = &link;
	links[BPF_TRAMP_FENTRY].nr_links = 1;
	size = arch_prepare_bpf_trampoline(NULL, code, code, MAX_CODE, m, flags_of(m), links, NULL);
	if (size < 0 || arch_bpf_trampoline_frame(m, flags_of(m), links, frame)) {
		fprintf(stderr, "show-code: no trampoline for these sizes (error %d)\n", -size);
		return 1;
	}
	printf("%d bytes\n", size);
	return disassemble(code, size);
}

/* The program's own code, as the classic form calls it. */
static int show_code(struct bpf_jit *jit)
{
	u8 *code = code_buffer();

	if (jit->size > MAX_CODE || bpf_jit_emit(jit, code, code))
		return 1;
	printf("%u bytes\n", jit->size);
	return disassemble(code, jit->size);
}

static int show_fused(const struct btf_func_model *m)
{
	struct bpf_fused f = { .prog = &prog, .model = m };
	u8 *code = code_buffer();
	int check = arch_bpf_stats_check(code, 0), err = bpf_fused_prepare(&f);

	if (check < 0 || (!err && f.jit.size > MAX_CODE - (u32)check))
		err = -E2BIG;
	if (!err) {
		classic = code + check + f.jit.size;
		arch_bpf_stats_check(code, classic - code);
		err = bpf_jit_emit(&f.jit, code + check, code + check);
	}
	if (err) {
		fprintf(stderr, "show-code: the program has no fused form (error %d)\n", -err);
	} else {
		printf("\nfused: %d bytes\n", (int)(classic - code));
		err = disassemble(code, classic - code);
		draw("fused", f.entry.frame);
	}
	bpf_fused_release(&f);
	return err != 0;
}

/* Bytes of stack that the instructions ask for. */
static u32 stack_of(const struct bpf_insn *insns, u32 n)
{
	int lowest = 0;

	for (u32 i = 0; i < n; i++) {
		u8 base = BPF_CLASS(insns[i].code) == BPF_LDX ? insns[i].src_reg : insns[i].dst_reg;

		if (base == BPF_REG_10 && insns[i].off < lowest)
			lowest = insns[i].off;
	}
	return -lowest;
}

static int show_member(char *text, int argc, char **argv)
{
	static struct bpf_insn insns[MAX_INSNS];
	static u32 start[1], stack[1];
	struct bpf_frame frame = { 0 };
	struct btf_func_model m;
	struct bpf_jit jit;
	int n = assemble(text, insns), err;

	if (n < 0 || !parse_model(argc, argv, &m))
		return 1;
	bpf_jit_without = ~0U;
	prog.insnsi = insns;
	prog.len = n;
	prog.jited = true;
	stack[0] = stack_of(insns, n);
	aux.func_cnt = 1;
	aux.subprog_starts = start;
	aux.subprog_stack = stack;
	printf("classic: the trampoline, ");
	if (show_trampoline(&m, &frame))
		return 1;
	bpf_jit_init(&jit, &prog);
	printf("and the program, ");
	err = bpf_jit_prepare(&jit) ?: show_code(&jit);
	bpf_jit_release(&jit);
	draw("classic", &frame);
	return err ?: show_fused(&m);
}

static int show_jit(const struct bpf_insn *insns, u32 n)
{
	struct bpf_jit jit = { .insns = insns, .len = n };
	u8 *code = code_buffer();
	int err;

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
	char line[BPF_DISASM_MAX];
	u64 r0;
	int n = assemble(text, insns);

	if (n < 0)
		return 1;
	bpf_jit_without = ~0U; /* the same text on every machine */
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

static int show_function(const char *path, const char *section)
{
	u32 len;
	const struct bpf_insn *insns = insn_section(path, section, &len);

	return insns ? show_jit(insns, len) : 1;
}

int main(int argc, char **argv)
{
	struct bpf_frame frame = { 0 };
	struct btf_func_model m;

	if (argc >= 3 && !strcmp(argv[1], "trampoline"))
		return !parse_model(argc - 2, argv + 2, &m) || show_trampoline(&m, &frame);
	if (argc >= 4 && !strcmp(argv[1], "member"))
		return show_member(argv[2], argc - 3, argv + 3);
	if (argc == 3 && !strcmp(argv[1], "program"))
		return show_program(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "function"))
		return show_function(argv[2], argv[3]);
	fputs(usage, argc == 2 && !strcmp(argv[1], "--help") ? stdout : stderr);
	return argc == 2 && !strcmp(argv[1], "--help") ? 0 : 1;
}
