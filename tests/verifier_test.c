// SPDX-License-Identifier: GPL-2.0-only
/*
 * verifier-test: the hosted kernel, which instead of its own tests runs the verifier's data files and
 * prints TAP. Every program that is accepted and has a result runs, in each way that this build has.
 *
 *   build/verifier-test loglevel=3 test="tests/verifier/cfg.data ..."
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/bpf.h"
#include "bpf/btf.h"
#include "bpf/os.h"
#include "bpf/session.h"
#include "kernel/arch.h"
#include "kernel/sync.h"
#include "tests/kernel/ktest.h"
#include "tests/verifier_load.h"

static struct bpf_session *session;
static u32 nr_cases, nr_failed;

static long trellis_bpf(int cmd, union bpf_attr *attr)
{
	return bpf_syscall(session, cmd, (uintptr_t)attr, sizeof(*attr));
}

static void trellis_close(int fd)
{
	bpf_local_session_close(session, fd);
}

static void trellis_set_caps(uint64_t caps)
{
	session->caps = caps;
}

static int trellis_run(int fd, uint32_t prog_type, uint32_t *retval)
{
	static u64 bytes[8];
	union bpf_attr attr = { .test = { .prog_fd = fd } };
	int err;

	memset(bytes, 0, sizeof(bytes));
	if (prog_type == BPF_PROG_TYPE_SYSCALL) {
		attr.test.ctx_in = (u64)(uintptr_t)bytes;
		attr.test.ctx_size_in = sizeof(bytes);
	} else {
		attr.test.data_in = (u64)(uintptr_t)bytes;
		attr.test.data_size_in = sizeof(bytes);
	}
	err = trellis_bpf(BPF_PROG_TEST_RUN, &attr);
	*retval = attr.test.retval;
	return err;
}

static struct verifier_kernel kernel = {
	.bpf = trellis_bpf,
	.close = trellis_close,
	.set_caps = trellis_set_caps,
	.run = trellis_run,
};

static const char *check_processed(const struct verifier_case *c, const char *log)
{
	static char text[80];
	const char *p = strstr(log, "processed ");
	u32 processed = p ? strtoul(p + 10, NULL, 10) : U32_MAX;

	if (!c->max_insns || processed <= c->max_insns)
		return NULL;
	snprintf(text, sizeof(text), "%u instructions were processed, not at most %u", processed,
		 c->max_insns);
	return text;
}

static void run_case(const struct verifier_case *c, void *unused)
{
	struct verifier_outcome o;
	const char *problem;

	nr_cases++;
	verifier_load(&kernel, c, &o);
	problem = verifier_compare(c, &o, true) ?: check_processed(c, o.log);
	printf("%sok %u - %s\n", problem ? "not " : "", nr_cases, c->name);
	if (problem) {
		nr_failed++;
		printf("# %s:%u: %s\n", c->file, c->line, problem);
		verifier_print_log(o.log, 12);
	}
	fflush(stdout);
}

/* Nothing of the programs may be left. */
static void check_leaks(void)
{
	u32 left;

	bpf_local_session_destroy(session);
	for (int i = 0; i < 4; i++)
		rcu_barrier();
	left = bpf_object_count(BPF_OBJ_PROG) + bpf_object_count(BPF_OBJ_MAP);
	nr_cases++;
	nr_failed += left != 0;
	printf("%sok %u - nothing is left of programs and maps\n", left ? "not " : "", nr_cases);
	if (left)
		printf("# %u objects are left\n", left);
}

void ktest_init(void)
{
}

void ktest_main(const char *files)
{
	char *copy = strdup(files), *file, *save = NULL;
	bool ok = true;

	session = bpf_local_session_create("verifier-test", ~0ULL);
	if (!session || !btf_vmlinux ||
	    !raw_btf_init(&kernel.btf, btf_vmlinux->data, btf_vmlinux->data_size)) {
		fprintf(stderr, "verifier-test: no session, or no BTF of the kernel\n");
		arch_exit(ARCH_EXIT_FAIL);
	}
	for (file = strtok_r(copy, " ", &save); file && ok; file = strtok_r(NULL, " ", &save))
		ok = verifier_cases(file, run_case, NULL);
	check_leaks();
	printf("1..%u\n", nr_cases);
	fflush(stdout);
	free(copy);
	free(kernel.btf.types);
	arch_exit(ok && !nr_failed ? ARCH_EXIT_PASS : ARCH_EXIT_FAIL);
}
