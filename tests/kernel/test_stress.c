// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several sessions at once that load, register, update, detach, list and dump, and are killed at random, while
 * flows run on what they register. Whatever touches a session's memory or descriptors lets the others run, as a
 * remote session's does; at the end nothing may be left. test_seconds= says for how long.
 */
#include "bpf/image.h"
#include "bpf/link.h"
#include "bpf/os.h"
#include "bpf/struct_ops.h"
#include "kernel/cmdline.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/memory.h"
#include "kernel/net/tcp.h"
#include "kernel/shell.h"
#include "kernel/sync.h"
#include "kernel/thread.h"
#include "tests/kernel/bpf_client.h"
#include "tests/kernel/ktest.h"

#define CA	  "tcp_congestion_ops"
#define NR_ACTORS 6
#define NR_NAMES  2 /* fewer than actors: they get in each other's way */
#define NR_FDS	  4

struct ca_value {
	struct bpf_struct_ops_common_value common;
	struct tcp_congestion_ops ops;
};

struct actor {
	struct bpf_client c;
	const struct bpf_session_ops *local; /* what lies under yielding_ops */
	u64 end_ns;
	u32 rng;
	int progs[3], maps[NR_FDS], links[NR_FDS];
	u32 ops, registered, updated, detached, sessions, surprises;
	long surprise; /* the last errno that no request here should give */
};

static struct actor actors[NR_ACTORS];

/* Time is up, and on a slow machine too each kind of request has once succeeded (or half a minute more is up). */
static bool over(u64 end_ns)
{
	u32 registered = 0, updated = 0, detached = 0, sessions = 0;
	u64 now = ktime_get_ns();

	for (u32 i = 0; i < NR_ACTORS; i++) {
		registered += actors[i].registered;
		updated += actors[i].updated;
		detached += actors[i].detached;
		sessions += actors[i].sessions;
	}
	if (now < end_ns)
		return false;
	return (registered && updated && detached && sessions > NR_ACTORS) ||
	       now > end_ns + 30000000000ULL;
}

static u32 random_below(struct actor *a, u32 n)
{
	a->rng = a->rng * 1664525 + 1013904223;
	return (a->rng >> 8) % n;
}

static struct actor *actor_of(struct bpf_session *s)
{
	for (u32 i = 0; i < NR_ACTORS; i++)
		if (actors[i].c.s == s)
			return &actors[i];
	return NULL;
}

static void let_others(struct bpf_session *s)
{
	if (random_below(actor_of(s), 3))
		cond_resched();
}

static int yielding_copy_from_user(struct bpf_session *s, void *dst, u64 usrc, size_t n)
{
	let_others(s);
	return actor_of(s)->local->copy_from_user(s, dst, usrc, n);
}

static int yielding_copy_to_user(struct bpf_session *s, u64 udst, const void *src, size_t n)
{
	let_others(s);
	return actor_of(s)->local->copy_to_user(s, udst, src, n);
}

static int yielding_fget(struct bpf_session *s, int fd, struct bpf_file **file)
{
	let_others(s);
	return actor_of(s)->local->fget(s, fd, file);
}

static int yielding_fd_install(struct bpf_session *s, struct bpf_file *file)
{
	let_others(s);
	return actor_of(s)->local->fd_install(s, file);
}

static const struct bpf_session_ops yielding_ops = {
	.copy_from_user = yielding_copy_from_user,
	.copy_to_user = yielding_copy_to_user,
	.fget = yielding_fget,
	.fd_install = yielding_fd_install,
};

/* Notes a result that is none of those expected: 0 or more, or one of @errs (0 ends them). */
static long expect(struct actor *a, long ret, const int *errs)
{
	for (; ret < 0 && *errs; errs++)
		if (ret == *errs)
			return ret;
	if (ret < 0) {
		a->surprises++;
		a->surprise = ret;
	}
	return ret;
}

#define EXPECTED(...) ((const int[]){ __VA_ARGS__ __VA_OPT__(, ) 0 })

static bool begin_session(struct actor *a)
{
	struct bpf_insn insns[] = { BPF_MOV64_IMM(BPF_REG_0, 2), BPF_EXIT_INSN() };
	static const char *const members[] = { "ssthresh", "undo_cwnd", "cong_avoid" };

	memset(a->maps, 0, sizeof(a->maps));
	memset(a->links, 0, sizeof(a->links));
	if (!bpf_client_open(&a->c))
		return false;
	a->local = a->c.s->ops;
	a->c.s->ops = &yielding_ops;
	a->sessions++;
	for (u32 i = 0; i < ARRAY_SIZE(members); i++) {
		insns[0].imm = 2 + random_below(a, 20);
		a->progs[i] = bpf_client_load_member(&a->c, CA, members[i], insns, 2, 0);
		if (expect(a, a->progs[i], EXPECTED()) < 0)
			return false;
	}
	return true;
}

