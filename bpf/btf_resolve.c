// SPDX-License-Identifier: GPL-2.0-only
/*
 * BTF, stage 3: types together. A depth-first walk along "is part of" (members, elements, modified
 * types, variables) gives each type its size and refuses one that contains itself:
 *
 *   struct a { struct b x; }  ──>  struct b { const struct a y; }  ──>  const  ──>  struct a: Loop detected
 *
 * A pointer is 8 bytes whatever it points to, so the walk stops at it; what a pointer reaches is
 * checked on its own (resolve_ptr), as a chain of pointers and modifiers that must end.
 * The walk's stack is an array of 32 frames: nothing recurses on a user's input.
 */
#include "bpf/btf_check.h"
#include "bpf/os.h"
#include "kernel/lib/errno.h"

#define MAX_RESOLVE_DEPTH 32
#define PTR_BYTES	  8U
#define PUSHED		  1 /* a step's answer: the type on top of the stack comes first */

enum resolve_state {
	NOT_VISITED,
	VISITED,
	RESOLVED,
	PTR_OK = 4, /* a bit: this pointer or modifier's chain ends */
};

struct resolve_frame {
	const struct btf_type *t;
	u32 id;
	u32 next_member;
};

struct resolve_stack {
	struct btf_verifier_env *env;
	struct resolve_frame frames[MAX_RESOLVE_DEPTH];
	u32 depth;
};

/* What a resolved ID comes to: the type without modifiers, and its size in bytes. */
struct resolved {
	const struct btf_type *t;
	u32 id, size;
	bool has_size;
};

static u32 local_index(const struct btf *btf, u32 id)
{
	return id - btf->start_id;
}

static bool is_resolved(const struct btf_verifier_env *env, u32 id)
{
	return id < env->btf->start_id || (env->states[local_index(env->btf, id)] & 3) == RESOLVED;
}

static bool needs_resolve(const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_KIND_ARRAY:
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_VAR:
	case BTF_KIND_DATASEC:
	case BTF_KIND_FUNC:
	case BTF_KIND_DECL_TAG:
		return true;
	default:
		return btf_is_modifier(t);
	}
}

static struct resolved resolved_of(const struct btf *btf, u32 id)
{
	struct resolved r = { 0 };

	while (btf->base && id < btf->start_id)
		btf = btf->base;
	r.id = btf->resolved_ids[local_index(btf, id)];
	r.t = btf_type_by_id(btf, r.id);
	r.size = btf->resolved_sizes[local_index(btf, id)];
	r.has_size = r.t && !btf_type_nosize(r.t);
	return r;
}

static void set_resolved(struct btf_verifier_env *env, u32 id, u32 to, u32 size)
{
	u32 i = local_index(env->btf, id);

	env->btf->resolved_ids[i] = to;
	env->btf->resolved_sizes[i] = size;
	env->states[i] = RESOLVED;
}

static int refuse(struct btf_verifier_env *env, const struct btf_type *t, const char *why)
{
	btf_log_type(env, t, "%s", why);
	return -EINVAL;
}

/* 0 if @id is resolved already, PUSHED if it now lies on the stack, -EEXIST for a loop, -E2BIG. */
static int need(struct resolve_stack *s, const struct btf_type *t, u32 id)
{
	u8 *state;

	if (is_resolved(s->env, id))
		return 0;
	state = &s->env->states[local_index(s->env->btf, id)];
	if (*state == VISITED)
		return -EEXIST;
	if (s->depth == MAX_RESOLVE_DEPTH)
		return -E2BIG;
	*state = VISITED;
	s->frames[s->depth++] = (struct resolve_frame){ .t = t, .id = id };
	return PUSHED;
}

/* ---- does a member fit its struct? One function per kind of member type. ---- */

