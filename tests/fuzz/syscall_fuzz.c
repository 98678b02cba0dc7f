// SPDX-License-Identifier: GPL-2.0-only
/*
 * syscall-fuzz: random sequences of bpf(2) in the hosted kernel. Requests are mostly right, some with a field or two made
 * wrong, some when memory runs out; what is registered is used by short simulations. A round is one session: when it is
 * over nothing may be left of it. What else goes wrong, the sanitizers say.
 *
 *   build/syscall-fuzz loglevel=0 test="-t SECONDS -s SEED -v"    TAP; a round's seed is printed as it begins
 *
 * Round N of seed S is round 0 of seed S + N. -v prints each request before it is made.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bpf/bpf.h"
#include "bpf/files.h"
#include "bpf/pin.h"
#include "bpf/seq.h"
#include "kernel/arch.h"
#include "kernel/execmem.h"
#include "kernel/lib/errno.h"
#include "kernel/memory.h"
#include "kernel/net/netsim.h"
#include "kernel/sync.h"
#include "tests/fuzz/syscall_gen.h"
#include "tests/kernel/kt_ops.h"
#include "tests/kernel/ktest.h"

#define ROUND_REQUESTS 3000
#define ERRNOS	       600

static bool verbose;
static u32 accepted[__MAX_BPF_CMD + 1], asked[__MAX_BPF_CMD + 1], simulations;

/* ---- one request ---- */

static void close_one(void)
{
	struct fuzz_fd *f = pick(ANY_FD);

	if (!f)
		return;
	bpf_local_session_close(fuzz.s, f->fd);
	*f = fuzz.fds[--fuzz.nr_fds];
}

static bool makes_fd(int cmd)
{
	return cmd == BPF_MAP_CREATE || cmd == BPF_PROG_LOAD || cmd == BPF_BTF_LOAD ||
	       cmd == BPF_OBJ_GET || cmd == BPF_LINK_CREATE || cmd == BPF_ENABLE_STATS ||
	       cmd == BPF_PROG_GET_FD_BY_ID || cmd == BPF_MAP_GET_FD_BY_ID ||
	       cmd == BPF_BTF_GET_FD_BY_ID || cmd == BPF_LINK_GET_FD_BY_ID;
}

/* One field becomes something else. */
static void mutate(union bpf_attr *attr)
{
	u32 *words = (u32 *)attr, i = rnd(one_in(4) ? sizeof(*attr) / 4 : 20);
	u64 address;

	switch (rnd(4)) {
	case 0:
		words[i] = pick_fd(ANY_FD);
		break;
	case 1:
		words[i] ^= 1U << rnd(32);
		break;
	case 2:
		address = USER_BASE + USER_SIZE - rnd(64);
		memcpy(&words[i & ~1U], &address, sizeof(address));
		break;
	default:
		words[i] = odd_number();
	}
}

static u32 attr_size(u8 *attr)
{
	u32 size = sizeof(union bpf_attr);

	if (one_in(30))
		size = rnd(size + 1);
	else if (one_in(30))
		size += rnd(64);
	else if (one_in(200))
		size = odd_number();
	if (size > sizeof(union bpf_attr) && one_in(2))
		attr[sizeof(union bpf_attr) + rnd(64)] = 1;
	return size;
}

static void request(int cmd, union bpf_attr *from)
{
	u8 *attr = user_alloc(sizeof(*from) + 64);
	u32 size;
	long ret;

	memcpy(attr, from, sizeof(*from));
	while (one_in(4))
		mutate((union bpf_attr *)attr);
	size = attr_size(attr);
	if (one_in(300))
		cmd = odd_number();
	if (fuzz.nr_fds == FUZZ_MAX_FDS)
		close_one();
	if (one_in(12))
		memory_fail_nth(1 + rnd(30));
	ret = bpf_syscall(fuzz.s, cmd, user_ptr(attr), size);
	memory_fail_nth(0);
	if (verbose)
		printf("# cmd %d size %u: %ld\n", cmd, size, ret);
	if (cmd < 0 || cmd >= __MAX_BPF_CMD)
		cmd = __MAX_BPF_CMD;
	asked[cmd]++;
	accepted[cmd] += ret >= 0;
	if (ret < -ERRNOS)
		abort();
	if (ret >= 0 && makes_fd(cmd)) {
		fuzz.made.fd = ret;
		fuzz.fds[fuzz.nr_fds++] = fuzz.made;
	}
}

