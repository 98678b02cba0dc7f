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

#define NAME_MAX_LEN 64
#define MAX_LABELS   512

struct label {
	char name[NAME_MAX_LEN];
	u32 insn;
};

/* An instruction that names a label. */
struct fixup {
	char name[NAME_MAX_LEN];
	u32 insn, line;
};

struct as {
	const char *p; /* what is left of the text */
	u32 line;
	u32 code; /* the opcode written in front, or 256 */
	struct bpf_insn *out;
	u32 len, max;
	const struct bpf_asm_cbs *cbs;
	struct label labels[MAX_LABELS];
	struct fixup fixups[MAX_LABELS];
	u32 nr_labels, nr_fixups;
	char *err;
	size_t err_size;
};

static bool fail(struct as *a, const char *what)
{
	snprintf(a->err, a->err_size, "line %u: %s, at \"%.20s\"", a->line, what, a->p);
	return false;
}

/* --- Words --- */

static void skip_space(struct as *a)
{
	while (*a->p == ' ' || *a->p == '\t')
		a->p++;
}

/* Takes @word if it comes next. A word of letters must end where the word does. */
static bool take(struct as *a, const char *word)
{
	size_t n = strlen(word);

	skip_space(a);
	if (strncmp(a->p, word, n))
		return false;
	if (isalnum((u8)word[n - 1]) && (isalnum((u8)a->p[n]) || a->p[n] == '_'))
		return false;
	a->p += n;
	return true;
}

static bool expect(struct as *a, const char *word)
{
	char what[48];

	if (take(a, word))
		return true;
	snprintf(what, sizeof(what), "expected \"%s\"", word);
	return fail(a, what);
}

static bool is_name_char(char c)
{
	return isalnum((u8)c) || c == '_' || c == '.' || c == '-';
}

/* "-" is a name's character only in kernel-function. */
static bool take_name(struct as *a, char *name)
{
	size_t n = 0;

	skip_space(a);
	if (!isalpha((u8)*a->p) && *a->p != '_')
		return false;
	while (is_name_char(a->p[n]) && n + 1 < NAME_MAX_LEN)
		n++;
	memcpy(name, a->p, n);
	name[n] = '\0';
	a->p += n;
	return true;
}

/* rN, or wN if @wide is false. */
static bool take_reg(struct as *a, bool wide, u8 *reg)
{
	const char *start;
	char *end;
	u32 n;

	skip_space(a);
	start = a->p;
	if (*start != (wide ? 'r' : 'w') || !isdigit((u8)start[1]))
		return false;
	n = strtoul(start + 1, &end, 10);
	if (n > 15 || isalnum((u8)*end) || *end == '_')
		return false;
	*reg = n;
	a->p = end;
	return true;
}

/* A number with an optional sign (blanks after it allowed), or a name that the caller knows. */
static bool take_number(struct as *a, s64 *value)
{
	const char *start;
	char name[NAME_MAX_LEN], *end;
	bool negative;
	u64 v;

	skip_space(a);
	start = a->p;
	negative = *a->p == '-';
	if (*a->p == '-' || *a->p == '+')
		a->p++;
	skip_space(a);
	if (isdigit((u8)*a->p)) {
		v = strtoull(a->p, &end, 0);
		a->p = end;
		*value = negative ? -v : v;
		return true;
	}
	if (take_name(a, name) && a->cbs && a->cbs->constant &&
	    a->cbs->constant(a->cbs->private, name, value)) {
		if (*a->p == '+' && isdigit((u8)a->p[1])) {
			*value += strtoull(a->p + 1, &end, 0);
			a->p = end;
		}
		*value = negative ? -*value : *value;
		return true;
	}
	a->p = start;
	return false;
}

/* A number that fits 32 bits, signed or unsigned. */
static bool take_imm32(struct as *a, s32 *imm)
{
	s64 v;

	if (!take_number(a, &v))
		return fail(a, "expected a number");
	if (v < S32_MIN || v > (s64)U32_MAX)
		return fail(a, "the number does not fit 32 bits");
	*imm = v;
	return true;
}

static bool take_s16(struct as *a, s16 *off)
{
	s64 v;

	if (!take_number(a, &v))
		return fail(a, "expected an offset");
	if (v < S16_MIN || v > S16_MAX)
		return fail(a, "the offset does not fit 16 bits");
	*off = v;
	return true;
}

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
		if (!take(a, types[i].name))
			continue;
		*size = types[i].size;
		*sx = types[i].sx;
		return expect(a, "*") && expect(a, ")");
	}
	return fail(a, "expected a type, u8 to u64 or s8 to s32");
}

/* "(r1 +4)" or "(r1)". */
static bool take_address(struct as *a, u8 *reg, s16 *off)
{
	if (!expect(a, "("))
		return false;
	if (!take_reg(a, true, reg))
		return fail(a, "expected a register r0 to r15");
	*off = 0;
	if (take(a, ")"))
		return true;
	return take_s16(a, off) && expect(a, ")");
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
		if (take(a, ops[i].text))
			return &ops[i];
	return NULL;
}

