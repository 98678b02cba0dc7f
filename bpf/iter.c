// SPDX-License-Identifier: GPL-2.0-only
/*
 * Iterators: targets, walks and what their programs write with. Relies on targets to keep an object alive from
 * next() to put(). Promises that a walk shows each object that is there all the time exactly once, and its end
 * once, however its text is cut by reads.
 */
#include "bpf/iter.h"
#include "bpf/btf.h"
#include "bpf/btf_ids.h"
#include "bpf/helpers.h"
#include "bpf/link.h"
#include "bpf/os.h"
#include "bpf/pin.h"
#include "bpf/syscall.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

#define MAX_TARGETS	 16
#define MAX_ITER_OBJECTS 1000000 /* that one read looks at */

static const struct bpf_iter_reg *targets[MAX_TARGETS];
static u32 nr_targets;

/* A walk. */
struct bpf_iter {
	struct bpf_object obj;
	struct mutex lock; /* one reader at a time */
	const struct bpf_iter_reg *reg;
	struct bpf_prog *prog; /* owned reference */
	struct seq_file seq;
	u64 session_id, seq_num;
	bool ended; /* the program has seen the end */
};

/* Guards the program of every iterator's link. */
static struct mutex update_mutex = MUTEX_INIT;

struct bpf_iter_link {
	struct bpf_link link;
	const struct bpf_iter_reg *reg;
};

int bpf_iter_reg_target(const struct bpf_iter_reg *reg)
{
	if (nr_targets == MAX_TARGETS)
		return -E2BIG;
	targets[nr_targets++] = reg;
	return 0;
}

/* What @prog is attached to, or NULL. */
static const struct bpf_iter_reg *find_target(const struct bpf_prog *prog)
{
	const char *name = prog->aux->attach_func_name;
	size_t n = strlen(BPF_ITER_FUNC_PREFIX);

	if (!name || strncmp(name, BPF_ITER_FUNC_PREFIX, n))
		return NULL;
	for (u32 i = 0; i < nr_targets; i++)
		if (!strcmp(name + n, targets[i]->target))
			return targets[i];
	return NULL;
}

int bpf_iter_prog_supported(struct bpf_prog *prog)
{
	const struct bpf_iter_reg *reg = find_target(prog);
	struct bpf_prog_aux *aux = prog->aux;

	if (!reg || aux->dst_prog)
		return -EINVAL;
	if (!reg->ctx_arg_info_size)
		return 0;
	aux->ctx_arg_info = kcalloc(reg->ctx_arg_info_size, sizeof(*aux->ctx_arg_info));
	if (!aux->ctx_arg_info)
		return -ENOMEM;
	memcpy(aux->ctx_arg_info, reg->ctx_arg_info,
	       reg->ctx_arg_info_size * sizeof(*aux->ctx_arg_info));
	aux->ctx_arg_info_size = reg->ctx_arg_info_size;
	return 0;
}

const struct bpf_func_proto *bpf_iter_get_func_proto(enum bpf_func_id func_id,
						     const struct bpf_prog *prog)
{
	const struct bpf_iter_reg *reg;

	if (func_id == BPF_FUNC_seq_printf)
		return &bpf_seq_printf_proto;
	if (func_id == BPF_FUNC_seq_write)
		return &bpf_seq_write_proto;
	reg = find_target(prog);
	return reg && reg->get_func_proto ? reg->get_func_proto(func_id, prog) : NULL;
}

/* ---- what programs write with ---- */

BTF_ID_LIST(iter_ids)
BTF_ID(struct, seq_file)

static bool seq_overflowed(const struct seq_file *seq)
{
	return seq->count == seq->size;
}

static u64 seq_file_printf(u64 m, u64 fmt, u64 fmt_size, u64 data, u64 data_len)
{
	struct seq_file *seq = (struct seq_file *)m;
	const char *format = (const char *)fmt;
	size_t room = seq->size - seq->count;
	int n;

	if (data_len % 8 || data_len > 12 * 8 || (data_len && !data) || format[fmt_size - 1])
		return -EINVAL;
	n = bpf_format(seq->buf + seq->count, room, format, (const u64 *)data, data_len / 8);
	if (n < 0)
		return n;
	/* As long as the NUL has its place there was room. */
	seq->count = (size_t)n <= room ? seq->count + n - 1 : seq->size;
	return seq_overflowed(seq) ? -EOVERFLOW : 0;
}

