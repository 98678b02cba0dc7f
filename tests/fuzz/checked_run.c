// SPDX-License-Identifier: GPL-2.0-only
/* See checked_run.h. */
#include "tests/fuzz/checked_run.h"

#include <stdio.h>
#include <string.h>

#define MAX_FRAMES 9
#define MAX_STEPS  2000000

struct frame {
	u8 stack[MAX_BPF_STACK], written[MAX_BPF_STACK];
	u64 regs[MAX_BPF_REG];
	bool set[MAX_BPF_REG];
	u32 back_to;
};

struct machine {
	struct checked_run *run;
	struct frame frames[MAX_FRAMES];
	u32 depth;
};

static bool wrong(struct machine *m, const char *what, u64 detail)
{
	snprintf(m->run->why, sizeof(m->run->why), "%s (0x%llx)", what, (unsigned long long)detail);
	return false;
}

/* @n bytes at @addr: in the value, or on a stack that is live; written before, if @read. */
static bool memory_ok(struct machine *m, u64 addr, u32 n, bool read)
{
	u64 value = (uintptr_t)m->run->value;

	if (addr >= value && addr + n <= value + m->run->size)
		return true;
	for (u32 d = 0; d <= m->depth; d++) {
		struct frame *f = &m->frames[d];
		u64 stack = (uintptr_t)f->stack;

		if (addr < stack || addr + n > stack + MAX_BPF_STACK)
			continue;
		if (!read)
			memset(f->written + (addr - stack), 1, n);
		else if (memchr(f->written + (addr - stack), 0, n))
			return wrong(m, "a read of stack that was never written, below fp by",
				     stack + MAX_BPF_STACK - addr);
		return true;
	}
	return wrong(m, "an access to memory that is not the program's, from the value by",
		     addr - value);
}

static bool load(struct machine *m, u64 addr, u8 size, bool sx, u64 *v)
{
	u32 n = bpf_size_to_bytes(size);
	u32 shift = 64 - 8 * n;

	if (!memory_ok(m, addr, n, true))
		return false;
	*v = 0;
	memcpy(v, (void *)(uintptr_t)addr, n);
	if (sx)
		*v = (s64)(*v << shift) >> shift;
	return true;
}

static bool store(struct machine *m, u64 addr, u8 size, u64 v)
{
	u32 n = bpf_size_to_bytes(size);

	if (!memory_ok(m, addr, n, false))
		return false;
	memcpy((void *)(uintptr_t)addr, &v, n);
	return true;
}

static u64 divide(u64 a, u64 b, bool sign, bool rest, bool wide)
{
	if (!b)
		return rest ? a : 0;
	if (!sign)
		return rest ? a % b : a / b;
	if (wide ? (s64)b == -1 : (s32)b == -1)
		return rest ? 0 : -a;
	if (!wide)
		return (u32)(rest ? (s32)a % (s32)b : (s32)a / (s32)b);
	return rest ? (s64)a % (s64)b : (s64)a / (s64)b;
}

static u64 swap_bytes(u64 v, u32 bits, bool swap)
{
	if (bits == 16)
		return swap ? __builtin_bswap16(v) : (u16)v;
	if (bits == 32)
		return swap ? __builtin_bswap32(v) : (u32)v;
	return swap ? __builtin_bswap64(v) : v;
}

static u64 alu(const struct bpf_insn *insn, u64 a, u64 b)
{
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64;
	u32 bits = wide ? 63 : 31, shift = 64 - insn->off;
	u64 r;

	if (!wide) {
		a = (u32)a;
		b = (u32)b;
	}
	switch (BPF_OP(insn->code)) {
	case BPF_ADD:
		r = a + b;
		break;
	case BPF_SUB:
		r = a - b;
		break;
	case BPF_MUL:
		r = a * b;
		break;
	case BPF_DIV:
		r = divide(a, b, insn->off, false, wide);
		break;
	case BPF_MOD:
		r = divide(a, b, insn->off, true, wide);
		break;
	case BPF_OR:
		r = a | b;
		break;
	case BPF_AND:
		r = a & b;
		break;
	case BPF_XOR:
		r = a ^ b;
		break;
	case BPF_LSH:
		r = a << (b & bits);
		break;
	case BPF_RSH:
		r = a >> (b & bits);
		break;
	case BPF_ARSH:
		r = wide ? (u64)((s64)a >> (b & 63)) : (u64)((s32)a >> (b & 31));
		break;
	case BPF_NEG:
		r = -a;
		break;
	default:
		r = insn->off ? (u64)((s64)(b << shift) >> shift) : b;
		break; /* MOV */
	}
	return wide ? r : (u32)r;
}

static bool taken(const struct bpf_insn *insn, u64 a, u64 b)
{
	bool wide = BPF_CLASS(insn->code) == BPF_JMP;
	s64 sa = wide ? (s64)a : (s32)a, sb = wide ? (s64)b : (s32)b;

	if (!wide) {
		a = (u32)a;
		b = (u32)b;
	}
	switch (BPF_OP(insn->code)) {
	case BPF_JEQ:
		return a == b;
	case BPF_JNE:
		return a != b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	case BPF_JLT:
		return a < b;
	case BPF_JLE:
		return a <= b;
	case BPF_JSET:
		return a & b;
	case BPF_JSGT:
		return sa > sb;
	case BPF_JSGE:
		return sa >= sb;
	case BPF_JSLT:
		return sa < sb;
	default:
		return sa <= sb;
	}
}

