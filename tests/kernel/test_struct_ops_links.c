// SPDX-License-Identifier: GPL-2.0-only
/*
 * Links of struct_ops maps: create, update, detach and their refusals (R13, R14, R41), through bpf(2).
 */
#include "bpf/files.h"
#include "bpf/image.h"
#include "bpf/link.h"
#include "bpf/struct_ops.h"
#include "kernel/lib/errno.h"
#include "kernel/memory.h"
#include "kernel/net/tcp.h"
#include "kernel/shell.h"
#include "kernel/sync.h"
#include "kernel/thread.h"
#include "tests/kernel/bpf_client.h"
#include "tests/kernel/ktest.h"

#define CA	"tcp_congestion_ops"
#define HANG_UP 0x10 /* EPOLLHUP */

struct ca_value {
	struct bpf_struct_ops_common_value common;
	struct tcp_congestion_ops ops;
};

/* A BPF_F_LINK map called @name whose ssthresh returns @answer, with its value set. Its fd, or -errno. */
static int ready_map(struct bpf_client *c, const char *name, int answer)
{
	const struct bpf_insn insns[] = { BPF_MOV64_IMM(BPF_REG_0, answer), BPF_EXIT_INSN() };
	struct ca_value v = { 0 };
	int map = bpf_client_create_struct_ops(c, CA, BPF_F_LINK);
	long err;

	v.ops.ssthresh = (void *)(long)bpf_client_load_member(c, CA, "ssthresh", insns, 2, 0);
	v.ops.undo_cwnd = (void *)(long)bpf_client_load_member(c, CA, "undo_cwnd", insns, 2, 0);
	v.ops.cong_avoid = (void *)(long)bpf_client_load_member(c, CA, "cong_avoid", insns, 2, 0);
	strscpy(v.ops.name, name, sizeof(v.ops.name));
	err = bpf_client_update(c, map, 0, &v, 0);
	return err ? err : map;
}

static long link_update(struct bpf_client *c, int link_fd, int new_fd, u32 flags, int old_fd)
{
	union bpf_attr attr = { 0 };

	attr.link_update.link_fd = link_fd;
	attr.link_update.new_map_fd = new_fd;
	attr.link_update.flags = flags;
	attr.link_update.old_map_fd = old_fd;
	return bpf_client_call(c, BPF_LINK_UPDATE, &attr);
}

static long link_detach(struct bpf_client *c, int link_fd)
{
	union bpf_attr attr = { 0 };

	attr.link_detach.link_fd = link_fd;
	return bpf_client_call(c, BPF_LINK_DETACH, &attr);
}

static struct bpf_link_info link_info(struct bpf_client *c, int link_fd)
{
	struct bpf_link_info info = { 0 };

	bpf_client_info(c, link_fd, &info, sizeof(info));
	return info;
}

static u32 answer(const char *name)
{
	struct tcp_congestion_ops *ca = tcp_ca_find(name);

	return ca ? ca->ssthresh(NULL) : 0;
}

/* R13: the link registers; its last descriptor unregisters; the map stays READY for another link. */
static void a_link_registers(struct ktest *t)
{
	struct bpf_link_info info;
	struct ca_value v;
	struct bpf_client c;
	int map, link;

	ASSERT_TRUE(t, bpf_client_open(&c));
	map = ready_map(&c, "l_one", 11);
	ASSERT_TRUE(t, map >= 0);
	EXPECT_TRUE(t, !tcp_ca_find("l_one"));
	link = bpf_client_link(&c, map);
	ASSERT_TRUE(t, link >= 0);
	EXPECT_EQ(t, answer("l_one"), 11);
	EXPECT_EQ(t, bpf_client_link(&c, map), -EEXIST);
	info = link_info(&c, link);
	EXPECT_EQ(t, info.type, BPF_LINK_TYPE_STRUCT_OPS);
	EXPECT_EQ(t, info.prog_id, 0);
	EXPECT_TRUE(t, info.struct_ops.map_id != 0);
	EXPECT_EQ(t, bpf_client_lookup(&c, map, 0, &v), 0);
	EXPECT_EQ(t, v.common.state, BPF_STRUCT_OPS_STATE_READY);
	EXPECT_EQ(t, v.common.refcnt.refs.counter, 1);
	bpf_client_close_fd(&c, link);
	EXPECT_TRUE(t, !tcp_ca_find("l_one"));
	link = bpf_client_link(&c, map);
	EXPECT_TRUE(t, link >= 0);
	bpf_client_close_fd(&c, map);
	EXPECT_EQ(t, answer("l_one"), 11); /* the link holds the map */
	EXPECT_TRUE(t, bpf_client_close(&c));
	EXPECT_TRUE(t, !tcp_ca_find("l_one"));
}

