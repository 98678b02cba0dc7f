// SPDX-License-Identifier: GPL-2.0-only
/*
 * The disassembler. Relies on insn.h and printf only, so the host tools use it as well.
 * One function for each instruction class, each a line per form; tables for the operators.
 */
#include "bpf/disasm.h"

#include "kernel/lib/printf.h"

/* Where the text goes, and what it is made of. */
struct disasm {
	char *buf;
	size_t size;
	const struct bpf_insn *insn;
	const struct bpf_disasm_cbs *cbs;
	bool allow_ptr_leaks;
};

#define EMIT(d, fmt, ...) \
	scnprintf((d)->buf, (d)->size, "(%02x) " fmt, (d)->insn->code, ##__VA_ARGS__)

#define FUNC_NAME(name) [BPF_FUNC_##name] = "bpf_" #name
static const char *const func_names[] = { __BPF_FUNC_MAPPER(FUNC_NAME) };

static const char *const alu_ops[16] = {
	[BPF_ADD >> 4] = "+=",	[BPF_SUB >> 4] = "-=",	[BPF_MUL >> 4] = "*=",
	[BPF_DIV >> 4] = "/=",	[BPF_OR >> 4] = "|=",	[BPF_AND >> 4] = "&=",
	[BPF_LSH >> 4] = "<<=", [BPF_RSH >> 4] = ">>=", [BPF_MOD >> 4] = "%=",
	[BPF_XOR >> 4] = "^=",	[BPF_MOV >> 4] = "=",	[BPF_ARSH >> 4] = "s>>=",
};

static const char *const jmp_ops[16] = {
	[BPF_JEQ >> 4] = "==",	 [BPF_JGT >> 4] = ">",	  [BPF_JGE >> 4] = ">=",
	[BPF_JSET >> 4] = "&",	 [BPF_JNE >> 4] = "!=",	  [BPF_JSGT >> 4] = "s>",
	[BPF_JSGE >> 4] = "s>=", [BPF_JLT >> 4] = "<",	  [BPF_JLE >> 4] = "<=",
	[BPF_JSLT >> 4] = "s<",	 [BPF_JSLE >> 4] = "s<=",
};

static const char *const fetch_ops[16] = {
	[BPF_ADD >> 4] = "add",
	[BPF_AND >> 4] = "and",
	[BPF_OR >> 4] = "or",
	[BPF_XOR >> 4] = "xor",
};

/* By BPF_SIZE() >> 3. */
static const char *const mem_types[4] = { "u32", "u16", "u8", "u64" };
static const char *const sx_types[4] = { "s32", "s16", "s8", "s64" };

static int bug(struct disasm *d)
{
	return scnprintf(d->buf, d->size, "BUG_%02x", d->insn->code);
}

static const char *alu_op_name(const struct bpf_insn *insn)
{
	u8 op = BPF_OP(insn->code);

	if (op == BPF_DIV && insn->off == 1)
		return "s/=";
	if (op == BPF_MOD && insn->off == 1)
		return "s%=";
	return alu_ops[op >> 4];
}

static const char *movsx_cast(const struct bpf_insn *insn)
{
	if (BPF_OP(insn->code) != BPF_MOV)
		return "";
	return insn->off == 8 ? "(s8)" : insn->off == 16 ? "(s16)" : insn->off == 32 ? "(s32)" : "";
}

static int disasm_end(struct disasm *d)
{
	const struct bpf_insn *insn = d->insn;
	const char *name = BPF_CLASS(insn->code) == BPF_ALU64 ? "bswap"
			   : BPF_SRC(insn->code) == BPF_TO_BE ? "be"
							      : "le";

	return EMIT(d, "r%d = %s%d r%d", insn->dst_reg, name, insn->imm, insn->dst_reg);
}

static int disasm_alu(struct disasm *d)
{
	const struct bpf_insn *insn = d->insn;
	char reg = BPF_CLASS(insn->code) == BPF_ALU ? 'w' : 'r';
	const char *op = alu_op_name(insn);

	if (BPF_OP(insn->code) == BPF_END)
		return disasm_end(d);
	if (BPF_OP(insn->code) == BPF_NEG)
		return EMIT(d, "%c%d = -%c%d", reg, insn->dst_reg, reg, insn->dst_reg);
	if (!op)
		return bug(d);
	if (BPF_SRC(insn->code) == BPF_K)
		return EMIT(d, "%c%d %s %d", reg, insn->dst_reg, op, insn->imm);
	return EMIT(d, "%c%d %s %s%c%d", reg, insn->dst_reg, op, movsx_cast(insn), reg,
		    insn->src_reg);
}

static int disasm_atomic(struct disasm *d)
{
	const struct bpf_insn *insn = d->insn;
	const char *type = mem_types[BPF_SIZE(insn->code) >> 3];
	const char *width = BPF_SIZE(insn->code) == BPF_DW ? "64" : "";
	const char *op = fetch_ops[(insn->imm >> 4) & 15];

	if (insn->imm == BPF_CMPXCHG)
		return EMIT(d, "r0 = atomic%s_cmpxchg((%s *)(r%d %+d), r0, r%d)", width, type,
			    insn->dst_reg, insn->off, insn->src_reg);
	if (insn->imm == BPF_XCHG)
		return EMIT(d, "r%d = atomic%s_xchg((%s *)(r%d %+d), r%d)", insn->src_reg, width,
			    type, insn->dst_reg, insn->off, insn->src_reg);
	if (insn->imm == BPF_LOAD_ACQ)
		return EMIT(d, "r%d = load_acquire((%s *)(r%d %+d))", insn->dst_reg, type,
			    insn->src_reg, insn->off);
	if (insn->imm == BPF_STORE_REL)
		return EMIT(d, "store_release((%s *)(r%d %+d), r%d)", type, insn->dst_reg,
			    insn->off, insn->src_reg);
	if (!op || insn->imm & ~0xf1)
		return bug(d);
	if (insn->imm & BPF_FETCH)
		return EMIT(d, "r%d = atomic%s_fetch_%s((%s *)(r%d %+d), r%d)", insn->src_reg,
			    width, op, type, insn->dst_reg, insn->off, insn->src_reg);
	return EMIT(d, "lock *(%s *)(r%d %+d) %s r%d", type, insn->dst_reg, insn->off,
		    alu_ops[(insn->imm >> 4) & 15], insn->src_reg);
}

static int disasm_store(struct disasm *d)
{
	const struct bpf_insn *insn = d->insn;
	const char *type = mem_types[BPF_SIZE(insn->code) >> 3];

	if (bpf_is_atomic(insn))
		return disasm_atomic(d);
	if (BPF_MODE(insn->code) != BPF_MEM)
		return bug(d);
	if (BPF_CLASS(insn->code) == BPF_ST)
		return EMIT(d, "*(%s *)(r%d %+d) = %d", type, insn->dst_reg, insn->off, insn->imm);
	return EMIT(d, "*(%s *)(r%d %+d) = r%d", type, insn->dst_reg, insn->off, insn->src_reg);
}

/* Loads that the fixups made fault-tolerant look as they did before. */
static int disasm_ldx(struct disasm *d)
{
	const struct bpf_insn *insn = d->insn;
	const char *const *types;

	switch (BPF_MODE(insn->code)) {
	case BPF_MEM:
	case BPF_PROBE_MEM:
		types = mem_types;
		break;
	case BPF_MEMSX:
	case BPF_PROBE_MEMSX:
		types = sx_types;
		break;
	default:
		return bug(d);
	}
	return EMIT(d, "r%d = *(%s *)(r%d %+d)", insn->dst_reg, types[BPF_SIZE(insn->code) >> 3],
		    insn->src_reg, insn->off);
}

/* ld_imm64, and the classic packet loads that are there to be named when they are refused. */
static int disasm_ld(struct disasm *d)
{
	const struct bpf_insn *insn = d->insn;
	const char *type = mem_types[BPF_SIZE(insn->code) >> 3], *text = NULL;
	bool is_ptr = insn->src_reg == BPF_PSEUDO_MAP_FD || insn->src_reg == BPF_PSEUDO_MAP_VALUE;
	u64 imm;

	if (BPF_MODE(insn->code) == BPF_ABS)
		return EMIT(d, "r0 = *(%s *)skb[%d]", type, insn->imm);
	if (BPF_MODE(insn->code) == BPF_IND)
		return EMIT(d, "r0 = *(%s *)skb[r%d + %d]", type, insn->src_reg, insn->imm);
	if (!bpf_is_ld_imm64(insn))
		return bug(d);
	imm = is_ptr && !d->allow_ptr_leaks ? 0 : bpf_ld_imm64_value(insn);
	if (d->cbs && d->cbs->imm)
		text = d->cbs->imm(d->cbs->private, insn, imm);
	if (text)
		return EMIT(d, "r%d = %s", insn->dst_reg, text);
	return EMIT(d, "r%d = 0x%llx", insn->dst_reg, (unsigned long long)imm);
}

static int disasm_call(struct disasm *d)
{
	const struct bpf_insn *insn = d->insn;
	const char *name = bpf_helper_call(insn) ? bpf_func_name(insn->imm) : NULL;

	if (!name && d->cbs && d->cbs->call)
		name = d->cbs->call(d->cbs->private, insn);
	if (insn->src_reg == BPF_PSEUDO_CALL)
		return name ? EMIT(d, "call pc%s", name) : EMIT(d, "call pc%+d", insn->imm);
	if (!name)
		name = insn->src_reg == BPF_PSEUDO_KFUNC_CALL ? "kernel-function" : "unknown";
	return EMIT(d, "call %s#%d", name, insn->imm);
}

static int disasm_jmp(struct disasm *d)
{
	const struct bpf_insn *insn = d->insn;
	char reg = BPF_CLASS(insn->code) == BPF_JMP32 ? 'w' : 'r';
	const char *op = jmp_ops[BPF_OP(insn->code) >> 4];

	switch (insn->code) {
	case BPF_JMP | BPF_CALL:
		return disasm_call(d);
	case BPF_JMP | BPF_TAIL_CALL:
		return EMIT(d, "tail_call");
	case BPF_JMP | BPF_EXIT:
		return EMIT(d, "exit");
	case BPF_JMP | BPF_JA:
		return EMIT(d, "goto pc%+d", insn->off);
	case BPF_JMP32 | BPF_JA:
		return EMIT(d, "gotol pc%+d", insn->imm);
	case BPF_JMP | BPF_JCOND:
		return EMIT(d, "may_goto pc%+d", insn->off);
	}
	if (!op)
		return bug(d);
	if (BPF_SRC(insn->code) == BPF_K)
		return EMIT(d, "if %c%d %s 0x%x goto pc%+d", reg, insn->dst_reg, op, insn->imm,
			    insn->off);
	return EMIT(d, "if %c%d %s %c%d goto pc%+d", reg, insn->dst_reg, op, reg, insn->src_reg,
		    insn->off);
}

const char *bpf_func_name(u32 func_id)
{
	return func_id < ARRAY_SIZE(func_names) ? func_names[func_id] : NULL;
}

int bpf_disasm_insn(char *buf, size_t size, const struct bpf_insn *insn,
		    const struct bpf_disasm_cbs *cbs, bool allow_ptr_leaks)
{
	struct disasm d = { buf, size, insn, cbs, allow_ptr_leaks };

	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		return disasm_alu(&d);
	case BPF_JMP:
	case BPF_JMP32:
		return disasm_jmp(&d);
	case BPF_LDX:
		return disasm_ldx(&d);
	case BPF_ST:
	case BPF_STX:
		return disasm_store(&d);
	default:
		return disasm_ld(&d);
	}
}
