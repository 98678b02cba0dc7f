// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the code of a program, which is made once, to its image. What depends on where code comes to lie is not in the
 * code but in a list of items: jumps, of two bytes or more; padding; and 32-bit distances, in calls. Walks over that
 * list alone find the lengths, then code and items are put together. Linear.
 *
 *	code	mov eax, [rdi] | cmp eax, 5 | add eax, 1 | ret
 *	items	               ^ pad, for the loop       ^ jcc to instruction 1
 */
#include "arch/x86/bpf_jit.h"

#include "bpf/os.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

#define CACHE_LINE 64
#define FETCH	   16 /* bytes that the CPU decodes at a time */
#define WORD	   8

/* ---- items ---- */

static bool grow_items(struct jit_ctx *c)
{
	u32 max = c->max_items ? 2 * c->max_items : c->jit->len / 2 + 16;
	struct jit_item *items = kcalloc(max, sizeof(*items));

	if (!items) {
		c->b.error = -ENOMEM;
		return false;
	}
	memcpy(items, c->items, c->nr_items * sizeof(*items));
	kfree(c->items);
	c->items = items;
	c->max_items = max;
	return true;
}

/* All lengths being as they are, it has a place, too. */
static void add_item(struct jit_ctx *c, struct jit_item item)
{
	if (c->nr_items == c->max_items && !grow_items(c))
		return;
	item.pos = item.at + c->shift;
	c->shift += item.len - item.hole;
	c->items[c->nr_items++] = item;
}

void jit_jump_to(struct jit_ctx *c, u32 target)
{
	add_item(c, (struct jit_item){
			    .at = c->b.pos, .kind = JIT_ITEM_JMP, .len = 5, .target = target });
}

void jit_jcc_to(struct jit_ctx *c, u8 cc, u32 target)
{
	add_item(c, (struct jit_item){ .at = c->b.pos,
				       .kind = JIT_ITEM_JCC,
				       .cc = cc,
				       .len = 6,
				       .target = target });
}

void jit_pad_loop(struct jit_ctx *c, u32 last)
{
	add_item(c, (struct jit_item){ .at = c->b.pos,
				       .kind = JIT_ITEM_LOOP,
				       .len = CACHE_LINE - 1,
				       .target = last });
}

void jit_pad_word(struct jit_ctx *c, u32 bytes)
{
	add_item(c,
		 (struct jit_item){
			 .at = c->b.pos, .kind = JIT_ITEM_WORD, .len = WORD - 1, .target = bytes });
}

/* Four bytes that the code has, too. */
static void add_distance(struct jit_ctx *c, u32 at, u8 kind, u64 target)
{
	add_item(c, (struct jit_item){
			    .at = at, .kind = kind, .len = 4, .hole = 4, .target = target });
}

void jit_distance_to_function(struct jit_ctx *c, u32 target)
{
	add_distance(c, c->b.pos - 4, JIT_ITEM_FUNC, target);
}

u32 jit_jcc_local(struct jit_ctx *c, u8 cc)
{
	add_item(c,
		 (struct jit_item){ .at = c->b.pos, .kind = JIT_ITEM_LOCAL, .cc = cc, .len = 6 });
	return c->nr_items - 1;
}

void jit_label(struct jit_ctx *c, u32 jump)
{
	c->items[jump].target = c->nr_items;
	add_item(c, (struct jit_item){ .at = c->b.pos, .kind = JIT_ITEM_LABEL });
}

static void add_table_word(struct jit_ctx *c, u32 v)
{
	if (c->tables_len == c->tables_max) {
		u32 max = 2 * c->tables_max + 256, *tables = kcalloc(max, sizeof(*tables));

		if (!tables) {
			c->b.error = -ENOMEM;
			return;
		}
		if (c->tables)
			memcpy(tables, c->tables, c->tables_len * sizeof(*tables));
		kfree(c->tables);
		c->tables = tables;
		c->tables_max = max;
	}
	c->tables[c->tables_len++] = v;
}

void jit_distance_to_table(struct jit_ctx *c, const u32 *targets, u32 n)
{
	u32 i;

	add_table_word(c, c->nr_items);
	add_table_word(c, n);
	for (i = 0; i < n; i++)
		add_table_word(c, targets[i]);
	add_distance(c, c->b.pos - 4, JIT_ITEM_TABLE, 0);
}

void jit_put_tables(struct jit_ctx *c)
{
	const u32 *t = c->tables;
	u32 i, k, n;

	for (i = 0; i < c->tables_len && !c->b.error; i += 2 + n) {
		n = t[i + 1];
		c->items[t[i]].target = c->b.pos;
		for (k = 0; k < n; k++) {
			jit_code_grow(c);
			x86_data_32(&c->b, 0);
			add_item(c, (struct jit_item){ .at = c->b.pos - 4,
						       .kind = JIT_ITEM_ENTRY,
						       .cc = k,
						       .len = 4,
						       .hole = 4,
						       .target = t[i + 2 + k] });
		}
	}
	kfree(c->tables);
	c->tables = NULL;
}

