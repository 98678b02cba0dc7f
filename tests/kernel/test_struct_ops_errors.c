// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every refusal that the struct_ops part of bpf(2) documents: the errno that user space sees, and the sentence
 * in the kernel's log that says why. Each case leaves nothing, as the runner checks.
 */
#include <linux/capability.h>

#include "bpf/bpf.h"
#include "bpf/btf.h"
#include "bpf/struct_ops.h"
#include "kernel/lib/errno.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/net/tcp.h"
#include "tests/kernel/bpf_client.h"
#include "tests/kernel/ktest.h"

#define CA     "tcp_congestion_ops"
#define PTR(p) ((u64)(uintptr_t)(p))
#define BAD_FD 9999

struct ca_value {
	struct bpf_struct_ops_common_value common;
	char pad[BPF_STRUCT_OPS_DATA_ALIGN - sizeof(struct bpf_struct_ops_common_value)];
	struct tcp_congestion_ops ops;
};

/* What the refusals are tried on. */
struct scene {
	struct bpf_client c;
	int ssthresh, undo, avoid, state, small; /* programs; small is a socket filter */
	int array, map;				 /* an array; a struct_ops map without a value */
	int ready, ready_same, ready_other; /* link maps with values; the first two have one name */
	int plain_link_map;		    /* a link map without a value */
	int link;			    /* of ready */
	struct ca_value good;
};

static u64 mark;

/* Only lines that are logged from here on count. */
static void mark_log(void)
{
	static struct log_line line;

	while (log_read(&mark, &line))
		;
}

static bool logged(const char *text)
{
	static struct log_line line;
	bool found = false;

	while (log_read(&mark, &line))
		found |= !!strstr(line.text, text);
	return found;
}

#define REFUSES(t, call, err, text)                                                          \
	do {                                                                                 \
		mark_log();                                                                  \
		EXPECT_EQ(t, call, err);                                                     \
		if (!logged(text))                                                           \
			ktest_fail(t, __FILE__, __LINE__, "%s: the log does not say \"%s\"", \
				   #call, text);                                             \
	} while (0)

static const struct bpf_insn return_2[] = { BPF_MOV64_IMM(BPF_REG_0, 2), BPF_EXIT_INSN() };

static int ready_map(struct scene *s, const char *name)
{
	struct ca_value v = s->good;
	int fd = bpf_client_create_struct_ops(&s->c, CA, BPF_F_LINK);

	strscpy(v.ops.name, name, sizeof(v.ops.name));
	return bpf_client_update(&s->c, fd, 0, &v, 0) ? -EINVAL : fd;
}

static long link_update(struct scene *s, int link, int map, u32 flags, int old)
{
	union bpf_attr attr = { 0 };

	attr.link_update.link_fd = link;
	attr.link_update.new_map_fd = map;
	attr.link_update.flags = flags;
	attr.link_update.old_map_fd = old;
	return bpf_client_call(&s->c, BPF_LINK_UPDATE, &attr);
}

static long link_detach(struct scene *s, int link)
{
	union bpf_attr attr = { 0 };

	attr.link_detach.link_fd = link;
	return bpf_client_call(&s->c, BPF_LINK_DETACH, &attr);
}

static bool set_scene(struct scene *s)
{
	union bpf_attr filter = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
				  .insns = PTR(return_2),
				  .insn_cnt = 2,
				  .license = PTR("GPL") };
	union bpf_attr array = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1
	};

	memset(s, 0, sizeof(*s));
	if (!bpf_client_open(&s->c))
		return false;
	s->ssthresh = bpf_client_load_member(&s->c, CA, "ssthresh", return_2, 2, 0);
	s->undo = bpf_client_load_member(&s->c, CA, "undo_cwnd", return_2, 2, 0);
	s->avoid = bpf_client_load_member(&s->c, CA, "cong_avoid", return_2, 2, 0);
	s->state = bpf_client_load_member(&s->c, CA, "set_state", return_2, 2, 0);
	s->small = bpf_client_call(&s->c, BPF_PROG_LOAD, &filter);
	s->array = bpf_client_call(&s->c, BPF_MAP_CREATE, &array);
	s->map = bpf_client_create_struct_ops(&s->c, CA, 0);
	s->plain_link_map = bpf_client_create_struct_ops(&s->c, CA, BPF_F_LINK);
	s->good.ops.ssthresh = (void *)(long)s->ssthresh;
	s->good.ops.undo_cwnd = (void *)(long)s->undo;
	s->good.ops.cong_avoid = (void *)(long)s->avoid;
	strscpy(s->good.ops.name, "e_good", sizeof(s->good.ops.name));
	s->ready = ready_map(s, "e_ready");
	s->ready_same = ready_map(s, "e_ready");
	s->ready_other = ready_map(s, "e_other");
	s->link = bpf_client_link(&s->c, s->ready);
	return s->ssthresh > 0 && s->undo > 0 && s->avoid > 0 && s->state > 0 && s->small > 0 &&
	       s->array > 0 && s->map > 0 && s->plain_link_map > 0 && s->ready > 0 &&
	       s->ready_same > 0 && s->ready_other > 0 && s->link > 0;
}

