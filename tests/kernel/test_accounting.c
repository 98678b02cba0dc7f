// SPDX-License-Identifier: GPL-2.0-only
/*
 * What maps and programs say that they take (memlock in fdinfo, R10) against what the allocators gave out for
 * them: heap, pages and images, to the byte. A descriptor's own memory is measured by making a second one.
 */
#include "bpf/bpf.h"
#include "bpf/btf.h"
#include "bpf/image.h"
#include "bpf/prog.h"
#include "bpf/struct_ops.h"
#include "kernel/execmem.h"
#include "kernel/lib/errno.h"
#include "kernel/memory.h"
#include "kernel/net/tcp.h"
#include "kernel/sync.h"
#include "tests/kernel/bpf_client.h"
#include "tests/kernel/ktest.h"

/* All that is allocated now, once what was given up is freed. */
static u64 allocated(void)
{
	struct execmem_stats em;
	struct memory_stats ms;

	for (int i = 0; i < 3; i++)
		rcu_barrier();
	memory_stats(&ms);
	execmem_stats(&em);
	return ms.heap_bytes + ms.page_bytes + em.used_bytes;
}

/* Fills the client's table of descriptors and takes a first image, so that neither grows in a test. */
static bool open_warm(struct bpf_client *c, struct bpf_image *im)
{
	int fds[24];

	if (!bpf_client_open(c) || bpf_image_alloc(16, im))
		return false;
	for (u32 i = 0; i < ARRAY_SIZE(fds); i++) {
		union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY,
					.key_size = 4,
					.value_size = 4,
					.max_entries = 1 };

		fds[i] = bpf_client_call(c, BPF_MAP_CREATE, &attr);
	}
	for (u32 i = 0; i < ARRAY_SIZE(fds); i++)
		bpf_client_close_fd(c, fds[i]);
	return fds[ARRAY_SIZE(fds) - 1] > 0;
}

static bool close_warm(struct bpf_client *c, struct bpf_image *im)
{
	bpf_image_free(im);
	return bpf_client_close(c);
}

/* Bytes that another descriptor of the object takes. */
static u64 descriptor_bytes(struct bpf_client *c, int cmd, u32 id)
{
	union bpf_attr attr = { .map_id = id };
	u64 before = allocated(), bytes;
	int fd = bpf_client_call(c, cmd, &attr);

	bytes = allocated() - before;
	bpf_client_close_fd(c, fd);
	return bytes;
}

static struct bpf_object *object_of(struct bpf_client *c, int fd)
{
	struct bpf_file *file;
	struct bpf_object *obj;

	if (c->s->ops->fget(c->s, fd, &file))
		return NULL;
	obj = file->obj;
	bpf_file_put(file);
	return obj;
}

/* The map behind @fd, made since @before were allocated, says what it took. */
static void expect_map(struct ktest *t, struct bpf_client *c, int fd, u64 before)
{
	struct bpf_map *map;
	u64 taken = allocated() - before, said;

	if (!EXPECT_TRUE(t, fd > 0))
		return;
	map = obj_to_map(object_of(c, fd));
	taken -= descriptor_bytes(c, BPF_MAP_GET_FD_BY_ID, map->obj.id);
	said = bpf_map_mem_usage(map);
	if (said != taken)
		ktest_fail(t, __FILE__, __LINE__, "map of type %u says %llu, has %llu",
			   map->map_type, said, taken);
}

