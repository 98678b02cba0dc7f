// SPDX-License-Identifier: GPL-2.0-only
/* Iterators through bpf(2): links, walks, reads in pieces, and every refusal; with the errnos of Linux. */
#include "bpf/iter.h"
#include "bpf/btf.h"
#include "bpf/link.h"
#include "bpf/files.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/memory.h"
#include "kernel/net/netsim_config.h"
#include "tests/kernel/bpf_client.h"
#include "tests/kernel/ktest.h"

#define PTR(p) ((u64)(uintptr_t)(p))

static int load_iter(struct bpf_client *c, const char *func, const struct bpf_insn *insns, u32 n,
		     u32 prog_flags)
{
	union bpf_attr attr = bpf_client_prog(c, BPF_PROG_TYPE_TRACING, insns, n);

	attr.prog_flags = prog_flags;
	attr.expected_attach_type = BPF_TRACE_ITER;
	attr.attach_btf_id = bpf_client_func_id(func);
	return bpf_client_call(c, BPF_PROG_LOAD, &attr);
}

/* Returns @ret and writes nothing. */
static int load_const(struct bpf_client *c, const char *func, int ret, u32 prog_flags)
{
	const struct bpf_insn insns[] = { BPF_MOV64_IMM(BPF_REG_0, ret), BPF_EXIT_INSN() };

	return load_iter(c, func, insns, ARRAY_SIZE(insns), prog_flags);
}

/* Writes @n bytes of its stack, of the same letter, for each object; '.' at the end. */
static int load_writer(struct bpf_client *c, const char *func, char letter, int n)
{
	const u64 letters = 0x0101010101010101ULL * letter;
	const struct bpf_insn insns[] = {
		BPF_MOV64_REG(BPF_REG_6, BPF_REG_1),
		BPF_LD_IMM64(BPF_REG_0, letters),
		BPF_LDX_MEM(BPF_DW, BPF_REG_7, BPF_REG_6, 8),
		BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_0, -8),
		BPF_MOV64_IMM(BPF_REG_3, n),
		BPF_JMP_IMM(BPF_JNE, BPF_REG_7, 0, 2),
		BPF_ST_MEM(BPF_B, BPF_REG_10, -8, '.'),
		BPF_MOV64_IMM(BPF_REG_3, 1),
		BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_6, 0),
		BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_1, 0),
		BPF_MOV64_REG(BPF_REG_2, BPF_REG_10),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, -8),
		BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_seq_write),
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_EXIT_INSN(),
	};

	return load_iter(c, func, insns, ARRAY_SIZE(insns), 0);
}

static int link_create(struct bpf_client *c, int prog, u32 type)
{
	union bpf_attr attr = { 0 };

	attr.link_create.prog_fd = prog;
	attr.link_create.attach_type = type;
	return bpf_client_call(c, BPF_LINK_CREATE, &attr);
}

static int iter_create(struct bpf_client *c, int link, u32 flags)
{
	union bpf_attr attr = { 0 };

	attr.iter_create.link_fd = link;
	attr.iter_create.flags = flags;
	return bpf_client_call(c, BPF_ITER_CREATE, &attr);
}

static long read_fd(struct bpf_client *c, int fd, char *buf, size_t size)
{
	struct bpf_file *file;
	long n = c->s->ops->fget(c->s, fd, &file);

	if (n)
		return n;
	n = file->obj->kind == BPF_OBJ_ITER ? bpf_iter_read(file->obj, buf, size) : -EINVAL;
	bpf_file_put(file);
	return n;
}

static void close_client(struct ktest *t, struct bpf_client *c, u32 links, u32 iters)
{
	EXPECT_TRUE(t, bpf_client_close(c));
	EXPECT_EQ(t, bpf_object_count(BPF_OBJ_LINK), links);
	EXPECT_EQ(t, bpf_object_count(BPF_OBJ_ITER), iters);
}

static struct bpf_client client;

