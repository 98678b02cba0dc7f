// SPDX-License-Identifier: GPL-2.0-only
/* cc, flow and sim in the kernel: what they print and refuse; simulations side by side; lost memory. */
#include "kernel/arch.h"
#include "kernel/console.h"
#include "kernel/lib/errno.h"
#include "kernel/memory.h"
#include "kernel/net/netsim_config.h"
#include "kernel/shell.h"
#include "kernel/thread.h"
#include "tests/kernel/ktest.h"

extern const struct ktest_suite ktest_net;

static struct {
	char text[8192], csv[16384];
	u32 len, csv_len;
} captured;

static void take_text(void *arg, const char *text, size_t n)
{
	n = min_t(size_t, n, sizeof(captured.text) - 1 - captured.len);
	memcpy(captured.text + captured.len, text, n);
	captured.len += n;
}

static void take_csv(void *arg, const char *text, size_t n)
{
	n = min_t(size_t, n, sizeof(captured.csv) - 1 - captured.csv_len);
	memcpy(captured.csv + captured.csv_len, text, n);
	captured.csv_len += n;
}

static int run(const char *line)
{
	static const struct shell_output output = { take_text, take_csv, NULL, U64_MAX };

	memset(&captured, 0, sizeof(captured));
	return shell_run_line(line, &output);
}

static bool said(const char *text)
{
	return strstr(captured.text, text) != NULL;
}

static void cc_lists_and_chooses(struct ktest *t)
{
	EXPECT_EQ(t, run("cc"), 0);
	EXPECT_TRUE(t, said("reno   kernel  cong_avoid"));
	EXPECT_TRUE(t, said("cubic  kernel  cong_avoid    -       yes"));
	EXPECT_TRUE(t, said("bbr    kernel  cong_control"));
	EXPECT_EQ(t, run("cc default nonesuch"), -ENOENT);
	EXPECT_TRUE(t, said("cc: nonesuch: no such congestion control; \"cc\" lists them"));
	EXPECT_EQ(t, run("cc default reno; cc"), 0);
	EXPECT_TRUE(t, said("reno   kernel  cong_avoid    -       yes"));
	EXPECT_EQ(t, run("cc default cubic"), 0);
	EXPECT_EQ(t, run("cc what"), -EINVAL);
	EXPECT_TRUE(t, said("usage: cc"));
}

static void flow_keeps_a_list(struct ktest *t)
{
	EXPECT_EQ(t, run("flow clear; flow"), 0);
	EXPECT_TRUE(t, said("no flows; \"flow add CC\" adds one"));
	EXPECT_EQ(t, run("flow add nonesuch"), -EINVAL);
	EXPECT_TRUE(t, said("flow: flow=nonesuch: no such congestion control"));
	EXPECT_EQ(t, run("flow add reno; flow add cubic,n=2,rtt=80ms; sim time=1s"), 0);
	EXPECT_TRUE(t, said("3 flows"));
	EXPECT_EQ(t, run("flow add reno,start=2s; sim time=1s"), -EINVAL);
	EXPECT_TRUE(t, said("sim: flow 3: it starts after 2000 ms, but the simulation ends after "
			    "1000 ms\n"));
	EXPECT_EQ(t, run("sim time=3s"), 0);
	EXPECT_TRUE(t, said("4 flows"));
	EXPECT_EQ(t, run("sim time=1s flow=reno flow=cubic,start=1500ms"), -EINVAL);
	EXPECT_TRUE(t, said("sim: flow 1: it starts after 1500 ms, but the simulation ends after "
			    "1000 ms\n"));
	EXPECT_EQ(t, run("flow add"), -EINVAL);
	EXPECT_EQ(t, run("flow clear"), 0);
}

static void sim_prints_table_plot_and_csv(struct ktest *t)
{
	EXPECT_EQ(t, run("sim time=3s flow=reno flow=cubic sample=500ms"), 0);
	EXPECT_TRUE(t, said("20.00 Mbit/s, 40.0 ms RTT, queue 100.0 kB, 3.0 s, seed 1, 2 flows"));
	EXPECT_TRUE(t, said("Jain's fairness index"));
	EXPECT_TRUE(t, said("cwnd, segments: A=reno B=cubic *=several"));
	EXPECT_TRUE(t,
		    strstr(captured.csv, "time_us,flow,cc,event,state,ack,cwnd,") == captured.csv);
	EXPECT_TRUE(t, strstr(captured.csv, "\n500000,1,cubic,sample,"));
	EXPECT_EQ(t, run("sim time=1s csv=events"), 0);
	EXPECT_TRUE(t, strstr(captured.csv, "cubic,state,Recovery,"));
	EXPECT_EQ(t, run("sim csv=none"), -EINVAL);
	EXPECT_TRUE(t, said("sim: csv=none: expected csv=samples, csv=events or csv=all"));
	EXPECT_EQ(t, run("sim rate=20mb"), -EINVAL);
	EXPECT_TRUE(t, said("sim: rate=20mb: expected a rate such as 20mbit, 1gbit or 500kbit"));
}

