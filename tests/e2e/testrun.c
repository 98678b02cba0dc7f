// SPDX-License-Identifier: GPL-2.0-only
/*
 * BPF_PROG_TEST_RUN by raw calls, as a table of what goes in and what comes out. The same program asks Linux and, under
 * "trellis exec", Trellis; where Trellis says something else, the row says so. Prints TAP.
 *
 *	testrun linux | trellis
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/e2e/testrun.h"

#define PTR(p)	((u64)(uintptr_t)(p))
#define MAX_PKT 4096

static char why[200];

static long sys_bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int load(const struct row *r)
{
	static char log[4096];
	union bpf_attr attr = { .prog_type = r->type };
	int n = sizeof(r->insns) / sizeof(r->insns[0]);

	while (n && !r->insns[n - 1].code)
		n--;
	attr.insns = PTR(r->insns);
	attr.insn_cnt = n;
	attr.license = PTR("GPL");
	attr.log_buf = PTR(log);
	attr.log_size = sizeof(log);
	attr.log_level = 1;
	log[0] = '\0';
	n = sys_bpf(BPF_PROG_LOAD, &attr);
	if (n < 0)
		fprintf(stderr, "%s", log);
	return n;
}

static u32 packet(const struct row *r, u8 *pkt)
{
	u32 size = r->empty ? 0 : r->size_in ?: 64;

	for (u32 i = 0; i < size; i++)
		pkt[i] = i;
	if (r->h_proto) {
		pkt[12] = r->h_proto >> 8;
		pkt[13] = r->h_proto;
	}
	if (r->dest)
		memset(pkt, r->dest, 6);
	return size;
}

static bool expect(const char *what, long found, long expected)
{
	if (found == expected)
		return true;
	snprintf(why, sizeof(why), "%s: expected %ld (0x%lx), found %ld (0x%lx)", what, expected,
		 expected, found, found);
	return false;
}

static bool check(const struct row *r, const union bpf_attr *attr, const u8 *out, const u8 *ctx)
{
	u32 room = attr->test.data_size_out, first = 0, value = 0;

	for (int i = 0; i < 4; i++)
		first = first << 8 | out[i];
	memcpy(&value, ctx + r->at, sizeof(value));
	if (r->size_out && r->size_out != ANY_SIZE)
		for (u32 i = r->size_out; i < MAX_PKT; i++)
			if (out[i] != 0xaa)
				return expect("a byte past the room", out[i], 0xaa);
	return expect("retval", (int)attr->test.retval, (int)r->retval) &&
	       expect("data_size_out", room, r->out ?: r->size_in ?: 64) &&
	       (!r->first || expect("data_out", first, r->first)) &&
	       (!r->ctx_out_size ||
		(expect("ctx_size_out", attr->test.ctx_size_out, r->ctx_out_size) &&
		 expect("ctx", value, r->value)));
}

static bool run(const struct row *r, bool trellis)
{
	static u8 in[MAX_PKT], out[MAX_PKT], ctx_in[256], ctx_out[256];
	u32 ctx_max =
		r->type == BPF_PROG_TYPE_XDP ? sizeof(struct xdp_md) : sizeof(struct __sk_buff);
	int err = trellis && r->trellis ? r->trellis : r->err, fd = load(r), found;
	union bpf_attr attr = { 0 };

	if (fd < 0)
		return expect("errno of the load", errno, 0);
	memset(out, 0xaa, sizeof(out));
	memset(ctx_in, 0, sizeof(ctx_in));
	attr.test.prog_fd = fd;
	attr.test.data_size_in = packet(r, in);
	attr.test.data_in = r->no_data_in ? 0 : PTR(in);
	attr.test.data_out = r->flags & 2 ? 0 : PTR(out);
	attr.test.data_size_out = r->size_out == ANY_SIZE ? 0 : r->size_out ?: MAX_PKT;
	attr.test.repeat = r->repeat;
	attr.test.flags = r->flags;
	attr.test.cpu = r->cpu;
	attr.test.batch_size = r->batch_size;
	if (r->ctx) {
		memcpy(ctx_in, r->ctx, ctx_max);
		if (r->tail)
			memcpy(ctx_in + ctx_max, &r->tail, sizeof(r->tail));
		attr.test.ctx_in = PTR(ctx_in);
		attr.test.ctx_size_in = r->ctx_size ?: ctx_max;
	}
	if (r->ctx_size_out) {
		attr.test.ctx_out = PTR(ctx_out);
		attr.test.ctx_size_out = r->ctx_size_out;
	}
	found = sys_bpf(BPF_PROG_TEST_RUN, &attr) ? errno : 0;
	close(fd);
	if (!expect("errno", found, err))
		return false;
	return (err && err != ENOSPC) || check(r, &attr, out, ctx_out);
}

/* What has no row: other pairs of pointer and size; the time that is reported. */
static bool run_odd(void)
{
	static const struct row two = { .type = BPF_PROG_TYPE_XDP,
					.insns = { BPF_MOV64_IMM(0, 2), BPF_EXIT_INSN() } };
	u8 pkt[64] = { 0 };
	union bpf_attr attr = { .test = { .data_size_in = sizeof(pkt), .ctx_size_in = 8 } };

	attr.test.prog_fd = load(&two);
	attr.test.data_in = PTR(pkt);
	if (!expect("a ctx of no address", sys_bpf(BPF_PROG_TEST_RUN, &attr) ? errno : 0, EINVAL))
		return false;
	attr.test.ctx_size_in = 0;
	attr.test.ctx_out = PTR(pkt);
	if (!expect("a ctx of no size", sys_bpf(BPF_PROG_TEST_RUN, &attr) ? errno : 0, EINVAL))
		return false;
	attr.test.ctx_out = 0;
	attr.test.repeat = 100000;
	if (!expect("100,000 runs", sys_bpf(BPF_PROG_TEST_RUN, &attr) ? errno : 0, 0))
		return false;
	close(attr.test.prog_fd);
	return expect("a run takes less than 100 us", attr.test.duration < 100000, 1);
}

static bool usable(void)
{
	int fd = load(&testrun_rows[0]);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

int main(int argc, char **argv)
{
	u32 n = nr_testrun_rows, failed = 0;
	bool trellis = argc == 2 && !strcmp(argv[1], "trellis"), ok;

	if (argc != 2 || (!trellis && strcmp(argv[1], "linux"))) {
		fprintf(stderr, "usage: testrun linux | trellis\n");
		return 2;
	}
	if (!trellis && !usable()) {
		printf("1..1\nok 1 - test runs # SKIP bpf(2) is not usable here: %s\n",
		       strerror(errno));
		return 0;
	}
	for (u32 i = 0; i < n; i++) {
		ok = run(&testrun_rows[i], trellis);
		printf("%sok %u - %s\n", ok ? "" : "not ", i + 1, testrun_rows[i].name);
		if (!ok)
			printf("# %s\n", why);
		failed += !ok;
	}
	ok = run_odd();
	printf("%sok %u - pointers, sizes and time\n1..%u\n", ok ? "" : "not ", n + 1, n + 1);
	if (!ok)
		printf("# %s\n", why);
	return failed || !ok;
}
