// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shell's "prog", "map" and "link": what BPF objects there are and what is in them. Relies on the ID
 * tables of objects; holds a reference to what it looks at.
 */
#include "kernel/shell_bpf.h"
#include "bpf/bpf.h"
#include "bpf/check_btf.h"
#include "bpf/disasm.h"
#include "bpf/jit.h"
#include "bpf/link.h"
#include "bpf/prog.h"
#include "bpf/seq.h"
#include "kernel/kallsyms.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/memory.h"
#include "kernel/shell.h"
#include "kernel/sync.h"

static const char *const prog_type_names[] = {
	[BPF_PROG_TYPE_SOCKET_FILTER] = "socket_filter",
	[BPF_PROG_TYPE_KPROBE] = "kprobe",
	[BPF_PROG_TYPE_SCHED_CLS] = "sched_cls",
	[BPF_PROG_TYPE_TRACEPOINT] = "tracepoint",
	[BPF_PROG_TYPE_XDP] = "xdp",
	[BPF_PROG_TYPE_RAW_TRACEPOINT] = "raw_tracepoint",
	[BPF_PROG_TYPE_TRACING] = "tracing",
	[BPF_PROG_TYPE_STRUCT_OPS] = "struct_ops",
	[BPF_PROG_TYPE_SYSCALL] = "syscall",
};

static const char *const map_type_names[] = {
	[BPF_MAP_TYPE_HASH] = "hash",
	[BPF_MAP_TYPE_ARRAY] = "array",
	[BPF_MAP_TYPE_PROG_ARRAY] = "prog_array",
	[BPF_MAP_TYPE_PERCPU_HASH] = "percpu_hash",
	[BPF_MAP_TYPE_PERCPU_ARRAY] = "percpu_array",
	[BPF_MAP_TYPE_LRU_HASH] = "lru_hash",
	[BPF_MAP_TYPE_SK_STORAGE] = "sk_storage",
	[BPF_MAP_TYPE_STRUCT_OPS] = "struct_ops",
	[BPF_MAP_TYPE_RINGBUF] = "ringbuf",
};

static const char *name_in(const char *const *names, u32 n, u32 i)
{
	return i < n && names[i] ? names[i] : "?";
}

static const char *or_dash(const char *name)
{
	return *name ? name : "-";
}

struct bpf_object *shell_next_object(enum bpf_object_kind kind, u32 *id)
{
	struct bpf_object *obj = NULL;

	while (!obj && (*id = bpf_object_next_id(kind, *id)) != 0)
		obj = bpf_object_find(kind, *id);
	return obj;
}

/* The object that @text is the ID of, with a reference; NULL after having said why. */
static struct bpf_object *object_arg(struct shell *sh, enum bpf_object_kind kind, const char *text)
{
	struct bpf_object *obj;
	u32 id;

	if (kstrtou32(text, 10, &id)) {
		shell_error(sh, -EINVAL, "\"%s\" is not a number", text);
		return NULL;
	}
	obj = bpf_object_find(kind, id);
	if (!obj)
		shell_error(sh, -ENOENT, "there is no %s with ID %u; \"%s\" lists them",
			    sh->command, id, sh->command);
	return obj;
}

/* ---- prog ---- */

static void prog_row(struct table *t, const struct bpf_prog *prog)
{
	struct bpf_prog_stats stats;
	char tag[2 * BPF_TAG_SIZE + 1];

	for (u32 i = 0; i < BPF_TAG_SIZE; i++)
		scnprintf(tag + 2 * i, 3, "%02x", prog->tag[i]);
	bpf_prog_get_stats(prog, &stats);
	table_row(t, "%u\t%s\t%s\t%s\t%u\t%s\t%u\t%llu", prog->obj.id,
		  name_in(prog_type_names, ARRAY_SIZE(prog_type_names), prog->type),
		  or_dash(prog->aux->name), tag, prog->len, prog->jited ? "yes" : "no",
		  prog->aux->used_map_cnt, stats.cnt);
}

static int prog_list(struct shell *sh)
{
	struct bpf_object *obj;
	struct table t;

	table_init(&t, ">ID\tTYPE\tNAME\tTAG\t>INSNS\tJITED\t>MAPS\t>RUNS");
	for (u32 id = 0; (obj = shell_next_object(BPF_OBJ_PROG, &id));) {
		prog_row(&t, obj_to_prog(obj));
		bpf_object_put(obj);
	}
	shell_table(sh, &t);
	return 0;
}

/* What the disassembler asks while a program is printed. */
struct dump_names {
	char text[64];
};

static const char *call_name(void *private, const struct bpf_insn *insn)
{
	const char *name;
	u64 offset;

	if (insn->src_reg == BPF_PSEUDO_CALL ||
	    !kallsyms_lookup((u64)__bpf_call_base + insn->imm, &name, &offset) || offset)
		return NULL;
	return name;
}

