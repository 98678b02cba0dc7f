// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many simulated packets a second of processor time: one flow, and a fixed load shared by more and more of them.
 * With arguments, for these numbers of flows only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "kernel/lib/printf.h"
#include "kernel/net/netsim_config.h"

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static int bench(const char *cc, u32 nflows)
{
	char flow[64], error[256] = "";
	char *argv[] = { "rate=10gbit", "rtt=40ms", "queue=1bdp", "time=3s", flow };
	struct netsim_config config;
	struct netsim_result result;
	double start, took;
	int err;

	scnprintf(flow, sizeof(flow), "flow=%s,n=%u", cc, nflows);
	err = netsim_config_parse(&config, 5, argv, error, sizeof(error));
	start = seconds();
	if (!err)
		err = netsim_run(&config, NULL, &result);
	took = seconds() - start;
	if (err) {
		fprintf(stderr, "%s: %d %s\n", flow, err, error);
	} else {
		printf("%-6s %7u %10llu %8.3f %8.2f %8.1f\n", cc, nflows,
		       (unsigned long long)result.packets, took, result.packets / took / 1e6,
		       took / result.packets * 1e9);
		netsim_result_free(&result);
	}
	netsim_config_free(&config);
	return err;
}

int main(int argc, char **argv)
{
	int err = tcp_cong_init();

	printf("%-6s %7s %10s %8s %8s %8s\n", "CC", "FLOWS", "PACKETS", "SECONDS", "MPKT/S",
	       "NS/PKT");
	for (int i = 1; !err && i < argc; i++)
		err = bench("cubic", strtoul(argv[i], NULL, 0));
	if (argc > 1)
		return err != 0;
	for (u32 n = 1; !err && n <= 100000; n *= 10)
		err = bench("cubic", n);
	if (!err)
		err = bench("reno", 1) || bench("bbr", 1);
	return err != 0;
}