const struct bpf_func_proto bpf_seq_printf_proto = {
	.func = seq_file_printf,
	.name = "bpf_seq_printf",
	.gpl_only = true,
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_BTF_ID, ARG_PTR_TO_MEM | MEM_RDONLY, ARG_CONST_SIZE,
		      ARG_PTR_TO_MEM | PTR_MAYBE_NULL | MEM_RDONLY, ARG_CONST_SIZE_OR_ZERO },
	.arg_btf_id = { &iter_ids[0] },
};

static u64 seq_file_write(u64 m, u64 data, u64 len, u64 r4, u64 r5)
{
	struct seq_file *seq = (struct seq_file *)m;

	if (len >= seq->size - seq->count) {
		seq->count = seq->size;
		return -EOVERFLOW;
	}
	memcpy(seq->buf + seq->count, (const void *)data, len);
	seq->count += len;
	return 0;
}

const struct bpf_func_proto bpf_seq_write_proto = {
	.func = seq_file_write,
	.name = "bpf_seq_write",
	.gpl_only = true,
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_BTF_ID, ARG_PTR_TO_MEM | MEM_RDONLY, ARG_CONST_SIZE_OR_ZERO },
	.arg_btf_id = { &iter_ids[0] },
};

int bpf_iter_run_prog(const struct bpf_prog *prog, void *ctx)
{
	u64 ret;

	if (prog->aux->sleepable)
		return bpf_prog_run(prog, ctx) ? -EAGAIN : 0;
	rcu_read_lock();
	ret = bpf_prog_run(prog, ctx);
	rcu_read_unlock();
	return ret ? -EAGAIN : 0;
}

/* ---- walks ---- */

static struct bpf_iter *to_iter(struct bpf_object *obj)
{
	return container_of(obj, struct bpf_iter, obj);
}

static void iter_free(struct bpf_object *obj)
{
	struct bpf_iter *iter = to_iter(obj);

	bpf_prog_put(iter->prog);
	kfree(iter->seq.buf);
	kfree(iter);
}

static const struct bpf_object_ops iter_object_ops = { .free = iter_free };

bool bpf_link_is_iter(const struct bpf_link *link)
{
	return link->type == BPF_LINK_TYPE_ITER;
}

int bpf_iter_new(struct bpf_link *link, struct bpf_object **out)
{
	static u64 last_session_id;
	struct bpf_iter *iter;

	if (!bpf_link_is_iter(link))
		return bpf_refuse(-EINVAL, "link %u is no iterator", link->obj.id);
	iter = kzalloc(sizeof(*iter));
	if (!iter)
		return -ENOMEM;
	iter->reg = container_of(link, struct bpf_iter_link, link)->reg;
	mutex_lock(&update_mutex);
	iter->prog = link->prog;
	bpf_prog_inc(iter->prog);
	mutex_unlock(&update_mutex);
	iter->session_id = __atomic_add_fetch(&last_session_id, 1, __ATOMIC_RELAXED);
	bpf_object_init(&iter->obj, BPF_OBJ_ITER, &iter_object_ops);
	*out = &iter->obj;
	return 0;
}

/* Shows @obj (NULL: the end). 0: its text stays; -errno: it does not. */
static int show(struct bpf_iter *iter, void *obj, u64 seq_num)
{
	struct seq_file *seq = &iter->seq;
	struct bpf_iter_meta meta = { .session_id = iter->session_id, .seq_num = seq_num };
	size_t before = seq->count;
	int err;

	meta.seq = seq;
	err = iter->reg->show(iter->prog, &meta, obj);
	if (!err && seq_overflowed(seq))
		err = -E2BIG;
	if (err)
		seq->count = before;
	return err;
}

