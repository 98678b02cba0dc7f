// SPDX-License-Identifier: GPL-2.0-only
/* Links as objects: the last reference detaches, then frees. */
#include "bpf/link.h"
#include "bpf/iter.h"
#include "bpf/struct_ops_link.h"
#include "bpf/syscall.h"
#include "bpf/tracing_link.h"
#include "kernel/lib/errno.h"

static void link_free_object(struct bpf_object *obj)
{
	struct bpf_link *link = obj_to_link(obj);
	struct bpf_prog *prog = link->prog;

	link->ops->release(link);
	link->ops->dealloc(link);
	if (prog)
		bpf_prog_put(prog);
}

static const struct bpf_object_ops link_object_ops = {
	.free = link_free_object,
	.free_at_once = true,
};

void bpf_link_init(struct bpf_link *link, enum bpf_link_type type, const struct bpf_link_ops *ops,
		   struct bpf_prog *prog)
{
	link->type = type;
	link->ops = ops;
	link->prog = prog;
	bpf_object_init(&link->obj, BPF_OBJ_LINK, &link_object_ops);
}

int bpf_link_get(struct bpf_session *s, int ufd, struct bpf_link **link)
{
	struct bpf_file *file;
	int err = s->ops->fget(s, ufd, &file);

	if (err)
		return bpf_refuse(err, "descriptor %d is no link", ufd);
	if (file->obj->kind == BPF_OBJ_LINK) {
		*link = obj_to_link(file->obj);
		bpf_object_get(&(*link)->obj);
	} else {
		err = bpf_refuse(-EINVAL, "descriptor %d is no link", ufd);
	}
	bpf_file_put(file);
	return err;
}

void bpf_link_put(struct bpf_link *link)
{
	bpf_object_put(&link->obj);
}

const char *bpf_link_type_name(enum bpf_link_type type)
{
	switch (type) {
	case BPF_LINK_TYPE_STRUCT_OPS:
		return "struct_ops";
	case BPF_LINK_TYPE_TRACING:
		return "tracing";
	case BPF_LINK_TYPE_ITER:
		return "iter";
	case BPF_LINK_TYPE_RAW_TRACEPOINT:
		return "raw_tracepoint";
	default:
		return "<invalid>";
	}
}

/* ---- commands ---- */

int bpf_cmd_link_create(struct bpf_call *call)
{
	struct bpf_prog *prog;
	int err;

	if (call->attr->link_create.attach_type == BPF_STRUCT_OPS)
		return bpf_struct_ops_link_create(call);
	err = bpf_prog_get(call->s, call->attr->link_create.prog_fd, &prog);
	if (err)
		return err;
	if (prog->type == BPF_PROG_TYPE_TRACING && prog->expected_attach_type == BPF_TRACE_ITER &&
	    call->attr->link_create.attach_type == BPF_TRACE_ITER)
		err = bpf_iter_link_create(call, prog);
	else if (prog->type == BPF_PROG_TYPE_TRACING)
		err = bpf_tracing_link_create(call, prog);
	else
		err = bpf_refuse(-EINVAL, "program %u: a link with attach type %u is not supported",
				 prog->obj.id, call->attr->link_create.attach_type);
	bpf_prog_put(prog);
	return err;
}

/* The maps that an update names: the new one, and with BPF_F_REPLACE the one that must be there. */
static int update_maps(struct bpf_call *call, struct bpf_map **new_map, struct bpf_map **old_map)
{
	const union bpf_attr *attr = call->attr;
	int err = bpf_map_get(call->s, attr->link_update.new_map_fd, new_map);

	if (err)
		return err;
	if (attr->link_update.flags & BPF_F_REPLACE)
		err = bpf_map_get(call->s, attr->link_update.old_map_fd, old_map);
	else if (attr->link_update.old_map_fd)
		err = bpf_refuse(-EINVAL, "old_map_fd goes with BPF_F_REPLACE");
	if (err)
		bpf_map_put(*new_map);
	return err;
}

static int update_link_prog(struct bpf_call *call, struct bpf_link *link)
{
	const union bpf_attr *attr = call->attr;
	struct bpf_prog *new_prog, *old_prog = NULL;
	int err = bpf_prog_get(call->s, attr->link_update.new_prog_fd, &new_prog);

	if (err)
		return err;
	if (attr->link_update.flags & BPF_F_REPLACE)
		err = bpf_prog_get(call->s, attr->link_update.old_prog_fd, &old_prog);
	else if (attr->link_update.old_prog_fd)
		err = bpf_refuse(-EINVAL, "old_prog_fd goes with BPF_F_REPLACE");
	err = err ?: link->ops->update_prog(link, new_prog, old_prog);
	bpf_prog_put(new_prog);
	if (old_prog)
		bpf_prog_put(old_prog);
	return err;
}

static int update_link(struct bpf_call *call, struct bpf_link *link)
{
	struct bpf_map *new_map, *old_map = NULL;
	int err;

	if (link->ops->update_prog)
		return update_link_prog(call, link);
	if (!link->ops->update_map)
		return bpf_refuse(-EINVAL, "link %u cannot be updated", link->obj.id);
	err = update_maps(call, &new_map, &old_map);
	if (err)
		return err;
	err = link->ops->update_map(link, new_map, old_map);
	bpf_map_put(new_map);
	if (old_map)
		bpf_map_put(old_map);
	return err;
}

int bpf_cmd_link_update(struct bpf_call *call)
{
	struct bpf_link *link;
	int err;

	if (call->attr->link_update.flags & ~BPF_F_REPLACE)
		return bpf_refuse(-EINVAL, "link_update.flags 0x%x are not known",
				  call->attr->link_update.flags & ~BPF_F_REPLACE);
	err = bpf_link_get(call->s, call->attr->link_update.link_fd, &link);
	if (err)
		return err;
	err = update_link(call, link);
	bpf_link_put(link);
	return err;
}

int bpf_cmd_link_detach(struct bpf_call *call)
{
	struct bpf_link *link;
	int err = bpf_link_get(call->s, call->attr->link_detach.link_fd, &link);

	if (err)
		return err;
	err = link->ops->detach
		      ? link->ops->detach(link)
		      : bpf_refuse(-EOPNOTSUPP, "link %u cannot be detached", link->obj.id);
	bpf_link_put(link);
	return err;
}
