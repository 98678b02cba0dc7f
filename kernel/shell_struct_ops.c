// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shell's "struct_ops": which kernel structs BPF implements, their state and users, and for each
 * member its program and its trampoline. Relies on the ID table of maps; holds a reference to what it shows.
 */
#include "kernel/shell_struct_ops.h"
#include "bpf/bpf.h"
#include "bpf/btf_module.h"
#include "bpf/frame.h"
#include "bpf/struct_ops.h"
#include "bpf/struct_ops_map.h"
#include "bpf/disasm.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kcfi.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/memory.h"
#include "kernel/shell.h"
#include "kernel/shell_bpf.h"

static const char *const state_names[] = {
	[BPF_STRUCT_OPS_STATE_INIT] = "init",
	[BPF_STRUCT_OPS_STATE_INUSE] = "inuse",
	[BPF_STRUCT_OPS_STATE_TOBEFREE] = "tobefree",
	[BPF_STRUCT_OPS_STATE_READY] = "ready",
};

/* The next struct_ops map after *@id, with a reference. */
static struct bpf_struct_ops_map *next_map(u32 *id)
{
	struct bpf_object *obj;

	while ((obj = shell_next_object(BPF_OBJ_MAP, id))) {
		if (obj_to_map(obj)->map_type == BPF_MAP_TYPE_STRUCT_OPS)
			return to_struct_ops_map(obj_to_map(obj));
		bpf_object_put(obj);
	}
	return NULL;
}

/* The map that @text is the ID or the name of, with a reference; NULL after having said why. */
static struct bpf_struct_ops_map *map_arg(struct shell *sh, const char *text)
{
	struct bpf_struct_ops_map *st_map;
	u32 want = 0;
	bool number = !kstrtou32(text, 10, &want);

	for (u32 id = 0; (st_map = next_map(&id));) {
		if (number ? st_map->map.obj.id == want : !strcmp(st_map->map.name, text))
			return st_map;
		bpf_map_put(&st_map->map);
	}
	shell_error(sh, -ENOENT, "there is no struct_ops map \"%s\"; \"struct_ops\" lists them",
		    text);
	return NULL;
}

static const char *state_of(const struct bpf_struct_ops_map *st_map)
{
	return state_names[READ_ONCE(st_map->kvalue.common.state)];
}

static u32 count_members(const struct bpf_struct_ops_map *st_map)
{
	u32 n = 0;

	for (u32 i = 0; i < btf_vlen(st_map->desc->type); i++)
		n += st_map->members[i].link.prog != NULL;
	return n;
}

/* Who uses the struct: all references but descriptors, pins and the one that we hold. */
static u32 count_users(const struct bpf_map *map)
{
	u32 all = refcount_read(&map->obj.refcnt), user = refcount_read(&map->obj.usercnt);

	return all > user + 1 ? all - user - 1 : 0;
}

static int list_maps(struct shell *sh)
{
	struct bpf_struct_ops_map *st_map;
	struct table t;

	table_init(&t, ">ID\tNAME\tTYPE\tSTATE\t>USERS\t>MEMBERS\t>BYTES");
	for (u32 id = 0; (st_map = next_map(&id));) {
		struct bpf_map *map = &st_map->map;

		table_row(&t, "%u\t%s\t%s\t%s\t%u\t%u\t%llu", map->obj.id,
			  *map->name ? map->name : "-", st_map->desc->st_ops->name,
			  state_of(st_map), count_users(map), count_members(st_map),
			  map->ops->map_mem_usage(map));
		bpf_map_put(map);
	}
	shell_table(sh, &t);
	return 0;
}

/* The types that @btf has; its module is held. */
static void type_rows(struct table *t, const struct btf *btf, const struct module *mod)
{
	for (const struct bpf_struct_ops_desc *desc = btf->struct_ops; desc; desc = desc->next)
		table_row(t, "%s\t%u\t%u\t%u\t%s\t%s\t%s", desc->st_ops->name, desc->type_id,
			  btf_vlen(desc->type), desc->type->size,
			  desc->st_ops->update ? "yes" : "no",
			  desc->st_ops->validate ? "yes" : "no", mod ? mod->name : "-");
}

static int list_types(struct shell *sh)
{
	struct bpf_object *obj;
	struct module *mod;
	struct table t;

	table_init(&t, "TYPE\t>BTF ID\t>MEMBERS\t>BYTES\tUPDATE\tVALIDATE\tMODULE");
	for (u32 id = 0; (obj = shell_next_object(BPF_OBJ_BTF, &id));) {
		struct btf *btf = obj_to_btf(obj);

		if (btf_try_get_module(btf, &mod)) {
			type_rows(&t, btf, mod);
			module_put(mod);
		}
		btf_put(btf);
	}
	shell_table(sh, &t);
	return 0;
}

