// SPDX-License-Identifier: GPL-2.0-only
/*
 * Type hashes (R25): who has one, and that it follows the prototype. That a wrong one ends the machine is
 * tests/kernel/faults' affair.
 */
#include "bpf/btf.h"
#include "bpf/struct_ops_tramp.h"
#include "kernel/lib/kcfi.h"
#include "kernel/net/sch_generic.h"
#include "kernel/net/tcp.h"
#include "tests/kernel/bpf_client.h"
#include "tests/kernel/kt_ops.h"
#include "tests/kernel/ktest.h"

static const struct bpf_struct_ops_desc *find(const char *name)
{
	return bpf_struct_ops_find(btf_vmlinux, bpf_client_struct_id(name));
}

static u32 type_at(const void *ops, u32 off)
{
	return kcfi_type_of(*(void *const *)((const char *)ops + off));
}

struct walk {
	struct ktest *t;
	const struct bpf_struct_ops_desc *desc;
	u32 nr_ops, nr_functions;
};

/* Each function of the struct @ops has the hash of the member's stub. */
static void check_ops(struct walk *w, const void *ops)
{
	const struct bpf_struct_ops_desc *desc = w->desc;
	const struct btf_member *m = btf_members(desc->type);

	w->nr_ops++;
	for (u32 i = 0; i < btf_vlen(desc->type); i++) {
		u32 off = btf_member_bit_offset(desc->type, m + i) / 8;

		if (!btf_type_resolve_func_ptr(desc->btf, m[i].type, NULL) ||
		    !*(void *const *)((const char *)ops + off) ||
		    !*(void **)((char *)desc->st_ops->cfi_stubs + off))
			continue;
		w->nr_functions++;
		if (type_at(ops, off) == type_at(desc->st_ops->cfi_stubs, off) &&
		    type_at(ops, off) != KCFI_UNTYPED)
			continue;
		ktest_fail(w->t, __FILE__, __LINE__, "%s.%s: expected type hash 0x%x, found 0x%x",
			   desc->st_ops->name, btf_name_by_offset(desc->btf, m[i].name_off),
			   type_at(desc->st_ops->cfi_stubs, off), type_at(ops, off));
	}
}

static void check_ca(const struct tcp_congestion_ops *ca, void *arg)
{
	check_ops(arg, ca);
}

static void check_qdisc(const struct Qdisc_ops *ops, void *arg)
{
	check_ops(arg, ops);
}

static void all_functions_are_typed(struct ktest *t)
{
	struct walk cas = { .t = t, .desc = find("tcp_congestion_ops") };
	struct walk qdiscs = { .t = t, .desc = find("Qdisc_ops") };
	struct walk stubs = { .t = t };
	static const char *const types[] = { "tcp_congestion_ops", "Qdisc_ops", "bpf_dummy_ops",
					     "kt_ops" };

	ASSERT_TRUE(t, cas.desc && qdiscs.desc);
	tcp_ca_for_each(check_ca, &cas);
	EXPECT_TRUE(t, cas.nr_ops >= 4 && cas.nr_functions >= 4 * 3);
	qdisc_for_each(check_qdisc, &qdiscs);
	EXPECT_TRUE(t, qdiscs.nr_ops >= 2 && qdiscs.nr_functions >= 2 * 2);
	for (u32 i = 0; i < ARRAY_SIZE(types); i++) {
		stubs.desc = find(types[i]);
		ASSERT_TRUE(t, stubs.desc);
		check_ops(&stubs, stubs.desc->st_ops->cfi_stubs);
	}
	EXPECT_TRUE(t, stubs.nr_functions > 40);
}

static void the_hash_is_the_prototypes(struct ktest *t)
{
	const struct bpf_struct_ops_desc *desc = find("tcp_congestion_ops");
	const struct tcp_congestion_ops *ca;

	ASSERT_TRUE(t, desc);
	ca = desc->st_ops->cfi_stubs;
	EXPECT_EQ(t, kcfi_type_of(ca->ssthresh), kcfi_type_of(ca->undo_cwnd));
	EXPECT_EQ(t, kcfi_type_of(ca->init), kcfi_type_of(ca->release));
	EXPECT_TRUE(t, kcfi_type_of(ca->ssthresh) != kcfi_type_of(ca->cong_avoid));
	EXPECT_TRUE(t, kcfi_type_of(ca->ssthresh) != kcfi_type_of(ca->init));
	EXPECT_TRUE(t, kcfi_type_of(ca->set_state) != kcfi_type_of(ca->cwnd_event));
	EXPECT_EQ(t, kcfi_type_of(NULL), KCFI_UNTYPED);
}

/* Every form of a trampoline has its stub's hash, and can be called through its member only. */
static void images_have_the_stubs_hash(struct ktest *t)
{
	static const struct bpf_insn insns[] = { BPF_MOV64_IMM(BPF_REG_0, 42), BPF_EXIT_INSN() };
	enum bpf_tramp_form old = bpf_tramp_form;
	struct bpf_tramp_link link = { 0 };
	const struct kt_ops *stubs;
	struct bpf_client c;
	struct kt_ops ops;

	ASSERT_TRUE(t, bpf_client_open(&c));
	stubs = find("kt_ops")->st_ops->cfi_stubs;
	EXPECT_EQ(t,
		  bpf_prog_get(c.s,
			       bpf_client_load_member(&c, "kt_ops", "may_be_null", insns, 2, 0),
			       &link.prog),
		  0);
	for (u32 form = BPF_TRAMP_FUSED; link.prog && form <= BPF_TRAMP_CLASSIC; form++) {
		const struct btf_func_model *m =
			&link.prog->aux->st_ops->func_models[link.prog->expected_attach_type];
		struct bpf_struct_ops_tramp tr = { 0 };
		void *fn;

		bpf_tramp_form = form;
		ASSERT_TRUE(t, !bpf_struct_ops_tramp_make(&tr, "kt_ops", "may_be_null", m,
							  stubs->may_be_null, &link, NULL));
		fn = bpf_struct_ops_tramp_entry(&tr);
		EXPECT_EQ(t, kcfi_type_of(fn), kcfi_type_of(stubs->may_be_null));
		EXPECT_EQ(t, (uintptr_t)fn % 16, 0);
		ops.may_be_null = (int (*)(struct kt_arg *))(uintptr_t)fn;
		EXPECT_EQ(t, KCFI_CALL(kt_ops, &ops, may_be_null)(NULL), 42);
		bpf_struct_ops_tramp_free(&tr);
	}
	bpf_tramp_form = old;
	if (link.prog)
		bpf_prog_put(link.prog);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

static const struct ktest_case cases[] = {
	KTEST(all_functions_are_typed),
	KTEST(the_hash_is_the_prototypes),
	KTEST(images_have_the_stubs_hash),
};

const struct ktest_suite ktest_kcfi = KTEST_SUITE("kcfi", cases);
