// SPDX-License-Identifier: GPL-2.0-only
/* See machine.h. */
#include "tests/fuzz/machine.h"

#include <stdio.h>
#include <string.h>

#include "bpf/disasm.h"
#include "bpf/verifier/verifier.h"
#include "tests/fuzz/scalar_gen.h"

#define MAX_LEN	   SCALAR_MAX_LEN
#define MAX_VISITS 400
#define MAX_STEPS  20000

/* ---- what the verifier knew ---- */

struct visit {
	u32 types[MAX_BPF_REG];
	s32 offs[MAX_BPF_REG];
	u32 out; /* a bit for each register that points into known.out */
	struct reg_bounds b[MAX_BPF_REG];
};

static struct {
	const struct bpf_map *out;
	struct bpf_insn insns[MAX_LEN];
	u16 live[MAX_LEN];
	u32 len, nr[MAX_LEN];
	struct visit visits[MAX_LEN][MAX_VISITS];
	bool too_many, all_precise;
} known;

static void record(struct bpf_verifier_env *env)
{
	u32 i = env->insn_idx, n = known.nr[i];
	struct visit *v;

	if (!known.len) {
		known.len = env->insn_cnt;
		memcpy(known.insns, env->insns, env->insn_cnt * sizeof(*env->insns));
		for (u32 k = 0; k < env->insn_cnt; k++)
			known.live[k] = env->insn_aux[k].live_regs_before;
	}
	if (known.all_precise)
		env->track_precision = false;
	if (n >= MAX_VISITS) {
		known.too_many = true;
		return;
	}
	v = &known.visits[i][n];
	known.nr[i]++;
	v->out = 0;
	for (u32 r = 0; r < MAX_BPF_REG; r++) {
		v->types[r] = cur_regs(env)[r].type;
		v->offs[r] = cur_regs(env)[r].off;
		v->b[r] = cur_regs(env)[r].b;
		if (v->types[r] == PTR_TO_MAP_VALUE && cur_regs(env)[r].map_ptr == known.out)
			v->out |= BIT(r);
	}
}

void machine_watch(const struct bpf_map *out, bool all_precise)
{
	memset(known.nr, 0, sizeof(known.nr));
	known.len = 0;
	known.too_many = false;
	known.all_precise = all_precise;
	known.out = out;
	bpf_verifier_step_hook = record;
}

void machine_forget(void)
{
	bpf_verifier_step_hook = NULL;
}

/* ---- the machine ---- */

static u64 fp_of(struct machine *m)
{
	return (u64)(m->stack + MAX_BPF_STACK);
}

static bool reg_inside(struct machine *m, const struct visit *v, u32 r)
{
	switch (v->types[r]) {
	case SCALAR_VALUE:
		return bounds_contain(&v->b[r], m->r[r]);
	case PTR_TO_STACK:
		return bounds_contain(&v->b[r], m->r[r] - fp_of(m) - (s64)v->offs[r]);
	case PTR_TO_MAP_VALUE:
		return bounds_contain(&v->b[r], m->r[r] - (v->out & BIT(r) ? m->out : m->value) -
							(s64)v->offs[r]);
	default:
		return true;
	}
}

static bool state_inside(struct machine *m, u32 pc)
{
	for (u32 i = 0; i < known.nr[pc]; i++) {
		bool all = true;

		for (u32 r = 0; r < MAX_BPF_REG && all; r++)
			all = !(known.live[pc] & BIT(r)) || reg_inside(m, &known.visits[pc][i], r);
		if (all)
			return true;
	}
	return false;
}

static bool in_region(u64 addr, u32 size, u64 start, u32 len)
{
	return addr >= start && addr + size <= start + len;
}

static bool access_ok(struct machine *m, u64 addr, u32 size)
{
	return in_region(addr, size, (u64)m->stack, MAX_BPF_STACK) ||
	       in_region(addr, size, m->value, SCALAR_VALUE_SIZE) ||
	       in_region(addr, size, m->out, SCALAR_OUT_SIZE);
}

static u64 sext(u64 v, u32 bits)
{
	return bits >= 64 ? v : (u64)((s64)(v << (64 - bits)) >> (64 - bits));
}

static u64 divmod(bool mod, bool sgn, u64 x, u64 y)
{
	if (!y)
		return mod ? x : 0;
	if (sgn && (s64)y == -1)
		return mod ? 0 : -x;
	if (sgn)
		return mod ? (u64)((s64)x % (s64)y) : (u64)((s64)x / (s64)y);
	return mod ? x % y : x / y;
}

static u64 swap_to(u64 v, u32 bits, bool swap)
{
	if (bits == 16)
		return swap ? __builtin_bswap16((u16)v) : (u16)v;
	if (bits == 32)
		return swap ? __builtin_bswap32((u32)v) : (u32)v;
	return swap ? __builtin_bswap64(v) : v;
}

