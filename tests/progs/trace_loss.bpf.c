// SPDX-License-Identifier: GPL-2.0-only
/* Loses every 50th packet of a simulation, and no other. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

static unsigned int packets;

SEC("fmod_ret/netsim_loses")
int BPF_PROG(every_50th, struct netsim *sim, const struct tcp_packet *pkt)
{
	return ++packets % 50 == 0;
}
