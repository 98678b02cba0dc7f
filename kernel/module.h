/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loadable modules: what one is written with, and how the kernel loads it. A module is one relocatable ELF
 * file, made by "make module M=FOLDER" for exactly one build of the kernel, whose build ID it carries.
 *
 *   static int limit = 3;
 *   module_param(limit, int);                 module load hello.ko limit=5
 *   static int hello_init(void) { ... }       0, or -errno: then it is not loaded
 *   module_init(hello_init);
 *   static void hello_exit(void) { ... }      nothing of the module runs when this returns
 *   module_exit(hello_exit);
 *
 * The macros have Linux's names and meanings, without their variants.
 */
#pragma once

#include "kernel/build_id.h"
#include "kernel/lib/module.h"
#include "kernel/lib/types.h"

/* ---- for a module's source ---- */

/* What a module is called with, and what it leaves. A module without the second is never unloaded. */
int init_module(void);
void cleanup_module(void);
#define module_init(fn) int init_module(void) __attribute__((alias(#fn)))
#define module_exit(fn) void cleanup_module(void) __attribute__((alias(#fn)))

/* This module: the loader makes it. */
extern struct module __this_module;
#define THIS_MODULE (&__this_module)

/* Lets modules use @sym. The kernel's own are in kernel/exports.c; a module's, anywhere in it. */
struct kernel_symbol {
	const char *name;
	void *addr;
};
#define EXPORT_SYMBOL(sym)                                                              \
	static const struct kernel_symbol __used __section("__ksymtab") __aligned_to(8) \
		__ksymtab_##sym = { #sym, (void *)&sym }

/* A variable that the load command may set: int, uint, long, ulong, bool (0 or 1). */
enum module_param_type { PARAM_int, PARAM_uint, PARAM_long, PARAM_ulong, PARAM_bool, PARAM_string };
struct module_param {
	const char *name;
	void *value;
	u32 type; /* enum module_param_type */
	u32 size; /* of *@value in bytes */
};
#define __module_param(var, kind, size)                                              \
	static const struct module_param __used __section("__param") __aligned_to(8) \
		__param_##var = { #var, (void *)&(var), kind, size }
#define module_param(var, type)	 __module_param(var, PARAM_##type, sizeof(var))
/* An array of char; the text must fit with its NUL. */
#define module_param_string(var) __module_param(var, PARAM_string, sizeof(var))

/* ---- for the kernel ---- */

/* What the build adds to the file, in section .trellis.module. */
#define MODULE_MAGIC "TRLSMOD1"
struct module_header {
	char magic[8];
	u8 build_id[BUILD_ID_SIZE]; /* of the kernel that it is made for */
	char name[MODULE_NAME_LEN];
};

#define MODULE_FILE_MAX (16UL << 20)
#define MODULE_WHY_LEN	256

/*
 * Loads the file at @data (read in place, not kept) with "name=value …" in @params, and calls its init.
 * 0 or -errno with a sentence in @why (MODULE_WHY_LEN bytes) and nothing left: -ENOEXEC malformed, or made
 * for another kernel; -ENOENT a symbol is missing; -EEXIST loaded already; -ERANGE a relocation or a
 * parameter does not fit; -EINVAL parameters; -E2BIG; -ENOMEM; what its init returned. Sleeps.
 */
int module_load(const void *data, u64 size, const char *params, char *why);
/* As module_load() up to the call of init, and back: is the file one that would be loaded? */
int module_check(const void *data, u64 size, const char *params, char *why);
/* -ENOENT; -EBUSY in use, or without exit; with a sentence in @why. Sleeps for a grace period. */
int module_unload(const char *name, char *why);
/* What a loaded module exports, or NULL. Tests; nothing keeps the module. */
void *module_symbol(const char *name);

/* One loaded module, as "module list" shows it. */
struct module_info {
	char name[MODULE_NAME_LEN];
	u32 text, ro, rw; /* bytes */
	u32 btf_id, types;
	u32 users;
	char uses[96]; /* modules whose symbols it has, separated by commas */
};
/* The @i-th in order of loading; false past the last. */
bool module_info_at(u32 i, struct module_info *info);
