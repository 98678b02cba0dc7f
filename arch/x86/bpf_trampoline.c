// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generates trampolines: functions with a C prototype that run BPF programs with their arguments in
 * an array (bpf/trampoline.h). Relies on x86_encode.h; allocates nothing.
 *
 * The whole of "u32 ssthresh(struct sock *sk)" of a struct_ops map, flags INDIRECT | RET_FENTRY_RET,
 * whose program is interpreted:
 *
 *	push rbp                              stack picture, from rbp:
 *	mov  rbp, rsp                          +16  arguments 7 and up, if any
 *	sub  rsp, 64                            +8  return address
 *	mov  [rbp-32], rbx                       0  caller's rbp
 *	mov  eax, 1                             -8  result
 *	mov  [rbp-24], rax                     -16  sk           <- ctx, R1 of the program
 *	mov  [rbp-16], rdi                     -24  1, the number of argument slots
 *	mov  qword [rbp-8], 0                  -32  caller's rbx
 *	mov  qword [rbp-48], 0  ; no cookie    -56  struct bpf_tramp_run_ctx (24 bytes)
 *	mov  rdi, prog                         -64  padding: rsp is a multiple of 16
 *	lea  rsi, [rbp-56]
 *	call __bpf_prog_enter
 *	mov  rbx, rax           ; start time
 *	test rax, rax
 *	je   skip               ; do not run: the result stays 0
 *	lea  rdi, [rbp-16]
 *	mov  rsi, prog->insnsi  ; not for a jited program
 *	call prog->bpf_func
 *	mov  [rbp-8], rax
 * skip:
 *	mov  rdi, prog
 *	mov  rsi, rbx
 *	lea  rdx, [rbp-56]
 *	call __bpf_prog_exit
 *	mov  rax, [rbp-8]
 *	mov  rbx, [rbp-32]
 *	leave
 *	ret
 *
 * An argument narrower than 64 bits is stored with its whole register, whose upper part the ABI
 * leaves undefined: the program casts, as it does on Linux.
 */
#include "arch/x86/bpf_trampoline.h"

#include "arch/x86/x86_encode.h"
#include "arch/x86/bpf_mitigations.h"
#include "bpf/os.h"
#include "bpf/trampoline.h"
#include "kernel/lib/errno.h"

#define NR_ARG_REGS 6

static const enum x86_reg arg_regs[NR_ARG_REGS] = { X86_RDI, X86_RSI, X86_RDX,
						    X86_RCX, X86_R8,  X86_R9 };

/* Flags that are understood; others are refused rather than ignored. */
#define KNOWN_FLAGS                                                                  \
	(BPF_TRAMP_F_RESTORE_REGS | BPF_TRAMP_F_CALL_ORIG | BPF_TRAMP_F_SKIP_FRAME | \
	 BPF_TRAMP_F_IP_ARG | BPF_TRAMP_F_RET_FENTRY_RET | BPF_TRAMP_F_INDIRECT)

/* Where a traced function goes on behind the call at its entry. */
#define ORIG_ENTRY(func_addr) ((u8 *)(func_addr) + X86_PATCH_SIZE)

/* A trampoline being generated. Offsets are distances below rbp. */
struct tramp {
	struct x86_buf b;
	const struct btf_func_model *m;
	const struct bpf_tramp_links *tlinks;
	struct bpf_tramp_image *im;
	void *func_addr;
	u32 flags;
	u32 nr_slots; /* u64 slots of all arguments */
	u32 nr_stack; /* of them, those that came on the stack */
	u32 ret_off;  /* 0: no result slot */
	u32 regs_off, nregs_off, ip_off, rbx_off, run_ctx_off;
	s32 stack_args;		  /* above rbp: the first that came on the stack */
	u32 depth;		  /* what is laid out so far */
	u32 frame;		  /* bytes that rsp goes down */
	struct bpf_frame *noted;  /* or NULL: nobody wants to know */
	u32 after_call, epilogue; /* positions of im->ip_after_call and im->ip_epilogue; 0: none */
};

static u32 slots_of(u8 size)
{
	return DIV_ROUND_UP(size, 8);
}

