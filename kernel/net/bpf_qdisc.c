// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bridge between BPF and queues: Qdisc_ops as a struct_ops type. Sees no TCP.
 * Relies on sch_generic.c, where a packet always belongs to its queue, and on the verifier, which
 * has every packet that a program takes out sent or dropped. See docs/decisions/packets-stay.md.
 */
#include "kernel/net/bpf_qdisc.h"

#include "bpf/btf_ids.h"
#include "bpf/helpers.h"
#include "bpf/struct_ops.h"
#include "bpf/syscall.h"
#include "bpf/verifier/verifier.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/net/bpf_net.h"

DEFINE_STRUCT_OPS_VALUE_TYPE(Qdisc_ops);

BTF_ID_LIST(qdisc_ids)
BTF_ID(struct, Qdisc)
BTF_ID(struct, sk_buff)
#define QDISC_ID   qdisc_ids[0]
#define SK_BUFF_ID qdisc_ids[1]

/* ---- what programs may read and write ---- */

static bool qdisc_is_valid_access(int off, int size, enum bpf_access_type type,
				  const struct bpf_prog *prog, struct bpf_insn_access_aux *info)
{
	return type == BPF_READ && btf_ctx_access(off, size, type, prog, info);
}

/* What is the discipline's own: of the queue its private data, of a packet the time stamp and cb. */
#define FIELD(type, field)                                                           \
	{                                                                            \
#type, offsetof(struct type, field), offsetofend(struct type, field) \
	}

static const struct {
	const char *type;
	u32 start, end;
} writable[] = {
	FIELD(Qdisc, privdata),
	FIELD(sk_buff, tstamp),
	FIELD(sk_buff, cb),
};

static int qdisc_btf_struct_access(struct bpf_verifier_log *log, const struct bpf_reg_state *reg,
				   int off, int size)
{
	const char *type = btf_type_name(reg->btf, btf_type_by_id(reg->btf, reg->btf_id));

	if (reg->btf != btf_vmlinux || (reg->btf_id != QDISC_ID && reg->btf_id != SK_BUFF_ID)) {
		bpf_log(log, "only read is supported\n");
		return -EACCES;
	}
	for (u32 i = 0; i < ARRAY_SIZE(writable); i++) {
		if (strcmp(writable[i].type, type) || off < (int)writable[i].start ||
		    off >= (int)writable[i].end)
			continue;
		if (off + size <= (int)writable[i].end)
			return 0;
		bpf_log(log,
			"write access at off %d with size %d beyond the member of %s ended at %u\n",
			off, size, type, writable[i].end);
		return -EACCES;
	}
	bpf_log(log, "no write support to %s at off %d\n", type, off);
	return -EACCES;
}

/* ---- what programs may call ---- */

static const struct bpf_func_proto *qdisc_get_func_proto(enum bpf_func_id func_id,
							 const struct bpf_prog *prog)
{
	return bpf_net_time_func_proto(func_id) ?: bpf_base_func_proto(func_id, prog);
}

static const struct bpf_verifier_ops qdisc_verifier_ops = {
	.get_func_proto = qdisc_get_func_proto,
	.is_valid_access = qdisc_is_valid_access,
	.btf_struct_access = qdisc_btf_struct_access,
};

int bpf_qdisc_enqueue_tail(struct sk_buff *skb, struct Qdisc *sch)
{
	return qdisc_enqueue_tail(skb, sch);
}

struct sk_buff *bpf_qdisc_peek(struct Qdisc *sch)
{
	return qdisc_peek_head(sch);
}

struct sk_buff *bpf_qdisc_dequeue_head(struct Qdisc *sch)
{
	return qdisc_dequeue_head(sch);
}

void bpf_qdisc_xmit(struct sk_buff *skb)
{
	qdisc_xmit(skb);
}

void bpf_qdisc_drop(struct sk_buff *skb)
{
	qdisc_drop(skb);
}

bool bpf_qdisc_mark(struct sk_buff *skb)
{
	return skb_set_ecn_ce(skb);
}