static const char *fits(const struct btf_type *st, u64 bits_off, u64 size)
{
	if (BITS_IN_BYTE(bits_off))
		return "Member is not byte aligned";
	return bits_off / 8 + size > st->size ? "Member exceeds struct_size" : NULL;
}

static bool int_is_regular(const struct btf_type *t)
{
	u32 v = btf_int_data(t), bits = BTF_INT_BITS(v), bytes = bits / 8;

	return !BITS_IN_BYTE(bits) && !BTF_INT_OFFSET(v) && bytes == t->size && bytes <= 16 &&
	       bytes && !(bytes & (bytes - 1));
}

static const char *int_fits(const struct btf_type *st, const struct btf_member *m,
			    const struct btf_type *t)
{
	u32 v = btf_int_data(t);
	u64 off = btf_member_bit_offset(st, m), bits = BTF_INT_BITS(v);

	if (btf_kflag(st)) {
		u32 width = btf_member_bitfield_size(st, m);

		if (!int_is_regular(t))
			return "Invalid member base type";
		if (!width && BITS_IN_BYTE(off))
			return "Invalid member offset";
		if (width > bits)
			return "Invalid member bitfield_size";
		bits = width ? width : bits;
	} else {
		off += BTF_INT_OFFSET(v);
		if (off > U32_MAX)
			return "bits_offset exceeds U32_MAX";
	}
	if (bits + BITS_IN_BYTE(off) > BITS_PER_U128)
		return "nr_copy_bits exceeds 128";
	return BITS_ROUNDUP_BYTES(off + bits) > st->size ? "Member exceeds struct_size" : NULL;
}

static const char *enum_fits(const struct btf_type *st, const struct btf_member *m,
			     const struct btf_type *t)
{
	u64 off = btf_member_bit_offset(st, m);
	u32 width = btf_member_bitfield_size(st, m);

	if (!width)
		return fits(st, off, t->size);
	if (width > t->size * 8)
		return "Invalid member bitfield_size";
	return BITS_ROUNDUP_BYTES(off + width) > st->size ? "Member exceeds struct_size" : NULL;
}

static const char *float_fits(const struct btf_type *st, const struct btf_member *m,
			      const struct btf_type *t)
{
	u64 off = btf_member_bit_offset(st, m);

	if (off % (min(PTR_BYTES, t->size) * 8))
		return "Member is not properly aligned";
	return off / 8 + t->size > st->size ? "Member exceeds struct_size" : NULL;
}

static const char *member_fits(const struct btf_type *st, const struct btf_member *m,
			       const struct resolved *r)
{
	u32 kind = btf_kind(r->t);

	if (kind == BTF_KIND_INT)
		return int_fits(st, m, r->t);
	if (kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64)
		return enum_fits(st, m, r->t);
	if (btf_member_bitfield_size(st, m))
		return "Invalid member bitfield_size";
	if (kind == BTF_KIND_FLOAT)
		return float_fits(st, m, r->t);
	return fits(st, btf_member_bit_offset(st, m), r->size);
}

/* ---- one step for the type on top of the stack ---- */

static int step_struct(struct resolve_stack *s, struct resolve_frame *f)
{
	struct btf_verifier_env *env = s->env;
	const struct btf_member *m = btf_members(f->t);

	for (; f->next_member < btf_vlen(f->t); f->next_member++) {
		const struct btf_member *mem = &m[f->next_member];
		const struct btf_type *t = btf_type_by_id(env->btf, mem->type);
		struct resolved r;
		const char *why;
		int err;

		if (!t || btf_type_nosize(t) || btf_type_is_source_only(t)) {
			btf_log_member(env, f->t, mem, "Invalid member");
			return -EINVAL;
		}
		err = need(s, t, mem->type);
		if (err)
			return err;
		r = resolved_of(env->btf, mem->type);
		why = r.has_size ? member_fits(f->t, mem, &r) : "Invalid member";
		if (why) {
			btf_log_member(env, f->t, mem, "%s", why);
			return -EINVAL;
		}
	}
	set_resolved(env, f->id, f->id, f->t->size);
	return 0;
}

