// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verifier's log: instructions, states and totals, in the shape that tools for Linux's log read.
 *
 *   0: R1=ctx() R10=fp0                           a whole state, where a way begins
 *   ; int x = 0; @ prog.c:12                      the C line
 *   0: (b7) r0 = 0                        ; R0_w=0   an instruction and what it changed
 */
#include "bpf/verifier/verifier.h"

#include "bpf/disasm.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"

#define MIN_ALIGNMENT 40

void verbose(struct bpf_verifier_env *env, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	bpf_vlog(env->log, fmt, ap);
	va_end(ap);
}

int not_supported(struct bpf_verifier_env *env, const char *what)
{
	verbose(env, "%s not supported\n", what);
	return -EINVAL;
}

int verifier_bug(struct bpf_verifier_env *env, const char *what)
{
	verbose(env, "verifier bug: %s\n", what);
	return -EFAULT;
}

void mark_reg_scratched(struct bpf_verifier_env *env, u32 regno)
{
	env->scratched_regs |= BIT(regno);
}

void mark_stack_slot_scratched(struct bpf_verifier_env *env, u32 spi)
{
	env->scratched_stack_slots |= BIT_ULL(spi);
}

const char *reg_type_str(struct bpf_verifier_env *env, u32 type)
{
	static const char *const names[] = {
		[NOT_INIT] = "?",
		[SCALAR_VALUE] = "scalar",
		[PTR_TO_CTX] = "ctx",
		[CONST_PTR_TO_MAP] = "map_ptr",
		[PTR_TO_MAP_VALUE] = "map_value",
		[PTR_TO_MAP_KEY] = "map_key",
		[PTR_TO_STACK] = "fp",
		[PTR_TO_PACKET_META] = "pkt_meta",
		[PTR_TO_PACKET] = "pkt",
		[PTR_TO_PACKET_END] = "pkt_end",
		[PTR_TO_SOCKET] = "sock",
		[PTR_TO_SOCK_COMMON] = "sock_common",
		[PTR_TO_TCP_SOCK] = "tcp_sock",
		[PTR_TO_BTF_ID] = "ptr_",
		[PTR_TO_MEM] = "mem",
		[PTR_TO_BUF] = "buf",
		[PTR_TO_FUNC] = "func",
		[CONST_PTR_TO_DYNPTR] = "dynptr_ptr",
	};
	const char *null = "";

	if (type & PTR_MAYBE_NULL)
		null = base_type(type) == PTR_TO_BTF_ID ? "or_null_" : "_or_null";
	scnprintf(env->tmp_str, sizeof(env->tmp_str), "%s%s%s%s%s%s%s%s",
		  type & MEM_RDONLY ? "rdonly_" : "", type & MEM_RINGBUF ? "ringbuf_" : "",
		  type & MEM_PERCPU ? "percpu_" : "", type & MEM_RCU ? "rcu_" : "",
		  type & PTR_UNTRUSTED ? "untrusted_" : "", type & PTR_TRUSTED ? "trusted_" : "",
		  base_type(type) < ARRAY_SIZE(names) ? names[base_type(type)] : "?", null);
	return env->tmp_str;
}

/* ---- registers ---- */

static void verbose_unum(struct bpf_verifier_env *env, u64 n)
{
	if (n <= U16_MAX)
		verbose(env, "%llu", (unsigned long long)n);
	else
		verbose(env, "%#llx", (unsigned long long)n);
}

static void verbose_snum(struct bpf_verifier_env *env, s64 n)
{
	if (n >= S16_MIN && n <= S16_MAX)
		verbose(env, "%lld", (long long)n);
	else
		verbose(env, "%#llx", (unsigned long long)n);
}

/* One of the eight ends of a value's ranges; one that says nothing is left out. */
struct end {
	const char *name;
	u64 val;
	bool omit;
};

/* Ends with the same value share it: "smin=umin=5". */
static void print_scalar_ranges(struct bpf_verifier_env *env, const struct reg_bounds *b,
				const char **sep)
{
	struct end ends[] = {
		{ "smin", (u64)b->smin, b->smin == S64_MIN },
		{ "smax", (u64)b->smax, b->smax == S64_MAX },
		{ "umin", b->umin, b->umin == 0 },
		{ "umax", b->umax, b->umax == U64_MAX },
		{ "smin32", (u64)(s64)b->s32_min, b->s32_min == S32_MIN },
		{ "smax32", (u64)(s64)b->s32_max, b->s32_max == S32_MAX },
		{ "umin32", b->u32_min, b->u32_min == 0 },
		{ "umax32", b->u32_max, b->u32_max == U32_MAX },
	};

	for (u32 i = 0; i < ARRAY_SIZE(ends); i++) {
		if (ends[i].omit)
			continue;
		verbose(env, "%s%s", *sep, ends[i].name);
		*sep = ",";
		for (u32 j = i + 1; j < ARRAY_SIZE(ends); j++) {
			if (ends[j].omit || ends[j].val != ends[i].val)
				continue;
			verbose(env, "=%s", ends[j].name);
			ends[j].omit = true;
		}
		verbose(env, "=");
		if (ends[i].name[0] == 's')
			verbose_snum(env, (s64)ends[i].val);
		else
			verbose_unum(env, ends[i].val);
	}
}