/* ---- BPF_MAP_CREATE ---- */

static void map_create(struct ktest *t)
{
	u32 value = bpf_client_struct_id("bpf_struct_ops_" CA), bare = bpf_client_struct_id(CA);
	union bpf_attr get = { .btf_id = 1 };
	union bpf_attr good, attr;
	struct scene s;
	int vmlinux;

	ASSERT_TRUE(t, set_scene(&s));
	vmlinux = bpf_client_call(&s.c, BPF_BTF_GET_FD_BY_ID, &get);
	good = (union bpf_attr){ .map_type = BPF_MAP_TYPE_STRUCT_OPS,
				 .key_size = 4,
				 .value_size = sizeof(struct ca_value),
				 .max_entries = 1,
				 .btf_fd = s.c.btf_fd,
				 .btf_vmlinux_value_type_id = value };
#define MAP(change, err, text)                                                       \
	do {                                                                         \
		attr = good;                                                         \
		change;                                                              \
		REFUSES(t, bpf_client_call(&s.c, BPF_MAP_CREATE, &attr), err, text); \
	} while (0)
	MAP(attr.key_size = 8, -EINVAL, "one element and a key of 4 bytes");
	MAP(attr.max_entries = 2, -EINVAL, "one element and a key of 4 bytes");
	MAP(attr.max_entries = 0, -EINVAL, "one element and a key of 4 bytes");
	MAP(attr.map_flags = BPF_F_RDONLY, -EINVAL, "unknown map flags 0x8");
	MAP(attr.map_flags = BPF_F_NO_PREALLOC, -EINVAL, "unknown map flags 0x1");
	MAP(attr.btf_vmlinux_value_type_id = 0, -EINVAL, "btf_vmlinux_value_type_id is not set");
	MAP(attr.btf_vmlinux_value_type_id = bare, -ENOTSUPP, "is no registered struct_ops value");
	MAP(attr.btf_vmlinux_value_type_id = 0x7fffffff, -ENOTSUPP,
	    "is no registered struct_ops value");
	MAP(attr.value_size -= 8, -EINVAL, "value_size is 248");
	MAP(attr.btf_key_type_id = 1, -EINVAL, "excludes other BTF types");
	MAP(attr.btf_value_type_id = 1, -EINVAL, "excludes other BTF types");
	MAP(attr.map_extra = 1, -EINVAL, "map_extra means nothing");
	MAP(attr.map_name[0] = '/', -EINVAL, "name");
	MAP(attr.map_ifindex = 1, -EINVAL, "no device takes maps");
	MAP(attr.btf_fd = BAD_FD, -EBADF, "is no BTF");
	MAP(attr.btf_fd = s.array, -EINVAL, "is no BTF");
	MAP(attr.btf_fd = vmlinux, -EACCES, "not the kernel's");
	MAP((attr.map_flags = BPF_F_VTYPE_BTF_OBJ_FD, attr.value_type_btf_obj_fd = s.c.btf_fd),
	    -EINVAL, "must name a module's BTF");
	MAP((attr.map_flags = BPF_F_VTYPE_BTF_OBJ_FD, attr.value_type_btf_obj_fd = vmlinux),
	    -EINVAL, "must name a module's BTF");
	MAP((attr.map_flags = BPF_F_VTYPE_BTF_OBJ_FD, attr.value_type_btf_obj_fd = s.array),
	    -EINVAL, "is no BTF");
	MAP((attr.map_flags = BPF_F_VTYPE_BTF_OBJ_FD, attr.value_type_btf_obj_fd = BAD_FD), -EBADF,
	    "is no BTF");
#undef MAP
	attr = good;
	attr.value_type_btf_obj_fd = s.array; /* without the flag nobody looks at it */
	EXPECT_TRUE(t, bpf_client_call(&s.c, BPF_MAP_CREATE, &attr) > 0);
	s.c.s->caps = 0;
	attr = good;
	REFUSES(t, bpf_client_call(&s.c, BPF_MAP_CREATE, &attr), -EPERM, "needs CAP_BPF");
	s.c.s->caps = U64_MAX;
	EXPECT_TRUE(t, bpf_client_close(&s.c));
}

