/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * BPF objects as files: fdinfo of descriptors, and the tree of pins (Linux's bpffs). Paths are
 * absolute within the tree: "/sys/fs/bpf/a/b" is "/a/b" here, the root "/". All may sleep.
 */
#pragma once

#include "bpf/object.h"
#include "bpf/seq.h"
#include "kernel/lib/types.h"

/* The text of /proc/PID/fdinfo/N from "prog_type:", "map_type:", "link_type:" or "btf_id:" on. */
void bpf_file_show_fdinfo(const struct bpf_file *file, struct bpf_seq *seq);

struct bpf_fs_stat {
	u64 inode;
	u32 mode; /* S_IFDIR or S_IFREG, and permissions */
	u32 nlink;
};

/* 0, -ENOENT, -ENOTDIR. */
int bpf_fs_stat(const char *path, struct bpf_fs_stat *st);
/* The @index-th entry's name into @name. 0; -ENOENT past the last (or no such directory); -ENOTDIR. */
int bpf_fs_readdir(const char *path, u64 index, char *name, size_t size);
/* 0, -EEXIST, -ENOENT (no parent), -ENOTDIR, -EPERM (a name with '.'), -ENOMEM. */
int bpf_fs_mkdir(const char *path, u32 mode);
/* 0, -ENOENT, -ENOTDIR, -ENOTEMPTY. */
int bpf_fs_rmdir(const char *path);
/* Drops a pin. 0, -ENOENT, -EISDIR. */
int bpf_fs_unlink(const char *path);
/*
 * Moves a pin or directory; what @to named before is dropped if @replace. 0; -ENOENT, -ENOTDIR, -EPERM (a name with
 * '.'), -EEXIST (and not @replace), -EISDIR, -ENOTEMPTY, -EBUSY (the root), -EINVAL (into itself), -ENOMEM.
 */
int bpf_fs_rename(const char *from, const char *to, bool replace);
/* Permissions; they are kept and shown, and bind nobody. 0, -ENOENT. */
int bpf_fs_chmod(const char *path, u32 mode);
/* What reading a pinned map shows. 0, -ENOENT, -EIO for what shows nothing. */
int bpf_fs_show(const char *path, struct bpf_seq *seq);
