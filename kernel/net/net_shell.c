// SPDX-License-Identifier: GPL-2.0-only
/*
 * cc, qdisc: the congestion controls and queue disciplines there are. flow: a list of flows for sim to use. sim: runs a simulation,
 * prints table and plot, and writes the trace as CSV where the session has a CSV channel.
 */
#include "kernel/net/net_shell.h"

#include "kernel/console.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/net/bpf_tcp_ca.h"
#include "kernel/net/netsim_config.h"
#include "kernel/net/netsim_report.h"
#include "kernel/shell.h"
#include "kernel/thread.h"

#define CC_LIST_MAX 64

/* A copy of what cc shows: it is printed when the registry's lock is free again. */
struct cc_list {
	struct {
		char name[TCP_CA_NAME_MAX];
		u32 flags;
		bool provided, control;
	} cc[CC_LIST_MAX];
	u32 n;
};

static void collect_cc(const struct tcp_congestion_ops *ca, void *arg)
{
	struct cc_list *list = arg;

	if (list->n == CC_LIST_MAX)
		return;
	memcpy(list->cc[list->n].name, ca->name, TCP_CA_NAME_MAX);
	list->cc[list->n].flags = ca->flags;
	list->cc[list->n].provided = ca->owner != NULL;
	list->cc[list->n].control = ca->cong_control != NULL;
	list->n++;
}

static int cc_show(struct shell *sh)
{
	char def[TCP_CA_NAME_MAX];
	struct cc_list list = { .n = 0 };
	struct table t;

	tcp_get_default_congestion_control(def);
	tcp_ca_for_each(collect_cc, &list);
	table_init(&t, "NAME\tFROM\tWINDOW BY\tECN\tDEFAULT");
	for (u32 i = 0; i < list.n; i++)
		table_row(&t, "%s\t%s\t%s\t%s\t%s", list.cc[i].name,
			  list.cc[i].provided ? "bpf" : "kernel",
			  list.cc[i].control ? "cong_control" : "cong_avoid",
			  list.cc[i].flags & TCP_CONG_NEEDS_ECN ? "needed" : "-",
			  strcmp(list.cc[i].name, def) ? "" : "yes");
	shell_table(sh, &t);
	return 0;
}

static int cmd_cc(struct shell *sh, int argc, char **argv)
{
	if (argc == 1 || (argc == 2 && !strcmp(argv[1], "list")))
		return cc_show(sh);
	if (argc != 3 || strcmp(argv[1], "default"))
		return shell_usage(sh);
	if (shell_check_caps(sh, BIT_ULL(CAP_NET_ADMIN)))
		return -EPERM;
	if (tcp_set_default_congestion_control(argv[2]))
		return shell_error(sh, -ENOENT, "%s: no such congestion control; \"cc\" lists them",
				   argv[2]);
	return 0;
}

struct qdisc_list {
	struct {
		char id[IFNAMSIZ];
		bool provided;
	} qdisc[CC_LIST_MAX];
	u32 n;
};

static void collect_qdisc(const struct Qdisc_ops *ops, void *arg)
{
	struct qdisc_list *list = arg;

	if (list->n == CC_LIST_MAX)
		return;
	memcpy(list->qdisc[list->n].id, ops->id, IFNAMSIZ);
	list->qdisc[list->n++].provided = ops->owner != NULL;
}

static int cmd_qdisc(struct shell *sh, int argc, char **argv)
{
	struct qdisc_list list = { .n = 0 };
	struct table t;

	if (argc > 2 || (argc == 2 && strcmp(argv[1], "list")))
		return shell_usage(sh);
	qdisc_for_each(collect_qdisc, &list);
	table_init(&t, "NAME\tFROM");
	for (u32 i = 0; i < list.n; i++)
		table_row(&t, "%s\t%s", list.qdisc[i].id,
			  list.qdisc[i].provided ? "bpf" : "kernel");
	shell_table(sh, &t);
	return 0;
}

/* The standing list of "flow". Only the shell's thread touches it. */
static struct netsim_config standing;

static int flow_list(struct shell *sh)
{
	struct table t;

	if (!standing.nflows) {
		shell_printf(sh, "no flows; \"flow add CC\" adds one\n");
		return 0;
	}
	table_init(&t, ">FLOW\tCC\t>START MS\t>STOP MS\t>BYTES\t>RTT MS\tECN");
	for (u32 f = 0; f < standing.nflows; f++) {
		const struct netsim_flow_config *fc = &standing.flows[f];

		table_row(&t, "%u\t%s\t%llu\t%llu\t%llu\t%llu\t%s", f, fc->cc,
			  fc->start_ns / NSEC_PER_MSEC, fc->stop_ns / NSEC_PER_MSEC, fc->bytes,
			  fc->extra_delay_ns / NSEC_PER_MSEC, fc->ecn ? "yes" : "-");
	}
	shell_table(sh, &t);
	return 0;
}

static int cmd_flow(struct shell *sh, int argc, char **argv)
{
	char error[160];
	int err;

	if (argc == 1 || (argc == 2 && !strcmp(argv[1], "list")))
		return flow_list(sh);
	if (argc == 2 && !strcmp(argv[1], "clear")) {
		netsim_config_free(&standing);
		return 0;
	}
	if (argc != 3 || strcmp(argv[1], "add"))
		return shell_usage(sh);
	err = netsim_config_add_flow(&standing, argv[2], error, sizeof(error));
	return err ? shell_error(sh, err, "%s", error) : 0;
}

/* Which records go to the CSV. */
enum csv_detail { CSV_SAMPLES, CSV_EVENTS, CSV_ALL };

struct sim_run {
	struct shell *sh;
	struct netsim_config config;
	enum csv_detail detail;
	int read_err; /* of the first read= that failed; the simulation goes on */
};

