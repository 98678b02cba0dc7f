// SPDX-License-Identifier: GPL-2.0-only
/*
 * See bpf_asm.h. Two passes: each line becomes an instruction, with the label that it names kept
 * aside; then labels become distances. Hosted: the C library is there.
 */
#include "tools/bpf_asm.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/disasm.h"
#include "tools/bpf_asm_words.h"

/* --- Parts of instructions --- */

/* "u32 *)" after the opening bracket: the size code, and whether it is signed. */
static bool take_type(struct as *a, u8 *size, bool *sx)
{
	static const struct {
		const char *name;
		u8 size;
		bool sx;
	} types[] = { { "u8", BPF_B, false },	{ "u16", BPF_H, false }, { "u32", BPF_W, false },
		      { "u64", BPF_DW, false }, { "s8", BPF_B, true },	 { "s16", BPF_H, true },
		      { "s32", BPF_W, true },	{ "s64", BPF_DW, true } };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		if (!as_take(a, types[i].name))
			continue;
		*size = types[i].size;
		*sx = types[i].sx;
		return as_expect(a, "*") && as_expect(a, ")");
	}
	return as_fail(a, "expected a type, u8 to u64 or s8 to s32");
}

/* "(r1 +4)" or "(r1)". */
static bool take_address(struct as *a, u8 *reg, s16 *off)
{
	if (!as_expect(a, "("))
		return false;
	if (!as_take_reg(a, true, reg))
		return as_fail(a, "expected a register r0 to r15");
	*off = 0;
	if (as_take(a, ")"))
		return true;
	return as_take_s16(a, off) && as_expect(a, ")");
}

/* "(u32 *)(r1 +4)", of which the first bracket is taken. */
static bool take_memory(struct as *a, u8 *size, bool *sx, u8 *reg, s16 *off)
{
	return take_type(a, size, sx) && take_address(a, reg, off);
}

static const struct op {
	const char *text;
	u8 op;
	u8 off; /* 1: the signed form of DIV and MOD */
} alu_ops[] = {
	{ "s>>=", BPF_ARSH, 0 }, { "s/=", BPF_DIV, 1 }, { "s%=", BPF_MOD, 1 }, { "<<=", BPF_LSH, 0 },
	{ ">>=", BPF_RSH, 0 },	 { "+=", BPF_ADD, 0 },	{ "-=", BPF_SUB, 0 },  { "*=", BPF_MUL, 0 },
	{ "/=", BPF_DIV, 0 },	 { "%=", BPF_MOD, 0 },	{ "|=", BPF_OR, 0 },   { "&=", BPF_AND, 0 },
	{ "^=", BPF_XOR, 0 },
}, jmp_ops[] = {
	{ "s>=", BPF_JSGE, 0 }, { "s<=", BPF_JSLE, 0 }, { "s>", BPF_JSGT, 0 }, { "s<", BPF_JSLT, 0 },
	{ ">=", BPF_JGE, 0 },	{ "<=", BPF_JLE, 0 },	{ "==", BPF_JEQ, 0 },  { "!=", BPF_JNE, 0 },
	{ ">", BPF_JGT, 0 },	{ "<", BPF_JLT, 0 },	{ "&", BPF_JSET, 0 },
}, fetch_ops[] = {
	{ "fetch_add", BPF_ADD | BPF_FETCH, 0 }, { "fetch_and", BPF_AND | BPF_FETCH, 0 },
	{ "fetch_or", BPF_OR | BPF_FETCH, 0 },	 { "fetch_xor", BPF_XOR | BPF_FETCH, 0 },
	{ "xchg", BPF_XCHG, 0 },		 { "cmpxchg", BPF_CMPXCHG, 0 },
};

static const struct op *take_op(struct as *a, const struct op *ops, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++)
		if (as_take(a, ops[i].text))
			return &ops[i];
	return NULL;
}

static bool put(struct as *a, struct bpf_insn insn)
{
	if (a->len == a->max)
		return as_fail(a, "too many instructions");
	a->out[a->len++] = insn;
	return true;
}

