/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pins: names in a small tree in memory that keep programs, maps and links alive, as Linux's bpf file
 * system does. Paths count from the tree's root, which bpf(2) calls /sys/fs/bpf; the rest of the tree's
 * operations is in bpf/files.h. All may sleep.
 */
#pragma once

#include "bpf/object.h"

#define BPF_PIN_ROOT	 "/sys/fs/bpf"
#define BPF_PIN_PATH_MAX 4096

/* @path without BPF_PIN_ROOT in front ("/" for the root itself), or NULL if it is not in the tree. */
const char *bpf_pin_path(const char *path);

/*
 * Gives @obj a name, with a user reference of its own. -EEXIST, -ENOENT (a directory is missing), -ENOTDIR,
 * -ENAMETOOLONG, -EPERM (a '.' in a name), -ENOMEM.
 */
int bpf_pin_add(const char *path, struct bpf_object *obj);
/* What is pinned at @path, with a reference in *@obj. -ENOENT, -ENOTDIR, -EACCES if it is a directory. */
int bpf_pin_lookup(const char *path, struct bpf_object **obj);
