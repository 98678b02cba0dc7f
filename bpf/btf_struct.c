// SPDX-License-Identifier: GPL-2.0-only
/*
 * Structs and prototypes as the verifier and the trampolines need them: what lies at an offset, whether one
 * struct starts with another, how many bytes each argument has. Relies on checked BTF; the loops end because
 * every step goes into a strictly smaller type.
 */
#include "bpf/btf_check.h"
#include "bpf/trampoline.h"
#include "bpf/verifier.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

/* An access on its way down: @size bytes at @off of @t. */
struct walk {
	struct bpf_verifier_log *log;
	const struct btf *btf;
	const struct btf_type *t;
	int off, size;
	u32 *flag;
};

/* A member's (or, in an array, an element's) type, found at byte @moff; @end is the whole member's end. */
struct walk_field {
	const struct btf_type *type;
	u32 id, moff, end;
	const char *name;
};

#define WALK_DEEPER 100 /* w->t and w->off now name an embedded struct */

static const char *struct_name(const struct walk *w)
{
	return w->t->name_off ? btf_type_name(w->btf, w->t) : "(anon)";
}

static int beyond_struct(const struct walk *w)
{
	bpf_log(w->log, "access beyond struct %s at off %u size %u\n", struct_name(w), w->off,
		w->size);
	return -EACCES;
}

/* Past the end: right only in a flexible array at the end, whose elements then are what is read. */
static int walk_flexible_array(struct walk *w)
{
	const struct btf_type *t = w->t, *array, *elem;
	const struct btf_member *m;
	u32 vlen = btf_vlen(t), moff;

	if (!vlen)
		return beyond_struct(w);
	m = btf_members(t) + vlen - 1;
	array = btf_type_skip_modifiers(w->btf, m->type, NULL);
	moff = btf_member_bit_offset(t, m) / 8;
	if (btf_kind(array) != BTF_KIND_ARRAY || btf_array(array)->nelems || w->off < (int)moff)
		return beyond_struct(w);
	elem = btf_type_skip_modifiers(w->btf, btf_array(array)->type, NULL);
	if (btf_is_int(elem))
		return BTF_WALK_SCALAR;
	if (!btf_is_struct(elem) || !elem->size)
		return beyond_struct(w);
	w->off = (w->off - moff) % elem->size;
	w->t = elem;
	return WALK_DEEPER;
}

static u32 ptr_flags(const struct btf *btf, const struct btf_type *ptr)
{
	const struct btf_type *t = btf_type_by_id(btf, ptr->type);
	const char *tag;

	if (btf_kind(t) != BTF_KIND_TYPE_TAG || btf_kflag(t))
		return 0;
	tag = btf_type_name(btf, t);
	if (!strcmp(tag, "rcu"))
		return MEM_RCU;
	return strcmp(tag, "percpu") ? 0 : MEM_PERCPU;
}

/* User pointers are numbers here: no program may follow them. */
static bool ptr_is_user(const struct btf *btf, const struct btf_type *ptr)
{
	const struct btf_type *t = btf_type_by_id(btf, ptr->type);

	return btf_kind(t) == BTF_KIND_TYPE_TAG && !strcmp(btf_type_name(btf, t), "user");
}

static void set_name(const char **name, const char *value)
{
	if (name)
		*name = value;
}

static int walk_ptr(struct walk *w, const struct walk_field *f, u32 *next_id, const char **name)
{
	const struct btf_type *target;
	u32 id;

	if (w->size != sizeof(u64) || w->off != (int)f->moff) {
		bpf_log(w->log,
			"cannot access ptr member %s with moff %u in struct %s with off %u size "
			"%u\n",
			f->name, f->moff, struct_name(w), w->off, w->size);
		return -EACCES;
	}
	target = btf_type_skip_modifiers(w->btf, f->type->type, &id);
	if (!btf_is_struct(target) || ptr_is_user(w->btf, f->type))
		return BTF_WALK_SCALAR;
	*next_id = id;
	*w->flag |= ptr_flags(w->btf, f->type);
	set_name(name, f->name);
	return BTF_WALK_PTR;
}

