// SPDX-License-Identifier: GPL-2.0-only
/*
 * bpf(2): from a session's pointer to a command's handler. Relies on the session for user memory;
 * promises that a handler sees attributes in which everything that it does not know is zero.
 *
 * Lengths, as on Linux: a caller with fewer bytes gets zeros for the rest; one with more may have
 * nothing but zeros there (-E2BIG); and what follows the last field that the command knows must be zero (-EINVAL).
 */
#include "bpf/syscall.h"
#include "bpf/tracing_link.h"
#include "bpf/btf.h"
#include "bpf/caps.h"
#include "bpf/os.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"

#define LOG_DEBUG 7 /* in dmesg; on the console only if asked for: loaders probe a lot */

int bpf_refuse(int err, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vscnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	printk(LOG_DEBUG, "bpf: %s", text);
	return err;
}

int bpf_call_put(const struct bpf_call *call, size_t off, const void *src, size_t n)
{
	return copy_to_user(call->s, call->uattr + off, src, n);
}

int bpf_check_tail_zero(struct bpf_session *s, u64 u, u64 from, u64 to)
{
	u8 buf[64];

	while (from < to) {
		size_t n = min(to - from, (u64)sizeof(buf));
		int err = copy_from_user(s, buf, u + from, n);

		if (err)
			return err;
		if (!mem_is(buf, 0, n))
			return bpf_refuse(-E2BIG, "bytes from %llu on are not zero and not known",
					  from);
		from += n;
	}
	return 0;
}

int bpf_obj_name_cpy(char *dst, const char *src)
{
	u32 i;

	memset(dst, 0, BPF_OBJ_NAME_LEN);
	for (i = 0; i < BPF_OBJ_NAME_LEN && src[i]; i++) {
		char c = src[i], lower = c | 0x20;

		if (!(lower >= 'a' && lower <= 'z') && !(c >= '0' && c <= '9') && c != '_' &&
		    c != '.')
			return bpf_refuse(-EINVAL, "a name has only letters, digits, '_' and '.'");
		dst[i] = c;
	}
	if (i == BPF_OBJ_NAME_LEN) {
		dst[0] = '\0';
		return bpf_refuse(-EINVAL, "a name has at most 15 characters");
	}
	return i;
}

int bpf_new_fd(struct bpf_session *s, struct bpf_object *obj, u32 access)
{
	struct bpf_file *file;
	int fd;

	bpf_object_get_user(obj);
	file = bpf_file_alloc(obj, access);
	if (!file) {
		bpf_object_put_user(obj);
		return -ENOMEM;
	}
	fd = s->ops->fd_install(s, file);
	if (fd < 0)
		bpf_file_put(file);
	return fd;
}

int bpf_file_access(u32 flags)
{
	u32 access = flags & (BPF_F_RDONLY | BPF_F_WRONLY);

	if (access == (BPF_F_RDONLY | BPF_F_WRONLY))
		return bpf_refuse(-EINVAL, "BPF_F_RDONLY and BPF_F_WRONLY exclude each other");
	return access;
}

int bpf_copy_array(struct bpf_session *s, u64 u, u64 n, u64 size, void **out)
{
	int err;

	*out = NULL;
	if (!n)
		return 0;
	*out = kcalloc(n, size);
	if (!*out)
		return -ENOMEM;
	err = copy_from_user(s, *out, u, n * size);
	if (err) {
		kfree(*out);
		*out = NULL;
	}
	return err;
}

/* ---- IDs: the same for all kinds ---- */

static int get_next_id(struct bpf_call *call, enum bpf_object_kind kind)
{
	u32 next;

	if (call->attr->start_id >= S32_MAX)
		return bpf_refuse(-EINVAL, "start_id %u is no ID", call->attr->start_id);
	next = bpf_object_next_id(kind, call->attr->start_id);
	if (!next)
		return -ENOENT;
	return bpf_call_put_field(call, next_id, next);
}

static int prog_get_next_id(struct bpf_call *call)
{
	return get_next_id(call, BPF_OBJ_PROG);
}

static int map_get_next_id(struct bpf_call *call)
{
	return get_next_id(call, BPF_OBJ_MAP);
}

static int btf_get_next_id(struct bpf_call *call)
{
	return get_next_id(call, BPF_OBJ_BTF);
}

static int link_get_next_id(struct bpf_call *call)
{
	return get_next_id(call, BPF_OBJ_LINK);
}

static int get_fd_by_id(struct bpf_call *call, enum bpf_object_kind kind, u32 access)
{
	struct bpf_object *obj = bpf_object_find(kind, call->attr->start_id);
	int fd;

	if (!obj)
		return -ENOENT;
	fd = bpf_new_fd(call->s, obj, access);
	bpf_object_put(obj);
	return fd;
}

static int prog_get_fd_by_id(struct bpf_call *call)
{
	return get_fd_by_id(call, BPF_OBJ_PROG, 0);
}

static int map_get_fd_by_id(struct bpf_call *call)
{
	u32 flags = call->attr->open_flags;
	int access;

	if (flags & ~(BPF_F_RDONLY | BPF_F_WRONLY))
		return bpf_refuse(-EINVAL, "open_flags 0x%x are not known", flags);
	access = bpf_file_access(flags);
	return access < 0 ? access : get_fd_by_id(call, BPF_OBJ_MAP, access);
}

static int btf_get_fd_by_id(struct bpf_call *call)
{
	return get_fd_by_id(call, BPF_OBJ_BTF, 0);
}

