// SPDX-License-Identifier: GPL-2.0-only
/* BTF of loadable modules: which module a BTF is of, while it is loaded. Relies on object references. */
#include "bpf/btf_module.h"
#include "bpf/os.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

/* Guards every btf->module; taken before the module's count is looked at. */
static struct spinlock module_lock = SPINLOCK_INIT;

int btf_parse_module(const void *data, u32 size, const char *name, struct bpf_verifier_log *log,
		     struct btf **btf)
{
	int err = btf_vmlinux ? btf_parse(data, size, btf_vmlinux, log, btf) : -ENOTSUPP;

	if (err)
		return err;
	(*btf)->kernel_btf = true;
	strscpy((*btf)->name, name, sizeof((*btf)->name));
	return 0;
}

void btf_module_live(struct btf *btf, struct module *mod)
{
	spin_lock(&module_lock);
	btf->module = mod;
	spin_unlock(&module_lock);
	bpf_object_publish(&btf->obj);
}

void btf_module_gone(struct btf *btf)
{
	spin_lock(&module_lock);
	btf->module = NULL;
	spin_unlock(&module_lock);
	btf_put(btf);
}

bool btf_try_get_module(struct btf *btf, struct module **mod)
{
	bool ok;

	*mod = NULL;
	if (!btf->base)
		return true;
	spin_lock(&module_lock);
	ok = btf->module && try_module_get(btf->module);
	if (ok)
		*mod = btf->module;
	spin_unlock(&module_lock);
	return ok;
}

/* The next of the kernel's and the modules' BTFs after *@id, with a reference; NULL: that was all. */
static struct btf *next_kernel_btf(u32 *id)
{
	while ((*id = bpf_object_next_id(BPF_OBJ_BTF, *id))) {
		struct bpf_object *obj = bpf_object_find(BPF_OBJ_BTF, *id);

		if (obj && obj_to_btf(obj)->kernel_btf)
			return obj_to_btf(obj);
		if (obj)
			bpf_object_put(obj);
	}
	return NULL;
}

struct btf *btf_get_by_module_name(const char *name)
{
	struct btf *btf;

	for (u32 id = 0; (btf = next_kernel_btf(&id));) {
		if (!strcmp(btf->name, name))
			return btf;
		btf_put(btf);
	}
	return NULL;
}

int btf_module_name_at(u64 index, char *name, size_t size)
{
	struct btf *btf;

	for (u32 id = 0; (btf = next_kernel_btf(&id));) {
		bool found = !index--;

		if (found)
			strscpy(name, btf->name, size);
		btf_put(btf);
		if (found)
			return 0;
	}
	return -ENOENT;
}
