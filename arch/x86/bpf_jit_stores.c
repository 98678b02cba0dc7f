// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes that are stored one by one although they lie side by side where they come from and where they go to: copies of
 * headers, whose fields compilers take as not aligned, and words taken apart. One store for each word, and none
 * that a load of the word would have to wait for.
 *
 *	r2 = *(u8 *)(r1 +7)             movzx  r11d, word [rdi+6]
 *	*(u8 *)(r1 +1) = r2             mov    [rdi], r11w
 *	r2 = *(u8 *)(r1 +6)
 *	*(u8 *)(r1 +0) = r2
 *
 *	*(u8 *)(r1 +0) = r2             mov    [rdi], si
 *	w2 >>= 8
 *	*(u8 *)(r1 +1) = r2
 *
 * All memory is at constant distances from one register, which nothing in between changes, so that it is known what
 * lies on what: nothing that is loaded may be stored as well. Registers keep what they had in front of the first
 * instruction, and who gets another content in between must be dead behind the last.
 */
#include "arch/x86/bpf_jit.h"

#define MAX_STEPS 32
#define MAX_BYTES 32
#define MEMORY	  16 /* as an origin: behind the numbers of registers */
#define NONE	  17

/* What a register holds: @n bytes, from @first on, of memory or of what a register had; zeros above. */
struct content {
	u8 origin, n;
	s32 first;
};

/* A byte that is stored. */
struct stored {
	s32 to, from;
	u8 origin;
};

struct walk {
	struct content content[16];
	u32 written; /* registers with a content above; the others hold themselves */
	u8 base;     /* or NONE */
	u32 nr_bytes, nr_stores;
	struct stored bytes[MAX_BYTES];
};

static struct content content_of(const struct walk *w, u8 reg)
{
	if (w->written & BIT(reg))
		return w->content[reg];
	return (struct content){ .origin = reg, .n = 8 };
}

static bool set_content(struct walk *w, u8 reg, struct content v)
{
	if (reg == w->base)
		return false;
	w->content[reg] = v;
	w->written |= BIT(reg);
	return true;
}

static bool take_base(struct walk *w, u8 reg)
{
	if (w->base == NONE && !(w->written & BIT(reg)))
		w->base = reg;
	return w->base == reg;
}

static bool is_stored(const struct walk *w, s32 off)
{
	for (u32 k = 0; k < w->nr_bytes; k++)
		if (w->bytes[k].to == off)
			return true;
	return false;
}

/* Is it read, by what is stored somewhere else? */
static bool is_copied(const struct walk *w, s32 off)
{
	for (u32 k = 0; k < w->nr_bytes; k++)
		if (w->bytes[k].origin == MEMORY && w->bytes[k].from == off)
			return true;
	return false;
}

/*
 * May @n bytes of @v be stored at @off? If nothing that is stored is read as well, the order does not matter. (Bytes
 * stored twice stay in their order; and what one store moves by less than its size stays one.)
 */
static bool is_apart(const struct walk *w, s32 off, u32 n, const struct content *v)
{
	for (u32 k = 0; k < n; k++)
		if (is_copied(w, off + (s32)k) ||
		    (v->origin == MEMORY && is_stored(w, v->first + (s32)k)))
			return false;
	return true;
}

static bool take_load(struct walk *w, const struct bpf_insn *insn)
{
	if (BPF_MODE(insn->code) != BPF_MEM || !take_base(w, insn->src_reg))
		return false;
	return set_content(w, insn->dst_reg,
			   (struct content){ .origin = MEMORY,
					     .n = bpf_size_to_bytes(insn->code),
					     .first = insn->off });
}

static bool take_store(struct walk *w, const struct bpf_insn *insn)
{
	u32 k, n = bpf_size_to_bytes(insn->code);
	struct content v = content_of(w, insn->src_reg);

	if (BPF_MODE(insn->code) != BPF_MEM || v.n < n || w->nr_bytes + n > MAX_BYTES ||
	    !take_base(w, insn->dst_reg) || !is_apart(w, insn->off, n, &v))
		return false;
	for (k = 0; k < n; k++)
		w->bytes[w->nr_bytes++] = (struct stored){ .to = insn->off + (s32)k,
							   .from = v.first + (s32)k,
							   .origin = v.origin };
	w->nr_stores++;
	return true;
}

