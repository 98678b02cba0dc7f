// SPDX-License-Identifier: GPL-2.0-only
/*
 * func_info and line_info of BPF_PROG_LOAD. Records may be longer or shorter than ours: what we do not know
 * must be zero, what is missing is. All records are read from the session at once, since each copy may be a
 * message over a wire; of a count too large only as many as are needed to find it wrong.
 */
#include "bpf/check_btf.h"
#include "bpf/btf.h"
#include "bpf/os.h"
#include "bpf/session.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

#define MIN_FUNC_INFO_SIZE 8
#define MIN_LINE_INFO_SIZE 16
#define MAX_REC_SIZE	   252

struct info_check {
	struct bpf_prog *prog;
	struct bpf_session *s;
	struct bpf_verifier_log *log;
	const u32 *starts;
	u32 nr_subprogs;
};

static int rec_size_ok(struct info_check *c, const char *what, u32 size, u32 least)
{
	if (size >= least && size <= MAX_REC_SIZE && size % sizeof(u32) == 0)
		return 0;
	bpf_log(c->log, "invalid %s info rec size %u\n", what, size);
	return -EINVAL;
}

/*
 * Reads @n records of @usize bytes into an array of @ksize bytes each. 0 with *@out owned by the caller.
 */
static int read_records(struct info_check *c, const char *what, u64 uaddr, u32 n, u32 usize,
			u32 ksize, void **out)
{
	u8 *raw = kcalloc(n, usize), *recs = kcalloc(n, ksize);
	int err = raw && recs ? copy_from_user(c->s, raw, uaddr, (size_t)n * usize) : -ENOMEM;

	for (u32 i = 0; i < n && !err; i++) {
		const u8 *rec = raw + (size_t)i * usize;

		memcpy(recs + (size_t)i * ksize, rec, min(usize, ksize));
		if (usize > ksize && !mem_is(rec + ksize, 0, usize - ksize)) {
			bpf_log(c->log, "nonzero tailing record in %s\n", what);
			err = -E2BIG;
		}
	}
	kfree(raw);
	if (err)
		kfree(recs);
	else
		*out = recs;
	return err;
}

/* ---- functions ---- */

static int check_func_record(struct info_check *c, u32 i)
{
	const struct bpf_func_info *fi = &c->prog->aux->func_info[i];
	const struct btf *btf = c->prog->aux->btf;
	const struct btf_type *t = btf_type_by_id(btf, fi->type_id);

	if (i == 0 && fi->insn_off) {
		bpf_log(c->log, "nonzero insn_off %u for the first func info record\n",
			fi->insn_off);
		return -EINVAL;
	}
	if (i && fi->insn_off <= fi[-1].insn_off) {
		bpf_log(c->log,
			"same or smaller insn offset (%u) than previous func info record (%u)\n",
			fi->insn_off, fi[-1].insn_off);
		return -EINVAL;
	}
	if (!t || btf_kind(t) != BTF_KIND_FUNC) {
		bpf_log(c->log, "invalid type id %u in func info\n", fi->type_id);
		return -EINVAL;
	}
	return 0;
}

static int check_func_layout(struct info_check *c, u32 nr_funcs)
{
	struct bpf_prog_aux *aux = c->prog->aux;

	if (nr_funcs != c->nr_subprogs) {
		bpf_log(c->log, "number of funcs in func_info doesn't match number of subprogs\n");
		return -EINVAL;
	}
	for (u32 i = 0; i < nr_funcs; i++) {
		if (c->starts[i] != aux->func_info[i].insn_off) {
			bpf_log(c->log, "func_info BTF section doesn't match subprog layout in BPF "
					"program\n");
			return -EINVAL;
		}
		aux->func_info_aux[i].linkage =
			btf_vlen(btf_type_by_id(aux->btf, aux->func_info[i].type_id));
	}
	return 0;
}