int x86_check_model(const struct btf_func_model *m, u32 *nr_slots)
{
	u32 i;

	*nr_slots = 0;
	if (m->nr_args > MAX_BPF_FUNC_ARGS)
		return -ENOTSUPP;
	if (m->ret_size > 8 || (m->ret_size & (m->ret_size - 1)))
		return -EINVAL;
	for (i = 0; i < m->nr_args; i++) {
		u8 limit = m->arg_flags[i] & BTF_FMODEL_STRUCT_ARG ? 16 : 8;

		if (!m->arg_size[i] || m->arg_size[i] > limit)
			return -EINVAL;
		*nr_slots += slots_of(m->arg_size[i]);
	}
	return *nr_slots > MAX_BPF_FUNC_ARGS ? -ENOTSUPP : 0;
}

u32 x86_place_args(const struct btf_func_model *m, struct x86_arg_place *places)
{
	u32 regs = 0, stack = 0, slot = 0, i, k;

	for (i = 0; i < m->nr_args; i++) {
		u32 n = slots_of(m->arg_size[i]);
		bool in_reg = regs + n <= NR_ARG_REGS;

		for (k = 0; k < n; k++)
			places[slot++] =
				(struct x86_arg_place){ in_reg, in_reg ? regs++ : stack++ };
	}
	return stack;
}

static struct x86_mem at(u32 off)
{
	return x86_mem(X86_RBP, -(s32)off);
}

static struct x86_mem slot_mem(const struct tramp *t, u32 slot)
{
	return x86_mem(X86_RBP, (s32)(slot * 8) - (s32)t->regs_off);
}

static bool has_result(const struct tramp *t)
{
	return t->flags & (BPF_TRAMP_F_CALL_ORIG | BPF_TRAMP_F_RET_FENTRY_RET) ||
	       t->tlinks[BPF_TRAMP_MODIFY_RETURN].nr_links;
}

void x86_note_stack_args(struct bpf_frame *frame, const struct x86_arg_place *places, u32 nr_slots,
			 s32 first)
{
	while (nr_slots--)
		if (!places[nr_slots].in_reg)
			bpf_frame_add(frame, (struct bpf_frame_slot){
						     .what = "argument",
						     .off = first + 8 * places[nr_slots].index,
						     .size = 8,
						     .arg = nr_slots });
}

/* Room for @size bytes below what is there. Its distance below rbp. */
static u32 down(struct tramp *t, u32 size, const char *what, const char *reg)
{
	t->depth += size;
	bpf_frame_note(t->noted, -(s32)t->depth, size, what, reg);
	return t->depth;
}

/* The same for the array of arguments: the last one first. */
static u32 ctx_down(struct tramp *t, const struct x86_arg_place *places)
{
	for (u32 i = t->nr_slots; i--;) {
		const char *reg = places[i].in_reg ? x86_reg_name(arg_regs[places[i].index]) : NULL;

		t->depth += 8;
		bpf_frame_add(t->noted, (struct bpf_frame_slot){ .what = "ctx",
								 .reg = reg,
								 .off = -(s32)t->depth,
								 .size = 8,
								 .arg = i });
	}
	return t->depth;
}

/*
 * From rbp down: [result] [argument slots] [their number] [address] [rbx] [run_ctx] padding
 * [stack arguments of the traced function, at rsp]. The result comes right behind the arguments: that is
 * where fexit programs find it (ctx[nr_args]).
 */
