// SPDX-License-Identifier: GPL-2.0-only
/*
 * verifier-on-linux: asks the Linux that it runs on about the cases of tests/verifier, and prints TAP. A case passes
 * if Linux agrees with its claim, or differs in the way that the case documents. Needs root; where bpf(2) is not usable
 * everything is skipped.
 *
 *   verifier-on-linux [-v] FILE.data...    -v: the log of each case
 *   verifier-on-linux -r FILE.data...      what Linux says, one line each: file:line, errno, at, reason
 *
 * Loads, runs and closes; attaches nothing.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/verifier_load.h"

static struct verifier_kernel kernel;
static bool verbose_logs, report;
static unsigned int nr_cases, nr_failed;

static long linux_bpf(int cmd, union bpf_attr *attr)
{
	long ret = syscall(SYS_bpf, cmd, attr, sizeof(*attr));

	return ret < 0 ? -errno : ret;
}

static void linux_close(int fd)
{
	close(fd);
}

static void linux_set_caps(uint64_t caps)
{
	static struct __user_cap_data_struct all[2];
	struct __user_cap_header_struct hdr = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (!all[0].effective && syscall(SYS_capget, &hdr, all))
		abort();
	memcpy(data, all, sizeof(data));
	data[0].effective &= caps;
	data[1].effective &= caps >> 32;
	if (syscall(SYS_capset, &hdr, data))
		abort();
}

static int linux_run(int fd, uint32_t prog_type, uint32_t *retval)
{
	static char bytes[64];
	union bpf_attr attr = { .test = { .prog_fd = fd } };
	int err;

	memset(bytes, 0, sizeof(bytes));
	if (prog_type == BPF_PROG_TYPE_SYSCALL) {
		attr.test.ctx_in = (uintptr_t)bytes;
		attr.test.ctx_size_in = sizeof(bytes);
	} else {
		attr.test.data_in = (uintptr_t)bytes;
		attr.test.data_size_in = sizeof(bytes);
	}
	err = linux_bpf(BPF_PROG_TEST_RUN, &attr);
	*retval = attr.test.retval;
	return err;
}

static bool read_btf(void)
{
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY);
	struct stat st;
	char *data;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st))
		return false;
	data = malloc(st.st_size);
	for (off_t at = 0; data && at < st.st_size; at += n) {
		n = read(fd, data + at, st.st_size - at);
		if (n <= 0)
			return false;
	}
	close(fd);
	return data && raw_btf_init(&kernel.btf, data, st.st_size);
}

/* May this process load programs? NULL, or why not. */
static const char *unusable(void)
{
	static const struct bpf_insn insns[] = { { 0xb7, 0, 0, 0, 0 }, { 0x95, 0, 0, 0, 0 } };
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SYSCALL, .insn_cnt = 2 };
	int fd;

	attr.insns = (uintptr_t)insns;
	attr.license = (uintptr_t) "GPL";
	attr.prog_flags = BPF_F_SLEEPABLE;
	fd = linux_bpf(BPF_PROG_LOAD, &attr);
	if (fd < 0)
		return strerror(-fd);
	close(fd);
	return read_btf() ? NULL : "no BTF in /sys/kernel/btf/vmlinux";
}

/*
 * Does this Linux tell anything about programs of that attach type? Some let nobody load programs at functions:
 * then even one without a function is not permitted, instead of not valid.
 */
static bool can_ask(const struct verifier_case *c)
{
	static const struct bpf_insn insns[] = { { 0xb7, 0, 0, 0, 0 }, { 0x95, 0, 0, 0, 0 } };
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_TRACING, .insn_cnt = 2 };

	if (c->prog_type != BPF_PROG_TYPE_TRACING)
		return true;
	attr.insns = (uintptr_t)insns;
	attr.license = (uintptr_t) "GPL";
	attr.expected_attach_type = c->attach_type;
	return linux_bpf(BPF_PROG_LOAD, &attr) != -EPERM;
}

/* What the case claims about Linux: NULL if it is so. */
static const char *compare(const struct verifier_case *c, const struct verifier_outcome *o)
{
	switch (c->linux_verdict) {
	case LINUX_ACCEPTS:
		return o->err ? "Linux refuses, the case says that it accepts" : NULL;
	case LINUX_REJECTS:
		return o->err > 0 ? NULL : "Linux accepts, the case says that it refuses";
	default:
		return verifier_compare(c, o, c->linux_verdict != LINUX_SAYS);
	}
}

static void run_case(const struct verifier_case *c, void *unused)
{
	struct verifier_outcome o;
	const char *problem;
	char reason[300];

	nr_cases++;
	if (c->linux_verdict == LINUX_SKIP || !can_ask(c)) {
		if (!report)
			printf("ok %u - %s # SKIP %s\n", nr_cases, c->name,
			       c->linux_verdict == LINUX_SKIP ? c->linux_note : "not permitted");
		return;
	}
	verifier_load(&kernel, c, &o);
	problem = compare(c, &o);
	if (report) {
		verifier_reason(o.log, reason, sizeof(reason));
		printf("%s:%u\t%s\t%d\t0x%x\t%s\n", c->file, c->line,
		       o.err < 0 ? "WRONG" : errno_name(o.err), o.at, o.retval,
		       o.err ? reason : "");
		return;
	}
	printf("%sok %u - %s\n", problem ? "not " : "", nr_cases, c->name);
	nr_failed += problem != NULL;
	if (problem)
		printf("# %s:%u: %s\n", c->file, c->line, problem);
	if (problem || verbose_logs)
		verifier_print_log(o.log, verbose_logs ? 1000 : 12);
}

int main(int argc, char **argv)
{
	const char *why = unusable();
	int i = 1;

	kernel.bpf = linux_bpf;
	kernel.close = linux_close;
	kernel.set_caps = linux_set_caps;
	kernel.run = linux_run;
	for (; i < argc && argv[i][0] == '-'; i++) {
		verbose_logs |= !strcmp(argv[i], "-v");
		report |= !strcmp(argv[i], "-r");
	}
	if (i == argc) {
		fprintf(stderr, "usage: verifier-on-linux [-v | -r] FILE.data...\n");
		return 2;
	}
	if (why) {
		printf("1..1\nok 1 - bpf(2) # SKIP not usable here: %s\n", why);
		return 0;
	}
	for (; i < argc; i++)
		if (!verifier_cases(argv[i], run_case, NULL))
			return 1;
	if (!report)
		printf("1..%u\n", nr_cases);
	return nr_failed ? 1 : 0;
}