static void link_refusals(struct ktest *t)
{
	u32 links = bpf_object_count(BPF_OBJ_LINK), iters = bpf_object_count(BPF_OBJ_ITER);
	struct bpf_client *c = &client;
	union bpf_attr attr = { 0 };
	u64 info[8] = { 0 };
	int prog;

	ASSERT_TRUE(t, bpf_client_open(c));
	prog = load_const(c, "bpf_iter_tcp", 0, 0);
	EXPECT_TRUE(t, prog > 0);
	EXPECT_EQ(t, link_create(c, prog, BPF_TRACE_FENTRY), -EINVAL);
	EXPECT_EQ(t, link_create(c, 99, BPF_TRACE_ITER), -EBADF);
	EXPECT_EQ(t, link_create(c, c->btf_fd, BPF_TRACE_ITER), -EINVAL);
	attr.link_create.prog_fd = prog;
	attr.link_create.attach_type = BPF_TRACE_ITER;
	attr.link_create.target_fd = 1;
	EXPECT_EQ(t, bpf_client_call(c, BPF_LINK_CREATE, &attr), -EINVAL);
	attr.link_create.target_fd = 0;
	attr.link_create.flags = 1;
	EXPECT_EQ(t, bpf_client_call(c, BPF_LINK_CREATE, &attr), -EINVAL);
	attr.link_create.flags = 0;
	attr.link_create.iter_info = PTR(info);
	EXPECT_EQ(t, bpf_client_call(c, BPF_LINK_CREATE, &attr), -EINVAL);
	attr.link_create.iter_info_len = sizeof(info);
	EXPECT_TRUE(t, bpf_client_call(c, BPF_LINK_CREATE, &attr) > 0);
	info[0] = 5; /* some other target's business */
	EXPECT_TRUE(t, bpf_client_call(c, BPF_LINK_CREATE, &attr) > 0);
	info[7] = 1;
	EXPECT_EQ(t, bpf_client_call(c, BPF_LINK_CREATE, &attr), -E2BIG);
	attr.link_create.iter_info = 8;
	attr.link_create.iter_info_len = 8;
	EXPECT_EQ(t, bpf_client_call(c, BPF_LINK_CREATE, &attr), -EFAULT);
	attr.link_create.iter_info = 0;
	EXPECT_EQ(t, bpf_client_call(c, BPF_LINK_CREATE, &attr), -EINVAL);
	prog = load_const(c, "bpf_iter_tcp", 0, BPF_F_SLEEPABLE);
	EXPECT_EQ(t, link_create(c, prog, BPF_TRACE_ITER), -EINVAL);
	close_client(t, c, links, iters);
}

static void walk_refusals(struct ktest *t)
{
	u32 links = bpf_object_count(BPF_OBJ_LINK), iters = bpf_object_count(BPF_OBJ_ITER);
	struct bpf_client *c = &client;
	union bpf_attr attr = { 0 };
	struct bpf_link_info info;
	int prog, link, iter;
	char text[8];

	ASSERT_TRUE(t, bpf_client_open(c));
	prog = load_const(c, "bpf_iter_bpf_map", 1, 0);
	link = link_create(c, prog, BPF_TRACE_ITER);
	EXPECT_TRUE(t, link > 0);
	EXPECT_EQ(t, iter_create(c, link, 1), -EINVAL);
	EXPECT_EQ(t, iter_create(c, 99, 0), -EBADF);
	EXPECT_EQ(t, iter_create(c, prog, 0), -EINVAL);
	iter = iter_create(c, link, 0);
	EXPECT_TRUE(t, iter > 0);
	/* It asks for the same object again, and has written nothing. */
	EXPECT_EQ(t, read_fd(c, iter, text, sizeof(text)), -EAGAIN);
	EXPECT_EQ(t, read_fd(c, iter, text, sizeof(text)), -EAGAIN);
	memset(&info, 0, sizeof(info));
	EXPECT_EQ(t, bpf_client_info(c, iter, &info, sizeof(info)), -EINVAL);
	attr.pathname = PTR("/sys/fs/bpf/walk");
	attr.bpf_fd = iter;
	EXPECT_EQ(t, bpf_client_call(c, BPF_OBJ_PIN, &attr), -EINVAL);
	memset(&attr, 0, sizeof(attr));
	attr.link_detach.link_fd = link;
	EXPECT_EQ(t, bpf_client_call(c, BPF_LINK_DETACH, &attr), -EOPNOTSUPP);
	close_client(t, c, links, iters);
}

