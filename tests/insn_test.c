// SPDX-License-Identifier: GPL-2.0-only
/*
 * insn-test: runs the instruction tests of the .data files of tests/insn and prints TAP. Each program is
 * assembled, disassembled and assembled again (the bytes must be the same), then run by the interpreter and by the JIT.
 *
 *   -- name: what is claimed
 *   -- mem               optional: bytes in hex, R1 points to them, R2 is their number
 *   -- asm               the program (tools/bpf_asm.h)
 *   -- result            R0 at exit
 *   -- mem after         optional: what the memory must be then
 *   -- error: words      instead of a result: the structural check refuses with these words
 *   -- skip jit: reason
 *
 * insn-test --c FILES prints the same cases as C, for the kernel.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/disasm.h"
#include "bpf/interp.h"
#include "tests/insn_case.h"
#include "tools/bpf_asm.h"
#include "tools/insn_check.h"
#include "tools/insn_jit.h"

#define MAX_INSNS 4096
#define MAX_TEXT  (1 << 16)

/* One case as text. */
struct parsed {
	char name[256], code[MAX_TEXT], result[64], error[256], skip_jit[256];
	char mem[MAX_TEXT], mem_after[MAX_TEXT];
};

static struct bpf_insn insns[MAX_INSNS], again[MAX_INSNS];
static char problem[1024];
static u32 nr_cases, nr_failed;
static bool as_c;

static bool asm_call_cb(void *private, const char *name, struct bpf_insn *insn)
{
	int i = insn_case_func(name);

	insn->imm = TEST_FUNC_BASE + i;
	return i >= 0;
}

static const struct bpf_asm_cbs asm_cbs = { .call = asm_call_cb };

/* Pairs of hex digits, blanks anywhere. Returns a new buffer of exactly that size. */
static u8 *parse_hex(const char *text, u32 *len)
{
	u8 *bytes = malloc(strlen(text) / 2 + 1), *exact;
	unsigned int byte;
	int n;

	for (*len = 0; sscanf(text, " %2x%n", &byte, &n) == 1; text += n)
		bytes[(*len)++] = byte;
	exact = malloc(*len ? *len : 1);
	memcpy(exact, bytes, *len);
	free(bytes);
	return exact;
}

/* The disassembly of the program, assembled, is the program. */
static bool round_trips(u32 len)
{
	static char text[MAX_INSNS * 64];
	char line[BPF_DISASM_MAX], err[160];
	size_t used = 0;
	u32 i;
	int n;

	for (i = 0; i < len; i++) {
		bpf_disasm_insn(line, sizeof(line), &insns[i], NULL, true);
		used += snprintf(text + used, sizeof(text) - used, "%u: %s\n", i, line);
		if (bpf_is_ld_imm64(&insns[i]))
			i++;
	}
	n = bpf_asm(text, again, MAX_INSNS, NULL, err, sizeof(err));
	if (n == len && !memcmp(insns, again, len * sizeof(*insns)))
		return true;
	snprintf(problem, sizeof(problem), "does not survive the disassembler: %s\n%.700s",
		 n < 0 ? err : "other bytes", text);
	return false;
}

/* R0 and the memory as they came out of @engine. */
static bool results_right(const struct parsed *c, const char *engine, u64 r0, const u8 *mem,
			  u32 mem_len)
{
	u64 expected = strtoull(c->result, NULL, 0);
	u32 after_len;
	u8 *after = parse_hex(c->mem_after, &after_len);
	bool ok = r0 == expected;

	if (!ok)
		snprintf(problem, sizeof(problem), "%s: r0 is 0x%" PRIx64 ", not 0x%" PRIx64,
			 engine, (uint64_t)r0, (uint64_t)expected);
	else if (after_len && (after_len != mem_len || memcmp(mem, after, mem_len))) {
		snprintf(problem, sizeof(problem), "%s: the memory is not as expected", engine);
		ok = false;
	}
	free(after);
	return ok;
}

static bool run_interp(const struct parsed *c, u32 len)
{
	u32 mem_len;
	u8 *mem = parse_hex(c->mem, &mem_len);
	u64 r0 = bpf_interp_call(insns, mem_len ? (u64)(uintptr_t)mem : 0, mem_len, 0, 0, 0);
	bool ok = results_right(c, "interpreter", r0, mem, mem_len);

	free(mem);
	return ok;
}

static bool run_jit(const struct parsed *c, u32 len)
{
	u32 mem_len;
	u8 *mem = parse_hex(c->mem, &mem_len);
	u64 r0;
	bool ok;

	snprintf(problem, sizeof(problem), "jit: could not run it");
	ok = insn_run_jit(insns, len, mem_len ? (u64)(uintptr_t)mem : 0, mem_len, &r0) &&
	     results_right(c, "jit", r0, mem, mem_len);
	free(mem);
	return ok;
}

static bool run_case(const struct parsed *c, u32 len)
{
	insn_case_link(insns, len);
	return run_interp(c, len) && (c->skip_jit[0] || run_jit(c, len));
}

static bool check_case(const struct parsed *c)
{
	char err[160];
	const char *refused;
	u32 at;
	int len = bpf_asm(c->code, insns, MAX_INSNS, &asm_cbs, err, sizeof(err));

	if (len < 0) {
		snprintf(problem, sizeof(problem), "%s", err);
		return false;
	}
	refused = insn_check(insns, len, &at);
	if (c->error[0]) {
		if (refused && strstr(refused, c->error))
			return true;
		snprintf(problem, sizeof(problem), "expected the error \"%s\", found \"%s\"",
			 c->error, refused ? refused : "none");
		return false;
	}
	if (!refused && c->result[0])
		return round_trips(len) && run_case(c, len);
	snprintf(problem, sizeof(problem), "instruction %u: %s", at,
		 refused ? refused : "there is no result to compare with");
	return false;
}

