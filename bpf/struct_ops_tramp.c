// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chooses and builds the code behind a struct_ops member (bpf/struct_ops_tramp.h). Relies on the architecture
 * for both forms' machine code; promises an image that is whole, or nothing.
 */
#include "bpf/struct_ops_tramp.h"

#include "bpf/bpf.h"
#include "bpf/btf.h"
#include "bpf/os.h"
#include "bpf/struct_ops.h"
#include "bpf/syscall.h"
#include "bpf/verifier.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kcfi.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"

#define refuse(err, ...) bpf_refuse(err, "struct_ops: " __VA_ARGS__)

enum bpf_tramp_form bpf_tramp_form = BPF_TRAMP_FUSED;

/* One member's code while it is being made. Offsets are from the image's start. */
struct builder {
	struct bpf_struct_ops_tramp *tr;
	const struct btf_func_model *m;
	struct bpf_tramp_links *tlinks; /* BPF_TRAMP_MAX, with the one program */
	const struct bpf_prog *prog;
	void *stub;
	bool is_fused;
	u32 check;   /* of the statistics' check; 0: there is none */
	u32 program; /* of the fused program */
	u32 size;
	struct bpf_fused f;
};

/* ---- what a call needs ---- */

static const struct bpf_func_proto *called_helper(const struct bpf_prog *prog,
						  const struct bpf_insn *call)
{
	const struct bpf_struct_ops_desc *desc = prog->aux->st_ops;
	const struct bpf_verifier_ops *ops =
		desc ? desc->st_ops->verifier_ops : bpf_verifier_ops_of(prog->type);

	for (u32 id = 1; ops && ops->get_func_proto && id < __BPF_FUNC_MAX_ID; id++) {
		const struct bpf_func_proto *fn = ops->get_func_proto(id, prog);

		if (fn && call->imm == (s32)((long)fn->func - (long)__bpf_call_base))
			return fn;
	}
	return NULL;
}

static u32 kfunc_nr_args(const struct bpf_prog *prog, const struct bpf_insn *call)
{
	const struct bpf_prog_aux *aux = prog->aux;
	const struct btf_type *t;

	for (u32 i = 0; btf_vmlinux && i < aux->nr_kfuncs; i++) {
		if (aux->kfuncs[i].imm != call->imm || aux->kfuncs[i].offset)
			continue;
		t = btf_type_by_id(btf_vmlinux, aux->kfuncs[i].func_id);
		t = t ? btf_type_by_id(btf_vmlinux, t->type) : NULL;
		return t ? btf_vlen(t) : MAX_BPF_FUNC_REG_ARGS;
	}
	return MAX_BPF_FUNC_REG_ARGS;
}

u32 bpf_call_nr_args(const struct bpf_prog *prog, const struct bpf_insn *call)
{
	const struct bpf_func_proto *fn;
	u32 n = 0;

	if (bpf_pseudo_kfunc_call(call))
		return min(kfunc_nr_args(prog, call), (u32)MAX_BPF_FUNC_REG_ARGS);
	fn = bpf_helper_call(call) ? called_helper(prog, call) : NULL;
	if (!fn)
		return MAX_BPF_FUNC_REG_ARGS;
	while (n < MAX_BPF_FUNC_REG_ARGS && fn->arg_type[n])
		n++;
	return n;
}

/* Can @prog call a helper that looks for its run context? */
static bool asks_for_run_ctx(const struct bpf_prog *prog)
{
	for (u32 i = 0; i < prog->len; i++) {
		const struct bpf_insn *insn = &prog->insnsi[i];
		const struct bpf_func_proto *fn;

		if (!bpf_helper_call(insn))
			continue;
		fn = called_helper(prog, insn);
		if (!fn || fn->uses_run_ctx)
			return true;
	}
	return false;
}

/* ---- making it ---- */

static u32 tramp_flags(const struct btf_func_model *m)
{
	return BPF_TRAMP_F_INDIRECT | (m->ret_size ? BPF_TRAMP_F_RET_FENTRY_RET : 0);
}

/* Can a tracing program come to be at @prog's functions? They are described in BTF, then. */
static bool may_be_traced(const struct bpf_prog *prog)
{
	return prog->aux->func_info_cnt;
}

/* The program in its fused form, if it has one. 0, or -ENOMEM. */
static int try_fusing(struct builder *b)
{
	bool has_check = arch_bpf_stats_check(NULL, 0) >= 0;
	int err;

	if (bpf_tramp_form != BPF_TRAMP_FUSED || !b->prog->jited ||
	    (may_be_traced(b->prog) && !has_check))
		return 0;
	b->f.enter = rcu_read_lock_counts || asks_for_run_ctx(b->prog) || !has_check;
	err = bpf_fused_prepare(&b->f);
	b->is_fused = !err;
	return err == -ENOTSUPP ? 0 : err;
}

/* Finds out which parts there are and where each begins. The size, or -errno. */
static int lay_out(struct builder *b)
{
	u32 end = cfi_get_offset();
	int size;

	if (b->is_fused && (!b->f.enter || may_be_traced(b->prog))) {
		b->check = end;
		end += arch_bpf_stats_check(NULL, 0);
	}
	if (b->is_fused) {
		b->program = end;
		end += b->f.jit.size;
	}
	if (!b->is_fused || b->check) {
		size = arch_bpf_trampoline_size(b->m, tramp_flags(b->m), b->tlinks, b->stub);
		if (size < 0)
			return size;
		b->tr->classic = b->is_fused ? ALIGN(end, 16) : end;
		end = b->tr->classic + size;
	}
	return end;
}

