// SPDX-License-Identifier: GPL-2.0-only
/* fdinfo of programs, maps, links and BTFs. */
#include "bpf/files.h"
#include "bpf/btf.h"
#include "bpf/link.h"
#include "bpf/prog.h"

static void show_tag(const struct bpf_prog *prog, struct bpf_seq *seq)
{
	bpf_seq_puts(seq, "prog_tag:\t");
	for (u32 i = 0; i < sizeof(prog->tag); i++)
		bpf_seq_printf(seq, "%02x", prog->tag[i]);
	bpf_seq_puts(seq, "\n");
}

static void show_map(struct bpf_map *map, struct bpf_seq *seq)
{
	struct bpf_prog_array_owner owner;

	bpf_seq_printf(seq, "map_type:\t%u\nkey_size:\t%u\nvalue_size:\t%u\nmax_entries:\t%u\n",
		       map->map_type, map->key_size, map->value_size, map->max_entries);
	bpf_seq_printf(seq, "map_flags:\t0x%x\nmap_extra:\t0x%llx\nmemlock:\t%llu\n",
		       map->map_flags, map->map_extra, bpf_map_mem_usage(map));
	bpf_seq_printf(seq, "map_id:\t%u\nfrozen:\t%u\n", map->obj.id, map->frozen);
	if (map->map_type != BPF_MAP_TYPE_PROG_ARRAY)
		return;
	bpf_prog_array_owner(map, &owner);
	if (owner.set)
		bpf_seq_printf(seq, "owner_prog_type:\t%u\nowner_jited:\t%u\n", owner.type,
			       owner.jited);
}

static void show_prog(struct bpf_prog *prog, struct bpf_seq *seq)
{
	struct bpf_prog_stats stats;

	bpf_prog_get_stats(prog, &stats);
	bpf_seq_printf(seq, "prog_type:\t%u\nprog_jited:\t%u\n", prog->type, prog->jited);
	show_tag(prog, seq);
	bpf_seq_printf(seq, "memlock:\t%llu\nprog_id:\t%u\n", bpf_prog_mem_usage(prog),
		       prog->obj.id);
	bpf_seq_printf(seq, "run_time_ns:\t%llu\nrun_cnt:\t%llu\nrecursion_misses:\t%llu\n",
		       stats.nsecs, stats.cnt, stats.misses);
	bpf_seq_printf(seq, "verified_insns:\t%u\n", prog->aux->verified_insns);
}

static void show_link(struct bpf_link *link, struct bpf_seq *seq)
{
	bpf_seq_printf(seq, "link_type:\t%s\nlink_id:\t%u\n", bpf_link_type_name(link->type),
		       link->obj.id);
	if (link->prog) {
		show_tag(link->prog, seq);
		bpf_seq_printf(seq, "prog_id:\t%u\n", link->prog->obj.id);
	}
	if (link->ops->show_fdinfo)
		link->ops->show_fdinfo(link, seq);
}

void bpf_file_show_fdinfo(const struct bpf_file *file, struct bpf_seq *seq)
{
	struct bpf_object *obj = file->obj;

	switch (obj->kind) {
	case BPF_OBJ_PROG:
		show_prog(obj_to_prog(obj), seq);
		break;
	case BPF_OBJ_MAP:
		show_map(obj_to_map(obj), seq);
		break;
	case BPF_OBJ_LINK:
		show_link(obj_to_link(obj), seq);
		break;
	case BPF_OBJ_BTF:
		bpf_seq_printf(seq, "btf_id:\t%u\n", obj->id);
		break;
	default:
		break;
	}
}
