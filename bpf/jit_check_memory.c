// SPDX-License-Identifier: GPL-2.0-only
/* The memory of a run that is compared: see bpf/jit_check.h. */
#include "bpf/jit_check.h"

#include "bpf/interp.h"
#include "bpf/jit.h"
#include "bpf/os.h"
#include "kernel/lib/string.h"

#define CLEAN_STACK 1280	   /* bytes: more than a frame of the interpreter's */
#define STACK_SPAN  (256 * 1024UL) /* no thread's stack is larger */

/* A piece that a helper has written; its bytes follow. */
struct change {
	u32 region, off, len, more;
};

/* ---- stacks ---- */

static __noinline void clean_stack(void)
{
	u8 room[CLEAN_STACK];

	memset(room, 0, sizeof(room));
	asm volatile("" : : "r"(room) : "memory");
}

/* A frame where clean_stack()'s was, over the few words that the zeros do not reach. */
#define ABOVE_ZEROS u8 words[96] __aligned_to(16)
#define KEEP_ABOVE  asm volatile("" : : "r"(words) : "memory")

static __noinline u64 interpret_below(const struct bpf_insn *insn, const u64 *args)
{
	ABOVE_ZEROS;
	u64 r0;

	KEEP_ABOVE;
	r0 = bpf_interp_call(insn, args[0], args[1], args[2], args[3], args[4]);
	KEEP_ABOVE;
	return r0;
}

static __noinline u64 execute_below(const struct bpf_jit_image *code, const void *ctx,
				    const struct bpf_insn *insn)
{
	u64 (*f)(const void *, const struct bpf_insn *) = (void *)(uintptr_t)code->im.ro;
	ABOVE_ZEROS;
	u64 r0;

	KEEP_ABOVE;
	r0 = f(ctx, insn);
	KEEP_ABOVE;
	return r0;
}

u64 check_interpret(const struct bpf_insn *insn, u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	u64 args[5] = { r1, r2, r3, r4, r5 };

	clean_stack();
	return interpret_below(insn, args);
}

u64 check_execute(const struct bpf_jit_image *code, const void *ctx, const struct bpf_insn *insn)
{
	clean_stack();
	return execute_below(code, ctx, insn);
}

/* ---- addresses ---- */

static bool is_stack(const struct check_run *run, u64 v)
{
	return v <= run->stack_top && run->stack_top - v < STACK_SPAN;
}

bool check_same_value(const struct check_run *run, u64 expected, u64 found)
{
	if (expected == found || (is_stack(run, expected) && is_stack(run, found)))
		return true;
	for (u32 i = 0; i < run->nr_regions; i++) {
		const struct check_region *r = &run->regions[i];
		u64 off = expected - (u64)(uintptr_t)r->mem;

		if (off <= r->size && found == (u64)(uintptr_t)r->twin + off)
			return true;
	}
	return false;
}

bool check_same_bytes(const struct check_run *run, const u8 *expected, const u8 *found, u32 n)
{
	u64 a, b;
	u32 i;

	if (!memcmp(expected, found, n))
		return true;
	for (i = 0; i + 8 <= n; i += 8) {
		memcpy(&a, expected + i, 8);
		memcpy(&b, found + i, 8);
		if (!check_same_value(run, a, b))
			return false;
	}
	return !memcmp(expected + i, found + i, n - i);
}

/* ---- regions ---- */

u32 check_region_at(const struct check_run *run, u64 addr)
{
	u32 i = run->nr_regions;

	while (i &&
	       (run->regions[i - 1].released || (u64)(uintptr_t)run->regions[i - 1].mem != addr))
		i--;
	return i;
}

static bool is_known(const struct check_run *run, const u8 *mem, u32 size)
{
	for (u32 i = 0; i < run->nr_regions; i++) {
		const struct check_region *r = &run->regions[i];

		if (!r->released && mem >= r->mem && mem + size <= r->mem + r->size)
			return true;
	}
	return false;
}

static bool more_regions(struct check_run *run)
{
	u32 n = max(2 * run->max_regions, 16U);
	struct check_region *regions;

	if (run->nr_regions < run->max_regions)
		return true;
	regions = krealloc(run->regions, n * sizeof(*regions));
	if (!regions)
		return false;
	run->regions = regions;
	run->max_regions = n;
	return true;
}

