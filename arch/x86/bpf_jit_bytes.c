// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words put together from bytes, as parsers do: one load, and a byte swap where the first byte is the highest.
 * Relies on the verifier, which has allowed each of the loads; nothing but loads, shifts and joins of what they
 * gave may stand in between, so that no store can. A load that may fault is never merged.
 *
 *	r4 = *(u8 *)(r3 +2)
 *	r5 = *(u8 *)(r3 +3)
 *	r4 <<= 8
 *	r4 |= r5                        movzx ecx, word [rdx+2]; ror cx, 8
 */
#include "arch/x86/bpf_jit.h"

#define MAX_STEPS 32 /* eight loads, seven shifts and joins, some moves */
#define NR_BYTES  8

/* What a register holds: bytes of memory, the lowest first, and zeros. */
struct word {
	u8 valid; /* bit n: byte n is the memory's at off[n]; else it is 0 */
	s32 off[NR_BYTES];
};

struct walk {
	struct word word[16];
	u32 known; /* registers with a word: all that were written */
	u32 loads;
	u8 base;
	bool base_gone; /* a load has overwritten it */
};

/* What the instructions so far come to. */
struct found {
	u32 n; /* of them; 0: nothing yet */
	u8 dst, bytes;
	bool swapped;
	s32 off;
};

static void truncate(struct word *w, u8 class)
{
	if (class == BPF_ALU)
		w->valid &= 0x0f;
}

static bool take_load(struct walk *w, const struct bpf_insn *insn)
{
	u32 k, n = bpf_size_to_bytes(insn->code);
	struct word *word = &w->word[insn->dst_reg];

	if (BPF_MODE(insn->code) != BPF_MEM || n == NR_BYTES || w->base_gone)
		return false;
	if (w->loads && insn->src_reg != w->base)
		return false;
	w->base = insn->src_reg;
	w->base_gone = insn->dst_reg == w->base;
	w->loads++;
	w->known |= BIT(insn->dst_reg);
	word->valid = BIT(n) - 1;
	for (k = 0; k < n; k++)
		word->off[k] = insn->off + (s32)k;
	return true;
}

static bool take_shift(struct walk *w, const struct bpf_insn *insn)
{
	struct word *word = &w->word[insn->dst_reg];
	u32 k, by = insn->imm / 8;

	if (insn->imm % 8 || insn->imm <= 0 || insn->imm >= 64)
		return false;
	for (k = NR_BYTES; k-- > by;)
		word->off[k] = word->off[k - by];
	word->valid <<= by;
	truncate(word, BPF_CLASS(insn->code));
	return true;
}

static bool take_join(struct walk *w, const struct bpf_insn *insn)
{
	struct word *to = &w->word[insn->dst_reg];
	const struct word *from = &w->word[insn->src_reg];
	u32 k;

	if (to->valid & from->valid)
		return false;
	for (k = 0; k < NR_BYTES; k++)
		if (from->valid & BIT(k))
			to->off[k] = from->off[k];
	to->valid |= from->valid;
	truncate(to, BPF_CLASS(insn->code));
	return true;
}

/* Takes an operation on words. False: it is something else. */
static bool take_alu(struct walk *w, const struct bpf_insn *insn)
{
	bool with_word = BPF_SRC(insn->code) == BPF_X && w->known & BIT(insn->src_reg);
	bool on_word = w->known & BIT(insn->dst_reg);

	if (insn->off)
		return false;
	switch (BPF_OP(insn->code)) {
	case BPF_MOV:
		if (!with_word)
			return false;
		w->word[insn->dst_reg] = w->word[insn->src_reg];
		truncate(&w->word[insn->dst_reg], BPF_CLASS(insn->code));
		w->known |= BIT(insn->dst_reg);
		w->base_gone |= insn->dst_reg == w->base;
		return true;
	case BPF_LSH:
		return on_word && BPF_SRC(insn->code) == BPF_K && take_shift(w, insn);
	case BPF_OR:
	case BPF_XOR:
	case BPF_ADD:
		return on_word && with_word && take_join(w, insn);
	}
	return false;
}

static bool take(struct walk *w, const struct bpf_insn *insn)
{
	switch (BPF_CLASS(insn->code)) {
	case BPF_LDX:
		return take_load(w, insn);
	case BPF_ALU:
	case BPF_ALU64:
		return take_alu(w, insn);
	}
	return false;
}

/* Is @word what one load gives, maybe with its bytes the other way round? */
static bool is_one_load(const struct word *word, struct found *f)
{
	u32 k;

	for (f->bytes = 8; f->bytes > 1 && word->valid != BIT(f->bytes) - 1; f->bytes /= 2)
		;
	if (f->bytes == 1)
		return false;
	f->swapped = word->off[0] > word->off[1];
	f->off = word->off[f->swapped ? f->bytes - 1 : 0];
	for (k = 0; k < f->bytes; k++)
		if (word->off[k] != f->off + (s32)(f->swapped ? f->bytes - 1 - k : k))
			return false;
	return f->off == (s16)f->off;
}

static void emit_load(struct jit_ctx *c, u8 base, const struct found *f)
{
	struct x86_mem m = x86_mem(jit_reg(base), f->off);
	enum x86_reg dst = jit_reg(f->dst);

	if (f->swapped && f->bytes == 8 && jit_cpu_has(JIT_MOVBE))
		return x86_movbe_rm(&c->b, 64, dst, m);
	x86_mov_rm(&c->b, f->bytes * 8, dst, m);
	if (!f->swapped)
		return;
	if (f->bytes == 2)
		x86_ror_ri16(&c->b, dst, 8);
	else if (f->bytes == 4)
		x86_bswap_r32(&c->b, dst);
	else
		x86_bswap_r64(&c->b, dst);
}

u32 jit_bytes(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *insns = c->jit->insns, *next = &insns[i + 1];
	struct found best = { .n = 0 }, f;
	struct walk w;
	u32 n;

	if (BPF_CLASS(next->code) != BPF_LDX &&
	    !(bpf_is_alu_class(next) &&
	      (next->dst_reg == insns[i].dst_reg || next->src_reg == insns[i].dst_reg)))
		return 0;
	w.known = w.loads = w.base = 0;
	w.base_gone = false;
	for (n = 1; n <= MAX_STEPS && jit_in_one_piece(c, i, n); n++) {
		const struct bpf_insn *insn = &insns[i + n - 1];

		if (!take(&w, insn))
			break;
		if (w.loads < 2 || !is_one_load(&w.word[insn->dst_reg], &f) ||
		    !jit_dead_behind(c, i + n - 1, w.known & ~BIT(insn->dst_reg)))
			continue;
		best = f;
		best.n = n;
		best.dst = insn->dst_reg;
	}
	if (best.n)
		emit_load(c, w.base, &best);
	return best.n;
}