static void lay_out(struct tramp *t)
{
	struct x86_arg_place places[MAX_BPF_FUNC_ARGS];
	/* Called in place of a function, rsp is 16n + 8; called from a function's entry, 16n. */
	u32 bias = t->flags & BPF_TRAMP_F_INDIRECT ? 0 : 8;

	t->nr_stack = x86_place_args(t->m, places);
	t->stack_args = 16 + bias;
	x86_note_stack_args(t->noted, places, t->nr_slots, t->stack_args);
	bpf_frame_note(t->noted, 8, 8 + bias, bias ? "two return addresses" : "return address",
		       NULL);
	bpf_frame_note(t->noted, 0, 8, "caller's", "rbp");
	if (has_result(t))
		t->ret_off = down(t, 8, "result", NULL);
	t->regs_off = ctx_down(t, places);
	t->nregs_off = down(t, 8, "number of ctx slots", NULL);
	if (t->flags & BPF_TRAMP_F_IP_ARG)
		t->ip_off = down(t, 8, "traced function", NULL);
	t->rbx_off = down(t, 8, "caller's", "rbx");
	t->run_ctx_off = down(t, sizeof(struct bpf_tramp_run_ctx), "run context", NULL);
	t->frame = t->depth;
	if (t->flags & BPF_TRAMP_F_CALL_ORIG)
		t->frame += 8 * t->nr_stack;
	t->frame = ALIGN(t->frame + bias, 16) - bias;
	if (t->frame > t->depth)
		down(t, t->frame - t->depth,
		     t->flags & BPF_TRAMP_F_CALL_ORIG && t->nr_stack ? "padding, arguments for it"
								     : "padding",
		     NULL);
}

/* Copies every argument to its slot of ctx. Stack arguments go through rax. */
static void save_args(struct tramp *t)
{
	struct x86_arg_place places[MAX_BPF_FUNC_ARGS];
	u32 i;

	x86_place_args(t->m, places);
	for (i = 0; i < t->nr_slots; i++) {
		enum x86_reg reg = X86_RAX;

		if (places[i].in_reg)
			reg = arg_regs[places[i].index];
		else
			x86_mov_rm(&t->b, 64, X86_RAX,
				   x86_mem(X86_RBP, t->stack_args + 8 * places[i].index));
		x86_mov_mr(&t->b, 64, slot_mem(t, i), reg);
	}
}

/* The other way: registers, and for the traced function the stack arguments at rsp. */
static void restore_args(struct tramp *t, bool with_stack)
{
	struct x86_arg_place places[MAX_BPF_FUNC_ARGS];
	u32 i;

	x86_place_args(t->m, places);
	for (i = 0; i < t->nr_slots; i++) {
		if (places[i].in_reg) {
			x86_mov_rm(&t->b, 64, arg_regs[places[i].index], slot_mem(t, i));
		} else if (with_stack) {
			x86_mov_rm(&t->b, 64, X86_RAX, slot_mem(t, i));
			x86_mov_mr(&t->b, 64, x86_mem(X86_RSP, 8 * places[i].index), X86_RAX);
		}
	}
}

static void emit_prologue(struct tramp *t)
{
	struct x86_buf *b = &t->b;

	x86_push_r(b, X86_RBP);
	x86_mov_rr64(b, X86_RBP, X86_RSP);
	x86_sub_ri64(b, X86_RSP, t->frame);
	x86_mov_mr(b, 64, at(t->rbx_off), X86_RBX);
	x86_mov_ri32(b, X86_RAX, t->nr_slots);
	x86_mov_mr(b, 64, at(t->nregs_off), X86_RAX);
	if (t->ip_off) {
		x86_mov_ri64(b, X86_RAX, (u64)(uintptr_t)t->func_addr);
		x86_mov_mr(b, 64, at(t->ip_off), X86_RAX);
	}
	save_args(t);
	if (t->ret_off)
		x86_mov_mi(b, 64, at(t->ret_off), 0);
}

static void emit_epilogue(struct tramp *t)
{
	struct x86_buf *b = &t->b;

	if (t->ret_off)
		x86_mov_rm(b, 64, X86_RAX, at(t->ret_off));
	x86_mov_rm(b, 64, X86_RBX, at(t->rbx_off));
	x86_leave(b);
	if (t->flags & BPF_TRAMP_F_SKIP_FRAME)
		x86_add_ri64(b, X86_RSP, 8);
	x86_return(b);
}

static void emit_cookie(struct tramp *t, u64 cookie)
{
	struct x86_mem slot =
		at(t->run_ctx_off - (u32)offsetof(struct bpf_tramp_run_ctx, bpf_cookie));

	if (!cookie) {
		x86_mov_mi(&t->b, 64, slot, 0);
		return;
	}
	x86_mov_ri64(&t->b, X86_RAX, cookie);
	x86_mov_mr(&t->b, 64, slot, X86_RAX);
}