static bool put_named(struct as *a, struct bpf_insn insn, const char *name)
{
	struct fixup *f = &a->fixups[a->nr_fixups];

	if (a->nr_fixups == MAX_LABELS)
		return as_fail(a, "too many jumps to labels");
	strcpy(f->name, name);
	f->insn = a->len;
	f->line = a->line;
	a->nr_fixups++;
	return put(a, insn);
}

/* "pc+3" or a label. @wide: the distance goes to imm. */
static bool put_jump(struct as *a, struct bpf_insn insn, bool wide)
{
	char name[NAME_MAX_LEN];
	const char *start;

	as_skip_space(a);
	start = a->p;
	if (!strncmp(start, "pc", 2) && (start[2] == '+' || start[2] == '-')) {
		a->p += 2;
		if (!(wide ? as_take_imm32(a, &insn.imm) : as_take_s16(a, &insn.off)))
			return false;
		return put(a, insn);
	}
	if (!as_take_name(a, name))
		return as_fail(a, "expected a label or pc+N");
	return put_named(a, insn, name);
}

/* --- Instructions --- */

static bool asm_call(struct as *a)
{
	struct bpf_insn insn = BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, 0);
	char name[NAME_MAX_LEN];
	u32 id;

	as_skip_space(a);
	if (!strncmp(a->p, "pc", 2) && (a->p[2] == '+' || a->p[2] == '-')) {
		insn.src_reg = BPF_PSEUDO_CALL;
		return put_jump(a, insn, true);
	}
	if (!as_take_name(a, name))
		return as_fail(a, "expected the name of a function");
	if (!strcmp(name, "kernel-function"))
		insn.src_reg = BPF_PSEUDO_KFUNC_CALL;
	if (as_take(a, "#"))
		return as_take_imm32(a, &insn.imm) && put(a, insn);
	for (id = 1; bpf_func_name(id); id++)
		if (!strcmp(bpf_func_name(id), name)) {
			insn.imm = id;
			return put(a, insn);
		}
	if (a->cbs && a->cbs->call && a->cbs->call(a->cbs->private, name, &insn))
		return put(a, insn);
	insn.src_reg = BPF_PSEUDO_CALL;
	return put_named(a, insn, name);
}

static bool asm_if(struct as *a)
{
	struct bpf_insn insn = { 0 };
	const struct op *op;
	bool wide;
	u8 src;

	wide = as_take_reg(a, true, &src);
	if (!wide && !as_take_reg(a, false, &src))
		return as_fail(a, "expected a register");
	insn.dst_reg = src;
	op = take_op(a, jmp_ops, ARRAY_SIZE(jmp_ops));
	if (!op)
		return as_fail(a, "expected a comparison");
	insn.code = (wide ? BPF_JMP : BPF_JMP32) | op->op;
	if (as_take_reg(a, wide, &src)) {
		insn.code |= BPF_X;
		insn.src_reg = src;
	} else if (!as_take_imm32(a, &insn.imm)) {
		return false;
	}
	return as_expect(a, "goto") && put_jump(a, insn, false);
}

/* "lock *(u64 *)(r1 +0) += r2" after the first word. */
static bool asm_lock(struct as *a)
{
	const struct op *op;
	u8 size, dst, src;
	s16 off;
	bool sx;

	if (!as_expect(a, "*") || !as_expect(a, "(") || !take_memory(a, &size, &sx, &dst, &off))
		return false;
	op = take_op(a, alu_ops, ARRAY_SIZE(alu_ops));
	if (!op || !as_take_reg(a, true, &src))
		return as_fail(a, "expected \"+= rN\", or |= &= ^=");
	return put(a, BPF_ATOMIC_OP(size, op->op, dst, src, off));
}

static bool asm_store(struct as *a)
{
	u8 size, dst, src;
	s32 imm = 0;
	s16 off;
	bool sx;

	if (!as_expect(a, "(") || !take_memory(a, &size, &sx, &dst, &off) || !as_expect(a, "="))
		return false;
	if (as_take_reg(a, true, &src))
		return put(a, BPF_STX_MEM(size, dst, src, off));
	return as_take_imm32(a, &imm) && put(a, BPF_ST_MEM(size, dst, off, imm));
}