static bool put(struct as *a, struct bpf_insn insn)
{
	if (a->len == a->max)
		return fail(a, "too many instructions");
	a->out[a->len++] = insn;
	return true;
}

static bool put_named(struct as *a, struct bpf_insn insn, const char *name)
{
	struct fixup *f = &a->fixups[a->nr_fixups];

	if (a->nr_fixups == MAX_LABELS)
		return fail(a, "too many jumps to labels");
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

	skip_space(a);
	start = a->p;
	if (!strncmp(start, "pc", 2) && (start[2] == '+' || start[2] == '-')) {
		a->p += 2;
		if (!(wide ? take_imm32(a, &insn.imm) : take_s16(a, &insn.off)))
			return false;
		return put(a, insn);
	}
	if (!take_name(a, name))
		return fail(a, "expected a label or pc+N");
	return put_named(a, insn, name);
}

/* --- Instructions --- */

static bool asm_call(struct as *a)
{
	struct bpf_insn insn = BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, 0);
	char name[NAME_MAX_LEN];
	u32 id;

	skip_space(a);
	if (!strncmp(a->p, "pc", 2) && (a->p[2] == '+' || a->p[2] == '-')) {
		insn.src_reg = BPF_PSEUDO_CALL;
		return put_jump(a, insn, true);
	}
	if (!take_name(a, name))
		return fail(a, "expected the name of a function");
	if (!strcmp(name, "kernel-function"))
		insn.src_reg = BPF_PSEUDO_KFUNC_CALL;
	if (take(a, "#"))
		return take_imm32(a, &insn.imm) && put(a, insn);
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

	wide = take_reg(a, true, &src);
	if (!wide && !take_reg(a, false, &src))
		return fail(a, "expected a register");
	insn.dst_reg = src;
	op = take_op(a, jmp_ops, ARRAY_SIZE(jmp_ops));
	if (!op)
		return fail(a, "expected a comparison");
	insn.code = (wide ? BPF_JMP : BPF_JMP32) | op->op;
	if (take_reg(a, wide, &src)) {
		insn.code |= BPF_X;
		insn.src_reg = src;
	} else if (!take_imm32(a, &insn.imm)) {
		return false;
	}
	return expect(a, "goto") && put_jump(a, insn, false);
}

/* "lock *(u64 *)(r1 +0) += r2" after the first word. */
static bool asm_lock(struct as *a)
{
	const struct op *op;
	u8 size, dst, src;
	s16 off;
	bool sx;

	if (!expect(a, "*") || !expect(a, "(") || !take_memory(a, &size, &sx, &dst, &off))
		return false;
	op = take_op(a, alu_ops, ARRAY_SIZE(alu_ops));
	if (!op || !take_reg(a, true, &src))
		return fail(a, "expected \"+= rN\", or |= &= ^=");
	return put(a, BPF_ATOMIC_OP(size, op->op, dst, src, off));
}

static bool asm_store(struct as *a)
{
	u8 size, dst, src;
	s32 imm = 0;
	s16 off;
	bool sx;

	if (!expect(a, "(") || !take_memory(a, &size, &sx, &dst, &off) || !expect(a, "="))
		return false;
	if (take_reg(a, true, &src))
		return put(a, BPF_STX_MEM(size, dst, src, off));
	return take_imm32(a, &imm) && put(a, BPF_ST_MEM(size, dst, off, imm));
}

