// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registration of struct_ops types: from a subsystem's static description and the BTF that its
 * structs are in, make the description that maps and the verifier use. Relies on checked BTF.
 * A failed registration leaves nothing behind (R28).
 */
#include "bpf/struct_ops.h"
#include "bpf/btf_ids.h"
#include "bpf/os.h"
#include "bpf/syscall.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"

#define VALUE_PREFIX "bpf_struct_ops_"

BTF_ID_LIST_SINGLE(common_value_id, struct, bpf_struct_ops_common_value)

/* Guards each BTF's list of types: modules register while maps are made. */
static struct mutex registration_lock = MUTEX_INIT;

#define refuse(err, ...) bpf_refuse(err, "struct_ops: " __VA_ARGS__)

const struct bpf_struct_ops_desc *bpf_struct_ops_find(struct btf *btf, u32 type_id)
{
	const struct bpf_struct_ops_desc *desc;

	for (desc = btf ? btf->struct_ops : NULL; desc; desc = desc->next)
		if (desc->type_id == type_id)
			return desc;
	return NULL;
}

const struct bpf_struct_ops_desc *bpf_struct_ops_find_value(struct btf *btf, u32 value_id)
{
	const struct bpf_struct_ops_desc *desc;

	for (desc = btf ? btf->struct_ops : NULL; desc; desc = desc->next)
		if (desc->value_id == value_id)
			return desc;
	return NULL;
}

bool bpf_struct_ops_supported(const struct bpf_struct_ops *st_ops, u32 moff)
{
	return *(void *const *)((const char *)st_ops->cfi_stubs + moff) != NULL;
}

/* R9: a value is exactly the common part, then the struct as "data". */
static int check_value_type(struct btf *btf, s32 type_id, const struct btf_type *value,
			    const char *name)
{
	const struct btf_member *m = btf_members(value);
	u32 id;

	if (btf_vlen(value) != 2)
		return refuse(-EINVAL, "%s must have 2 members (common, data), not %u", name,
			      btf_vlen(value));
	btf_type_skip_modifiers(btf, m[0].type, &id);
	if (id != common_value_id[0])
		return refuse(-EINVAL, "%s must begin with struct bpf_struct_ops_common_value",
			      name);
	btf_type_skip_modifiers(btf, m[1].type, &id);
	if (id != type_id)
		return refuse(-EINVAL, "the second member of %s must be the struct itself", name);
	if (btf_member_bit_offset(value, m + 1) != 8 * offsetof(struct bpf_struct_ops_value, data))
		return refuse(-EINVAL, "the struct in %s must begin at byte %zu", name,
			      offsetof(struct bpf_struct_ops_value, data));
	return 0;
}

static int find_types(struct btf *btf, struct bpf_struct_ops_desc *desc)
{
	const char *name = desc->st_ops->name;
	char value_name[128];
	s32 type_id, value_id;

	if (sizeof(VALUE_PREFIX) + strlen(name) > sizeof(value_name))
		return refuse(-EINVAL, "the name %s is too long", name);
	scnprintf(value_name, sizeof(value_name), VALUE_PREFIX "%s", name);
	value_id = btf_find_by_name_kind(btf, value_name, BTF_KIND_STRUCT);
	if (value_id < 0)
		return refuse(-EINVAL, "%s has no struct %s", btf->name, value_name);
	type_id = btf_find_by_name_kind(btf, name, BTF_KIND_STRUCT);
	if (type_id < 0)
		return refuse(-EINVAL, "%s has no struct %s", btf->name, name);
	desc->type_id = type_id;
	desc->type = btf_type_by_id(btf, type_id);
	desc->value_id = value_id;
	desc->value_type = btf_type_by_id(btf, value_id);
	if (btf_vlen(desc->type) > BPF_STRUCT_OPS_MAX_NR_MEMBERS)
		return refuse(-EINVAL, "struct %s has %u members, more than %u", name,
			      btf_vlen(desc->type), BPF_STRUCT_OPS_MAX_NR_MEMBERS);
	return check_value_type(btf, type_id, desc->value_type, value_name);
}

static bool ends_with(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n > m && !strcmp(s + n - m, suffix);
}

/*
 * R33: arguments whose parameter in the stub STRUCT__MEMBER is named …__nullable. A member without
 * such a stub function in BTF has none.
 */