static void member_row(struct table *t, const struct bpf_struct_ops_map *st_map, u32 idx)
{
	const struct bpf_struct_ops_desc *desc = st_map->desc;
	const struct bpf_struct_ops_member *member = &st_map->members[idx];
	const struct btf_member *m = btf_members(desc->type) + idx;
	u32 off = btf_member_bit_offset(desc->type, m) / 8;
	const char *name = btf_name_by_offset(desc->btf, m->name_off);

	if (!btf_type_resolve_func_ptr(desc->btf, m->type, NULL))
		return;
	if (member->link.prog)
		table_row(t, "%u\t%s\t%u\t%s\t0x%016llx\t%u", off, name, member->link.prog->obj.id,
			  member->link.prog->aux->name, (u64)(uintptr_t)member->tramp.image.ro,
			  member->tramp.image.size);
	else
		table_row(t, "%u\t%s\t-\t%s\t-\t-", off, name,
			  bpf_struct_ops_supported(desc->st_ops, off) ? "" : "(not supported)");
}

/* The type of the argument that ctx slot @slot is part of: "struct sock *". */
static const char *slot_type(const struct bpf_struct_ops_desc *desc, u32 idx, u32 slot, char *buf,
			     u32 size)
{
	const struct btf_func_model *m = &desc->func_models[idx];
	const struct btf_type *func =
		btf_type_resolve_func_ptr(desc->btf, btf_members(desc->type)[idx].type, NULL);

	for (u32 i = 0, n = 0; func && i < m->nr_args; i++) {
		n += DIV_ROUND_UP(m->arg_size[i], 8);
		if (slot < n)
			return btf_type_str(desc->btf, btf_params(func)[i].type, buf, size);
	}
	return "";
}

static void draw_frame(struct shell *sh, const struct bpf_struct_ops_desc *desc, u32 idx,
		       const char *form, const struct bpf_frame *frame)
{
	char line[96], type[64];

	shell_printf(sh, "  stack of the %s form, from %s:\n", form, frame->base);
	for (u32 i = 0; i < frame->nr; i++) {
		const struct bpf_frame_slot *slot = &frame->slots[i];

		bpf_frame_line(slot, line, sizeof(line));
		if (slot->arg == BPF_FRAME_NO_ARG)
			shell_printf(sh, "  %s\n", line);
		else
			shell_printf(sh, "  %-44s %s\n", line,
				     slot_type(desc, idx, slot->arg, type, sizeof(type)));
	}
}

/* Prototype, form and stack frames of member @idx, which has a program. */
static void show_member(struct shell *sh, const struct bpf_struct_ops_map *st_map, u32 idx)
{
	const struct bpf_struct_ops_desc *desc = st_map->desc;
	const struct bpf_struct_ops_tramp *tr = &st_map->members[idx].tramp;
	const struct btf_member *m = btf_members(desc->type) + idx;
	struct bpf_frame *frame = kzalloc(sizeof(*frame));
	char decl[256];

	shell_printf(sh, "%s\n%s form, %u bytes at 0x%016llx, entry + 0x%x, type hash 0x%08x\n",
		     btf_type_decl(desc->btf, m->type, btf_name_by_offset(desc->btf, m->name_off),
				   decl, sizeof(decl)),
		     tr->fused ? "fused" : "classic", tr->image.size, (u64)(uintptr_t)tr->image.ro,
		     cfi_get_offset(), kcfi_type_of(bpf_struct_ops_tramp_entry(tr)));
	if (tr->frame)
		draw_frame(sh, desc, idx, "fused", tr->frame);
	if (tr->classic && frame && !bpf_struct_ops_tramp_frame(&desc->func_models[idx], frame))
		draw_frame(sh, desc, idx, "classic", frame);
	kfree(frame);
}

static int show_map(struct shell *sh, const char *text)
{
	struct bpf_struct_ops_map *st_map = map_arg(sh, text);
	struct table t;
	u32 users;

	if (!st_map)
		return -ENOENT;
	users = count_users(&st_map->map);
	shell_printf(sh, "map %u \"%s\": struct %s, %s, %u user%s, %llu bytes\n",
		     st_map->map.obj.id, st_map->map.name, st_map->desc->st_ops->name,
		     state_of(st_map), users, PLURAL(users),
		     st_map->map.ops->map_mem_usage(&st_map->map));
	table_init(&t, ">OFFSET\tMEMBER\t>PROG\tNAME\tTRAMPOLINE\t>BYTES");
	for (u32 i = 0; i < btf_vlen(st_map->desc->type); i++)
		member_row(&t, st_map, i);
	shell_table(sh, &t);
	for (u32 i = 0; i < btf_vlen(st_map->desc->type); i++)
		if (st_map->members[i].link.prog) {
			shell_printf(sh, "\n");
			show_member(sh, st_map, i);
		}
	bpf_map_put(&st_map->map);
	return 0;
}

