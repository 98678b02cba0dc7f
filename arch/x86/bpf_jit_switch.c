// SPDX-License-Identifier: GPL-2.0-only
/*
 * Comparisons of one register with constants, one after the other, as compilers make of a switch: a jump through a
 * table where the constants lie close together, else a binary search. BPF has no jump through a register.
 *
 * The walk starts at the first comparison and follows each range of values that the register may have, until
 * something else than a comparison or a jump comes. Nothing on the way changes anything: where a value leads is
 * all that matters, and comparisons that only this one led to have no code. Linear: each is walked once.
 *
 *	if w4 == 0 goto a               mov    r11d, ecx
 *	if w4 == 1 goto b               cmp    r11d, 3
 *	if w4 == 2 goto c               ja     e
 *	if w4 == 3 goto d               lea    r9, [rip+table]
 *	goto e                          movsxd r11, [r9+r11*4]
 *	                                add    r11, r9
 *	                                jmp    r11
 */
#include "arch/x86/bpf_jit.h"

#include "arch/x86/bpf_mitigations.h"

#include "bpf/os.h"
#include "kernel/lib/string.h"

#define MAX_STEPS   1024
#define MAX_POINTS  256
#define MAX_RANGES  64
#define MAX_TABLE   256 /* entries; a jit_item has 8 bits for their number */
#define MIN_TABLE   4	/* cases */
#define MIN_DENSITY 8	/* entries for each case, at most */
#define MIN_SEARCH  8	/* cases */

/* Values are compared as keys: with the sign bit flipped where comparisons are signed, so that keys are not. */
struct range {
	u64 low, high;
	u32 leaf; /* where these values lead */
};

struct point {
	u64 value; /* as the instruction has it */
	u32 leaf;
	u32 nth; /* of equal values the first counts */
};

struct jit_switch {
	const struct bpf_jit *jit;
	u32 root;
	u64 max;		 /* the largest value: 32 or 64 bits */
	bool ordered, is_signed; /* comparisons of order were seen, and how they compare */
	bool failed;
	bool counted; /* edges are: not before the first switch */
	u32 steps;
	u32 nr_open, nr_points, nr_ranges, nr_nodes;
	struct range open[MAX_RANGES]; /* still to walk, the lowest last */
	struct range ranges[MAX_RANGES];
	struct point points[MAX_POINTS]; /* values of their own */
	u32 nodes[MAX_STEPS];
	u32 table[MAX_TABLE];
};

/* ---- the walk ---- */

static bool is_comparison(const struct bpf_insn *insn)
{
	const u32 ops = BIT(BPF_JEQ >> 4) | BIT(BPF_JNE >> 4) | BIT(BPF_JGT >> 4) |
			BIT(BPF_JGE >> 4) | BIT(BPF_JLT >> 4) | BIT(BPF_JLE >> 4) |
			BIT(BPF_JSGT >> 4) | BIT(BPF_JSGE >> 4) | BIT(BPF_JSLT >> 4) |
			BIT(BPF_JSLE >> 4);

	return bpf_is_jmp_class(insn) && BPF_SRC(insn->code) == BPF_K &&
	       ops >> (insn->code >> 4) & 1;
}

static bool same_register(const struct bpf_insn *a, const struct bpf_insn *b)
{
	return a->dst_reg == b->dst_reg && BPF_CLASS(a->code) == BPF_CLASS(b->code);
}

static bool is_signed_op(u8 op)
{
	return op == BPF_JSGT || op == BPF_JSGE || op == BPF_JSLT || op == BPF_JSLE;
}

static u64 key_of(const struct jit_switch *s, u64 value)
{
	return s->is_signed ? value ^ (s->max / 2 + 1) : value;
}

static u64 value_of(const struct jit_switch *s, const struct bpf_insn *insn)
{
	return (u64)(s64)insn->imm & s->max;
}

static u32 target_of(const struct jit_switch *s, u32 i)
{
	return i + 1 + bpf_jmp_offset(&s->jit->insns[i]);
}

static void add_node(struct jit_switch *s, u32 i)
{
	if (!(s->jit->flags[i] & JIT_NODE)) {
		s->jit->flags[i] |= JIT_NODE;
		s->nodes[s->nr_nodes++] = i; /* steps are not more */
	}
}

/* Is @i something to walk over? Only what comes later in the program, and has no code yet. */
static bool is_node(const struct jit_switch *s, u32 i)
{
	const struct bpf_insn *insn = &s->jit->insns[i];
	u8 op = BPF_OP(insn->code);

	if (i < s->root || s->jit->flags[i] & JIT_FUNC)
		return i == s->root;
	if (bpf_is_jump(insn) && op == BPF_JA)
		return true;
	if (!is_comparison(insn) || !same_register(insn, &s->jit->insns[s->root]))
		return false;
	return op == BPF_JEQ || op == BPF_JNE || !s->ordered || s->is_signed == is_signed_op(op);
}