static void maps_of_each_type(struct ktest *t)
{
	static const struct {
		u32 type, key_size, value_size, max_entries, flags, fill;
	} maps[] = {
		{ BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0, 0 },
		{ BPF_MAP_TYPE_ARRAY, 4, 13, 3, 0, 3 },
		{ BPF_MAP_TYPE_ARRAY, 4, 4096, 100, 0, 0 },
		{ BPF_MAP_TYPE_ARRAY, 4, 8, 3, BPF_F_MMAPABLE, 0 },
		{ BPF_MAP_TYPE_PERCPU_ARRAY, 4, 12, 7, 0, 0 },
		{ BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 9, 0, 0 },
		{ BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 9000, 0, 0 },
		{ BPF_MAP_TYPE_HASH, 4, 4, 100, 0, 40 },
		{ BPF_MAP_TYPE_HASH, 13, 21, 3000, 0, 100 },
		{ BPF_MAP_TYPE_HASH, 4, 4, 100, BPF_F_NO_PREALLOC, 0 },
		{ BPF_MAP_TYPE_HASH, 13, 21, 100, BPF_F_NO_PREALLOC, 50 },
		{ BPF_MAP_TYPE_PERCPU_HASH, 4, 24, 50, 0, 10 },
		{ BPF_MAP_TYPE_PERCPU_HASH, 4, 24, 50, BPF_F_NO_PREALLOC, 10 },
		{ BPF_MAP_TYPE_LRU_HASH, 4, 4, 64, 0, 64 },
		{ BPF_MAP_TYPE_RINGBUF, 0, 0, 4096, 0, 0 },
		{ BPF_MAP_TYPE_RINGBUF, 0, 0, 65536, 0, 0 },
	};
	struct bpf_client c;
	struct bpf_image im;

	ASSERT_TRUE(t, open_warm(&c, &im));
	for (u32 i = 0; i < ARRAY_SIZE(maps); i++) {
		union bpf_attr attr = { .map_type = maps[i].type,
					.key_size = maps[i].key_size,
					.value_size = maps[i].value_size,
					.max_entries = maps[i].max_entries,
					.map_flags = maps[i].flags };
		u64 before = allocated();
		u8 key[16] = { 0 }, value[32] = { 0 };
		int fd = bpf_client_call(&c, BPF_MAP_CREATE, &attr);

		for (u32 n = 0; n < maps[i].fill; n++) {
			memcpy(key, &n, sizeof(n));
			EXPECT_EQ(t, bpf_client_update(&c, fd, n, value, 0), 0);
		}
		expect_map(t, &c, fd, before);
		bpf_client_close_fd(&c, fd);
		EXPECT_EQ(t, allocated(), before);
	}
	EXPECT_TRUE(t, close_warm(&c, &im));
}

/* Elements that come and go, without a pool. */
static void elements_count(struct ktest *t)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_HASH,
				.key_size = 4,
				.value_size = 40,
				.max_entries = 64,
				.map_flags = BPF_F_NO_PREALLOC };
	u8 value[40] = { 0 };
	struct bpf_client c;
	struct bpf_image im;
	u64 before;
	int fd;

	ASSERT_TRUE(t, open_warm(&c, &im));
	before = allocated();
	fd = bpf_client_call(&c, BPF_MAP_CREATE, &attr);
	for (u32 key = 0; key < 64; key++)
		EXPECT_EQ(t, bpf_client_update(&c, fd, key, value, 0), 0);
	EXPECT_EQ(t, bpf_client_update(&c, fd, 64, value, 0), -E2BIG);
	expect_map(t, &c, fd, before);
	for (u32 key = 0; key < 64; key += 2)
		EXPECT_EQ(t, bpf_client_delete(&c, fd, key), 0);
	expect_map(t, &c, fd, before);
	EXPECT_TRUE(t, close_warm(&c, &im));
}

static void expect_prog(struct ktest *t, struct bpf_client *c, int fd, u64 before)
{
	struct bpf_prog *prog;
	u64 taken = allocated() - before, said;

	if (!EXPECT_TRUE(t, fd > 0))
		return;
	prog = obj_to_prog(object_of(c, fd));
	taken -= descriptor_bytes(c, BPF_PROG_GET_FD_BY_ID, prog->obj.id);
	said = bpf_prog_mem_usage(prog);
	if (said != taken)
		ktest_fail(t, __FILE__, __LINE__, "program %s of type %u says %llu, has %llu",
			   prog->aux->name, prog->type, said, taken);
}

