// SPDX-License-Identifier: GPL-2.0-only
/* See trampoline_env.h. */
#include "tests/unit/trampoline_env.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "bpf/os.h"
#include "tests/unit/unit.h"

/* --- What the units under test ask of the system --- */

u32 rcu_depth, nr_enters;
struct bpf_run_ctx *run_ctx;
static u64 now = 1000;

void rcu_read_lock(void)
{
	rcu_depth++;
	nr_enters++;
}

void rcu_read_unlock(void)
{
	rcu_depth--;
}

u64 ktime_get_ns(void)
{
	return now += 7;
}

struct bpf_run_ctx **bpf_run_ctx_slot(void)
{
	return &run_ctx;
}

u32 bpf_stats_users;

u32 smp_processor_id(void)
{
	return 0;
}

void bpf_tramp_image_release(struct bpf_tramp_image *im)
{
	abort(); /* no image is made here */
}

void bpf_prog_count_run(const struct bpf_prog *p, u64 nsecs)
{
	p->aux->stats->cnt++;
	p->aux->stats->nsecs += nsecs;
}

/* --- A program, and its trampoline in executable memory --- */

u64 seen[MAX_BPF_FUNC_ARGS + 1], seen_nr, seen_ip, seen_cookie, to_return;
u32 seen_rcu, nr_runs;

static u64 record(const void *ctx, const struct bpf_insn *insn)
{
	const u64 *args = ctx;
	u32 i;

	seen_nr = args[-1];
	seen_ip = args[-2];
	seen_cookie = ((struct bpf_tramp_run_ctx *)bpf_get_run_ctx())->bpf_cookie;
	for (i = 0; i < seen_nr; i++)
		seen[i] = args[i];
	seen_rcu = rcu_depth;
	nr_runs++;
	return to_return;
}

struct bpf_prog_stats stats;
struct bpf_prog_aux aux = { .stats = &stats };
struct bpf_prog prog = { .jited = true, .bpf_func = record, .aux = &aux };
struct bpf_tramp_link link = { .prog = &prog };
u8 *code;

void *make(const struct btf_func_model *m, u32 flags, const struct bpf_tramp_links *links,
	   void *orig)
{
	int size = arch_bpf_trampoline_size(m, flags, links, orig), n;

	assert_true(size > 0 && size <= PAGES);
	assert_int_equal(mprotect(code, PAGES, PROT_READ | PROT_WRITE), 0);
	memset(code, 0xcc, PAGES);
	assert_int_equal(arch_prepare_bpf_trampoline(NULL, code, code, size - 1, m, flags, links,
						     orig) < 0 ||
				 flags & BPF_TRAMP_F_CALL_ORIG,
			 1);
	n = arch_prepare_bpf_trampoline(NULL, code, code, size, m, flags, links, orig);
	assert_true(n > 0 && n <= size);
	if (!(flags & BPF_TRAMP_F_CALL_ORIG))
		assert_int_equal(n, size);
	assert_int_equal(code[size], 0xcc);
	assert_int_equal(mprotect(code, PAGES, PROT_READ | PROT_EXEC), 0);
	return code;
}

void *one(const struct btf_func_model *m, u32 flags)
{
	static struct bpf_tramp_links links[BPF_TRAMP_MAX];

	memset(links, 0, sizeof(links));
	links[BPF_TRAMP_FENTRY].links[0] = &link;
	links[BPF_TRAMP_FENTRY].nr_links = 1;
	return make(m, flags, links, NULL);
}

struct btf_func_model plain(u32 n, u32 ret)
{
	struct btf_func_model m = { .ret_size = ret, .nr_args = n };

	memset(m.arg_size, 8, n);
	return m;
}

int set_up(void **state)
{
	code = mmap(NULL, PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT,
		    -1, 0);
	return code == MAP_FAILED;
}

int reset(void **state)
{
	memset(seen, 0, sizeof(seen));
	memset(&stats, 0, sizeof(stats));
	seen_nr = seen_ip = seen_cookie = to_return = 0;
	nr_runs = nr_enters = 0;
	link.cookie = 0;
	aux.sleepable = false;
	bpf_stats_users = 0;
	prog.jited = true;
	prog.bpf_func = record;
	return 0;
}