static int step_array(struct resolve_stack *s, struct resolve_frame *f)
{
	struct btf_verifier_env *env = s->env;
	const struct btf_array *a = btf_array(f->t);
	const struct btf_type *index = btf_type_by_id(env->btf, a->index_type);
	const struct btf_type *elem = btf_type_by_id(env->btf, a->type);
	struct resolved r;
	int err;

	if (!index || btf_type_nosize(index) || btf_type_is_source_only(index))
		return refuse(env, f->t, "Invalid index");
	err = need(s, index, a->index_type);
	if (err)
		return err;
	r = resolved_of(env->btf, a->index_type);
	if (!r.has_size || !btf_is_int(r.t) || !int_is_regular(r.t))
		return refuse(env, f->t, "Invalid index");
	if (!elem || btf_type_nosize(elem) || btf_type_is_source_only(elem))
		return refuse(env, f->t, "Invalid elem");
	err = need(s, elem, a->type);
	if (err)
		return err;
	r = resolved_of(env->btf, a->type);
	if (!r.has_size)
		return refuse(env, f->t, "Invalid elem");
	if (btf_is_int(r.t) && !int_is_regular(r.t))
		return refuse(env, f->t, "Invalid array of int");
	if ((u64)r.size * a->nelems > U32_MAX)
		return refuse(env, f->t, "Array size overflows U32_MAX");
	set_resolved(env, f->id, f->id, r.size * a->nelems);
	return 0;
}

/* A modifier may end in what has no size (typedef void x); a variable may not. */
static int step_modifier(struct resolve_stack *s, struct resolve_frame *f)
{
	struct btf_verifier_env *env = s->env;
	const struct btf_type *t = btf_type_by_id(env->btf, f->t->type);
	struct resolved r;
	u32 kind;
	int err;

	if (!t || btf_type_is_source_only(t))
		return refuse(env, f->t, "Invalid type_id");
	err = need(s, t, f->t->type);
	if (err)
		return err;
	r = resolved_of(env->btf, f->t->type);
	kind = btf_kind(r.t);
	if (!r.has_size &&
	    (btf_kind(f->t) == BTF_KIND_VAR ||
	     (kind != BTF_KIND_UNKN && kind != BTF_KIND_FWD && kind != BTF_KIND_FUNC_PROTO)))
		return refuse(env, f->t, "Invalid type_id");
	set_resolved(env, f->id, r.id, r.size);
	return 0;
}

static int step_datasec(struct resolve_stack *s, struct resolve_frame *f)
{
	struct btf_verifier_env *env = s->env;
	const struct btf_var_secinfo *vsi = btf_var_secinfos(f->t);

	for (; f->next_member < btf_vlen(f->t); f->next_member++) {
		const struct btf_var_secinfo *v = &vsi[f->next_member];
		const struct btf_type *t = btf_type_by_id(env->btf, v->type);
		int err;

		if (!t || btf_kind(t) != BTF_KIND_VAR) {
			btf_log_vsi(env, f->t, v, "Not a VAR kind member");
			return -EINVAL;
		}
		err = need(s, t, v->type);
		if (err)
			return err;
		if (v->size < resolved_of(env->btf, v->type).size) {
			btf_log_vsi(env, f->t, v, "Invalid size");
			return -EINVAL;
		}
	}
	set_resolved(env, f->id, f->id, f->t->size);
	return 0;
}

static int step_func(struct resolve_stack *s, struct resolve_frame *f)
{
	struct btf_verifier_env *env = s->env;
	const struct btf_type *proto = btf_type_by_id(env->btf, f->t->type);
	const struct btf_param *p;

	if (!proto || btf_kind(proto) != BTF_KIND_FUNC_PROTO)
		return refuse(env, f->t, "Invalid type_id");
	p = btf_params(proto);
	for (u32 i = 0; i < btf_vlen(proto); i++)
		if (!p[i].name_off && p[i].type) {
			btf_log_type(env, f->t, "Invalid arg#%u", i + 1);
			return -EINVAL;
		}
	set_resolved(env, f->id, f->id, 0);
	return 0;
}