/* "fetch_add((u64 *)(r1 +0), r2)" after "rN = atomic64_". */
static bool asm_atomic(struct as *a, u8 result)
{
	const struct op *op = take_op(a, fetch_ops, ARRAY_SIZE(fetch_ops));
	u8 size, dst, src, r0 = 0;
	s16 off;
	bool sx;

	if (!op)
		return as_fail(a, "expected an atomic operation");
	if (!as_expect(a, "(") || !as_expect(a, "(") || !take_memory(a, &size, &sx, &dst, &off))
		return false;
	if (op->op == BPF_CMPXCHG && (!as_expect(a, ",") || !as_take_reg(a, true, &r0) || r0))
		return as_fail(a, "expected r0");
	if (!as_expect(a, ",") || !as_take_reg(a, true, &src) || !as_expect(a, ")"))
		return as_fail(a, "expected a register");
	if (result != (op->op == BPF_CMPXCHG ? 0 : src))
		return as_fail(a, "the result goes to the source register, of cmpxchg to r0");
	return put(a, BPF_ATOMIC_OP(size, op->op, dst, src, off));
}

/* "be16 r1": true if it was one, and put. */
static bool asm_swap(struct as *a, u8 dst, bool *ok)
{
	static const struct {
		const char *name;
		u8 code;
	} kinds[] = { { "be", BPF_ALU | BPF_END | BPF_TO_BE },
		      { "le", BPF_ALU | BPF_END | BPF_TO_LE },
		      { "bswap", BPF_ALU64 | BPF_END } };
	char word[12];
	u32 i, bits;
	u8 src;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		for (bits = 16; bits <= 64; bits *= 2) {
			snprintf(word, sizeof(word), "%s%u", kinds[i].name, bits);
			if (!as_take(a, word))
				continue;
			*ok = as_take_reg(a, true, &src) && src == dst
				      ? put(a, BPF_RAW_INSN(kinds[i].code, dst, 0, 0, bits))
				      : as_fail(a, "a byte swap is of the register itself");
			return true;
		}
	return false;
}

static bool asm_ld_imm64(struct as *a, u8 dst, u64 v)
{
	struct bpf_insn insns[] = { BPF_LD_IMM64(dst, v) };

	return put(a, insns[0]) && put(a, insns[1]);
}

/* What may follow a name that is loaded: "[any text]" and "+8". Added to @name. */
static void take_name_tail(struct as *a, char *name)
{
	size_t n = *a->p == '[' ? strcspn(a->p, "]\n") : 0;

	n += a->p[n] == ']';
	if (a->p[n] == '+')
		n += 1 + strspn(a->p + n + 1, "0123456789");
	snprintf(name + strlen(name), NAME_MAX_LEN - strlen(name), "%.*s", (int)n, a->p);
	a->p += n;
}

/* What follows "rN = func": "LABEL ll", its address. */
static bool asm_func(struct as *a, struct bpf_insn insns[2])
{
	char name[NAME_MAX_LEN];

	insns[0].src_reg = BPF_PSEUDO_FUNC;
	as_skip_space(a);
	if (!as_take_name(a, name))
		return as_fail(a, "expected the label of a function");
	return as_expect(a, "ll") && put_named(a, insns[0], name) && put(a, insns[1]);
}

/* "rN = NUMBER", "NUMBER ll", "NAME ll", "func LABEL ll". */
static bool asm_constant(struct as *a, u8 dst, bool wide)
{
	struct bpf_insn insns[] = { BPF_LD_IMM64(dst, 0) };
	char name[NAME_MAX_LEN];
	s64 v;

	if (as_take_number(a, &v)) {
		if (as_take(a, "ll") || a->code == 0x18)
			return asm_ld_imm64(a, dst, v);
		if (v < S32_MIN || v > (s64)U32_MAX)
			return as_fail(a, "the number needs \"ll\" after it");
		return put(a, wide ? BPF_MOV64_IMM(dst, v) : BPF_MOV32_IMM(dst, v));
	}
	if (!as_take_name(a, name))
		return as_fail(a, "expected a register, number or load");
	if (!strcmp(name, "func"))
		return asm_func(a, insns);
	take_name_tail(a, name);
	if (!as_expect(a, "ll"))
		return false;
	if (!a->cbs || !a->cbs->load || !a->cbs->load(a->cbs->private, name, insns))
		return as_fail(a, "unknown name");
	return put(a, insns[0]) && put(a, insns[1]);
}