/* Counts @size bytes in: a trampoline does not cross a page, and pages are few (R21). */
static int charge_pages(u32 size, struct bpf_tramp_pages *p)
{
	u32 need = ALIGN(size, 16);

	if (need > PAGE_SIZE)
		return -E2BIG;
	if (p->used + need > PAGE_SIZE) {
		p->page++;
		p->used = 0;
	}
	p->used += need;
	return p->page < BPF_MAX_TRAMP_IMAGE_PAGES ? 0 : -E2BIG;
}

static int write_code(struct builder *b)
{
	struct bpf_image *im = &b->tr->image;
	u32 classic = b->tr->classic;
	u8 *rw = im->rw, *ro = im->ro;
	u32 hash = kcfi_type_of(b->stub);
	int err = 0;

	memcpy(rw + cfi_get_offset() - sizeof(hash), &hash, sizeof(hash));
	if (b->check)
		err = arch_bpf_stats_check(rw + b->check, classic - b->check);
	if (err >= 0 && b->is_fused)
		err = bpf_jit_emit(&b->f.jit, rw + b->program, ro + b->program);
	if (err >= 0 && classic)
		err = arch_prepare_bpf_trampoline(NULL, rw + classic, ro + classic,
						  im->size - classic, b->m, tramp_flags(b->m),
						  b->tlinks, b->stub);
	return err < 0 ? err : arch_protect_bpf_trampoline(im);
}

/* What the fused program keeps of its compilation. */
static int keep_fused(struct builder *b)
{
	struct bpf_struct_ops_tramp *tr = b->tr;

	if (!b->is_fused)
		return 0;
	tr->fused = kzalloc(sizeof(*tr->fused));
	tr->frame = kzalloc(bpf_frame_size(b->f.entry.frame));
	if (!tr->fused || !tr->frame)
		return -ENOMEM;
	memcpy(tr->frame, b->f.entry.frame, bpf_frame_size(b->f.entry.frame));
	tr->fused->im.ro = (u8 *)tr->image.ro + b->program;
	tr->fused->im.size = b->f.jit.size;
	bpf_jit_adopt_faults(tr->fused, &b->f.jit);
	swap(tr->start, b->f.jit.start);
	tr->nr_insns = b->prog->len;
	return 0;
}

/* Room for all parts; for the classic form alone where both are more than bpf_jit_limit allows. */
static int find_room(struct builder *b, const char *type, const char *member,
		     struct bpf_tramp_pages *pages)
{
	int size = lay_out(b), err;

	if (size < 0)
		return refuse(size, "%s.%s: no trampoline for its prototype", type, member);
	err = pages ? charge_pages(size - (b->is_fused ? b->f.jit.size : 0), pages) : 0;
	if (err)
		return refuse(err, "%s: trampolines need more than %u pages", type,
			      BPF_MAX_TRAMP_IMAGE_PAGES);
	err = arch_alloc_bpf_trampoline(size, &b->tr->image);
	if (err == -EPERM && b->is_fused) {
		b->is_fused = false;
		b->check = b->program = 0;
		size = lay_out(b);
		err = size < 0 ? size : arch_alloc_bpf_trampoline(size, &b->tr->image);
	}
	if (err)
		return refuse(err, "%s.%s: no executable memory for %d bytes", type, member, size);
	return 0;
}

static int make(struct builder *b, const char *type, const char *member,
		struct bpf_tramp_pages *pages)
{
	char name[96];
	int err = try_fusing(b);

	err = err ?: find_room(b, type, member, pages);
	err = err ?: write_code(b);
	err = err ?: keep_fused(b);
	scnprintf(name, sizeof(name), "bpf__%s_%s", type, member);
	return err ?: bpf_image_set_name(&b->tr->image, name);
}

int bpf_struct_ops_tramp_make(struct bpf_struct_ops_tramp *tr, const char *type, const char *member,
			      const struct btf_func_model *m, void *stub,
			      struct bpf_tramp_link *link, struct bpf_tramp_pages *pages)
{
	struct builder b = {
		.tr = tr,
		.m = m,
		.prog = link->prog,
		.stub = stub,
		.tlinks = kcalloc(BPF_TRAMP_MAX, sizeof(*b.tlinks)),
		.f = { .prog = link->prog, .model = m, .cookie = link->cookie },
	};
	int err = -ENOMEM;

	memset(tr, 0, sizeof(*tr));
	if (b.tlinks) {
		b.tlinks[BPF_TRAMP_FENTRY].links[0] = link;
		b.tlinks[BPF_TRAMP_FENTRY].nr_links = 1;
		err = make(&b, type, member, pages);
	}
	bpf_fused_release(&b.f);
	kfree(b.tlinks);
	if (err)
		bpf_struct_ops_tramp_free(tr);
	return err;
}

void bpf_struct_ops_tramp_free(struct bpf_struct_ops_tramp *tr)
{
	if (tr->fused)
		bpf_jit_free_faults(tr->fused);
	if (tr->image.ro)
		arch_free_bpf_trampoline(&tr->image);
	kfree(tr->start);
	kfree(tr->frame);
	memset(tr, 0, sizeof(*tr));
}

int bpf_struct_ops_tramp_frame(const struct btf_func_model *m, struct bpf_frame *frame)
{
	static const struct bpf_tramp_links none[BPF_TRAMP_MAX];

	return arch_bpf_trampoline_frame(m, tramp_flags(m), none, frame);
}

u64 bpf_struct_ops_tramp_mem_usage(const struct bpf_struct_ops_tramp *tr)
{
	u64 usage = bpf_image_mem(&tr->image);

	if (tr->fused)
		usage += ksize(tr->fused) + ksize(tr->fused->faults) + ksize(tr->start) +
			 ksize(tr->frame);
	return usage;
}