/* As x86_buf has it. */
static void distance_to_address(struct x86_buf *b, u64 target)
{
	add_distance(container_of(b, struct jit_ctx, b), b->pos, JIT_ITEM_ADDRESS, target);
}

/* ---- code ---- */

void jit_code_init(struct jit_ctx *c)
{
	c->b.size = 8 * c->jit->len + JIT_ROOM;
	c->b.buf = kcalloc(c->b.size, 1);
	c->b.rel32 = distance_to_address;
	if (!c->b.buf) {
		c->b.size = 0;
		c->b.error = -ENOMEM;
	}
}

void jit_code_more(struct jit_ctx *c)
{
	struct x86_buf *b = &c->b;
	u8 *code;

	if (b->error)
		return;
	code = kcalloc(b->size, 2);
	if (!code) {
		b->error = -ENOMEM;
		return;
	}
	memcpy(code, b->buf, b->pos);
	kfree(b->buf);
	b->buf = code;
	b->size *= 2;
}

/* ---- lengths ---- */

/* Where in the image is what stood @at in the code, behind @nr items? */
static u32 place(const struct bpf_jit *jit, u32 at, u32 nr)
{
	return at + jit->items[nr].pos - jit->items[nr].at;
}

static u32 start_of(const struct bpf_jit *jit, u32 i)
{
	return place(jit, jit->start[i], jit->item[i]);
}

static bool is_jump(const struct jit_item *item)
{
	return item->kind <= JIT_ITEM_LOCAL;
}

/* What jumps go to, from now on, is an item, or so many bytes in front of one: it moves as that does. */
static void resolve_jumps(struct bpf_jit *jit)
{
	struct jit_item *items = jit->items, *item;

	for (item = items; item->kind != JIT_ITEM_END; item++) {
		u32 target = item->target;

		if (!is_jump(item) || item->kind == JIT_ITEM_LOCAL)
			continue;
		item->target = jit->item[target] + !!jit->loop[target];
		item->delta = (s32)(jit->body[target] - items[item->target].at);
	}
}

static u32 destination(const struct jit_item *items, const struct jit_item *item)
{
	return items[item->target].pos + item->delta;
}

/*
 * Is a jump that is at @pos now, and was at @old, a short one? What is in front of it has its place; what is behind
 * it may come nearer yet, never farther: all lengths only shrink.
 */
static bool is_short(const struct jit_item *items, const struct jit_item *item, u32 old, s64 *d)
{
	u32 from = &items[item->target] > item ? old : item->pos;

	*d = (s64)destination(items, item) - (from + item->len);
	return *d >= S8_MIN && *d <= S8_MAX;
}

/*
 * A loop that fits into one cache line lies in one: nops go in front of it if it would not. A longer one
 * begins where the CPU begins to decode. Bytes that a word must hold lie in one, too.
 */
static u32 padding(const struct jit_item *item)
{
	u32 line = item->kind == JIT_ITEM_LOOP ? CACHE_LINE : WORD, in_line = item->pos % line;
	u32 size = item->kind == JIT_ITEM_LOOP ? item->cc : item->target;

	if (size > line) /* a long loop */
		return -in_line % FETCH;
	return in_line + size > line ? line - in_line : 0;
}

/* Makes jumps short where they reach, and gives all items their places; with @last, padding its length, too. */
static void place_items(struct bpf_jit *jit, bool last)
{
	struct jit_item *items = jit->items, *item = items, *end = &items[jit->nr_items];
	u32 shift = 0;
	s64 d;

	for (; item != end; item++) {
		u32 old = item->pos;

		item->pos = item->at + shift;
		if (is_jump(item)) {
			if (item->len > 2 && is_short(items, item, old, &d))
				item->len = d || item->kind != JIT_ITEM_JMP ? 2 : 0;
		} else if (last && (item->kind == JIT_ITEM_LOOP || item->kind == JIT_ITEM_WORD)) {
			item->len = padding(item);
		}
		shift += item->len - item->hole;
	}
}

/*
 * How long loops are, without their padding: kept in the item's cc. Jumps may yet become shorter; the padding is
 * decided by what is found here all the same, so that from here on it is known how long it can be at most.
 */
