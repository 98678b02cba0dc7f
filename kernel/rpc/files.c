// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of the kernel that loaders on the host read: BTF, fdinfo, symbols, configuration and the
 * tree of pins. A path says which; see docs/wire.md, "Files".
 */
#include "bpf/files.h"
#include "bpf/btf.h"
#include "kernel/arch.h"
#include "kernel/kallsyms.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/memory.h"
#include "kernel/rpc/connection.h"

#define PATH_MAX_LEN 1024
#define BPFFS	     "/sys/fs/bpf"
#define MODE_FILE    0100444

/* One request under way. */
struct file_call {
	struct wire_session *s;
	const struct wire_request *request;
	struct wire_file file;
	char path[PATH_MAX_LEN];
};

/* The path within the tree of pins, or NULL. */
static const char *pin_path(const char *path)
{
	size_t n = strlen(BPFFS);

	if (strncmp(path, BPFFS, n))
		return NULL;
	if (!path[n])
		return "/";
	return path[n] == '/' ? path + n : NULL;
}

static int show_symbol(void *arg, u64 addr, char type, const char *name)
{
	bpf_seq_printf(arg, "%016llx %c %s\n", addr, type, name);
	return 0;
}

/* What programs ask of a kernel's configuration: CO-RE's kconfig externs, bpftool feature. */
static void show_config(struct bpf_seq *seq)
{
	bpf_seq_printf(seq, "CONFIG_HZ=%d\n", HZ);
	bpf_seq_puts(seq, "CONFIG_64BIT=y\nCONFIG_X86_64=y\n"
			  "CONFIG_BPF=y\nCONFIG_BPF_SYSCALL=y\n"
			  "CONFIG_DEBUG_INFO_BTF=y\nCONFIG_INET=y\n"
			  "CONFIG_TCP_CONG_ADVANCED=y\nCONFIG_TCP_CONG_CUBIC=y\n"
			  "CONFIG_DEFAULT_TCP_CONG=\"cubic\"\n");
}

/* Files that are made when read. 0 or -ENOENT. */
static int show(const char *path, struct bpf_seq *seq)
{
	const char *pin = pin_path(path);

	if (pin)
		return bpf_fs_show(pin, seq);
	if (!strcmp(path, "/proc/kallsyms"))
		return kallsyms_for_each(show_symbol, seq);
	if (!strcmp(path, "/proc/config.gz")) {
		show_config(seq);
		return 0;
	}
	return -ENOENT;
}

static void reply_part_of(struct file_call *c, const void *data, u64 size)
{
	u64 off = min_t(u64, c->file.offset, size);
	u32 n = min_t(u64, size - off, min_t(u32, c->file.max, WIRE_MAX_PAYLOAD));

	wire_reply(c->s, c->request, n, data + off, n);
}

static void reply_error(struct file_call *c, int err)
{
	wire_reply(c->s, c->request, err, NULL, 0);
}

static void reply_seq(struct file_call *c, struct bpf_seq *seq, int err)
{
	if (!err)
		err = seq->err;
	if (err)
		reply_error(c, err);
	else
		reply_part_of(c, seq->text, seq->len);
	bpf_seq_free(seq);
}

static void file_read(struct file_call *c)
{
	struct bpf_seq seq = { 0 };

	if (!strcmp(c->path, "/sys/kernel/btf/vmlinux")) {
		if (btf_vmlinux)
			reply_part_of(c, btf_vmlinux->data, btf_vmlinux->data_size);
		else
			reply_error(c, -ENOENT);
		return;
	}
	reply_seq(c, &seq, show(c->path, &seq));
}

static void file_fdinfo(struct file_call *c)
{
	struct bpf_file *file = wire_handle_get(c->s->conn, c->file.handle);
	struct bpf_seq seq = { 0 };

	if (!file) {
		reply_error(c, -EBADF);
		return;
	}
	bpf_file_show_fdinfo(file, &seq);
	bpf_file_put(file);
	reply_seq(c, &seq, 0);
}

