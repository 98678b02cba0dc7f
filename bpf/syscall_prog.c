// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commands on programs: BPF_PROG_LOAD, from attributes to a descriptor, BPF_PROG_BIND_MAP and
 * BPF_PROG_TEST_RUN. Checks come in Linux's order; what is refused is said in the session's log buffer as
 * well as in the kernel's log.
 */
#include "bpf/btf.h"
#include "bpf/caps.h"
#include "bpf/os.h"
#include "bpf/prog.h"
#include "bpf/syscall.h"
#include "bpf/verifier.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"

#define PROG_FLAGS                                                                                \
	(BPF_F_STRICT_ALIGNMENT | BPF_F_ANY_ALIGNMENT | BPF_F_TEST_STATE_FREQ | BPF_F_SLEEPABLE | \
	 BPF_F_TEST_RND_HI32 | BPF_F_XDP_HAS_FRAGS | BPF_F_XDP_DEV_BOUND_ONLY |                   \
	 BPF_F_TEST_REG_INVARIANTS)

#define BTF_TYPE_MAX   0x000fffff
#define LICENSE_LENGTH 128

/* A load under way. */
struct prog_load {
	struct bpf_call *call;
	const union bpf_attr *attr;
	struct bpf_session *s;
	struct bpf_verifier_log *log;
	struct btf *attach_btf; /* owned until the program takes it over; so is dst_prog */
	struct bpf_prog *dst_prog;
	struct bpf_prog *prog;
};

/* Says why in both logs; returns @err. */
static __printf(3, 4) int load_refuse(struct prog_load *l, int err, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vscnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	bpf_log(l->log, "%s\n", text);
	return bpf_refuse(err, "program: %s", text);
}

static int check_attr(struct prog_load *l)
{
	const union bpf_attr *attr = l->attr;
	int err;

	if (attr->prog_flags & ~PROG_FLAGS)
		return load_refuse(l, -EINVAL, "prog_flags 0x%x are not supported",
				   attr->prog_flags & ~PROG_FLAGS);
	err = bpf_caps_check_prog(l->s, attr->prog_type);
	if (err)
		return load_refuse(l, err,
				   "programs of type %u need a capability that the session lacks",
				   attr->prog_type);
	if (!attr->insn_cnt || attr->insn_cnt > BPF_COMPLEXITY_LIMIT_INSNS)
		return load_refuse(l, -E2BIG, "a program has 1 to %u instructions, not %u",
				   BPF_COMPLEXITY_LIMIT_INSNS, attr->insn_cnt);
	return 0;
}

/* R34: struct_ops say "not supported" without the kernel's BTF, other types "invalid". */
static int no_vmlinux_btf(enum bpf_prog_type type)
{
	return type == BPF_PROG_TYPE_STRUCT_OPS ? -ENOTSUPP : -EINVAL;
}

/* attach_prog_fd and attach_btf_obj_fd are one field: a program, or BTF. */
static int get_attach_fd(struct prog_load *l, int fd)
{
	struct bpf_file *file;
	int err = 0;

	if (l->s->ops->fget(l->s, fd, &file))
		return load_refuse(l, -EINVAL, "attach_btf_obj_fd %d is no BTF", fd);
	if (file->obj->kind == BPF_OBJ_PROG) {
		l->dst_prog = obj_to_prog(file->obj);
		bpf_prog_inc(l->dst_prog);
	} else if (file->obj->kind != BPF_OBJ_BTF) {
		err = load_refuse(l, -EINVAL, "attach_btf_obj_fd %d is no BTF", fd);
	} else if (!obj_to_btf(file->obj)->kernel_btf) {
		err = load_refuse(l, -ENOTSUPP,
				  "a program attaches to the kernel's BTF, not to a program's");
	} else {
		l->attach_btf = obj_to_btf(file->obj);
		btf_get(l->attach_btf);
	}
	bpf_file_put(file);
	return err;
}

/* What attach_btf_id counts in. */
static int get_attach_btf(struct prog_load *l)
{
	const union bpf_attr *attr = l->attr;

	if (attr->attach_btf_obj_fd) {
		return get_attach_fd(l, attr->attach_btf_obj_fd);
	} else if (attr->attach_btf_id) {
		if (!btf_vmlinux)
			return load_refuse(l, no_vmlinux_btf(attr->prog_type),
					   "the kernel has no BTF");
		btf_get(btf_vmlinux);
		l->attach_btf = btf_vmlinux;
	}
	return 0;
}

