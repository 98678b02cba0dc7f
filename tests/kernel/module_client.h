/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tests' modules, from the boot archive, and bpf(2) on what they bring: as tests/kernel/bpf_client.h, but the
 * struct is looked for in the BTF of module kt_mod, as libbpf does it.
 */
#pragma once

#include "kernel/cpio.h"
#include "kernel/module.h"
#include "tests/kernel/bpf_client.h"
#include "tests/kernel/ktest.h"

struct module_client {
	struct bpf_client c;
	int btf_fd; /* kt_mod's */
	u32 btf_id;
	struct btf *btf; /* the object; held by btf_fd */
	char why[MODULE_WHY_LEN];
};

/* The file NAME.ko; false, and the case is skipped, if there is no archive with it. */
bool module_test_file(struct ktest *t, const char *name, struct cpio_file *file);

/* Loads kt_mod and opens a session with its BTF. False: skipped or failed. */
bool module_client_open(struct ktest *t, struct module_client *m);
/* Closes it and unloads kt_mod; claims that all is gone. */
void module_client_close(struct ktest *t, struct module_client *m);

/* A descriptor of the BTF with this name, and its ID; -ENOENT. */
int module_client_btf(struct bpf_client *c, const char *name, u32 *id);
/* ID of a struct, and index of one of its members, by name in @m->btf. */
u32 module_client_struct(struct module_client *m, const char *name);
int module_client_member(struct module_client *m, const char *struct_name, const char *member);
int module_client_load(struct module_client *m, const char *struct_name, const char *member,
		       const struct bpf_insn *insns, u32 n);
int module_client_create(struct module_client *m, const char *struct_name, u32 map_flags);
/* Does the kernel's log have a line with this text, among its last? */
bool module_client_logged(const char *text);
