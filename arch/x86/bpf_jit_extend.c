// SPDX-License-Identifier: GPL-2.0-only
/*
 * Narrow numbers made wide. Until the fourth version of its instructions BPF has no sign extension, and compilers
 * shift to the left and back, behind a copy or a load that is often of just that width:
 *
 *	r0 = r1; r0 <<= 56; r0 s>>= 56                   movsx rax, dil
 *	r2 = *(u16 *)(r1 +4); w2 <<= 16; w2 s>>= 16      movsx esi, word [rdi+4]
 *	r1 <<= 32; r1 >>= 32                             mov edi, edi
 *
 * All write one register, so that what lies between them is seen by nobody. A load that may fault stays as it is.
 */
#include "arch/x86/bpf_jit.h"

struct extension {
	bool wide; /* to 64 bits, else to 32 and zeros */
	bool sign;
	u32 bits; /* from */
};

/* Are @insn and the next one an extension of @reg? */
static bool is_extension(const struct bpf_insn *insn, u8 reg, struct extension *e)
{
	u8 class = BPF_CLASS(insn->code);

	if (insn->code != (class | BPF_LSH | BPF_K) || !bpf_is_alu_class(insn))
		return false;
	e->wide = class == BPF_ALU64;
	e->sign = insn[1].code == (class | BPF_ARSH | BPF_K);
	e->bits = (e->wide ? 64 : 32) - (u32)insn->imm;
	return (e->sign || insn[1].code == (class | BPF_RSH | BPF_K)) && insn->dst_reg == reg &&
	       insn[1].dst_reg == reg && insn[1].imm == insn->imm &&
	       (e->bits == 8 || e->bits == 16 || (e->bits == 32 && e->wide));
}

static void zero_extend(struct x86_buf *b, u32 bits, enum x86_reg dst, enum x86_reg src)
{
	if (bits == 8)
		x86_movzx_rr8(b, dst, src);
	else if (bits == 16)
		x86_movzx_rr16(b, dst, src);
	else
		x86_mov_rr32(b, dst, src);
}

static void sign_extend(struct x86_buf *b, const struct extension *e, enum x86_reg dst,
			enum x86_reg src)
{
	if (e->bits == 8)
		e->wide ? x86_movsx_rr8_64(b, dst, src) : x86_movsx_rr8_32(b, dst, src);
	else if (e->bits == 16)
		e->wide ? x86_movsx_rr16_64(b, dst, src) : x86_movsx_rr16_32(b, dst, src);
	else
		x86_movsx_rr32_64(b, dst, src);
}

static void extend(struct jit_ctx *c, const struct extension *e, u8 to, u8 from)
{
	enum x86_reg dst = jit_reg(to), src = jit_reg(from);

	if (e->sign)
		sign_extend(&c->b, e, dst, src);
	else
		zero_extend(&c->b, e->bits, dst, src);
}

static void load(struct jit_ctx *c, const struct extension *e, const struct bpf_insn *insn,
		 struct x86_mem m)
{
	enum x86_reg dst = jit_reg(insn->dst_reg);

	if (!e->sign)
		x86_mov_rm(&c->b, e->bits, dst, m);
	else if (e->wide)
		x86_movsx_rm64(&c->b, e->bits, dst, m);
	else
		x86_movsx_rm32(&c->b, e->bits, dst, m);
}

static bool is_copy(const struct bpf_insn *insn)
{
	return bpf_is_alu_class(insn) && BPF_OP(insn->code) == BPF_MOV &&
	       BPF_SRC(insn->code) == BPF_X && !insn->off;
}

/* Is the instruction at @i a load of what the next two extend? */
static bool is_load_to_extend(const struct jit_ctx *c, u32 i, struct extension *e)
{
	const struct bpf_insn *insn = &c->jit->insns[i];

	return BPF_CLASS(insn->code) == BPF_LDX && BPF_MODE(insn->code) == BPF_MEM &&
	       jit_in_one_piece(c, i, 3) && is_extension(insn + 1, insn->dst_reg, e) &&
	       bpf_size_to_bytes(insn->code) * 8 == e->bits;
}

u32 jit_extend_access(struct jit_ctx *c, u32 i, struct x86_mem m)
{
	struct extension e;

	if (is_load_to_extend(c, i, &e)) {
		load(c, &e, &c->jit->insns[i], m);
		return 3;
	}
	jit_access(c, &c->jit->insns[i], m);
	return 1;
}

u32 jit_extend(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *insn = &c->jit->insns[i];
	struct extension e;

	if (jit_in_one_piece(c, i, 2) && is_extension(insn, insn->dst_reg, &e)) {
		extend(c, &e, insn->dst_reg, insn->dst_reg);
		return 2;
	}
	if (is_load_to_extend(c, i, &e)) {
		load(c, &e, insn, x86_mem(jit_reg(insn->src_reg), insn->off));
		return 3;
	}
	if (!is_copy(insn) || !jit_in_one_piece(c, i, 3) ||
	    !is_extension(insn + 1, insn->dst_reg, &e))
		return 0;
	extend(c, &e, insn->dst_reg, insn->src_reg);
	return 3;
}
