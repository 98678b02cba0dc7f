// SPDX-License-Identifier: GPL-2.0-only
/*
 * Queue disciplines in BPF: what they may write and call, programs that mean harm, and links that go while a
 * simulation runs. Programs are written as instructions; the samples in C run in tests/e2e/qdisc.
 */
#include "bpf/bpf.h"
#include "bpf/btf.h"
#include "bpf/struct_ops.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/net/netsim_config.h"
#include "kernel/net/sch_generic.h"
#include "kernel/sync.h"
#include "tests/kernel/bpf_client.h"
#include "tests/kernel/ktest.h"

extern const struct ktest_suite ktest_qdisc;

#define QDISC		       "Qdisc_ops"
#define KFUNC(id)	       BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, id)
#define LOAD(c, member, insns) bpf_client_load_member(c, QDISC, member, insns, ARRAY_SIZE(insns), 0)

/* ---- what may be written ---- */

/* Loads an enqueue() that stores @size bytes at @off of its argument @arg. */
static int load_store(struct bpf_client *c, u32 arg, int off, u32 size)
{
	struct bpf_insn insns[] = {
		BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, arg * 8),
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_STX_MEM(size, BPF_REG_2, BPF_REG_0, off),
		BPF_EXIT_INSN(),
	};

	return LOAD(c, "enqueue", insns);
}

#define SKB(field) 0, offsetof(struct sk_buff, field)
#define SCH(field) 1, offsetof(struct Qdisc, field)

static void fields_that_may_be_written(struct ktest *t)
{
	struct bpf_client c;

	ASSERT_TRUE(t, bpf_client_open(&c));
	EXPECT_TRUE(t, load_store(&c, SCH(privdata), BPF_DW) >= 0);
	EXPECT_TRUE(t, load_store(&c, SCH(privdata) + QDISC_PRIV_SIZE - 1, BPF_B) >= 0);
	EXPECT_TRUE(t, load_store(&c, SKB(tstamp), BPF_DW) >= 0);
	EXPECT_TRUE(t, load_store(&c, SKB(cb[5]) + 7, BPF_B) >= 0);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

static void fields_that_may_not(struct ktest *t)
{
	struct bpf_client c;
	char text[96];

	ASSERT_TRUE(t, bpf_client_open(&c));
	EXPECT_EQ(t, load_store(&c, SCH(limit), BPF_W), -EACCES);
	scnprintf(text, sizeof(text), "no write support to Qdisc at off %zu",
		  offsetof(struct Qdisc, limit));
	EXPECT_TRUE(t, strstr(c.log, text));
	EXPECT_EQ(t, load_store(&c, SCH(q.qlen), BPF_W), -EACCES);
	EXPECT_EQ(t, load_store(&c, SCH(out), BPF_DW), -EACCES);
	EXPECT_EQ(t, load_store(&c, SCH(privdata) + QDISC_PRIV_SIZE - 4, BPF_DW), -EACCES);
	EXPECT_TRUE(t, strstr(c.log, "beyond the member of Qdisc ended at"));
	EXPECT_EQ(t, load_store(&c, SKB(state), BPF_B), -EACCES);
	EXPECT_TRUE(t, strstr(c.log, "no write support to sk_buff at off"));
	EXPECT_EQ(t, load_store(&c, SKB(len), BPF_W), -EACCES);
	EXPECT_EQ(t, load_store(&c, SKB(pkt), BPF_W), -EACCES);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* ---- what the verifier refuses ---- */

/* Takes the head in dequeue(); then @a, @b, @c at a pointer that is not NULL, in R6. */
static int load_taking(struct bpf_client *c, const char *take, struct bpf_insn x, struct bpf_insn y,
		       struct bpf_insn z)
{
	struct bpf_insn insns[] = {
		BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_1, 0),
		KFUNC(bpf_client_func_id(take)),
		BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, 0, 5),
		BPF_MOV64_REG(BPF_REG_6, BPF_REG_0),
		BPF_MOV64_REG(BPF_REG_1, BPF_REG_0),
		x,
		y,
		z,
		BPF_EXIT_INSN(),
	};

	return LOAD(c, "dequeue", insns);
}

