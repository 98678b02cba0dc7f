// SPDX-License-Identifier: GPL-2.0-only
/* See insn_check.h. Hosted: relies on the C library for memory. */
#include "tools/insn_check.h"

#include <stdlib.h>

/* Per instruction. */
enum {
	SECOND_HALF = 1, /* of a ld_imm64: nothing may go there */
	FUNC_START = 2,
	DEPTH_SHIFT = 4, /* of a function's start: the deepest frame it was walked at */
};

struct check {
	const struct bpf_insn *insns;
	u32 len;
	u8 *marks;
	u32 *at;
};

static const char *check_ld_imm64(struct check *c, u32 i)
{
	const struct bpf_insn *second = &c->insns[i + 1];

	if (i + 1 == c->len)
		return "the second half of ld_imm64 is missing";
	if (c->insns[i].src_reg)
		return "ld_imm64 of a map, function or variable needs a loader";
	if (second->code || second->dst_reg || second->src_reg || second->off)
		return "the second half of ld_imm64 has more than an immediate in it";
	c->marks[i + 1] |= SECOND_HALF;
	return NULL;
}

/* Every instruction alone; marks second halves. */
static const char *check_each(struct check *c)
{
	const char *problem;
	u32 i;

	for (i = 0; i < c->len; i++) {
		const struct bpf_insn *insn = &c->insns[i];

		*c->at = i;
		problem = bpf_insn_problem(insn);
		if (problem)
			return problem;
		if (bpf_pseudo_kfunc_call(insn))
			return "there is no kfunc to call without a loader";
		if (insn->code == (BPF_JMP | BPF_JCOND))
			return "may_goto needs the verifier to give it a counter";
		if (!bpf_is_ld_imm64(insn))
			continue;
		problem = check_ld_imm64(c, i++);
		if (problem)
			return problem;
	}
	return NULL;
}

static bool lands(const struct check *c, s64 target)
{
	return target >= 0 && target < c->len && !(c->marks[target] & SECOND_HALF);
}

/* Every target; marks functions. */
static const char *check_targets(struct check *c)
{
	u32 i;

	c->marks[0] |= FUNC_START;
	for (i = 0; i < c->len; i++) {
		const struct bpf_insn *insn = &c->insns[i];

		*c->at = i;
		if (c->marks[i] & SECOND_HALF)
			continue;
		if (bpf_is_jump(insn) && !lands(c, (s64)i + 1 + bpf_jmp_offset(insn)))
			return "jump out of range, or into the middle of ld_imm64";
		if (!bpf_pseudo_call(insn))
			continue;
		if (!lands(c, (s64)i + 1 + insn->imm))
			return "local call out of range, or into the middle of ld_imm64";
		c->marks[i + 1 + insn->imm] |= FUNC_START;
	}
	return NULL;
}

/* True if the instruction never goes on to the next one. */
static bool ends_path(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_EXIT) || insn->code == (BPF_JMP | BPF_JA) ||
	       insn->code == (BPF_JMP32 | BPF_JA);
}

/* No jump may leave its function, and no path may run off its end. */
static const char *check_functions(struct check *c)
{
	u32 start = 0, end, i;

	for (; start < c->len; start = end) {
		for (end = start + 1; end < c->len && !(c->marks[end] & FUNC_START); end++)
			;
		*c->at = end - 1;
		if (c->marks[end - 1] & SECOND_HALF || !ends_path(&c->insns[end - 1]))
			return "a function ends without exit or jump";
		for (i = start; i < end; i++) {
			s64 target = (s64)i + 1 + bpf_jmp_offset(&c->insns[i]);

			*c->at = i;
			if (c->marks[i] & SECOND_HALF || !bpf_is_jump(&c->insns[i]))
				continue;
			if (target < start || target >= end)
				return "a jump leaves its function";
		}
	}
	return NULL;
}

/* Walks the calls of the function at @start, itself frame number @depth. */
static const char *check_depth(struct check *c, u32 start, u32 depth)
{
	const char *problem = NULL;
	u32 i = start;

	if (depth > MAX_CALL_FRAMES)
		return "local calls nest more than 8 frames deep, or recurse";
	if (c->marks[start] >> DEPTH_SHIFT >= depth)
		return NULL;
	c->marks[start] = (c->marks[start] & 0xf) | depth << DEPTH_SHIFT;
	do {
		if (!(c->marks[i] & SECOND_HALF) && bpf_pseudo_call(&c->insns[i])) {
			*c->at = i;
			problem = check_depth(c, i + 1 + c->insns[i].imm, depth + 1);
		}
		i++;
	} while (!problem && i < c->len && !(c->marks[i] & FUNC_START));
	return problem;
}

const char *insn_check(const struct bpf_insn *insns, u32 len, u32 *at)
{
	struct check c = { .insns = insns, .len = len, .at = at };
	const char *problem;

	*at = 0;
	if (!len)
		return "there is no instruction";
	c.marks = calloc(len, 1);
	if (!c.marks)
		return "out of memory";
	problem = check_each(&c);
	if (!problem)
		problem = check_targets(&c);
	if (!problem)
		problem = check_functions(&c);
	if (!problem)
		problem = check_depth(&c, 0, 1);
	free(c.marks);
	return problem;
}