static void add_range(struct jit_switch *s, u64 low, u64 high, u32 leaf)
{
	struct range *last = s->nr_ranges ? &s->ranges[s->nr_ranges - 1] : NULL;

	if (last && last->leaf == leaf)
		last->high = high;
	else if (s->nr_ranges == MAX_RANGES)
		s->failed = true;
	else
		s->ranges[s->nr_ranges++] = (struct range){ low, high, leaf };
}

static void open_range(struct jit_switch *s, u64 low, u64 high, u32 leaf)
{
	if (s->nr_open == MAX_RANGES)
		s->failed = true;
	else
		s->open[s->nr_open++] = (struct range){ low, high, leaf };
}

/* Where @value leads from @i on. */
static u32 resolve(struct jit_switch *s, u32 i, u64 value)
{
	while (is_node(s, i) && ++s->steps < MAX_STEPS) {
		const struct bpf_insn *insn = &s->jit->insns[i];
		u8 op = BPF_OP(insn->code);

		if (op != BPF_JA && op != BPF_JEQ && op != BPF_JNE)
			break;
		add_node(s, i);
		if (op == BPF_JA || (value == value_of(s, insn)) == (op == BPF_JEQ))
			i = target_of(s, i);
		else
			i++;
	}
	return i;
}

static void add_point(struct jit_switch *s, u64 value, u32 i)
{
	s->points[s->nr_points] = (struct point){ value, resolve(s, i, value), s->nr_points };
	s->nr_points++;
}

/* The comparison at @i with one value: that leads one way, and all others of the range the other way. */
static u32 take_point(struct jit_switch *s, u32 i, const struct range *r)
{
	const struct bpf_insn *insn = &s->jit->insns[i];
	u64 value = value_of(s, insn), key = key_of(s, value);
	bool equal = BPF_OP(insn->code) == BPF_JEQ;

	if (key >= r->low && key <= r->high) {
		if (s->nr_points == MAX_POINTS)
			s->failed = true;
		else
			add_point(s, value, equal ? target_of(s, i) : i + 1);
	}
	return equal ? i + 1 : target_of(s, i);
}

/* The comparison at @i parts the range @r. Goes on with the lower part, if there is one. */
static u32 take_order(struct jit_switch *s, u32 i, struct range *r)
{
	const struct bpf_insn *insn = &s->jit->insns[i];
	u8 op = BPF_OP(insn->code);
	bool above = op == BPF_JGT || op == BPF_JSGT || op == BPF_JGE || op == BPF_JSGE;
	bool first_above = op == BPF_JGT || op == BPF_JSGT || op == BPF_JLE || op == BPF_JSLE;
	u32 low = above ? i + 1 : target_of(s, i), high = above ? target_of(s, i) : i + 1;
	u64 key;

	s->ordered = true;
	s->is_signed = is_signed_op(op);
	key = key_of(s, value_of(s, insn));
	/* The upper part starts at key + first_above. */
	if (first_above && key == s->max)
		return low;
	key += first_above;
	if (key <= r->low)
		return high;
	if (key > r->high)
		return low;
	open_range(s, key, r->high, high);
	r->high = key - 1;
	return low;
}

/* Follows the range that is open, until it ends or parts. */
static void walk_range(struct jit_switch *s, struct range r)
{
	u32 i = r.leaf;

	while (is_node(s, i) && !s->failed) {
		u8 op = BPF_OP(s->jit->insns[i].code);

		if (++s->steps >= MAX_STEPS)
			s->failed = true;
		else
			add_node(s, i);
		if (op == BPF_JA)
			i = target_of(s, i);
		else if (op == BPF_JEQ || op == BPF_JNE)
			i = take_point(s, i, &r);
		else
			i = take_order(s, i, &r);
	}
	add_range(s, r.low, r.high, i);
}

static bool walk(struct jit_switch *s, u32 root)
{
	s->root = root;
	s->max = BPF_CLASS(s->jit->insns[root].code) == BPF_JMP ? U64_MAX : U32_MAX;
	s->ordered = s->is_signed = s->failed = false;
	s->steps = s->nr_open = s->nr_points = s->nr_ranges = s->nr_nodes = 0;
	open_range(s, 0, s->max, root);
	while (s->nr_open && !s->failed) {
		struct range r = s->open[--s->nr_open];

		walk_range(s, r);
	}
	return !s->failed && s->steps < MAX_STEPS;
}

/* ---- comparisons without code ---- */

