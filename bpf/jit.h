/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The JIT's contract: BPF instructions to machine code, and programs that run as such.
 *
 *   bpf_jit_prepare -> image of jit->size bytes -> bpf_jit_emit -> protect -> run -> bpf_jit_release
 */
#pragma once

#include "bpf/image.h"
#include "bpf/insn.h"
#include "kernel/lib/sync.h"

struct bpf_fused_entry;
struct bpf_map;
struct bpf_prog;
struct jit_item;
struct jit_switch;

/* ---- code from instructions: arch/x86/bpf_jit.c ---- */

/* A load that may fault: where it is, where to go on when it has, and the register to clear. */
struct bpf_jit_fault {
	u32 load, resume; /* offsets in the code */
	u8 reg;		  /* as the machine numbers it */
};

/* What a helper's call comes to, once the helper and its map are known. */
struct bpf_jit_call {
	enum bpf_jit_call_kind {
		BPF_JIT_CALL_FUNC,	   /* of @func, with the helper's arguments */
		BPF_JIT_CALL_ARRAY,	   /* a look-up in an array */
		BPF_JIT_CALL_PERCPU_ARRAY, /* the same in this CPU's elements */
		BPF_JIT_CALL_CPU_ID,	   /* this CPU's number */
	} kind;
	const void *func;
	u32 max_entries, elem_size; /* of the array; elem_size fits 31 bits */
	s32 stride;		    /* bytes from one CPU's elements to the next one's */
	u64 value;		    /* address of its first element, CPU 0's */
	s32 cpu_id_at;		    /* bpf_jit_cpu_id_at */
};

/* One program being compiled. Zeroed by its owner, who sets the first group. */
struct bpf_jit {
	const struct bpf_insn *insns; /* verified, fixups done; borrowed */
	u32 len;
	/* What the verifier found, or NULL: bytes of stack of each of @nr_funcs functions, by first instruction. */
	const u32 *func_start, *func_stack;
	u32 nr_funcs;
	bool patchable; /* functions begin with a nop that a call fits over; tail calls enter behind it */
	/* Tells about @call of a helper with @map as R1, 0 if that is not known. False: it is a plain call. May be NULL. */
	bool (*call)(const struct bpf_prog *prog, const struct bpf_insn *call, u64 map,
		     struct bpf_jit_call *jc);
	const struct bpf_prog *prog; /* for call */
	/*
	 * Called instead of helpers and kfuncs, with their arguments and, as the sixth, @prog's instruction; and stacks are
	 * cleared at entry. NULL: neither.
	 */
	const void *recorder;
	const void *tail_call_target; /* instead of bpf_jit_tail_call_target(), or NULL */
	/* The program is called as a C function: see bpf/fused.h. NULL: with ctx in R1. */
	const struct bpf_fused_entry *entry;

	/* Set by bpf_jit_prepare(). */
	u32 size;	/* bytes of code */
	u32 tail_entry; /* where a tail call enters; 0 is where a call does */
	u32 *start;	/* len + 1 offsets: of each instruction, a function's prologue included */
	u32 *body;	/* the same behind the prologue: where jumps go */
	u8 *flags;	/* per instruction; private */
	u32 *loop;	/* of a loop's first instruction: the last jump back, plus 1; private */
	u16 *live;	/* registers of use from each instruction on; private */
	u16 *uses;	/* of a function's first instruction: what its frame needs; private */
	bool has_loops, has_switch, has_slots, has_constants;
	u16 constants; /* registers that the instruction in front, or one near, gave a constant; private */
	struct bpf_insn *own_insns; /* not NULL: @insns, changed; private */
	u8 *code; /* without what depends on places: jit->items; private, as is that */
	struct jit_item *items;
	u32 *item; /* per instruction: how many items are in front */
	u32 nr_items;
	struct jit_switch *sw; /* of programs with comparisons in a row; private, as is the next */
	u16 *edges;	       /* per instruction: how many lead there, or U16_MAX */
	struct bpf_jit_fault *faults; /* of all loads that may fault, in order of address */
	u32 nr_faults;
};

/*
 * Finds out how much code @jit needs. 0; -ENOMEM; -ENOTSUPP: an instruction that has to be
 * interpreted (the whole program then is). The arrays are there until bpf_jit_release().
 */
int bpf_jit_prepare(struct bpf_jit *jit);

/*
 * Writes exactly jit->size bytes to @rw, code that will run at @ro: a u64 (*)(const void *ctx, const
 * struct bpf_insn *). 0, or -ERANGE if a function that it calls is out of reach.
 */
int bpf_jit_emit(struct bpf_jit *jit, void *rw, const void *ro);
void bpf_jit_release(struct bpf_jit *jit);

/*
 * Instructions that not every CPU has, and that the code shall not use even where this one has them: a bit
 * each, ~0U for the code that runs everywhere. For tests and documents; 0 at start.
 */
extern u32 bpf_jit_without;

/*
 * Called by the code: the address at which a tail call to slot @index of the PROG_ARRAY @map enters, or
 * NULL if there is no jited program.
 */
const void *bpf_jit_tail_call_target(struct bpf_map *map, u32 index);

/* ---- programs: bpf/jit_prog.c ---- */

enum bpf_jit_mode {
	BPF_JIT_OFF,   /* programs are interpreted */
	BPF_JIT_ON,    /* compiled, where that can be done */
	BPF_JIT_CHECK, /* and test runs compare both */
};
/* Holds for programs that are loaded from now on. */
extern enum bpf_jit_mode bpf_jit_mode;