static bool take_cast(struct as *a, s16 *bits)
{
	*bits = as_take(a, "(s8)") ? 8 : as_take(a, "(s16)") ? 16 : as_take(a, "(s32)") ? 32 : 0;
	return *bits;
}

/* What may stand to the right of "rN =" or "wN =". */
static bool asm_assign(struct as *a, u8 dst, bool wide)
{
	u8 size, src;
	bool sx, ok;
	s16 off;

	if (wide && as_take(a, "*"))
		return as_expect(a, "(") && take_memory(a, &size, &sx, &src, &off) &&
		       put(a, sx ? BPF_LDX_MEMSX(size, dst, src, off)
				 : BPF_LDX_MEM(size, dst, src, off));
	if (take_cast(a, &off))
		return as_take_reg(a, wide, &src) ? put(a, wide ? BPF_MOVSX64_REG(dst, src, off)
								: BPF_MOVSX32_REG(dst, src, off))
						  : as_fail(a, "expected a register");
	if (as_take_reg(a, wide, &src))
		return put(a, wide ? BPF_MOV64_REG(dst, src) : BPF_MOV32_REG(dst, src));
	as_skip_space(a);
	if (a->p[0] == '-' && isalpha((u8)a->p[1])) {
		a->p++;
		if (!as_take_reg(a, wide, &src) || src != dst)
			return as_fail(a, "a negation is of the register itself");
		return put(a, BPF_RAW_INSN((wide ? BPF_ALU64 : BPF_ALU) | BPF_NEG, dst, 0, 0, 0));
	}
	if (!strncmp(a->p, "atomic64_", 9) || !strncmp(a->p, "atomic_", 7)) {
		a->p = strchr(a->p, '_') + 1;
		return asm_atomic(a, dst);
	}
	if (asm_swap(a, dst, &ok))
		return ok;
	return asm_constant(a, dst, wide);
}

static bool asm_alu(struct as *a, u8 dst, bool wide)
{
	const struct op *op = take_op(a, alu_ops, ARRAY_SIZE(alu_ops));
	u8 src;
	s32 imm;

	if (!op)
		return as_take(a, "=") ? asm_assign(a, dst, wide)
				       : as_fail(a, "expected an operator");
	if (as_take_reg(a, wide, &src))
		return put(a, wide ? BPF_ALU64_REG_OFF(op->op, dst, src, op->off)
				   : BPF_ALU32_REG_OFF(op->op, dst, src, op->off));
	return as_take_imm32(a, &imm) &&
	       put(a, wide ? BPF_ALU64_IMM_OFF(op->op, dst, imm, op->off)
			   : BPF_ALU32_IMM_OFF(op->op, dst, imm, op->off));
}

/* ".insn CODE DST SRC OFF IMM": any bytes. */
static bool asm_raw(struct as *a)
{
	struct bpf_insn insn = { 0 };
	s32 code, dst, src;

	if (!as_take_imm32(a, &code) || !as_take_imm32(a, &dst) || !as_take_imm32(a, &src) ||
	    !as_take_s16(a, &insn.off) || !as_take_imm32(a, &insn.imm))
		return false;
	insn.code = code;
	insn.dst_reg = dst;
	insn.src_reg = src;
	return put(a, insn);
}