/* Runs one program, from the cookie to __bpf_prog_exit in the sample above. */
static void emit_prog(struct tramp *t, const struct bpf_tramp_link *link, bool save_result)
{
	struct x86_buf *b = &t->b;
	struct bpf_prog *prog = link->prog;
	u32 skip;

	emit_cookie(t, link->cookie);
	x86_mov_ri64(b, X86_RDI, (u64)(uintptr_t)prog);
	x86_lea64(b, X86_RSI, at(t->run_ctx_off));
	x86_call(b, (void *)(uintptr_t)bpf_trampoline_enter(prog));
	x86_mov_rr64(b, X86_RBX, X86_RAX);
	x86_test_rr64(b, X86_RAX, X86_RAX);
	x86_jcc_8(b, X86_CC_E, 0);
	skip = b->pos;
	x86_lea64(b, X86_RDI, at(t->regs_off));
	if (!prog->jited)
		x86_mov_ri64(b, X86_RSI, (u64)(uintptr_t)prog->insnsi);
	x86_call(b, (void *)(uintptr_t)prog->bpf_func);
	if (save_result)
		x86_mov_mr(b, 64, at(t->ret_off), X86_RAX);
	x86_patch_8(b, skip);
	x86_mov_ri64(b, X86_RDI, (u64)(uintptr_t)prog);
	x86_mov_rr64(b, X86_RSI, X86_RBX);
	x86_lea64(b, X86_RDX, at(t->run_ctx_off));
	x86_call(b, (void *)(uintptr_t)bpf_trampoline_exit(prog));
}

static void emit_progs(struct tramp *t, enum bpf_tramp_prog_type type, bool save_result)
{
	const struct bpf_tramp_links *l = &t->tlinks[type];
	u32 i;

	for (i = 0; i < l->nr_links; i++)
		emit_prog(t, l->links[i], save_result);
}

static void emit_image_call(struct tramp *t, void (*func)(struct bpf_tramp_image *im))
{
	x86_mov_ri64(&t->b, X86_RDI, (u64)(uintptr_t)t->im);
	x86_call(&t->b, (void *)(uintptr_t)func);
}

/* A nop that may become a jump over the fexit programs: within one aligned word, see text_poke(). */
static void emit_patch_site(struct tramp *t)
{
	u32 at = t->b.pos % sizeof(u64);

	if (at + X86_PATCH_SIZE > sizeof(u64))
		x86_nop(&t->b, sizeof(u64) - at);
	t->after_call = t->b.pos;
	x86_nop(&t->b, X86_PATCH_SIZE);
}

/* May a call sleep between the trampoline's first instruction and its last? Who makes INDIRECT ones sees to that. */
static bool may_sleep(const struct tramp *t)
{
	u32 i, k;

	if (t->flags & (BPF_TRAMP_F_CALL_ORIG | BPF_TRAMP_F_INDIRECT))
		return t->flags & BPF_TRAMP_F_CALL_ORIG;
	for (i = 0; i < BPF_TRAMP_MAX; i++)
		for (k = 0; k < t->tlinks[i].nr_links; k++)
			if (t->tlinks[i].links[k]->prog->aux->sleepable)
				return true;
	return false;
}

/*
 * fmod_ret programs, then the traced function, unless one of them gave a result other than 0:
 *
 *	(program)                 ; result to [rbp-8]
 *	cmp  qword [rbp-8], 0
 *	jne  done
 *	mov  rdi, [rbp-16]        ; arguments as they came
 *	call func_addr
 *	mov  [rbp-8], rax
 * done:
 */
static void emit_original(struct tramp *t)
{
	const struct bpf_tramp_links *l = &t->tlinks[BPF_TRAMP_MODIFY_RETURN];
	u32 jumps[BPF_MAX_TRAMP_LINKS], i;

	for (i = 0; i < l->nr_links; i++) {
		emit_prog(t, l->links[i], true);
		x86_cmp_mi64(&t->b, at(t->ret_off), 0);
		x86_jcc_32(&t->b, X86_CC_NE, 0);
		jumps[i] = t->b.pos;
	}
	if (t->flags & BPF_TRAMP_F_CALL_ORIG) {
		restore_args(t, true);
		/* Called from the function's entry, that call is skipped: the trampoline would run again. */
		x86_call(&t->b, t->flags & BPF_TRAMP_F_SKIP_FRAME ? ORIG_ENTRY(t->func_addr)
								  : t->func_addr);
		x86_mov_mr(&t->b, 64, at(t->ret_off), X86_RAX);
		if (t->im)
			emit_patch_site(t);
	}
	for (i = 0; i < l->nr_links; i++)
		x86_patch_32(&t->b, jumps[i]);
}