static void one_is_singular(struct ktest *t)
{
	EXPECT_EQ(t, run("sim time=1s flow=reno,bytes=1"), 0);
	EXPECT_TRUE(t, said(", 1 flow\n") && said("\n1 packet, 0 dropped, 0 marked"));
	EXPECT_EQ(t, run("sim time=10ms flow=reno,n=41"), 0);
	EXPECT_TRUE(t, said(", 41 flows\n") && said("\nand 1 more flow\n"));
	EXPECT_EQ(t, run("sim time=10ms flow=reno,n=42"), 0);
	EXPECT_TRUE(t, said("\nand 2 more flows\n"));
}

/* The simulation goes on to its end and reports; the command has failed, with the first error. */
static void what_cannot_be_read_is_a_failure(struct ktest *t)
{
	EXPECT_EQ(t, run("sim time=1s flow=reno read=/etc/nix@500ms read=/sys/fs/bpf@0s; cc"),
		  -EACCES);
	EXPECT_TRUE(t, said("sim: /sys/fs/bpf cannot be read as an iterator\n"));
	EXPECT_TRUE(t, said("sim: /etc/nix cannot be read as an iterator\n"));
	EXPECT_TRUE(t, said("1.0 s, seed 1, 1 flow\n"));
	EXPECT_TRUE(t, !said("WINDOW BY"));
	EXPECT_EQ(t, run("sim time=1s flow=reno read=/sys/fs/bpf/nix@0s"), -ENOENT);
	EXPECT_TRUE(t, said("sim: /sys/fs/bpf/nix cannot be read as an iterator\n"));
}

/* The shell's own console, so that Ctrl-C counts; what is printed is the test's diagnostics. */
static void ctrl_c_stops_a_simulation(struct ktest *t)
{
	unsigned long flags = arch_irq_save();

	console_input('x');
	console_input('C' & 0x1f);
	arch_irq_restore(flags);
	EXPECT_EQ(t, shell_run_line("sim time=24h", &shell_console), -EINTR);
	EXPECT_TRUE(t, !console_interrupted());
	/* A session elsewhere does not listen to the console. */
	flags = arch_irq_save();
	console_input('C' & 0x1f);
	arch_irq_restore(flags);
	EXPECT_EQ(t, run("sim time=2s"), 0);
	EXPECT_TRUE(t, console_interrupted());
}

static bool give_way(void *arg)
{
	cond_resched();
	return false;
}

static u64 hash_of(const char *seed)
{
	static const struct netsim_hooks hooks = { .yield = give_way };
	char *argv[] = { (char *)seed, "time=5s", "loss=0.1%", "flow=cubic", "flow=bbr" };
	struct netsim_config config;
	struct netsim_result result;
	char error[128];
	u64 hash = 0;

	if (!netsim_config_parse(&config, ARRAY_SIZE(argv), argv, error, sizeof(error)) &&
	    !netsim_run(&config, &hooks, &result)) {
		hash = result.trace_hash;
		netsim_result_free(&result);
	}
	netsim_config_free(&config);
	return hash;
}

static int simulate(void *arg)
{
	*(u64 *)arg = hash_of("seed=2");
	return 0;
}

/* Two simulations take turns on the CPU: each has its own time, and gives what it gives alone. */
static void simulations_side_by_side(struct ktest *t)
{
	u64 alone = hash_of("seed=2"), other = hash_of("seed=1"), beside = 0;
	struct thread *thread;

	EXPECT_TRUE(t, alone && other && alone != other);
	thread = thread_create("sim", simulate, &beside);
	ASSERT_TRUE(t, thread);
	EXPECT_TRUE(t, hash_of("seed=1") == other);
	thread_join(thread);
	EXPECT_TRUE(t, beside == alone);
}

static void sim_without_memory(struct ktest *t)
{
	u32 refused = 0;

	/* What fails may also be the report's table, which says so itself. */
	for (u32 nth = 1; nth <= 12; nth++) {
		memory_fail_nth(nth);
		if (run("sim time=100ms flow=reno") == -ENOMEM && said("memory"))
			refused++;
	}
	memory_fail_nth(0);
	EXPECT_TRUE(t, refused >= 6);
}

static const struct ktest_case cases[] = {
	KTEST(cc_lists_and_chooses),
	KTEST(flow_keeps_a_list),
	KTEST(sim_prints_table_plot_and_csv),
	KTEST(ctrl_c_stops_a_simulation),
	KTEST(simulations_side_by_side),
	KTEST(sim_without_memory),
	KTEST(what_cannot_be_read_is_a_failure),
	KTEST(one_is_singular),
};

const struct ktest_suite ktest_net = KTEST_SUITE("net", cases);
