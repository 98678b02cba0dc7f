// SPDX-License-Identifier: GPL-2.0-only
/*
 * The calls of a run that is compared: see bpf/jit_check.h. In the log they stand one behind the other:
 *
 *	CALL insn, arguments | what they point to          CALL ...              TAIL_CALL map, index
 *	END  result | what was written to the stack,       CALLBACK arguments
 *	            | what was changed elsewhere             (calls of the callback)
 *	                                                   RETURN result
 *	                                                   END ...
 *
 * Calls that the JIT may make a few instructions of are skipped if the code does not make them.
 */
#include "bpf/jit_check.h"

#include "bpf/helpers.h"
#include "bpf/interp.h"
#include "bpf/jit.h"
#include "bpf/os.h"
#include "kernel/lib/string.h"

#define LOG_MAX (4U << 20)

enum { CALL = 1, END, CALLBACK, RETURN, TAIL_CALL };

struct record {
	u32 kind, insn;
	const struct bpf_prog *prog;
	u64 r0, args[5];
	u32 region; /* of a ring buffer's record that it returns, or gives away: index + 1, or 0 */
	bool may_be_inline;
	u32 next; /* CALL with may_be_inline: where in the log its END ends */
};

/* A call: by which program, of what. */
struct site {
	const struct bpf_jit_check *check;
	u32 insn;
	const struct bpf_func_proto *proto; /* NULL: no helper, but a part of a classic load */
	bpf_func_t func;
};

/* What an interpreter's callback is called with. */
struct check_callback {
	const struct bpf_insn *insn;
	const struct bpf_map *map; /* for_each_map_elem's */
};

static struct check_run *current_run(void)
{
	return container_of(*bpf_run_ctx_slot(), struct check_run, run_ctx);
}

/* ---- the log ---- */

void *check_log_room(struct check_run *run, u32 n)
{
	u32 need = run->log_len + ALIGN(n, 8), size = max(run->log_size, 4096U);
	u8 *log;

	while (size < need)
		size *= 2;
	if (run->lost || n > LOG_MAX || need > LOG_MAX) {
		run->lost = true;
		return NULL;
	}
	if (size != run->log_size) {
		log = krealloc(run->log, size);
		if (!log) {
			run->lost = true;
			return NULL;
		}
		run->log = log;
		run->log_size = size;
	}
	log = run->log + run->log_len;
	run->log_len = need;
	return log;
}

const void *check_log_next(struct check_run *run, u32 n)
{
	const void *p = run->log + run->log_pos;

	run->log_pos += ALIGN(n, 8);
	if (run->log_pos > run->log_len)
		panic("bpf jit: expected %u bytes in the record of the interpreter, found its end",
		      n);
	return p;
}

static void log_bytes(struct check_run *run, const void *bytes, u32 n)
{
	void *p = check_log_room(run, n);

	if (p && n)
		memcpy(p, bytes, n);
}

static struct record *log_record(struct check_run *run, u32 kind, const struct site *s)
{
	struct record *r = check_log_room(run, sizeof(*r));

	if (r)
		*r = (struct record){ .kind = kind, .insn = s->insn, .prog = s->check->prog };
	return r;
}

static u32 next_kind(const struct check_run *run)
{
	const struct record *r = (const void *)(run->log + run->log_pos);

	return run->log_pos < run->log_len ? r->kind : 0;
}

/* ---- what is called ---- */

static bool find_site(const struct check_run *run, const struct bpf_insn *call, struct site *s)
{
	for (u32 i = 0; i < run->nr_progs; i++) {
		const struct bpf_jit_check *c = run->progs[i];
		const struct bpf_insn *base = call >= c->insns && call < c->insns + c->prog->len
						      ? c->insns
						      : c->prog->insnsi;

		if (call < base || call >= base + c->prog->len)
			continue;
		s->check = c;
		s->insn = (u32)(call - base);
		s->proto = c->protos[s->insn];
		s->func = (bpf_func_t)((long)__bpf_call_base + call->imm);
		return true;
	}
	return false;
}

static const char *name_of(const struct site *s)
{
	return s->proto ? s->proto->name : "a load from a packet";
}

static u32 arg_type(const struct site *s, u32 i)
{
	static const u32 classic[5] = { ARG_PTR_TO_CTX, ARG_ANYTHING };

	return s->proto ? s->proto->arg_type[i] : classic[i];
}

/* Does the argument's memory get a value, rather than give one? */
static bool is_out(u32 type)
{
	return type & (MEM_UNINIT | MEM_WRITE) || base_type(type) == ARG_PTR_TO_LONG;
}

