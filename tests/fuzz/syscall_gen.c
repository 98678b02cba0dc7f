// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests of bpf(2), mostly right, from random numbers and the descriptors that are open. Relies on a session
 * whose memory is the arena here.
 */
#include "tests/fuzz/syscall_gen.h"

#include "bpf/bpf.h"
#include "bpf/btf.h"
#include "bpf/struct_ops.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/net/tcp.h"
#include "tests/fuzz/prog_gen.h"

struct fuzz_session fuzz;

static u64 rng = 1;
static u8 arena[USER_SIZE] __attribute__((aligned(64)));
static u32 arena_used;

/* ---- numbers ---- */

void fuzz_seed(u64 seed)
{
	rng = seed * 0x9e3779b97f4a7c15ULL | 1;
}

u32 rnd(u32 below)
{
	return (gen_random(&rng) >> 20) % below;
}

bool one_in(u32 n)
{
	return !rnd(n);
}

u64 odd_number(void)
{
	static const u64 edges[] = { 0,		 1,	     2,		 0x7fffffff, 0x80000000,
				     0xffffffff, ~0ULL,	     1ULL << 32, 1ULL << 63, 4095,
				     4096,	 4097,	     255,	 256,	     65535,
				     65536,	 ~0ULL >> 1, 0xfffffff0, 0x7ffffff8 };

	switch (rnd(4)) {
	case 0:
		return edges[rnd(ARRAY_SIZE(edges))];
	case 1:
		return rnd(64);
	case 2:
		return 1ULL << rnd(64);
	default:
		return gen_random(&rng);
	}
}

/* ---- the session's memory ---- */

void user_reset(void)
{
	memset(arena, 0, sizeof(arena));
	arena_used = 0;
}

void *user_alloc(u32 size)
{
	void *p = arena + arena_used;

	arena_used += (size + 63) & ~63U;
	if (arena_used > sizeof(arena))
		__builtin_trap();
	return p;
}

u64 user_ptr(const void *p)
{
	return USER_BASE + ((const u8 *)p - arena);
}

static bool user_ok(u64 u, size_t n)
{
	return u >= USER_BASE && u - USER_BASE <= USER_SIZE && n <= USER_SIZE - (u - USER_BASE) &&
	       !one_in(2000);
}

int user_read(struct bpf_session *s, void *dst, u64 usrc, size_t n)
{
	if (!n)
		return 0;
	if (!user_ok(usrc, n))
		return -EFAULT;
	memcpy(dst, arena + (usrc - USER_BASE), n);
	return 0;
}

int user_write(struct bpf_session *s, u64 udst, const void *src, size_t n)
{
	if (!n)
		return 0;
	if (!user_ok(udst, n))
		return -EFAULT;
	memcpy(arena + (udst - USER_BASE), src, n);
	return 0;
}

/* ---- descriptors and names ---- */

struct fuzz_fd *pick(enum fuzz_kind kind)
{
	u32 n = fuzz.nr_fds, start = n ? rnd(n) : 0;

	for (u32 i = 0; i < n; i++) {
		struct fuzz_fd *f = &fuzz.fds[(start + i) % n];

		if (kind == ANY_FD || f->kind == kind)
			return f;
	}
	return NULL;
}

int pick_fd(enum fuzz_kind kind)
{
	struct fuzz_fd *f = pick(one_in(12) ? ANY_FD : kind);

	if (one_in(40))
		return odd_number();
	return f ? f->fd : -1;
}

static struct fuzz_fd *pick_typed(enum fuzz_kind kind, u32 type)
{
	for (int tries = 0; tries < 20; tries++) {
		struct fuzz_fd *f = pick(kind);

		if (f && f->type == type)
			return f;
	}
	return NULL;
}

int pick_ops_map(void)
{
	struct fuzz_fd *f = pick_typed(MAP_FD, BPF_MAP_TYPE_STRUCT_OPS);

	return f && !one_in(20) ? f->fd : pick_fd(MAP_FD);
}

