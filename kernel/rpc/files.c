// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of the kernel that loaders on the host read: BTF, fdinfo, symbols, configuration and the
 * tree of pins. A path says which; see docs/wire.md, "Files".
 */
#include "bpf/files.h"
#include "bpf/btf_module.h"
#include "bpf/iter.h"
#include "kernel/arch.h"
#include "kernel/kallsyms.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/memory.h"
#include "kernel/rpc/connection.h"

#define PATH_MAX_LEN	 2048 /* two paths of a rename */
#define NAME_SIZE	 256
#define RENAME_NOREPLACE 1 /* <linux/fs.h> */
#define BPFFS		 "/sys/fs/bpf"
#define SYSFS_BTF	 "/sys/kernel/btf"
#define MODE_FILE	 0100444
#define MODE_DIR	 0040555
#define TRACING		 "/sys/kernel/tracing"
#define TRACE_PIPE	 TRACING "/trace_pipe"

/* One request under way. */
struct file_call {
	struct wire_session *s;
	const struct wire_request *request;
	struct wire_file file;
	char path[PATH_MAX_LEN + 1]; /* NUL-terminated twice */
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
	if (!strcmp(path, "/proc/config.gz"))
		show_config(seq);
	else if (!strcmp(path, TRACING "/trace"))
		wire_trace_show(seq);
	else
		return -ENOENT;
	return 0;
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

/* The BTF that a path names, the kernel's or a module's, with a reference; NULL: none. */
static struct btf *btf_at(const char *path)
{
	size_t n = strlen(SYSFS_BTF);

	if (strncmp(path, SYSFS_BTF "/", n + 1))
		return NULL;
	return btf_get_by_module_name(path + n + 1);
}

/* A new walk of a pinned iterator. */
static void file_iter(struct file_call *c)
{
	const char *pin = pin_path(c->path);
	struct wire_handle reply = { 0 };
	struct bpf_file *file = NULL;
	int err = pin ? bpf_iter_open_pin(pin, &file) : -EIO;

	if (!err)
		reply.handle = wire_handle_create(c->s->conn, file);
	if (!err && !reply.handle) {
		bpf_file_put(file);
		err = -ENOMEM;
	}
	wire_reply(c->s, c->request, err, &reply, err ? 0 : sizeof(reply));
}

/* A walk goes on where it is: there is no offset. */
static void file_read_iter(struct file_call *c)
{
	struct bpf_file *file = wire_handle_get(c->s->conn, c->file.handle);
	u32 max = min_t(u32, c->file.max, WIRE_MAX_PAYLOAD);
	char *text = kmalloc(max ?: 1);
	long n = -EBADF;

	if (!text)
		n = -ENOMEM;
	else if (file && file->obj->kind == BPF_OBJ_ITER)
		n = bpf_iter_read(file->obj, text, max);
	if (file)
		bpf_file_put(file);
	wire_reply(c->s, c->request, n, text, n > 0 ? n : 0);
	kfree(text);
}

static void file_read(struct file_call *c)
{
	struct btf *btf = btf_at(c->path);
	struct bpf_seq seq = { 0 };

	if (c->file.handle) {
		file_read_iter(c);
		return;
	}
	if (!strcmp(c->path, TRACE_PIPE)) {
		wire_trace_read(c->s, c->request, c->file.max, false);
		return;
	}
	if (btf) {
		reply_part_of(c, btf->data, btf->data_size);
		btf_put(btf);
		return;
	}
	reply_seq(c, &seq, show(c->path, &seq));
}

static void file_stream(struct file_call *c)
{
	if (strcmp(c->path, TRACE_PIPE))
		reply_error(c, -EINVAL);
	else
		wire_trace_read(c->s, c->request, c->file.max, true);
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
	struct btf *btf = btf_at(path);
	struct bpf_seq seq = { 0 };
	int err = 0;

	st->mode = MODE_FILE;
	st->nlink = 1;
	if (!strcmp(path, TRACING) || !strcmp(path, SYSFS_BTF))
		st->mode = MODE_DIR;
	if (st->mode == MODE_DIR || !strcmp(path, TRACE_PIPE))
		return 0;
	if (btf) {
		st->size = btf->data_size;
		btf_put(btf);
		return 0;
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

/* The @index-th name in the directory; 0, -ENOENT past the last, -ENOTDIR. */
static int entry_name(const char *path, u64 index, char *name, size_t size)
{
	static const char *const tracing[] = { "trace", "trace_pipe" };
	const char *pin = pin_path(path);

	if (pin)
		return bpf_fs_readdir(pin, index, name, size);
	if (!strcmp(path, SYSFS_BTF))
		return btf_module_name_at(index, name, size);
	if (strcmp(path, TRACING))
		return -ENOTDIR;
	if (index >= ARRAY_SIZE(tracing))
		return -ENOENT;
	strscpy(name, tracing[index], size);
	return 0;
}

static bool is_there(const char *path)
{
	const char *pin = pin_path(path);
	struct bpf_fs_stat st;

	return !pin || !bpf_fs_stat(pin, &st);
}

/* As many names as fit, from the offset-th on. 0 or -errno. */
static int list_names(struct file_call *c, char *names, u32 size, u32 *len)
{
	u64 i = c->file.offset;
	int err = is_there(c->path) ? 0 : -ENOENT;

	while (!err && *len + NAME_SIZE <= size) {
		err = entry_name(c->path, i++, names + *len, NAME_SIZE);
		if (err)
			return err == -ENOENT ? 0 : err;
		*len += strlen(names + *len) + 1;
	}
	return err;
}

static void file_readdir(struct file_call *c)
{
	char *names = kmalloc(WIRE_MAX_PAYLOAD);
	u32 len = 0;
	int err;

	err = names ? list_names(c, names, min_t(u32, c->file.max, WIRE_MAX_PAYLOAD), &len)
		    : -ENOMEM;
	wire_reply(c->s, c->request, err ? err : (int)len, names, err ? 0 : len);
	kfree(names);
}

/* Two paths: the second behind the first one's NUL. */
static int change_name(struct file_call *c, const char *from)
{
	const char *to = pin_path(c->path + strlen(c->path) + 1);

	if (c->file.mode & ~RENAME_NOREPLACE)
		return -EINVAL;
	return to ? bpf_fs_rename(from, to, !(c->file.mode & RENAME_NOREPLACE)) : -EXDEV;
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
	else if (c->file.op == WIRE_FILE_RENAME)
		reply_error(c, change_name(c, pin));
	else if (c->file.op == WIRE_FILE_CHMOD)
		reply_error(c, bpf_fs_chmod(pin, c->file.mode));
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
	case WIRE_FILE_ITER:
		file_iter(c);
		break;
	case WIRE_FILE_STREAM:
		file_stream(c);
		break;
	case WIRE_FILE_MKDIR:
	case WIRE_FILE_RMDIR:
	case WIRE_FILE_RENAME:
	case WIRE_FILE_CHMOD:
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

	if (!c || request->h.length < sizeof(c->file) || n >= PATH_MAX_LEN) {
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