/*
 * Where the running CPU's number is, 32 bits wide: so many bytes behind gs. -1: there is one CPU, number 0. Set by
 * bpf_jit_fault_init().
 */
extern s32 bpf_jit_cpu_id_at;

/*
 * What generated code does against predictions of branches that others have trained; 0: nothing. For code that is
 * generated from now on, programs and trampolines alike. Documented in docs/decisions/mitigations.md.
 */
enum {
	BPF_JIT_RETPOLINES = 1,	   /* indirect jumps are retpolines; no jump tables */
	BPF_JIT_RETURN_THUNKS = 2, /* returns are as safe as retpolines */
};
extern u32 bpf_jit_mitigations;

/* What a compiled program has: prog->aux->jit_data. */
struct bpf_jit_image {
	struct bpf_image im;
	u32 tail_entry;
	struct bpf_jit_fault *faults;
	u32 nr_faults;
	struct bpf_jit_image *next; /* of those with faults */
	struct rcu_head rcu;
};

/* Sets @jit's first group to what is known of a verified program. */
void bpf_jit_init(struct bpf_jit *jit, const struct bpf_prog *prog);
/* @ji's loads that may fault, from @jit: they are found from here on. @ji->im is set. */
void bpf_jit_adopt_faults(struct bpf_jit_image *ji, struct bpf_jit *jit);
/* Frees @ji, but not its code, once no fault looks at it any more. */
void bpf_jit_free_faults(struct bpf_jit_image *ji);

/*
 * Makes @prog run as machine code: bpf_func, jited, aux->jited_len, and meta's jited_off. 0; or -ENOTSUPP, -ENOMEM,
 * -EPERM (bpf_jit_limit), -ERANGE with nothing changed: the caller interprets it. May sleep.
 */
int bpf_jit_compile(struct bpf_prog *prog);
/*
 * The same program as other code, whose calls go through @recorder and @tail_call_target (see struct bpf_jit); @prog keeps
 * its own. 0, or as bpf_jit_compile(). May sleep. The caller frees *@image.
 */
int bpf_jit_compile_recorded(const struct bpf_prog *prog, const void *recorder,
			     const void *tail_call_target, struct bpf_jit_image **image);
/* Nobody runs it any more; NULL is none. */
void bpf_jit_image_free(struct bpf_jit_image *image);
u64 bpf_jit_image_mem(const struct bpf_jit_image *image);
/* Frees the code. Nobody runs it any more. Nothing happens if there is none. */
void bpf_jit_free(struct bpf_prog *prog);
/* Bytes of memory that the code takes, and what belongs to it; 0 if there is none. */
u64 bpf_jit_mem(const struct bpf_prog *prog);
/* Name of function @i (0: main) of a program, as kallsyms has it: bpf_prog_<tag>_<name>. */
void bpf_jit_func_name(const struct bpf_prog *prog, u32 i, char *name, u32 size);
/* Where function @i of a compiled program is, and how long. @i < aux->func_cnt, or 0. */
void bpf_jit_func_range(const struct bpf_prog *prog, u32 i, u64 *start, u32 *len);

/*
 * A fault at @ip: if that is a load of a compiled program that may fault, true, where to go on and what
 * to clear. From any context.
 */
bool bpf_jit_find_fault(u64 ip, u64 *resume, u8 *reg);
/* Makes the machine's faults ask it: arch/x86/bpf_fault.c, arch/host/bpf_fault.c. Once, at boot. */
void bpf_jit_fault_init(void);

/*
 * A run for a test, as prog->aux->test_mode says: as code, interpreted, or compared (bpf_jit_check_run()). Inside an RCU
 * read section.
 */
u64 bpf_jit_test_run(const struct bpf_prog *prog, void *ctx, u32 ctx_size);
/*
 * From now on @prog's test runs go like that; it stays compiled for everybody else. 0, or with the sentence
 * in the log -EINVAL: it is not compiled, cannot be interpreted, or cannot be compared; -ENOMEM, -EPERM. May sleep.
 */
int bpf_jit_set_test_mode(struct bpf_prog *prog, enum bpf_jit_mode mode);

/* ---- both ways, compared: bpf/jit_check.c ---- */

/*
 * Can @prog be compared? Not if it is not compiled, has no test run, calls kfuncs, or has both functions and
 * tail calls: docs/decisions/whole-programs.md.
 */
bool bpf_jit_can_check(const struct bpf_prog *prog);
/* Makes what its runs need: it belongs to @prog. 0; or, with the sentence in the log, -EINVAL, -ENOMEM, -EPERM. May sleep. */
int bpf_jit_check_prepare(struct bpf_prog *prog);
void bpf_jit_check_free(struct bpf_prog *prog);
u64 bpf_jit_check_mem(const struct bpf_prog *prog);
/*
 * Runs a prepared program in the interpreter and, from the same memory and with the same answers to its calls, as
 * code; panics if they differ in result, ctx, values of maps, or in what they call with what arguments. Its calls have
 * their effects once. If that cannot be done (no memory, or more than 4 MiB of calls) it runs once, and the log says so.
 */
u64 bpf_jit_check_run(const struct bpf_prog *prog, void *ctx, u32 ctx_size);
/* Has a prepared program no effect but on its ctx? */
bool bpf_jit_check_repeatable(const struct bpf_prog *prog);
/* How many runs were compared, how many should have been and were not; and programs that cannot be. */
extern struct bpf_jit_check_counts {
	u64 compared, not_compared, refused;
} bpf_jit_check_counts;