static void print_value(struct bpf_verifier_env *env, const struct bpf_reg_state *reg,
			const char **sep)
{
	struct tnum t = reg->b.var_off;

	if (tnum_is_const(t)) {
		if (t.value) {
			verbose(env, "%simm=", *sep);
			verbose_snum(env, (s64)t.value);
		}
		return;
	}
	print_scalar_ranges(env, &reg->b, sep);
	if (!tnum_is_unknown(t))
		verbose(env, "%svar_off=(0x%llx; 0x%llx)", *sep, (unsigned long long)t.value,
			(unsigned long long)t.mask);
}

static void print_pointer_facts(struct bpf_verifier_env *env, const struct bpf_reg_state *reg,
				const char **sep)
{
	u32 base = base_type(reg->type);

	if (reg->ref_obj_id) {
		verbose(env, "%sref_obj_id=%d", *sep, reg->ref_obj_id);
		*sep = ",";
	}
	if (base == CONST_PTR_TO_MAP || base == PTR_TO_MAP_VALUE || base == PTR_TO_MAP_KEY) {
		if (reg->map_ptr->name[0]) {
			verbose(env, "%smap=%s", *sep, reg->map_ptr->name);
			*sep = ",";
		}
		verbose(env, "%sks=%d,vs=%d", *sep, reg->map_ptr->key_size,
			reg->map_ptr->value_size);
		*sep = ",";
	}
	if (base != SCALAR_VALUE && reg->off) {
		verbose(env, "%soff=", *sep);
		verbose_snum(env, reg->off);
		*sep = ",";
	}
	if (base == PTR_TO_PACKET || base == PTR_TO_PACKET_META) {
		verbose(env, "%sr=", *sep);
		verbose_unum(env, (u64)(s64)reg->range);
		*sep = ",";
	}
	if (base == PTR_TO_MEM) {
		verbose(env, "%ssz=", *sep);
		verbose_unum(env, reg->mem_size);
		*sep = ",";
	}
}

static void print_reg_state(struct bpf_verifier_env *env, const struct bpf_func_state *f,
			    const struct bpf_reg_state *reg)
{
	const char *sep = "";

	if (reg->type == SCALAR_VALUE && reg->precise)
		verbose(env, "P");
	if (tnum_const_reg(reg)) {
		verbose_snum(env, (s64)reg->b.var_off.value);
		return;
	}
	verbose(env, "%s", reg_type_str(env, reg->type));
	if (reg->type == PTR_TO_STACK) {
		if (f->frameno != reg->frameno)
			verbose(env, "[%d]", reg->frameno);
		if (tnum_is_const(reg->b.var_off)) {
			verbose_snum(env, (s64)reg->b.var_off.value + reg->off);
			return;
		}
	}
	if (base_type(reg->type) == PTR_TO_BTF_ID)
		verbose(env, "%s", btf_type_name(reg->btf, btf_type_by_id(reg->btf, reg->btf_id)));
	verbose(env, "(");
	if (reg->id) {
		verbose(env, "id=%d", reg->id & ~BPF_ADD_CONST);
		sep = ",";
	}
	if (reg->id & BPF_ADD_CONST)
		verbose(env, "%+d", reg->off);
	print_pointer_facts(env, reg, &sep);
	print_value(env, reg, &sep);
	verbose(env, ")");
}

/* ---- stack ---- */

static void print_stack_slot(struct bpf_verifier_env *env, const struct bpf_func_state *f, u32 i)
{
	static const char chars[] = {
		[STACK_INVALID] = '?', [STACK_SPILL] = 'r', [STACK_MISC] = 'm', [STACK_ZERO] = '0'
	};
	const struct bpf_stack_state *slot = &f->stack[i];
	char text[BPF_REG_SIZE + 1] = "";
	u32 end = BPF_REG_SIZE;

	/* Of a partial spill, print the bytes above it, then the register. */
	if (is_spilled_reg(slot))
		for (end = 0; slot->slot_type[end] != STACK_SPILL; end++)
			;
	for (u32 j = 0; j < end; j++)
		text[j] = chars[slot->slot_type[j]];
	verbose(env, " fp%d=%s", -(int)(i + 1) * BPF_REG_SIZE, text);
	if (is_spilled_reg(slot))
		print_reg_state(env, f, &slot->spilled_ptr);
}

