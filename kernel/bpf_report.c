// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names the BPF program that an address is in, for fault reports. Runs while everything else stands still:
 * takes no lock, allocates nothing. Relies on the map from instructions to code that the JIT left.
 */
#include "kernel/bpf_report.h"
#include "bpf/bpf.h"
#include "bpf/check_btf.h"
#include "bpf/disasm.h"
#include "bpf/jit.h"
#include "bpf/object.h"
#include "kernel/log.h"
#include "kernel/panic.h"

/* The instruction whose code holds byte @off: the last one that starts at or before it. */
static u32 insn_at(const struct bpf_prog *prog, u32 off)
{
	u32 i = 0;

	while (i + 1 < prog->len && prog->aux->meta[i + 1].jited_off <= off)
		i++;
	/* Code of a load's second half, or of what made none, belongs to the one before. */
	while (i && prog->aux->meta[i - 1].jited_off == prog->aux->meta[i].jited_off)
		i--;
	return i;
}

static bool is_in(const struct bpf_prog *prog, u64 ip, u64 *start)
{
	if (!prog->jited || !prog->aux->meta)
		return false;
	*start = (u64)(uintptr_t)prog->bpf_func;
	return ip >= *start && ip - *start < prog->aux->jited_len;
}

static void annotate_prog(struct bpf_object *obj, void *arg)
{
	const struct bpf_prog *prog = obj_to_prog(obj);
	u64 ip = *(u64 *)arg, start;
	const struct bpf_line_info *linfo;
	struct bpf_source_line line;
	char text[BPF_DISASM_MAX];
	u32 i;

	if (!is_in(prog, ip, &start))
		return;
	i = insn_at(prog, ip - start);
	bpf_disasm_insn(text, sizeof(text), &prog->insnsi[i], NULL, true);
	pr_err("    in BPF program %u \"%s\", instruction %u: %s", obj->id, prog->aux->name, i,
	       text);
	linfo = bpf_find_linfo(prog, i);
	if (linfo && bpf_source_line(prog, linfo, &line))
		pr_err("    %s:%u: %s", line.file, line.line, line.text);
}

static void annotate(u64 ip)
{
	bpf_object_for_each_unlocked(BPF_OBJ_PROG, annotate_prog, &ip);
}

void bpf_report_init(void)
{
	panic_register_annotator(annotate);
}
