// SPDX-License-Identifier: GPL-2.0-only
/* Makes bpf(2) calls of no use, with an empty attr, and prints what each says: bpfcall COMMAND... */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char attr[128];

	for (int i = 1; i < argc; i++) {
		int cmd = atoi(argv[i]);

		memset(attr, 0, sizeof(attr));
		if (syscall(SYS_bpf, cmd, attr, sizeof(attr)) < 0)
			printf("%d %s\n", cmd, strerror(errno));
		else
			printf("%d fine\n", cmd);
	}
	return 0;
}
