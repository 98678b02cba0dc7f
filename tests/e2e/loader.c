// SPDX-License-Identifier: GPL-2.0-only
/*
 * An ordinary libbpf program, which knows nothing of Trellis: opens, loads and attaches counting_cc through
 * its skeleton, waits for a line on standard input, and prints what the maps hold.
 */
#include <stdio.h>

#include "counting_cc.skel.h"

static int print_losses(struct counting_cc *skel)
{
	unsigned int key = 0;
	unsigned long long n = 0;
	int err = bpf_map__lookup_elem(skel->maps.losses, &key, sizeof(key), &n, sizeof(n), 0);

	printf("losses %llu\n", n);
	return err;
}

/* .bss as the kernel has it: with and without shared memory. */
static int print_acks(struct counting_cc *skel)
{
	struct counting_cc__bss bss = { 0 };
	unsigned int key = 0;
	int err = bpf_map__lookup_elem(skel->maps.bss, &key, sizeof(key), &bss, sizeof(bss), 0);

	printf("acks %llu\n", (unsigned long long)bss.acks);
	return err;
}

static int attach_and_wait(struct counting_cc *skel)
{
	struct bpf_link *link = bpf_map__attach_struct_ops(skel->maps.counting);
	char line[16];
	int err;

	if (!link) {
		perror("attach");
		return 1;
	}
	puts("attached");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		line[0] = 0;
	err = print_acks(skel) || print_losses(skel);
	bpf_link__destroy(link);
	return err;
}

int main(void)
{
	struct counting_cc *skel = counting_cc__open();
	int err;

	if (!skel) {
		perror("open");
		return 1;
	}
	skel->rodata->least = 2;
	err = counting_cc__load(skel) || attach_and_wait(skel);
	counting_cc__destroy(skel);
	return err;
}
