// SPDX-License-Identifier: GPL-2.0-only
/*
 * struct_ops through bpf(2), row by row of the specification: states, refusals with their errnos, what
 * a failed update leaves (nothing), calls through trampolines. The R numbers name the rows.
 */
#include "bpf/bpf.h"
#include "bpf/btf.h"
#include "bpf/image.h"
#include "bpf/struct_ops.h"
#include "kernel/lib/errno.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/net/tcp.h"
#include "tests/kernel/bpf_client.h"
#include "tests/kernel/ktest.h"

#define CA "tcp_congestion_ops"

static const struct bpf_insn return_7[] = { BPF_MOV64_IMM(BPF_REG_0, 7), BPF_EXIT_INSN() };

/* A value as user space writes it: fds in the function members. */
struct ca_value {
	struct bpf_struct_ops_common_value common;
	char pad[BPF_STRUCT_OPS_DATA_ALIGN - sizeof(struct bpf_struct_ops_common_value)];
	union {
		struct tcp_congestion_ops ops;
		u64 fds[sizeof(struct tcp_congestion_ops) / 8];
	};
};

#define FD_OF(value, member) ((value)->fds[offsetof(struct tcp_congestion_ops, member) / 8])

/* The three members that every congestion control has, loaded; a value that names them. */
static bool fill_value(struct bpf_client *c, struct ca_value *v, const char *name)
{
	int ssthresh = bpf_client_load_member(c, CA, "ssthresh", return_7, 2, 0);
	int undo = bpf_client_load_member(c, CA, "undo_cwnd", return_7, 2, 0);
	int avoid = bpf_client_load_member(c, CA, "cong_avoid", return_7, 2, 0);

	memset(v, 0, sizeof(*v));
	FD_OF(v, ssthresh) = ssthresh;
	FD_OF(v, undo_cwnd) = undo;
	FD_OF(v, cong_avoid) = avoid;
	strscpy(v->ops.name, name, sizeof(v->ops.name));
	return ssthresh >= 0 && undo >= 0 && avoid >= 0;
}

/* ---- creation ---- */

/* R3, R34 and UAPI's list for MAP_CREATE: what is wrong, and its errno. */
static void create_refuses(struct ktest *t)
{
	u32 value_id = bpf_client_struct_id("bpf_struct_ops_" CA);
	u32 size = sizeof(struct ca_value), struct_id = bpf_client_struct_id(CA);
	const struct {
		u32 key_size, value_size, max_entries, flags, value_id;
		int err;
	} cases[] = {
		{ 8, size, 1, 0, value_id, -EINVAL },
		{ 4, size, 2, 0, value_id, -EINVAL },
		{ 4, size, 0, 0, value_id, -EINVAL },
		{ 4, size, 1, BPF_F_RDONLY, value_id, -EINVAL },
		{ 4, size, 1, BPF_F_NO_PREALLOC, value_id, -EINVAL },
		{ 4, size, 1, 0, 0, -EINVAL },
		{ 4, size, 1, 0, struct_id, -ENOTSUPP },
		{ 4, size, 1, 0, 0x7fffffff, -ENOTSUPP },
		{ 4, size - 8, 1, 0, value_id, -EINVAL },
		{ 4, size + 8, 1, 0, value_id, -EINVAL },
	};
	struct bpf_client c;

	ASSERT_TRUE(t, bpf_client_open(&c));
	EXPECT_EQ(t, size, 256);
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		union bpf_attr attr = { .map_type = BPF_MAP_TYPE_STRUCT_OPS };

		attr.key_size = cases[i].key_size;
		attr.value_size = cases[i].value_size;
		attr.max_entries = cases[i].max_entries;
		attr.map_flags = cases[i].flags;
		attr.btf_vmlinux_value_type_id = cases[i].value_id;
		attr.btf_fd = c.btf_fd;
		EXPECT_EQ(t, bpf_client_call(&c, BPF_MAP_CREATE, &attr), cases[i].err);
	}
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* ---- update ---- */