static const struct bpf_map *map_arg(const struct site *s, const u64 *args)
{
	return base_type(arg_type(s, 0)) == ARG_CONST_MAP_PTR
		       ? (const struct bpf_map *)(uintptr_t)args[0]
		       : NULL;
}

/* Bytes that argument @i points to; 0 if it does not, or if they cannot change. */
static u32 arg_size(const struct site *s, u32 i, const u64 *args)
{
	u32 type = arg_type(s, i), size_type = i < 4 ? arg_type(s, i + 1) : 0;

	if (!args[i])
		return 0;
	switch (base_type(type)) {
	case ARG_PTR_TO_MAP_KEY:
		return map_arg(s, args)->key_size;
	case ARG_PTR_TO_MAP_VALUE:
		return map_arg(s, args)->value_size;
	case ARG_PTR_TO_LONG:
		return 8;
	case ARG_PTR_TO_MEM:
		if (type & MEM_FIXED_SIZE)
			return s->proto->arg_size[i];
		if (base_type(size_type) == ARG_CONST_SIZE ||
		    base_type(size_type) == ARG_CONST_SIZE_OR_ZERO)
			return (u32)args[i + 1];
	}
	return 0;
}

static bool is_callback_call(const struct site *s)
{
	return s->proto == &bpf_loop_proto || s->proto == &bpf_for_each_map_elem_proto;
}

/* Does the JIT, in some programs, inline it? */
static bool may_be_inline(const struct site *s, const u64 *args)
{
	if (s->proto == &bpf_get_smp_processor_id_proto)
		return true;
	return s->proto == &bpf_map_lookup_elem_proto &&
	       (map_arg(s, args)->map_type == BPF_MAP_TYPE_ARRAY ||
		map_arg(s, args)->map_type == BPF_MAP_TYPE_PERCPU_ARRAY);
}

/* May it write to what the program sees, but for its arguments? Values of maps, and packets. */
static bool changes_memory(const struct site *s)
{
	return s->proto &&
	       ((base_type(s->proto->ret_type) == RET_INTEGER &&
		 base_type(arg_type(s, 0)) == ARG_CONST_MAP_PTR && !is_callback_call(s)) ||
		base_type(arg_type(s, 0)) == ARG_PTR_TO_CTX);
}

/* ---- recording ---- */

/* A record of a ring buffer is somebody else's from now on: this is what was in it. */
static void log_release(struct check_run *run, u32 call_at, u64 arg)
{
	u32 i = check_region_at(run, arg);
	struct check_region *r = &run->regions[i - 1];

	if (run->lost || !i)
		return;
	((struct record *)(run->log + call_at))->region = i;
	log_bytes(run, r->mem, r->size);
	r->released = true;
}

static void log_call(struct check_run *run, const struct site *s, const u64 *args)
{
	u32 at = run->log_len;
	struct record *r = log_record(run, CALL, s);

	if (!r)
		return;
	memcpy(r->args, args, sizeof(r->args));
	r->may_be_inline = may_be_inline(s, args);
	for (u32 i = 0; i < 5; i++)
		if (!is_out(arg_type(s, i)))
			log_bytes(run, (void *)(uintptr_t)args[i], arg_size(s, i, args));
	if (arg_type(s, 0) & OBJ_RELEASE)
		log_release(run, at, args[0]);
}

/* What it returns may be memory to see. Returns the region, if it is a ring buffer's record. */
static u32 add_result(struct check_run *run, const struct site *s, const u64 *args, u64 r0)
{
	const struct bpf_map *map = map_arg(s, args);

	if (!s->proto || !map || !r0)
		return 0;
	if (base_type(s->proto->ret_type) == RET_PTR_TO_MAP_VALUE)
		check_region_add(run, (void *)(uintptr_t)r0, map->value_size, map, false);
	if (!(s->proto->ret_type & MEM_RINGBUF))
		return 0;
	check_region_add(run, (void *)(uintptr_t)r0, (u32)args[1], NULL, true);
	return check_region_at(run, r0);
}

static void log_end(struct check_run *run, const struct site *s, const u64 *args, u64 r0,
		    u32 call_at)
{
	struct record *r = log_record(run, END, s);

	if (!r)
		return;
	r->r0 = r0;
	r->region = add_result(run, s, args, r0);
	for (u32 i = 0; i < 5; i++)
		if (is_out(arg_type(s, i)))
			log_bytes(run, (void *)(uintptr_t)args[i], arg_size(s, i, args));
	if (changes_memory(s))
		check_memory_after(run, map_arg(s, args));
	if (!run->lost)
		((struct record *)(run->log + call_at))->next = run->log_len;
}

