// SPDX-License-Identifier: GPL-2.0-only
/*
 * Verifier states as memory: made, copied, put aside for later and freed. Frames and their stack
 * arrays are used again, so that verifying an instruction allocates nothing in the long run.
 */
#include "bpf/verifier/verifier.h"

#include "bpf/os.h"
#include "kernel/lib/string.h"

struct bpf_func_state *alloc_func_state(struct bpf_verifier_env *env)
{
	if (env->frame_pool_cnt)
		return env->frame_pool[--env->frame_pool_cnt];
	return kzalloc(sizeof(struct bpf_func_state));
}

static void destroy_func_state(struct bpf_func_state *f)
{
	kfree(f->stack);
	kfree(f);
}

void free_func_state(struct bpf_verifier_env *env, struct bpf_func_state *f)
{
	if (!f)
		return;
	if (env->frame_pool_cnt < ARRAY_SIZE(env->frame_pool))
		env->frame_pool[env->frame_pool_cnt++] = f;
	else
		destroy_func_state(f);
}

static int reserve_slots(struct bpf_func_state *f, u32 slots)
{
	struct bpf_stack_state *stack;

	if (slots <= f->stack_alloc)
		return 0;
	stack = krealloc(f->stack, slots * sizeof(*stack));
	if (!stack)
		return -ENOMEM;
	f->stack = stack;
	f->stack_alloc = slots;
	return 0;
}

int grow_stack_state(struct bpf_func_state *f, u32 size)
{
	u32 old = f->allocated_stack / BPF_REG_SIZE, slots = DIV_ROUND_UP(size, BPF_REG_SIZE);
	int err;

	if (slots <= old)
		return 0;
	err = reserve_slots(f, slots);
	if (err)
		return err;
	memset(f->stack + old, 0, (slots - old) * sizeof(*f->stack));
	f->allocated_stack = slots * BPF_REG_SIZE;
	return 0;
}

/* dst's own stack array is kept and filled. */
static int copy_func_state(struct bpf_func_state *dst, const struct bpf_func_state *src)
{
	u32 slots = src->allocated_stack / BPF_REG_SIZE, alloc;
	struct bpf_stack_state *stack;
	int err = reserve_slots(dst, slots);

	if (err)
		return err;
	stack = dst->stack;
	alloc = dst->stack_alloc;
	*dst = *src;
	dst->stack = stack;
	dst->stack_alloc = alloc;
	if (slots)
		memcpy(stack, src->stack, slots * sizeof(*stack));
	return 0;
}

static int copy_refs(struct bpf_verifier_state *dst, const struct bpf_verifier_state *src)
{
	struct bpf_reference_state *refs;

	if (src->acquired_refs > dst->refs_alloc) {
		refs = krealloc(dst->refs, src->acquired_refs * sizeof(*refs));
		if (!refs)
			return -ENOMEM;
		dst->refs = refs;
		dst->refs_alloc = src->acquired_refs;
	}
	if (src->acquired_refs)
		memcpy(dst->refs, src->refs, src->acquired_refs * sizeof(*refs));
	dst->acquired_refs = src->acquired_refs;
	return 0;
}

static int copy_jmp_history(struct bpf_verifier_state *dst, const struct bpf_verifier_state *src)
{
	struct bpf_jmp_history_entry *hist;
	u32 n = src->jmp_history_cnt;

	if (n > dst->jmp_history_alloc) {
		hist = krealloc(dst->jmp_history, n * sizeof(*hist));
		if (!hist)
			return -ENOMEM;
		dst->jmp_history = hist;
		dst->jmp_history_alloc = n;
	}
	if (n)
		memcpy(dst->jmp_history, src->jmp_history, n * sizeof(*hist));
	dst->jmp_history_cnt = n;
	return 0;
}

int copy_verifier_state(struct bpf_verifier_env *env, struct bpf_verifier_state *dst,
			const struct bpf_verifier_state *src)
{
	int err = copy_refs(dst, src) ?: copy_jmp_history(dst, src);

	if (err)
		return err;
	for (u32 i = src->curframe + 1; i < MAX_CALL_FRAMES; i++) {
		free_func_state(env, dst->frame[i]);
		dst->frame[i] = NULL;
	}
	for (u32 i = 0; i <= src->curframe; i++) {
		if (!dst->frame[i])
			dst->frame[i] = alloc_func_state(env);
		if (!dst->frame[i])
			return -ENOMEM;
		err = copy_func_state(dst->frame[i], src->frame[i]);
		if (err)
			return err;
	}
	dst->parent = src->parent;
	dst->branches = src->branches;
	dst->insn_idx = src->insn_idx;
	dst->curframe = src->curframe;
	dst->first_insn_idx = src->first_insn_idx;
	dst->last_insn_idx = src->last_insn_idx;
	dst->callback_unroll_depth = src->callback_unroll_depth;
	return 0;
}

void free_verifier_state(struct bpf_verifier_env *env, struct bpf_verifier_state *st)
{
	for (u32 i = 0; i < MAX_CALL_FRAMES; i++) {
		free_func_state(env, st->frame[i]);
		st->frame[i] = NULL;
	}
	kfree(st->refs);
	kfree(st->jmp_history);
	st->refs = NULL;
	st->jmp_history = NULL;
	st->refs_alloc = st->jmp_history_alloc = 0;
	st->acquired_refs = st->jmp_history_cnt = 0;
}

struct bpf_verifier_state *push_stack(struct bpf_verifier_env *env, u32 insn_idx, u32 prev_insn_idx)
{
	struct bpf_verifier_stack_elem *elem = env->spare_ways;