/* Index of the function member called @name that has a program, or -1. */
static int find_member(const struct bpf_struct_ops_map *st_map, const char *name)
{
	const struct bpf_struct_ops_desc *desc = st_map->desc;
	const struct btf_member *m = btf_members(desc->type);

	for (u32 i = 0; i < btf_vlen(desc->type); i++)
		if (st_map->members[i].link.prog &&
		    !strcmp(btf_name_by_offset(desc->btf, m[i].name_off), name))
			return i;
	return -1;
}

/* The bytes [from, to) of an image, sixteen a line, with @what behind the first. */
static void show_bytes(struct shell *sh, const u8 *code, u32 from, u32 to, const char *what)
{
	char text[16 * 3 + 1];

	for (u32 at = from; at < to; at += 16, what = "") {
		u32 n = 0;

		for (u32 i = at; i < min(to, at + 16); i++)
			n += scnprintf(text + n, sizeof(text) - n, "%02x ", code[i]);
		shell_printf(sh, "  %4x  %-48s %s\n", at, text, what);
	}
}

/* The fused program: each instruction, and what became of it (nothing, often). */
static void show_fused(struct shell *sh, const struct bpf_struct_ops_tramp *tr,
		       const struct bpf_prog *prog)
{
	const u8 *code = tr->image.ro;
	u32 base = (const u8 *)tr->fused->im.ro - code;
	char text[BPF_DISASM_MAX];

	show_bytes(sh, code, cfi_get_offset(), base, "classic_users != 0: to the classic form");
	for (u32 i = 0; i < min(tr->nr_insns, prog->len); i++) {
		bpf_disasm_insn(text, sizeof(text), &prog->insnsi[i], NULL, true);
		if (tr->start[i] == tr->start[i + 1])
			shell_printf(sh, "  %4s  %-48s %s\n", "", "", text);
		show_bytes(sh, code, base + tr->start[i], base + tr->start[i + 1], text);
	}
}

static int show_code(struct shell *sh, const char *text, const char *name)
{
	struct bpf_struct_ops_map *st_map = map_arg(sh, text);
	const struct bpf_struct_ops_tramp *tr;
	int idx;

	if (!st_map)
		return -ENOENT;
	idx = find_member(st_map, name);
	if (idx < 0) {
		bpf_map_put(&st_map->map);
		return shell_error(sh, -ENOENT, "\"%s\" has no program for a member \"%s\"", text,
				   name);
	}
	tr = &st_map->members[idx].tramp;
	show_member(sh, st_map, idx);
	if (tr->fused)
		show_fused(sh, tr, st_map->members[idx].link.prog);
	if (tr->classic)
		show_bytes(sh, tr->image.ro, tr->classic, tr->image.size,
			   "classic: ctx array, enter, program, exit");
	bpf_map_put(&st_map->map);
	return 0;
}

static int unregister_map(struct shell *sh, const char *text)
{
	struct bpf_struct_ops_map *st_map = map_arg(sh, text);
	u32 key = 0;
	int err;

	if (!st_map)
		return -ENOENT;
	err = st_map->map.ops->map_delete_elem_sys(&st_map->map, NULL, &key);
	if (err == -EOPNOTSUPP)
		shell_error(sh, err, "\"%s\" is registered by a link: detach that", text);
	else if (err)
		shell_error(sh, err, "\"%s\" is not registered (its state is %s)", text,
			    state_of(st_map));
	bpf_map_put(&st_map->map);
	return err;
}

static int run_struct_ops(struct shell *sh, int argc, char **argv)
{
	if (argc == 1 || (argc == 2 && !strcmp(argv[1], "list")))
		return list_maps(sh);
	if (argc == 2 && !strcmp(argv[1], "types"))
		return list_types(sh);
	if (argc == 3 && !strcmp(argv[1], "show"))
		return show_map(sh, argv[2]);
	if (argc == 4 && !strcmp(argv[1], "show"))
		return show_code(sh, argv[2], argv[3]);
	if (argc == 3 && !strcmp(argv[1], "unregister"))
		return unregister_map(sh, argv[2]);
	return shell_usage(sh);
}

static const struct shell_command commands[] = {
	{
		.name = "struct_ops",
		.usage = "[list | types | show ID|NAME [MEMBER] | unregister ID|NAME]",
		.help = "kernel structs that BPF programs implement\n"
			"list        their state and users\n"
			"types       the structs that can be implemented\n"
			"show        one of them: each member's program, trampoline and stack "
			"frame;\n"
			"            of one MEMBER the code as well\n"
			"unregister  take one out of use, as \"bpftool struct_ops unregister\" "
			"does",
		.run = run_struct_ops,
	},
};

void shell_struct_ops_init(void)
{
	shell_register_for(BIT_ULL(CAP_SYS_ADMIN), commands, ARRAY_SIZE(commands));
}
