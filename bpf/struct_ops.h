/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * struct_ops: a kernel struct of function pointers, implemented by BPF programs. A subsystem gives
 * a static description (struct bpf_struct_ops); registering it makes a per-BTF one with type IDs and function models
 * (struct bpf_struct_ops_desc, R29). The map type is in bpf/struct_ops_map.c.
 */
#pragma once

#include "bpf/bpf.h"
#include "bpf/btf.h"
#include "bpf/os.h"
#include "bpf/trampoline.h"
#include "bpf/verifier.h"
#include "kernel/lib/module.h"

#define BPF_STRUCT_OPS_MAX_NR_MEMBERS 64

struct bpf_link;

/*
 * Linux's atomic_t and refcount_t: here only as the shape of the "refcnt" that clients print
 * ("refcnt": {"refs": {"counter": 1}}). What counts in Trellis is struct refcount.
 */
typedef struct {
	int counter;
} atomic_t;

typedef struct refcount_struct {
	atomic_t refs;
} refcount_t;

/* Of a map's element, in the order in which a map goes through them (R5). */
enum bpf_struct_ops_state {
	BPF_STRUCT_OPS_STATE_INIT,
	BPF_STRUCT_OPS_STATE_INUSE,
	BPF_STRUCT_OPS_STATE_TOBEFREE,
	BPF_STRUCT_OPS_STATE_READY,
};

/* First in every value: what bpftool and libbpf know of any struct_ops map (R3). */
struct bpf_struct_ops_common_value {
	refcount_t refcnt;
	enum bpf_struct_ops_state state;
};

/*
 * What the kernel's copy has in its `struct module *` member: its code belongs to no module but to a
 * map, and bpf_struct_ops_get() takes the place of try_module_get(). Never followed.
 */
#define BPF_MODULE_OWNER ((struct module *)0xeb9f)

/* Cache lines begin at multiples of this: where a value's struct begins. */
#define BPF_STRUCT_OPS_DATA_ALIGN 64

/* Any value: what every struct bpf_struct_ops_<name> looks like, checked at registration (R9). */
struct bpf_struct_ops_value {
	struct bpf_struct_ops_common_value common;
	char data[] __aligned_to(BPF_STRUCT_OPS_DATA_ALIGN);
};

/*
 * Defines struct bpf_struct_ops_<_name>, which clients find in BTF by its name; BTF_TYPE_EMIT() it
 * where it is registered.
 */
#define DEFINE_STRUCT_OPS_VALUE_TYPE(_name)                                \
	struct bpf_struct_ops_##_name {                                    \
		struct bpf_struct_ops_common_value common;                 \
		struct _name data __aligned_to(BPF_STRUCT_OPS_DATA_ALIGN); \
	}

/*
 * What a subsystem supplies (R2). Static; outlives its registration. Callbacks return 0 or -errno.
 * @kdata is the kernel's copy of the struct, its function members pointing at trampolines.
 */
struct bpf_struct_ops {
	const struct bpf_verifier_ops *verifier_ops;
	/* Once, at registration; may be NULL. */
	int (*init)(struct btf *btf);
	/* May @prog implement @member? NULL: any may. */
	int (*check_member)(const struct btf_type *t, const struct btf_member *member,
			    const struct bpf_prog *prog);
	/* Takes a member over: 1 done, 0 leave it to the core, negative refuses. */
	int (*init_member)(const struct btf_type *t, const struct btf_member *member, void *kdata,
			   const void *udata);
	int (*reg)(void *kdata, struct bpf_link *link);
	void (*unreg)(void *kdata, struct bpf_link *link);
	int (*update)(void *kdata, void *old_kdata, struct bpf_link *link); /* may be NULL */
	int (*validate)(void *kdata);					    /* may be NULL */
	/* BPF_PROG_TEST_RUN of a program of this type, as Linux's bpf_dummy_ops has it; NULL: none. */
	int (*test_run)(struct bpf_prog *prog, const union bpf_attr *attr, struct bpf_session *s,
			u64 uattr);
	const char *name;     /* of the kernel struct */
	struct module *owner; /* NULL for the kernel itself; THIS_MODULE, with its BTF */
	void *cfi_stubs; /* an instance of the struct: a stub per supported member (R25, R26, R42) */
};

/* A struct_ops type as found in one BTF. Owned by that BTF; its address does not change. */
struct bpf_struct_ops_desc {
	struct bpf_struct_ops_desc *next; /* of the same BTF */
	struct btf *btf;		  /* which owns it */
	struct bpf_struct_ops *st_ops;
	const struct btf_type *type;	   /* the struct */
	const struct btf_type *value_type; /* struct bpf_struct_ops_<name> */
	u32 type_id, value_id;
	struct btf_func_model func_models[BPF_STRUCT_OPS_MAX_NR_MEMBERS];
	/* Nullable arguments (R33), per member. */
	struct bpf_struct_ops_arg_info {
		struct bpf_ctx_arg_aux *info;
		u32 cnt;
	} arg_info[BPF_STRUCT_OPS_MAX_NR_MEMBERS];
};

/* Frees a description that is in no list any more; nothing names its type. */
static inline void bpf_struct_ops_desc_free(struct bpf_struct_ops_desc *desc)
{
	for (u32 i = 0; i < BPF_STRUCT_OPS_MAX_NR_MEMBERS; i++)
		kfree(desc->arg_info[i].info);
	kfree(desc);
}

/*
 * Registers @st_ops against @btf (vmlinux or a module's). Nothing is left behind on error, and a line is
 * logged: -EINVAL (no cfi_stubs, wrong value type, unsupported prototype), -EEXIST, -ENOMEM (R26, R28).
 */
int register_bpf_struct_ops(struct bpf_struct_ops *st_ops, struct btf *btf);
/* The description with this struct's ID, or value wrapper's ID; NULL if there is none. */
const struct bpf_struct_ops_desc *bpf_struct_ops_find(struct btf *btf, u32 type_id);
const struct bpf_struct_ops_desc *bpf_struct_ops_find_value(struct btf *btf, u32 value_id);
/* Is the member at @moff bytes supported: does its stub exist? */
bool bpf_struct_ops_supported(const struct bpf_struct_ops *st_ops, u32 moff);

/* Keeps the map that @kdata belongs to alive, as a module reference does for a native one. */
bool bpf_struct_ops_get(const void *kdata);
void bpf_struct_ops_put(const void *kdata);
/* ID of the map that @kdata belongs to. */
u32 bpf_struct_ops_id(const void *kdata);

extern const struct bpf_map_ops bpf_struct_ops_map_ops;
