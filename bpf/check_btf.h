/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What BPF_PROG_LOAD says about a program in terms of its BTF: where its functions start (func_info) and
 * which C line each instruction comes from (line_info).
 */
#pragma once

#include <linux/bpf.h>

#include "bpf/bpf.h"
#include "bpf/log.h"

/*
 * Checks func_info and line_info of @attr against prog->insnsi and the subprograms' first instructions
 * (@subprog_starts, ascending, [0] is 0), and keeps them: aux->btf (taken from prog_btf_fd unless the caller set
 * it), func_info, func_info_aux, linfo; and makes aux->meta, always. What is kept belongs to @prog, also on
 * error. -EINVAL malformed, -E2BIG unknown record fields that are not 0, -EFAULT, -EACCES for the
 * kernel's BTF, -EBADF, -EOPNOTSUPP for core_relos, -ENOMEM; a line in @log. Sleeps.
 */
int check_btf_info(struct bpf_prog *prog, const union bpf_attr *attr, struct bpf_session *s,
		   struct bpf_verifier_log *log, const u32 *subprog_starts, u32 nr_subprogs);

/* The last line record at or before @insn_off (of prog->insnsi), or NULL. */
const struct bpf_line_info *bpf_find_linfo(const struct bpf_prog *prog, u32 insn_off);

/* The parts of a record: source text without leading blanks, file name without its path, line number. */
struct bpf_source_line {
	const char *text, *file;
	u32 line, col;
};

bool bpf_source_line(const struct bpf_prog *prog, const struct bpf_line_info *linfo,
		     struct bpf_source_line *line);

/*
 * Writes "; C source line @ file.c:12" to @log unless *@prev is the same line already; *@prev (NULL at first)
 * is the caller's memory of it. @prefix goes in front: "; ".
 */
void bpf_log_linfo(struct bpf_verifier_log *log, const struct bpf_prog *prog, u32 insn_off,
		   const char *prefix, const struct bpf_line_info **prev);