static void print_c_bytes(const char *what, u32 n, const char *hex)
{
	u32 len, i;
	u8 *bytes = parse_hex(hex, &len);

	if (len) {
		printf("static const u8 %s%u[] = {", what, n);
		for (i = 0; i < len; i++)
			printf(" %u,", bytes[i]);
		printf(" };\n");
	}
	free(bytes);
}

static void print_c_data(const struct parsed *c)
{
	char err[160];
	int len = bpf_asm(c->code, insns, MAX_INSNS, &asm_cbs, err, sizeof(err)), i;

	if (c->error[0] || len < 0)
		return;
	printf("static const struct bpf_insn insns%u[] = {\n", nr_cases);
	for (i = 0; i < len; i++)
		printf("\t{ 0x%02x, %u, %u, %d, %d },\n", insns[i].code, insns[i].dst_reg,
		       insns[i].src_reg, insns[i].off, insns[i].imm);
	printf("};\n");
	print_c_bytes("mem", nr_cases, c->mem);
	print_c_bytes("after", nr_cases, c->mem_after);
}

/* The row of the table; kept until all data has been printed. */
static void add_c_row(const struct parsed *c, FILE *rows)
{
	bool mem = c->mem[0], after = c->mem_after[0];

	if (c->error[0])
		return;
	fprintf(rows, "\t{ .name = \"%s\", .insns = insns%u, .len = sizeof(insns%u) / 8, ", c->name,
		nr_cases, nr_cases);
	if (mem)
		fprintf(rows, ".mem = mem%u, .mem_len = sizeof(mem%u), ", nr_cases, nr_cases);
	if (after)
		fprintf(rows, ".mem_after = after%u, ", nr_cases);
	if (c->skip_jit[0])
		fprintf(rows, ".skip_jit = \"%s\", ", c->skip_jit);
	fprintf(rows, ".result = %sULL },\n", c->result);
}

static void finish_case(struct parsed *c, FILE *rows)
{
	if (!c->name[0])
		return;
	nr_cases++;
	if (as_c) {
		print_c_data(c);
		add_c_row(c, rows);
	} else if (check_case(c)) {
		printf("ok %u - %s\n", nr_cases, c->name);
	} else {
		char *line;

		nr_failed++;
		printf("not ok %u - %s\n", nr_cases, c->name);
		for (line = strtok(problem, "\n"); line; line = strtok(NULL, "\n"))
			printf("# %s\n", line);
	}
	memset(c, 0, sizeof(*c));
}

/* If @line is "-- KEY: value", copies the value. */
static bool keyed(const char *line, const char *key, char *value)
{
	size_t n = strlen(key);

	if (strncmp(line, key, n))
		return false;
	line += n + strspn(line + n, " ");
	snprintf(value, 256, "%.*s", (int)strcspn(line, "\n"), line);
	return true;
}

/* The section that a "-- " line opens. NULL: the line is complete in itself, or wrong. */
static char *open_section(struct parsed *c, const char *line)
{
	if (!strncmp(line, "-- asm", 6))
		return c->code;
	if (!strncmp(line, "-- mem after", 12))
		return c->mem_after;
	if (!strncmp(line, "-- mem", 6))
		return c->mem;
	if (!strncmp(line, "-- result", 9))
		return c->result;
	return NULL;
}

static bool run_file(const char *path, FILE *rows)
{
	static struct parsed c;
	char line[1024], *section = NULL, name[256];
	FILE *f = fopen(path, "r");

	if (!f) {
		fprintf(stderr, "insn-test: cannot read %s.\n", path);
		return false;
	}
	while (fgets(line, sizeof(line), f)) {
		if (line[0] == '#')
			continue;
		if (keyed(line, "-- name:", name)) {
			finish_case(&c, rows);
			strcpy(c.name, name);
			section = NULL;
		} else if (keyed(line, "-- error:", c.error) ||
			   keyed(line, "-- skip jit:", c.skip_jit)) {
			section = NULL;
		} else if (!strncmp(line, "-- ", 3)) {
			section = open_section(&c, line);
			if (!section) {
				fprintf(stderr, "insn-test: %s: unknown section: %s", path, line);
				fclose(f);
				return false;
			}
		} else if (section) {
			size_t room = section == c.result ? sizeof(c.result) : MAX_TEXT;

			line[section == c.result ? strcspn(line, "\n") : strlen(line)] = '\0';
			strncat(section, line, room - strlen(section) - 1);
		}
	}
	finish_case(&c, rows);
	fclose(f);
	return true;
}

static void copy_rows(FILE *rows)
{
	int ch;

	printf("const struct insn_case insn_cases[] = {\n");
	rewind(rows);
	while ((ch = fgetc(rows)) != EOF)
		putchar(ch);
	printf("};\nconst u32 nr_insn_cases = sizeof(insn_cases) / sizeof(insn_cases[0]);\n");
}

int main(int argc, char **argv)
{
	FILE *rows = tmpfile();
	int i = 1;

	as_c = argc > 1 && !strcmp(argv[1], "--c");
	i += as_c;
	if (i >= argc || !rows) {
		fprintf(stderr, "usage: insn-test [--c] FILE.data...\n");
		return 1;
	}
	if (as_c)
		printf("// Generated by insn-test --c\n#include \"tests/insn_case.h\"\n");
	else
		printf("TAP version 13\n");
	for (; i < argc; i++)
		if (!run_file(argv[i], rows))
			return 1;
	if (as_c)
		copy_rows(rows);
	else
		printf("1..%u\n", nr_cases);
	fclose(rows);
	return nr_failed ? 1 : 0;
}