static int link_get_fd_by_id(struct bpf_call *call)
{
	return get_fd_by_id(call, BPF_OBJ_LINK, 0);
}

/* ---- the table ---- */

struct bpf_command {
	const char *name;
	int (*run)(struct bpf_call *call); /* NULL: not supported */
	u32 attr_end;			   /* bytes of attributes that it knows */
};

#define CMD(cmd, handler, last) \
	[BPF_##cmd] = { "BPF_" #cmd, handler, offsetofend(union bpf_attr, last) }
#define NO_CMD(cmd) [BPF_##cmd] = { "BPF_" #cmd, NULL, 0 }

static const struct bpf_command commands[__MAX_BPF_CMD] = {
	CMD(MAP_CREATE, bpf_cmd_map_create, map_token_fd),
	CMD(MAP_LOOKUP_ELEM, bpf_cmd_map_lookup_elem, flags),
	CMD(MAP_UPDATE_ELEM, bpf_cmd_map_update_elem, flags),
	CMD(MAP_DELETE_ELEM, bpf_cmd_map_delete_elem, key),
	CMD(MAP_GET_NEXT_KEY, bpf_cmd_map_get_next_key, next_key),
	CMD(MAP_LOOKUP_AND_DELETE_ELEM, bpf_cmd_map_lookup_and_delete_elem, flags),
	CMD(MAP_FREEZE, bpf_cmd_map_freeze, map_fd),
	CMD(MAP_LOOKUP_BATCH, bpf_cmd_map_lookup_batch, batch.flags),
	CMD(MAP_LOOKUP_AND_DELETE_BATCH, bpf_cmd_map_lookup_and_delete_batch, batch.flags),
	CMD(MAP_UPDATE_BATCH, bpf_cmd_map_update_batch, batch.flags),
	CMD(MAP_DELETE_BATCH, bpf_cmd_map_delete_batch, batch.flags),
	CMD(MAP_GET_NEXT_ID, map_get_next_id, next_id),
	CMD(MAP_GET_FD_BY_ID, map_get_fd_by_id, open_flags),
	CMD(PROG_LOAD, bpf_cmd_prog_load, prog_token_fd),
	CMD(PROG_TEST_RUN, bpf_cmd_prog_test_run, test.batch_size),
	CMD(PROG_BIND_MAP, bpf_cmd_prog_bind_map, prog_bind_map.flags),
	CMD(PROG_GET_NEXT_ID, prog_get_next_id, next_id),
	CMD(PROG_GET_FD_BY_ID, prog_get_fd_by_id, prog_id),
	CMD(BTF_LOAD, bpf_cmd_btf_load, btf_token_fd),
	CMD(BTF_GET_NEXT_ID, btf_get_next_id, next_id),
	CMD(BTF_GET_FD_BY_ID, btf_get_fd_by_id, btf_id),
	CMD(LINK_GET_NEXT_ID, link_get_next_id, next_id),
	CMD(LINK_GET_FD_BY_ID, link_get_fd_by_id, link_id),
	CMD(OBJ_GET_INFO_BY_FD, bpf_cmd_obj_get_info_by_fd, info.info),
	CMD(OBJ_PIN, bpf_cmd_obj_pin, path_fd),
	CMD(OBJ_GET, bpf_cmd_obj_get, path_fd),
	CMD(ENABLE_STATS, bpf_cmd_enable_stats, enable_stats.type),
	CMD(RAW_TRACEPOINT_OPEN, bpf_cmd_raw_tracepoint_open, raw_tracepoint.cookie),
	CMD(LINK_CREATE, bpf_cmd_link_create, link_create.uprobe_multi.pid),
	CMD(LINK_UPDATE, bpf_cmd_link_update, link_update.old_prog_fd),
	CMD(LINK_DETACH, bpf_cmd_link_detach, link_detach.link_fd),
	CMD(ITER_CREATE, bpf_cmd_iter_create, iter_create.flags),
	NO_CMD(PROG_ATTACH),
	NO_CMD(PROG_DETACH),
	NO_CMD(PROG_QUERY),
	NO_CMD(TASK_FD_QUERY),
	NO_CMD(TOKEN_CREATE),
};

static int run_command(struct bpf_call *call, const struct bpf_command *cmd)
{
	const u8 *attr = (const u8 *)call->attr;

	if (!mem_is(attr + cmd->attr_end, 0, sizeof(*call->attr) - cmd->attr_end))
		return bpf_refuse(-EINVAL, "%s: attributes past byte %u are not zero", cmd->name,
				  cmd->attr_end);
	return bpf_caps_check_cmd(call->s, cmd - commands) ?: cmd->run(call);
}

long bpf_syscall(struct bpf_session *s, int cmd, u64 uattr, u32 size)
{
	union bpf_attr attr;
	struct bpf_call call = { .s = s, .attr = &attr, .uattr = uattr };
	int err;

	if (size > PAGE_SIZE)
		return bpf_refuse(-E2BIG, "attributes of %u bytes", size);
	err = bpf_check_tail_zero(s, uattr, sizeof(attr), size);
	if (err)
		return err;
	call.size = min_t(u32, size, sizeof(attr));
	memset(&attr, 0, sizeof(attr));
	err = copy_from_user(s, &attr, uattr, call.size);
	if (err)
		return err;
	if (cmd < 0 || cmd >= __MAX_BPF_CMD)
		return bpf_refuse(-EINVAL, "command %d is not known", cmd);
	if (!commands[cmd].run)
		return bpf_refuse(-EINVAL, "%s is not supported", commands[cmd].name);
	return run_command(&call, &commands[cmd]);
}