/* Room for @n bytes of "bpf_map" in the link's info. */
static int target_name(struct bpf_client *c, int link, u32 n, bool want, struct bpf_link_info *info,
		       char *name)
{
	memset(info, 0, sizeof(*info));
	strscpy(name, "xxxxxxx", 8);
	info->iter.target_name = want ? PTR(name) : 0;
	info->iter.target_name_len = n;
	return bpf_client_info(c, link, info, sizeof(*info));
}

static void link_info(struct ktest *t)
{
	u32 links = bpf_object_count(BPF_OBJ_LINK), iters = bpf_object_count(BPF_OBJ_ITER);
	struct bpf_client *c = &client;
	struct bpf_link_info info;
	char name[8];
	int link;

	ASSERT_TRUE(t, bpf_client_open(c));
	link = link_create(c, load_const(c, "bpf_iter_tcp", 0, 0), BPF_TRACE_ITER);
	EXPECT_EQ(t, target_name(c, link, 0, true, &info, name), -EINVAL);
	EXPECT_EQ(t, target_name(c, link, 4, false, &info, name), -EINVAL);
	EXPECT_EQ(t, target_name(c, link, 1, true, &info, name), -ENOSPC);
	EXPECT_STREQ(t, name, "");
	EXPECT_EQ(t, target_name(c, link, 3, true, &info, name), -ENOSPC);
	EXPECT_STREQ(t, name, "tc");
	EXPECT_EQ(t, target_name(c, link, 4, true, &info, name), 0);
	EXPECT_STREQ(t, name, "tcp");
	EXPECT_EQ(t, info.type, BPF_LINK_TYPE_ITER);
	EXPECT_EQ(t, target_name(c, link, 0, false, &info, name), 0);
	EXPECT_EQ(t, info.iter.target_name_len, 4);
	EXPECT_TRUE(t, info.prog_id > 0);
	close_client(t, c, links, iters);
}

static long update(struct bpf_client *c, int link, int new_prog, u32 flags, int old_prog)
{
	union bpf_attr attr = { 0 };

	attr.link_update.link_fd = link;
	attr.link_update.new_prog_fd = new_prog;
	attr.link_update.flags = flags;
	attr.link_update.old_prog_fd = old_prog;
	return bpf_client_call(c, BPF_LINK_UPDATE, &attr);
}

static void link_updates(struct ktest *t)
{
	u32 links = bpf_object_count(BPF_OBJ_LINK), iters = bpf_object_count(BPF_OBJ_ITER);
	struct bpf_client *c = &client;
	int one, other, alien, link, begun, after;
	char text[8];

	ASSERT_TRUE(t, bpf_client_open(c));
	one = load_writer(c, "bpf_iter_tcp", 'a', 1);
	other = load_const(c, "bpf_iter_tcp", 0, 0);
	alien = load_const(c, "bpf_iter_bpf_map", 0, 0);
	link = link_create(c, one, BPF_TRACE_ITER);
	begun = iter_create(c, link, 0);
	EXPECT_EQ(t, update(c, link, alien, 0, 0), -EINVAL);
	EXPECT_EQ(t, update(c, link, other, 0, one), -EINVAL);
	EXPECT_EQ(t, update(c, link, other, BPF_F_REPLACE, alien), -EPERM);
	EXPECT_EQ(t, update(c, link, 99, 0, 0), -EBADF);
	EXPECT_EQ(t, update(c, link, other, BPF_F_REPLACE, 99), -EBADF);
	EXPECT_EQ(t, update(c, link, other, 8, 0), -EINVAL);
	EXPECT_EQ(t, update(c, link, other, BPF_F_REPLACE, one), 0);
	after = iter_create(c, link, 0);
	/* There are no sockets: only the end is shown. */
	EXPECT_EQ(t, read_fd(c, begun, text, sizeof(text)), 1);
	EXPECT_EQ(t, text[0], '.');
	EXPECT_EQ(t, read_fd(c, begun, text, sizeof(text)), 0);
	EXPECT_EQ(t, read_fd(c, after, text, sizeof(text)), 0);
	close_client(t, c, links, iters);
}

