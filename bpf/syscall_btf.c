// SPDX-License-Identifier: GPL-2.0-only
/* BPF_BTF_LOAD: a blob from user space becomes a BTF object, if it passes the check. */
#include "bpf/btf.h"
#include "bpf/log.h"
#include "bpf/os.h"
#include "bpf/syscall.h"
#include "kernel/lib/errno.h"

#define BTF_SIZE_MAX (16U << 20)

/* What the session passed, parsed; the log's refusals included. */
static int parse(struct bpf_call *call, struct bpf_verifier_log *log, struct btf **btf)
{
	const union bpf_attr *attr = call->attr;
	void *data;
	int err = bpf_copy_array(call->s, attr->btf, attr->btf_size, 1, &data);

	if (err)
		return err;
	err = btf_parse(data, attr->btf_size, NULL, log, btf);
	kfree(data);
	return err ? bpf_refuse(err, "BTF: %s", log->last_error) : 0;
}

/* The log goes out before the descriptor is made: one that does not fit fails the command. */
static int parse_logged(struct bpf_call *call, struct btf **btf)
{
	const union bpf_attr *attr = call->attr;
	struct bpf_verifier_log *log = kzalloc(sizeof(*log));
	u32 true_size = 0;
	int ret, err, put_err = 0;

	if (!log)
		return -ENOMEM;
	ret = bpf_vlog_init(log, attr->btf_log_level, attr->btf_log_buf, attr->btf_log_size);
	if (ret) {
		kfree(log);
		return bpf_refuse(ret, "BTF: the log's level, buffer and size do not fit together");
	}
	ret = parse(call, log, btf);
	err = bpf_vlog_finalize(log, call->s, &true_size);
	if (call->size >= offsetofend(union bpf_attr, btf_log_true_size))
		put_err = bpf_call_put_field(call, btf_log_true_size, true_size);
	kfree(log);
	return put_err ?: err ?: ret;
}

int bpf_cmd_btf_load(struct bpf_call *call)
{
	const union bpf_attr *attr = call->attr;
	struct btf *btf = NULL;
	int ret;

	if (attr->btf_flags)
		return bpf_refuse(-EINVAL, "BTF flags 0x%x are not supported", attr->btf_flags);
	if (attr->btf_size > BTF_SIZE_MAX)
		return bpf_refuse(-E2BIG, "BTF of %u bytes", attr->btf_size);
	ret = parse_logged(call, &btf);
	if (!ret)
		ret = bpf_object_publish(&btf->obj) ?: bpf_new_fd(call->s, &btf->obj, 0);
	if (btf)
		btf_put(btf);
	return ret;
}