int pick_runnable(void)
{
	struct fuzz_fd *f =
		pick_typed(PROG_FD, one_in(2) ? BPF_PROG_TYPE_SYSCALL : BPF_PROG_TYPE_STRUCT_OPS);

	return f && !one_in(20) ? f->fd : pick_fd(PROG_FD);
}

void fuzz_name(char *name)
{
	scnprintf(name, 8, "fz%u", rnd(4));
}

const char *fuzz_path(void)
{
	static const char *const paths[] = {
		"/sys/fs/bpf/a",
		"/sys/fs/bpf/b",
		"/sys/fs/bpf/c",
		"/sys/fs/bpf/d",
		"/sys/fs/bpf/d/a",
		"/sys/fs/bpf/d/b",
		"/sys/fs/bpf/d/e",
		"/sys/fs/bpf/d/e/f",
		"/sys/fs/bpf",
		"/sys/fs/bpf/",
		"/sys/fs/bpf//a/",
		"/sys/fs/bpf/../a",
		"/sys/fs/bpf/./d",
		"/sys/fs/bpf/d/../b",
		"/sys/fs/bpf/a.b",
		"/sys/fs/bpfa",
		"/sys/fs/bpf/a/b",
		"relative",
		"",
		"/",
		"/sys/fs/bpf/d/..",
		"/sys/fs/bpf/\x80\n",
	};
	char *path = user_alloc(8192);
	u32 n = 0;

	strscpy(path, paths[rnd(one_in(4) ? ARRAY_SIZE(paths) : 8)], 64);
	if (one_in(30)) {
		n = strlen(path);
		memset(path + n, 'x', one_in(2) ? rnd(8191 - n) : 230 + rnd(40));
	}
	return path;
}

/* ---- struct_ops types ---- */

static const char *const ops_names[] = { "tcp_congestion_ops", "Qdisc_ops", "bpf_dummy_ops",
					 "kt_ops" };

static const struct btf_type *ops_type(int ops)
{
	s32 id = btf_find_by_name_kind(btf_vmlinux, ops_names[ops], BTF_KIND_STRUCT);

	return id > 0 ? btf_type_by_id(btf_vmlinux, id) : NULL;
}

static const char *member_name(const struct btf_type *t, int member)
{
	return btf_name_by_offset(btf_vmlinux, btf_members(t)[member].name_off);
}

static bool member_is_func(const struct btf_type *t, int member)
{
	const struct btf_type *p =
		btf_type_skip_modifiers(btf_vmlinux, btf_members(t)[member].type, NULL);

	if (!p || btf_kind(p) != BTF_KIND_PTR)
		return false;
	p = btf_type_skip_modifiers(btf_vmlinux, p->type, NULL);
	return p && btf_kind(p) == BTF_KIND_FUNC_PROTO;
}

static struct fuzz_fd *pick_member(int ops, int member)
{
	u32 start = rnd(FUZZ_MAX_FDS);

	for (u32 i = 0; i < FUZZ_MAX_FDS; i++) {
		struct fuzz_fd *f = &fuzz.fds[(start + i) % FUZZ_MAX_FDS];

		if (f < fuzz.fds + fuzz.nr_fds && f->kind == PROG_FD && f->ops == ops &&
		    f->member == member)
			return f;
	}
	return NULL;
}

static bool member_is_needed(const char *name)
{
	return !strcmp(name, "ssthresh") || !strcmp(name, "cong_avoid") ||
	       !strcmp(name, "undo_cwnd") || !strcmp(name, "enqueue") || !strcmp(name, "dequeue");
}

bool gen_lacking_member(union bpf_attr *attr)
{
	int ops = rnd(2);
	const struct btf_type *t = ops_type(ops);

	for (u32 m = 0; m < btf_vlen(t); m++) {
		if (member_is_needed(member_name(t, m)) && !pick_member(ops, m)) {
			gen_member_load(attr, ops, m);
			return true;
		}
	}
	return false;
}