static void programs(struct ktest *t)
{
	struct bpf_insn small[] = { BPF_MOV64_IMM(BPF_REG_0, 0), BPF_EXIT_INSN() };
	struct bpf_insn call[] = {
		BPF_MOV64_REG(BPF_REG_6, BPF_REG_1),
		BPF_LDX_MEM(BPF_DW, BPF_REG_7, BPF_REG_6, 0), /* sk */
		BPF_LDX_MEM(BPF_W, BPF_REG_8, BPF_REG_7, 16), /* a load that may fault */
		BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 1),
		BPF_EXIT_INSN(),
		BPF_MOV64_IMM(BPF_REG_0, 2),
		BPF_EXIT_INSN(),
	};
	struct bpf_insn big[600];
	struct {
		u32 type;
		const struct bpf_insn *insns;
		u32 n;
	} progs[] = {
		{ BPF_PROG_TYPE_SOCKET_FILTER, small, ARRAY_SIZE(small) },
		{ BPF_PROG_TYPE_XDP, big, ARRAY_SIZE(big) },
	};
	struct bpf_client c;
	struct bpf_image im;
	u64 before;
	int fd;

	for (u32 i = 0; i < ARRAY_SIZE(big); i++)
		big[i] = (struct bpf_insn)BPF_MOV64_IMM(BPF_REG_0, 1);
	big[ARRAY_SIZE(big) - 1] = (struct bpf_insn)BPF_EXIT_INSN();
	ASSERT_TRUE(t, open_warm(&c, &im));
	for (u32 i = 0; i < ARRAY_SIZE(progs); i++) {
		union bpf_attr attr = {
			0
		}; /* all of it: clang clears no more than the member that is named */

		attr.prog_type = progs[i].type;
		attr.insns = (u64)(uintptr_t)progs[i].insns;
		attr.insn_cnt = progs[i].n;
		attr.license = (u64)(uintptr_t) "GPL";
		strscpy(attr.prog_name, "accounted", sizeof(attr.prog_name));
		before = allocated();
		fd = bpf_client_call(&c, BPF_PROG_LOAD, &attr);
		expect_prog(t, &c, fd, before);
		bpf_client_close_fd(&c, fd);
		EXPECT_EQ(t, allocated(), before);
	}
	before = allocated();
	fd = bpf_client_load_member(&c, "tcp_congestion_ops", "ssthresh", call, ARRAY_SIZE(call),
				    0);
	expect_prog(t, &c, fd, before);
	EXPECT_TRUE(t, close_warm(&c, &im));
}

struct ca_value {
	struct bpf_struct_ops_common_value common;
	struct tcp_congestion_ops ops;
};

/* Value, trampolines and their names; what the registry keeps is in the value. */
static void struct_ops_maps(struct ktest *t)
{
	const struct bpf_insn insns[] = { BPF_MOV64_IMM(BPF_REG_0, 2), BPF_EXIT_INSN() };
	static const char *const members[] = { "ssthresh", "undo_cwnd", "cong_avoid" };
	struct ca_value v = { 0 };
	struct bpf_client c;
	struct bpf_image im;
	int fds[3], map;
	u64 before;

	ASSERT_TRUE(t, open_warm(&c, &im));
	for (u32 i = 0; i < ARRAY_SIZE(members); i++)
		fds[i] = bpf_client_load_member(&c, "tcp_congestion_ops", members[i], insns,
						ARRAY_SIZE(insns), 0);
	v.ops.ssthresh = (void *)(long)fds[0];
	v.ops.undo_cwnd = (void *)(long)fds[1];
	v.ops.cong_avoid = (void *)(long)fds[2];
	strscpy(v.ops.name, "accounted", sizeof(v.ops.name));
	before = allocated();
	map = bpf_client_create_struct_ops(&c, "tcp_congestion_ops", 0);
	expect_map(t, &c, map, before);
	EXPECT_EQ(t, bpf_client_update(&c, map, 0, &v, 0), 0);
	expect_map(t, &c, map, before);
	EXPECT_EQ(t, bpf_client_delete(&c, map, 0), 0);
	expect_map(t, &c, map, before);
	EXPECT_TRUE(t, close_warm(&c, &im));
}

static const struct ktest_case cases[] = {
	KTEST(maps_of_each_type),
	KTEST(elements_count),
	KTEST(programs),
	KTEST(struct_ops_maps),
};
const struct ktest_suite ktest_accounting = KTEST_SUITE("accounting", cases);
