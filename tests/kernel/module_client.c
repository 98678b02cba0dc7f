// SPDX-License-Identifier: GPL-2.0-only
/* The tests' modules, and bpf(2) on their types: finds everything as libbpf does, by IDs and names. */
#include "tests/kernel/module_client.h"

#include "bpf/btf.h"
#include "kernel/initrd.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/log.h"
#include "kernel/sync.h"

#define PTR(p) ((u64)(uintptr_t)(p))

bool module_test_file(struct ktest *t, const char *name, struct cpio_file *file)
{
	char full[32];

	scnprintf(full, sizeof(full), "%s.ko", name);
	if (!initrd_find(full, file))
		return true;
	ktest_skip(t, "no boot archive with the tests' modules");
	return false;
}

int module_client_btf(struct bpf_client *c, const char *name, u32 *id)
{
	char found[64];

	for (*id = 0;;) {
		union bpf_attr next = { .start_id = *id }, get = { 0 };
		struct bpf_btf_info info = { .name = PTR(found), .name_len = sizeof(found) };
		int fd;

		if (bpf_client_call(c, BPF_BTF_GET_NEXT_ID, &next))
			return -ENOENT;
		*id = get.btf_id = next.next_id;
		fd = bpf_client_call(c, BPF_BTF_GET_FD_BY_ID, &get);
		if (fd < 0)
			return fd;
		if (!bpf_client_info(c, fd, &info, sizeof(info)) && info.kernel_btf &&
		    !strcmp(found, name))
			return fd;
		bpf_client_close_fd(c, fd);
	}
}

bool module_client_open(struct ktest *t, struct module_client *m)
{
	struct cpio_file file;

	memset(m, 0, sizeof(*m));
	m->btf_fd = -1;
	if (!module_test_file(t, "kt_mod", &file))
		return false;
	if (!EXPECT_EQ(t, module_load(file.data, file.size, "", m->why), 0)) {
		ktest_fail(t, __FILE__, __LINE__, "%s", m->why);
		return false;
	}
	if (!EXPECT_TRUE(t, bpf_client_open(&m->c)))
		return false;
	/* What is there now is the base line, the module's BTF included. */
	m->btf_fd = module_client_btf(&m->c, "kt_mod", &m->btf_id);
	if (!EXPECT_TRUE(t, m->btf_fd >= 0))
		return false;
	btf_get_by_fd(m->c.s, m->btf_fd, &m->btf);
	btf_put(m->btf);
	return true;
}

void module_client_close(struct ktest *t, struct module_client *m)
{
	u32 id;

	EXPECT_TRUE(t, bpf_client_close(&m->c));
	EXPECT_EQ(t, module_unload("kt_mod", m->why), 0);
	EXPECT_STREQ(t, m->why, "");
	for (int i = 0; i < 4; i++)
		rcu_barrier();
	if (!EXPECT_TRUE(t, bpf_client_open(&m->c)))
		return;
	EXPECT_EQ(t, module_client_btf(&m->c, "kt_mod", &id), -ENOENT);
	EXPECT_TRUE(t, bpf_client_close(&m->c));
}

u32 module_client_struct(struct module_client *m, const char *name)
{
	s32 id = btf_find_by_name_kind(m->btf, name, BTF_KIND_STRUCT);

	return id > 0 ? id : 0;
}

int module_client_member(struct module_client *m, const char *struct_name, const char *member)
{
	const struct btf_type *t = btf_type_by_id(m->btf, module_client_struct(m, struct_name));

	for (u32 i = 0; t && i < btf_vlen(t); i++)
		if (!strcmp(btf_name_by_offset(m->btf, btf_members(t)[i].name_off), member))
			return i;
	return -1;
}

int module_client_load(struct module_client *m, const char *struct_name, const char *member,
		       const struct bpf_insn *insns, u32 n)
{
	union bpf_attr attr = bpf_client_prog(&m->c, BPF_PROG_TYPE_STRUCT_OPS, insns, n);

	attr.attach_btf_obj_fd = m->btf_fd;
	attr.attach_btf_id = module_client_struct(m, struct_name);
	attr.expected_attach_type = module_client_member(m, struct_name, member);
	return bpf_client_call(&m->c, BPF_PROG_LOAD, &attr);
}

int module_client_create(struct module_client *m, const char *struct_name, u32 map_flags)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_STRUCT_OPS };
	char value_name[96];
	u32 id;

	scnprintf(value_name, sizeof(value_name), "bpf_struct_ops_%s", struct_name);
	id = module_client_struct(m, value_name);
	attr.key_size = 4;
	attr.value_size = id ? btf_type_by_id(m->btf, id)->size : 0;
	attr.max_entries = 1;
	attr.map_flags = map_flags | BPF_F_VTYPE_BTF_OBJ_FD;
	attr.btf_vmlinux_value_type_id = id;
	attr.value_type_btf_obj_fd = m->btf_fd;
	attr.btf_fd = m->c.btf_fd;
	return bpf_client_call(&m->c, BPF_MAP_CREATE, &attr);
}

bool module_client_logged(const char *text)
{
	struct log_line line;
	bool found = false;
	u64 seq = 0;

	while (log_read(&seq, &line))
		found |= strstr(line.text, text) != NULL;
	return found;
}
