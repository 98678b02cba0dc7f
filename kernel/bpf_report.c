// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names the BPF program that an address is in, be it its own code or fused into a trampoline, for fault reports. Runs while everything else stands still:
 * takes no lock, allocates nothing. Relies on the map from instructions to code that the JIT left.
 */
#include "kernel/bpf_report.h"
#include "bpf/bpf.h"
#include "bpf/check_btf.h"
#include "bpf/disasm.h"
#include "bpf/jit.h"
#include "bpf/object.h"
#include "bpf/struct_ops_map.h"
#include "kernel/log.h"
#include "kernel/panic.h"

/*
 * The instruction whose code holds byte @off: the last one that starts at or before it. Those without code, as a
 * load's second half, start where the next one does.
 */
static u32 insn_at(const struct bpf_prog *prog, u32 off)
{
	u32 i = 0;

	while (i + 1 < prog->len && prog->aux->meta[i + 1].jited_off <= off)
		i++;
	return i;
}

static bool is_in(const struct bpf_prog *prog, u64 ip, u64 *start)
{
	if (!prog->jited || !prog->aux->meta)
		return false;
	*start = (u64)(uintptr_t)prog->bpf_func;
	return ip >= *start && ip - *start < prog->aux->jited_len;
}

/* Names instruction @i of @prog, and the C line that it is from. @where: as what its code runs. */
static void report(const struct bpf_prog *prog, u32 i, const char *where)
{
	const struct bpf_line_info *linfo;
	struct bpf_source_line line;
	char text[BPF_DISASM_MAX];

	bpf_disasm_insn(text, sizeof(text), &prog->insnsi[i], NULL, true);
	pr_err("    in BPF program %u \"%s\"%s, instruction %u: %s", prog->obj.id, prog->aux->name,
	       where, i, text);
	linfo = bpf_find_linfo(prog, i);
	if (linfo && bpf_source_line(prog, linfo, &line))
		pr_err("    %s:%u: %s", line.file, line.line, line.text);
}

static void annotate_prog(struct bpf_object *obj, void *arg)
{
	const struct bpf_prog *prog = obj_to_prog(obj);
	u64 ip = *(u64 *)arg, start;

	if (is_in(prog, ip, &start))
		report(prog, insn_at(prog, ip - start), "");
}

/* A member's program that is fused with its trampoline: a second copy, with offsets of its own. */
static void annotate_member(const struct bpf_struct_ops_member *member, u64 ip)
{
	const struct bpf_struct_ops_tramp *tr = &member->tramp;
	u64 start = tr->fused ? (u64)(uintptr_t)tr->fused->im.ro : 0;
	u32 i = 0;

	if (!start || !tr->start || ip < start || ip - start >= tr->fused->im.size)
		return;
	while (i + 1 < tr->nr_insns && tr->start[i + 1] <= ip - start)
		i++;
	report(member->link.prog, i, " fused with its trampoline");
}

static void annotate_map(struct bpf_object *obj, void *arg)
{
	const struct bpf_map *map = obj_to_map(obj);
	const struct bpf_struct_ops_map *st_map = to_struct_ops_map(map);

	if (map->map_type != BPF_MAP_TYPE_STRUCT_OPS)
		return;
	for (u32 i = 0; i < btf_vlen(st_map->desc->type); i++)
		annotate_member(&st_map->members[i], *(u64 *)arg);
}

static void annotate(u64 ip)
{
	bpf_object_for_each_unlocked(BPF_OBJ_PROG, annotate_prog, &ip);
	bpf_object_for_each_unlocked(BPF_OBJ_MAP, annotate_map, &ip);
}

void bpf_report_init(void)
{
	panic_register_annotator(annotate);
}