static int check_component(struct btf_verifier_env *env, const struct btf_type *tag,
			   const struct btf_type *target)
{
	s32 idx = btf_decl_tag(tag)->component_idx;
	u32 kind = btf_kind(target);

	if (idx == -1)
		return 0;
	if (kind == BTF_KIND_FUNC)
		target = btf_type_by_id(env->btf, target->type);
	if (kind == BTF_KIND_VAR || kind == BTF_KIND_TYPEDEF || (u32)idx >= btf_vlen(target))
		return refuse(env, tag, "Invalid component_idx");
	return 0;
}

static int step_decl_tag(struct resolve_stack *s, struct resolve_frame *f)
{
	struct btf_verifier_env *env = s->env;
	const struct btf_type *t = btf_type_by_id(env->btf, f->t->type);
	u32 kind = t ? btf_kind(t) : BTF_KIND_UNKN;
	int err;

	if (kind != BTF_KIND_FUNC && kind != BTF_KIND_STRUCT && kind != BTF_KIND_UNION &&
	    kind != BTF_KIND_VAR && kind != BTF_KIND_TYPEDEF)
		return refuse(env, f->t, "Invalid type_id");
	err = need(s, t, f->t->type);
	if (!err)
		err = check_component(env, f->t, t);
	if (!err)
		set_resolved(env, f->id, f->id, 0);
	return err;
}

static int resolve_step(struct resolve_stack *s, struct resolve_frame *f)
{
	switch (btf_kind(f->t)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return step_struct(s, f);
	case BTF_KIND_ARRAY:
		return step_array(s, f);
	case BTF_KIND_DATASEC:
		return step_datasec(s, f);
	case BTF_KIND_FUNC:
		return step_func(s, f);
	case BTF_KIND_DECL_TAG:
		return step_decl_tag(s, f);
	default:
		return step_modifier(s, f);
	}
}

static int resolve_type(struct btf_verifier_env *env, const struct btf_type *t, u32 id)
{
	struct resolve_stack s;
	int err;

	/* The frames stay as they are: clearing them for each type would cost more than the walk. */
	s.env = env;
	s.depth = 0;
	err = need(&s, t, id);
	while (s.depth && err >= 0) {
		struct resolve_frame *f = &s.frames[s.depth - 1];

		env->log_type_id = f->id;
		err = resolve_step(&s, f);
		if (err == 0)
			s.depth--;
	}
	env->log_type_id = id;
	if (err == -E2BIG)
		btf_log_type(env, t, "Exceeded max resolving depth:%u", MAX_RESOLVE_DEPTH);
	else if (err == -EEXIST)
		btf_log_type(env, t, "Loop detected");
	return err;
}

/* ---- what is checked for a type alone once sizes are known ---- */

/* A pointer's chain of pointers and modifiers ends, within the depth, at something to point to. */
static int check_ptr(struct btf_verifier_env *env, const struct btf_type *ptr, u32 id)
{
	const struct btf_type *t = ptr;
	u32 depth = 0, cur = id;

	while (btf_is_ptr(t) || btf_is_modifier(t)) {
		if (cur < env->btf->start_id || (env->states[local_index(env->btf, cur)] & PTR_OK))
			break;
		if (depth && cur == id) {
			btf_log_type(env, ptr, "Loop detected");
			return -EEXIST;
		}
		if (depth++ == MAX_RESOLVE_DEPTH) {
			btf_log_type(env, ptr, "Exceeded max resolving depth:%u",
				     MAX_RESOLVE_DEPTH);
			return -E2BIG;
		}
		cur = t->type;
		t = btf_type_by_id(env->btf, cur);
		if (!t || btf_type_is_source_only(t) || btf_kind(t) == BTF_KIND_FUNC)
			return refuse(env, ptr, "Invalid type_id");
	}
	env->states[local_index(env->btf, id)] |= PTR_OK;
	return 0;
}

