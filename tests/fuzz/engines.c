// SPDX-License-Identifier: GPL-2.0-only
/* See engines.h. */
#include "tests/fuzz/engines.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "bpf/interp.h"
#include "bpf/session.h"
#include "bpf/syscall.h"
#include "kernel/sync.h"
#include "tests/fuzz/linux_bpf.h"

#define PTR(p) ((u64)(uintptr_t)(p))

static struct bpf_session *session;
static struct fuzz_maps ours, theirs;

static long trellis_bpf(int cmd, union bpf_attr *attr)
{
	return bpf_syscall(session, cmd, PTR(attr), sizeof(*attr));
}

static int make_map(long (*bpf)(int cmd, union bpf_attr *attr), u32 size)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY };

	attr.key_size = 4;
	attr.value_size = size;
	attr.max_entries = 1;
	attr.map_flags = BPF_F_MMAPABLE;
	return bpf(BPF_MAP_CREATE, &attr);
}

static u8 *value_address(int fd)
{
	struct bpf_map *map;
	u64 addr = 0;

	if (fd < 0 || bpf_map_get(session, fd, &map))
		return NULL;
	map->ops->map_direct_value_addr(map, &addr, 0);
	bpf_map_put(map);
	return (u8 *)(uintptr_t)addr;
}

static u8 *linux_value_address(int fd)
{
	void *p = MAP_FAILED;

	if (fd >= 0)
		p = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return p == MAP_FAILED ? NULL : p;
}

bool engines_init(struct bpf_session *s, struct fuzz_maps *o, struct fuzz_maps *t)
{
	session = s;
	ours.value_fd = make_map(trellis_bpf, SCALAR_VALUE_SIZE);
	ours.out_fd = make_map(trellis_bpf, SCALAR_OUT_SIZE);
	ours.value = value_address(ours.value_fd);
	ours.out = value_address(ours.out_fd);
	theirs.value_fd = theirs.out_fd = -1;
	if (linux_bpf_init()) {
		theirs.value_fd = make_map(linux_bpf, SCALAR_VALUE_SIZE);
		theirs.out_fd = make_map(linux_bpf, SCALAR_OUT_SIZE);
		theirs.value = linux_value_address(theirs.value_fd);
		theirs.out = linux_value_address(theirs.out_fd);
	}
	*o = ours;
	*t = theirs;
	return ours.value && ours.out;
}

/* ---- runs ---- */

/* Programs that may read stack that they have not written find the same there, whoever runs them. */
static __attribute__((noinline)) void clean_stack(void)
{
	u8 room[4096];

	memset(room, 0, sizeof(room));
	asm volatile("" ::"r"(room) : "memory");
}

static void start(const struct fuzz_maps *maps, const u8 *value)
{
	memcpy(maps->value, value, SCALAR_VALUE_SIZE);
	memset(maps->out, 0, SCALAR_OUT_SIZE);
}

static void finish(const struct fuzz_maps *maps, struct fuzz_outcome *o)
{
	memcpy(o->value, maps->value, SCALAR_VALUE_SIZE);
	memcpy(o->out, maps->out, SCALAR_OUT_SIZE);
}

void engines_interpret(const struct bpf_prog *prog, const u8 *value, struct fuzz_outcome *o)
{
	u64 ctx[32] = { 0 };

	start(&ours, value);
	clean_stack();
	o->r0 = bpf_prog_run_interp(ctx, prog->insnsi);
	finish(&ours, o);
}

void engines_execute(const struct bpf_prog *prog, const u8 *value, struct fuzz_outcome *o)
{
	u64 ctx[32] = { 0 };

	start(&ours, value);
	clean_stack();
	o->r0 = prog->bpf_func(ctx, prog->insnsi);
	finish(&ours, o);
}

/* ---- Linux ---- */

static void change_maps(struct bpf_insn *insns, u32 len, const struct fuzz_maps *from,
			const struct fuzz_maps *to)
{
	for (u32 i = 0; i + 1 < len; i++) {
		if (!bpf_is_ld_imm64(&insns[i]))
			continue;
		if (insns[i].imm == from->value_fd)
			insns[i].imm = to->value_fd;
		else if (insns[i].imm == from->out_fd)
			insns[i].imm = to->out_fd;
		i++;
	}
}

int engines_linux_load(struct bpf_insn *insns, u32 len)
{
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER };
	int fd;

	attr.insns = PTR(insns);
	attr.insn_cnt = len;
	attr.license = PTR("GPL");
	if (linux_bpf_is_wrong_about(insns, len))
		return -EOPNOTSUPP;
	change_maps(insns, len, &ours, &theirs);
	fd = linux_bpf(BPF_PROG_LOAD, &attr);
	change_maps(insns, len, &theirs, &ours);
	return fd;
}

bool engines_linux_run(int fd, const u8 *value, struct fuzz_outcome *o)
{
	union bpf_attr attr = { 0 };
	u8 packet[64] = { 0 };
	bool ok;

	attr.test.prog_fd = fd;
	attr.test.data_in = PTR(packet);
	attr.test.data_size_in = sizeof(packet);
	start(&theirs, value);
	ok = !linux_bpf(BPF_PROG_TEST_RUN, &attr);
	o->r0 = attr.test.retval;
	finish(&theirs, o);
	return ok;
}

const char *engines_difference(const struct fuzz_outcome *a, const struct fuzz_outcome *b,
			       u64 r0_mask)
{
	return (a->r0 ^ b->r0) & r0_mask		      ? "R0"
	       : memcmp(a->value, b->value, sizeof(a->value)) ? "the value"
	       : memcmp(a->out, b->out, sizeof(a->out))	      ? "registers or stack at the end"
							      : NULL;
}
