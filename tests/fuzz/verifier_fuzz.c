// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is the verifier sound? Random programs; those that it accepts are run by a small machine that
 * checks every memory access, and (in every second round, with all scalars precise) that each live
 * register is inside of what the verifier knew of it at that instruction.
 *
 *   build/verifier-fuzz [ROUNDS [SEED]]       TAP; a program that breaks a promise is printed
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/disasm.h"
#include "bpf/os.h"
#include "bpf/session.h"
#include "bpf/verifier/verifier.h"

#define MAX_LEN	   160
#define MAX_VISITS 400
#define VALUE_SIZE 64
#define MAX_STEPS  20000

static struct bpf_session *session;
static int map_fd;
static u64 rng_state;

static u32 rnd(u32 n)
{
	rng_state ^= rng_state << 13;
	rng_state ^= rng_state >> 7;
	rng_state ^= rng_state << 17;
	return (u32)(rng_state >> 11) % n;
}

/* ---- what the verifier knew ---- */

struct visit {
	u32 types[MAX_BPF_REG];
	s32 offs[MAX_BPF_REG];
	struct reg_bounds b[MAX_BPF_REG];
};

static struct {
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
	for (u32 r = 0; r < MAX_BPF_REG; r++) {
		v->types[r] = cur_regs(env)[r].type;
		v->offs[r] = cur_regs(env)[r].off;
		v->b[r] = cur_regs(env)[r].b;
	}
}

/* ---- the machine ---- */

struct machine {
	u64 r[MAX_BPF_REG];
	u64 value; /* address of the map's value */
	u8 stack[MAX_BPF_STACK] __attribute__((aligned(16)));
};

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
		return bounds_contain(&v->b[r], m->r[r] - m->value - (s64)v->offs[r]);
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
	       in_region(addr, size, m->value, VALUE_SIZE);
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