/* Objects, in pieces of every size: the text is the same. */
static void pieces(struct ktest *t)
{
	u32 links = bpf_object_count(BPF_OBJ_LINK), iters = bpf_object_count(BPF_OBJ_ITER);
	struct bpf_client *c = &client;
	char whole[64], part[64];
	int link, iter;
	long n, len;

	ASSERT_TRUE(t, bpf_client_open(c));
	link = link_create(c, load_writer(c, "bpf_iter_bpf_link", 'l', 3), BPF_TRACE_ITER);
	link_create(c, load_const(c, "bpf_iter_tcp", 0, 0), BPF_TRACE_ITER);
	iter = iter_create(c, link, 0);
	len = read_fd(c, iter, whole, sizeof(whole));
	EXPECT_EQ(t, len, 3 * (s64)bpf_object_count(BPF_OBJ_LINK) + 1);
	EXPECT_EQ(t, read_fd(c, iter, part, sizeof(part)), 0);
	for (int size = 1; len > 0 && size <= len + 1; size++) {
		long got = 0;

		iter = iter_create(c, link, 0);
		EXPECT_EQ(t, read_fd(c, iter, part, 0), 0);
		while ((n = read_fd(c, iter, part + got, min_t(size_t, size, sizeof(part) - got))) >
		       0)
			got += n;
		EXPECT_EQ(t, n, 0);
		EXPECT_EQ(t, got, len);
		EXPECT_TRUE(t, !memcmp(part, whole, len));
		bpf_client_close_fd(c, iter);
	}
	close_client(t, c, links, iters);
}

/* A program that writes 8 bytes @times for each object. */
static int load_big(struct bpf_client *c, int times)
{
	const struct bpf_insn insns[] = {
		BPF_MOV64_REG(BPF_REG_6, BPF_REG_1),
		BPF_MOV64_IMM(BPF_REG_7, 0),
		BPF_ST_MEM(BPF_DW, BPF_REG_10, -8, 0x61616161),
		BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_6, 0),
		BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_1, 0),
		BPF_MOV64_REG(BPF_REG_2, BPF_REG_10),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, -8),
		BPF_MOV64_IMM(BPF_REG_3, 8),
		BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_seq_write),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_7, 1),
		BPF_JMP_IMM(BPF_JLT, BPF_REG_7, times, -8),
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_EXIT_INSN(),
	};

	return load_iter(c, "bpf_iter_tcp", insns, ARRAY_SIZE(insns), 0);
}

static void object_too_long(struct ktest *t)
{
	u32 links = bpf_object_count(BPF_OBJ_LINK), iters = bpf_object_count(BPF_OBJ_ITER);
	struct bpf_client *c = &client;
	int fits, link;
	char text[64];

	ASSERT_TRUE(t, bpf_client_open(c));
	c->log_level = 0; /* of a long loop */
	EXPECT_TRUE(t, load_big(c, 1) > 0);
	/* One byte must be left free: then it is known that all was written. */
	link = link_create(c, load_big(c, BPF_ITER_BUF_SIZE / 8), BPF_TRACE_ITER);
	EXPECT_EQ(t, read_fd(c, iter_create(c, link, 0), text, sizeof(text)), -E2BIG);
	link = link_create(c, load_big(c, BPF_ITER_BUF_SIZE / 8 - 1), BPF_TRACE_ITER);
	fits = iter_create(c, link, 0);
	EXPECT_EQ(t, read_fd(c, fits, text, sizeof(text)), sizeof(text));
	close_client(t, c, links, iters);
}