	if (elem)
		env->spare_ways = elem->next;
	else
		elem = kzalloc(sizeof(*elem));
	if (!elem)
		return NULL;
	elem->insn_idx = insn_idx;
	elem->prev_insn_idx = prev_insn_idx;
	elem->log_pos = env->log->end;
	elem->next = env->head;
	env->head = elem;
	env->stack_size++;
	if (copy_verifier_state(env, &elem->st, env->cur_state))
		return NULL;
	if (env->stack_size > BPF_COMPLEXITY_LIMIT_JMP_SEQ) {
		verbose(env, "The sequence of %d jumps is too complex.\n", env->stack_size);
		return NULL;
	}
	if (elem->st.parent)
		elem->st.parent->branches++;
	return &elem->st;
}

int pop_stack(struct bpf_verifier_env *env)
{
	struct bpf_verifier_stack_elem *elem = env->head;
	struct bpf_verifier_state done = *env->cur_state;

	if (!elem)
		return -ENOENT;
	*env->cur_state = elem->st;
	elem->st = done;
	env->insn_idx = elem->insn_idx;
	env->prev_insn_idx = elem->prev_insn_idx;
	env->head = elem->next;
	env->stack_size--;
	elem->next = env->spare_ways;
	env->spare_ways = elem;
	return 0;
}

void drop_state(struct bpf_verifier_env *env, struct bpf_verifier_state_list *sl)
{
	sl->next = env->spare_states;
	env->spare_states = sl;
}

struct bpf_verifier_state_list *take_state(struct bpf_verifier_env *env)
{
	struct bpf_verifier_state_list *sl = env->spare_states;

	if (!sl)
		return kzalloc(sizeof(*sl));
	env->spare_states = sl->next;
	sl->miss_cnt = sl->hit_cnt = 0;
	sl->unlinked = false;
	return sl;
}

/*
 * Frees what nobody refers to any more. Walks the whole list, so it waits until half of it can go: a loop with a
 * million rounds would otherwise walk it a million times.
 */
static void unlink_finished_states(struct bpf_verifier_env *env)
{
	struct bpf_verifier_state_list **p = &env->free_list, *sl;

	while ((sl = *p) != NULL) {
		if (sl->state.branches || marks_may_be_missing(env, &sl->state)) {
			p = &sl->next;
			continue;
		}
		*p = sl->next;
		drop_state(env, sl);
		env->free_list_len--;
	}
	env->free_list_finished = 0;
}

/* All checkpoints are part of a list element; the state that is being walked is not. */
static bool is_unlinked(const struct bpf_verifier_env *env, const struct bpf_verifier_state *st)
{
	return st != env->cur_state &&
	       container_of(st, struct bpf_verifier_state_list, state)->unlinked;
}

/* A way has come to its end. A checkpoint whose ways have all ended may be used to prune. */
void update_branch_counts(struct bpf_verifier_env *env, struct bpf_verifier_state *st)
{
	while (st) {
		if (!st->branches) {
			verifier_bug(env, "a state has more ends than branches");
			break;
		}
		if (--st->branches)
			break;
		env->free_list_finished += is_unlinked(env, st);
		if (env->backedges && st != env->cur_state)
			maybe_resolve_backedges(env, st);
		st = st->parent;
	}
	if (env->free_list_finished > env->free_list_len / 2)
		unlink_finished_states(env);
}

static void free_list(struct bpf_verifier_env *env, struct bpf_verifier_state_list *sl)
{
	while (sl) {
		struct bpf_verifier_state_list *next = sl->next;

		free_verifier_state(env, &sl->state);
		kfree(sl);
		sl = next;
	}
}

static void free_ways(struct bpf_verifier_env *env, struct bpf_verifier_stack_elem *elem)
{
	while (elem) {
		struct bpf_verifier_stack_elem *next = elem->next;

		free_verifier_state(env, &elem->st);
		kfree(elem);
		elem = next;
	}
}

void free_states(struct bpf_verifier_env *env)
{
	free_ways(env, env->head);
	free_ways(env, env->spare_ways);
	env->head = env->spare_ways = NULL;
	env->stack_size = 0;
	if (env->cur_state) {
		free_verifier_state(env, env->cur_state);
		kfree(env->cur_state);
		env->cur_state = NULL;
	}
	for (u32 i = 0; env->explored && i < env->insn_cnt; i++) {
		free_list(env, env->explored[i]);
		env->explored[i] = NULL;
	}
	free_backedges(env);
	free_list(env, env->free_list);
	free_list(env, env->spare_states);
	env->free_list = env->spare_states = NULL;
	while (env->frame_pool_cnt)
		destroy_func_state(env->frame_pool[--env->frame_pool_cnt]);
}

int push_jmp_history(struct bpf_verifier_env *env, struct bpf_verifier_state *st, u32 flags,
		     u32 frameno, u32 spi, u64 linked_regs)
{
	struct bpf_jmp_history_entry *h = env->cur_hist;

	/* One entry for each instruction: what it learns later is added to it. */
	if (h) {
		h->flags |= flags;
		if (flags & INSN_F_STACK_ACCESS) {
			h->frameno = frameno;
			h->spi = spi;
		}
		h->linked_regs |= linked_regs;
		return 0;
	}
	if (st->jmp_history_cnt == st->jmp_history_alloc) {
		u32 alloc = max(16U, st->jmp_history_alloc * 2);

		h = krealloc(st->jmp_history, alloc * sizeof(*h));
		if (!h)
			return -ENOMEM;
		st->jmp_history = h;
		st->jmp_history_alloc = alloc;
	}
	h = &st->jmp_history[st->jmp_history_cnt++];
	*h = (struct bpf_jmp_history_entry){ .idx = env->insn_idx,
					     .prev_idx = env->prev_insn_idx,
					     .flags = flags,
					     .frameno = frameno,
					     .spi = spi,
					     .linked_regs = linked_regs };
	env->cur_hist = h;
	return 0;
}