/* The next object's text. 1: the end is reached; -errno: the object is to be shown again. */
static int show_next(struct bpf_iter *iter)
{
	struct seq_file *seq = &iter->seq;
	u64 before = seq->index;
	void *obj = iter->reg->next(&seq->index);
	int err;

	if (!obj) {
		err = iter->ended ? 0 : show(iter, NULL, iter->seq_num - !!iter->seq_num);
		iter->ended |= !err;
		return err ?: 1;
	}
	err = show(iter, obj, iter->seq_num);
	if (iter->reg->put)
		iter->reg->put(obj);
	if (err)
		seq->index = before;
	else
		iter->seq_num++;
	return err;
}

/* Makes text until there are @size bytes of it, or no room for more. 0 or -errno if there is none. */
static int fill(struct bpf_iter *iter, size_t size)
{
	struct seq_file *seq = &iter->seq;
	int err = 0;

	seq->from = 0;
	for (u32 n = 0; !err && seq->count < size; n++) {
		if (n == MAX_ITER_OBJECTS)
			err = -EAGAIN;
		else
			err = show_next(iter);
		cond_resched();
	}
	return seq->count || err > 0 ? 0 : err;
}

long bpf_iter_read(struct bpf_object *obj, char *buf, size_t size)
{
	struct bpf_iter *iter = to_iter(obj);
	struct seq_file *seq = &iter->seq;
	size_t n = 0;
	int err = 0;

	mutex_lock(&iter->lock);
	if (!seq->buf) {
		seq->buf = kzalloc(BPF_ITER_BUF_SIZE);
		seq->size = seq->buf ? BPF_ITER_BUF_SIZE : 0;
	}
	if (!seq->buf)
		err = -ENOMEM;
	else if (!seq->count)
		err = fill(iter, size);
	if (!err) {
		n = min(seq->count, size);
		memcpy(buf, seq->buf + seq->from, n);
		seq->from += n;
		seq->count -= n;
	}
	mutex_unlock(&iter->lock);
	return err ?: (long)n;
}

static int open_walk(struct bpf_link *link, struct bpf_file **file)
{
	struct bpf_object *iter = NULL;
	int err = bpf_iter_new(link, &iter);

	if (err)
		return err;
	bpf_object_get_user(iter);
	*file = bpf_file_alloc(iter, 0);
	if (!*file)
		bpf_object_put_user(iter);
	bpf_object_put(iter);
	return *file ? 0 : -ENOMEM;
}

int bpf_iter_open_pin(const char *path, struct bpf_file **file)
{
	struct bpf_object *obj;
	int err = bpf_pin_lookup(path, &obj);

	if (err)
		return err;
	if (obj->kind == BPF_OBJ_LINK && bpf_link_is_iter(obj_to_link(obj)))
		err = open_walk(obj_to_link(obj), file);
	else
		err = -EIO;
	bpf_object_put(obj);
	return err;
}

int bpf_iter_cat(const char *path, void (*write)(void *arg, const char *text, size_t n), void *arg)
{
	const char *inside = bpf_pin_path(path);
	struct bpf_file *file;
	char *text;
	long n = inside ? bpf_iter_open_pin(inside, &file) : -ENOENT;

	if (n)
		return n;
	text = kzalloc(PAGE_SIZE);
	if (!text)
		n = -ENOMEM;
	while (text && (n = bpf_iter_read(file->obj, text, PAGE_SIZE)) > 0)
		write(arg, text, n);
	kfree(text);
	bpf_file_put(file);
	return n;
}

/* ---- links ---- */

static void link_release(struct bpf_link *link)
{
}

static void link_dealloc(struct bpf_link *link)
{
	kfree(container_of(link, struct bpf_iter_link, link));
}

/* The target's name, and how long it is, go where the caller has said. */
static int link_put_info(const struct bpf_link *link, struct bpf_link_info *info,
			 struct bpf_session *s)
{
	const char *name = container_of(link, struct bpf_iter_link, link)->reg->target;
	u32 have = info->iter.target_name_len, need = strlen(name) + 1;
	u64 to = info->iter.target_name;
	int err;

	if (!have != !to)
		return bpf_refuse(-EINVAL, "target_name without a length, or a length without it");
	info->iter.target_name_len = need;
	if (!to)
		return 0;
	err = copy_to_user(s, to, name, min(have, need) - 1)
		      ?: copy_to_user(s, to + min(have, need) - 1, "", 1);
	return err ?: have < need ? -ENOSPC : 0;
}