/* ---- BPF_MAP_UPDATE_ELEM and the other commands on elements ---- */

static void map_update(struct ktest *t)
{
	struct ca_value v;
	struct scene s;

	ASSERT_TRUE(t, set_scene(&s));
#define UPDATE(change, err, text)                                                \
	do {                                                                     \
		v = s.good;                                                      \
		change;                                                          \
		REFUSES(t, bpf_client_update(&s.c, s.map, 0, &v, 0), err, text); \
	} while (0)
#define FD(member) (*(u64 *)&v.ops.member)
	REFUSES(t, bpf_client_update(&s.c, s.map, 0, &s.good, BPF_NOEXIST), -EINVAL,
		"takes no flags");
	REFUSES(t, bpf_client_update(&s.c, s.map, 0, &s.good, BPF_F_LOCK), -EINVAL,
		"bpf_spin_lock");
	REFUSES(t, bpf_client_update(&s.c, s.map, 1, &s.good, 0), -E2BIG, "the only key is 0");
	REFUSES(t, bpf_client_update(&s.c, BAD_FD, 0, &s.good, 0), -EBADF, "is no map");
	REFUSES(t, bpf_client_update(&s.c, s.ssthresh, 0, &s.good, 0), -EINVAL, "is no map");
	UPDATE(v.pad[3] = 1, -EINVAL, "is not zero");
	UPDATE(((char *)&v.ops)[152] = 1, -EINVAL, "is not zero");
	UPDATE(v.common.state = 1, -EINVAL, "must be 0");
	UPDATE(v.common.refcnt.refs.counter = 1, -EINVAL, "must be 0");
	UPDATE(v.ops.owner = (void *)1, -EINVAL, CA ".owner is the kernel's");
	UPDATE(v.ops.flags = 4, -EINVAL, CA ".flags 0x4 has unknown bits");
	UPDATE(v.ops.name[0] = '\0', -EINVAL, CA ".name must be 1 to 15");
	UPDATE(v.ops.name[0] = '/', -EINVAL, CA ".name must be 1 to 15");
	UPDATE(memset(v.ops.name, 'x', sizeof(v.ops.name)), -EINVAL, CA ".name must be 1 to 15");
	UPDATE(v.ops.key = 1, -EINVAL, CA ".key is not settable");
	UPDATE(v.ops.list.next = (void *)8, -EINVAL, CA ".list is not settable");
	UPDATE(FD(ssthresh) = BAD_FD, -EBADF, CA ".ssthresh: fd 9999 is no program");
	UPDATE(FD(ssthresh) = s.array, -EINVAL, CA ".ssthresh: fd");
	UPDATE(FD(ssthresh) = s.small, -EINVAL, "is no struct_ops program");
	UPDATE(FD(ssthresh) = s.state, -EINVAL, "was loaded for member 2");
	UPDATE(FD(get_info) = s.state, -EINVAL, "was loaded for member 2");
	UPDATE(FD(ssthresh) = 0, -EINVAL, "no ssthresh");
	UPDATE(FD(undo_cwnd) = 0, -EINVAL, "no undo_cwnd");
	UPDATE(FD(cong_avoid) = 0, -EINVAL, "no cong_avoid");
	UPDATE(strscpy(v.ops.name, "reno", 5), -EEXIST, "reno is already registered");
#undef UPDATE
#undef FD
	EXPECT_EQ(t, bpf_client_lookup(&s.c, s.map, 0, &v), 0);
	EXPECT_TRUE(t, mem_is(&v, 0, sizeof(v))); /* INIT again, zeroed */
	EXPECT_EQ(t, bpf_client_update(&s.c, s.map, 0, &s.good, 0), 0);
	REFUSES(t, bpf_client_update(&s.c, s.map, 0, &s.good, 0), -EBUSY, "has its value already");
	EXPECT_EQ(t, bpf_client_delete(&s.c, s.map, 0), 0);
	REFUSES(t, bpf_client_update(&s.c, s.map, 0, &s.good, 0), -EBUSY, "has its value already");
	REFUSES(t, bpf_client_update(&s.c, s.ready, 0, &s.good, 0), -EBUSY,
		"has its value already");
	EXPECT_TRUE(t, bpf_client_close(&s.c));
}