/* A value of a struct_ops map: programs for what they are made for, a name. */
static void fill_ops_value(u8 *value, int ops)
{
	const struct btf_type *t = ops_type(ops);
	u8 *data = value + BPF_STRUCT_OPS_DATA_ALIGN;

	for (u32 m = 0; m < btf_vlen(t); m++) {
		u32 off = btf_member_bit_offset(t, &btf_members(t)[m]) / 8;
		const char *name = member_name(t, m);
		struct fuzz_fd *f = pick_member(ops, m);
		u64 fd = one_in(60) ? (u64)pick_fd(PROG_FD) : f ? f->fd : 0;

		if (member_is_func(t, m) && (member_is_needed(name) || one_in(2)))
			memcpy(data + off, &fd, sizeof(fd));
		if (!strcmp(name, "name") || !strcmp(name, "id"))
			fuzz_name((char *)data + off);
		if (!strcmp(name, "flags"))
			data[off] = one_in(10) ? rnd(256) : rnd(2);
	}
	while (one_in(12)) {
		u64 v = odd_number();

		memcpy(value + rnd(BPF_STRUCT_OPS_DATA_ALIGN + t->size - 8), &v, 1 + rnd(8));
	}
}

/* ---- maps ---- */

static void gen_struct_ops_map(union bpf_attr *attr)
{
	char value_name[64];
	s32 id;

	fuzz.made.ops = one_in(2) ? 0 : rnd(ARRAY_SIZE(ops_names));
	scnprintf(value_name, sizeof(value_name), "bpf_struct_ops_%s", ops_names[fuzz.made.ops]);
	id = btf_find_by_name_kind(btf_vmlinux, value_name, BTF_KIND_STRUCT);
	attr->value_size = id > 0 ? btf_type_by_id(btf_vmlinux, id)->size : 0;
	attr->btf_vmlinux_value_type_id = id;
	attr->btf_fd = pick_fd(BTF_FD);
	attr->max_entries = 1;
	attr->map_flags = one_in(2) ? BPF_F_LINK : 0;
}

void gen_map_create(union bpf_attr *attr)
{
	static const u8 types[] = { BPF_MAP_TYPE_HASH,	       BPF_MAP_TYPE_ARRAY,
				    BPF_MAP_TYPE_PROG_ARRAY,   BPF_MAP_TYPE_PERCPU_HASH,
				    BPF_MAP_TYPE_PERCPU_ARRAY, BPF_MAP_TYPE_LRU_HASH,
				    BPF_MAP_TYPE_SK_STORAGE,   BPF_MAP_TYPE_RINGBUF,
				    BPF_MAP_TYPE_STRUCT_OPS,   BPF_MAP_TYPE_STRUCT_OPS,
				    BPF_MAP_TYPE_STRUCT_OPS };
	static const u32 flags[] = { BPF_F_NO_PREALLOC,	  BPF_F_MMAPABLE,    BPF_F_RDONLY,
				     BPF_F_WRONLY,	  BPF_F_RDONLY_PROG, BPF_F_WRONLY_PROG,
				     BPF_F_NO_COMMON_LRU, BPF_F_ZERO_SEED };

	attr->map_type = types[rnd(ARRAY_SIZE(types))];
	attr->key_size = attr->map_type == BPF_MAP_TYPE_HASH ? 4 + rnd(12) : 4;
	attr->value_size = one_in(3) ? 1 + rnd(300) : GEN_VALUE_SIZE;
	attr->max_entries = 1 + rnd(one_in(8) ? 2000 : 4);
	fuzz_name(attr->map_name);
	fuzz.made = (struct fuzz_fd){ .kind = MAP_FD, .type = attr->map_type, .ops = -1 };
	if (one_in(4))
		attr->map_flags = flags[rnd(ARRAY_SIZE(flags))];
	switch (attr->map_type) {
	case BPF_MAP_TYPE_PROG_ARRAY:
		attr->value_size = 4;
		break;
	case BPF_MAP_TYPE_RINGBUF:
		attr->key_size = attr->value_size = 0;
		attr->max_entries = 4096 << rnd(3);
		break;
	case BPF_MAP_TYPE_SK_STORAGE:
		attr->max_entries = 0;
		attr->map_flags = BPF_F_NO_PREALLOC;
		attr->btf_fd = pick_fd(BTF_FD);
		attr->btf_key_type_id = attr->btf_value_type_id = 1;
		attr->value_size = 4;
		break;
	case BPF_MAP_TYPE_STRUCT_OPS:
		gen_struct_ops_map(attr);
		break;
	default:
		break;
	}
}

