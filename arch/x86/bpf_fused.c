// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes ctx out of a struct_ops program (bpf/fused.h). Follows, from the entry on, which registers hold the
 * ctx pointer and which still hold an argument as it came; then each load from ctx becomes a move from such a
 * register, or a load from where the entry puts the argument. Instructions keep their numbers:
 *
 *	0: r2 = 352                     0: r2 = 352
 *	1: r6 = *(u64 *)(r1 +0)         1: r6 = r1              rdi is R1 and the first argument
 *	2: r3 = r6                      2: r3 = r6
 *	3: r1 = *(u64 *)(r1 +16)        3: r1 = r4              r3 came as the third; nobody uses r4:
 *	4: exit                         4: exit                 the entry has "mov rcx, rdx"
 *
 * Relies on the verifier's word that the program is right, and on System V's argument registers being
 * those of BPF. Linear but for loops, where it goes round until nothing changes.
 */
#include "bpf/fused.h"

#include "arch/x86/bpf_trampoline.h"
#include "arch/x86/x86_encode.h"
#include "bpf/os.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

#define BPF_ARGS	 5 /* of the argument registers, those that are BPF registers */
#define NOP		 (BPF_JMP | BPF_JA) /* with offset 0 */
/* The frame's end to the first argument on the stack: the caller's rbp, the return address. */
#define STACK_ARGS	 16
/* cmp dword [address], 0; jne classic */
#define STATS_CHECK_SIZE 14

/* What is known in front of one instruction; bit n is Rn. */
struct flow {
	u16 reached;
	u16 is_ctx;	     /* these hold the ctx pointer, */
	u16 may_be_ctx;	     /* these do on some way here */
	u16 holds[BPF_ARGS]; /* these hold what came in argument register n */
};

struct fuse {
	struct bpf_fused *f;
	struct flow *flow;		/* per instruction */
	u32 len;			/* of the main program */
	u32 nr_slots;			/* of ctx */
	u8 slot_of[BPF_FUSED_ARG_REGS]; /* the other way round from places[] */
	struct x86_arg_place places[MAX_BPF_FUNC_ARGS];
	bool changed, calls;
	u32 used;			    /* registers that the instructions themselves name */
	u32 wanted;			    /* argument registers that any load asks for */
	bool in_memory[BPF_FUSED_ARG_REGS]; /* their argument has to be in memory, */
	bool elsewhere[BPF_FUSED_ARG_REGS]; /* or at least in another register */
	const struct bpf_fused_home *home[BPF_FUSED_ARG_REGS];
};

static bool is_mov64(const struct bpf_insn *insn)
{
	return insn->code == (BPF_ALU64 | BPF_MOV | BPF_X) && !insn->off;
}

static u32 regs_read(const struct fuse *fu, const struct bpf_insn *insn)
{
	if (insn->code == (BPF_JMP | BPF_CALL))
		return (BIT(bpf_call_nr_args(fu->f->prog, insn) + 1) - 1) & ~BIT(BPF_REG_0);
	return bpf_insn_regs_read(insn);
}

/* A plain load from the ctx pointer that stays within one slot? */
static bool is_ctx_load(const struct fuse *fu, const struct flow *st, const struct bpf_insn *insn)
{
	u8 mode = BPF_MODE(insn->code);

	return BPF_CLASS(insn->code) == BPF_LDX && (mode == BPF_MEM || mode == BPF_MEMSX) &&
	       st->is_ctx & BIT(insn->src_reg) && insn->off >= 0 && insn->off % 8 == 0 &&
	       insn->off / 8 < (s32)fu->nr_slots;
}

static bool is_ctx_move(const struct flow *st, const struct bpf_insn *insn)
{
	return is_mov64(insn) && st->is_ctx & BIT(insn->src_reg);
}

static bool is_whole(const struct bpf_insn *load)
{
	return load->code == (BPF_LDX | BPF_MEM | BPF_DW);
}

static void forget(struct flow *st, u32 regs)
{
	st->is_ctx &= ~regs;
	st->may_be_ctx &= ~regs;
	for (u32 n = 0; n < BPF_ARGS; n++)
		st->holds[n] &= ~regs;
}