/* R4, R37: every value that is refused, in the order of the checks; the map stays INIT. */
static void update_refuses(struct ktest *t)
{
	struct ca_value good, v;
	struct bpf_client c;
	int fd, other;

	ASSERT_TRUE(t, bpf_client_open(&c));
	ASSERT_TRUE(t, fill_value(&c, &good, "t_refused"));
	fd = bpf_client_create_struct_ops(&c, CA, 0);
	other = bpf_client_load_member(&c, CA, "set_state", return_7, 2, 0);
	ASSERT_TRUE(t, fd >= 0 && other >= 0);

	EXPECT_EQ(t, bpf_client_update(&c, fd, 0, &good, BPF_NOEXIST), -EINVAL);
	EXPECT_EQ(t, bpf_client_update(&c, fd, 0, &good, BPF_F_LOCK), -EINVAL);
	EXPECT_EQ(t, bpf_client_update(&c, fd, 1, &good, 0), -E2BIG);
#define REFUSED(change, error)                                            \
	do {                                                              \
		v = good;                                                 \
		change;                                                   \
		EXPECT_EQ(t, bpf_client_update(&c, fd, 0, &v, 0), error); \
	} while (0)
	REFUSED(v.pad[3] = 1, -EINVAL);
	REFUSED(((char *)&v.ops)[152] = 1, -EINVAL);
	REFUSED(v.common.state = 1, -EINVAL);
	REFUSED(v.common.refcnt.refs.counter = 1, -EINVAL);
	REFUSED(v.ops.owner = (void *)1, -EINVAL);
	REFUSED(v.ops.flags = 4, -EINVAL);
	REFUSED(v.ops.name[0] = '\0', -EINVAL);
	REFUSED(v.ops.name[0] = '/', -EINVAL);
	REFUSED(memset(v.ops.name, 'x', sizeof(v.ops.name)), -EINVAL);
	REFUSED(v.ops.key = 1, -EINVAL);
	REFUSED(v.ops.list.next = (void *)8, -EINVAL);
	REFUSED(FD_OF(&v, ssthresh) = 9999, -EBADF);
	REFUSED(FD_OF(&v, ssthresh) = fd, -EINVAL);
	REFUSED(FD_OF(&v, ssthresh) = other, -EINVAL);
	REFUSED(FD_OF(&v, get_info) = other, -EINVAL);
	REFUSED(FD_OF(&v, ssthresh) = 0, -EINVAL);
	REFUSED(FD_OF(&v, undo_cwnd) = 0, -EINVAL);
	REFUSED(FD_OF(&v, cong_avoid) = 0, -EINVAL);
#undef REFUSED
	ASSERT_TRUE(t, !bpf_client_lookup(&c, fd, 0, &v));
	EXPECT_TRUE(t, mem_is(&v, 0, sizeof(v)));
	EXPECT_TRUE(t, !tcp_ca_find("t_refused"));
	/* After all that, a good value is still taken. */
	EXPECT_EQ(t, bpf_client_update(&c, fd, 0, &good, 0), 0);
	EXPECT_TRUE(t, tcp_ca_find("t_refused"));
	EXPECT_EQ(t, bpf_client_delete(&c, fd, 0), 0);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* R5, R6, R7: INIT, INUSE, TOBEFREE, and what update, lookup and delete say in each. */
static void states_go_one_way(struct ktest *t)
{
	struct ca_value v, out;
	struct bpf_client c;
	int fd, fd2;

	ASSERT_TRUE(t, bpf_client_open(&c));
	ASSERT_TRUE(t, fill_value(&c, &v, "t_states"));
	fd = bpf_client_create_struct_ops(&c, CA, 0);
	fd2 = bpf_client_create_struct_ops(&c, CA, 0);
	ASSERT_TRUE(t, fd >= 0 && fd2 >= 0);

	EXPECT_EQ(t, bpf_client_delete(&c, fd, 0), -ENOENT);
	EXPECT_EQ(t, bpf_client_update(&c, fd, 0, &v, 0), 0);
	EXPECT_EQ(t, bpf_client_update(&c, fd, 0, &v, 0), -EBUSY);
	EXPECT_EQ(t, bpf_client_update(&c, fd2, 0, &v, 0), -EEXIST);
	EXPECT_EQ(t, bpf_client_lookup(&c, fd, 1, &out), -ENOENT);
	EXPECT_EQ(t, bpf_client_lookup(&c, fd, 0, &out), 0);
	EXPECT_EQ(t, out.common.state, BPF_STRUCT_OPS_STATE_INUSE);
	EXPECT_EQ(t, out.common.refcnt.refs.counter, 1);
	EXPECT_STREQ(t, out.ops.name, "t_states");
	EXPECT_TRUE(t, FD_OF(&out, ssthresh) != FD_OF(&v, ssthresh) || FD_OF(&out, ssthresh) > 0);
	EXPECT_EQ(t, FD_OF(&out, set_state), 0);
	EXPECT_EQ(t, bpf_client_delete(&c, fd, 5), 0); /* the key is not looked at */
	EXPECT_EQ(t, bpf_client_lookup(&c, fd, 0, &out), 0);
	EXPECT_EQ(t, out.common.state, BPF_STRUCT_OPS_STATE_TOBEFREE);
	EXPECT_EQ(t, bpf_client_delete(&c, fd, 0), -EINPROGRESS);
	EXPECT_EQ(t, bpf_client_update(&c, fd, 0, &v, 0), -EBUSY);
	/* The name is free again, and the other map, taken back to INIT, can have it. */
	EXPECT_EQ(t, bpf_client_update(&c, fd2, 0, &v, 0), 0);
	EXPECT_EQ(t, bpf_client_delete(&c, fd2, 0), 0);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* R7: the slots show program IDs; closing the programs' descriptors does not matter. */
static void lookup_shows_program_ids(struct ktest *t)
{
	struct bpf_prog_info info = { 0 };
	struct bpf_map_info minfo = { 0 };
	struct ca_value v, out;
	struct bpf_client c;
	int fd;

	ASSERT_TRUE(t, bpf_client_open(&c));
	ASSERT_TRUE(t, fill_value(&c, &v, "t_ids"));
	fd = bpf_client_create_struct_ops(&c, CA, 0);
	EXPECT_EQ(t, bpf_client_info(&c, FD_OF(&v, ssthresh), &info, sizeof(info)), 0);
	EXPECT_EQ(t, bpf_client_update(&c, fd, 0, &v, 0), 0);
	bpf_client_close_fd(&c, FD_OF(&v, ssthresh));
	EXPECT_EQ(t, bpf_client_lookup(&c, fd, 0, &out), 0);
	EXPECT_EQ(t, FD_OF(&out, ssthresh), info.id);
	EXPECT_EQ(t, info.attach_btf_id, bpf_client_struct_id(CA));
	EXPECT_EQ(t, bpf_client_info(&c, fd, &minfo, sizeof(minfo)), 0);
	EXPECT_EQ(t, minfo.btf_vmlinux_id, btf_vmlinux->obj.id); /* R32 */
	EXPECT_EQ(t, bpf_client_delete(&c, fd, 0), 0);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* R18, R19: C code calls the members and gets the programs' results. */
static void members_are_called(struct ktest *t)
{
	struct tcp_congestion_ops *ca;
	struct tcp_sock *tp;
	struct ca_value v;
	struct bpf_client c;
	int fd;

	ASSERT_TRUE(t, bpf_client_open(&c));
	ASSERT_TRUE(t, fill_value(&c, &v, "t_called"));
	fd = bpf_client_create_struct_ops(&c, CA, 0);
	ASSERT_TRUE(t, !bpf_client_update(&c, fd, 0, &v, 0));
	ca = tcp_ca_find("t_called");
	tp = kzalloc(sizeof(*tp));
	ASSERT_TRUE(t, ca && tp);
	EXPECT_EQ(t, ca->ssthresh((struct sock *)tp), 7);
	EXPECT_EQ(t, ca->undo_cwnd((struct sock *)tp), 7);
	ca->cong_avoid((struct sock *)tp, 1, 2);
	EXPECT_TRUE(t, !ca->set_state);
	kfree(tp);
	EXPECT_EQ(t, bpf_client_delete(&c, fd, 0), 0);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* A registered struct stays when its loader goes; only delete takes it away. */
static void registration_outlives_the_session(struct ktest *t)
{
	union bpf_attr attr = { 0 };
	struct bpf_client c, c2;
	struct ca_value v, out;
	int fd;

	ASSERT_TRUE(t, bpf_client_open(&c));
	ASSERT_TRUE(t, fill_value(&c, &v, "t_stays"));
	fd = bpf_client_create_struct_ops(&c, CA, 0);
	ASSERT_TRUE(t, !bpf_client_update(&c, fd, 0, &v, 0));
	EXPECT_TRUE(t, !bpf_client_close(&c)); /* the map and its programs are still there */
	ASSERT_TRUE(t, tcp_ca_find("t_stays"));

	ASSERT_TRUE(t, bpf_client_open(&c2));
	EXPECT_EQ(t, bpf_client_call(&c2, BPF_MAP_GET_NEXT_ID, &attr), 0);
	attr.map_id = attr.next_id;
	attr.next_id = 0;
	fd = bpf_client_call(&c2, BPF_MAP_GET_FD_BY_ID, &attr);
	ASSERT_TRUE(t, fd >= 0);
	EXPECT_EQ(t, bpf_client_lookup(&c2, fd, 0, &out), 0);
	EXPECT_EQ(t, bpf_client_delete(&c2, fd, 0), 0);
	bpf_client_close(&c2);
	EXPECT_EQ(t, bpf_object_count(BPF_OBJ_MAP), c.maps);
	EXPECT_EQ(t, bpf_object_count(BPF_OBJ_PROG), c.programs);
	EXPECT_TRUE(t, !tcp_ca_find("t_stays"));
}

/* R23, R4: whatever allocation fails, update says -ENOMEM and leaves the map as it was. */
static void every_failed_allocation_is_undone(struct ktest *t)
{
	struct ca_value v, out;
	struct bpf_client c;
	u64 images;
	int fd;
	u32 n;

	ASSERT_TRUE(t, bpf_client_open(&c));
	ASSERT_TRUE(t, fill_value(&c, &v, "t_nomem"));
	fd = bpf_client_create_struct_ops(&c, CA, 0);
	ASSERT_TRUE(t, fd >= 0);
	images = bpf_jit_current();
	for (n = 1; n < 200; n++) {
		long err;

		memory_fail_nth(n);
		err = bpf_client_update(&c, fd, 0, &v, 0);
		memory_fail_nth(0);
		if (!err)
			break;
		EXPECT_EQ(t, err, -ENOMEM);
		EXPECT_EQ(t, bpf_jit_current(), images);
		EXPECT_TRUE(t, !tcp_ca_find("t_nomem"));
		EXPECT_TRUE(t, !bpf_client_lookup(&c, fd, 0, &out) && mem_is(&out, 0, sizeof(out)));
	}
	EXPECT_TRUE(t, n > 3 && n < 200);
	EXPECT_EQ(t, bpf_client_delete(&c, fd, 0), 0);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* R23: past bpf_jit_limit an update is refused with -EPERM, and works again with a higher limit. */
static void jit_limit_refuses(struct ktest *t)
{
	u64 limit = bpf_jit_limit;
	struct bpf_client c;
	struct ca_value v;
	int fd;

	ASSERT_TRUE(t, bpf_client_open(&c));
	ASSERT_TRUE(t, fill_value(&c, &v, "t_limit"));
	fd = bpf_client_create_struct_ops(&c, CA, 0);
	bpf_jit_limit = bpf_jit_current();
	EXPECT_EQ(t, bpf_client_update(&c, fd, 0, &v, 0), -EPERM);
	bpf_jit_limit = limit;
	EXPECT_EQ(t, bpf_client_update(&c, fd, 0, &v, 0), 0);
	EXPECT_EQ(t, bpf_client_delete(&c, fd, 0), 0);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* R6: a BPF_F_LINK map is prepared by update, and neither registered nor deleted by hand. */
static void link_maps_are_only_prepared(struct ktest *t)
{
	struct ca_value v, out;
	struct bpf_client c;
	int fd;

	ASSERT_TRUE(t, bpf_client_open(&c));
	ASSERT_TRUE(t, fill_value(&c, &v, "t_link"));
	fd = bpf_client_create_struct_ops(&c, CA, BPF_F_LINK);
	ASSERT_TRUE(t, fd >= 0);
	EXPECT_EQ(t, bpf_client_delete(&c, fd, 0), -EOPNOTSUPP);
	EXPECT_EQ(t, bpf_client_update(&c, fd, 0, &v, 0), 0);
	EXPECT_EQ(t, bpf_client_lookup(&c, fd, 0, &out), 0);
	EXPECT_EQ(t, out.common.state, BPF_STRUCT_OPS_STATE_READY);
	EXPECT_EQ(t, out.common.refcnt.refs.counter, 0);
	EXPECT_TRUE(t, !tcp_ca_find("t_link"));
	EXPECT_EQ(t, bpf_client_delete(&c, fd, 0), -EOPNOTSUPP);
	EXPECT_EQ(t, bpf_client_update(&c, fd, 0, &v, 0), -EBUSY);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* ---- loading programs ---- */

/* R7: a program may not refer to a struct_ops map. */
static void programs_cannot_use_the_map(struct ktest *t)
{
	struct bpf_insn insns[] = { BPF_LD_MAP_FD(BPF_REG_1, 0), BPF_MOV64_IMM(BPF_REG_0, 0),
				    BPF_EXIT_INSN() };
	struct bpf_client c;
	int fd;

	ASSERT_TRUE(t, bpf_client_open(&c));
	fd = bpf_client_create_struct_ops(&c, CA, 0);
	ASSERT_TRUE(t, fd >= 0);
	insns[0].imm = fd;
	EXPECT_EQ(t, bpf_client_load_member(&c, CA, "ssthresh", insns, ARRAY_SIZE(insns), 0),
		  -EINVAL);
	EXPECT_TRUE(t, strstr(c.log, "bpf_struct_ops map cannot be used in prog"));
	EXPECT_TRUE(t, bpf_client_close(&c));
}

static bool log_has(const char *text)
{
	static struct log_line line;
	u64 seq = 0;

	while (log_read(&seq, &line))
		if (strstr(line.text, text))
			return true;
	return false;
}

/* The map may hold the program that it would be bound to: neither would ever go. */
static void programs_cannot_be_bound_to_the_map(struct ktest *t)
{
	const struct bpf_insn insns[] = { BPF_MOV64_IMM(BPF_REG_0, 2), BPF_EXIT_INSN() };
	union bpf_attr attr = { 0 };
	struct bpf_client c;

	ASSERT_TRUE(t, bpf_client_open(&c));
	attr.prog_bind_map.map_fd = bpf_client_create_struct_ops(&c, CA, 0);
	attr.prog_bind_map.prog_fd = bpf_client_load_member(&c, CA, "ssthresh", insns, 2, 0);
	EXPECT_EQ(t, bpf_client_call(&c, BPF_PROG_BIND_MAP, &attr), -EINVAL);
	EXPECT_TRUE(t, log_has("a struct_ops map cannot be bound to a program"));
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* R1 and UAPI's list for PROG_LOAD of struct_ops: errno and the sentence in the log. */
static void load_refuses(struct ktest *t)
{
	static const struct bpf_insn no_r0[] = { BPF_EXIT_INSN() };
	static const struct bpf_insn ctx_narrow[] = { BPF_LDX_MEM(BPF_W, BPF_REG_0, BPF_REG_1, 0),
						      BPF_EXIT_INSN() };
	struct bpf_client c;

	ASSERT_TRUE(t, bpf_client_open(&c));
	EXPECT_EQ(t, bpf_client_load_member(&c, CA, "name", return_7, 2, 0), -EINVAL);
	EXPECT_TRUE(t, strstr(c.log, "attach to invalid member name(@idx 11) of struct " CA));
	EXPECT_EQ(t, bpf_client_load_member(&c, CA, "get_info", return_7, 2, 0), -ENOTSUPP);
	EXPECT_TRUE(t, strstr(c.log, "attach to unsupported member get_info of struct " CA));
	EXPECT_EQ(t, bpf_client_load_member(&c, "tcp_sock", "snd_cwnd", return_7, 2, 0), -ENOTSUPP);
	EXPECT_TRUE(t, strstr(c.log, "is not a supported struct"));
	EXPECT_EQ(t, bpf_client_load_member(&c, CA, "none", return_7, 2, 0), -EINVAL);
	EXPECT_TRUE(t, strstr(c.log, "attach to invalid member idx"));
	EXPECT_EQ(t, bpf_client_load_member(&c, CA, "ssthresh", no_r0, 1, 0), -EACCES);
	EXPECT_TRUE(t, strstr(c.log, "R0 !read_ok"));
	EXPECT_EQ(t, bpf_client_load_member(&c, CA, "ssthresh", ctx_narrow, 2, 0), -EACCES);
	EXPECT_TRUE(t, strstr(c.log, "invalid bpf_context access"));
	/* A void member may leave R0 unset. */
	EXPECT_TRUE(t, bpf_client_load_member(&c, CA, "init", no_r0, 1, 0) >= 0);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

static const struct ktest_case cases[] = {
	KTEST(create_refuses),
	KTEST(update_refuses),
	KTEST(states_go_one_way),
	KTEST(lookup_shows_program_ids),
	KTEST(members_are_called),
	KTEST(registration_outlives_the_session),
	KTEST(every_failed_allocation_is_undone),
	KTEST(jit_limit_refuses),
	KTEST(link_maps_are_only_prepared),
	KTEST(programs_cannot_use_the_map),
	KTEST(programs_cannot_be_bound_to_the_map),
	KTEST(load_refuses),
};

const struct ktest_suite ktest_struct_ops = KTEST_SUITE("struct_ops", cases);