static void fill_key(u8 *key)
{
	u64 v = one_in(8) ? odd_number() : rnd(5);

	memcpy(key, &v, sizeof(v));
}

static void fill_value(u8 *value, u32 size, const struct fuzz_fd *map)
{
	int fd = pick_fd(PROG_FD);

	if (map && map->ops >= 0) {
		fill_ops_value(value, map->ops);
		return;
	}
	if (map && map->type == BPF_MAP_TYPE_PROG_ARRAY) {
		memcpy(value, &fd, sizeof(fd));
		return;
	}
	for (u32 i = 0; i + 8 <= size; i += 8) {
		u64 v = odd_number();

		memcpy(value + i, &v, sizeof(v));
	}
}

/* Of any command on one element: the fields are the same. */
void gen_map_elem(union bpf_attr *attr)
{
	struct fuzz_fd *map =
		one_in(2) ? pick_typed(MAP_FD, BPF_MAP_TYPE_STRUCT_OPS) : pick(MAP_FD);
	u8 *key = user_alloc(64), *value = user_alloc(8192);

	attr->map_fd = map && !one_in(40) ? map->fd : pick_fd(MAP_FD);
	fill_key(key);
	if (map && map->ops >= 0 && !one_in(20))
		memset(key, 0, 4);
	fill_value(value, 4096, map);
	attr->key = user_ptr(key);
	attr->value = user_ptr(value);
	attr->flags = one_in(5) ? rnd(8) : 0;
}

void gen_map_batch(union bpf_attr *attr)
{
	struct fuzz_fd *map = pick(MAP_FD);
	u8 *keys = user_alloc(1024), *values = user_alloc(16384);

	for (u32 i = 0; i < 8; i++)
		fill_key(keys + 4 * i);
	fill_value(values, 8192, map && map->ops < 0 ? map : NULL);
	attr->batch.in_batch = one_in(2) ? user_ptr(keys) : 0;
	attr->batch.out_batch = user_ptr(user_alloc(64));
	attr->batch.keys = user_ptr(keys);
	attr->batch.values = user_ptr(values);
	attr->batch.count = one_in(10) ? odd_number() : 1 + rnd(8);
	attr->batch.map_fd = pick_fd(MAP_FD);
	attr->batch.elem_flags = one_in(6) ? rnd(8) : 0;
}

/* ---- programs ---- */

/* Helpers and maps of any type, so that some fit. */
static u32 gen_helper_prog(struct bpf_insn *insns)
{
	static const u8 helpers[] = { BPF_FUNC_map_lookup_elem, BPF_FUNC_map_update_elem,
				      BPF_FUNC_map_delete_elem, BPF_FUNC_tail_call,
				      BPF_FUNC_ringbuf_output,	BPF_FUNC_ringbuf_query,
				      BPF_FUNC_ktime_get_ns,	BPF_FUNC_get_prandom_u32 };
	u32 helper = helpers[rnd(ARRAY_SIZE(helpers))];
	bool ctx_first = helper == BPF_FUNC_tail_call, bytes = helper == BPF_FUNC_ringbuf_output;
	u32 map_reg = ctx_first ? BPF_REG_2 : BPF_REG_1;
	struct bpf_insn text[] = {
		BPF_ST_MEM(BPF_DW, BPF_REG_10, -8, rnd(4)),
		BPF_ST_MEM(BPF_DW, BPF_REG_10, -16, 7),
		BPF_MOV64_REG(BPF_REG_2, BPF_REG_10),
		BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, -8),
		BPF_MOV64_REG(BPF_REG_3, BPF_REG_2),
		BPF_MOV64_IMM(BPF_REG_4, 0),
		BPF_LD_MAP_FD(map_reg, pick_fd(MAP_FD)),
		BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, helper),
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_EXIT_INSN(),
	};

	if (ctx_first || bytes)
		text[4] = (struct bpf_insn)BPF_MOV64_IMM(BPF_REG_3, rnd(9));
	memcpy(insns, text, sizeof(text));
	return ARRAY_SIZE(text);
}