/* Walks that have begun go on with the program that they have. */
static int link_update_prog(struct bpf_link *link, struct bpf_prog *new_prog,
			    struct bpf_prog *old_prog)
{
	struct bpf_prog *prog;
	int err = 0;

	mutex_lock(&update_mutex);
	prog = link->prog;
	if (old_prog && old_prog != prog)
		err = bpf_refuse(-EPERM, "link %u holds program %u, not program %u", link->obj.id,
				 prog->obj.id, old_prog->obj.id);
	else if (new_prog->type != prog->type ||
		 new_prog->expected_attach_type != prog->expected_attach_type ||
		 new_prog->aux->attach_btf_id != prog->aux->attach_btf_id)
		err = bpf_refuse(-EINVAL, "program %u is not for the iterator of link %u",
				 new_prog->obj.id, link->obj.id);
	if (!err) {
		bpf_prog_inc(new_prog);
		link->prog = new_prog;
	}
	mutex_unlock(&update_mutex);
	if (!err)
		bpf_prog_put(prog);
	return err;
}

static void link_show_fdinfo(const struct bpf_link *link, struct bpf_seq *seq)
{
	bpf_seq_printf(seq, "target_name:\t%s\n",
		       container_of(link, struct bpf_iter_link, link)->reg->target);
}

static const struct bpf_link_ops iter_link_ops = {
	.release = link_release,
	.dealloc = link_dealloc,
	.update_prog = link_update_prog,
	.put_link_info = link_put_info,
	.show_fdinfo = link_show_fdinfo,
};

/* Where other targets are told which part to walk: these have none, and look at nothing of it, as Linux's. */
static int check_iter_info(struct bpf_call *call)
{
	const union bpf_attr *attr = call->attr;
	u64 info = attr->link_create.iter_info;
	union bpf_iter_link_info linfo;
	u32 len = attr->link_create.iter_info_len;

	if (attr->link_create.target_fd || attr->link_create.flags)
		return bpf_refuse(-EINVAL, "an iterator's link has no target_fd and no flags");
	if (!info != !len)
		return bpf_refuse(-EINVAL, "iter_info without a length, or a length without it");
	if (!info)
		return 0;
	return bpf_check_tail_zero(call->s, info, sizeof(linfo), len)
		       ?: copy_from_user(call->s, &linfo, info, min_t(u32, len, sizeof(linfo)));
}

int bpf_iter_link_create(struct bpf_call *call, struct bpf_prog *prog)
{
	const struct bpf_iter_reg *reg = find_target(prog);
	struct bpf_iter_link *link;
	int ret = check_iter_info(call);

	if (ret)
		return ret;
	if (!reg)
		return bpf_refuse(-ENOENT, "program %u is for no iterator", prog->obj.id);
	if (prog->aux->sleepable && !reg->sleepable)
		return bpf_refuse(-EINVAL, "program %u may sleep, the iterator %s may not",
				  prog->obj.id, reg->target);
	link = kzalloc(sizeof(*link));
	if (!link)
		return -ENOMEM;
	link->reg = reg;
	bpf_prog_inc(prog);
	bpf_link_init(&link->link, BPF_LINK_TYPE_ITER, &iter_link_ops, prog);
	ret = bpf_object_publish(&link->link.obj) ?: bpf_new_fd(call->s, &link->link.obj, 0);
	bpf_link_put(&link->link);
	return ret;
}

/* ---- the command ---- */

int bpf_cmd_iter_create(struct bpf_call *call)
{
	struct bpf_object *iter;
	struct bpf_link *link;
	int ret;

	if (call->attr->iter_create.flags)
		return bpf_refuse(-EINVAL, "iter_create.flags 0x%x are not known",
				  call->attr->iter_create.flags);
	ret = bpf_link_get(call->s, call->attr->iter_create.link_fd, &link);
	if (ret)
		return ret;
	ret = bpf_iter_new(link, &iter);
	bpf_link_put(link);
	if (ret)
		return ret;
	ret = bpf_new_fd(call->s, iter, 0);
	bpf_object_put(iter);
	return ret;
}