static int stat_made(const char *path, struct wire_stat *st)
{
	struct bpf_seq seq = { 0 };
	int err = 0;

	st->mode = MODE_FILE;
	st->nlink = 1;
	if (!strcmp(path, "/sys/kernel/btf/vmlinux")) {
		st->size = btf_vmlinux ? btf_vmlinux->data_size : 0;
		return btf_vmlinux ? 0 : -ENOENT;
	}
	err = show(path, &seq);
	bpf_seq_free(&seq);
	return err;
}

static void file_stat(struct file_call *c)
{
	const char *pin = pin_path(c->path);
	struct bpf_fs_stat fs = { 0 };
	struct wire_stat st = { 0 };
	int err;

	if (pin) {
		err = bpf_fs_stat(pin, &fs);
		st.inode = fs.inode;
		st.mode = fs.mode;
		st.nlink = fs.nlink;
	} else {
		err = stat_made(c->path, &st);
	}
	wire_reply(c->s, c->request, err, &st, err ? 0 : sizeof(st));
}

/* As many names as fit, from the offset-th on. */
static int list_names(struct file_call *c, const char *pin, char *names, u32 size, u32 *len)
{
	u64 i = c->file.offset;
	int err = 0;

	for (*len = 0; *len + 256 <= size; *len += strlen(names + *len) + 1) {
		err = bpf_fs_readdir(pin, i++, names + *len, 256);
		if (err)
			break;
	}
	return err == -ENOENT && (*len || c->file.offset) ? 0 : err;
}

static void file_readdir(struct file_call *c)
{
	const char *pin = pin_path(c->path);
	struct bpf_fs_stat st;
	char *names;
	u32 len = 0;
	int err;

	err = pin ? bpf_fs_stat(pin, &st) : -ENOTDIR;
	names = err ? NULL : kmalloc(WIRE_MAX_PAYLOAD);
	if (!err && !names)
		err = -ENOMEM;
	if (!err)
		err = list_names(c, pin, names, WIRE_MAX_PAYLOAD, &len);
	if (err == -ENOENT && names) /* the directory is there, and empty */
		err = 0;
	wire_reply(c->s, c->request, err ? err : (int)len, names, err ? 0 : len);
	kfree(names);
}

static void file_change(struct file_call *c)
{
	const char *pin = pin_path(c->path);

	if (!pin)
		reply_error(c, -EROFS);
	else if (c->file.op == WIRE_FILE_MKDIR)
		reply_error(c, bpf_fs_mkdir(pin, c->file.mode));
	else if (c->file.op == WIRE_FILE_RMDIR)
		reply_error(c, bpf_fs_rmdir(pin));
	else
		reply_error(c, bpf_fs_unlink(pin));
}

static void dispatch(struct file_call *c)
{
	switch (c->file.op) {
	case WIRE_FILE_READ:
		file_read(c);
		break;
	case WIRE_FILE_FDINFO:
		file_fdinfo(c);
		break;
	case WIRE_FILE_STAT:
		file_stat(c);
		break;
	case WIRE_FILE_READDIR:
		file_readdir(c);
		break;
	case WIRE_FILE_MKDIR:
	case WIRE_FILE_RMDIR:
	case WIRE_FILE_UNLINK:
		file_change(c);
		break;
	default:
		reply_error(c, -EOPNOTSUPP);
	}
}

void wire_handle_file(struct wire_session *s, const struct wire_request *request)
{
	struct file_call *c = kzalloc(sizeof(*c));
	u32 n = request->h.length - sizeof(c->file);

	if (!c || request->h.length < sizeof(c->file) || n >= sizeof(c->path)) {
		wire_reply(s, request, c ? -ENAMETOOLONG : -ENOMEM, NULL, 0);
		kfree(c);
		return;
	}
	c->s = s;
	c->request = request;
	memcpy(&c->file, request->payload, sizeof(c->file));
	memcpy(c->path, request->payload + sizeof(c->file), n);
	dispatch(c);
	kfree(c);
}
