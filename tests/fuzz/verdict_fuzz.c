// SPDX-License-Identifier: GPL-2.0-only
/*
 * verdict-fuzz: random programs with branches, loops and a subprogram, loaded into the hosted kernel. One that is accepted
 * runs on several inputs, first in a machine that checks every access (checked_run.h), then in the kernel as
 * it was fixed up; both must end with the same R0 and the same value. Linux's verdict is asked for and
 * counted, where bpf(2) is usable. (verifier-fuzz compares what the verifier knew with what was so; its programs are plainer.)
 *
 *   build/verdict-fuzz loglevel=0 test="SECONDS [SEED]"    TAP; prints the seed, and a program that fails
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/capability.h>

#include "bpf/bpf.h"
#include "bpf/disasm.h"
#include "bpf/os.h"
#include "bpf/session.h"
#include "kernel/arch.h"
#include "kernel/sync.h"
#include "tests/fuzz/checked_run.h"
#include "tests/fuzz/prog_gen.h"
#include "tests/kernel/ktest.h"

#define INPUTS 5
#define PTR(p) ((u64)(uintptr_t)(p))

static struct bpf_session *session;
static struct bpf_insn insns[GEN_MAX_INSNS];
static u32 len;
static int map_fd, linux_map_fd = -1;
static u32 tried, accepted, runs, linux_same, linux_only, ours_only;
static char why[320];

static long trellis_bpf(int cmd, union bpf_attr *attr)
{
	return bpf_syscall(session, cmd, PTR(attr), sizeof(*attr));
}

static long linux_bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int make_map(long (*bpf)(int cmd, union bpf_attr *attr))
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY };

	attr.key_size = 4;
	attr.value_size = GEN_VALUE_SIZE;
	attr.max_entries = 1;
	return bpf(BPF_MAP_CREATE, &attr);
}

static char linux_log[1 << 20];

static int load(long (*bpf)(int cmd, union bpf_attr *attr))
{
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER };

	attr.insns = PTR(insns);
	attr.insn_cnt = len;
	attr.license = PTR("GPL");
	if (bpf == linux_bpf) {
		attr.log_level = 1;
		attr.log_buf = PTR(linux_log);
		attr.log_size = sizeof(linux_log);
	}
	return bpf(BPF_PROG_LOAD, &attr);
}

static void set_map_fd(int fd)
{
	for (u32 i = 0; i + 1 < len; i++)
		if (bpf_is_ld_imm64(&insns[i]))
			insns[i].imm = fd;
}

/* Zeros, ones, small numbers, edges, anything. */
static void make_input(u64 *value, u32 kind, u64 *rng)
{
	static const u64 edges[] = { 0,	    1,	63,	    64,		0x7fffffff, 0x80000000,
				     ~0ULL, 56, 0xffffffff, 1ULL << 32, 1ULL << 63, ~0ULL >> 1 };

	for (u32 i = 0; i < GEN_VALUE_SIZE / 8; i++) {
		u64 r = gen_random(rng);

		value[i] = kind == 0   ? 0
			   : kind == 1 ? ~0ULL
			   : kind == 2 ? r >> 57
			   : kind == 3 ? edges[(r >> 20) % ARRAY_SIZE(edges)]
				       : r;
	}
}

static void element(int cmd, void *value)
{
	union bpf_attr attr = { .map_fd = map_fd };
	u32 key = 0;

	attr.key = PTR(&key);
	attr.value = PTR(value);
	if (trellis_bpf(cmd, &attr))
		abort();
}

/* The kernel's own run must do what the checked one did. */
static bool same_in_kernel(struct bpf_prog *prog, const u64 *input, const u64 *after, u64 r0)
{
	u64 value[GEN_VALUE_SIZE / 8], ctx[8] = { 0 };
	u32 kernel_r0;

	memcpy(value, input, sizeof(value));
	element(BPF_MAP_UPDATE_ELEM, value);
	rcu_read_lock();
	kernel_r0 = bpf_prog_run(prog, ctx);
	rcu_read_unlock();
	element(BPF_MAP_LOOKUP_ELEM, value);
	if (kernel_r0 == (u32)r0 && !memcmp(value, after, sizeof(value)))
		return true;
	snprintf(why, sizeof(why),
		 "R0 is 0x%x in the kernel, 0x%x in the checked run; the value is %s", kernel_r0,
		 (u32)r0, memcmp(value, after, sizeof(value)) ? "another" : "the same");
	return false;
}