/* All descriptors close, wherever the session stands. */
static void kill_session(struct actor *a)
{
	a->c.s->ops = a->local;
	bpf_local_session_destroy(a->c.s);
	a->c.s = NULL;
}

static void close_slot(struct actor *a, int *slot)
{
	if (*slot > 0)
		bpf_client_close_fd(&a->c, *slot);
	*slot = 0;
}

static void set_map(struct actor *a, int *slot)
{
	struct ca_value v = { 0 };
	bool link = random_below(a, 4);
	long ret;

	close_slot(a, slot);
	*slot = expect(a, bpf_client_create_struct_ops(&a->c, CA, link ? BPF_F_LINK : 0),
		       EXPECTED());
	v.ops.ssthresh = (void *)(long)a->progs[0];
	v.ops.undo_cwnd = (void *)(long)a->progs[1];
	v.ops.cong_avoid = (void *)(long)a->progs[2];
	scnprintf(v.ops.name, sizeof(v.ops.name), "st_%u", random_below(a, NR_NAMES));
	ret = expect(a, bpf_client_update(&a->c, *slot, 0, &v, 0), EXPECTED(-EEXIST));
	a->registered += !link && !ret;
}

static void make_link(struct actor *a, int map, int *slot)
{
	close_slot(a, slot);
	*slot = expect(a, bpf_client_link(&a->c, map), EXPECTED(-EINVAL, -EEXIST, -EBADF));
	a->registered += *slot > 0;
}

static void update_link(struct actor *a, int link, int map, int old)
{
	union bpf_attr attr = { 0 };

	attr.link_update.link_fd = link;
	attr.link_update.new_map_fd = map;
	if (random_below(a, 2)) {
		attr.link_update.flags = BPF_F_REPLACE;
		attr.link_update.old_map_fd = old;
	}
	if (!expect(a, bpf_client_call(&a->c, BPF_LINK_UPDATE, &attr),
		    EXPECTED(-EINVAL, -EBADF, -EPERM, -ENOLINK)))
		a->updated++;
}

static void detach_link(struct actor *a, int link)
{
	union bpf_attr attr = { 0 };

	attr.link_detach.link_fd = link;
	if (!expect(a, bpf_client_call(&a->c, BPF_LINK_DETACH, &attr), EXPECTED(-EBADF, -EINVAL)))
		a->detached++;
}

/* As bpftool does: every object of a kind, its info, and a map's value; and takes maps out of use. */
static void list_all(struct actor *a, int next_cmd, int fd_cmd)
{
	union bpf_attr attr = { 0 };
	struct ca_value v;
	u8 info[256];

	while (!bpf_client_call(&a->c, next_cmd, &attr)) {
		u32 id = attr.next_id;
		int fd;

		attr = (union bpf_attr){ .map_id = id };
		fd = expect(a, bpf_client_call(&a->c, fd_cmd, &attr), EXPECTED(-ENOENT));
		if (fd > 0) {
			memset(info, 0, sizeof(info));
			expect(a, bpf_client_info(&a->c, fd, info, sizeof(info)), EXPECTED());
			if (fd_cmd == BPF_MAP_GET_FD_BY_ID) {
				expect(a, bpf_client_lookup(&a->c, fd, 0, &v), EXPECTED(-ENOENT));
				/* Also those whose session is gone, registered without a link. */
				expect(a, bpf_client_delete(&a->c, fd, 0),
				       EXPECTED(-ENOENT, -EINPROGRESS, -EOPNOTSUPP));
			}
			bpf_client_close_fd(&a->c, fd);
		}
		attr = (union bpf_attr){ .start_id = id };
	}
}

static void act(struct actor *a)
{
	int *map = &a->maps[random_below(a, NR_FDS)], *link = &a->links[random_below(a, NR_FDS)];

	a->ops++;
	switch (random_below(a, 12)) {
	case 0 ... 2:
		set_map(a, map);
		break;
	case 3 ... 4:
		make_link(a, *map, link);
		break;
	case 5 ... 7:
		update_link(a, *link, *map, a->maps[random_below(a, NR_FDS)]);
		break;
	case 8:
		detach_link(a, *link);
		break;
	case 9:
		expect(a, bpf_client_delete(&a->c, *map, 0),
		       EXPECTED(-ENOENT, -EINPROGRESS, -EOPNOTSUPP, -EBADF));
		break;
	case 10:
		close_slot(a, random_below(a, 2) ? map : link);
		break;
	default:
		switch (random_below(a, 3)) {
		case 0:
			list_all(a, BPF_MAP_GET_NEXT_ID, BPF_MAP_GET_FD_BY_ID);
			break;
		case 1:
			list_all(a, BPF_PROG_GET_NEXT_ID, BPF_PROG_GET_FD_BY_ID);
			break;
		default:
			list_all(a, BPF_LINK_GET_NEXT_ID, BPF_LINK_GET_FD_BY_ID);
		}
	}
}

