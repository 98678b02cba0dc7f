// SPDX-License-Identifier: GPL-2.0-only
/* What bpf(2) needs below and beside it, for unit tests. Heap, log and spinlocks are fakes.c's. */
#include "tests/unit/bpf_env.h"

#include "bpf/helpers.h"
#include "bpf/jit.h"
#include "bpf/link.h"
#include "bpf/log.h"
#include "bpf/struct_ops.h"
#include "bpf/struct_ops_link.h"
#include "bpf/tracing_link.h"
#include "bpf/verifier.h"

u32 nr_cpu_ids = 4;
u32 env_cpu;
struct bpf_session *env_s;
int env_check_result;
const char *env_check_log = "";

static struct rcu_head *waiting;
static u32 readers;
static u64 now, blocks_before;
static u32 objects_before[BPF_OBJ_KINDS];

/* ---- the system around bpf/ ---- */

void mutex_lock(struct mutex *lock)
{
	assert_null(lock->owner);
	lock->owner = lock;
}

void mutex_unlock(struct mutex *lock)
{
	assert_non_null(lock->owner);
	lock->owner = NULL;
}

void rcu_read_lock(void)
{
	readers++;
}

void rcu_read_unlock(void)
{
	assert_int_not_equal(readers, 0);
	readers--;
}

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	head->func = func;
	head->next = waiting;
	waiting = head;
}

void env_rcu_flush(void)
{
	while (waiting) {
		struct rcu_head *head = waiting;

		waiting = head->next;
		head->func(head);
	}
}

/* Waits, so no reader may. */
void synchronize_rcu(void)
{
	assert_int_equal(readers, 0);
	env_rcu_flush();
}

void cond_resched(void)
{
}

u64 ktime_get_ns(void)
{
	return now += 1000;
}

u64 get_jiffies_64(void)
{
	return now / 1000000;
}

u32 get_random_u32(void)
{
	return 4;
}

u32 smp_processor_id(void)
{
	return env_cpu;
}

u32 current_thread_id(void)
{
	return 7;
}

const char *current_thread_name(void)
{
	return "unit";
}

/*
 * The first page and what no process has are bad. Reads whole pages past the end of objects, as a reader of
 * strings may: so not under the sanitizer's eyes.
 */
__attribute__((no_sanitize_address)) int copy_from_kernel_nofault(void *dst, const void *src,
								  size_t n)
{
	if ((u64)src < PAGE_SIZE || (u64)src >> 47) {
		memset(dst, 0, n);
		return -EFAULT;
	}
	for (size_t i = 0; i < n; i++)
		((volatile u8 *)dst)[i] = ((const volatile u8 *)src)[i];
	return 0;
}

/* ---- parts of bpf/ that these tests do without ---- */

/* No struct_ops type is registered. */
static int no_struct_ops(const union bpf_attr *attr)
{
	return -ENOTSUPP;
}

/* No program here has a context by a prototype. */
bool btf_ctx_access(int off, int size, enum bpf_access_type type, const struct bpf_prog *prog,
		    struct bpf_insn_access_aux *info)
{
	return false;
}

const struct bpf_map_ops bpf_struct_ops_map_ops = {
	.map_alloc_check = no_struct_ops,
};

int bpf_struct_ops_link_create(struct bpf_call *call)
{
	return no_struct_ops(call->attr);
}

int bpf_tracing_link_create(struct bpf_call *call, struct bpf_prog *prog)
{
	return -EINVAL;
}

const struct bpf_func_proto *bpf_trampoline_func_proto(enum bpf_func_id func_id,
						       const struct bpf_prog *prog)
{
	return NULL;
}

int bpf_cmd_raw_tracepoint_open(struct bpf_call *call)
{
	return -EINVAL;
}

int bpf_check(struct bpf_prog **prog, const union bpf_attr *attr, u32 attr_size,
	      struct bpf_session *s, struct bpf_verifier_log *log)
{
	if (*env_check_log)
		bpf_log(log, "%s\n", env_check_log);
	(*prog)->aux->verified_insns = (*prog)->len;
	return env_check_result;
}

/* Programs are interpreted. */
enum bpf_jit_mode bpf_jit_mode = BPF_JIT_OFF;

int bpf_jit_compile(struct bpf_prog *prog)
{
	return -ENOTSUPP;
}

u64 bpf_jit_mem(const struct bpf_prog *prog)
{
	return 0;
}

void bpf_jit_free(struct bpf_prog *prog)
{
}