static bool type_attaches_by_btf(enum bpf_prog_type type)
{
	return type == BPF_PROG_TYPE_TRACING || type == BPF_PROG_TYPE_LSM ||
	       type == BPF_PROG_TYPE_STRUCT_OPS || type == BPF_PROG_TYPE_EXT;
}

static int check_attach(struct prog_load *l)
{
	const union bpf_attr *attr = l->attr;

	if (attr->attach_btf_id > BTF_TYPE_MAX)
		return load_refuse(l, -EINVAL, "attach_btf_id %u is no type ID",
				   attr->attach_btf_id);
	if (attr->attach_btf_id && !type_attaches_by_btf(attr->prog_type))
		return load_refuse(l, -EINVAL, "attach_btf_id is not for programs of type %u",
				   attr->prog_type);
	if (l->attach_btf && !attr->attach_btf_id)
		return load_refuse(l, -EINVAL, "attach_btf_obj_fd without attach_btf_id");
	if (l->dst_prog && attr->prog_type != BPF_PROG_TYPE_TRACING)
		return load_refuse(l, -EINVAL, "programs of type %u do not attach to programs",
				   attr->prog_type);
	if (attr->prog_type == BPF_PROG_TYPE_SYSCALL && attr->expected_attach_type)
		return load_refuse(l, -EINVAL, "a syscall program has no expected_attach_type");
	if (attr->prog_ifindex)
		return load_refuse(l, -EINVAL, "no device takes programs");
	if (!bpf_prog_ops_of(attr->prog_type))
		return load_refuse(l, -EINVAL, "program type %u is not supported", attr->prog_type);
	return 0;
}

/* The licenses whose programs may call GPL-only helpers. */
static bool license_is_gpl(const char *license)
{
	static const char *const gpl[] = {
		"GPL",		"GPL v2",	"GPL and additional rights",
		"Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"
	};

	for (u32 i = 0; i < ARRAY_SIZE(gpl); i++)
		if (!strcmp(license, gpl[i]))
			return true;
	return false;
}

/* Text and license from the session, into a fresh program. */
static int read_program(struct prog_load *l)
{
	const union bpf_attr *attr = l->attr;
	struct bpf_prog *prog = bpf_prog_alloc(attr->insn_cnt);
	char license[LICENSE_LENGTH];
	long n;
	int err;

	if (!prog)
		return -ENOMEM;
	l->prog = prog;
	prog->type = attr->prog_type;
	prog->expected_attach_type = attr->expected_attach_type;
	prog->aux->sleepable = attr->prog_flags & BPF_F_SLEEPABLE;
	prog->aux->attach_btf_id = attr->attach_btf_id;
	prog->aux->caps = l->s->caps;
	swap(prog->aux->attach_btf, l->attach_btf);
	swap(prog->aux->dst_prog, l->dst_prog);
	err = copy_from_user(l->s, prog->insnsi, attr->insns,
			     (u64)attr->insn_cnt * sizeof(struct bpf_insn));
	if (err)
		return load_refuse(l, err, "the instructions cannot be read");
	n = strncpy_from_user(l->s, license, attr->license, sizeof(license));
	if (n < 0 && n != -E2BIG)
		return load_refuse(l, n, "the license cannot be read");
	license[sizeof(license) - 1] = '\0';
	prog->gpl_compatible = license_is_gpl(license);
	prog->aux->load_time = ktime_get_ns();
	n = bpf_obj_name_cpy(prog->aux->name, attr->prog_name);
	if (n < 0)
		return load_refuse(l, n,
				   "the name is not letters, digits, '_' and '.', at most 15");
	return bpf_prog_calc_tag(prog);
}

static int load_program(struct prog_load *l)
{
	int err = check_attr(l) ?: get_attach_btf(l) ?: check_attach(l) ?: read_program(l);

	if (err)
		return err;
	err = bpf_check(&l->prog, l->attr, l->call->size, l->s, l->log);
	if (err)
		return bpf_refuse(err, "program %s: %s", l->prog->aux->name, l->log->last_error);
	return bpf_prog_select_runtime(l->prog);
}