struct watch {
	struct bpf_client *c;
	int link;
	u32 bytes, reads;
};

/* Between two events of a simulation: both ends of each flow are there. */
static bool read_at_yield(void *arg)
{
	struct watch *w = arg;
	char text[64];
	int fd = iter_create(w->c, w->link, 0);

	w->bytes += read_fd(w->c, fd, text, sizeof(text));
	w->reads++;
	bpf_client_close_fd(w->c, fd);
	return w->reads == 3;
}

static void sockets_of_a_simulation(struct ktest *t)
{
	u32 links = bpf_object_count(BPF_OBJ_LINK), iters = bpf_object_count(BPF_OBJ_ITER);
	struct bpf_client *c = &client;
	struct watch w = { .c = c };
	struct netsim_hooks hooks = { .yield = read_at_yield, .arg = &w };
	struct netsim_config config;
	struct netsim_result result;
	char error[160];

	ASSERT_TRUE(t, bpf_client_open(c));
	w.link = link_create(c, load_writer(c, "bpf_iter_tcp", 's', 2), BPF_TRACE_ITER);
	EXPECT_EQ(t,
		  netsim_config_parse(&config, 1, (char *[]){ "flow=reno,n=5" }, error,
				      sizeof(error)),
		  0);
	EXPECT_EQ(t, netsim_run(&config, &hooks, &result), -EINTR);
	EXPECT_EQ(t, w.reads, 3);
	EXPECT_EQ(t, w.bytes, 3 * (5 * 2 * 2 + 1));
	netsim_result_free(&result);
	netsim_config_free(&config);
	close_client(t, c, links, iters);
}

static void pins(struct ktest *t)
{
	u32 links = bpf_object_count(BPF_OBJ_LINK), iters = bpf_object_count(BPF_OBJ_ITER);
	struct bpf_client *c = &client;
	union bpf_attr attr = { 0 };
	struct bpf_file *file = NULL;
	char text[8];
	int map;

	ASSERT_TRUE(t, bpf_client_open(c));
	attr.pathname = PTR("/sys/fs/bpf/kt_iter");
	attr.bpf_fd = link_create(c, load_writer(c, "bpf_iter_tcp", 'a', 1), BPF_TRACE_ITER);
	EXPECT_EQ(t, bpf_client_call(c, BPF_OBJ_PIN, &attr), 0);
	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = 4;
	attr.value_size = attr.max_entries = 1;
	map = bpf_client_call(c, BPF_MAP_CREATE, &attr);
	memset(&attr, 0, sizeof(attr));
	attr.pathname = PTR("/sys/fs/bpf/kt_map");
	attr.bpf_fd = map;
	EXPECT_EQ(t, bpf_client_call(c, BPF_OBJ_PIN, &attr), 0);
	EXPECT_EQ(t, bpf_iter_open_pin("/kt_map", &file), -EIO);
	EXPECT_EQ(t, bpf_iter_open_pin("/kt_nix", &file), -ENOENT);
	EXPECT_EQ(t, bpf_iter_open_pin("/", &file), -EACCES);
	if (EXPECT_EQ(t, bpf_iter_open_pin("/kt_iter", &file), 0)) {
		EXPECT_EQ(t, bpf_iter_read(file->obj, text, sizeof(text)), 1);
		bpf_file_put(file);
	}
	EXPECT_EQ(t, bpf_fs_unlink("/kt_iter"), 0);
	EXPECT_EQ(t, bpf_fs_unlink("/kt_map"), 0);
	close_client(t, c, links, iters);
}

static const struct ktest_case cases[] = {
	KTEST(link_refusals),
	KTEST(walk_refusals),
	KTEST(link_info),
	KTEST(link_updates),
	KTEST(pieces),
	KTEST(object_too_long),
	KTEST(sockets_of_a_simulation),
	KTEST(pins),
};

const struct ktest_suite ktest_iter = KTEST_SUITE("iter", cases);