/* ---- the other commands ---- */

static void gen_info(union bpf_attr *attr)
{
	u64 *info = user_alloc(4096);

	attr->info.bpf_fd = pick_fd(ANY_FD);
	attr->info.info_len = one_in(3) ? odd_number() : 64 + rnd(256);
	attr->info.info = user_ptr(info);
	while (one_in(2)) {
		u64 v = one_in(2) ? odd_number() : user_ptr(user_alloc(256));

		memcpy((u8 *)info + 4 * rnd(60), &v, one_in(2) ? 4 : 8);
	}
}

static void gen_test_run(union bpf_attr *attr)
{
	u64 *args = user_alloc(1024);

	for (u32 i = 0; i < 8; i++)
		args[i] = odd_number();
	if (!one_in(4))
		args[0] = one_in(4) ? 0 : user_ptr(user_alloc(64));
	attr->test.prog_fd = pick_runnable();
	attr->test.ctx_in = user_ptr(args);
	attr->test.ctx_size_in = one_in(4) ? odd_number() : 8 * rnd(6);
	if (!attr->test.ctx_size_in)
		attr->test.ctx_in = 0;
}

static void gen_link(int cmd, union bpf_attr *attr)
{
	if (cmd == BPF_LINK_CREATE) {
		attr->link_create.map_fd = pick_ops_map();
		attr->link_create.attach_type = BPF_STRUCT_OPS;
		fuzz.made.kind = LINK_FD;
	} else if (cmd == BPF_LINK_UPDATE) {
		attr->link_update.link_fd = pick_fd(LINK_FD);
		attr->link_update.new_map_fd = pick_ops_map();
		if (one_in(3)) {
			attr->link_update.flags = BPF_F_REPLACE;
			attr->link_update.old_map_fd = pick_ops_map();
		}
	} else {
		attr->link_detach.link_fd = pick_fd(LINK_FD);
	}
}

static void gen_pin(int cmd, union bpf_attr *attr)
{
	attr->pathname = user_ptr(fuzz_path());
	if (cmd == BPF_OBJ_PIN)
		attr->bpf_fd = pick_fd(ANY_FD);
	else if (one_in(4))
		attr->file_flags = one_in(2) ? BPF_F_RDONLY : BPF_F_WRONLY;
}

/* An ID of the command's kind, mostly. */
static void gen_id(int cmd, union bpf_attr *attr)
{
	static const struct {
		u8 cmd;
		enum bpf_object_kind object;
		enum fuzz_kind fd;
	} kinds[] = { { BPF_PROG_GET_FD_BY_ID, BPF_OBJ_PROG, PROG_FD },
		      { BPF_MAP_GET_FD_BY_ID, BPF_OBJ_MAP, MAP_FD },
		      { BPF_BTF_GET_FD_BY_ID, BPF_OBJ_BTF, BTF_FD },
		      { BPF_LINK_GET_FD_BY_ID, BPF_OBJ_LINK, LINK_FD } };
	u32 kind = rnd(ARRAY_SIZE(kinds)), id = 0;

	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].cmd == cmd)
			kind = i;
	for (u32 i = rnd(20) + 1; i && !one_in(8); i--)
		id = bpf_object_next_id(kinds[kind].object, id);
	fuzz.made.kind = kinds[kind].fd;
	attr->start_id = one_in(8) ? odd_number() : id;
}