void check_region_add(struct check_run *run, void *mem, u32 size, const struct bpf_map *map,
		      bool own)
{
	struct check_region *r;
	u8 *copies;

	if (run->lost || !size || is_known(run, mem, size))
		return;
	copies = kcalloc(own ? 4 : 3, ALIGN((u64)size, 8));
	if (!copies || !more_regions(run)) {
		kfree(copies);
		run->lost = true;
		return;
	}
	r = &run->regions[run->nr_regions++];
	*r = (struct check_region){ .mem = mem, .twin = mem, .size = size, .map = map };
	r->first = copies;
	r->shadow = copies + ALIGN(size, 8);
	r->last = r->shadow + ALIGN(size, 8);
	if (own)
		r->twin = r->last + ALIGN(size, 8);
	memcpy(r->first, mem, size);
}

void check_memory_free(struct check_run *run)
{
	for (u32 i = 0; i < run->nr_regions; i++)
		kfree(run->regions[i].first);
	kfree(run->regions);
}

/* ---- what helpers write ---- */

static bool is_touched(const struct check_region *r, const struct bpf_map *map)
{
	return !r->released && (!map || r->map == map);
}

void check_memory_before(struct check_run *run, const struct bpf_map *map)
{
	for (u32 i = 0; i < run->nr_regions; i++)
		if (is_touched(&run->regions[i], map))
			memcpy(run->regions[i].shadow, run->regions[i].mem, run->regions[i].size);
}

static void log_change(struct check_run *run, u32 region, u32 off, u32 len)
{
	struct change *c = check_log_room(run, sizeof(*c) + len);

	if (!c)
		return;
	*c = (struct change){ .region = region, .off = off, .len = len, .more = 1 };
	memcpy(c + 1, run->regions[region].mem + off, len);
}

static void log_changes(struct check_run *run, u32 region)
{
	const struct check_region *r = &run->regions[region];
	u32 from, to;

	for (from = 0; from < r->size; from = to + 1) {
		if (r->mem[from] == r->shadow[from]) {
			to = from;
			continue;
		}
		for (to = from; to < r->size && r->mem[to] != r->shadow[to];)
			to++;
		log_change(run, region, from, to - from);
	}
}

void check_memory_after(struct check_run *run, const struct bpf_map *map)
{
	struct change *end;

	for (u32 i = 0; i < run->nr_regions; i++)
		if (is_touched(&run->regions[i], map) &&
		    memcmp(run->regions[i].shadow, run->regions[i].mem, run->regions[i].size))
			log_changes(run, i);
	end = check_log_room(run, sizeof(*end));
	if (end)
		*end = (struct change){ .more = 0 };
}

void check_memory_replay(struct check_run *run)
{
	const struct change *c;

	for (;;) {
		c = check_log_next(run, sizeof(*c));
		if (!c->more)
			return;
		memcpy(run->regions[c->region].twin + c->off, check_log_next(run, c->len), c->len);
	}
}

/* ---- the two runs ---- */

/* What was shown last goes back first: of bytes that were shown twice, the older state counts. */
void check_memory_rewind(struct check_run *run)
{
	u32 i, k;

	for (i = 0; i < run->nr_regions; i++)
		if (!run->regions[i].released)
			memcpy(run->regions[i].last, run->regions[i].mem, run->regions[i].size);
	for (i = run->nr_regions; i-- > 0;) {
		const struct check_region *r = &run->regions[i];

		/* Others may write beside the program: only what it changed is touched. */
		for (k = 0; k < r->size; k++)
			if (r->twin != r->mem || r->first[k] != r->last[k])
				r->twin[k] = r->first[k];
	}
}

static void report(const struct check_region *r, u32 i)
{
	panic("bpf jit: byte %u of %s: expected 0x%02x of the interpreter, found 0x%02x", i,
	      r->map ? "a map's value" : "ctx or a record", r->last[i], r->twin[i]);
}

void check_memory_compare(const struct check_run *run)
{
	u32 k;

	for (u32 i = 0; i < run->nr_regions; i++) {
		const struct check_region *r = &run->regions[i];

		if (r->released || check_same_bytes(run, r->last, r->twin, r->size))
			continue;
		for (k = 0; r->last[k] == r->twin[k];)
			k++;
		report(r, k);
	}
}
