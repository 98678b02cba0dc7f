// SPDX-License-Identifier: GPL-2.0-only
/* The console on standard input and output; a terminal is put into raw mode while we run. */
#include "kernel/arch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "arch/host/host.h"
#include "kernel/console.h"

static struct termios saved;
static bool is_terminal;

void arch_console_write(const char *text, size_t n)
{
	while (n) {
		ssize_t done = write(STDOUT_FILENO, text, n);

		if (done < 0 && errno != EINTR && errno != EAGAIN)
			return; /* nobody reads any more */
		if (done < 0)
			continue;
		text += done;
		n -= done;
	}
}

/* At the end of input: no more of it; and if nothing else can ever happen, the shell ends. */
static void input_ended(int fd)
{
	arch_host_unwatch_fd(fd);
	if (!arch_host_watched())
		console_input_end();
}

static void read_input(int fd, short revents, void *unused)
{
	char buf[64];
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
		input_ended(fd);
	for (ssize_t i = 0; i < n; i++)
		console_input(buf[i]);
}

void arch_console_start(void)
{
	arch_host_watch_fd(STDIN_FILENO, POLLIN, read_input, NULL);
}

void arch_host_console_init(void)
{
	struct termios raw;

	is_terminal = !tcgetattr(STDIN_FILENO, &saved);
	if (!is_terminal)
		return;
	raw = saved;
	raw.c_iflag &= ~(ICRNL | IXON);
	raw.c_lflag &= ~(ICANON | ECHO | IEXTEN);
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	atexit(arch_host_console_restore);
}

void arch_host_console_restore(void)
{
	if (is_terminal)
		tcsetattr(STDIN_FILENO, TCSANOW, &saved);
}