static void gen_for(int cmd, union bpf_attr *attr)
{
	switch (cmd) {
	case BPF_MAP_CREATE:
		return gen_map_create(attr);
	case BPF_PROG_LOAD:
		return gen_prog_load(attr);
	case BPF_BTF_LOAD:
		return gen_btf_load(attr);
	case BPF_MAP_LOOKUP_BATCH ... BPF_MAP_DELETE_BATCH:
		return gen_map_batch(attr);
	case BPF_OBJ_GET_INFO_BY_FD:
		return gen_info(attr);
	case BPF_PROG_TEST_RUN:
		return gen_test_run(attr);
	case BPF_LINK_CREATE:
	case BPF_LINK_UPDATE:
	case BPF_LINK_DETACH:
		return gen_link(cmd, attr);
	case BPF_OBJ_PIN:
	case BPF_OBJ_GET:
		return gen_pin(cmd, attr);
	case BPF_PROG_BIND_MAP:
		attr->prog_bind_map.prog_fd = pick_fd(PROG_FD);
		attr->prog_bind_map.map_fd = pick_fd(MAP_FD);
		return;
	case BPF_PROG_GET_NEXT_ID ... BPF_MAP_GET_FD_BY_ID:
	case BPF_BTF_GET_FD_BY_ID:
	case BPF_BTF_GET_NEXT_ID:
	case BPF_LINK_GET_FD_BY_ID:
	case BPF_LINK_GET_NEXT_ID:
		gen_id(cmd, attr);
		return;
	case BPF_ENABLE_STATS:
		return;
	default:
		gen_map_elem(attr);
		if (cmd == BPF_MAP_DELETE_ELEM || cmd == BPF_MAP_FREEZE)
			attr->value = attr->flags = 0;
		if (cmd == BPF_MAP_GET_NEXT_KEY)
			attr->flags = 0;
		if (cmd == BPF_MAP_FREEZE)
			attr->key = 0;
	}
}

static void any_request(void)
{
	static const u8 often[] = {
		BPF_MAP_CREATE,	     BPF_PROG_LOAD,	  BPF_MAP_UPDATE_ELEM,
		BPF_MAP_UPDATE_ELEM, BPF_MAP_DELETE_ELEM, BPF_LINK_CREATE,
		BPF_LINK_UPDATE,     BPF_PROG_TEST_RUN,	  BPF_OBJ_GET_INFO_BY_FD
	};
	int cmd = one_in(2) ? often[rnd(ARRAY_SIZE(often))] : rnd(__MAX_BPF_CMD);
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	fuzz.made = (struct fuzz_fd){ .kind = OTHER_FD, .ops = -1 };
	if (cmd == BPF_PROG_LOAD && gen_lacking_member(&attr))
		return request(cmd, &attr);
	if (cmd == BPF_MAP_FREEZE && !one_in(8))
		return;
	gen_for(cmd, &attr);
	request(cmd, &attr);
}

/* ---- besides bpf(2) ---- */

static bool stop_after(void *arg)
{
	return ++*(u32 *)arg > 20;
}

static void simulate(void)
{
	struct netsim_flow_config flows[2] = { { .cc = "reno" }, { .cc = "cubic" } };
	struct netsim_result result = { 0 };
	struct netsim_config config;
	u32 calls = 0;
	struct netsim_hooks hooks = { .yield = stop_after, .arg = &calls };

	netsim_config_init(&config);
	config.duration_ns = 300000000;
	config.nflows = 1 + rnd(2);
	config.flows = flows;
	config.loss_ppm = one_in(2) ? 20000 : 0;
	fuzz_name(flows[0].cc);
	if (one_in(2))
		fuzz_name(config.qdisc);
	if (one_in(6))
		memory_fail_nth(1 + rnd(200));
	simulations += !netsim_run(&config, &hooks, &result);
	memory_fail_nth(0);
	netsim_result_free(&result);
}