static void the_verifier_counts_packets(struct ktest *t)
{
	struct bpf_insn nop = BPF_MOV64_IMM(BPF_REG_0, 0),
			again = BPF_MOV64_REG(BPF_REG_1, BPF_REG_6);
	struct bpf_insn xmit = KFUNC(bpf_client_func_id("bpf_qdisc_xmit")),
			drop = KFUNC(bpf_client_func_id("bpf_qdisc_drop"));
	struct bpf_insn read = BPF_LDX_MEM(BPF_DW, BPF_REG_0, BPF_REG_6, 0);
	struct bpf_insn write =
		BPF_STX_MEM(BPF_DW, BPF_REG_6, BPF_REG_1, offsetof(struct sk_buff, tstamp));
	struct bpf_insn unchecked[] = {
		BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_1, 0),
		KFUNC(bpf_client_func_id("bpf_qdisc_dequeue_head")),
		BPF_MOV64_REG(BPF_REG_1, BPF_REG_0),
		xmit,
		BPF_EXIT_INSN(),
	};
	struct bpf_insn arriving[] = {
		BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_1, 0),
		drop,
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_EXIT_INSN(),
	};
	struct bpf_client c;

	ASSERT_TRUE(t, bpf_client_open(&c));
	EXPECT_TRUE(t, load_taking(&c, "bpf_qdisc_dequeue_head", xmit, nop, nop) >= 0);
	EXPECT_TRUE(t, load_taking(&c, "bpf_qdisc_peek", read, nop, nop) >= 0);
	EXPECT_EQ(t, load_taking(&c, "bpf_qdisc_dequeue_head", nop, nop, nop), -EINVAL);
	EXPECT_TRUE(t, strstr(c.log, "Unreleased reference id="));
	EXPECT_TRUE(t, load_taking(&c, "bpf_qdisc_dequeue_head", xmit, again, drop) < 0);
	EXPECT_TRUE(t, load_taking(&c, "bpf_qdisc_dequeue_head", drop, read, nop) < 0);
	EXPECT_EQ(t, load_taking(&c, "bpf_qdisc_peek", drop, nop, nop), -EINVAL);
	EXPECT_TRUE(t, strstr(c.log, "R1 must be referenced"));
	EXPECT_EQ(t, load_taking(&c, "bpf_qdisc_peek", nop, write, nop), -EACCES);
	EXPECT_TRUE(t, LOAD(&c, "dequeue", unchecked) < 0);
	EXPECT_TRUE(t, strstr(c.log, "Possibly NULL pointer passed to trusted arg0"));
	EXPECT_EQ(t, LOAD(&c, "enqueue", arriving), -EINVAL);
	EXPECT_TRUE(t, strstr(c.log, "R1 must be referenced"));
	EXPECT_EQ(t,
		  bpf_client_load_member(&c, "tcp_congestion_ops", "ssthresh", arriving,
					 ARRAY_SIZE(arriving), 0),
		  -EACCES);
	EXPECT_TRUE(t, strstr(c.log, "calling kernel function bpf_qdisc_drop is not allowed"));
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* ---- disciplines ---- */

struct qdisc_value {
	struct bpf_struct_ops_common_value common;
	struct Qdisc_ops ops __aligned_to(64);
};

static int load_enqueue(struct bpf_client *c, int answer)
{
	struct bpf_insn insns[] = {
		BPF_LDX_MEM(BPF_DW, BPF_REG_2, BPF_REG_1, 8),
		BPF_LDX_MEM(BPF_DW, BPF_REG_1, BPF_REG_1, 0),
		KFUNC(bpf_client_func_id("bpf_qdisc_enqueue_tail")),
		BPF_MOV64_IMM(BPF_REG_0, answer),
		BPF_EXIT_INSN(),
	};

	return LOAD(c, "enqueue", insns);
}

/* A dequeue() that gives the head to kfunc @what, twice if @twice. */
static int load_dequeue(struct bpf_client *c, const char *what, bool twice)
{
	struct bpf_insn insns[] = {
		BPF_LDX_MEM(BPF_DW, BPF_REG_7, BPF_REG_1, 0),
		BPF_MOV64_REG(BPF_REG_1, BPF_REG_7),
		KFUNC(bpf_client_func_id("bpf_qdisc_dequeue_head")),
		BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, 0, twice ? 2 : 7),
		BPF_MOV64_REG(BPF_REG_1, BPF_REG_0),
		KFUNC(bpf_client_func_id(what)),
		BPF_MOV64_REG(BPF_REG_1, BPF_REG_7),
		KFUNC(bpf_client_func_id("bpf_qdisc_dequeue_head")),
		BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, 0, 2),
		BPF_MOV64_REG(BPF_REG_1, BPF_REG_0),
		KFUNC(bpf_client_func_id(what)),
		BPF_EXIT_INSN(),
	};

	if (!twice)
		insns[6] = insns[ARRAY_SIZE(insns) - 1];
	if (!twice)
		insns[3].off = 2;
	return bpf_client_load_member(c, QDISC, "dequeue", insns, twice ? ARRAY_SIZE(insns) : 7, 0);
}