/* What a helper calls instead of the program's function. */
static u64 interpret_callback(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	struct check_run *run = current_run();
	const struct check_callback *cb = run->callback;
	struct site none = { .check = run->progs[0] };
	u64 args[5] = { r1, r2, r3, r4, r5 }, r0;
	struct record *r = log_record(run, CALLBACK, &none);

	if (r)
		memcpy(r->args, args, sizeof(r->args));
	if (cb->map) {
		log_bytes(run, (void *)(uintptr_t)r2, cb->map->key_size);
		check_region_add(run, (void *)(uintptr_t)r3, cb->map->value_size, cb->map, false);
	}
	r0 = check_interpret(cb->insn, r1, r2, r3, r4, r5);
	r = log_record(run, RETURN, &none);
	if (r)
		r->r0 = r0;
	return r0;
}

static u64 call_with_callback(struct check_run *run, const struct site *s, const u64 *args)
{
	const struct check_callback *outer = run->callback;
	struct check_callback cb = { .insn = (const struct bpf_insn *)(uintptr_t)args[1],
				     .map = map_arg(s, args) };
	u64 r0;

	run->callback = &cb;
	r0 = s->func(args[0], (u64)(uintptr_t)interpret_callback, args[2], args[3], args[4]);
	run->callback = outer;
	return r0;
}

u64 bpf_check_record_call(const struct bpf_insn *call, u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	struct check_run *run = current_run();
	u64 args[5] = { r1, r2, r3, r4, r5 }, r0;
	u32 at = run->log_len;
	struct site s;

	if (call->src_reg == BPF_PSEUDO_CALL)
		return check_interpret(call + 1 + call->imm, r1, r2, r3, r4, r5);
	if (!find_site(run, call, &s))
		panic("bpf jit: expected a call of a program that runs, found one at %p", call);
	log_call(run, &s, args);
	if (changes_memory(&s) && !run->lost)
		check_memory_before(run, map_arg(&s, args));
	r0 = is_callback_call(&s) ? call_with_callback(run, &s, args) : s.func(r1, r2, r3, r4, r5);
	log_end(run, &s, args, r0, at);
	return r0;
}

/* ---- giving what was recorded ---- */

static void differs(const struct site *s, const char *what, u64 expected, u64 found)
{
	panic("bpf jit: program %s, instruction %u, call of %s: %s: expected 0x%llx of the "
	      "interpreter, found 0x%llx",
	      s->check->prog->aux->name, s->insn, name_of(s), what, expected, found);
}

/* The record of the interpreter's next call, which must be this one. */
static const struct record *next_call(struct check_run *run, const struct site *s)
{
	const struct record *r;

	for (;;) {
		if (next_kind(run) != CALL)
			differs(s, "what the program does next (0 end, 1 call, 4 return)",
				next_kind(run), CALL);
		r = check_log_next(run, sizeof(*r));
		if (r->insn == s->insn && r->prog == s->check->prog)
			return r;
		if (!r->may_be_inline)
			differs(s, "the instruction that calls", r->insn, s->insn);
		run->log_pos = r->next;
	}
}

static void bytes_differ(const struct site *s, u32 arg, const u8 *expected, const u8 *found)
{
	u32 k = 0;

	while (found && expected[k] == found[k])
		k++;
	panic("bpf jit: program %s, instruction %u, call of %s: byte %u behind R%u: expected "
	      "0x%02x of the interpreter, found 0x%02x",
	      s->check->prog->aux->name, s->insn, name_of(s), k, arg, expected[k],
	      found ? found[k] : 0);
}

static void compare_arg(struct check_run *run, const struct site *s, const struct record *r, u32 i,
			const u64 *args)
{
	static const char *const names[] = { "R1", "R2", "R3", "R4", "R5" };
	u32 type = arg_type(s, i), n = arg_size(s, i, r->args);
	const u8 *bytes = (const u8 *)(uintptr_t)args[i];

	if (base_type(type) == ARG_DONTCARE || base_type(type) == ARG_PTR_TO_FUNC)
		return;
	if (type & OBJ_RELEASE && r->region) {
		n = run->regions[r->region - 1].size;
		if (bytes != run->regions[r->region - 1].twin)
			differs(s, "the record", r->args[i], args[i]);
	}
	if (n && !is_out(type)) { /* where it lies does not matter */
		const u8 *expected = check_log_next(run, n);

		if (!args[i] || !check_same_bytes(run, expected, bytes, n))
			bytes_differ(s, i + 1, expected, bytes);
		return;
	}
	if (!check_same_value(run, r->args[i], args[i]))
		differs(s, names[i], r->args[i], args[i]);
}

