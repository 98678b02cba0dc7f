// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loadable modules: which are loaded, and how one comes and goes.
 *
 *   file ── parse ── link ── types ── parameters ── init ──> in the list, its BTF has an ID
 *   in the list ── count 1 -> 0 ── exit ── grace period ──> memory is free
 *
 * Users (maps, programs, sockets, other modules) hold a module by its count; with a user it is not unloaded.
 */
#include "kernel/module.h"
#include "bpf/btf_module.h"
#include "bpf/log.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/module_elf.h"
#include "kernel/sync.h"

extern const struct kernel_symbol __start___ksymtab[], __stop___ksymtab[];

/* In order of loading. */
static LIST_HEAD(modules);
/* Guards the list, and serialises loading and unloading. */
static struct mutex module_mutex = MUTEX_INIT;

static struct loaded_module *find_module(const char *name)
{
	struct loaded_module *l;

	list_for_each_entry (l, &modules, node)
		if (!strcmp(l->mod->name, name))
			return l;
	return NULL;
}

const struct kernel_symbol *module_find_export(const char *name, struct module **owner)
{
	u64 n = ((uintptr_t)__stop___ksymtab - (uintptr_t)__start___ksymtab) /
		sizeof(struct kernel_symbol);
	struct loaded_module *l;

	*owner = NULL;
	for (u64 i = 0; i < n; i++)
		if (!strcmp(__start___ksymtab[i].name, name))
			return &__start___ksymtab[i];
	list_for_each_entry (l, &modules, node)
		for (u32 i = 0; i < l->nr_exports; i++)
			if (!strcmp(l->exports[i].name, name)) {
				*owner = l->mod;
				return &l->exports[i];
			}
	return NULL;
}

void *module_symbol(const char *name)
{
	const struct kernel_symbol *s;
	struct module *owner;

	mutex_lock(&module_mutex);
	s = module_find_export(name, &owner);
	mutex_unlock(&module_mutex);
	return s && owner ? s->addr : NULL;
}

static int parse_btf(struct module_file *m)
{
	struct module *mod = m->into->mod;
	struct bpf_verifier_log *log;
	int err;

	if (!m->btf)
		return 0;
	log = kzalloc(sizeof(*log));
	if (!log)
		return module_refuse(m, -ENOMEM, "no memory");
	err = btf_parse_module(m->btf, m->btf_size, mod->name, log, &mod->btf);
	if (err)
		module_refuse(m, err, "its BTF is refused: %s",
			      err == -ENOMEM ? "no memory" : log->last_error);
	kfree(log);
	return err;
}

/* All but init. On success m->into is the caller's to unlink, and its mod->btf to put. */
static int prepare(struct module_file *m, const char *params)
{
	int err = module_parse(m);

	if (!err && find_module(m->header->name))
		err = module_refuse(m, -EEXIST, "it is loaded already");
	err = err ?: module_link(m);
	if (err)
		return err;
	err = parse_btf(m) ?: module_set_params(m, params);
	if (err) {
		btf_put(m->into->mod->btf);
		module_unlink(m->into);
	}
	return err;
}

static int call_init(struct module_file *m)
{
	struct loaded_module *l = m->into;
	int err = l->init();

	if (!err) {
		list_add_tail(&l->node, &modules);
		if (l->mod->btf)
			btf_module_live(l->mod->btf, l->mod);
		pr_debug("module %s: loaded at %p", l->mod->name, l->area.base);
		return 0;
	}
	err = module_refuse(m, err < 0 ? err : -EINVAL, "its init returned %d", err);
	synchronize_rcu();
	rcu_barrier();
	if (!refcount_dec_if_one(&l->mod->refcnt)) {
		pr_err("module %s: its init failed, but it is in use: its memory is lost",
		       l->mod->name);
		return err;
	}
	btf_put(l->mod->btf);
	module_unlink(l);
	return err;
}

static int load(const void *data, u64 size, const char *params, char *why, bool run)
{
	struct module_file m = { .data = data, .size = size, .why = why };
	int err;

	*why = '\0';
	mutex_lock(&module_mutex);
	err = prepare(&m, params);
	if (!err && run) {
		err = call_init(&m);
	} else if (!err) {
		btf_put(m.into->mod->btf);
		module_unlink(m.into);
	}
	mutex_unlock(&module_mutex);
	if (err)
		pr_debug("module %s: %s", m.header ? m.header->name : "file", why);
	return err;
}

int module_load(const void *data, u64 size, const char *params, char *why)
{
	return load(data, size, params, why, true);
}

int module_check(const void *data, u64 size, const char *params, char *why)
{
	return load(data, size, params, why, false);
}

static void unload(struct loaded_module *l)
{
	struct btf *btf = l->mod->btf;

	list_del(&l->node);
	l->exit();
	if (btf)
		btf_module_gone(btf);
	/* Calls under way return; what was to be freed by the module's own functions is freed. */
	synchronize_rcu();
	rcu_barrier();
	pr_debug("module %s: unloaded", l->mod->name);
	module_unlink(l);
}

static int refuse_in_use(struct module_file *m, const struct loaded_module *l)
{
	u32 users = refcount_read(&l->mod->refcnt) - 1;

	return module_refuse(m, -EBUSY, "%s is in use, %u time%s", l->mod->name, users,
			     PLURAL(users));
}

int module_unload(const char *name, char *why)
{
	struct module_file m = { .why = why };
	struct loaded_module *l;
	int err = 0;

	*why = '\0';
	mutex_lock(&module_mutex);
	l = find_module(name);
	if (!l)
		err = module_refuse(&m, -ENOENT, "no module %s is loaded", name);
	else if (!l->exit)
		err = module_refuse(&m, -EBUSY, "%s has no module_exit() function: it stays", name);
	else if (!refcount_dec_if_one(&l->mod->refcnt))
		err = refuse_in_use(&m, l);
	else
		unload(l);
	mutex_unlock(&module_mutex);
	if (err)
		pr_debug("module: %s", why);
	return err;
}

static void fill_info(const struct loaded_module *l, struct module_info *info)
{
	const struct btf *btf = l->mod->btf;
	size_t n = 0;

	memset(info, 0, sizeof(*info));
	strscpy(info->name, l->mod->name, sizeof(info->name));
	info->text = l->part_size[MODULE_TEXT];
	info->ro = l->part_size[MODULE_RO];
	info->rw = l->part_size[MODULE_RW];
	info->btf_id = btf ? btf->obj.id : 0;
	info->types = btf ? btf->nr_types : 0;
	info->users = refcount_read(&l->mod->refcnt) - 1;
	for (u32 i = 0; i < l->nr_uses; i++)
		n += scnprintf(info->uses + n, sizeof(info->uses) - n, "%s%s", i ? "," : "",
			       l->uses[i]->name);
}

bool module_info_at(u32 i, struct module_info *info)
{
	struct loaded_module *l;
	bool found = false;

	mutex_lock(&module_mutex);
	list_for_each_entry (l, &modules, node) {
		if (i--)
			continue;
		fill_info(l, info);
		found = true;
		break;
	}
	mutex_unlock(&module_mutex);
	return found;
}