static int check_btf_func(struct info_check *c, const union bpf_attr *attr)
{
	struct bpf_prog_aux *aux = c->prog->aux;
	/* Offsets grow and stay inside the program: one more record than instructions is wrong for sure. */
	u32 n = min_t(u32, attr->func_info_cnt, c->prog->len + 1);
	int err;

	if (!n)
		return 0;
	err = rec_size_ok(c, "func", attr->func_info_rec_size, MIN_FUNC_INFO_SIZE);
	if (err)
		return err;
	err = read_records(c, "func info", attr->func_info, n, attr->func_info_rec_size,
			   sizeof(struct bpf_func_info), (void **)&aux->func_info);
	for (u32 i = 0; i < n && !err; i++)
		err = check_func_record(c, i);
	if (err)
		return err;
	aux->func_info_aux = kcalloc(n, sizeof(*aux->func_info_aux));
	if (!aux->func_info_aux)
		return -ENOMEM;
	err = check_func_layout(c, attr->func_info_cnt);
	if (!err)
		aux->func_info_cnt = n;
	return err;
}

/* ---- lines ---- */

static int check_line_record(struct info_check *c, u32 i)
{
	const struct bpf_prog *prog = c->prog;
	const struct bpf_line_info *li = &prog->aux->linfo[i];
	u32 prev = i ? li[-1].insn_off : 0;

	if ((i && li->insn_off <= prev) || li->insn_off >= prog->len) {
		bpf_log(c->log, "Invalid line_info[%u].insn_off:%u (prev_offset:%u prog->len:%u)\n",
			i, li->insn_off, prev, prog->len);
		return -EINVAL;
	}
	/* The second half of a 16-byte instruction has code 0. */
	if (!prog->insnsi[li->insn_off].code) {
		bpf_log(c->log, "Invalid insn code at line_info[%u].insn_off\n", i);
		return -EINVAL;
	}
	if (!btf_name_by_offset(prog->aux->btf, li->line_off) ||
	    !btf_name_by_offset(prog->aux->btf, li->file_name_off)) {
		bpf_log(c->log, "Invalid line_info[%u].line_off or .file_name_off\n", i);
		return -EINVAL;
	}
	return 0;
}

/* Each function's first instruction has a line of its own. */
static int check_lines_of_funcs(struct info_check *c, u32 n)
{
	const struct bpf_line_info *li = c->prog->aux->linfo;
	u32 func = 0;

	for (u32 i = 0; i < n && func < c->nr_subprogs; i++) {
		if (li[i].insn_off == c->starts[func]) {
			func++;
		} else if (li[i].insn_off > c->starts[func]) {
			bpf_log(c->log, "missing bpf_line_info for func#%u\n", func);
			return -EINVAL;
		}
	}
	if (func != c->nr_subprogs) {
		bpf_log(c->log, "missing bpf_line_info for %u funcs starting from func#%u\n",
			c->nr_subprogs - func, func);
		return -EINVAL;
	}
	return 0;
}

static int check_btf_line(struct info_check *c, const union bpf_attr *attr)
{
	struct bpf_prog_aux *aux = c->prog->aux;
	u32 n = min_t(u32, attr->line_info_cnt, c->prog->len + 1);
	int err;

	if (!n)
		return 0;
	err = rec_size_ok(c, "line", attr->line_info_rec_size, MIN_LINE_INFO_SIZE);
	if (err)
		return err;
	err = read_records(c, "line_info", attr->line_info, n, attr->line_info_rec_size,
			   sizeof(struct bpf_line_info), (void **)&aux->linfo);
	for (u32 i = 0; i < n && !err; i++)
		err = check_line_record(c, i);
	if (!err)
		err = check_lines_of_funcs(c, n);
	if (!err)
		aux->nr_linfo = n;
	return err;
}

/* ---- what is kept ---- */

