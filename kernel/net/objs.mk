# SPDX-License-Identifier: GPL-2.0-only
# net-src: in every build.
net-src := kernel/net/net.c \
           kernel/net/tcp_cong.c kernel/net/tcp_cubic.c kernel/net/tcp_dctcp.c kernel/net/tcp_bbr.c \
           kernel/net/tcp.c kernel/net/tcp_output.c \
           kernel/net/tcp_input.c kernel/net/tcp_sack.c kernel/net/tcp_rtt.c kernel/net/tcp_rate.c \
           kernel/net/tcp_recovery.c kernel/net/tcp_ca_state.c kernel/net/tcp_timer.c \
           kernel/net/tcp_receive.c kernel/net/tcp_scoreboard.c kernel/net/net_event.c \
           kernel/net/sch_generic.c kernel/net/sch_codel.c \
           kernel/net/netsim.c kernel/net/netsim_link.c kernel/net/netsim_stats.c kernel/net/netsim_config.c \
           kernel/net/netsim_report.c kernel/net/net_shell.c
# What sees both the network and BPF: docs/decisions/bridges.md.
net-src += kernel/net/bpf_net.c kernel/net/bpf_tcp_ca.c kernel/net/bpf_tcp_iter.c kernel/net/bpf_qdisc.c \
           kernel/net/bpf_filter.c kernel/net/bpf_packet_helpers.c kernel/net/bpf_test_run.c