/*
 * Counts, for each node, who leads there; takes away who has no code any more, beginning with the root; who is
 * left without is next. All nodes keep JIT_NODE, so that no walk starts there again.
 */
static void leave(struct jit_switch *s, u32 i, u32 *nr_dead)
{
	u16 *edges = &s->jit->edges[i];

	if (i <= s->root || !(s->jit->flags[i] & JIT_NODE) || *edges == U16_MAX || --*edges)
		return;
	s->jit->flags[i] |= JIT_DEAD;
	s->nodes[(*nr_dead)++] = i;
}

/* Something jumps to @i. */
static void keep(struct jit_switch *s, u32 i)
{
	s->jit->flags[i] |= JIT_TARGET | JIT_MANY;
	s->jit->edges[i] = U16_MAX;
}

static void kill_nodes(struct jit_switch *s)
{
	u32 k, nr_dead = 1;

	for (k = 0; k < s->nr_points; k++)
		keep(s, s->points[k].leaf);
	for (k = 0; k < s->nr_ranges; k++)
		keep(s, s->ranges[k].leaf);
	s->nodes[0] = s->root;
	for (k = 0; k < nr_dead; k++) {
		u32 i = s->nodes[k];

		leave(s, target_of(s, i), &nr_dead);
		if (BPF_OP(s->jit->insns[i].code) != BPF_JA)
			leave(s, i + 1, &nr_dead);
	}
}

/* ---- a table ---- */

/* Keys from the first that does not go where the last range goes, to the last such. False: there is none. */
static bool find_span(const struct jit_switch *s, u64 *low, u64 *high)
{
	u32 k, other = s->ranges[s->nr_ranges - 1].leaf;

	*low = U64_MAX;
	*high = 0;
	for (k = 0; k < s->nr_points; k++) {
		*low = min(*low, key_of(s, s->points[k].value));
		*high = max(*high, key_of(s, s->points[k].value));
	}
	for (k = 0; k < s->nr_ranges; k++)
		if (s->ranges[k].leaf != other) {
			*low = min(*low, s->ranges[k].low);
			*high = max(*high, s->ranges[k].high);
		}
	return *low <= *high;
}

static void fill_table(struct jit_switch *s, u64 low, u32 n)
{
	u32 k, r = 0;

	for (k = 0; k < n; k++) {
		while (s->ranges[r].high < low + k)
			r++;
		s->table[k] = s->ranges[r].leaf;
	}
	for (k = s->nr_points; k-- > 0;)
		s->table[key_of(s, s->points[k].value) - low] = s->points[k].leaf;
}

static void emit_table_jump(struct jit_ctx *c, struct jit_switch *s, u64 low_key, u32 n)
{
	enum x86_reg reg = jit_reg(s->jit->insns[s->root].dst_reg);
	s32 low = (s32)key_of(s, low_key);
	bool wide = s->max == U64_MAX;
	struct x86_buf *b = &c->b;

	if (low)
		wide ? x86_lea64(b, JIT_TMP, x86_mem(reg, -low))
		     : x86_lea32(b, JIT_TMP, x86_mem(reg, -low));
	else
		wide ? x86_mov_rr64(b, JIT_TMP, reg) : x86_mov_rr32(b, JIT_TMP, reg);
	wide ? x86_cmp_ri64(b, JIT_TMP, (s32)n - 1) : x86_cmp_ri32(b, JIT_TMP, (s32)n - 1);
	jit_jcc_to(c, X86_CC_A, s->ranges[s->nr_ranges - 1].leaf);
	jit_tmp2_take(c);
	x86_lea_rip64(b, JIT_TMP2, 0);
	jit_distance_to_table(c, s->table, n);
	x86_movsx_rm64(b, 32, JIT_TMP, x86_mem_index(JIT_TMP2, JIT_TMP, 4, 0));
	x86_add_rr64(b, JIT_TMP, JIT_TMP2);
	jit_tmp2_give(c);
	x86_jump_indirect(b, JIT_TMP);
}

/* Can an address be that far away? */
static bool is_displacement(const struct jit_switch *s, u64 value)
{
	return s->max == U32_MAX || ((s64)value == (s32)value && (s32)value != S32_MIN);
}

static bool try_table(struct jit_ctx *c, struct jit_switch *s)
{
	u32 cases = s->nr_points + s->nr_ranges - 1;
	u64 low, high;

	if (bpf_jit_mitigations & BPF_JIT_RETPOLINES)
		return false; /* would be a jump that nothing predicts */
	if (cases < MIN_TABLE || !find_span(s, &low, &high) || high - low >= MAX_TABLE ||
	    high - low >= MIN_DENSITY * cases || !is_displacement(s, key_of(s, low)))
		return false;
	fill_table(s, low, high - low + 1);
	emit_table_jump(c, s, low, high - low + 1);
	return true;
}