int bpf_jit_check_prepare(struct bpf_prog *prog)
{
	return -ENOTSUPP;
}

void bpf_jit_check_free(struct bpf_prog *prog)
{
}

void bpf_jit_func_range(const struct bpf_prog *prog, u32 i, u64 *start, u32 *len)
{
	*start = 0;
	*len = 0;
}

u64 bpf_jit_test_run(const struct bpf_prog *prog, void *ctx, u32 ctx_size)
{
	return bpf_prog_run(prog, ctx);
}

/* ---- the session ---- */

int env_setup(void **state)
{
	/* blocks_before is taken first: the session itself must go as well. */
	blocks_before = fakes_memory_blocks();
	for (int kind = 0; kind < BPF_OBJ_KINDS; kind++)
		objects_before[kind] = bpf_object_count(kind);
	env_check_result = 0;
	env_check_log = "";
	env_cpu = 0;
	env_s = bpf_local_session_create("unit", ENV_CAPS_ALL);
	return env_s ? 0 : -1;
}

static void check_baseline(void)
{
	env_rcu_flush();
	for (int kind = 0; kind < BPF_OBJ_KINDS; kind++)
		assert_int_equal(bpf_object_count(kind), objects_before[kind]);
	assert_int_equal(fakes_memory_blocks(), blocks_before);
	assert_int_equal(readers, 0);
}

int env_teardown(void **state)
{
	memory_fail_nth(0);
	if (env_s)
		bpf_local_session_destroy(env_s);
	check_baseline();
	return 0;
}

long env_bpf(int cmd, union bpf_attr *attr)
{
	return bpf_syscall(env_s, cmd, (u64)attr, sizeof(*attr));
}

void env_close(long fd)
{
	assert_int_equal(bpf_local_session_close(env_s, fd), 0);
}

long env_map(u32 type, u32 key_size, u32 value_size, u32 max_entries, u32 flags)
{
	union bpf_attr attr = { .map_type = type,
				.key_size = key_size,
				.value_size = value_size,
				.max_entries = max_entries,
				.map_flags = flags };

	return env_bpf(BPF_MAP_CREATE, &attr);
}

long env_update(long fd, const void *key, const void *value, u64 flags)
{
	union bpf_attr attr = {
		.map_fd = fd, .key = (u64)key, .value = (u64)value, .flags = flags
	};

	return env_bpf(BPF_MAP_UPDATE_ELEM, &attr);
}

long env_lookup(long fd, const void *key, void *value)
{
	union bpf_attr attr = { .map_fd = fd, .key = (u64)key, .value = (u64)value };

	return env_bpf(BPF_MAP_LOOKUP_ELEM, &attr);
}

long env_delete(long fd, const void *key)
{
	union bpf_attr attr = { .map_fd = fd, .key = (u64)key };

	return env_bpf(BPF_MAP_DELETE_ELEM, &attr);
}

long env_next(long fd, const void *key, void *next)
{
	union bpf_attr attr = { .map_fd = fd, .key = (u64)key, .next_key = (u64)next };

	return env_bpf(BPF_MAP_GET_NEXT_KEY, &attr);
}

struct bpf_map *env_map_of(long fd)
{
	struct bpf_map *map;

	assert_int_equal(bpf_map_get(env_s, fd, &map), 0);
	bpf_map_put(map);
	return map;
}

long env_prog(u32 type, s32 value)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = value },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = { .prog_type = type,
				.insn_cnt = ARRAY_SIZE(insns),
				.insns = (u64)insns,
				.license = (u64) "GPL",
				.prog_name = "unit" };

	return env_bpf(BPF_PROG_LOAD, &attr);
}

void env_fail_each(long (*make)(void))
{
	long ret = -ENOMEM;

	bpf_local_session_destroy(env_s);
	for (u32 n = 1; ret == -ENOMEM; n++) {
		/* A fresh session: so that its table grows each time. */
		env_s = bpf_local_session_create("unit", ENV_CAPS_ALL);
		memory_fail_nth(n);
		ret = make();
		memory_fail_nth(0);
		if (ret < 0)
			assert_int_equal(ret, -ENOMEM);
		bpf_local_session_destroy(env_s);
		env_s = NULL;
		check_baseline();
		assert_true(n < 100);
	}
	env_s = bpf_local_session_create("unit", ENV_CAPS_ALL);
}

void env_assert_log(const char *text)
{
	if (!strstr(fakes_log(), text))
		fail_msg("the log has \"%s\", not \"%s\"", fakes_log(), text);
}