static void other_element_commands(struct ktest *t)
{
	u32 key = 0, count = 1;
	struct ca_value v;
	union bpf_attr attr;
	struct scene s;

	ASSERT_TRUE(t, set_scene(&s));
	EXPECT_EQ(t, bpf_client_lookup(&s.c, s.map, 1, &v),
		  -ENOENT); /* a plain answer: no sentence */
	attr = (union bpf_attr){ .map_fd = s.map, .key = PTR(&key), .value = PTR(&v), .flags = 1 };
	REFUSES(t, bpf_client_call(&s.c, BPF_MAP_LOOKUP_ELEM, &attr), -EINVAL,
		"flags 0x1 are not known");
	attr.flags = BPF_F_LOCK;
	REFUSES(t, bpf_client_call(&s.c, BPF_MAP_LOOKUP_ELEM, &attr), -EINVAL, "bpf_spin_lock");
	attr = (union bpf_attr){ .map_fd = s.map, .key = PTR(&key), .next_key = PTR(&key) };
	EXPECT_EQ(t, bpf_client_call(&s.c, BPF_MAP_GET_NEXT_KEY, &attr), -ENOENT);
	attr = (union bpf_attr){ .map_fd = s.map };
	REFUSES(t, bpf_client_call(&s.c, BPF_MAP_FREEZE, &attr), -ENOTSUPP, "cannot be frozen");
	attr = (union bpf_attr){ .map_fd = s.map, .key = PTR(&key), .value = PTR(&v) };
	REFUSES(t, bpf_client_call(&s.c, BPF_MAP_LOOKUP_AND_DELETE_ELEM, &attr), -ENOTSUPP,
		"lookup and delete");
	attr = (union bpf_attr){ 0 };
	attr.batch.map_fd = s.map;
	attr.batch.keys = PTR(&key);
	attr.batch.values = PTR(&v);
	attr.batch.count = count;
	REFUSES(t, bpf_client_call(&s.c, BPF_MAP_UPDATE_BATCH, &attr), -ENOTSUPP, "batch");
	REFUSES(t, bpf_client_call(&s.c, BPF_MAP_DELETE_BATCH, &attr), -ENOTSUPP, "batch");
	REFUSES(t, bpf_client_call(&s.c, BPF_MAP_LOOKUP_BATCH, &attr), -ENOTSUPP, "batch");
	REFUSES(t, bpf_client_call(&s.c, BPF_MAP_LOOKUP_AND_DELETE_BATCH, &attr), -ENOTSUPP,
		"batch");
	REFUSES(t, bpf_client_delete(&s.c, s.map, 0), -ENOENT, "was never registered");
	REFUSES(t, bpf_client_delete(&s.c, s.ready, 0), -EOPNOTSUPP, "unregistered by its link");
	REFUSES(t, bpf_client_delete(&s.c, s.plain_link_map, 0), -EOPNOTSUPP,
		"unregistered by its link");
	EXPECT_EQ(t, bpf_client_update(&s.c, s.map, 0, &s.good, 0), 0);
	EXPECT_EQ(t, bpf_client_delete(&s.c, s.map, 5), 0); /* the key is not looked at */
	REFUSES(t, bpf_client_delete(&s.c, s.map, 0), -EINPROGRESS, "is being unregistered");
	EXPECT_TRUE(t, bpf_client_close(&s.c));
}

/* ---- links ---- */