/* Stores a number in a field of the socket that programs may write. */
static u32 gen_socket_prog(struct bpf_insn *insns)
{
	static const u16 fields[] = {
		offsetof(struct tcp_sock, snd_cwnd), offsetof(struct tcp_sock, snd_cwnd_cnt),
		offsetof(struct tcp_sock, snd_ssthresh),
		offsetof(struct tcp_sock, inet_conn.icsk_ca_priv),
		offsetof(struct tcp_sock, inet_conn.icsk_inet.sk.sk_pacing_status)
	};
	struct bpf_insn text[] = {
		BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 0),
		BPF_MOV64_IMM(BPF_REG_0, (s32)(one_in(3) ? odd_number() : rnd(100))),
		BPF_STX_MEM(BPF_W, BPF_REG_2, BPF_REG_0, fields[rnd(ARRAY_SIZE(fields))]),
		BPF_EXIT_INSN(),
	};

	memcpy(insns, text, sizeof(text));
	return ARRAY_SIZE(text);
}

/* Hands packets to one of the functions of a queue discipline. */
static u32 gen_packet_prog(struct bpf_insn *insns, const char *member)
{
	bool in = !strcmp(member, "enqueue");
	const char *name = in ? "bpf_qdisc_enqueue_tail" : "bpf_qdisc_dequeue_head";
	s32 first, xmit = btf_find_by_name_kind(btf_vmlinux, "bpf_qdisc_xmit", BTF_KIND_FUNC);
	struct bpf_insn text[] = {
		BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, in ? 8 : 0),
		BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_1, 0),
		BPF_CALL_KFUNC(0, 0),
		BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, 0, 2),
		BPF_MOV64_REG(BPF_REG_1, BPF_REG_0),
		BPF_CALL_KFUNC(0, xmit),
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_EXIT_INSN(),
	};

	first = btf_find_by_name_kind(btf_vmlinux, name, BTF_KIND_FUNC);
	text[2].imm = first;
	if (in)
		text[3] = text[4] = text[5] = (struct bpf_insn)BPF_MOV64_IMM(BPF_REG_0, 0);
	memcpy(insns, text, sizeof(text));
	return ARRAY_SIZE(text);
}

static void finish_load(union bpf_attr *attr, struct bpf_insn *insns, u32 len)
{
	char *license = user_alloc(16);

	strscpy(license, one_in(10) ? "none" : "GPL", 16);
	while (one_in(8)) {
		u64 v = odd_number();

		memcpy((u8 *)insns + rnd(len * sizeof(*insns) - 8), &v, 1 + rnd(8));
	}
	attr->insns = user_ptr(insns);
	attr->insn_cnt = len;
	attr->license = user_ptr(license);
	fuzz_name(attr->prog_name);
	if (one_in(3)) {
		attr->log_level = one_in(3) ? rnd(16) : 1;
		attr->log_size = one_in(4) ? 1 + rnd(200) : 4096;
		attr->log_buf = user_ptr(user_alloc(4096));
	}
}

void gen_member_load(union bpf_attr *attr, int ops, int member)
{
	const struct btf_type *t = ops_type(ops);
	struct bpf_insn *insns = user_alloc(GEN_MAX_INSNS * sizeof(*insns));
	u32 len = 2;

	insns[0] = (struct bpf_insn)BPF_MOV64_IMM(BPF_REG_0, (s32)odd_number());
	insns[1] = (struct bpf_insn)BPF_EXIT_INSN();
	if (ops == 0 && !one_in(3))
		len = gen_socket_prog(insns);
	else if (ops == 1 && !one_in(5))
		len = gen_packet_prog(insns, member_name(t, member));
	else if (one_in(3))
		len = gen_helper_prog(insns);
	attr->prog_type = BPF_PROG_TYPE_STRUCT_OPS;
	attr->attach_btf_id = btf_find_by_name_kind(btf_vmlinux, ops_names[ops], BTF_KIND_STRUCT);
	attr->expected_attach_type = member;
	attr->prog_flags = one_in(10) ? BPF_F_SLEEPABLE : 0;
	fuzz.made = (struct fuzz_fd){
		.kind = PROG_FD, .type = attr->prog_type, .ops = ops, .member = member
	};
	finish_load(attr, insns, len);
}