static bool asm_statement(struct as *a)
{
	u8 dst;

	if (as_take(a, "exit"))
		return put(a, BPF_EXIT_INSN());
	if (as_take(a, "if"))
		return asm_if(a);
	if (as_take(a, "goto"))
		return put_jump(a, BPF_JMP_A(0), false);
	if (as_take(a, "gotol"))
		return put_jump(a, BPF_JMP32_A(0), true);
	if (as_take(a, "may_goto"))
		return put_jump(a, BPF_RAW_INSN(BPF_JMP | BPF_JCOND, 0, 0, 0, 0), false);
	if (as_take(a, "call"))
		return asm_call(a);
	if (as_take(a, "lock"))
		return asm_lock(a);
	if (as_take(a, ".insn"))
		return asm_raw(a);
	if (as_take(a, "*"))
		return asm_store(a);
	if (as_take_reg(a, true, &dst))
		return asm_alu(a, dst, true);
	if (as_take_reg(a, false, &dst))
		return asm_alu(a, dst, false);
	return as_fail(a, "not an instruction");
}

/* --- Lines --- */

/* "12: (b7)" or "label:". */
static bool asm_prefix(struct as *a)
{
	const char *colon;
	char *end;

	a->code = 256;
	as_skip_space(a);
	for (colon = a->p; as_is_name_char(*colon); colon++)
		;
	if (colon > a->p && *colon == ':') {
		struct label *l = &a->labels[a->nr_labels];

		if (a->nr_labels == MAX_LABELS || colon - a->p >= NAME_MAX_LEN)
			return as_fail(a, "too many labels, or too long");
		memset(l, 0, sizeof(*l));
		memcpy(l->name, a->p, colon - a->p);
		l->insn = a->len;
		a->nr_labels++;
		a->p = colon + 1;
		as_skip_space(a);
	}
	if (a->p[0] == '(' && isxdigit((u8)a->p[1]) && isxdigit((u8)a->p[2]) && a->p[3] == ')') {
		a->code = strtoul(a->p + 1, &end, 16);
		a->p = end + 1;
	}
	return true;
}

static bool at_line_end(struct as *a)
{
	as_skip_space(a);
	return !*a->p || *a->p == '\n' || *a->p == ';' || (a->p[0] == '/' && a->p[1] == '/');
}

static bool asm_line(struct as *a)
{
	a->line++;
	if (!asm_prefix(a))
		return false;
	if (!at_line_end(a)) {
		if (!asm_statement(a))
			return false;
		if (!at_line_end(a))
			return as_fail(a, "something is left over");
	}
	while (*a->p && *a->p != '\n')
		a->p++;
	a->p += *a->p == '\n';
	return true;
}

static bool resolve(struct as *a, const struct fixup *f)
{
	struct bpf_insn *insn = &a->out[f->insn];
	s64 distance;
	u32 i;

	for (i = 0; i < a->nr_labels && strcmp(a->labels[i].name, f->name); i++)
		;
	if (i == a->nr_labels) {
		snprintf(a->err, a->err_size, "line %u: there is no label or function \"%s\"",
			 f->line, f->name);
		return false;
	}
	distance = (s64)a->labels[i].insn - f->insn - 1;
	if (insn->code == (BPF_JMP | BPF_CALL) || insn->code == (BPF_JMP32 | BPF_JA) ||
	    bpf_pseudo_func(insn)) {
		insn->imm = distance;
		return true;
	}
	insn->off = distance;
	if (insn->off == distance)
		return true;
	snprintf(a->err, a->err_size, "line %u: \"%s\" is too far for a 16-bit distance", f->line,
		 f->name);
	return false;
}

int bpf_asm(const char *text, struct bpf_insn *out, u32 max, const struct bpf_asm_cbs *cbs,
	    char *err, size_t err_size)
{
	struct as *a = calloc(1, sizeof(*a));
	int ret = -1;
	u32 i;

	if (!a)
		return -1;
	a->p = text;
	a->out = out;
	a->max = max;
	a->cbs = cbs;
	a->err = err;
	a->err_size = err_size;
	while (*a->p)
		if (!asm_line(a))
			goto out;
	for (i = 0; i < a->nr_fixups; i++)
		if (!resolve(a, &a->fixups[i]))
			goto out;
	ret = a->len;
out:
	free(a);
	return ret;
}
