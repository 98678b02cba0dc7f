// SPDX-License-Identifier: GPL-2.0-only
/*
 * System calls in the loader's stead: a thread that waits in a caught call is stopped by ptrace at that
 * call's end, sent through its own syscall instruction again with other registers, and let go with the
 * result that it shall see. Relies on the filter letting these calls through. Promises that the thread's
 * registers and signals are as before, and never to wait for anything but that thread.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#undef PAGE_SIZE /* the same numbers as ours, written in another way */
#undef PAGE_MASK

#include "tools/trellis/exec.h"

#define SYSCALL_STOP	 (SIGTRAP | 0x80)
#define SYSCALL_INSN_LEN 2 /* 0f 05 */
#define SIGSET_SIZE	 8 /* the kernel's, not the C library's */

struct injection {
	pid_t tid;
	struct user_regs_struct saved;
	u64 signals;
};

/* True at a stop of the kind wanted; false when the thread is gone. Other stops are passed. */
static bool wait_for_stop(struct injection *in, bool syscall)
{
	int status, signal;

	for (;;) {
		if (waitpid(in->tid, &status, __WALL) != in->tid) {
			if (errno == EINTR)
				continue;
			return false;
		}
		if (!WIFSTOPPED(status))
			return false;
		if (syscall ? WSTOPSIG(status) == SYSCALL_STOP : status >> 16 == PTRACE_EVENT_STOP)
			return true;
		signal = status >> 16 || WSTOPSIG(status) == SYSCALL_STOP ? 0 : WSTOPSIG(status);
		if (ptrace(syscall ? PTRACE_SYSCALL : PTRACE_CONT, in->tid, 0, signal))
			return false;
	}
}

static bool hold_signals(struct injection *in)
{
	u64 all = ~0ULL;

	return !ptrace(PTRACE_GETSIGMASK, in->tid, SIGSET_SIZE, &in->signals) &&
	       !ptrace(PTRACE_SETSIGMASK, in->tid, SIGSET_SIZE, &all);
}

int inject_begin(struct supervisor *s, const struct seccomp_notif *n, struct injection **out)
{
	static struct injection injection, *in = &injection;

	in->tid = n->pid;
	if (ptrace(PTRACE_SEIZE, in->tid, 0, PTRACE_O_TRACESYSGOOD)) {
		warn("a mapping fails: cannot trace process %d (has it a debugger?): %s", n->pid,
		     strerror(errno));
		return -EPERM;
	}
	ptrace(PTRACE_INTERRUPT, in->tid, 0, 0);
	/* Where the interruption has not ended the wait already, this does. */
	notify_reply(s, n->id, 0, -ENODEV);
	if (!wait_for_stop(in, false) || ptrace(PTRACE_GETREGS, in->tid, 0, &in->saved) ||
	    !hold_signals(in)) {
		ptrace(PTRACE_DETACH, in->tid, 0, 0);
		return -ESRCH;
	}
	*out = in;
	return 0;
}

s64 inject_call(struct injection *in, long nr, const u64 *args)
{
	struct user_regs_struct regs = in->saved;

	regs.rip -= SYSCALL_INSN_LEN;
	regs.orig_rax = -1; /* the call that was caught is not to be restarted */
	regs.rax = nr;
	regs.rdi = args[0];
	regs.rsi = args[1];
	regs.rdx = args[2];
	regs.r10 = args[3];
	regs.r8 = args[4];
	regs.r9 = args[5];
	if (ptrace(PTRACE_SETREGS, in->tid, 0, &regs))
		return -ESRCH;
	for (int stop = 0; stop < 2; stop++) /* at its begin, at its end */
		if (ptrace(PTRACE_SYSCALL, in->tid, 0, 0) || !wait_for_stop(in, true))
			return -ESRCH;
	if (ptrace(PTRACE_GETREGS, in->tid, 0, &regs))
		return -ESRCH;
	return regs.rax;
}

void inject_end(struct injection *in, s64 result)
{
	struct user_regs_struct regs = in->saved;

	regs.orig_rax = -1;
	regs.rax = result;
	ptrace(PTRACE_SETREGS, in->tid, 0, &regs);
	ptrace(PTRACE_SETSIGMASK, in->tid, SIGSET_SIZE, &in->signals);
	ptrace(PTRACE_DETACH, in->tid, 0, 0);
}
