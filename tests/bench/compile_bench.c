// SPDX-License-Identifier: GPL-2.0-only
/*
 * What compiling costs, over the length of programs: nanoseconds and bytes of code per instruction. Straight-line
 * programs are what a compiler makes of arithmetic on a struct; branchy ones jump every third instruction.
 */
#include "tests/bench/jit_bench.h"

#include <malloc.h>

#include "bpf/interp.h"
#include "bpf/jit.h"
#include "tests/bench/rounds.h"

#define ROUNDS 15

static const u32 lengths[] = { 10, 100, 1000, 10000, 100000 };

static struct bpf_insn straight_insn(u32 i)
{
	u8 a = i % 9, b = (i + 4) % 9;

	switch (i % 8) {
	case 0:
		return BPF_LDX_MEM(BPF_DW, a, BPF_REG_10, -8 * (s16)(i % 16) - 8);
	case 1:
		return BPF_ALU64_IMM(BPF_ADD, a, i & 0xfff);
	case 2:
		return BPF_ALU64_REG(BPF_XOR, a, b);
	case 3:
		return BPF_MOV64_REG(a, b);
	case 4:
		return BPF_ALU32_IMM(BPF_AND, a, 0xff);
	case 5:
		return BPF_ALU64_IMM(BPF_RSH, a, i % 31 + 1);
	case 6:
		return BPF_LDX_MEM(BPF_B, a, BPF_REG_10, -(s16)(i % 100) - 1);
	default:
		return BPF_STX_MEM(BPF_W, BPF_REG_10, a, -8 * (s16)(i % 16) - 8);
	}
}

/* Jumps of all lengths that fit, both ways; nobody runs it. */
static struct bpf_insn branchy_insn(u32 i, u32 len)
{
	static const u8 ops[] = { BPF_JGT, BPF_JEQ, BPF_JNE, BPF_JSLT };
	u32 distance = i * 2654435761U >> 26, to = i + 1 + distance;

	if (i % 3)
		return straight_insn(i);
	if (i % 5 == 0 && i > distance + 1)
		to = i - distance;
	return BPF_JMP_IMM(ops[i / 3 % 4], i % 9, (s32)(i & 0xff), (s32)(min(to, len - 2) - i - 1));
}

static struct bpf_insn *make_program(u32 len, bool branchy)
{
	struct bpf_insn *insns = calloc(len, sizeof(*insns));
	u32 i;

	for (i = 0; i < len - 2; i++)
		insns[i] = branchy ? branchy_insn(i, len) : straight_insn(i);
	insns[len - 2] = BPF_MOV64_IMM(BPF_REG_0, 1);
	insns[len - 1] = BPF_EXIT_INSN();
	return insns;
}

/* Nanoseconds of the fastest of some compilations; *@size: bytes of code. */
static double time_compile(const struct bpf_insn *insns, u32 len, u32 *size)
{
	u32 k, n, repeat = max(1U, 20000 / len);
	u8 *code = malloc(len * 32 + 1024);
	double best = 1e18;

	for (k = 0; k < ROUNDS; k++) {
		double start = now_ns();

		for (n = 0; n < repeat; n++) {
			struct bpf_jit jit = { .insns = insns, .len = len };

			bpf_jit_prepare(&jit);
			bpf_jit_emit(&jit, code, code);
			*size = jit.size;
			bpf_jit_release(&jit);
		}
		best = fmin(best, (now_ns() - start) / repeat);
	}
	free(code);
	return best;
}

void bench_compile(FILE *f, FILE *md, FILE *csv)
{
	static const char header[] = "\n| compiled | insns | ns | ns/insn | bytes/insn |\n"
				     "|---|--:|--:|--:|--:|\n";
	u32 i, branchy, size = 0;

	/* Memory that is used again: the C library's large blocks would be the system's, with a fault for each page. */
	mallopt(M_MMAP_THRESHOLD, 1 << 30);
	mallopt(M_TRIM_THRESHOLD, 1 << 30);
	fputs(header, f);
	fputs(header, md);
	fprintf(csv, "kind,insns,ns,bytes\n");
	for (branchy = 0; branchy < 2; branchy++)
		for (i = 0; i < ARRAY_SIZE(lengths); i++) {
			struct bpf_insn *insns = make_program(lengths[i], branchy);
			double ns = time_compile(insns, lengths[i], &size), n = lengths[i];
			const char *kind = branchy ? "branchy" : "straight";
			char row[100];

			snprintf(row, sizeof(row), "| %-8s | %6.0f | %8.0f | %5.1f | %5.2f |\n",
				 kind, n, ns, ns / n, size / n);
			fputs(row, f);
			fputs(row, md);
			fprintf(csv, "%s,%.0f,%.0f,%u\n", kind, n, ns, size);
			free(insns);
		}
}

/* Nanoseconds per instruction that the interpreter executes, of a loop of the kinds above. */
double bench_interpreter(void)
{
	enum { BODY = 64, TIMES = 1000 };
	struct bpf_insn insns[BODY + 16];
	double best = 1e18;
	u32 i, n = 0, k;

	for (i = 0; i < 10; i++)
		if (i != BPF_REG_9)
			insns[n++] = BPF_MOV64_IMM(i, i * 7 + 1);
	insns[n++] = BPF_MOV64_IMM(BPF_REG_9, TIMES);
	for (i = 0; i < BODY; i++)
		insns[n++] = straight_insn(i);
	insns[n++] = BPF_ALU64_IMM(BPF_ADD, BPF_REG_9, -1);
	insns[n] = BPF_JMP_IMM(BPF_JNE, BPF_REG_9, 0, -BODY - 2);
	insns[++n] = BPF_EXIT_INSN();
	for (k = 0; k < ROUNDS; k++) {
		double start = now_ns();

		bpf_interp_call(insns, 0, 0, 0, 0, 0);
		best = fmin(best, now_ns() - start);
	}
	return best / (11.0 + TIMES * (BODY + 2));
}