static void links(struct ktest *t)
{
	union bpf_attr attr = { 0 };
	struct scene s;
	int detached;

	ASSERT_TRUE(t, set_scene(&s));
	REFUSES(t, bpf_client_link(&s.c, BAD_FD), -EBADF, "is no map");
	REFUSES(t, bpf_client_link(&s.c, s.ssthresh), -EINVAL, "is no map");
	REFUSES(t, bpf_client_link(&s.c, s.array), -EINVAL, "is no struct_ops map");
	REFUSES(t, bpf_client_link(&s.c, s.map), -EINVAL, "without BPF_F_LINK");
	REFUSES(t, bpf_client_link(&s.c, s.plain_link_map), -EINVAL, "has no value yet");
	REFUSES(t, bpf_client_link(&s.c, s.ready), -EEXIST, "e_ready is already registered");
	REFUSES(t, bpf_client_link(&s.c, s.ready_same), -EEXIST, "e_ready is already registered");
	attr.link_create.prog_fd = s.ssthresh;
	REFUSES(t, bpf_client_call(&s.c, BPF_LINK_CREATE, &attr), -EINVAL, "attach type 0");

	REFUSES(t, link_update(&s, s.link, s.ready_same, BPF_F_REPLACE << 1, 0), -EINVAL,
		"link_update.flags");
	REFUSES(t, link_update(&s, s.link, s.ready_same, 0, s.ready), -EINVAL,
		"goes with BPF_F_REPLACE");
	REFUSES(t, link_update(&s, BAD_FD, s.ready_same, 0, 0), -EBADF, "is no link");
	REFUSES(t, link_update(&s, s.ready, s.ready_same, 0, 0), -EINVAL, "is no link");
	REFUSES(t, link_update(&s, s.link, BAD_FD, 0, 0), -EBADF, "is no map");
	REFUSES(t, link_update(&s, s.link, s.array, 0, 0), -EINVAL, "is no struct_ops map");
	REFUSES(t, link_update(&s, s.link, s.map, 0, 0), -EINVAL, "without BPF_F_LINK");
	REFUSES(t, link_update(&s, s.link, s.plain_link_map, 0, 0), -EINVAL, "has no value yet");
	REFUSES(t, link_update(&s, s.link, s.ready_same, BPF_F_REPLACE, BAD_FD), -EBADF,
		"is no map");
	REFUSES(t, link_update(&s, s.link, s.ready_same, BPF_F_REPLACE, s.ready_same), -EPERM,
		"holds map");
	REFUSES(t, link_update(&s, s.link, s.ready_other, 0, 0), -EINVAL, "does not take map");
	EXPECT_EQ(t, link_update(&s, s.link, s.ready, 0, 0), 0); /* the same map: nothing changes */

	REFUSES(t, link_detach(&s, BAD_FD), -EBADF, "is no link");
	REFUSES(t, link_detach(&s, s.ready), -EINVAL, "is no link");
	detached = s.link;
	EXPECT_EQ(t, link_detach(&s, detached), 0);
	EXPECT_EQ(t, link_detach(&s, detached), 0);
	REFUSES(t, link_update(&s, detached, s.ready_same, 0, 0), -ENOLINK, "is detached");
	EXPECT_TRUE(t, bpf_client_close(&s.c));
}

/* ---- BPF_PROG_LOAD ---- */