static void any_file_operation(void)
{
	const char *path = bpf_pin_path(fuzz_path());
	struct bpf_seq seq = { 0 };
	struct bpf_fs_stat st;
	char name[16];

	if (!path)
		return;
	switch (rnd(6)) {
	case 0:
		bpf_fs_mkdir(path, rnd(01000));
		break;
	case 1:
		bpf_fs_rmdir(path);
		break;
	case 2:
		bpf_fs_unlink(path);
		break;
	case 3:
		bpf_fs_stat(path, &st);
		break;
	case 4:
		bpf_fs_readdir(path, rnd(4), name, sizeof(name));
		break;
	default:
		bpf_fs_show(path, &seq);
		bpf_seq_free(&seq);
	}
}

static void show_fdinfo(void)
{
	struct bpf_seq seq = { 0 };
	struct bpf_file *file;

	if (fuzz.s->ops->fget(fuzz.s, pick_fd(ANY_FD), &file))
		return;
	bpf_file_show_fdinfo(file, &seq);
	bpf_seq_free(&seq);
	bpf_file_put(file);
}

static void step(void)
{
	u32 what = rnd(100);

	user_reset();
	if (what < 5)
		close_one();
	else if (what < 8)
		any_file_operation();
	else if (what < 10)
		show_fdinfo();
	else if (what < 12)
		simulate();
	else
		any_request();
}

/* ---- a round ---- */

struct counts {
	u32 objects[BPF_OBJ_KINDS];
	struct memory_stats memory;
	struct execmem_stats images;
};

static void take_counts(struct counts *c)
{
	for (int i = 0; i < 6; i++)
		rcu_barrier();
	for (u32 k = 0; k < BPF_OBJ_KINDS; k++)
		c->objects[k] = bpf_object_count(k);
	memory_stats(&c->memory);
	execmem_stats(&c->images);
}

static bool same(const char *what, u64 before, u64 after)
{
	if (before != after)
		printf("# %s: %llu before, %llu after\n", what, (unsigned long long)before,
		       (unsigned long long)after);
	return before == after;
}

/* What is still there, and how often it is held. */
static void print_object(struct bpf_object *obj, void *arg)
{
	struct bpf_map *map = container_of(obj, struct bpf_map, obj);

	printf("# kind %d id %u, references %d, of sessions %d", obj->kind, obj->id,
	       refcount_read(&obj->refcnt), refcount_read(&obj->usercnt));
	if (obj->kind == BPF_OBJ_MAP)
		printf(": map type %u flags 0x%x frozen %d", map->map_type, map->map_flags,
		       map->frozen);
	printf("\n");
}

/* Empty image packs may be kept: each is one heap object and one page block. */
static bool nothing_left(const struct counts *a)
{
	struct counts b;
	bool ok = true;
	u64 packs;

	take_counts(&b);
	packs = b.images.packs - a->images.packs;
	for (u32 k = 0; k < BPF_OBJ_KINDS; k++)
		ok &= same("objects", a->objects[k], b.objects[k]);
	ok &= same("heap objects", a->memory.heap_objects + packs, b.memory.heap_objects);
	if (a->memory.page_blocks != b.memory.page_blocks)
		ok &= same("page blocks", a->memory.page_blocks + packs, b.memory.page_blocks);
	ok &= same("images", a->images.images, b.images.images);
	ok &= same("image bytes", a->images.used_bytes, b.images.used_bytes);
	for (u32 k = 0; !ok && k < BPF_OBJ_STATS; k++)
		bpf_object_for_each_unlocked(k, print_object, NULL);
	return ok;
}

static void remove_pins(const char *dir)
{
	char name[256], path[2048];

	while (!bpf_fs_readdir(dir, 0, name, sizeof(name))) {
		snprintf(path, sizeof(path), "%s/%s", dir, name);
		if (bpf_fs_unlink(path)) {
			remove_pins(path);
			if (bpf_fs_rmdir(path))
				abort();
		}
	}
}