/* "fetch_add((u64 *)(r1 +0), r2)" after "rN = atomic64_". */
static bool asm_atomic(struct as *a, u8 result)
{
	const struct op *op = take_op(a, fetch_ops, ARRAY_SIZE(fetch_ops));
	u8 size, dst, src, r0 = 0;
	s16 off;
	bool sx;

	if (!op)
		return fail(a, "expected an atomic operation");
	if (!expect(a, "(") || !expect(a, "(") || !take_memory(a, &size, &sx, &dst, &off))
		return false;
	if (op->op == BPF_CMPXCHG && (!expect(a, ",") || !take_reg(a, true, &r0) || r0))
		return fail(a, "expected r0");
	if (!expect(a, ",") || !take_reg(a, true, &src) || !expect(a, ")"))
		return fail(a, "expected a register");
	if (result != (op->op == BPF_CMPXCHG ? 0 : src))
		return fail(a, "the result goes to the source register, of cmpxchg to r0");
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
			if (!take(a, word))
				continue;
			*ok = take_reg(a, true, &src) && src == dst
				      ? put(a, BPF_RAW_INSN(kinds[i].code, dst, 0, 0, bits))
				      : fail(a, "a byte swap is of the register itself");
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

/* "rN = NUMBER", "NUMBER ll", "NAME ll". */
static bool asm_constant(struct as *a, u8 dst, bool wide)
{
	struct bpf_insn insns[] = { BPF_LD_IMM64(dst, 0) };
	char name[NAME_MAX_LEN];
	s64 v;

	if (take_number(a, &v)) {
		if (take(a, "ll") || a->code == 0x18)
			return asm_ld_imm64(a, dst, v);
		if (v < S32_MIN || v > (s64)U32_MAX)
			return fail(a, "the number needs \"ll\" after it");
		return put(a, wide ? BPF_MOV64_IMM(dst, v) : BPF_MOV32_IMM(dst, v));
	}
	if (!take_name(a, name))
		return fail(a, "expected a register, number or load");
	take_name_tail(a, name);
	if (!expect(a, "ll"))
		return false;
	if (!a->cbs || !a->cbs->load || !a->cbs->load(a->cbs->private, name, insns))
		return fail(a, "unknown name");
	return put(a, insns[0]) && put(a, insns[1]);
}

static bool take_cast(struct as *a, s16 *bits)
{
	*bits = take(a, "(s8)") ? 8 : take(a, "(s16)") ? 16 : take(a, "(s32)") ? 32 : 0;
	return *bits;
}

/* What may stand to the right of "rN =" or "wN =". */
static bool asm_assign(struct as *a, u8 dst, bool wide)
{
	u8 size, src;
	bool sx, ok;
	s16 off;

	if (wide && take(a, "*"))
		return expect(a, "(") && take_memory(a, &size, &sx, &src, &off) &&
		       put(a, sx ? BPF_LDX_MEMSX(size, dst, src, off)
				 : BPF_LDX_MEM(size, dst, src, off));
	if (take_cast(a, &off))
		return take_reg(a, wide, &src) ? put(a, wide ? BPF_MOVSX64_REG(dst, src, off)
							     : BPF_MOVSX32_REG(dst, src, off))
					       : fail(a, "expected a register");
	if (take_reg(a, wide, &src))
		return put(a, wide ? BPF_MOV64_REG(dst, src) : BPF_MOV32_REG(dst, src));
	skip_space(a);
	if (a->p[0] == '-' && isalpha((u8)a->p[1])) {
		a->p++;
		if (!take_reg(a, wide, &src) || src != dst)
			return fail(a, "a negation is of the register itself");
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
		return take(a, "=") ? asm_assign(a, dst, wide) : fail(a, "expected an operator");
	if (take_reg(a, wide, &src))
		return put(a, wide ? BPF_ALU64_REG_OFF(op->op, dst, src, op->off)
				   : BPF_ALU32_REG_OFF(op->op, dst, src, op->off));
	return take_imm32(a, &imm) && put(a, wide ? BPF_ALU64_IMM_OFF(op->op, dst, imm, op->off)
						  : BPF_ALU32_IMM_OFF(op->op, dst, imm, op->off));
}

/* ".insn CODE DST SRC OFF IMM": any bytes. */
static bool asm_raw(struct as *a)
{
	struct bpf_insn insn = { 0 };
	s32 code, dst, src;

	if (!take_imm32(a, &code) || !take_imm32(a, &dst) || !take_imm32(a, &src) ||
	    !take_s16(a, &insn.off) || !take_imm32(a, &insn.imm))
		return false;
	insn.code = code;
	insn.dst_reg = dst;
	insn.src_reg = src;
	return put(a, insn);
}

static bool asm_statement(struct as *a)
{
	u8 dst;

	if (take(a, "exit"))
		return put(a, BPF_EXIT_INSN());
	if (take(a, "if"))
		return asm_if(a);
	if (take(a, "goto"))
		return put_jump(a, BPF_JMP_A(0), false);
	if (take(a, "gotol"))
		return put_jump(a, BPF_JMP32_A(0), true);
	if (take(a, "may_goto"))
		return put_jump(a, BPF_RAW_INSN(BPF_JMP | BPF_JCOND, 0, 0, 0, 0), false);
	if (take(a, "call"))
		return asm_call(a);
	if (take(a, "lock"))
		return asm_lock(a);
	if (take(a, ".insn"))
		return asm_raw(a);
	if (take(a, "*"))
		return asm_store(a);
	if (take_reg(a, true, &dst))
		return asm_alu(a, dst, true);
	if (take_reg(a, false, &dst))
		return asm_alu(a, dst, false);
	return fail(a, "not an instruction");
}

/* --- Lines --- */

/* "12: (b7)" or "label:". */
static bool asm_prefix(struct as *a)
{
	const char *colon;
	char *end;

	a->code = 256;
	skip_space(a);
	for (colon = a->p; is_name_char(*colon); colon++)
		;
	if (colon > a->p && *colon == ':') {
		struct label *l = &a->labels[a->nr_labels];

		if (a->nr_labels == MAX_LABELS || colon - a->p >= NAME_MAX_LEN)
			return fail(a, "too many labels, or too long");
		memset(l, 0, sizeof(*l));
		memcpy(l->name, a->p, colon - a->p);
		l->insn = a->len;
		a->nr_labels++;
		a->p = colon + 1;
		skip_space(a);
	}
	if (a->p[0] == '(' && isxdigit((u8)a->p[1]) && isxdigit((u8)a->p[2]) && a->p[3] == ')') {
		a->code = strtoul(a->p + 1, &end, 16);
		a->p = end + 1;
	}
	return true;
}

static bool at_line_end(struct as *a)
{
	skip_space(a);
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
			return fail(a, "something is left over");
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
	if (insn->code == (BPF_JMP | BPF_CALL) || insn->code == (BPF_JMP32 | BPF_JA)) {
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