/* Runs it. NULL, or which promise was broken, at *@at. */
static const char *run(struct machine *m, u32 *at)
{
	u32 pc = 0;

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

/* ---- programs ---- */

static struct bpf_insn prog[MAX_LEN];
static u32 len;

static void emit(struct bpf_insn in)
{
	if (len < MAX_LEN)
		prog[len++] = in;
}

static s32 some_imm(void)
{
	static const s32 imms[] = { 0,	1,   2,	   7,	       8,
				    15, 31,  63,   64,	       -1,
				    -8, 255, 4096, 0x7fffffff, (s32)0x80000000 };

	return rnd(3) ? imms[rnd(ARRAY_SIZE(imms))] : (s32)rnd(100) - 50;
}

/* R0, R7 to R9 and R2 to R5 are scalars most of the time; R6 is the map's value. */
static u8 scalar_reg(void)
{
	static const u8 regs[] = { 0, 2, 3, 4, 5, 7, 8, 9 };

	return regs[rnd(ARRAY_SIZE(regs))];
}

static void emit_alu(void)
{
	static const u8 ops[] = { BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_OR,	BPF_AND, BPF_LSH,
				  BPF_RSH, BPF_MOD, BPF_XOR, BPF_MOV, BPF_ARSH, BPF_AND, BPF_ADD };
	u8 op = ops[rnd(ARRAY_SIZE(ops))], class = rnd(2) ? BPF_ALU64 : BPF_ALU;
	u8 dst = scalar_reg(), src = scalar_reg();
	s16 off = (op == BPF_DIV || op == BPF_MOD) && !rnd(3);
	s32 imm = some_imm();

	if (!rnd(12)) {
		emit(BPF_RAW_INSN(class | BPF_NEG, dst, 0, 0, 0));
		return;
	}
	if (!rnd(15)) {
		emit(BPF_RAW_INSN(rnd(2) ? BPF_ALU64 | BPF_END
					 : BPF_ALU | BPF_END | (rnd(2) ? BPF_X : 0),
				  dst, 0, 0, 16 << rnd(3)));
		return;
	}
	if (op == BPF_MOV && !rnd(3)) {
		emit(BPF_RAW_INSN(class | BPF_MOV | BPF_X, dst, src,
				  8 << rnd(class == BPF_ALU64 ? 3 : 2), 0));
		return;
	}
	if (op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH)
		imm = rnd(class == BPF_ALU64 ? 64 : 32);
	if ((op == BPF_DIV || op == BPF_MOD) && !imm)
		imm = 3;
	if (rnd(2))
		emit(BPF_RAW_INSN(class | op | BPF_X, dst, src, off, 0));
	else
		emit(BPF_RAW_INSN(class | op | BPF_K, dst, 0, off, imm));
}

static void emit_jump(void)
{
	static const u8 ops[] = { BPF_JEQ,  BPF_JGT, BPF_JGE, BPF_JSET, BPF_JNE, BPF_JSGT,
				  BPF_JSGE, BPF_JLT, BPF_JLE, BPF_JSLT, BPF_JSLE };
	u8 code = (rnd(2) ? BPF_JMP : BPF_JMP32) | ops[rnd(ARRAY_SIZE(ops))];
	s16 off = 1 + rnd(6);

	if (rnd(3))
		emit(BPF_RAW_INSN(code | BPF_K, scalar_reg(), 0, off, some_imm()));
	else
		emit(BPF_RAW_INSN(code | BPF_X, scalar_reg(), scalar_reg(), off, 0));
}

/* rP = R6 or R10; rP += a scalar that may be in bounds; an access. */
static void emit_access(void)
{
	static const u8 sizes[] = { BPF_B, BPF_H, BPF_W, BPF_DW };
	u8 size = sizes[rnd(4)], idx = scalar_reg(), val = scalar_reg();
	bool stack = rnd(2);
	s16 off = stack ? -(s16)(8 + 8 * rnd(8)) : (s16)rnd(16);

	if (rnd(2))
		emit(BPF_ALU64_IMM(BPF_AND, idx, rnd(2) ? 56 : 31));
	else if (rnd(2))
		emit(BPF_JMP_IMM(BPF_JGT, idx, rnd(70), 1 + rnd(5)));
	emit(BPF_MOV64_REG(BPF_REG_1, stack ? BPF_REG_10 : BPF_REG_6));
	if (rnd(3))
		emit(BPF_ALU64_REG(BPF_ADD, BPF_REG_1, idx));
	if (stack && rnd(2))
		off = -64 - 8 * (s16)rnd(2);
	switch (rnd(4)) {
	case 0:
		emit(BPF_STX_MEM(size, BPF_REG_1, val, off));
		break;
	case 1:
		emit(BPF_RAW_INSN(BPF_ST | size | BPF_MEM, BPF_REG_1, 0, off, some_imm()));
		break;
	case 2:
		if (size != BPF_DW) {
			emit(BPF_RAW_INSN(BPF_LDX | size | BPF_MEMSX, val, BPF_REG_1, off, 0));
			break;
		}
		/* fall through */
	default:
		emit(BPF_LDX_MEM(size, val, BPF_REG_1, off));
	}
}

static void emit_spill(void)
{
	static const u8 sizes[] = { BPF_B, BPF_H, BPF_W, BPF_DW };
	u8 size = rnd(2) ? BPF_DW : sizes[rnd(4)];
	s16 off = -(s16)(8 + 8 * rnd(8));

	if (rnd(2))
		emit(BPF_STX_MEM(size, BPF_REG_10, scalar_reg(), off));
	else
		emit(BPF_LDX_MEM(size, scalar_reg(), BPF_REG_10, off));
}

static void emit_loop(void)
{
	u8 r = scalar_reg(), other = scalar_reg();

	if (r == other)
		return;
	emit(BPF_MOV64_IMM(r, 0));
	emit(BPF_ALU64_REG(rnd(2) ? BPF_ADD : BPF_XOR, other, r));
	emit(BPF_ALU64_IMM(BPF_ADD, r, 1 + rnd(3)));
	emit(BPF_JMP_IMM(BPF_JLT, r, 1 + rnd(12), -3));
}

static void make_program(void)
{
	static const u8 scalars[] = { 0, 2, 3, 4, 5, 7, 8, 9 };
	u32 body = 8 + rnd(40);

	len = 0;
	prog[len++] = (struct bpf_insn){ .code = BPF_LD | BPF_DW | BPF_IMM,
					 .dst_reg = BPF_REG_6,
					 .src_reg = BPF_PSEUDO_MAP_VALUE,
					 .imm = map_fd };
	prog[len++] = (struct bpf_insn){ 0 };
	for (u32 i = 0; i < ARRAY_SIZE(scalars); i++) {
		if (rnd(3))
			emit(BPF_LDX_MEM(BPF_DW, scalars[i], BPF_REG_6, i * 8));
		else
			emit(BPF_MOV64_IMM(scalars[i], some_imm()));
	}
	for (u32 i = 1; i <= 9; i++)
		emit(BPF_STX_MEM(BPF_DW, BPF_REG_10, scalars[rnd(8)], -(s16)(8 * i)));
	for (u32 i = 0; i < body && len < MAX_LEN - 20; i++) {
		switch (rnd(10)) {
		case 0:
		case 1:
			emit_jump();
			break;
		case 2:
			emit_access();
			break;
		case 3:
		case 4:
			emit_spill();
			break;
		case 5:
			if (!rnd(6))
				emit_loop();
			break;
		default:
			emit_alu();
		}
	}
	/* Jumps go at most six instructions on. */
	for (u32 i = 0; i < 7; i++)
		emit(BPF_MOV64_IMM(BPF_REG_0, 0));
	emit(BPF_EXIT_INSN());
}

/* ---- rounds ---- */

static long load(void)
{
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
				.insns = (u64)prog,
				.insn_cnt = len,
				.license = (u64) "GPL" };
	long fd;

	memset(known.nr, 0, sizeof(known.nr));
	known.len = 0;
	known.too_many = false;
	if (!rnd(4))
		attr.prog_flags = BPF_F_TEST_STATE_FREQ;
	fd = bpf_syscall(session, BPF_PROG_LOAD, (u64)&attr, sizeof(attr));
	if (fd >= 0)
		bpf_local_session_close(session, fd);
	return fd;
}