static struct x86_arg_place place_of(const struct fuse *fu, const struct bpf_insn *load)
{
	return fu->places[load->off / 8];
}

/* The state behind @insn. -ENOTSUPP: ctx goes where it cannot be followed. */
static int step(const struct fuse *fu, const struct bpf_insn *insn, struct flow *st)
{
	u32 dst = BIT(insn->dst_reg), n;

	if (is_ctx_load(fu, st, insn)) {
		struct x86_arg_place p = place_of(fu, insn);

		forget(st, dst);
		if (is_whole(insn) && p.in_reg && p.index < BPF_ARGS)
			st->holds[p.index] |= dst;
		return 0;
	}
	if (is_ctx_move(st, insn)) { /* no code will come of it: arguments stay where they are */
		st->is_ctx |= dst;
		st->may_be_ctx |= dst;
		return 0;
	}
	if (regs_read(fu, insn) & st->may_be_ctx)
		return -ENOTSUPP;
	if (is_mov64(insn)) {
		u32 held = 0;

		for (n = 0; n < BPF_ARGS; n++)
			if (st->holds[n] & BIT(insn->src_reg))
				held |= BIT(n);
		forget(st, dst);
		for (n = 0; n < BPF_ARGS; n++)
			if (held & BIT(n))
				st->holds[n] |= dst;
		return 0;
	}
	forget(st, bpf_insn_regs_written(insn));
	return 0;
}

/* Two ways meet at @to: only what holds on both is known. */
static void merge(struct fuse *fu, u32 to, const struct flow *from)
{
	struct flow *st = &fu->flow[to], old = *st;

	if (!st->reached) {
		*st = *from;
		st->reached = true;
	} else {
		st->is_ctx &= from->is_ctx;
		st->may_be_ctx |= from->may_be_ctx;
		for (u32 n = 0; n < BPF_ARGS; n++)
			st->holds[n] &= from->holds[n];
	}
	if (memcmp(st, &old, sizeof(old)))
		fu->changed = true;
}

static int walk(struct fuse *fu)
{
	const struct bpf_insn *insns = fu->f->prog->insnsi;
	u32 i;
	int err;

	for (i = 0; i < fu->len; i++) {
		const struct bpf_insn *insn = &insns[i];
		struct flow st = fu->flow[i];
		u32 next = i + 1 + bpf_is_ld_imm64(insn);

		if (!st.reached)
			continue;
		err = step(fu, insn, &st);
		if (err)
			return err;
		if (bpf_is_jump(insn))
			merge(fu, i + 1 + bpf_jmp_offset(insn), &st);
		if (insn->code == (BPF_JMP | BPF_EXIT) ||
		    (bpf_is_jump(insn) && BPF_OP(insn->code) == BPF_JA))
			continue;
		if (next >= fu->len)
			return -ENOTSUPP;
		merge(fu, next, &st);
	}
	return 0;
}

static int follow_ctx(struct fuse *fu)
{
	struct flow start = { .is_ctx = BIT(BPF_REG_1), .may_be_ctx = BIT(BPF_REG_1) };
	int err = 0;

	/* A call at the entry leaves nothing in registers. */
	for (u32 n = 0; !fu->f->enter && n < BPF_ARGS; n++)
		start.holds[n] = BIT(BPF_REG_1 + n);
	merge(fu, 0, &start);
	while (!err && fu->changed) {
		fu->changed = false;
		err = walk(fu);
	}
	return err;
}

/* ---- homes of arguments ---- */

/* A zero-extended byte or half would take two moves; in memory it is one load. */
static bool is_narrow(const struct bpf_insn *load)
{
	return BPF_MODE(load->code) == BPF_MEM && bpf_size_to_bytes(load->code) < 4;
}

