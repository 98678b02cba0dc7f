/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exceptions and interrupts: what the stubs save, and who may handle what. Also included by the JIT,
 * which is in the hosted build as well: so this header needs nothing of the bare machine.
 */
#pragma once

#include "kernel/lib/types.h"

/*
 * The interrupted registers, as vectors.S leaves them on the stack (lowest address first). A handler
 * that changes them changes what the interrupted code sees when it goes on.
 */
struct trap_frame {
	u64 r15, r14, r13, r12, r11, r10, r9, r8;
	u64 rdi, rsi, rbp, rbx, rdx, rcx, rax;
	u64 vector, error; /* error is 0 for vectors that have none */
	u64 rip, cs, rflags, rsp, ss;
};

_Static_assert(sizeof(struct trap_frame) == 22 * 8, "vectors.S pushes 22 quadwords");

/* Exceptions (SDM vol. 3A, table 6-1). */
enum x86_trap {
	TRAP_DE = 0,
	TRAP_DB = 1,
	TRAP_NMI = 2,
	TRAP_BP = 3,
	TRAP_UD = 6,
	TRAP_DF = 8,
	TRAP_GP = 13,
	TRAP_PF = 14,
	TRAP_MC = 18,
};
#define NR_EXCEPTIONS 32

/*
 * A second exception table, for code that is not part of the kernel's image. @fixup is asked about
 * page faults and general protection faults at @tf->rip; it returns true if it has changed @tf so
 * that execution can go on. Called with interrupts off, and must not sleep.
 */
struct trap_fixup {
	bool (*fixup)(u64 fault_ip, struct trap_frame *tf);
	struct trap_fixup *next;
};
/* @f must live for ever. */
void trap_fixup_register(struct trap_fixup *f);

/* Handles whatever vectors.S caught. */
void x86_trap(struct trap_frame *tf);
/* Describes an exception nobody handles, and stops the machine. */
void x86_fault_panic(const struct trap_frame *tf) __noreturn;
/* Builds GDT, TSS and IDT and loads them: exceptions are reported from here on. */
void descriptors_init(void);