static const char *imm_name(void *private, const struct bpf_insn *insn, u64 imm)
{
	struct dump_names *names = private;

	if (insn->src_reg == BPF_PSEUDO_MAP_FD)
		scnprintf(names->text, sizeof(names->text), "map[id:%u]", insn->imm);
	else if (insn->src_reg == BPF_PSEUDO_MAP_VALUE)
		scnprintf(names->text, sizeof(names->text), "map[id:%u][0]+%u", insn->imm,
			  insn[1].imm);
	else
		return NULL;
	return names->text;
}

static void dump_line(struct shell *sh, const struct bpf_prog *prog, u32 i,
		      const struct bpf_line_info **prev)
{
	const struct bpf_line_info *linfo = bpf_find_linfo(prog, i);
	struct bpf_source_line line;

	if (!linfo || linfo == *prev)
		return;
	*prev = linfo;
	if (bpf_source_line(prog, linfo, &line) && *line.text)
		shell_printf(sh, "; %s @ %s:%u\n", line.text, line.file, line.line);
}

static int prog_dump(struct shell *sh, const struct bpf_prog *prog)
{
	struct bpf_insn *insns = bpf_prog_dump_insns(prog, true);
	const struct bpf_line_info *prev = NULL;
	struct dump_names names;
	const struct bpf_disasm_cbs cbs = { .call = call_name, .imm = imm_name, .private = &names };
	char text[BPF_DISASM_MAX];

	if (!insns)
		return shell_error(sh, -ENOMEM, "no memory for a copy of the program");
	for (u32 i = 0; i < prog->len; i++) {
		dump_line(sh, prog, i, &prev);
		bpf_disasm_insn(text, sizeof(text), &insns[i], &cbs, true);
		shell_printf(sh, "%5u: %s\n", i, text);
		i += bpf_is_ld_imm64(&insns[i]);
	}
	kfree(insns);
	return 0;
}

static int prog_jit(struct shell *sh, struct bpf_prog *prog, const char *word)
{
	static const char *const modes[] = {
		[BPF_JIT_OFF] = "off", [BPF_JIT_ON] = "on", [BPF_JIT_CHECK] = "check"
	};
	u32 mode = 0;

	while (mode < ARRAY_SIZE(modes) && strcmp(word, modes[mode]))
		mode++;
	if (mode == ARRAY_SIZE(modes))
		return shell_usage(sh);
	if (bpf_jit_set_test_mode(prog, mode))
		return shell_error(sh, -EINVAL, "program %u cannot run so; dmesg says why",
				   prog->obj.id);
	return 0;
}

static int cmd_prog(struct shell *sh, int argc, char **argv)
{
	struct bpf_object *obj;
	int err;

	if (argc == 1 || (argc == 2 && !strcmp(argv[1], "list")))
		return prog_list(sh);
	if (!(argc == 3 && !strcmp(argv[1], "dump")) && !(argc == 4 && !strcmp(argv[1], "jit")))
		return shell_usage(sh);
	obj = object_arg(sh, BPF_OBJ_PROG, argv[2]);
	if (!obj)
		return -ENOENT;
	if (argc == 3)
		err = prog_dump(sh, obj_to_prog(obj));
	else
		err = prog_jit(sh, obj_to_prog(obj), argv[3]);
	bpf_object_put(obj);
	return err;
}

/* ---- map ---- */

static int map_list(struct shell *sh)
{
	struct bpf_object *obj;
	struct table t;

	table_init(&t, ">ID\tTYPE\tNAME\t>KEY\t>VALUE\t>ENTRIES\t>FLAGS\t>BYTES\tFROZEN");
	for (u32 id = 0; (obj = shell_next_object(BPF_OBJ_MAP, &id));) {
		const struct bpf_map *map = obj_to_map(obj);

		table_row(&t, "%u\t%s\t%s\t%u\t%u\t%u\t0x%x\t%llu\t%s", id,
			  name_in(map_type_names, ARRAY_SIZE(map_type_names), map->map_type),
			  or_dash(map->name), map->key_size, map->value_size, map->max_entries,
			  map->map_flags, bpf_map_mem_usage(map), map->frozen ? "yes" : "no");
		bpf_object_put(obj);
	}
	shell_table(sh, &t);
	return 0;
}

static void print_bytes(struct shell *sh, const u8 *p, u32 n)
{
	for (u32 i = 0; i < n; i++)
		shell_printf(sh, "%s%02x", i ? " " : "", p[i]);
}