static void emit_trampoline(struct tramp *t)
{
	bool counted = t->im && may_sleep(t);

	emit_prologue(t);
	if (counted)
		emit_image_call(t, __bpf_tramp_enter);
	emit_progs(t, BPF_TRAMP_FENTRY, t->flags & BPF_TRAMP_F_RET_FENTRY_RET);
	emit_original(t);
	emit_progs(t, BPF_TRAMP_FEXIT, false);
	t->epilogue = t->b.pos;
	if (counted)
		emit_image_call(t, __bpf_tramp_exit);
	if (t->flags & BPF_TRAMP_F_RESTORE_REGS)
		restore_args(t, false);
	emit_epilogue(t);
}

/* The argument registers hold the function's result or its arguments at the end, not both. */
static int check_request(const struct tramp *t)
{
	u32 i, n = 0;

	if (t->flags & ~KNOWN_FLAGS)
		return -ENOTSUPP;
	if (t->flags & BPF_TRAMP_F_RESTORE_REGS && t->flags & BPF_TRAMP_F_SKIP_FRAME)
		return -EINVAL;
	if (t->flags & BPF_TRAMP_F_CALL_ORIG && !t->func_addr)
		return -EINVAL;
	/* R19: there is one result, and nothing else that it could be. */
	if (t->flags & BPF_TRAMP_F_RET_FENTRY_RET &&
	    t->flags & ~(BPF_TRAMP_F_RET_FENTRY_RET | BPF_TRAMP_F_INDIRECT))
		return -EINVAL;
	for (i = 0; i < BPF_TRAMP_MAX; i++)
		n += t->tlinks[i].nr_links;
	return n > BPF_MAX_TRAMP_LINKS ? -E2BIG : 0;
}

static int generate(struct tramp *t)
{
	int err = x86_check_model(t->m, &t->nr_slots);

	if (!err)
		err = check_request(t);
	if (err)
		return err;
	lay_out(t);
	emit_trampoline(t);
	return t->b.error ? t->b.error : (int)t->b.pos;
}

/* The type hash, and what keeps the entry aligned (kernel/lib/kcfi.h). */
u32 cfi_get_offset(void)
{
	return 16;
}

int arch_bpf_trampoline_size(const struct btf_func_model *m, u32 flags,
			     const struct bpf_tramp_links *tlinks, void *func_addr)
{
	/* The address of @im is not known yet: any that needs ten bytes. */
	struct tramp t = { .m = m,
			   .flags = flags,
			   .tlinks = tlinks,
			   .func_addr = func_addr,
			   .im = (void *)S64_MAX };

	return generate(&t);
}

int arch_bpf_trampoline_frame(const struct btf_func_model *m, u32 flags,
			      const struct bpf_tramp_links *tlinks, struct bpf_frame *frame)
{
	struct tramp t = { .m = m, .flags = flags, .tlinks = tlinks, .noted = frame };
	int err = x86_check_model(m, &t.nr_slots);

	frame->base = "rbp";
	if (!err)
		lay_out(&t);
	return err;
}

int arch_prepare_bpf_trampoline(struct bpf_tramp_image *im, void *rw, void *ro, u32 size,
				const struct btf_func_model *m, u32 flags,
				const struct bpf_tramp_links *tlinks, void *func_addr)
{
	struct tramp t = { .b = { .buf = rw, .size = size, .ip = (u64)(uintptr_t)ro },
			   .m = m,
			   .flags = flags,
			   .tlinks = tlinks,
			   .func_addr = func_addr,
			   .im = im };
	int n = generate(&t);

	if (n > 0 && im && t.after_call) {
		im->ip_after_call = (u8 *)ro + t.after_call;
		im->ip_epilogue = (u8 *)ro + t.epilogue;
	}
	return n;
}
