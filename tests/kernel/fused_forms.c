// SPDX-License-Identifier: GPL-2.0-only
/* See fused_forms.h. */
#include "tests/kernel/fused_forms.h"
#include "bpf/interp.h"
#include "bpf/os.h"
#include "tests/kernel/bpf_client.h"
#include "tests/kernel/kt_ops.h"

typedef u64 (*fn12)(u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64);

static struct kt_arg tail = { .value = 77, .next = (void *)0x1000 };
static struct kt_arg first = { .value = 1234567, .next = &tail };

const struct fused_shape fused_shapes[] = {
	{ "w00", 12, { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 }, true },
	{ "narrow", 8, { 0, 1, 2, 3, 4, 5, 6, 7 }, false },
	{ "pairs", 8, { 0, 1, 2, 3, 4, 6, 7, 5 }, false },
	{ "nothing", 1, { 0 }, false },
};

u64 fused_seed;

u32 fused_rnd(u32 n)
{
	fused_seed = fused_seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (u32)(fused_seed >> 33) % n;
}

static u64 rnd_word(void)
{
	u64 low = fused_rnd(0x7fffffff), high = fused_rnd(0x7fffffff);

	return high << 33 ^ low << 8 ^ fused_rnd(256);
}

int fused_make_form(struct bpf_struct_ops_tramp *tr, u32 form, struct bpf_prog *prog)
{
	const struct btf_func_model *m =
		&prog->aux->st_ops->func_models[prog->expected_attach_type];
	struct bpf_tramp_link link = { .prog = prog };
	enum bpf_tramp_form old = bpf_tramp_form;
	bool counts = rcu_read_lock_counts;
	int err;

	bpf_tramp_form = form == CLASSIC ? BPF_TRAMP_CLASSIC : BPF_TRAMP_FUSED;
	rcu_read_lock_counts = form == ENTERED;
	err = bpf_struct_ops_tramp_make(tr, "kt_ops", "test", m, NULL, &link, NULL);
	bpf_tramp_form = old;
	rcu_read_lock_counts = counts;
	return err;
}

static u64 call(const struct bpf_struct_ops_tramp *tr, const u64 *w)
{
	fn12 fn = (fn12)(uintptr_t)bpf_struct_ops_tramp_entry(tr);

	return fn(w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8], w[9], w[10], w[11]);
}

/* Calls all forms with random words; @rounds times. Statistics are on in some rounds. */
static bool agree(struct ktest *t, const char *name, const struct fused_shape *sh,
		  struct bpf_prog *prog, const struct bpf_struct_ops_tramp *tr, u32 rounds)
{
	u64 words[FUSED_WORDS], ctx[FUSED_WORDS + 1], expected, found;
	struct bpf_prog_stats before, after;

	for (u32 r = 0; r < rounds; r++) {
		bool stats = r % 4 == 3;

		for (u32 i = 0; i < FUSED_WORDS; i++)
			words[i] = rnd_word();
		if (sh->pointer)
			words[0] = (u64)(uintptr_t)&first;
		for (u32 i = 0; i < sh->nr_slots; i++)
			ctx[i] = words[sh->words[i]];
		rcu_read_lock();
		expected = bpf_prog_run_interp(ctx, prog->insnsi);
		rcu_read_unlock();
		bpf_prog_get_stats(prog, &before);
		bpf_stats_users += stats;
		bpf_classic_users += stats;
		for (u32 form = 0; form < NR_FORMS; form++) {
			found = call(&tr[form], words);
			if (found == expected || sh == NOTHING)
				continue;
			ktest_fail(t, __FILE__, __LINE__,
				   "%s, form %u: expected 0x%llx, found 0x%llx", name, form,
				   expected, found);
			bpf_stats_users -= stats;
			bpf_classic_users -= stats;
			return false;
		}
		bpf_stats_users -= stats;
		bpf_classic_users -= stats;
		bpf_prog_get_stats(prog, &after);
		EXPECT_EQ(t, after.cnt - before.cnt, stats ? NR_FORMS : 0);
	}
	return true;
}

bool fused_try(struct ktest *t, const char *name, const struct fused_shape *sh,
	       const struct bpf_insn *insns, u32 n, bool is_fused)
{
	struct bpf_struct_ops_tramp tr[NR_FORMS] = { 0 };
	struct bpf_prog *prog;
	struct bpf_client c;
	bool ok = false;
	int fd;

	if (!EXPECT_TRUE(t, bpf_client_open(&c)))
		return false;
	c.log_level = 0;
	fd = bpf_client_load_member(&c, "kt_ops", sh->member, insns, n, 0);
	if (fd < 0 || bpf_prog_get(c.s, fd, &prog)) {
		ktest_fail(t, __FILE__, __LINE__, "%s is refused (%d)", name, fd);
	} else {
		ok = true;
		for (u32 form = 0; form < NR_FORMS; form++) {
			ok &= EXPECT_EQ(t, fused_make_form(&tr[form], form, prog), 0);
			if (ok && prog->jited && (tr[form].fused != NULL) != (form && is_fused)) {
				ktest_fail(t, __FILE__, __LINE__, "%s, form %u: %s", name, form,
					   tr[form].fused ? "fused" : "not fused");
				ok = false;
			}
		}
		ok = ok && agree(t, name, sh, prog, tr, 8);
		synchronize_rcu();
		for (u32 form = 0; form < NR_FORMS; form++)
			bpf_struct_ops_tramp_free(&tr[form]);
		bpf_prog_put(prog);
	}
	EXPECT_TRUE(t, bpf_client_close(&c));
	return ok;
}
