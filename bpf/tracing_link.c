// SPDX-License-Identifier: GPL-2.0-only
/*
 * Links of tracing programs. A program was loaded for one function; the link makes it run there until
 * the link's last reference goes. Relies on bpf_check_attach_target() for what may be traced and on
 * bpf/trampoline_link.c for the rest; errno as on Linux.
 */
#include "bpf/tracing_link.h"
#include "bpf/link.h"
#include "bpf/os.h"
#include "bpf/trampoline.h"
#include "bpf/verifier.h"
#include "kernel/lib/errno.h"

#define refuse(err, ...) bpf_refuse(err, "tracing link: " __VA_ARGS__)

struct bpf_tracing_link {
	struct bpf_link link;
	struct bpf_tramp_link tramp;
	u32 attach_type;
	struct bpf_prog *tgt_prog; /* owned reference, or NULL: the kernel's function */
	u64 key;
};

/* Guards every program's dst_prog after its load. */
static struct mutex dst_mutex = MUTEX_INIT;

static struct bpf_tracing_link *to_tracing_link(const struct bpf_link *link)
{
	return container_of(link, struct bpf_tracing_link, link);
}

static void link_release(struct bpf_link *link)
{
	struct bpf_tracing_link *tr_link = to_tracing_link(link);

	bpf_trampoline_unlink_prog(&tr_link->tramp);
	if (tr_link->tgt_prog)
		bpf_prog_put(tr_link->tgt_prog);
}

static void link_dealloc(struct bpf_link *link)
{
	kfree(to_tracing_link(link));
}

static int link_fill_info(const struct bpf_link *link, struct bpf_link_info *info)
{
	const struct bpf_tracing_link *tr_link = to_tracing_link(link);

	info->tracing.attach_type = tr_link->attach_type;
	bpf_trampoline_unpack_key(tr_link->key, &info->tracing.target_obj_id,
				  &info->tracing.target_btf_id);
	return 0;
}

static void link_show_fdinfo(const struct bpf_link *link, struct bpf_seq *seq)
{
	const struct bpf_tracing_link *tr_link = to_tracing_link(link);
	u32 obj_id, btf_id;

	bpf_trampoline_unpack_key(tr_link->key, &obj_id, &btf_id);
	bpf_seq_printf(seq, "attach_type:\t%u\ntarget_obj_id:\t%u\ntarget_btf_id:\t%u\n",
		       tr_link->attach_type, obj_id, btf_id);
}

static const struct bpf_link_ops tracing_link_ops = {
	.release = link_release,
	.dealloc = link_dealloc,
	.fill_link_info = link_fill_info,
	.show_fdinfo = link_show_fdinfo,
};

/* ---- attaching ---- */

/* The function that @prog was loaded for. */
static int find_target(struct bpf_prog *prog, struct bpf_trampoline_target *tgt)
{
	struct bpf_verifier_log *log = kzalloc(sizeof(*log));
	struct bpf_attach_target_info info = { 0 };
	struct bpf_prog_aux *aux = prog->aux;
	int err;

	if (!log)
		return -ENOMEM;
	err = bpf_check_attach_target(log, prog, aux->dst_prog, aux->attach_btf_id, &info);
	if (err)
		refuse(err, "program %u: %s", prog->obj.id, log->last_error);
	kfree(log);
	if (err)
		return err;
	tgt->key = bpf_trampoline_compute_key(aux->dst_prog, aux->attach_btf, aux->attach_btf_id);
	tgt->addr = (void *)(uintptr_t)info.tgt_addr;
	tgt->name = info.tgt_name;
	tgt->model = info.fmodel;
	tgt->tgt_prog = aux->dst_prog;
	return 0;
}

/* With dst_mutex held. The program's reference to its target becomes the link's. */
static int attach_locked(struct bpf_tracing_link *tr_link)
{
	struct bpf_prog *prog = tr_link->tramp.prog;
	struct bpf_trampoline_target tgt = { 0 };
	int err;

	if (!prog->aux->dst_prog && !prog->aux->attach_btf)
		return refuse(-EINVAL, "program %u has been attached to its program before",
			      prog->obj.id);
	err = find_target(prog, &tgt) ?: bpf_trampoline_link_prog(&tr_link->tramp, &tgt);
	if (err)
		return err;
	tr_link->key = tgt.key;
	swap(tr_link->tgt_prog, prog->aux->dst_prog);
	return 0;
}

