/* SPDX-License-Identifier: GPL-2.0-only */
/* What a panic says about BPF: the program that the fault is in, its instruction and its C line. */
#pragma once

/* Registers with the panic's annotators. Once, at boot. */
void bpf_report_init(void);