void gen_prog_load(union bpf_attr *attr)
{
	static const u8 types[] = { BPF_PROG_TYPE_SYSCALL,	 BPF_PROG_TYPE_SYSCALL,
				    BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_XDP,
				    BPF_PROG_TYPE_KPROBE,	 BPF_PROG_TYPE_SCHED_CLS };
	struct bpf_insn *insns;
	struct fuzz_fd *map;
	u32 len;
	int ops;

	if (one_in(2)) {
		ops = rnd(ARRAY_SIZE(ops_names));
		gen_member_load(attr, ops, rnd(btf_vlen(ops_type(ops))));
		return;
	}
	insns = user_alloc(GEN_MAX_INSNS * sizeof(*insns));
	map = pick_typed(MAP_FD, BPF_MAP_TYPE_ARRAY);
	attr->prog_type = types[rnd(ARRAY_SIZE(types))];
	if (map && one_in(3))
		len = prog_gen(odd_number() | 1, map->fd, insns);
	else
		len = gen_helper_prog(insns);
	fuzz.made = (struct fuzz_fd){ .kind = PROG_FD, .type = attr->prog_type, .ops = -1 };
	finish_load(attr, insns, len);
}

/* ---- BTF ---- */

void gen_btf_load(union bpf_attr *attr)
{
	/* clang-format off */
	static const u32 types[] = {
		1, BTF_KIND_INT << 24, 4, BTF_INT_SIGNED << 24 | 32, /* 1: int */
		0, BTF_KIND_PTR << 24, 1, /* 2: int * */
		5, BTF_KIND_STRUCT << 24 | 2, 12, 7, 1, 0, 9, 2, 32, /* 3: struct s { a; b; } */
		0, BTF_KIND_ARRAY << 24, 0, 1, 1, 5, /* 4: int[5] */
		5, BTF_KIND_ENUM << 24 | 1, 4, 7, 1, /* 5: enum */
		0, BTF_KIND_FUNC_PROTO << 24 | 1, 1, 7, 2, /* 6: int (int *a) */
		9, BTF_KIND_FUNC << 24, 6, /* 7 */
		7, BTF_KIND_TYPEDEF << 24, 3, /* 8 */
	};
	/* clang-format on */
	static const char strings[] = "\0int\0s\0a\0b";
	u32 len = sizeof(struct btf_header) + sizeof(types) + sizeof(strings);
	u8 *blob = user_alloc(len);
	struct btf_header *hdr = (void *)blob;

	*hdr = (struct btf_header){ .magic = BTF_MAGIC,
				    .version = BTF_VERSION,
				    .hdr_len = sizeof(*hdr),
				    .type_len = sizeof(types),
				    .str_off = sizeof(types),
				    .str_len = sizeof(strings) };
	memcpy(hdr + 1, types, sizeof(types));
	memcpy((u8 *)(hdr + 1) + sizeof(types), strings, sizeof(strings));
	while (one_in(2)) {
		u64 v = odd_number();

		memcpy(blob + rnd(len - 8), &v, 1 + rnd(8));
	}
	attr->btf = user_ptr(blob);
	attr->btf_size = len;
	if (one_in(3)) {
		attr->btf_log_level = 1 + rnd(3);
		attr->btf_log_size = one_in(4) ? 1 + rnd(100) : 4096;
		attr->btf_log_buf = user_ptr(user_alloc(4096));
	}
	fuzz.made = (struct fuzz_fd){ .kind = BTF_FD, .ops = -1 };
}