/* A copy, or a shift to the right by bytes. */
static bool take_alu(struct walk *w, const struct bpf_insn *insn)
{
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64;
	struct content v;
	u32 by = 0;

	if (insn->off)
		return false;
	if (BPF_OP(insn->code) == BPF_MOV && BPF_SRC(insn->code) == BPF_X) {
		v = content_of(w, insn->src_reg);
	} else if (BPF_OP(insn->code) == BPF_RSH && BPF_SRC(insn->code) == BPF_K) {
		v = content_of(w, insn->dst_reg);
		by = (u32)insn->imm / 8;
		if (insn->imm % 8 || by >= (wide ? 8 : 4))
			return false;
	} else {
		return false;
	}
	if (!wide)
		v.n = min_t(u8, v.n, 4);
	v.n -= min_t(u32, v.n, by);
	v.first += (s32)by;
	return set_content(w, insn->dst_reg, v);
}

static bool take(struct walk *w, const struct bpf_insn *insn)
{
	switch (BPF_CLASS(insn->code)) {
	case BPF_LDX:
		return take_load(w, insn);
	case BPF_STX:
		return take_store(w, insn);
	case BPF_ALU:
	case BPF_ALU64:
		return take_alu(w, insn);
	}
	return false;
}

/* ---- what it comes to ---- */

static void sort_bytes(struct walk *w)
{
	for (u32 i = 1; i < w->nr_bytes; i++) {
		struct stored byte = w->bytes[i];
		u32 k;

		for (k = i; k > 0 && w->bytes[k - 1].to > byte.to; k--)
			w->bytes[k] = w->bytes[k - 1];
		w->bytes[k] = byte;
	}
}

/* How many bytes from @k on, of sorted ones, are one store. */
static u32 word_at(const struct walk *w, u32 k)
{
	const struct stored *b = &w->bytes[k];
	u32 n, size = 1;

	for (n = 1; k + n < w->nr_bytes && n < 8; n++) {
		if (b[n].to != b->to + (s32)n || b[n].from != b->from + (s32)n ||
		    b[n].origin != b->origin)
			break;
		if (!((n + 1) & n))
			size = n + 1;
	}
	return size;
}

static void emit_word(struct jit_ctx *c, u8 base, const struct stored *s, u32 size)
{
	struct x86_mem to = x86_mem(jit_reg(base), s->to);
	enum x86_reg src = JIT_TMP;

	if (s->origin == MEMORY) {
		x86_mov_rm(&c->b, size * 8, src, x86_mem(jit_reg(base), s->from));
	} else if (!s->from) {
		src = jit_reg(s->origin);
	} else {
		x86_mov_rr64(&c->b, src, jit_reg(s->origin));
		x86_shr_ri64(&c->b, src, s->from * 8);
	}
	x86_mov_mr(&c->b, size * 8, to, src);
}

/* As many stores as words, if they are fewer than there were. */
static bool emit(struct jit_ctx *c, struct walk *w)
{
	u32 k, words = 0;

	sort_bytes(w);
	for (k = 0; k < w->nr_bytes; k += word_at(w, k))
		words++;
	if (2 * words > w->nr_stores)
		return false;
	for (k = 0; k < w->nr_bytes; k += word_at(w, k))
		emit_word(c, w->base, &w->bytes[k], word_at(w, k));
	return true;
}

u32 jit_stores(struct jit_ctx *c, u32 i)
{
	const struct bpf_insn *insns = c->jit->insns;
	u32 n, best = 0, bytes = 0, stores = 0;
	struct walk w;

	w.written = w.nr_bytes = w.nr_stores = 0;
	w.base = NONE;
	for (n = 1; n <= MAX_STEPS && jit_in_one_piece(c, i, n); n++) {
		if (!take(&w, &insns[i + n - 1]))
			break;
		if (BPF_CLASS(insns[i + n - 1].code) != BPF_STX ||
		    !jit_dead_behind(c, i + n - 1, w.written))
			continue;
		best = n;
		bytes = w.nr_bytes;
		stores = w.nr_stores;
	}
	w.nr_bytes = bytes;
	w.nr_stores = stores;
	return best && emit(c, &w) ? best : 0;
}