/* Undoes that: nobody got the link, so that the program may be attached again. */
static void detach(struct bpf_tracing_link *tr_link)
{
	mutex_lock(&dst_mutex);
	bpf_trampoline_unlink_prog(&tr_link->tramp);
	swap(tr_link->tgt_prog, tr_link->tramp.prog->aux->dst_prog);
	mutex_unlock(&dst_mutex);
}

static int publish(struct bpf_session *s, struct bpf_tracing_link *tr_link)
{
	int ret = bpf_object_publish(&tr_link->link.obj);

	if (!ret)
		ret = bpf_new_fd(s, &tr_link->link.obj, 0);
	if (ret < 0)
		detach(tr_link);
	return ret;
}

static int attach(struct bpf_session *s, struct bpf_prog *prog, u64 cookie)
{
	struct bpf_tracing_link *tr_link = kzalloc(sizeof(*tr_link));
	int err, fd;

	if (!tr_link)
		return -ENOMEM;
	bpf_prog_inc(prog);
	bpf_link_init(&tr_link->link, BPF_LINK_TYPE_TRACING, &tracing_link_ops, prog);
	tr_link->attach_type = prog->expected_attach_type;
	tr_link->tramp.prog = prog;
	tr_link->tramp.cookie = cookie;
	mutex_lock(&dst_mutex);
	err = attach_locked(tr_link);
	mutex_unlock(&dst_mutex);
	fd = err ? err : publish(s, tr_link);
	/* From here on the descriptor alone holds it; without one the link goes, and detaches. */
	bpf_link_put(&tr_link->link);
	return fd;
}

static int bpf_tracing_prog_attach(struct bpf_session *s, struct bpf_prog *prog, u32 tgt_prog_fd,
				   u32 btf_id, u64 cookie)
{
	u32 type = prog->expected_attach_type;

	if (prog->type != BPF_PROG_TYPE_TRACING ||
	    (type != BPF_TRACE_FENTRY && type != BPF_TRACE_FEXIT && type != BPF_MODIFY_RETURN))
		return refuse(-EINVAL, "program %u has attach type %u, which traces no function",
			      prog->obj.id, type);
	if (!tgt_prog_fd != !btf_id)
		return refuse(-EINVAL, "target_fd and target_btf_id go together");
	if (tgt_prog_fd)
		return refuse(-EINVAL, "program %u goes where it was loaded for", prog->obj.id);
	return attach(s, prog, cookie);
}

int bpf_tracing_link_create(struct bpf_call *call, struct bpf_prog *prog)
{
	const union bpf_attr *attr = call->attr;

	if (attr->link_create.attach_type != prog->expected_attach_type)
		return refuse(-EINVAL, "program %u was loaded for attach type %u, not %u",
			      prog->obj.id, prog->expected_attach_type,
			      attr->link_create.attach_type);
	return bpf_tracing_prog_attach(call->s, prog, attr->link_create.target_fd,
				       attr->link_create.target_btf_id,
				       attr->link_create.tracing.cookie);
}

int bpf_cmd_raw_tracepoint_open(struct bpf_call *call)
{
	struct bpf_prog *prog;
	int err = bpf_prog_get(call->s, call->attr->raw_tracepoint.prog_fd, &prog);

	if (err)
		return err;
	if (prog->type != BPF_PROG_TYPE_TRACING)
		err = refuse(-EINVAL, "program %u is of type %u; there are no raw tracepoints",
			     prog->obj.id, prog->type);
	else if (call->attr->raw_tracepoint.name)
		err = refuse(-EINVAL, "program %u says itself what it traces", prog->obj.id);
	else
		err = bpf_tracing_prog_attach(call->s, prog, 0, 0, 0);
	bpf_prog_put(prog);
	return err;
}