void print_verifier_state(struct bpf_verifier_env *env, const struct bpf_verifier_state *st,
			  u32 frameno, bool print_all)
{
	const struct bpf_func_state *f = st->frame[frameno];

	if (f->frameno)
		verbose(env, " frame%d:", f->frameno);
	for (u32 i = 0; i < MAX_BPF_REG; i++) {
		if (f->regs[i].type == NOT_INIT)
			continue;
		if (!print_all && !(env->scratched_regs & BIT(i)))
			continue;
		verbose(env, " R%d%s=", i, f->written & BIT(i) ? "_w" : "");
		print_reg_state(env, f, &f->regs[i]);
	}
	for (u32 i = 0; i < f->allocated_stack / BPF_REG_SIZE; i++) {
		if (mem_is(f->stack[i].slot_type, STACK_INVALID, BPF_REG_SIZE))
			continue;
		if (print_all || (env->scratched_stack_slots & BIT_ULL(i)))
			print_stack_slot(env, f, i);
	}
	for (u32 i = 0; i < st->acquired_refs; i++)
		verbose(env, "%s%d", i ? "," : " refs=", st->refs[i].id);
	if (f->in_callback_fn)
		verbose(env, " cb");
	verbose(env, "\n");
	env->scratched_regs = 0;
	env->scratched_stack_slots = 0;
}

static u32 log_alignment(u32 pos)
{
	u32 want = max(pos + MIN_ALIGNMENT / 2, (u32)MIN_ALIGNMENT);

	return DIV_ROUND_UP(want, MIN_ALIGNMENT) * MIN_ALIGNMENT - pos - 1;
}

void print_insn_state(struct bpf_verifier_env *env)
{
	if (env->prev_log_pos && env->prev_log_pos == env->log->end) {
		/* Nothing was written after the instruction: what it changed goes into its line. */
		bpf_vlog_reset(env->log, env->prev_log_pos - 1);
		verbose(env, "%*s;", (int)log_alignment(env->prev_insn_print_pos), "");
	} else {
		verbose(env, "%d:", env->insn_idx);
	}
	print_verifier_state(env, env->cur_state, env->cur_state->curframe, false);
}

/* ---- instructions ---- */

static const char *call_name(void *private, const struct bpf_insn *insn)
{
	struct bpf_verifier_env *env = private;
	const struct btf_type *t;

	if (!bpf_pseudo_kfunc_call(insn) || insn->off || !btf_vmlinux)
		return NULL;
	t = btf_type_by_id(btf_vmlinux, insn->imm);
	return t && env ? btf_type_name(btf_vmlinux, t) : NULL;
}

void print_insn_line(struct bpf_verifier_env *env)
{
	struct bpf_disasm_cbs cbs = { .call = call_name, .private = env };
	char text[BPF_DISASM_MAX];

	if (env->scratched_regs || env->scratched_stack_slots)
		print_insn_state(env);
	verbose_linfo(env, env->insn_idx, "; ");
	env->prev_log_pos = env->log->end;
	bpf_disasm_insn(text, sizeof(text), &env->insns[env->insn_idx], &cbs, env->allow_ptr_leaks);
	verbose(env, "%d: %s\n", env->insn_idx, text);
	env->prev_insn_print_pos = env->log->end - env->prev_log_pos;
	env->prev_log_pos = env->log->end;
}

static const struct bpf_line_info *find_linfo(const struct bpf_prog_aux *aux, u32 insn_off)
{
	u32 lo = 0, hi = aux->nr_linfo;

	/* The last one at or before the instruction. */
	while (lo < hi) {
		u32 mid = (lo + hi) / 2;

		if (aux->linfo[mid].insn_off <= insn_off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? &aux->linfo[lo - 1] : NULL;
}

void verbose_linfo(struct bpf_verifier_env *env, u32 insn_off, const char *prefix)
{
	const struct bpf_prog_aux *aux = env->prog->aux;
	const struct bpf_line_info *l;
	const char *line, *file, *slash;

	if (!aux->btf || !aux->nr_linfo)
		return;
	l = find_linfo(aux, insn_off);
	if (!l || l == env->prev_linfo)
		return;
	env->prev_linfo = l;
	line = btf_name_by_offset(aux->btf, l->line_off) ?: "";
	while (*line == ' ' || *line == '\t')
		line++;
	file = btf_name_by_offset(aux->btf, l->file_name_off) ?: "";
	slash = strrchr(file, '/');
	verbose(env, "%s%s @ %s:%u\n", prefix, line, slash ? slash + 1 : file,
		BPF_LINE_INFO_LINE_NUM(l->line_col));
}

void print_verification_stats(struct bpf_verifier_env *env)
{
	if (env->log->level & BPF_LOG_STATS) {
		verbose(env, "verification time %llu usec\n",
			(unsigned long long)(env->verification_time / 1000));
		verbose(env, "stack depth ");
		for (u32 i = 0; i < env->subprog_cnt; i++)
			verbose(env, "%s%d", i ? "+" : "", env->subprog[i].stack_depth);
		verbose(env, "\n");
	}
	verbose(env,
		"processed %d insns (limit %d) max_states_per_insn %d total_states %d peak_states "
		"%d mark_read %d\n",
		env->insn_processed, BPF_COMPLEXITY_LIMIT_INSNS, env->max_states_per_insn,
		env->total_states, env->peak_states, env->longest_mark_read_walk);
}