static bool get(struct machine *m, u8 reg, u64 *v)
{
	struct frame *f = &m->frames[m->depth];

	*v = f->regs[reg];
	return f->set[reg] || wrong(m, "a register that was never set, R", reg);
}

static void set(struct machine *m, u8 reg, u64 v)
{
	m->frames[m->depth].regs[reg] = v;
	m->frames[m->depth].set[reg] = true;
}

static void enter(struct machine *m, u32 back_to)
{
	struct frame *f = &m->frames[++m->depth];
	struct frame *caller = f - 1;

	memset(f, 0, sizeof(*f));
	for (u8 r = 1; r <= 5; r++) {
		f->regs[r] = caller->regs[r];
		f->set[r] = caller->set[r];
		caller->set[r] = false;
	}
	caller->set[0] = false;
	f->regs[10] = (uintptr_t)f->stack + MAX_BPF_STACK;
	f->set[10] = true;
	f->back_to = back_to;
}

static bool step_alu(struct machine *m, const struct bpf_insn *insn)
{
	bool mov = BPF_OP(insn->code) == BPF_MOV;
	u64 a = 0, b = (s64)insn->imm;

	if (!mov && !get(m, insn->dst_reg, &a))
		return false;
	if (BPF_OP(insn->code) == BPF_END) {
		set(m, insn->dst_reg, swap_bytes(a, insn->imm, BPF_SRC(insn->code) == BPF_TO_BE));
		return true;
	}
	if (BPF_SRC(insn->code) == BPF_X && !get(m, insn->src_reg, &b))
		return false;
	set(m, insn->dst_reg, alu(insn, a, b));
	return true;
}

static bool step_atomic(struct machine *m, const struct bpf_insn *insn, u64 addr)
{
	u64 add, old;

	if (!get(m, insn->src_reg, &add) || !load(m, addr, BPF_DW, false, &old) ||
	    !store(m, addr, BPF_DW, old + add))
		return false;
	if (insn->imm & BPF_FETCH)
		set(m, insn->src_reg, old);
	return true;
}

static bool step_memory(struct machine *m, const struct bpf_insn *insn)
{
	bool is_load = BPF_CLASS(insn->code) == BPF_LDX;
	u64 addr, v = (s64)insn->imm;

	if (!get(m, is_load ? insn->src_reg : insn->dst_reg, &addr))
		return false;
	addr += insn->off;
	if (is_load) {
		if (!load(m, addr, BPF_SIZE(insn->code), BPF_MODE(insn->code) == BPF_MEMSX, &v))
			return false;
		set(m, insn->dst_reg, v);
		return true;
	}
	if (BPF_MODE(insn->code) == BPF_ATOMIC)
		return step_atomic(m, insn, addr);
	if (BPF_CLASS(insn->code) == BPF_STX && !get(m, insn->src_reg, &v))
		return false;
	return store(m, addr, BPF_SIZE(insn->code), v);
}

/* @pc is already the next instruction. *done at the main program's exit. */
static bool step_jump(struct machine *m, const struct bpf_insn *insn, u32 *pc, bool *done)
{
	u64 a, b = (s64)insn->imm;

	switch (BPF_OP(insn->code)) {
	case BPF_EXIT:
		if (!get(m, 0, &a))
			return false;
		*done = !m->depth;
		m->run->r0 = a;
		if (m->depth) {
			*pc = m->frames[m->depth--].back_to;
			set(m, 0, a);
		}
		return true;
	case BPF_CALL:
		enter(m, *pc);
		*pc += insn->imm;
		return true;
	case BPF_JA:
		*pc += insn->off;
		return true;
	}
	if (!get(m, insn->dst_reg, &a) ||
	    (BPF_SRC(insn->code) == BPF_X && !get(m, insn->src_reg, &b)))
		return false;
	*pc += taken(insn, a, b) ? insn->off : 0;
	return true;
}

bool checked_run(struct checked_run *run, const struct bpf_insn *insns, u32 len)
{
	static struct machine m;
	bool done = false, ok = true;
	u32 pc = 0, steps = 0;

	memset(&m, 0, sizeof(m));
	m.run = run;
	m.frames[0].regs[10] = (uintptr_t)m.frames[0].stack + MAX_BPF_STACK;
	m.frames[0].set[10] = true;
	while (ok && !done) {
		const struct bpf_insn *insn = &insns[pc];

		if (pc >= len || ++steps > MAX_STEPS)
			return wrong(&m, "it leaves the program, or never ends", pc);
		run->insn = pc++;
		switch (BPF_CLASS(insn->code)) {
		case BPF_ALU:
		case BPF_ALU64:
			ok = step_alu(&m, insn);
			break;
		case BPF_LD:
			set(&m, insn->dst_reg, (uintptr_t)run->value);
			pc++;
			break;
		case BPF_JMP:
		case BPF_JMP32:
			ok = step_jump(&m, insn, &pc, &done);
			break;
		default:
			ok = step_memory(&m, insn);
		}
	}
	return ok;
}