static u64 alu(const struct bpf_insn *in, u64 x, u64 y)
{
	bool is64 = BPF_CLASS(in->code) == BPF_ALU64, sgn = in->off == 1;
	u8 op = BPF_OP(in->code), mask = is64 ? 63 : 31;
	u64 r = 0;

	if (op == BPF_END)
		return swap_to(x, in->imm, is64 || BPF_SRC(in->code) == BPF_TO_BE);
	if (!is64) {
		x = (u32)x;
		y = (u32)y;
	}
	switch (op) {
	case BPF_ADD:
		r = x + y;
		break;
	case BPF_SUB:
		r = x - y;
		break;
	case BPF_MUL:
		r = x * y;
		break;
	case BPF_OR:
		r = x | y;
		break;
	case BPF_AND:
		r = x & y;
		break;
	case BPF_XOR:
		r = x ^ y;
		break;
	case BPF_LSH:
		r = x << (y & mask);
		break;
	case BPF_RSH:
		r = x >> (y & mask);
		break;
	case BPF_ARSH:
		r = is64 ? (u64)((s64)x >> (y & 63)) : (u64)((s32)x >> (y & 31));
		break;
	case BPF_NEG:
		r = -x;
		break;
	case BPF_MOV:
		r = in->off ? sext(y, in->off) : y;
		break;
	case BPF_DIV:
	case BPF_MOD:
		if (sgn && !is64)
			r = divmod(op == BPF_MOD, true, sext(x, 32), sext(y, 32));
		else
			r = divmod(op == BPF_MOD, sgn, x, y);
	}
	return is64 ? r : (u32)r;
}

static bool taken(const struct bpf_insn *in, u64 x, u64 y)
{
	bool is32 = BPF_CLASS(in->code) == BPF_JMP32;
	s64 sx = is32 ? (s32)x : (s64)x, sy = is32 ? (s32)y : (s64)y;

	if (is32) {
		x = (u32)x;
		y = (u32)y;
	}
	switch (BPF_OP(in->code)) {
	case BPF_JEQ:
		return x == y;
	case BPF_JNE:
		return x != y;
	case BPF_JSET:
		return x & y;
	case BPF_JGT:
		return x > y;
	case BPF_JGE:
		return x >= y;
	case BPF_JLT:
		return x < y;
	case BPF_JLE:
		return x <= y;
	case BPF_JSGT:
		return sx > sy;
	case BPF_JSGE:
		return sx >= sy;
	case BPF_JSLT:
		return sx < sy;
	default:
		return sx <= sy;
	}
}

static const char *mem(struct machine *m, const struct bpf_insn *in, u64 y)
{
	bool load = BPF_CLASS(in->code) == BPF_LDX;
	u64 addr = m->r[load ? in->src_reg : in->dst_reg] + (s64)in->off, v = 0;
	u32 size = bpf_size_to_bytes(in->code);

	if (!access_ok(m, addr, size))
		return "memory access outside of every object";
	if (!load) {
		memcpy((void *)addr, &y, size);
		return NULL;
	}
	memcpy(&v, (void *)addr, size);
	m->r[in->dst_reg] = BPF_MODE(in->code) == BPF_MEMSX ? sext(v, size * 8) : v;
	return NULL;
}

const char *machine_run(struct machine *m, u32 *at)
{
	u32 pc = 0;

	m->r[BPF_REG_10] = fp_of(m);
	for (u32 steps = 0; steps < MAX_STEPS; steps++) {
		const struct bpf_insn *in = &known.insns[pc];
		u64 y = BPF_SRC(in->code) == BPF_X ? m->r[in->src_reg] : (u64)(s64)in->imm;
		const char *bad = NULL;

		*at = pc;
		if (known.all_precise && !known.too_many && !state_inside(m, pc))
			return "a register is not what the verifier thinks";
		if (!known.nr[pc])
			return "code that the verifier did not see is reached";
		switch (BPF_CLASS(in->code)) {
		case BPF_ALU:
		case BPF_ALU64:
			m->r[in->dst_reg] = alu(in, m->r[in->dst_reg], y);
			break;
		case BPF_LD:
			m->r[in->dst_reg] = bpf_ld_imm64_value(in);
			pc++;
			break;
		case BPF_LDX:
			bad = mem(m, in, 0);
			break;
		case BPF_ST:
			bad = mem(m, in, (u64)(s64)in->imm);
			break;
		case BPF_STX:
			bad = mem(m, in, m->r[in->src_reg]);
			break;
		default:
			if (in->code == (BPF_JMP | BPF_EXIT))
				return NULL;
			if (BPF_OP(in->code) == BPF_JA || taken(in, m->r[in->dst_reg], y))
				pc += bpf_jmp_offset(in);
		}
		if (bad)
			return bad;
		pc++;
	}
	return "it does not end";
}

void machine_print_program(void)
{
	char text[BPF_DISASM_MAX];

	for (u32 i = 0; i < known.len; i++) {
		bpf_disasm_insn(text, sizeof(text), &known.insns[i], NULL, true);
		printf("#   %u: %s\n", i, text);
		i += bpf_is_ld_imm64(&known.insns[i]);
	}
}
