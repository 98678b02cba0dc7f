// SPDX-License-Identifier: GPL-2.0-only
/*
 * bpf-plugin: runs one raw BPF program and prints R0. The program comes as bytes in hex on standard
 * input, its memory as hex in an argument. No verifier is in front: a program that leaves its
 * memory is ended with a sentence, where the machine notices. What a conformance runner calls.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <time.h>

#include "bpf/bpf.h"
#include "bpf/interp.h"
#include "tools/insn_check.h"
#include "tools/insn_jit.h"

static const char usage[] = "usage: bpf-plugin [--interp | --jit] [MEMORY] < PROGRAM\n"
			    "Run one raw BPF program and print R0 in hex.\n"
			    "\n"
			    "  MEMORY    bytes in hex, spaces allowed: R1 is their address (0 if "
			    "none), R2 their number\n"
			    "  PROGRAM   the instructions' bytes in hex, separated by spaces\n"
			    "  --interp  by the interpreter (the default)\n"
			    "  --jit     by the JIT\n"
			    "  --help    print this text\n"
			    "\n"
			    "Exit status: 0, or 1 with one sentence on standard error.\n";

struct bytes {
	u8 *data;
	size_t len;
};

static bool fail(const char *sentence)
{
	fprintf(stderr, "bpf-plugin: %s\n", sentence);
	return false;
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef",
		   *p = strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c);

	return c && p ? p - digits : -1;
}

/* "01 02ff" becomes three bytes. False with a sentence if it is not that. */
static bool parse_hex(const char *text, const char *what, struct bytes *out)
{
	out->len = 0;
	out->data = malloc(strlen(text) / 2 + 1);
	if (!out->data)
		return fail("out of memory");
	for (; *text; text++) {
		int high, low;

		if (strchr(" \t\r\n", *text))
			continue;
		high = hex_digit(text[0]);
		low = high < 0 ? -1 : hex_digit(text[1]);
		if (low < 0) {
			fprintf(stderr, "bpf-plugin: %s is not pairs of hex digits at \"%.2s\".\n",
				what, text);
			return false;
		}
		out->data[out->len++] = high << 4 | low;
		text++;
	}
	return true;
}

/* All of standard input as a string that the caller frees, or NULL. */
static char *read_all(FILE *f)
{
	size_t size = 1 << 16, len = 0, n;
	char *text = malloc(size), *more;

	while (text && (n = fread(text + len, 1, size - len - 1, f)) > 0) {
		len += n;
		if (len + 1 < size)
			continue;
		size *= 2;
		more = realloc(text, size);
		if (!more)
			free(text);
		text = more;
	}
	if (text)
		text[len] = '\0';
	return text;
}

static u64 ktime_get_ns_helper(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* Turns helper numbers into distances from __bpf_call_base, as the verifier's fixups do. */
static bool resolve_helpers(struct bpf_insn *insns, u32 len)
{
	u32 i;

	for (i = 0; i < len; i++) {
		if (bpf_is_ld_imm64(&insns[i])) {
			i++;
			continue;
		}
		if (!bpf_helper_call(&insns[i]))
			continue;
		if (insns[i].imm != BPF_FUNC_ktime_get_ns) {
			fprintf(stderr, "bpf-plugin: instruction %u: helper %d needs a kernel.\n",
				i, insns[i].imm);
			return false;
		}
		insns[i].imm = BPF_CALL_IMM(ktime_get_ns_helper);
	}
	return true;
}

static bool run(const struct bytes *prog, const struct bytes *mem, bool jit)
{
	struct bpf_insn *insns = (struct bpf_insn *)prog->data;
	u32 len = prog->len / sizeof(*insns), at;
	const char *problem;
	u64 r1, r0;

	if (prog->len % sizeof(*insns))
		return fail("the program is not a multiple of 8 bytes long.");
	problem = insn_check(insns, len, &at);
	if (problem) {
		fprintf(stderr, "bpf-plugin: instruction %u (opcode 0x%02x): %s.\n", at,
			at < len ? insns[at].code : 0, problem);
		return false;
	}
	if (!resolve_helpers(insns, len))
		return false;
	r1 = mem->len ? (u64)(uintptr_t)mem->data : 0;
	if (!jit)
		r0 = bpf_interp_call(insns, r1, mem->len, 0, 0, 0);
	else if (!insn_run_jit(insns, len, r1, mem->len, &r0))
		return false;
	printf("%" PRIx64 "\n", (uint64_t)r0);
	return !fflush(stdout) || fail("the result cannot be written.");
}

/* There is no verifier in front: the program may have used any address. Nothing can be saved any more. */
static void on_bad_access(int signal)
{
	static const char text[] = "bpf-plugin: the program used memory that is not its own.\n";

	_exit(write(STDERR_FILENO, text, sizeof(text) - 1) < 0 ? 2 : 1);
}

int main(int argc, char **argv)
{
	struct bytes prog = { 0 }, mem = { 0 };
	const char *mem_text = NULL;
	char *text;
	int i;
	bool ok, jit = false;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help")) {
			fputs(usage, stdout);
			return 0;
		}
		if (!strcmp(argv[i], "--interp") || !strcmp(argv[i], "--jit")) {
			jit = argv[i][2] == 'j';
			continue;
		}
		if (argv[i][0] == '-' || mem_text) {
			fprintf(stderr, "bpf-plugin: did not expect \"%s\"; see --help.\n",
				argv[i]);
			return 1;
		}
		mem_text = argv[i];
	}
	signal(SIGSEGV, on_bad_access);
	signal(SIGBUS, on_bad_access);
	text = read_all(stdin);
	if (!text)
		return fail("out of memory."), 1;
	ok = parse_hex(text, "the program", &prog) &&
	     parse_hex(mem_text ? mem_text : "", "the memory", &mem) && run(&prog, &mem, jit);
	free(text);
	free(prog.data);
	free(mem.data);
	return ok ? 0 : 1;
}