static void measure_loops(struct bpf_jit *jit)
{
	struct jit_item *item, *end = &jit->items[jit->nr_items];
	u32 size, shift = 0, pads = 0;

	for (item = jit->items; item != end; item++) {
		item->pos = item->at + shift;
		if (item->kind != JIT_ITEM_LOOP)
			shift += item->len - item->hole;
	}
	for (item = jit->items; item != end; item++) {
		u32 pos = item->pos;

		item->pos += pads;
		if (item->kind != JIT_ITEM_LOOP)
			continue;
		size = start_of(jit, (u32)item->target + 1) - pos;
		item->cc = min(size, CACHE_LINE + 1U);
		item->len = size > CACHE_LINE ? FETCH - 1 : size ? size - 1 : 0;
		pads += item->len;
	}
}

static void place_instructions(struct bpf_jit *jit)
{
	const struct jit_item *items = jit->items;
	const u32 *loop = jit->loop, *nr_of = jit->item;
	u32 i, nr = 0, shift = items[0].pos - items[0].at;
	u32 *start = jit->start, *body = jit->body;

	for (i = 0; i <= jit->len; i++) {
		if (nr_of[i] != nr) {
			nr = nr_of[i];
			shift = items[nr].pos - items[nr].at;
		}
		start[i] += shift;
		if (loop[i]) /* its padding is between */
			body[i] = place(jit, body[i], nr + 1);
		else
			body[i] += shift;
	}
}

static void place_faults(struct bpf_jit *jit)
{
	u32 i, k = 0;

	for (i = 0; i < jit->nr_faults; i++) {
		struct bpf_jit_fault *f = &jit->faults[i];
		u32 len = f->resume - f->load;

		while (k + 1 < jit->nr_items && jit->items[k].at <= f->load)
			k++;
		f->load = place(jit, f->load, k);
		f->resume = f->load + len;
	}
}

void jit_layout(struct bpf_jit *jit)
{
	resolve_jumps(jit);
	place_items(jit, false);
	if (jit->has_loops)
		measure_loops(jit);
	place_items(jit, true);
	jit->size = jit->items[jit->nr_items - 1].pos;
	place_faults(jit);
	place_instructions(jit);
}

int jit_adopt_code(struct bpf_jit *jit, struct jit_ctx *c)
{
	add_item(c, (struct jit_item){ .at = c->b.pos, .kind = JIT_ITEM_END });
	jit->code = c->b.buf;
	jit->items = c->items;
	jit->nr_items = c->nr_items;
	kfree(c->tables);
	return c->b.error;
}

/* ---- the image ---- */

static void put_distance(struct x86_buf *b, u64 target)
{
	s64 rel = (s64)(target - (b->ip + b->pos + 4));

	if (rel != (s32)rel)
		b->error = -ERANGE;
	x86_data_32(b, (u32)rel);
}

static void put_jump(struct x86_buf *b, const struct jit_item *item, u32 to)
{
	s32 distance = (s32)(to - (item->pos + item->len));

	if (!item->len)
		return;
	if (item->len == 2 && distance != (s8)distance)
		panic("bpf jit: expected a short jump, found one of %d bytes", distance);
	if (item->len == 2)
		item->kind == JIT_ITEM_JMP ? x86_jmp_8(b, distance)
					   : x86_jcc_8(b, item->cc, distance);
	else
		item->kind == JIT_ITEM_JMP ? x86_jmp_32(b, distance)
					   : x86_jcc_32(b, item->cc, distance);
}

static void put_item(struct x86_buf *b, const struct bpf_jit *jit, const struct jit_item *item)
{
	switch ((enum jit_item_kind)item->kind) {
	case JIT_ITEM_JMP:
	case JIT_ITEM_JCC:
	case JIT_ITEM_LOCAL:
		return put_jump(b, item, destination(jit->items, item));
	case JIT_ITEM_LOOP:
	case JIT_ITEM_WORD:
		return x86_nop(b, item->len);
	case JIT_ITEM_FUNC:
		return put_distance(b, b->ip + jit->start[item->target]);
	case JIT_ITEM_ADDRESS:
		return put_distance(b, item->target);
	case JIT_ITEM_TABLE: /* nothing behind the program changes its length */
		return put_distance(b, b->ip + place(jit, item->target, jit->nr_items - 1));
	case JIT_ITEM_ENTRY:
		return x86_data_32(b, jit->body[item->target] - (item->pos - 4 * item->cc));
	case JIT_ITEM_LABEL:
	case JIT_ITEM_END:
		return;
	}
}

void jit_write(const struct bpf_jit *jit, struct x86_buf *b)
{
	u32 k, done = 0;

	for (k = 0; k < jit->nr_items; k++) {
		const struct jit_item *item = &jit->items[k];

		x86_bytes(b, jit->code + done, item->at - done);
		put_item(b, jit, item);
		done = item->at + item->hole;
	}
}