static void csv_record(void *arg, const struct netsim_record *rec)
{
	struct sim_run *run = arg;
	char line[256];

	if (run->detail == CSV_SAMPLES && rec->kind != NETSIM_SAMPLE)
		return;
	if (run->detail == CSV_EVENTS && rec->kind == NETSIM_ACK)
		return;
	netsim_csv_line(&run->config, rec, line, sizeof(line));
	shell_csv(run->sh, "%s", line);
}

/* Ctrl-C stops a simulation that the console's shell runs. */
static bool sim_yield(void *arg)
{
	struct sim_run *run = arg;

	cond_resched();
	return run->sh->out->text == shell_console.text && console_interrupted();
}

static void sim_text(void *arg, const char *text, size_t n)
{
	shell_write(arg, text, n);
}

static void sim_read(void *arg, const struct netsim_read *read)
{
	struct sim_run *run = arg;
	struct net_out out = { sim_text, run->sh };
	int err = tcp_read_iter(read->path, &out);

	if (err)
		shell_error(run->sh, err, "%s cannot be read as an iterator", read->path);
	run->read_err = run->read_err ?: err;
}

/* Takes "csv=..." out of the words; returns how many are left, or -EINVAL. */
static int take_csv_option(struct sim_run *run, int argc, char **argv)
{
	int left = 0;

	for (int i = 0; i < argc; i++) {
		if (strncmp(argv[i], "csv=", 4))
			argv[left++] = argv[i];
		else if (!strcmp(argv[i] + 4, "samples"))
			run->detail = CSV_SAMPLES;
		else if (!strcmp(argv[i] + 4, "events"))
			run->detail = CSV_EVENTS;
		else if (!strcmp(argv[i] + 4, "all"))
			run->detail = CSV_ALL;
		else
			return shell_error(run->sh, -EINVAL,
					   "%s: expected csv=samples, csv=events or csv=all",
					   argv[i]);
	}
	return left;
}

/* Without flow= the standing list serves, and without that one flow of the default. */
static int add_default_flows(struct sim_run *run, char *error, size_t size)
{
	char name[TCP_CA_NAME_MAX];
	int err = 0;

	if (run->config.nflows)
		return 0;
	if (!standing.nflows) {
		tcp_get_default_congestion_control(name);
		return netsim_config_add_flow(&run->config, name, error, size);
	}
	for (u32 f = 0; f < standing.nflows && !err; f++) {
		struct netsim_flow_config *fc;
		u64 delay = standing.flows[f].extra_delay_ns / 2;

		err = netsim_config_add_flow(&run->config, standing.flows[f].cc, error, size);
		if (err)
			break;
		fc = &run->config.flows[f];
		*fc = standing.flows[f];
		fc->extra_delay_ns =
			delay > run->config.delay_ns ? delay - run->config.delay_ns : 0;
	}
	return err ?: netsim_config_check_times(&run->config, error, size);
}

static int run_sim(struct sim_run *run)
{
	bool csv = shell_has_csv(run->sh);
	struct netsim_hooks hooks = { csv ? csv_record : NULL, sim_yield, sim_read, run };
	struct net_out out = { sim_text, run->sh };
	struct netsim_result result;
	int err;

	if (csv && !run->config.sample_ns && run->detail == CSV_SAMPLES)
		run->config.sample_ns = 100 * NSEC_PER_MSEC;
	if (csv)
		shell_csv(run->sh, "%s", netsim_csv_header);
	err = netsim_run(&run->config, &hooks, &result);
	if (err == -ENOMEM)
		return shell_error(run->sh, err, "not enough memory for this simulation");
	if (err == -ENOENT || err == -EBUSY)
		return shell_error(run->sh, err,
				   "a congestion control or the qdisc went away before the start");
	if (err && err != -EINTR)
		return shell_error(run->sh, err, "the qdisc %s refused to start",
				   run->config.qdisc);
	netsim_report(&run->config, &result, &out);
	netsim_result_free(&result);
	return err ? shell_error(run->sh, err, "stopped; this is what there was") : run->read_err;
}

static int cmd_sim(struct shell *sh, int argc, char **argv)
{
	struct sim_run run = { .sh = sh };
	char error[256] = "";
	int err, words = take_csv_option(&run, argc - 1, argv + 1);

	if (words < 0)
		return words;
	err = netsim_config_parse(&run.config, words, argv + 1, error, sizeof(error));
	if (!err)
		err = add_default_flows(&run, error, sizeof(error));
	if (err)
		err = shell_error(sh, err, "%s", error);
	else
		err = run_sim(&run);
	netsim_config_free(&run.config);
	return err;
}

static const struct shell_command commands[] = {
	{ "cc", "[list] | default NAME", "list congestion controls, or choose the default",
	  cmd_cc },
	{ "qdisc", "[list]", "list queue disciplines; \"sim qdisc=NAME\" uses one", cmd_qdisc },
	{ "flow", "[list] | add CC[,option...] | clear",
	  "flows that sim uses when it is given none", cmd_flow },
	{ "sim", "[option=value...] [flow=CC[,option...]...] [csv=samples|events|all]", NULL,
	  cmd_sim },
};

void net_init(void)
{
	static struct shell_command table[ARRAY_SIZE(commands)];
	static char sim_help[2048];

	if (tcp_cong_init() || sch_init())
		panic("expected the built-in congestion controls and qdiscs to register");
	scnprintf(sim_help, sizeof(sim_help), "simulate TCP flows through one bottleneck\n%s",
		  netsim_config_help);
	memcpy(table, commands, sizeof(table));
	table[ARRAY_SIZE(table) - 1].help = sim_help;
	shell_register(table, ARRAY_SIZE(table));
}