static int load_constant(struct bpf_client *c, const char *member, int answer)
{
	struct bpf_insn insns[] = { BPF_MOV64_IMM(BPF_REG_0, answer), BPF_EXIT_INSN() };

	return LOAD(c, member, insns);
}

/* A BPF_F_LINK map of discipline @id; the descriptors may be 0. Its fd, or -errno. */
static int ready_map(struct bpf_client *c, const char *id, int enqueue, int dequeue, int init)
{
	struct qdisc_value v = { 0 };
	int map = bpf_client_create_struct_ops(c, QDISC, BPF_F_LINK);
	long err;

	v.ops.enqueue = (void *)(long)enqueue;
	v.ops.dequeue = (void *)(long)dequeue;
	v.ops.init = (void *)(long)init;
	strscpy(v.ops.id, id, sizeof(v.ops.id));
	err = bpf_client_update(c, map, 0, &v, 0);
	return err ? err : map;
}

static int simulate(const char *words, const struct netsim_hooks *hooks,
		    struct netsim_result *result)
{
	char copy[128], error[128], *argv[16], *p = copy;
	struct netsim_config config;
	int argc = 0, err;

	strscpy(copy, words, sizeof(copy));
	while (p) {
		argv[argc++] = p;
		p = strchr(p, ' ');
		if (p)
			*p++ = '\0';
	}
	err = netsim_config_parse(&config, argc, argv, error, sizeof(error));
	if (!err)
		err = netsim_run(&config, hooks, result);
	netsim_config_free(&config);
	return err;
}

#define SMALL_SIM "rate=2mbit time=2s flow=reno qdisc="

static void values_are_checked(struct ktest *t)
{
	struct bpf_client c;
	int in, out, one;

	ASSERT_TRUE(t, bpf_client_open(&c));
	in = load_enqueue(&c, 0);
	out = load_dequeue(&c, "bpf_qdisc_xmit", false);
	ASSERT_TRUE(t, in >= 0 && out >= 0);
	EXPECT_EQ(t, ready_map(&c, "", in, out, 0), -EINVAL);
	EXPECT_EQ(t, ready_map(&c, "a b", in, out, 0), -EINVAL);
	EXPECT_EQ(t, ready_map(&c, "t_q", 0, out, 0), -EINVAL);
	EXPECT_EQ(t, ready_map(&c, "t_q", in, 0, 0), -EINVAL);
	EXPECT_EQ(t, ready_map(&c, "t_q", out, in, 0), -EINVAL);
	EXPECT_EQ(t, bpf_client_link(&c, ready_map(&c, "codel", in, out, 0)), -EEXIST);
	one = ready_map(&c, "t_q", in, out, 0);
	EXPECT_TRUE(t, one >= 0 && bpf_client_link(&c, one) >= 0);
	EXPECT_TRUE(t, qdisc_is_known("t_q"));
	EXPECT_TRUE(t, bpf_client_close(&c));
	EXPECT_TRUE(t, !qdisc_is_known("t_q"));
}

/* A discipline runs SMALL_SIM to its end, whatever it does; the packets that arrived. */
static u64 survive(struct ktest *t, struct bpf_client *c, int enqueue, int dequeue)
{
	struct netsim_result result = { 0 };
	int link = bpf_client_link(c, ready_map(c, "t_bad", enqueue, dequeue, 0));
	u64 bytes = 0;

	EXPECT_TRUE(t, link >= 0);
	EXPECT_EQ(t, simulate(SMALL_SIM "t_bad", NULL, &result), 0);
	if (result.flows)
		bytes = result.flows[0].bytes;
	netsim_result_free(&result);
	bpf_client_close_fd(c, link);
	EXPECT_TRUE(t, !qdisc_is_known("t_bad"));
	return bytes;
}