static void fill_value(u64 value)
{
	static const u64 interesting[] = {
		0,     1,	   7,	       8,	   31,	       63,	   64,
		~0ULL, 0x7fffffff, 0x80000000, 0xffffffff, 1ULL << 32, 1ULL << 63, (1ULL << 63) - 1
	};

	for (u32 i = 0; i < VALUE_SIZE / 8; i++) {
		u64 v = interesting[rnd(ARRAY_SIZE(interesting))];

		if (!rnd(3))
			v = ((u64)rnd(~0U) << 32) | rnd(~0U);
		if (!rnd(3))
			v = rnd(80);
		memcpy((void *)(value + i * 8), &v, 8);
	}
}

static void print_program(void)
{
	char text[BPF_DISASM_MAX];

	for (u32 i = 0; i < known.len; i++) {
		bpf_disasm_insn(text, sizeof(text), &known.insns[i], NULL, true);
		printf("#   %u: %s\n", i, text);
		i += bpf_is_ld_imm64(&known.insns[i]);
	}
}

static u64 value_address(void)
{
	struct bpf_map *map;
	u64 addr = 0;

	if (!bpf_map_get(session, map_fd, &map)) {
		map->ops->map_direct_value_addr(map, &addr, 0);
		bpf_map_put(map);
	}
	return addr;
}

static bool one_round(u64 seed, u64 value)
{
	static struct machine m;
	const char *bad;
	u32 at;

	rng_state = seed * 0x9e3779b97f4a7c15ULL + 1;
	known.all_precise = seed & 1;
	make_program();
	if (load() < 0)
		return false;
	for (int i = 0; i < 20; i++) {
		memset(&m, 0, sizeof(m));
		m.value = value;
		m.r[BPF_REG_10] = fp_of(&m);
		fill_value(value);
		bad = run(&m, &at);
		if (!bad)
			continue;
		printf("not ok 1 - accepted programs keep their promises\n# seed %llu, at %u: %s\n",
		       (unsigned long long)seed, at, bad);
		for (u32 r = 0; r < MAX_BPF_REG; r++)
			printf("#   R%u = %#llx\n", r, (unsigned long long)m.r[r]);
		print_program();
		exit(1);
	}
	return true;
}

int main(int argc, char **argv)
{
	u64 rounds = argc > 1 ? strtoull(argv[1], NULL, 0) : 20000;
	u64 seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1, accepted = 0, value;
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY,
				.key_size = 4,
				.value_size = VALUE_SIZE,
				.max_entries = 1 };

	setvbuf(stdout, NULL, _IOLBF, 0);
	session = bpf_local_session_create("fuzz", ~0ULL);
	map_fd = bpf_syscall(session, BPF_MAP_CREATE, (u64)&attr, sizeof(attr));
	value = value_address();
	if (map_fd < 0 || !value)
		return 2;
	bpf_verifier_step_hook = record;
	for (u64 i = 0; i < rounds; i++)
		accepted += one_round(seed + i, value);
	bpf_local_session_destroy(session);
	printf("# %llu of %llu programs accepted\n", (unsigned long long)accepted,
	       (unsigned long long)rounds);
	printf("%sok 1 - accepted programs keep their promises\n", accepted ? "" : "not ");
	printf("1..1\n");
	return !accepted;
}
