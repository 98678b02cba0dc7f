// SPDX-License-Identifier: GPL-2.0-only
/* The shell's "btf": what types there are, and what they look like. Relies on the ID tables of objects. */
#include "kernel/shell_btf.h"
#include "bpf/btf.h"
#include "bpf/seq.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/lib/types.h"
#include "kernel/shell.h"

static int btf_list(struct shell *sh)
{
	struct table t;

	table_init(&t, ">ID\tNAME\t>BYTES\t>TYPES\t>BASE");
	for (u32 id = 0; (id = bpf_object_next_id(BPF_OBJ_BTF, id)) != 0;) {
		struct bpf_object *obj = bpf_object_find(BPF_OBJ_BTF, id);
		struct btf *btf;

		if (!obj)
			continue;
		btf = obj_to_btf(obj);
		table_row(&t, "%u\t%s\t%u\t%u\t%u", id, btf->name[0] ? btf->name : "-",
			  btf->data_size, btf_nr_types(btf) - 1, btf->base ? btf->base->obj.id : 0);
		btf_put(btf);
	}
	shell_table(sh, &t);
	return 0;
}

/* Text in pieces: a large BTF's would not fit one buffer in a small machine. */
static u32 dump_types(struct shell *sh, const struct btf *btf, const char *name)
{
	u32 n = 0;

	for (u32 id = 1; id < btf_nr_types(btf); id++) {
		const char *has = btf_type_name(btf, btf_type_by_id(btf, id));
		struct bpf_seq seq = { 0 };

		if (name ? strcmp(has, name) : !*has)
			continue;
		if (btf_dump_type(btf, id, &seq)) {
			shell_write(sh, seq.text, seq.len);
			n++;
		}
		bpf_seq_free(&seq);
	}
	return n;
}

static int btf_dump(struct shell *sh, const char *id_text, const char *name)
{
	struct bpf_object *obj;
	u32 id, n;

	if (kstrtou32(id_text, 10, &id))
		return shell_error(sh, -EINVAL, "\"%s\" is not a number", id_text);
	obj = bpf_object_find(BPF_OBJ_BTF, id);
	if (!obj)
		return shell_error(sh, -ENOENT, "there is no BTF with ID %u; \"btf\" lists them",
				   id);
	n = dump_types(sh, obj_to_btf(obj), name);
	bpf_object_put(obj);
	if (!n && name)
		return shell_error(sh, -ENOENT, "BTF %u has no type named \"%s\"", id, name);
	return 0;
}

static int cmd_btf(struct shell *sh, int argc, char **argv)
{
	if (argc == 1 || (argc == 2 && !strcmp(argv[1], "list")))
		return btf_list(sh);
	if ((argc == 3 || argc == 4) && !strcmp(argv[1], "dump"))
		return btf_dump(sh, argv[2], argc == 4 ? argv[3] : NULL);
	return shell_usage(sh);
}

static const struct shell_command commands[] = {
	{ "btf", "[list | dump ID [NAME]]",
	  "list type information, or print types as C\n"
	  "BTF 1 is the kernel's own: \"btf dump 1 tcp_sock\" shows a struct with its offsets.",
	  cmd_btf },
};

void shell_btf_init(void)
{
	shell_register_for(BIT_ULL(CAP_SYS_ADMIN), commands, ARRAY_SIZE(commands));
}