/* ---- a search ---- */

static bool is_below(const struct jit_switch *s, const struct point *a, const struct point *b)
{
	u64 x = key_of(s, a->value), y = key_of(s, b->value);

	return x < y || (x == y && a->nth < b->nth);
}

/* Shell's. */
static void sort_points(struct jit_switch *s)
{
	u32 gap, i, k;

	for (gap = s->nr_points > 40 ? 40 : 1; gap; gap = gap == 40 ? 13 : gap / 3)
		for (i = gap; i < s->nr_points; i++) {
			struct point p = s->points[i];

			for (k = i; k >= gap && is_below(s, &p, &s->points[k - gap]); k -= gap)
				s->points[k] = s->points[k - gap];
			s->points[k] = p;
		}
}

/* Of sorted ones. */
static void drop_equal_points(struct jit_switch *s)
{
	u32 i, n = 1;

	for (i = 1; i < s->nr_points; i++)
		if (s->points[i].value != s->points[n - 1].value)
			s->points[n++] = s->points[i];
	s->nr_points = n;
}

static void compare(struct jit_ctx *c, const struct jit_switch *s, u64 value)
{
	enum x86_reg reg = jit_reg(s->jit->insns[s->root].dst_reg);

	if (s->max == U64_MAX)
		x86_cmp_ri64(&c->b, reg, (s32)value);
	else
		x86_cmp_ri32(&c->b, reg, (s32)value);
}

/* To the leaf of the register's value, if that is one of @n points; else to the range's. */
static void emit_search(struct jit_ctx *c, const struct jit_switch *s, const struct point *p, u32 n)
{
	u32 i, mid = n / 2, lower;

	jit_code_grow(c);
	if (n <= 3) {
		for (i = 0; i < n; i++) {
			compare(c, s, p[i].value);
			jit_jcc_to(c, X86_CC_E, p[i].leaf);
		}
		return jit_jump_to(c, s->ranges[0].leaf);
	}
	compare(c, s, p[mid].value);
	jit_jcc_to(c, X86_CC_E, p[mid].leaf);
	lower = jit_jcc_local(c, s->is_signed ? X86_CC_L : X86_CC_B);
	emit_search(c, s, p + mid + 1, n - mid - 1);
	jit_label(c, lower);
	emit_search(c, s, p, mid);
}

static bool try_search(struct jit_ctx *c, struct jit_switch *s)
{
	if (s->nr_points < MIN_SEARCH || s->nr_ranges > 1)
		return false;
	sort_points(s);
	drop_equal_points(s);
	emit_search(c, s, s->points, s->nr_points);
	return true;
}

/* ---- the pass ---- */

static void count_edge(const struct bpf_jit *jit, u32 to)
{
	if (to < jit->len && jit->edges[to] < U16_MAX)
		jit->edges[to]++;
}

static void count_edges(const struct bpf_jit *jit)
{
	u32 i;

	jit->edges[0] = U16_MAX;
	for (i = 0; i < jit->len; i++) {
		const struct bpf_insn *insn = &jit->insns[i];
		bool jump = bpf_is_jump(insn) && !(jit->flags[i] & JIT_SECOND);

		if (jump)
			count_edge(jit, i + 1 + bpf_jmp_offset(insn));
		if (insn->code != (BPF_JMP | BPF_EXIT) && !(jump && BPF_OP(insn->code) == BPF_JA))
			count_edge(jit, i + 1);
	}
}

bool jit_may_switch(const struct bpf_jit *jit, u32 i)
{
	const struct bpf_insn *insn = &jit->insns[i], *next = insn + 1;

	if (!is_comparison(insn) || i + 1 >= jit->len)
		return false;
	if (BPF_OP(insn->code) == BPF_JNE || BPF_OP(next->code) == BPF_JA)
		next = insn + 1 + insn->off;
	return is_comparison(next) && same_register(insn, next);
}

bool jit_switch_init(struct bpf_jit *jit)
{
	jit->edges = kcalloc(jit->len, sizeof(*jit->edges));
	jit->sw = kcalloc(1, sizeof(*jit->sw));
	if (!jit->edges || !jit->sw)
		return false;
	jit->sw->jit = jit;
	return true;
}

bool jit_switch(struct jit_ctx *c, u32 i)
{
	struct jit_switch *s = c->jit->sw;

	if (c->jit->flags[i] & JIT_NODE || !walk(s, i))
		return false;
	if (!try_table(c, s) && !try_search(c, s))
		return false;
	if (!s->counted)
		count_edges(c->jit);
	s->counted = true;
	kill_nodes(s);
	return true;
}