/* Arrays of arrays count as one long array; the field becomes the element that w->off lies in. */
static bool find_element(const struct walk *w, struct walk_field *f)
{
	u32 elem_size;

	while (btf_kind(f->type) == BTF_KIND_ARRAY)
		f->type = btf_type_skip_modifiers(w->btf, btf_array(f->type)->type, &f->id);
	if (!btf_type_id_size(w->btf, &f->id, &elem_size) || !elem_size)
		return false;
	f->moff += (w->off - f->moff) / elem_size * elem_size;
	return true;
}

static int walk_field(struct walk *w, struct walk_field *f, u32 *next_id, const char **name)
{
	if (btf_is_struct(f->type)) {
		if (w->off == (int)f->moff) {
			*next_id = f->id;
			return BTF_WALK_STRUCT;
		}
		w->t = f->type;
		w->off -= f->moff;
		return WALK_DEEPER;
	}
	if (btf_is_ptr(f->type)) {
		int ret = walk_ptr(w, f, next_id, name);

		if (ret != BTF_WALK_SCALAR)
			return ret;
	}
	set_name(name, f->name);
	/* Any access inside an integer or an array of them is fine. */
	if (w->off + w->size > (int)f->end && !(*w->flag & PTR_UNTRUSTED)) {
		bpf_log(w->log,
			"access beyond the end of member %s (mend:%u) in struct %s with off %u "
			"size %u\n",
			f->name, f->end, struct_name(w), w->off, w->size);
		return -EACCES;
	}
	return BTF_WALK_SCALAR;
}

static bool covers_bitfield(const struct walk *w, const struct btf_member *m, u32 width)
{
	u32 bit = btf_member_bit_offset(w->t, m);

	return w->off <= (int)(bit / 8) && (int)BITS_ROUNDUP_BYTES(bit + width) <= w->off + w->size;
}

static int walk_members(struct walk *w, u32 *next_id, const char **name)
{
	const struct btf_member *m = btf_members(w->t);

	for (u32 i = 0; i < btf_vlen(w->t); i++, m++) {
		u32 moff = btf_member_bit_offset(w->t, m) / 8, msize;
		u32 width = btf_member_bitfield_size(w->t, m);
		struct walk_field f = { .id = m->type, .moff = moff };

		if (w->off + w->size <= (int)moff)
			break;
		if (width && covers_bitfield(w, m, width)) {
			set_name(name, btf_name_by_offset(w->btf, m->name_off));
			return BTF_WALK_SCALAR;
		}
		if (width)
			continue;
		if (w->off < (int)moff)
			break; /* a hole */
		f.name = m->name_off ? btf_name_by_offset(w->btf, m->name_off) : "(anon)";
		f.type = btf_type_id_size(w->btf, &f.id, &msize);
		if (!f.type) {
			bpf_log(w->log, "field %s doesn't have size\n", f.name);
			return -EFAULT;
		}
		f.end = moff + msize;
		if (w->off >= (int)f.end)
			continue;
		if (btf_kind(f.type) == BTF_KIND_ARRAY && !find_element(w, &f))
			continue;
		return walk_field(w, &f, next_id, name);
	}
	bpf_log(w->log, "struct %s doesn't have field at offset %d\n", struct_name(w), w->off);
	return -EINVAL;
}

int btf_struct_walk(struct bpf_verifier_log *log, const struct btf *btf, u32 id, int off, int size,
		    u32 *next_id, u32 *flag, const char **field_name)
{
	struct walk w = { .log = log, .btf = btf, .off = off, .size = size, .flag = flag };
	int ret = WALK_DEEPER;

	w.t = btf_type_skip_modifiers(btf, id, NULL);
	if (!w.t || !btf_is_struct(w.t)) {
		bpf_log(log, "Type '%s' is not a struct\n", w.t ? struct_name(&w) : "(none)");
		return -EINVAL;
	}
	if (off < 0 || size < 0)
		return beyond_struct(&w);
	while (ret == WALK_DEEPER) {
		/* Which member of a union is the live one, nobody knows. */
		if (btf_kind(w.t) == BTF_KIND_UNION && btf_vlen(w.t) != 1)
			*flag |= PTR_UNTRUSTED;
		ret = (u64)w.off + w.size > w.t->size ? walk_flexible_array(&w)
						      : walk_members(&w, next_id, field_name);
	}
	return ret;
}