/* What the load at @i asks of its argument, and which registers the program uses otherwise. */
static void look_at(struct fuse *fu, u32 i)
{
	const struct bpf_insn *insn = &fu->f->prog->insnsi[i];
	const struct flow *st = &fu->flow[i];
	struct x86_arg_place p;

	if (is_ctx_move(st, insn))
		return;
	if (!is_ctx_load(fu, st, insn)) {
		fu->used |= bpf_insn_regs_read(insn) | bpf_insn_regs_written(insn);
		fu->calls |= insn->code == (BPF_JMP | BPF_CALL);
		return;
	}
	fu->used |= BIT(insn->dst_reg);
	p = place_of(fu, insn);
	if (!p.in_reg)
		return;
	fu->wanted |= BIT(p.index);
	if (p.index >= BPF_ARGS)
		fu->in_memory[p.index] = true;
	else if (!st->holds[p.index])
		fu->elsewhere[p.index] = true;
	if (is_narrow(insn))
		fu->in_memory[p.index] = true;
}

/* A register that keeps argument @n from entry to exit, or R10. */
static u8 free_reg(struct fuse *fu, u32 n)
{
	u32 taken = fu->used | fu->wanted << BPF_REG_1;

	if (fu->calls || fu->f->enter || fu->in_memory[n])
		return BPF_REG_10;
	for (u8 reg = BPF_REG_5;; reg--) {
		if (!(taken & BIT(reg))) {
			fu->used |= BIT(reg);
			return reg;
		}
		if (reg == BPF_REG_0)
			return BPF_REG_10;
	}
}

static void choose_homes(struct fuse *fu, u32 stack)
{
	struct bpf_fused_entry *entry = &fu->f->entry;

	entry->own_stack = stack;
	for (u32 n = 0; n < BPF_FUSED_ARG_REGS; n++) {
		struct bpf_fused_home *home = &entry->homes[entry->nr_homes];

		if (!(fu->wanted & BIT(n)) || !(fu->in_memory[n] || fu->elsewhere[n]))
			continue;
		*home = (struct bpf_fused_home){ .arg_reg = n,
						 .slot = fu->slot_of[n],
						 .reg = free_reg(fu, n) };
		if (home->reg == BPF_REG_10)
			home->off = -(s16)(stack += 8);
		fu->home[n] = home;
		entry->nr_homes++;
	}
	if (entry->enter) {
		entry->start = -(s16)(stack += 8);
		entry->result = -(s16)(stack += 8);
		entry->run_ctx = -(s16)(stack += sizeof(struct bpf_tramp_run_ctx));
	}
	fu->f->func_stack[0] = stack;
}

/* ---- the new instructions ---- */

static void become_nop(struct bpf_insn *insn)
{
	*insn = (struct bpf_insn){ .code = NOP };
}

static void become_load(struct bpf_insn *insn, s16 off)
{
	insn->src_reg = BPF_REG_10;
	insn->off = off;
}

/* dst = src, as wide as the load was. */
static void become_move(struct bpf_insn *insn, u8 src)
{
	u32 bytes = bpf_size_to_bytes(insn->code);
	bool sign = BPF_MODE(insn->code) == BPF_MEMSX;
	struct bpf_insn mov = { .code = BPF_ALU64 | BPF_MOV | BPF_X,
				.dst_reg = insn->dst_reg,
				.src_reg = src };

	if (sign)
		mov.off = bytes * 8;
	else if (bytes == 4)
		mov.code = BPF_ALU | BPF_MOV | BPF_X;
	*insn = mov;
	if (bytes == 8 && mov.dst_reg == src)
		become_nop(insn);
}

static void rewrite(struct fuse *fu, u32 i)
{
	struct bpf_insn *insn = &fu->f->insns[i];
	const struct flow *st = &fu->flow[i];
	const struct bpf_fused_home *home;
	struct x86_arg_place p;
	u32 held;

	if (is_ctx_move(st, insn))
		return become_nop(insn);
	if (!is_ctx_load(fu, st, insn))
		return;
	p = place_of(fu, insn);
	if (!p.in_reg)
		return become_load(insn, STACK_ARGS + 8 * p.index);
	home = fu->home[p.index];
	held = p.index < BPF_ARGS && !is_narrow(insn) ? st->holds[p.index] : 0;
	if (held & BIT(insn->dst_reg))
		become_move(insn, insn->dst_reg);
	else if (held)
		become_move(insn, __builtin_ctz(held));
	else if (home->reg != BPF_REG_10)
		become_move(insn, home->reg);
	else
		become_load(insn, home->off);
}