static int actor_main(void *arg)
{
	struct actor *a = arg;

	while (!over(a->end_ns) && begin_session(a)) {
		for (u32 n = 20 + random_below(a, 200); n && !over(a->end_ns); n--) {
			act(a);
			cond_resched();
		}
		kill_session(a);
	}
	if (a->c.s)
		kill_session(a);
	return 0;
}

static void discard(void *arg, const char *text, size_t n)
{
}

/* Flows on whatever is registered; a name that is not there is refused, and that is all right. */
static int flows_main(void *arg)
{
	const struct shell_output out = { .text = discard, .caps = U64_MAX };
	u64 end_ns = *(u64 *)arg;
	char line[160];
	u32 runs = 0;

	for (u32 i = 0; !over(end_ns); i++) {
		scnprintf(line, sizeof(line),
			  "sim rate=20mbit rtt=20ms queue=1bdp time=100ms seed=%u flow=st_%u "
			  "flow=reno",
			  i + 1, i % NR_NAMES);
		runs += !shell_run_line(line, &out);
		cond_resched();
	}
	return runs;
}

/* A map registered without a link outlives its session, as on Linux. */
static void unregister_all(struct ktest *t)
{
	union bpf_attr attr = { 0 };
	struct bpf_client c;

	ASSERT_TRUE(t, bpf_client_open(&c));
	while (!bpf_client_call(&c, BPF_MAP_GET_NEXT_ID, &attr)) {
		u32 id = attr.next_id;
		int fd;

		attr = (union bpf_attr){ .map_id = id };
		fd = bpf_client_call(&c, BPF_MAP_GET_FD_BY_ID, &attr);
		EXPECT_EQ(t, bpf_client_delete(&c, fd, 0), 0);
		attr = (union bpf_attr){ .start_id = id };
	}
	bpf_client_close(&c);
}

static void sessions_at_once(struct ktest *t)
{
	u32 programs = bpf_object_count(BPF_OBJ_PROG), maps = bpf_object_count(BPF_OBJ_MAP),
	    links = bpf_object_count(BPF_OBJ_LINK), ops = 0, registered = 0, updated = 0,
	    detached = 0, sessions = 0, runs;
	struct thread *threads[NR_ACTORS], *flows;
	u64 seconds = 2, end_ns;

	cmdline_get_u64("test_seconds", &seconds);
	end_ns = ktime_get_ns() + seconds * 1000000000;
	memset(actors, 0, sizeof(actors));
	flows = thread_create("stress flows", flows_main, &end_ns);
	for (u32 i = 0; i < NR_ACTORS; i++) {
		actors[i].end_ns = end_ns;
		actors[i].rng = i + 1;
		threads[i] = thread_create("stress", actor_main, &actors[i]);
		ASSERT_TRUE(t, threads[i] && flows);
	}
	for (u32 i = 0; i < NR_ACTORS; i++) {
		thread_join(threads[i]);
		ops += actors[i].ops;
		registered += actors[i].registered;
		updated += actors[i].updated;
		detached += actors[i].detached;
		sessions += actors[i].sessions;
		if (actors[i].surprises)
			ktest_fail(t, __FILE__, __LINE__,
				   "actor %u: %u unexpected errors, the last %ld", i,
				   actors[i].surprises, actors[i].surprise);
	}
	runs = thread_join(flows);
	for (u32 i = 0; i < 4; i++)
		rcu_barrier();
	unregister_all(t);
	for (u32 i = 0; i < 4; i++)
		rcu_barrier();
	EXPECT_EQ(t, bpf_object_count(BPF_OBJ_LINK), links);
	EXPECT_EQ(t, bpf_object_count(BPF_OBJ_MAP), maps);
	EXPECT_EQ(t, bpf_object_count(BPF_OBJ_PROG), programs);
	for (u32 i = 0; i < NR_NAMES; i++) {
		char name[TCP_CA_NAME_MAX];

		scnprintf(name, sizeof(name), "st_%u", i);
		EXPECT_TRUE(t, !tcp_ca_find(name));
	}
	EXPECT_TRUE(t, registered && updated && detached && runs && sessions > NR_ACTORS);
	printk(6,
	       "stress: %u sessions, %u requests, %u registrations, %u updates, %u detached, %u "
	       "runs",
	       sessions, ops, registered, updated, detached, runs);
}

static const struct ktest_case cases[] = { KTEST(sessions_at_once) };
const struct ktest_suite ktest_stress = KTEST_SUITE("stress", cases);