BTF_KFUNCS_START(qdisc_kfunc_ids)
BTF_ID_FLAGS(func, bpf_qdisc_enqueue_tail)
BTF_ID_FLAGS(func, bpf_qdisc_peek, KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_qdisc_dequeue_head, KF_ACQUIRE | KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_qdisc_xmit, KF_RELEASE)
BTF_ID_FLAGS(func, bpf_qdisc_drop, KF_RELEASE)
BTF_ID_FLAGS(func, bpf_qdisc_mark)
BTF_KFUNCS_END(qdisc_kfunc_ids)

static struct bpf_struct_ops bpf_Qdisc_ops;

/* Only programs of this type: others have no packet to pass, and this says so earlier. */
static int qdisc_kfunc_filter(const struct bpf_prog *prog, u32 kfunc_id)
{
	return prog->aux->st_ops && prog->aux->st_ops->st_ops == &bpf_Qdisc_ops ? 0 : -EACCES;
}

static const struct btf_kfunc_id_set qdisc_kfunc_set = {
	.set = &qdisc_kfunc_ids,
	.filter = qdisc_kfunc_filter,
};

/* ---- the struct's members ---- */

static int qdisc_init_member(const struct btf_type *t, const struct btf_member *member, void *kdata,
			     const void *udata)
{
	const struct Qdisc_ops *uops = udata;
	struct Qdisc_ops *ops = kdata;

	if (btf_member_bit_offset(t, member) / 8 != offsetof(struct Qdisc_ops, id))
		return 0;
	if (bpf_obj_name_cpy(ops->id, uops->id) < 0 || !ops->id[0]) {
		pr_warn("Qdisc_ops.id must be 1 to 15 letters, digits, '_' or '.'");
		return -EINVAL;
	}
	return 1;
}

static int qdisc_validate(void *kdata)
{
	const struct Qdisc_ops *ops = kdata;

	if (ops->enqueue && ops->dequeue)
		return 0;
	pr_warn("queue discipline \"%s\" has no %s", ops->id, ops->enqueue ? "dequeue" : "enqueue");
	return -EINVAL;
}

static int qdisc_reg(void *kdata, struct bpf_link *link)
{
	return register_qdisc(kdata);
}

static void qdisc_unreg(void *kdata, struct bpf_link *link)
{
	unregister_qdisc(kdata);
}

static int qdisc_update(void *kdata, void *old_kdata, struct bpf_link *link)
{
	return replace_qdisc(kdata, old_kdata);
}

/* ---- stubs ---- */

static int stub_qdisc_enqueue(struct sk_buff *skb, struct Qdisc *sch)
{
	return 0;
}

static void stub_qdisc_dequeue(struct Qdisc *sch)
{
}

static int stub_qdisc_init(struct Qdisc *sch)
{
	return 0;
}

static void stub_qdisc_reset(struct Qdisc *sch)
{
}

static struct Qdisc_ops qdisc_stubs = {
	.enqueue = stub_qdisc_enqueue,
	.dequeue = stub_qdisc_dequeue,
	.init = stub_qdisc_init,
	.reset = stub_qdisc_reset,
};

static struct bpf_struct_ops bpf_Qdisc_ops = {
	.verifier_ops = &qdisc_verifier_ops,
	.init_member = qdisc_init_member,
	.reg = qdisc_reg,
	.unreg = qdisc_unreg,
	.update = qdisc_update,
	.validate = qdisc_validate,
	.name = "Qdisc_ops",
	.cfi_stubs = &qdisc_stubs,
};

int bpf_qdisc_init(void)
{
	int err;

	BTF_TYPE_EMIT(struct bpf_struct_ops_Qdisc_ops);
	err = register_btf_kfunc_id_set(BPF_PROG_TYPE_STRUCT_OPS, &qdisc_kfunc_set);
	return err ? err : register_bpf_struct_ops(&bpf_Qdisc_ops, btf_vmlinux);
}