static int take_ctx_out(struct fuse *fu)
{
	const struct bpf_prog_aux *aux = fu->f->prog->aux;
	u32 stack = aux->func_cnt ? ALIGN(aux->subprog_stack[0], 8) : MAX_BPF_STACK, i;
	int err = follow_ctx(fu);

	if (err)
		return err;
	for (i = 0; i < fu->len; i++)
		if (fu->flow[i].reached)
			look_at(fu, i);
	choose_homes(fu, stack);
	for (i = 0; i < fu->len; i++)
		if (fu->flow[i].reached)
			rewrite(fu, i);
	return 0;
}

int arch_bpf_stats_check(void *rw, s32 to)
{
	struct x86_buf b = { .buf = rw, .size = rw ? STATS_CHECK_SIZE : 0 };
	s64 addr = (s64)(uintptr_t)&bpf_classic_users;

	if (addr != (s32)addr)
		return -ERANGE;
	x86_cmp_mi32(&b, x86_mem(X86_NO_REG, (s32)addr), 0);
	x86_jcc_32(&b, X86_CC_NE, to - STATS_CHECK_SIZE);
	return b.error ?: (int)b.pos;
}

static bool has_tail_calls(const struct bpf_prog *prog)
{
	for (u32 i = 0; i < prog->len; i++)
		if (prog->insnsi[i].code == (BPF_JMP | BPF_TAIL_CALL))
			return true;
	return false;
}

static int compile(struct bpf_fused *f)
{
	const struct bpf_prog_aux *aux = f->prog->aux;

	bpf_jit_init(&f->jit, f->prog);
	f->jit.insns = f->insns;
	f->jit.entry = &f->entry;
	f->jit.patchable = false; /* who traces the program has the classic form taken */
	if (aux->func_cnt)
		f->jit.func_stack = f->func_stack;
	return bpf_jit_prepare(&f->jit);
}

int bpf_fused_prepare(struct bpf_fused *f)
{
	const struct bpf_prog *prog = f->prog;
	const struct bpf_prog_aux *aux = prog->aux;
	u32 nr_funcs = max(aux->func_cnt, 1U);
	struct fuse fu = { .f = f };
	int err = x86_check_model(f->model, &fu.nr_slots);

	if (err || !prog->jited || has_tail_calls(prog))
		return err ?: -ENOTSUPP;
	x86_place_args(f->model, fu.places);
	for (u32 i = 0; i < fu.nr_slots; i++)
		if (fu.places[i].in_reg)
			fu.slot_of[fu.places[i].index] = i;
	fu.len = aux->func_cnt > 1 ? aux->subprog_starts[1] : prog->len;
	fu.flow = kcalloc(fu.len, sizeof(*fu.flow));
	f->insns = kcalloc(prog->len, sizeof(*f->insns));
	f->func_stack = kcalloc(nr_funcs, sizeof(*f->func_stack));
	if (f->enter) {
		f->entry.enter = bpf_trampoline_enter(prog);
		f->entry.exit = bpf_trampoline_exit(prog);
	}
	f->entry.prog = prog;
	f->entry.cookie = f->cookie;
	f->entry.frame = kcalloc(1, sizeof(*f->entry.frame));
	err = -ENOMEM;
	if (fu.flow && f->insns && f->func_stack && f->entry.frame) {
		x86_note_stack_args(f->entry.frame, fu.places, fu.nr_slots, STACK_ARGS);
		memcpy(f->insns, prog->insnsi, prog->len * sizeof(*f->insns));
		if (aux->func_cnt)
			memcpy(f->func_stack, aux->subprog_stack, nr_funcs * sizeof(u32));
		err = take_ctx_out(&fu);
	}
	kfree(fu.flow);
	return err ?: compile(f);
}

void bpf_fused_release(struct bpf_fused *f)
{
	bpf_jit_release(&f->jit);
	kfree(f->insns);
	kfree(f->func_stack);
	kfree(f->entry.frame);
	f->entry.frame = NULL;
	f->insns = NULL;
	f->func_stack = NULL;
}