static bool arg_ok(struct btf_verifier_env *env, u32 id)
{
	const struct btf_type *t = btf_type_by_id(env->btf, id);

	return t && !btf_type_is_source_only(t) && resolved_of(env->btf, id).has_size;
}

static int check_func_proto(struct btf_verifier_env *env, const struct btf_type *t)
{
	const struct btf_param *p = btf_params(t);
	u32 n = btf_vlen(t);

	if (t->type && !arg_ok(env, t->type))
		return refuse(env, t, "Invalid return type");
	/* Type 0 in the last place means "..."; it has no name. */
	for (u32 i = 0; i < n; i++) {
		bool vararg = i == n - 1 && !p[i].type;
		const char *name = btf_name_by_offset(env->btf, p[i].name_off);

		if (!name || (p[i].name_off && !btf_name_is_identifier(name)) ||
		    (vararg ? p[i].name_off != 0 : !arg_ok(env, p[i].type))) {
			btf_log_type(env, t, "Invalid arg#%u", i + 1);
			return -EINVAL;
		}
	}
	return 0;
}

/* "int __tag const *" is right, "const int __tag *" is not: tags stand first in the chain. */
static int check_type_tags(struct btf_verifier_env *env, const struct btf_type *t)
{
	bool in_tags = true;

	for (; btf_is_modifier(t); t = btf_type_by_id(env->btf, t->type)) {
		bool tag = btf_kind(t) == BTF_KIND_TYPE_TAG;

		if (tag && !in_tags) {
			bpf_log(env->log, "[%u] Type tags don't precede modifiers\n",
				env->log_type_id);
			return -EINVAL;
		}
		in_tags = tag;
	}
	return 0;
}

static int check_alone(struct btf_verifier_env *env, const struct btf_type *t, u32 id)
{
	env->log_type_id = id;
	switch (btf_kind(t)) {
	case BTF_KIND_PTR:
		return check_ptr(env, t, id);
	case BTF_KIND_FUNC_PROTO:
		return check_func_proto(env, t);
	default:
		return btf_is_modifier(t) ? check_type_tags(env, t) : 0;
	}
}

/* Types that are no one's whole: their size stands in them. */
static void resolve_leaf(struct btf_verifier_env *env, const struct btf_type *t, u32 id)
{
	u32 size = btf_is_ptr(t) ? PTR_BYTES : btf_type_nosize(t) ? 0 : t->size;

	set_resolved(env, id, id, size);
}

int btf_check_all_types(struct btf_verifier_env *env)
{
	struct btf *btf = env->btf;
	int err = 0;

	env->states = kzalloc(btf->nr_types + 1);
	btf->resolved_ids = kcalloc(btf->nr_types + 1, sizeof(u32));
	btf->resolved_sizes = kcalloc(btf->nr_types + 1, sizeof(u32));
	if (!env->states || !btf->resolved_ids || !btf->resolved_sizes)
		err = -ENOMEM;
	for (u32 i = 0; i < btf->nr_types && !err; i++)
		if (!needs_resolve(btf->types[i]))
			resolve_leaf(env, btf->types[i], btf->start_id + i);
	for (u32 i = 0; i < btf->nr_types && !err; i++)
		if (needs_resolve(btf->types[i]) && !is_resolved(env, btf->start_id + i))
			err = resolve_type(env, btf->types[i], btf->start_id + i);
	for (u32 i = 0; i < btf->nr_types && !err; i++)
		err = check_alone(env, btf->types[i], btf->start_id + i);
	kfree(env->states);
	env->states = NULL;
	return err;
}