/* The session's copy of the log: it fails the load if it did not fit. */
static int finish_log(struct prog_load *l)
{
	u32 true_size = 0;
	int err = bpf_vlog_finalize(l->log, l->s, &true_size), put_err = 0;

	if (l->call->size >= offsetofend(union bpf_attr, log_true_size))
		put_err = bpf_call_put_field(l->call, log_true_size, true_size);
	return put_err ?: err;
}

int bpf_cmd_prog_load(struct bpf_call *call)
{
	const union bpf_attr *attr = call->attr;
	struct prog_load l = { .call = call, .attr = attr, .s = call->s };
	int ret, log_err;

	l.log = kzalloc(sizeof(*l.log));
	if (!l.log)
		return -ENOMEM;
	ret = bpf_vlog_init(l.log, attr->log_level, attr->log_buf, attr->log_size);
	if (ret) {
		kfree(l.log);
		return bpf_refuse(ret,
				  "program: the log's level, buffer and size do not fit together");
	}
	ret = load_program(&l);
	log_err = finish_log(&l);
	if (log_err)
		ret = log_err;
	if (!ret)
		ret = bpf_prog_publish(l.prog) ?: bpf_new_fd(call->s, &l.prog->obj, 0);
	if (l.attach_btf)
		btf_put(l.attach_btf);
	if (l.dst_prog)
		bpf_prog_put(l.dst_prog);
	if (l.prog)
		bpf_prog_put(l.prog);
	kfree(l.log);
	return ret;
}

/* ---- a map that a program does not name, but that lives as long as it ---- */

/* With used_maps_mutex held. 0 also if it is bound already; takes over @map's reference if it keeps it. */
static int bind_map_locked(struct bpf_prog_aux *aux, struct bpf_map *map)
{
	struct bpf_map **maps;

	/* It may hold the program, and both would live for ever. (The verifier refuses them for that, too.) */
	if (map->map_type == BPF_MAP_TYPE_STRUCT_OPS)
		return bpf_refuse(-EINVAL, "a struct_ops map cannot be bound to a program");
	for (u32 i = 0; i < aux->used_map_cnt; i++)
		if (aux->used_maps[i] == map)
			return 0;
	maps = krealloc(aux->used_maps, (aux->used_map_cnt + 1) * sizeof(*maps));
	if (!maps)
		return -ENOMEM;
	bpf_map_inc(map);
	maps[aux->used_map_cnt++] = map;
	aux->used_maps = maps;
	return 0;
}

int bpf_cmd_prog_bind_map(struct bpf_call *call)
{
	const union bpf_attr *attr = call->attr;
	struct bpf_prog *prog;
	struct bpf_map *map;
	int err;

	if (attr->prog_bind_map.flags)
		return bpf_refuse(-EINVAL, "binding a map takes no flags");
	err = bpf_prog_get(call->s, attr->prog_bind_map.prog_fd, &prog);
	if (err)
		return err;
	err = bpf_map_get(call->s, attr->prog_bind_map.map_fd, &map);
	if (!err) {
		mutex_lock(&prog->aux->used_maps_mutex);
		err = bind_map_locked(prog->aux, map);
		mutex_unlock(&prog->aux->used_maps_mutex);
		bpf_map_put(map);
	}
	bpf_prog_put(prog);
	return err;
}

/* ---- running a program for a test ---- */

int bpf_cmd_prog_test_run(struct bpf_call *call)
{
	const union bpf_attr *attr = call->attr;
	const struct bpf_prog_ops *ops;
	struct bpf_prog *prog;
	int err;

	if (!attr->test.ctx_size_in != !attr->test.ctx_in ||
	    !attr->test.ctx_size_out != !attr->test.ctx_out)
		return bpf_refuse(-EINVAL,
				  "test run: a ctx without a size, or a size without a ctx");
	err = bpf_prog_get(call->s, attr->test.prog_fd, &prog);
	if (err)
		return err;
	ops = bpf_prog_ops_of(prog->type);
	if (ops->test_run)
		err = ops->test_run(prog, attr, call->s, call->uattr);
	else
		err = bpf_refuse(-ENOTSUPP, "programs of type %u have no test run", prog->type);
	bpf_prog_put(prog);
	return err;
}