static void create_refuses(struct ktest *t)
{
	static const struct bpf_insn insns[] = { BPF_MOV64_IMM(BPF_REG_0, 1), BPF_EXIT_INSN() };
	union bpf_attr attr = { 0 };
	struct bpf_client c;
	int plain, empty, prog;

	ASSERT_TRUE(t, bpf_client_open(&c));
	plain = bpf_client_create_struct_ops(&c, CA, 0);
	empty = bpf_client_create_struct_ops(&c, CA, BPF_F_LINK);
	prog = bpf_client_load_member(&c, CA, "ssthresh", insns, 2, 0);
	EXPECT_EQ(t, bpf_client_link(&c, 9999), -EBADF);
	EXPECT_EQ(t, bpf_client_link(&c, prog), -EINVAL);
	EXPECT_EQ(t, bpf_client_link(&c, c.btf_fd), -EINVAL);
	EXPECT_EQ(t, bpf_client_link(&c, plain), -EINVAL);
	EXPECT_EQ(t, bpf_client_link(&c, empty), -EINVAL);
	attr.link_create.prog_fd = prog;
	EXPECT_EQ(t, bpf_client_call(&c, BPF_LINK_CREATE, &attr), -EINVAL);
	EXPECT_EQ(t, bpf_object_count(BPF_OBJ_LINK), 0);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* R14: the answer changes from one call to the next; refusals leave it; the same map changes nothing. */
static void update_swaps(struct ktest *t)
{
	struct bpf_client c;
	int one, two, other, plain, link;

	ASSERT_TRUE(t, bpf_client_open(&c));
	one = ready_map(&c, "l_swap", 21);
	two = ready_map(&c, "l_swap", 22);
	other = ready_map(&c, "l_other", 23);
	plain = bpf_client_create_struct_ops(&c, CA, BPF_F_LINK);
	link = bpf_client_link(&c, one);
	ASSERT_TRUE(t, two >= 0 && other >= 0 && plain >= 0 && link >= 0);

	EXPECT_EQ(t, link_update(&c, link, two, BPF_F_REPLACE << 1, 0), -EINVAL);
	EXPECT_EQ(t, link_update(&c, 9999, two, 0, 0), -EBADF);
	EXPECT_EQ(t, link_update(&c, one, two, 0, 0), -EINVAL);
	EXPECT_EQ(t, link_update(&c, link, 9999, 0, 0), -EBADF);
	EXPECT_EQ(t, link_update(&c, link, c.btf_fd, 0, 0), -EINVAL);
	EXPECT_EQ(t, link_update(&c, link, two, 0, one), -EINVAL);
	EXPECT_EQ(t, link_update(&c, link, two, BPF_F_REPLACE, 9999), -EBADF);
	EXPECT_EQ(t, link_update(&c, link, two, BPF_F_REPLACE, two), -EPERM);
	EXPECT_EQ(t, link_update(&c, link, plain, 0, 0), -EINVAL);
	EXPECT_EQ(t, link_update(&c, link, other, 0, 0), -EINVAL);
	EXPECT_EQ(t, answer("l_swap"), 21);

	EXPECT_EQ(t, link_update(&c, link, one, 0, 0), 0);
	EXPECT_EQ(t, answer("l_swap"), 21);
	EXPECT_EQ(t, link_update(&c, link, two, BPF_F_REPLACE, one), 0);
	EXPECT_EQ(t, answer("l_swap"), 22);
	EXPECT_EQ(t, link_update(&c, link, one, 0, 0), 0);
	EXPECT_EQ(t, answer("l_swap"), 21);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* R14: a type without update says so. */
static void a_type_without_update_refuses(struct ktest *t)
{
	struct {
		struct bpf_struct_ops_common_value common;
		char data[1024] __aligned_to(64);
	} v = { 0 };
	struct bpf_client c;
	int one, two, link;

	ASSERT_TRUE(t, bpf_client_open(&c));
	one = bpf_client_create_struct_ops(&c, "kt_ops", BPF_F_LINK);
	two = bpf_client_create_struct_ops(&c, "kt_ops", BPF_F_LINK);
	EXPECT_EQ(t, bpf_client_update(&c, one, 0, &v, 0), 0);
	EXPECT_EQ(t, bpf_client_update(&c, two, 0, &v, 0), 0);
	link = bpf_client_link(&c, one);
	EXPECT_TRUE(t, link >= 0);
	EXPECT_EQ(t, link_update(&c, link, two, 0, 0), -EOPNOTSUPP);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* R41: detached, the link is still there, without a map, and hangs up; update then says -ENOLINK. */
static void detach_hangs_up(struct ktest *t)
{
	struct bpf_link *obj;
	struct bpf_client c;
	int map, link;

	ASSERT_TRUE(t, bpf_client_open(&c));
	map = ready_map(&c, "l_detach", 31);
	link = bpf_client_link(&c, map);
	ASSERT_TRUE(t, link >= 0 && !bpf_link_get(c.s, link, &obj));
	EXPECT_EQ(t, obj->ops->poll(obj), 0);
	EXPECT_EQ(t, link_detach(&c, 9999), -EBADF);
	EXPECT_EQ(t, link_detach(&c, map), -EINVAL);
	EXPECT_EQ(t, link_detach(&c, link), 0);
	EXPECT_TRUE(t, !tcp_ca_find("l_detach"));
	EXPECT_EQ(t, obj->ops->poll(obj), HANG_UP);
	EXPECT_EQ(t, link_info(&c, link).struct_ops.map_id, 0);
	EXPECT_EQ(t, link_detach(&c, link), 0);
	EXPECT_EQ(t, link_update(&c, link, map, 0, 0), -ENOLINK);
	EXPECT_TRUE(t, bpf_client_link(&c, map) >= 0);
	bpf_link_put(obj);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* Ten thousand swaps: no image, program or map is left over, and every call finds one of the two. */
static void many_swaps_leak_nothing(struct ktest *t)
{
	u32 wrong = 0, failed = 0;
	struct bpf_client c;
	int maps[2], link;

	ASSERT_TRUE(t, bpf_client_open(&c));
	maps[0] = ready_map(&c, "l_many", 41);
	maps[1] = ready_map(&c, "l_many", 42);
	link = bpf_client_link(&c, maps[0]);
	ASSERT_TRUE(t, maps[1] >= 0 && link >= 0);
	for (u32 i = 1; i <= 10000; i++) {
		failed += link_update(&c, link, maps[i & 1], 0, 0) != 0;
		wrong += answer("l_many") != 41 + (i & 1);
	}
	EXPECT_EQ(t, failed, 0);
	EXPECT_EQ(t, wrong, 0);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* ---- updates while flows run ---- */

static char report[16384];

static void take(void *arg, const char *text, size_t n)
{
	size_t have = strlen(report);

	strscpy(report + have, text, min(sizeof(report) - have, n + 1));
}

/*
 * Twenty flows that begin one after the other, all with the control that is being swapped. Nothing gets lost on their
 * way: one that sends nothing would have been stopped by a swap.
 */
static int run_flows(void *arg)
{
	const struct shell_output out = { .text = take, .caps = U64_MAX };

	return shell_run_line("sim rate=200mbit rtt=20ms queue=1bdp time=4s seed=3 "
			      "flow=l_load,n=10 flow=l_load,n=10,start=2s",
			      &out);
}

/* Flows of the report whose rate is not 0. */
static u32 count_flows(void)
{
	u32 n = 0;

	for (const char *p = report; (p = strstr(p, "l_load  ")); n += memcmp(p, "0.00", 4) != 0)
		for (p += 6; *p == ' ';)
			p++;
	return n;
}

/* R14 under load: the simulation, which gives the CPU away between events, never misses the control. */
static void swaps_while_flows_run(struct ktest *t)
{
	u32 failed = 0, swaps = 0;
	struct thread *flows;
	struct bpf_client c;
	int maps[2], link;

	ASSERT_TRUE(t, bpf_client_open(&c));
	maps[0] = ready_map(&c, "l_load", 10);
	maps[1] = ready_map(&c, "l_load", 12);
	link = bpf_client_link(&c, maps[0]);
	ASSERT_TRUE(t, maps[1] >= 0 && link >= 0);
	flows = thread_create("flows", run_flows, NULL);
	ASSERT_TRUE(t, flows);
	while (swaps < 10000) {
		failed += link_update(&c, link, maps[++swaps & 1], 0, 0) != 0;
		failed += tcp_ca_find("l_load") == NULL;
		cond_resched();
	}
	EXPECT_EQ(t, thread_join(flows), 0);
	EXPECT_EQ(t, failed, 0);
	EXPECT_EQ(t, count_flows(), 20);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* ---- memory runs out ---- */

struct attempt {
	struct bpf_client *c;
	int map, other, link;
};

static long try_create_map(struct attempt *a)
{
	return bpf_client_create_struct_ops(a->c, CA, BPF_F_LINK);
}

static long try_create_link(struct attempt *a)
{
	return bpf_client_link(a->c, a->map);
}

static long try_update_link(struct attempt *a)
{
	return link_update(a->c, a->link, a->other, 0, 0);
}

/*
 * Lets the first, second, ... allocation of @try fail until none is left to fail. Each failure is -ENOMEM and
 * leaves as many objects and images as there were.
 */
static void fail_each(struct ktest *t, long (*try)(struct attempt *a), struct attempt *a)
{
	u32 maps = bpf_object_count(BPF_OBJ_MAP), links = bpf_object_count(BPF_OBJ_LINK), n;
	u64 images = bpf_jit_current();

	for (n = 1; n < 100; n++) {
		long result;

		memory_fail_nth(n);
		result = try(a);
		memory_fail_nth(0);
		if (result >= 0)
			return;
		EXPECT_EQ(t, result, -ENOMEM);
		rcu_barrier();
		EXPECT_EQ(t, bpf_object_count(BPF_OBJ_MAP), maps);
		EXPECT_EQ(t, bpf_object_count(BPF_OBJ_LINK), links);
		EXPECT_EQ(t, bpf_jit_current(), images);
	}
	EXPECT_TRUE(t, n < 100);
}

static void no_memory_is_no_change(struct ktest *t)
{
	struct bpf_client c;
	struct attempt a = { .c = &c };

	ASSERT_TRUE(t, bpf_client_open(&c));
	a.map = ready_map(&c, "l_nomem", 51);
	a.other = ready_map(&c, "l_nomem", 52);
	ASSERT_TRUE(t, a.map >= 0 && a.other >= 0);
	fail_each(t, try_create_map, &a);
	fail_each(t, try_create_link, &a);
	EXPECT_EQ(t, answer("l_nomem"), 51);
	EXPECT_TRUE(t, bpf_client_close(&c));

	ASSERT_TRUE(t, bpf_client_open(&c));
	a.map = ready_map(&c, "l_nomem", 51);
	a.other = ready_map(&c, "l_nomem", 52);
	a.link = bpf_client_link(&c, a.map);
	ASSERT_TRUE(t, a.link >= 0);
	fail_each(t, try_update_link, &a);
	EXPECT_EQ(t, answer("l_nomem"), 52);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

static long pin(struct bpf_client *c, int cmd, const char *path, int fd)
{
	union bpf_attr attr = { 0 };

	attr.pathname = (u64)(uintptr_t)path;
	attr.bpf_fd = fd;
	return bpf_client_call(c, cmd, &attr);
}

/* R13: a pin holds the link when its session has ended; another session opens it; unlinked, it unregisters. */
static void a_pin_holds_the_link(struct ktest *t)
{
	const char *path = "/sys/fs/bpf/l_pin", *map_path = "/sys/fs/bpf/l_pin_map";
	struct bpf_client c, later;
	int map, link, fd;
	u32 id;

	ASSERT_TRUE(t, bpf_client_open(&c));
	map = ready_map(&c, "l_pinned", 61);
	link = bpf_client_link(&c, map);
	ASSERT_TRUE(t, map >= 0 && link >= 0);
	id = link_info(&c, link).id;
	EXPECT_EQ(t, pin(&c, BPF_OBJ_PIN, path, link), 0);
	EXPECT_EQ(t, pin(&c, BPF_OBJ_PIN, path, link), -EEXIST);
	EXPECT_EQ(t, pin(&c, BPF_OBJ_PIN, map_path, map), 0);
	EXPECT_TRUE(t, !bpf_client_close(&c)); /* map, link and programs are still there */
	EXPECT_EQ(t, answer("l_pinned"), 61);

	ASSERT_TRUE(t, bpf_client_open(&later));
	fd = pin(&later, BPF_OBJ_GET, path, 0);
	ASSERT_TRUE(t, fd >= 0);
	EXPECT_EQ(t, link_info(&later, fd).id, id);
	EXPECT_EQ(t, bpf_fs_unlink("/l_pin"), 0);
	EXPECT_EQ(t, answer("l_pinned"), 61); /* the descriptor holds it */
	EXPECT_EQ(t, pin(&later, BPF_OBJ_GET, path, 0), -ENOENT);
	bpf_client_close_fd(&later, fd);
	EXPECT_TRUE(t, !tcp_ca_find("l_pinned"));
	/* The map stays READY at its pin, for another link. */
	fd = bpf_client_link(&later, pin(&later, BPF_OBJ_GET, map_path, 0));
	EXPECT_EQ(t, answer("l_pinned"), 61);
	EXPECT_EQ(t, bpf_fs_unlink("/l_pin_map"), 0);
	bpf_client_close_fd(&later, fd);
	bpf_client_close(&later);
	EXPECT_EQ(t, bpf_object_count(BPF_OBJ_MAP), c.maps);
	EXPECT_EQ(t, bpf_object_count(BPF_OBJ_PROG), c.programs);
}

static const struct ktest_case cases[] = {
	KTEST(a_link_registers),      KTEST(create_refuses),
	KTEST(update_swaps),	      KTEST(a_type_without_update_refuses),
	KTEST(detach_hangs_up),	      KTEST(many_swaps_leak_nothing),
	KTEST(swaps_while_flows_run), KTEST(no_memory_is_no_change),
	KTEST(a_pin_holds_the_link),
};

const struct ktest_suite ktest_struct_ops_links = KTEST_SUITE("struct_ops-links", cases);