static int find_nullable_args(struct bpf_struct_ops_desc *desc, u32 idx, const char *member,
			      const struct btf_type *proto)
{
	struct btf *btf = desc->btf;
	const struct btf_param *stub_args, *args = btf_params(proto);
	const struct btf_type *stub;
	struct bpf_ctx_arg_aux *info;
	char stub_name[160];
	u32 n = 0, id;
	s32 stub_id;

	scnprintf(stub_name, sizeof(stub_name), "%s__%s", desc->st_ops->name, member);
	stub_id = btf_find_by_name_kind(btf, stub_name, BTF_KIND_FUNC);
	if (stub_id < 0)
		return 0;
	stub = btf_type_by_id(btf, btf_type_by_id(btf, stub_id)->type);
	if (btf_vlen(stub) != btf_vlen(proto))
		return refuse(-EINVAL, "stub %s has %u argument%s, the member has %u", stub_name,
			      btf_vlen(stub), PLURAL(btf_vlen(stub)), btf_vlen(proto));
	stub_args = btf_params(stub);
	info = kcalloc(btf_vlen(stub) + 1, sizeof(*info));
	if (!info)
		return -ENOMEM;
	desc->arg_info[idx].info = info;
	for (u32 i = 0, offset = 0; i < btf_vlen(stub); i++) {
		const struct btf_type *target;
		u32 size;

		if (!btf_resolve_size(btf, btf_type_by_id(btf, args[i].type), &size))
			return refuse(-EINVAL, "argument %u of %s has no size", i, stub_name);
		if (ends_with(btf_name_by_offset(btf, stub_args[i].name_off), "__nullable")) {
			target = btf_type_resolve_ptr(btf, args[i].type, &id);
			if (!target || !btf_is_struct(target))
				return refuse(
					-EINVAL,
					"argument %u of %s is nullable, but no pointer to a struct",
					i, stub_name);
			info[n].offset = offset;
			info[n].reg_type = PTR_TO_BTF_ID | PTR_TRUSTED | PTR_MAYBE_NULL;
			info[n].btf = btf;
			info[n++].btf_id = id;
		}
		offset += ALIGN(size, 8);
	}
	desc->arg_info[idx].cnt = n;
	return 0;
}

static int describe_member(struct bpf_struct_ops_desc *desc, u32 idx)
{
	const struct btf_member *m = btf_members(desc->type) + idx;
	const char *name = btf_name_by_offset(desc->btf, m->name_off);
	const struct btf_type *proto;
	int err;

	if (!*name)
		return refuse(-EOPNOTSUPP, "struct %s has a member without a name: not supported",
			      desc->st_ops->name);
	if (btf_member_bitfield_size(desc->type, m))
		return refuse(-EOPNOTSUPP, "bit field %s of struct %s is not supported", name,
			      desc->st_ops->name);
	proto = btf_type_resolve_func_ptr(desc->btf, m->type, NULL);
	if (!proto)
		return 0;
	err = btf_distill_func_proto(NULL, desc->btf, proto, name, &desc->func_models[idx]);
	if (err)
		return refuse(err, "the prototype of %s.%s is not supported", desc->st_ops->name,
			      name);
	return find_nullable_args(desc, idx, name, proto);
}

static int describe(struct bpf_struct_ops_desc *desc)
{
	int err = find_types(desc->btf, desc);

	for (u32 i = 0; !err && i < btf_vlen(desc->type); i++)
		err = describe_member(desc, i);
	if (!err && bpf_struct_ops_find(desc->btf, desc->type_id))
		err = refuse(-EEXIST, "struct %s is registered already", desc->st_ops->name);
	if (!err && desc->st_ops->init)
		err = desc->st_ops->init(desc->btf);
	return err;
}

int register_bpf_struct_ops(struct bpf_struct_ops *st_ops, struct btf *btf)
{
	struct bpf_struct_ops_desc *desc;
	int err;

	if (!btf)
		return refuse(-ENOTSUPP, "%s needs the kernel's BTF, which is missing",
			      st_ops->name);
	if (!st_ops->cfi_stubs)
		return refuse(-EINVAL, "%s has no cfi_stubs", st_ops->name);
	/* Who uses the type holds its owner: a module's type with another owner would be left alone. */
	if (btf->base ? !st_ops->owner || st_ops->owner->btf != btf
		      : st_ops->owner && st_ops->owner->btf)
		return refuse(-EINVAL, "the owner of %s is not the module whose BTF has it",
			      st_ops->name);
	desc = kzalloc(sizeof(*desc));
	if (!desc)
		return -ENOMEM;
	desc->st_ops = st_ops;
	desc->btf = btf;
	mutex_lock(&registration_lock);
	err = describe(desc);
	if (!err) {
		desc->next = btf->struct_ops;
		__atomic_store_n(&btf->struct_ops, desc, __ATOMIC_RELEASE);
	}
	mutex_unlock(&registration_lock);
	if (err)
		bpf_struct_ops_desc_free(desc);
	return err;
}
