// SPDX-License-Identifier: GPL-2.0-only
/*
 * The peer: the Linux that we run on, by raw bpf(2). The program becomes the subprogram of an XDP program, which
 * calls it with the address of a map's value. BPF_PROG_TEST_RUN times it in the kernel; and the code of
 * the subprogram alone, which needs nothing of the kernel, is run in this process.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf/insn.h"
#include "tests/bench/jit_bench.h"

#define PTR(p)	 ((u64)(uintptr_t)(p))
#define CODE_MAX 65536

static int sys_bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int create_map(void *mem)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY,
				.key_size = 4,
				.value_size = BENCH_MEM,
				.max_entries = 1 };
	u32 key = 0;
	int fd = sys_bpf(BPF_MAP_CREATE, &attr);

	if (fd < 0)
		return fd;
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = fd;
	attr.key = PTR(&key);
	attr.value = PTR(mem);
	return sys_bpf(BPF_MAP_UPDATE_ELEM, &attr) ? -1 : fd;
}

static int load(const struct bench_bpf *bpf, int map)
{
	const struct bpf_insn head[] = { BPF_LD_IMM64_RAW(1, BPF_PSEUDO_MAP_VALUE, (u32)map),
					 BPF_CALL_REL(1), BPF_EXIT_INSN() };
	struct bpf_insn *insns = malloc(sizeof(head) + bpf->len * sizeof(*insns));
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_XDP, .license = PTR("GPL") };
	int fd;

	memcpy(insns, head, sizeof(head));
	memcpy(&insns[4], bpf->insns, bpf->len * sizeof(*insns));
	attr.insns = PTR(insns);
	attr.insn_cnt = bpf->len + 4;
	fd = sys_bpf(BPF_PROG_LOAD, &attr);
	free(insns);
	return fd;
}

/*
 * Where mitigations are on, a function ends in a jump to a return thunk instead of "ret": the
 * five bytes at its end. Calls would lead nowhere: a program with any is not taken.
 */
static const char *take_image(struct bench_linux *l, bool calls)
{
	static u8 code[CODE_MAX];
	struct bpf_prog_info info = { 0 };
	union bpf_attr attr = { 0 };
	u32 lens[8] = { 0 };
	u8 *image;

	info.jited_prog_insns = PTR(code);
	info.jited_prog_len = sizeof(code);
	info.jited_func_lens = PTR(lens);
	info.nr_jited_func_lens = 8;
	attr.info.bpf_fd = l->prog;
	attr.info.info_len = sizeof(info);
	attr.info.info = PTR(&info);
	if (sys_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) || !info.jited_prog_len)
		return "no JIT, or its code is not shown";
	l->image_len = lens[1];
	if (calls)
		return "calls functions";
	image = mmap(NULL, CODE_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (image == MAP_FAILED)
		return "out of memory";
	memcpy(image, code + lens[0], lens[1]);
	/* Up to the next function's alignment there may be int3. */
	while (lens[1] && image[lens[1] - 1] == 0xcc)
		lens[1]--;
	if (lens[1] > 5 && image[lens[1] - 5] == 0xe9)
		image[lens[1] - 5] = 0xc3;
	l->image_len = lens[1];
	if (mprotect(image, CODE_MAX, PROT_READ | PROT_EXEC))
		return "no executable memory";
	l->image = (u64(*)(void *))(uintptr_t)image;
	return NULL;
}

static bool has_calls(const struct bench_bpf *bpf)
{
	for (u32 i = 0; i < bpf->len; i++)
		if (bpf->insns[i].code == (BPF_JMP | BPF_CALL))
			return true;
	return false;
}

void bench_linux_load(struct bench_linux *l, const struct bench_bpf *bpf, void *mem)
{
	memset(l, 0, sizeof(*l));
	l->prog = -1;
	l->map = create_map(mem);
	if (l->map < 0) {
		l->problem = "bpf(2) is not usable";
		return;
	}
	l->prog = load(bpf, l->map);
	l->problem = l->prog < 0 ? "its verifier refuses" : take_image(l, has_calls(bpf));
}

double bench_linux_run(const struct bench_linux *l, u32 repeat, u32 *ret)
{
	union bpf_attr attr = { 0 };
	u8 packet[64] = { 0 };

	attr.test.prog_fd = l->prog;
	attr.test.data_in = PTR(packet);
	attr.test.data_size_in = sizeof(packet);
	attr.test.repeat = repeat;
	if (sys_bpf(BPF_PROG_TEST_RUN, &attr))
		return -1;
	*ret = attr.test.retval;
	return attr.test.duration;
}