/* Calls that the code does without may be left. */
static void skip_inline(struct check_run *run)
{
	while (next_kind(run) == CALL) {
		const struct record *r = (const void *)(run->log + run->log_pos);

		if (!r->may_be_inline)
			return;
		run->log_pos = r->next;
	}
}

/* Calls the code's callback as the interpreter's was called. */
static void replay_callback(struct check_run *run, const struct site *s, const u64 *args)
{
	const struct record *r = check_log_next(run, sizeof(*r));
	bpf_callback_t f = (bpf_callback_t)(uintptr_t)args[1];
	const struct bpf_map *map = map_arg(s, args);
	u64 r0;

	if (map) {
		const void *key = check_log_next(run, map->key_size);

		r0 = f(args[0], (u64)(uintptr_t)key, r->args[2], args[2], 0);
	} else {
		r0 = f(r->args[0], args[2], 0, 0, 0);
	}
	skip_inline(run);
	if (next_kind(run) != RETURN)
		differs(s, "what the callback does next (1 call, 4 return)", next_kind(run),
			RETURN);
	r = check_log_next(run, sizeof(*r));
	if (!check_same_value(run, r->r0, r0))
		differs(s, "a callback's result", r->r0, r0);
}

static u64 replay_end(struct check_run *run, const struct site *s, const struct record *call,
		      const u64 *args)
{
	const struct record *end = check_log_next(run, sizeof(*end));

	for (u32 i = 0; i < 5; i++) {
		u32 n = is_out(arg_type(s, i)) ? arg_size(s, i, call->args) : 0;

		if (n)
			memcpy((void *)(uintptr_t)args[i], check_log_next(run, n), n);
	}
	if (changes_memory(s))
		check_memory_replay(run);
	return end->region ? (u64)(uintptr_t)run->regions[end->region - 1].twin : end->r0;
}

u64 bpf_check_replay_call(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5, const struct bpf_insn *call)
{
	struct check_run *run = current_run();
	u64 args[5] = { r1, r2, r3, r4, r5 };
	const struct record *r;
	struct site s;

	if (!find_site(run, call, &s))
		panic("bpf jit: expected a call of a program that runs, found one at %p", call);
	r = next_call(run, &s);
	for (u32 i = 0; i < 5; i++)
		compare_arg(run, &s, r, i, args);
	while (next_kind(run) == CALLBACK)
		replay_callback(run, &s, args);
	return replay_end(run, &s, r, args);
}

void check_log_end(struct check_run *run)
{
	const struct record *r = (const void *)(run->log + run->log_pos);

	skip_inline(run);
	if (next_kind(run))
		panic("bpf jit: program %s: expected a call by instruction %u, as of the "
		      "interpreter, found the end",
		      r->prog->aux->name, r->insn);
}

/* ---- tail calls ---- */

static const struct bpf_jit_check *find_prog(const struct check_run *run,
					     const struct bpf_prog *prog)
{
	for (u32 i = 0; i < run->nr_progs; i++)
		if (run->progs[i]->prog == prog)
			return run->progs[i];
	return NULL;
}

/* A program that was put there after the run began is not there yet. */
const struct bpf_insn *bpf_check_record_tail_call(struct bpf_map *map, u32 index)
{
	struct check_run *run = current_run();
	const struct bpf_jit_check *to = find_prog(run, bpf_prog_array_get(map, index));
	struct site none = { .check = run->progs[0] };
	struct record *r = log_record(run, TAIL_CALL, &none);

	if (r) {
		r->args[0] = (u64)(uintptr_t)map;
		r->args[1] = index;
		r->r0 = (u64)(uintptr_t)to;
	}
	return to ? to->insns : NULL;
}

const void *bpf_check_replay_tail_call(struct bpf_map *map, u32 index)
{
	struct check_run *run = current_run();
	const struct bpf_jit_check *to;
	const struct bpf_jit_image *code;
	const struct record *r;

	skip_inline(run);
	if (next_kind(run) != TAIL_CALL)
		panic("bpf jit: expected no tail call, as of the interpreter, found one to slot %u",
		      index);
	r = check_log_next(run, sizeof(*r));
	if (r->args[0] != (u64)(uintptr_t)map || r->args[1] != index)
		panic("bpf jit: a tail call: expected slot %llu, as of the interpreter, found %u",
		      r->args[1], index);
	to = (const struct bpf_jit_check *)(uintptr_t)r->r0;
	if (!to)
		return NULL;
	code = to->code ?: to->prog->aux->jit_data;
	return (const u8 *)code->im.ro + code->tail_entry;
}