/* As bpf_syscall(), once more where the session's memory failed for no reason. */
static long surely(int cmd, const union bpf_attr *attr)
{
	long ret = -EFAULT;

	for (u32 i = 0; i < 5 && ret == -EFAULT; i++)
		ret = bpf_syscall(fuzz.s, cmd, user_ptr(attr), sizeof(*attr));
	return ret;
}

/* What an update registered without a link stays when the session ends; deleting it is the way. */
static void unregister_all(void)
{
	u32 id = 0;

	while ((id = bpf_object_next_id(BPF_OBJ_MAP, id))) {
		union bpf_attr *attr;

		user_reset();
		attr = user_alloc(sizeof(*attr));
		attr->map_id = id;
		attr->map_fd = surely(BPF_MAP_GET_FD_BY_ID, attr);
		attr->key = user_ptr(user_alloc(64));
		surely(BPF_MAP_DELETE_ELEM, attr);
	}
}

static bool one_round(u64 seed)
{
	struct bpf_session_ops ops;
	struct counts before;

	printf("# seed %llu\n", (unsigned long long)seed);
	fflush(stdout);
	fuzz_seed(seed);
	take_counts(&before);
	fuzz = (struct fuzz_session){ .s = bpf_local_session_create("syscall-fuzz", ~0ULL) };
	if (!fuzz.s)
		abort();
	ops = *fuzz.s->ops;
	ops.copy_from_user = user_read;
	ops.copy_to_user = user_write;
	fuzz.s->ops = &ops;
	for (u32 i = 0; i < ROUND_REQUESTS; i++)
		step();
	unregister_all();
	bpf_local_session_destroy(fuzz.s);
	remove_pins("");
	return nothing_left(&before);
}

static u32 requests(void)
{
	u32 all = 0, ok = 0;

	for (u32 cmd = 0; cmd <= __MAX_BPF_CMD; cmd++) {
		all += asked[cmd];
		ok += accepted[cmd];
		if (verbose)
			printf("# cmd %u: %u of %u\n", cmd, accepted[cmd], asked[cmd]);
	}
	printf("# %u requests, %u accepted; %u simulations\n", all, ok, simulations);
	return ok;
}

/* The commands that make and use things must succeed now and then, or nothing is tested. */
static bool all_are_accepted(void)
{
	static const u8 cmds[] = { BPF_MAP_CREATE,  BPF_PROG_LOAD,   BPF_MAP_UPDATE_ELEM,
				   BPF_LINK_CREATE, BPF_LINK_UPDATE, BPF_PROG_TEST_RUN,
				   BPF_OBJ_PIN,	    BPF_OBJ_GET,     BPF_LINK_DETACH,
				   BPF_BTF_LOAD };
	bool ok = requests() && simulations;

	for (u32 i = 0; i < ARRAY_SIZE(cmds); i++) {
		if (accepted[cmds[i]])
			continue;
		printf("# command %u was never accepted\n", cmds[i]);
		ok = false;
	}
	return ok;
}

void ktest_init(void)
{
	kt_ops_register();
}

void ktest_main(const char *args)
{
	const char *s = strstr(args, "-s "), *t = strstr(args, "-t ");
	u64 seed = s ? strtoull(s + 3, NULL, 0) : time(NULL) * 1000003ULL;
	time_t end = time(NULL) + (t ? atoi(t + 3) : 20);
	bool ok = true, used;

	verbose = strstr(args, "-v");
	setvbuf(stdout, NULL, _IOLBF, 0);
	do {
		ok = one_round(seed++);
	} while (ok && time(NULL) < end);
	used = all_are_accepted();
	printf("%sok 1 - nothing is left of a session\n", ok ? "" : "not ");
	printf("%sok 2 - every kind of request succeeds now and then\n", used ? "" : "not ");
	printf("1..2\n");
	fflush(stdout);
	arch_exit(ok && used ? ARCH_EXIT_PASS : ARCH_EXIT_FAIL);
}