/* What element @key holds for bpf(2), into @value. The shell has no descriptors, so no session either. */
static int read_value(struct bpf_map *map, const void *key, void *value)
{
	const void *p;

	if (map->ops->map_lookup_elem_sys)
		return map->ops->map_lookup_elem_sys(map, NULL, key, value, 0);
	rcu_read_lock();
	p = map->ops->map_lookup_elem(map, key);
	if (p)
		memcpy(value, p, map->value_size);
	rcu_read_unlock();
	return p ? 0 : -ENOENT;
}

static int next_key(struct bpf_map *map, const void *key, void *next)
{
	int err;

	rcu_read_lock();
	err = map->ops->map_get_next_key(map, key, next);
	rcu_read_unlock();
	return err;
}

/* Elements as bytes, for maps without types. @key and @next have room for a key each. */
static u32 dump_elements(struct shell *sh, struct bpf_map *map, u8 *key, u8 *next, void *value)
{
	u32 n = 0;

	for (int err = next_key(map, NULL, next); !err; err = next_key(map, key, next)) {
		memcpy(key, next, map->key_size);
		if (read_value(map, key, value))
			continue;
		shell_printf(sh, "key ");
		print_bytes(sh, key, map->key_size);
		shell_printf(sh, "  value ");
		print_bytes(sh, value, bpf_map_value_user_size(map));
		shell_printf(sh, "\n");
		/* A map that changes all the time would go on forever. */
		if (++n >= map->max_entries)
			break;
	}
	return n;
}

static int dump_bytes(struct shell *sh, struct bpf_map *map)
{
	u8 *keys = kcalloc(2, max(map->key_size, 1U));
	void *value = kzalloc(bpf_map_value_user_size(map));
	int err = 0;
	u32 n;

	if (keys && value) {
		n = dump_elements(sh, map, keys, keys + map->key_size, value);
		shell_printf(sh, "%u element%s\n", n, PLURAL(n));
	} else {
		err = shell_error(sh, -ENOMEM, "no memory for an element's copy");
	}
	kfree(keys);
	kfree(value);
	return err;
}

static int map_dump(struct shell *sh, struct bpf_map *map)
{
	struct bpf_seq seq = { 0 };
	int err = map->ops->map_seq_show ? map->ops->map_seq_show(map, &seq) : -ENOTSUPP;

	if (!err && seq.text)
		shell_write(sh, seq.text, seq.len);
	bpf_seq_free(&seq);
	if (err != -ENOTSUPP)
		return err ? shell_error(sh, err, "no memory for the text") : 0;
	if (!map->ops->map_get_next_key || map->map_type == BPF_MAP_TYPE_SK_STORAGE)
		return shell_error(
			sh, -EOPNOTSUPP, "elements of a %s map cannot be listed",
			name_in(map_type_names, ARRAY_SIZE(map_type_names), map->map_type));
	return dump_bytes(sh, map);
}

static int cmd_map(struct shell *sh, int argc, char **argv)
{
	struct bpf_object *obj;
	int err;

	if (argc == 1 || (argc == 2 && !strcmp(argv[1], "list")))
		return map_list(sh);
	if (argc != 3 || strcmp(argv[1], "dump"))
		return shell_usage(sh);
	obj = object_arg(sh, BPF_OBJ_MAP, argv[2]);
	if (!obj)
		return -ENOENT;
	err = map_dump(sh, obj_to_map(obj));
	bpf_object_put(obj);
	return err;
}

/* ---- link ---- */

static int cmd_link(struct shell *sh, int argc, char **argv)
{
	struct bpf_object *obj;
	struct table t;

	if (argc > 2 || (argc == 2 && strcmp(argv[1], "list")))
		return shell_usage(sh);
	table_init(&t, ">ID\tTYPE\t>PROG");
	for (u32 id = 0; (obj = shell_next_object(BPF_OBJ_LINK, &id));) {
		const struct bpf_link *link = obj_to_link(obj);

		table_row(&t, "%u\t%s\t%u", id, bpf_link_type_name(link->type),
			  link->prog ? link->prog->obj.id : 0);
		bpf_object_put(obj);
	}
	shell_table(sh, &t);
	return 0;
}

static const struct shell_command commands[] = {
	{ "prog", "[list | dump ID | jit ID on|off|check]",
	  "list programs, print one's code, choose how its test runs are done:\n"
	  "as machine code, interpreted, or both and compared\n"
	  "RUNS counts only while statistics are on (BPF_ENABLE_STATS).",
	  cmd_prog },
	{ "map", "[list | dump ID]",
	  "list maps, or print one's elements\n"
	  "Maps with BTF print typed values, others bytes.",
	  cmd_map },
	{ "link", "[list]", "list links: what keeps programs and struct_ops attached", cmd_link },
};

void shell_bpf_init(void)
{
	shell_register_for(BIT_ULL(CAP_SYS_ADMIN), commands, ARRAY_SIZE(commands));
}