static bool run_inputs(int fd, u64 seed)
{
	/* Of exactly that size, so that a sanitizer sees its ends as well. */
	u64 *value = malloc(GEN_VALUE_SIZE), input[GEN_VALUE_SIZE / 8], rng = seed | 1;
	struct bpf_prog *prog;
	bool ok = true;

	if (!value || bpf_prog_get(session, fd, &prog))
		abort();
	for (u32 i = 0; ok && i < INPUTS; i++) {
		struct checked_run run = { .value = (u8 *)value, .size = GEN_VALUE_SIZE };

		make_input(input, i, &rng);
		memcpy(value, input, sizeof(input));
		runs++;
		ok = checked_run(&run, insns, len);
		if (!ok)
			snprintf(why, sizeof(why), "input %u, instruction %u: %s", i, run.insn,
				 run.why);
		ok = ok && same_in_kernel(prog, input, value, run.r0);
	}
	bpf_prog_put(prog);
	free(value);
	return ok;
}

/* The line before "processed N insns", of the first few programs that only Linux refuses. */
static void print_linux_reason(u64 seed)
{
	char *end = strstr(linux_log, "processed "), *line;

	if (!end || ours_only > 5)
		return;
	end[-1] = '\0';
	line = strrchr(linux_log, '\n');
	printf("# only Linux refuses seed %llu: %.100s\n", (unsigned long long)seed,
	       line ? line + 1 : linux_log);
}

/* Both with all capabilities. */
static void compare_with_linux(u64 seed)
{
	bool ours, theirs;
	int fd;

	session->caps = ~0ULL;
	fd = load(trellis_bpf);
	session->caps = BIT_ULL(CAP_BPF);
	ours = fd >= 0;
	if (ours)
		bpf_local_session_close(session, fd);
	set_map_fd(linux_map_fd);
	fd = load(linux_bpf);
	set_map_fd(map_fd);
	theirs = fd >= 0;
	if (theirs)
		close(fd);
	linux_same += ours == theirs;
	linux_only += theirs && !ours;
	ours_only += ours && !theirs;
	if (ours && !theirs)
		print_linux_reason(seed);
}

static bool one_round(u64 seed)
{
	bool ok = true;
	int fd;

	len = prog_gen(seed, map_fd, insns);
	if (++tried % 256 == 0)
		rcu_barrier(); /* frees programs */
	fd = load(trellis_bpf);
	if (linux_map_fd >= 0 && tried % 4 == 0)
		compare_with_linux(seed);
	if (fd < 0)
		return true;
	accepted++;
	ok = run_inputs(fd, seed);
	bpf_local_session_close(session, fd);
	return ok;
}

static void print_program(u64 seed)
{
	char text[BPF_DISASM_MAX];

	printf("# seed %llu: %s\n", (unsigned long long)seed, why);
	for (u32 i = 0; i < len; i++) {
		bpf_disasm_insn(text, sizeof(text), &insns[i], NULL, true);
		printf("#  %3u: %s\n", i, text);
		i += bpf_is_ld_imm64(&insns[i]);
	}
}

void ktest_init(void)
{
}

/* Without CAP_PERFMON no address gets into a number, so that two runs must be equal. */
void ktest_main(const char *args)
{
	u64 seconds = 0, seed = 0, s;
	time_t end;
	bool ok = true;

	if (sscanf(args, "%llu %llu", (unsigned long long *)&seconds, (unsigned long long *)&seed) <
	    2)
		seed = time(NULL) * 1000003ULL;
	session = bpf_local_session_create("verdict-fuzz", BIT_ULL(CAP_BPF));
	map_fd = session ? make_map(trellis_bpf) : -1;
	linux_map_fd = make_map(linux_bpf);
	if (map_fd < 0)
		abort();
	end = time(NULL) + (seconds ? seconds : 60);
	printf("# seed %llu\n", (unsigned long long)seed);
	for (s = seed; ok && time(NULL) < end; s++) {
		ok = one_round(s);
		if (seconds == 0)
			break;
	}
	if (!ok)
		print_program(s - 1);
	printf("# %u programs, %u accepted, %u runs\n", tried, accepted, runs);
	if (linux_map_fd >= 0)
		printf("# Linux (with all capabilities): %u same verdicts, accepts %u more, "
		       "refuses %u "
		       "that are accepted here\n",
		       linux_same, linux_only, ours_only);
	printf("%sok 1 - accepted programs do nothing wrong\n", ok ? "" : "not ");
	printf("%sok 2 - enough programs are accepted\n", accepted >= tried / 20 ? "" : "not ");
	printf("1..2\n");
	fflush(stdout);
	bpf_local_session_destroy(session);
	for (int i = 0; i < 4; i++)
		rcu_barrier();
	arch_exit(ok ? ARCH_EXIT_PASS : ARCH_EXIT_FAIL);
}