static int make_meta(struct bpf_prog *prog)
{
	struct bpf_prog_aux *aux = prog->aux;
	u32 next = 0;

	aux->meta = kcalloc(prog->len, sizeof(*aux->meta));
	if (!aux->meta)
		return -ENOMEM;
	for (u32 i = 0; i < prog->len; i++) {
		if (next < aux->nr_linfo && aux->linfo[next].insn_off == i)
			next++;
		aux->meta[i].orig_idx = i;
		aux->meta[i].linfo = next;
	}
	return 0;
}

static int take_btf(struct info_check *c, const union bpf_attr *attr)
{
	struct bpf_prog_aux *aux = c->prog->aux;
	int err = 0;

	if (!aux->btf)
		err = btf_get_by_fd(c->s, attr->prog_btf_fd, &aux->btf);
	if (err) {
		bpf_log(c->log, "prog_btf_fd %d is not a BTF descriptor\n", attr->prog_btf_fd);
		return err;
	}
	if (aux->btf->kernel_btf) {
		bpf_log(c->log, "prog_btf_fd is the kernel's BTF; a program needs its own\n");
		return -EACCES;
	}
	return 0;
}

int check_btf_info(struct bpf_prog *prog, const union bpf_attr *attr, struct bpf_session *s,
		   struct bpf_verifier_log *log, const u32 *subprog_starts, u32 nr_subprogs)
{
	struct info_check c = { prog, s, log, subprog_starts, nr_subprogs };
	int err = 0;

	if (attr->core_relo_cnt) {
		bpf_log(log, "core_relos are not supported by this kernel: the loader applies "
			     "CO-RE relocations\n");
		return -EOPNOTSUPP;
	}
	if (attr->func_info_cnt || attr->line_info_cnt)
		err = take_btf(&c, attr);
	if (!err)
		err = check_btf_func(&c, attr);
	if (!err)
		err = check_btf_line(&c, attr);
	return err ? err : make_meta(prog);
}

/* ---- reading it again ---- */

const struct bpf_line_info *bpf_find_linfo(const struct bpf_prog *prog, u32 insn_off)
{
	const struct bpf_line_info *li = prog->aux->linfo;
	u32 lo = 0, hi = prog->aux->nr_linfo;

	if (insn_off >= prog->len)
		return NULL;
	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (li[mid].insn_off <= insn_off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? &li[lo - 1] : NULL;
}

bool bpf_source_line(const struct bpf_prog *prog, const struct bpf_line_info *linfo,
		     struct bpf_source_line *line)
{
	const char *slash;

	if (!linfo || !prog->aux->btf)
		return false;
	line->text = btf_name_by_offset(prog->aux->btf, linfo->line_off);
	line->file = btf_name_by_offset(prog->aux->btf, linfo->file_name_off);
	if (!line->text || !line->file)
		return false;
	while (*line->text == ' ' || *line->text == '\t')
		line->text++;
	slash = strrchr(line->file, '/');
	line->file = slash ? slash + 1 : line->file;
	line->line = BPF_LINE_INFO_LINE_NUM(linfo->line_col);
	line->col = BPF_LINE_INFO_LINE_COL(linfo->line_col);
	return true;
}

/* The compiler often gives a line several records, one per column. */
static bool same_line(const struct bpf_line_info *a, const struct bpf_line_info *b)
{
	return a == b ||
	       (a && b && a->line_off == b->line_off && a->file_name_off == b->file_name_off &&
		BPF_LINE_INFO_LINE_NUM(a->line_col) == BPF_LINE_INFO_LINE_NUM(b->line_col));
}

void bpf_log_linfo(struct bpf_verifier_log *log, const struct bpf_prog *prog, u32 insn_off,
		   const char *prefix, const struct bpf_line_info **prev)
{
	const struct bpf_line_info *linfo = bpf_find_linfo(prog, insn_off);
	struct bpf_source_line line;

	if (same_line(linfo, *prev) || !bpf_source_line(prog, linfo, &line))
		return;
	bpf_log(log, "%s%s @ %s:%u\n", prefix, line.text, line.file, line.line);
	*prev = linfo;
}
