/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The BTF of loadable modules: split, its IDs going on where the kernel's end; an object with an ID of its own
 * for as long as the module is loaded, or a descriptor of it is open (R30). What is found in such a BTF, a
 * struct_ops type say, is the module's: who uses it holds the module, by btf_try_get_module().
 */
#pragma once

#include "bpf/btf.h"
#include "kernel/lib/module.h"

/* Checks and copies @size bytes at @data. No ID yet. Errors as btf_parse()'s; -ENOTSUPP without kernel BTF. */
int btf_parse_module(const void *data, u32 size, const char *name, struct bpf_verifier_log *log,
		     struct btf **btf);
/* @mod has been initialised: its BTF gets an ID, and its types may be used. */
void btf_module_live(struct btf *btf, struct module *mod);
/* Its count has come to 0. Drops the loader's reference to the BTF. */
void btf_module_gone(struct btf *btf);

/* A reference to the module that @btf is of; *@mod is NULL for the kernel's. False: it is unloaded. */
bool btf_try_get_module(struct btf *btf, struct module **mod);
/* The kernel's or a module's BTF by its name, with a reference; or NULL. */
struct btf *btf_get_by_module_name(const char *name);
/* The name of the @index-th of these, in order of ID. 0 or -ENOENT. */
int btf_module_name_at(u64 index, char *name, size_t size);