static void prog_load(struct ktest *t)
{
	union bpf_attr good, attr, get = { .btf_id = 1 };
	struct scene s;
	int vmlinux;

	ASSERT_TRUE(t, set_scene(&s));
	vmlinux = bpf_client_call(&s.c, BPF_BTF_GET_FD_BY_ID, &get);
	good = (union bpf_attr){ .prog_type = BPF_PROG_TYPE_STRUCT_OPS,
				 .insns = PTR(return_2),
				 .insn_cnt = 2,
				 .license = PTR("GPL"),
				 .attach_btf_id = bpf_client_struct_id(CA),
				 .expected_attach_type = bpf_client_member(CA, "ssthresh") };
#define LOAD(change, err, text)                                                     \
	do {                                                                        \
		attr = good;                                                        \
		change;                                                             \
		REFUSES(t, bpf_client_call(&s.c, BPF_PROG_LOAD, &attr), err, text); \
	} while (0)
	LOAD(attr.license = PTR("Proprietary"), -EINVAL,
	     "struct ops programs must have a GPL compatible license");
	LOAD((attr.license = PTR("Proprietary"), attr.attach_btf_id = 0), -EINVAL,
	     "must have a GPL compatible license"); /* checked first */
	LOAD(attr.attach_btf_id = 0, -ENOTSUPP, "attach_btf_id 0 is not a supported struct");
	LOAD(attr.attach_btf_id = bpf_client_struct_id("tcp_sock"), -ENOTSUPP,
	     "is not a supported struct");
	LOAD(attr.expected_attach_type = 999, -EINVAL,
	     "attach to invalid member idx 999 of struct " CA);
	LOAD(attr.expected_attach_type = bpf_client_member(CA, "name"), -EINVAL,
	     "attach to invalid member name(@idx 11) of struct " CA);
	LOAD(attr.expected_attach_type = bpf_client_member(CA, "get_info"), -ENOTSUPP,
	     "attach to unsupported member get_info of struct " CA);
	LOAD(attr.attach_btf_obj_fd = s.c.btf_fd, -ENOTSUPP, "attaches to the kernel's BTF");
	LOAD(attr.attach_btf_obj_fd = -1, -EINVAL, "attach_btf_obj_fd -1 is no BTF");
	LOAD((attr.attach_btf_id = bpf_client_struct_id("bpf_dummy_ops"),
	      attr.expected_attach_type = bpf_client_member("bpf_dummy_ops", "test_2"),
	      attr.prog_flags = BPF_F_SLEEPABLE),
	     -EINVAL, "attach to unsupported member test_2 of struct bpf_dummy_ops");
	LOAD(attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER, -EINVAL,
	     "attach_btf_id is not for programs");
#undef LOAD
	attr = good;
	attr.attach_btf_obj_fd = vmlinux;
	EXPECT_TRUE(t, bpf_client_call(&s.c, BPF_PROG_LOAD, &attr) > 0);
	attr = good;
	attr.prog_flags = BPF_F_SLEEPABLE; /* as on Linux, congestion controls do not mind */
	EXPECT_TRUE(t, bpf_client_call(&s.c, BPF_PROG_LOAD, &attr) > 0);
	s.c.s->caps = BIT_ULL(CAP_BPF);
	attr = good;
	REFUSES(t, bpf_client_call(&s.c, BPF_PROG_LOAD, &attr), -EPERM, "needs CAP_PERFMON");
	s.c.s->caps = U64_MAX;
	EXPECT_TRUE(t, bpf_client_close(&s.c));
}

/* ---- BPF_PROG_TEST_RUN ---- */

static void test_run(struct ktest *t)
{
	u64 args[6] = { 0 };
	union bpf_attr attr = { 0 };
	struct scene s;
	int two, one;

	ASSERT_TRUE(t, set_scene(&s));
	one = bpf_client_load_member(&s.c, "bpf_dummy_ops", "test_1", return_2, 2, 0);
	two = bpf_client_load_member(&s.c, "bpf_dummy_ops", "test_2", return_2, 2, 0);
	ASSERT_TRUE(t, one > 0 && two > 0);
#define RUN(fd, size, ctx, err, text)                                                   \
	do {                                                                            \
		attr = (union bpf_attr){ 0 };                                           \
		attr.test.prog_fd = fd;                                                 \
		attr.test.ctx_size_in = size;                                           \
		attr.test.ctx_in = ctx;                                                 \
		REFUSES(t, bpf_client_call(&s.c, BPF_PROG_TEST_RUN, &attr), err, text); \
	} while (0)
	RUN(s.ssthresh, 0, 0, -EOPNOTSUPP, "test run");
	RUN(two, 8, PTR(args), -EINVAL, "ctx_size_in is 8");
	RUN(two, 48, PTR(args), -EINVAL, "ctx_size_in is 48");
	RUN(two, 40, 0, -EINVAL, "a size without a ctx");
	RUN(two, 40, PTR(args), -EINVAL, "argument 0 of test_2 may not be NULL");
	RUN(BAD_FD, 0, 0, -EBADF, "is no program");
	RUN(s.map, 0, 0, -EINVAL, "is no program");
#undef RUN
	attr = (union bpf_attr){ 0 };
	attr.test.prog_fd = one;
	attr.test.ctx_size_in = 8;
	attr.test.ctx_in = PTR(args);
	EXPECT_EQ(t, bpf_client_call(&s.c, BPF_PROG_TEST_RUN, &attr), 0); /* nullable */
	args[0] = 16;
	EXPECT_EQ(t, bpf_client_call(&s.c, BPF_PROG_TEST_RUN, &attr), -EFAULT);
	EXPECT_TRUE(t, bpf_client_close(&s.c));
}

static const struct ktest_case cases[] = {
	KTEST(map_create), KTEST(map_update), KTEST(other_element_commands),
	KTEST(links),	   KTEST(prog_load),  KTEST(test_run),
};
const struct ktest_suite ktest_struct_ops_errors = KTEST_SUITE("struct_ops-errors", cases);