int btf_struct_access(struct bpf_verifier_log *log, const struct btf *btf, u32 id, int off,
		      int size, u32 *next_id, u32 *flag, const char **field_name)
{
	u32 tmp_flag = 0;
	int ret;

	*flag = 0;
	do {
		ret = btf_struct_walk(log, btf, id, off, size, &id, &tmp_flag, field_name);
		off = 0;
	} while (ret == BTF_WALK_STRUCT);
	if (ret == BTF_WALK_PTR) {
		*next_id = id;
		*flag = tmp_flag;
	}
	return ret;
}

bool btf_struct_ids_match(struct bpf_verifier_log *log, const struct btf *btf, u32 id, int off,
			  const struct btf *need_btf, u32 need_id, bool strict)
{
	u32 flag = 0;

	if (off == 0 && btf_same_type(btf, id, need_btf, need_id))
		return true;
	if (strict)
		return false;
	do {
		if (btf_struct_walk(log, btf, id, off, 1, &id, &flag, NULL) != BTF_WALK_STRUCT)
			return false;
		off = 0;
	} while (!btf_same_type(btf, id, need_btf, need_id));
	return true;
}

/* ---- prototypes ---- */

/* Bytes of a value of type @id; 0 for void; -EINVAL for what cannot be passed in registers. */
static int value_size(const struct btf *btf, u32 id, const struct btf_type **t)
{
	*t = btf_type_skip_modifiers(btf, id, NULL);
	if (!*t)
		return -EINVAL;
	switch (btf_kind(*t)) {
	case BTF_KIND_UNKN:
		return 0;
	case BTF_KIND_PTR:
		return sizeof(u64);
	case BTF_KIND_INT:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return (*t)->size <= sizeof(u64) ? (int)(*t)->size : -EINVAL;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return (*t)->size <= 16 && (*t)->size ? (int)(*t)->size : -EINVAL;
	default:
		return -EINVAL;
	}
}

static u8 value_flags(const struct btf_type *t)
{
	if (btf_is_struct(t))
		return BTF_FMODEL_STRUCT_ARG;
	if (btf_is_int(t) && (BTF_INT_ENCODING(btf_int_data(t)) & BTF_INT_SIGNED))
		return BTF_FMODEL_SIGNED_ARG;
	return btf_is_any_enum(t) && btf_kflag(t) ? BTF_FMODEL_SIGNED_ARG : 0;
}

static int distill_arg(struct bpf_verifier_log *log, const struct btf *btf,
		       const struct btf_type *proto, u32 i, const char *name,
		       struct btf_func_model *m)
{
	const struct btf_type *t;
	u32 id = btf_params(proto)[i].type;
	int size;

	if (i == btf_vlen(proto) - 1 && !id) {
		bpf_log(log, "The function %s with variable args is unsupported.\n", name);
		return -EINVAL;
	}
	size = value_size(btf, id, &t);
	if (size < 0) {
		bpf_log(log, "The function %s arg%u type %s is unsupported.\n", name, i,
			t ? btf_kind_str(t) : "UNKNOWN");
		return -EINVAL;
	}
	if (!size) {
		bpf_log(log, "The function %s has malformed void argument.\n", name);
		return -EINVAL;
	}
	m->arg_size[i] = size;
	m->arg_flags[i] = value_flags(t);
	return 0;
}

int btf_distill_func_proto(struct bpf_verifier_log *log, const struct btf *btf,
			   const struct btf_type *proto, const char *name, struct btf_func_model *m)
{
	const struct btf_type *t;
	u32 nr_args = btf_vlen(proto);
	int err = 0, size;

	memset(m, 0, sizeof(*m));
	if (nr_args > MAX_BPF_FUNC_ARGS) {
		bpf_log(log, "The function %s has %u arguments. Too many.\n", name, nr_args);
		return -EINVAL;
	}
	size = value_size(btf, proto->type, &t);
	if (size < 0 || btf_is_struct(t)) {
		bpf_log(log, "The function %s return type %s is unsupported.\n", name,
			t ? btf_kind_str(t) : "UNKNOWN");
		return -EINVAL;
	}
	m->ret_size = size;
	m->ret_flags = value_flags(t);
	for (u32 i = 0; i < nr_args && !err; i++)
		err = distill_arg(log, btf, proto, i, name, m);
	m->nr_args = nr_args;
	return err;
}