static void hostile_programs_harm_nothing(struct ktest *t)
{
	const char *xmit = "bpf_qdisc_xmit", *drop = "bpf_qdisc_drop";
	struct bpf_client c;
	int keep, send;

	ASSERT_TRUE(t, bpf_client_open(&c));
	keep = load_enqueue(&c, 0);
	send = load_dequeue(&c, xmit, false);
	ASSERT_TRUE(t, keep >= 0 && send >= 0);
	/* never sends; drops on arrival and says it did not; drops when asked what to send */
	EXPECT_EQ(t, survive(t, &c, keep, load_constant(&c, "dequeue", 0)), 0);
	EXPECT_EQ(t, survive(t, &c, load_constant(&c, "enqueue", 0), send), 0);
	EXPECT_EQ(t, survive(t, &c, keep, load_dequeue(&c, drop, true)), 0);
	/* answers nonsense; sends two at a time */
	EXPECT_TRUE(t, survive(t, &c, load_enqueue(&c, 0x7eadbeef), send) > 100000);
	EXPECT_TRUE(t, survive(t, &c, keep, load_dequeue(&c, xmit, true)) > 100000);
	EXPECT_TRUE(t, bpf_client_close(&c));
}

static void init_may_refuse(struct ktest *t)
{
	static const struct {
		int answer, err;
	} cases[] = { { -EPERM, -EPERM }, { 7, -EINVAL }, { -5000, -EINVAL }, { 0, 0 } };
	struct bpf_client c;

	ASSERT_TRUE(t, bpf_client_open(&c));
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct netsim_result result;
		int link =
			bpf_client_link(&c, ready_map(&c, "t_init", load_enqueue(&c, 0),
						      load_dequeue(&c, "bpf_qdisc_xmit", false),
						      load_constant(&c, "init", cases[i].answer)));

		EXPECT_TRUE(t, link >= 0);
		EXPECT_EQ(t, simulate(SMALL_SIM "t_init", NULL, &result), cases[i].err);
		netsim_result_free(&result);
		bpf_client_close_fd(&c, link);
	}
	EXPECT_TRUE(t, bpf_client_close(&c));
}

/* ---- the link goes while a simulation runs ---- */

struct leaver {
	struct bpf_client *c;
	int calls;
	bool gone;
};

static bool leave(void *arg)
{
	struct leaver *l = arg;

	if (!l->calls++) {
		/* The session holds the link, the map and the programs. */
		l->gone = !bpf_client_close(l->c) && !qdisc_is_known("t_leave");
	}
	return false;
}

static void a_simulation_keeps_its_discipline(struct ktest *t)
{
	static const char native[] = "rate=10mbit time=3s flow=cubic qdisc=pfifo";
	static const char leaving[] = "rate=10mbit time=3s flow=cubic qdisc=t_leave";
	struct netsim_result alone, left = { 0 };
	struct bpf_client c;
	struct leaver l = { .c = &c };
	struct netsim_hooks hooks = { .yield = leave, .arg = &l };

	ASSERT_TRUE(t, bpf_client_open(&c));
	EXPECT_TRUE(t, bpf_client_link(&c, ready_map(&c, "t_leave", load_enqueue(&c, 0),
						     load_dequeue(&c, "bpf_qdisc_xmit", false),
						     0)) >= 0);
	EXPECT_EQ(t, simulate(native, NULL, &alone), 0);
	EXPECT_EQ(t, simulate(leaving, &hooks, &left), 0);
	EXPECT_TRUE(t, l.calls > 0 && l.gone);
	EXPECT_TRUE(t, left.trace_hash == alone.trace_hash);
	netsim_result_free(&alone);
	netsim_result_free(&left);
	for (int i = 0; i < 4; i++)
		rcu_barrier();
	EXPECT_EQ(t, bpf_object_count(BPF_OBJ_MAP), c.maps);
	EXPECT_EQ(t, bpf_object_count(BPF_OBJ_PROG), c.programs);
}

static const struct ktest_case cases[] = {
	KTEST(fields_that_may_be_written),	  KTEST(fields_that_may_not),
	KTEST(the_verifier_counts_packets),	  KTEST(values_are_checked),
	KTEST(hostile_programs_harm_nothing),	  KTEST(init_may_refuse),
	KTEST(a_simulation_keeps_its_discipline),
};

const struct ktest_suite ktest_qdisc = KTEST_SUITE("qdisc", cases);
