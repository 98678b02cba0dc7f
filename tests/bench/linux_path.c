// SPDX-License-Identifier: GPL-2.0-only
/*
 * The peer of `sim`: this machine's own TCP over a path like the simulator's. Two network namespaces with a TUN
 * device each; this process carries packets between them, at a rate, after a delay, through a drop-tail queue.
 * Real time: needs root and a processor that is not busy. See linux_path --help.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/if_tun.h>
#include <linux/tcp.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NSEC	   1000000000ULL
#define PACKET_MAX 1600
#define RING	   4096 /* packets under way in one direction */
#define PORT	   5001
#define SAMPLE_NS  (NSEC / 10)

static struct {
	uint64_t rate_bps, delay_ns, queue_bytes;
	double seconds;
	const char *cc;
	bool samples;
} path = { 20000000, 20000000, 100000, 10, "cubic", false };

struct packet {
	uint64_t at_ns;
	ssize_t len;
	char data[PACKET_MAX];
};

/* One direction: what has left the queue and is on its way. */
static struct link {
	int in, out;
	uint32_t head, tail;
	struct packet ring[RING];
} data_link, ack_link;

static uint64_t free_at_ns; /* when the bottleneck has sent what it holds */
static uint32_t drops;

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *fmt, ...)
{
	va_list ap;

	fputs("linux-path: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NSEC + t.tv_nsec;
}

/* ---- namespaces ---- */

static void configure(int sock, const char *name, const char *addr)
{
	struct ifreq r = { 0 };
	struct sockaddr_in *in = (struct sockaddr_in *)&r.ifr_addr;

	strcpy(r.ifr_name, name);
	in->sin_family = AF_INET;
	inet_pton(AF_INET, addr, &in->sin_addr);
	if (ioctl(sock, SIOCSIFADDR, &r))
		die("%s: no address: %s", name, strerror(errno));
	inet_pton(AF_INET, "255.255.255.0", &in->sin_addr);
	ioctl(sock, SIOCSIFNETMASK, &r);
	r.ifr_qlen = 20000; /* the queue is ours: none may form in front of it */
	ioctl(sock, SIOCSIFTXQLEN, &r);
	r.ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(sock, SIOCSIFFLAGS, &r))
		die("%s: does not come up: %s", name, strerror(errno));
}

/* A new network namespace with a TUN device: its descriptor; the namespace's in *@ns. */
static int new_end(const char *name, const char *addr, int *ns)
{
	struct ifreq r = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd, sock;

	if (unshare(CLONE_NEWNET))
		die("no network namespace: %s (this needs root)", strerror(errno));
	*ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	strcpy(r.ifr_name, name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &r))
		die("no TUN device: %s", strerror(errno));
	sock = socket(AF_INET, SOCK_DGRAM, 0);
	configure(sock, name, addr);
	close(sock);
	return fd;
}

/* ---- the two ends ---- */

static struct sockaddr_in address(const char *addr)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(PORT) };

	inet_pton(AF_INET, addr, &in.sin_addr);
	return in;
}

static pid_t start_receiver(int ns)
{
	static char buf[1 << 20];
	struct sockaddr_in in = address("0.0.0.0");
	pid_t pid = fork();
	int l, s;

	if (pid)
		return pid;
	setns(ns, CLONE_NEWNET);
	l = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(l, (struct sockaddr *)&in, sizeof(in)) || listen(l, 1))
		die("the receiver cannot listen: %s", strerror(errno));
	s = accept(l, NULL, NULL);
	while (read(s, buf, sizeof(buf)) > 0)
		;
	_exit(0);
}

static void report(int s, double seconds, double srtt_sum, uint32_t samples)
{
	struct tcp_info i;
	socklen_t n = sizeof(i);

	getsockopt(s, IPPROTO_TCP, TCP_INFO, &i, &n);
	printf("%-8s %6.2f Mbit/s, %4u retransmissions, mean RTT %5.1f ms, cwnd %u, ssthresh %u\n",
	       path.cc, i.tcpi_bytes_acked * 8 / seconds / 1e6, i.tcpi_total_retrans,
	       samples ? srtt_sum / samples / 1000 : 0, i.tcpi_snd_cwnd, i.tcpi_snd_ssthresh);
}

static int connect_sender(void)
{
	struct sockaddr_in in = address("10.9.0.2");
	int s = -1;

	for (int i = 0; i < 50; i++) {
		s = socket(AF_INET, SOCK_STREAM, 0);
		if (setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, path.cc, strlen(path.cc)))
			die("this kernel has no congestion control %s", path.cc);
		if (!connect(s, (struct sockaddr *)&in, sizeof(in)))
			return s;
		close(s);
		usleep(20000);
	}
	die("no connection: %s", strerror(errno));
}

static pid_t start_sender(int ns)
{
	static char buf[65536];
	uint64_t start, next;
	double srtt_sum = 0;
	uint32_t samples = 0;
	pid_t pid = fork();
	int s;

	if (pid)
		return pid;
	setns(ns, CLONE_NEWNET);
	s = connect_sender();
	fcntl(s, F_SETFL, O_NONBLOCK);
	if (path.samples)
		puts("seconds,cwnd,ssthresh,srtt_us,retransmissions,bytes_acked");
	for (start = next = now_ns(); now_ns() - start < path.seconds * NSEC;) {
		struct pollfd p = { s, POLLOUT, 0 };
		struct tcp_info i;
		socklen_t n = sizeof(i);

		poll(&p, 1, 20);
		while (write(s, buf, sizeof(buf)) > 0)
			;
		if (now_ns() < next)
			continue;
		next += SAMPLE_NS;
		getsockopt(s, IPPROTO_TCP, TCP_INFO, &i, &n);
		srtt_sum += i.tcpi_rtt;
		samples++;
		if (path.samples)
			printf("%.2f,%u,%u,%u,%u,%llu\n", (now_ns() - start) / 1e9, i.tcpi_snd_cwnd,
			       i.tcpi_snd_ssthresh, i.tcpi_rtt, i.tcpi_total_retrans,
			       (unsigned long long)i.tcpi_bytes_acked);
	}
	report(s, (now_ns() - start) / 1e9, srtt_sum, samples);
	fflush(stdout);
	_exit(0);
}

/* ---- the path ---- */

/* Takes @p into the queue of the bottleneck. False: it is full. */
static bool bottleneck(struct packet *p)
{
	uint64_t now = now_ns(), wire = p->len * 8 * NSEC / path.rate_bps;

	if (free_at_ns < now)
		free_at_ns = now;
	if (free_at_ns - now + wire > path.queue_bytes * 8 * NSEC / path.rate_bps)
		return false;
	free_at_ns += wire;
	p->at_ns = free_at_ns + path.delay_ns;
	return true;
}

static void take_in(struct link *l, bool limited)
{
	static struct packet p;

	while ((p.len = read(l->in, p.data, sizeof(p.data))) > 0) {
		p.at_ns = now_ns() + path.delay_ns;
		if (l->tail - l->head == RING || (limited && !bottleneck(&p)))
			drops++;
		else
			l->ring[l->tail++ % RING] = p;
	}
}

/* Hands over what has arrived. When the next one does, or @until. */
static uint64_t hand_over(struct link *l, uint64_t until)
{
	for (; l->head != l->tail; l->head++) {
		struct packet *p = &l->ring[l->head % RING];

		if (p->at_ns > now_ns())
			return p->at_ns < until ? p->at_ns : until;
		if (write(l->out, p->data, p->len) != p->len)
			drops++;
	}
	return until;
}

static void carry(pid_t sender)
{
	struct pollfd ends[] = { { data_link.in, POLLIN, 0 }, { ack_link.in, POLLIN, 0 } };
	int status;

	while (waitpid(sender, &status, WNOHANG) != sender) {
		uint64_t next = now_ns() + NSEC / 1000, now;
		struct timespec wait;

		take_in(&data_link, true);
		take_in(&ack_link, false);
		next = hand_over(&data_link, next);
		next = hand_over(&ack_link, next);
		now = now_ns();
		wait = (struct timespec){ 0, next > now ? next - now : 0 };
		ppoll(ends, 2, &wait, NULL);
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		exit(1);
	fprintf(stderr, "%u packets dropped\n", drops);
}

static void usage(void)
{
	puts("Usage: linux-path [--rate BITS] [--delay MS] [--queue BYTES] [--time SECONDS] "
	     "[--csv] [CC]\n"
	     "Runs one flow of this machine's own TCP over a path as `sim` has it, and prints what "
	     "came\n"
	     "of it: the peer of 'sim rate=20mbit rtt=40ms queue=100000b time=10s flow=cubic'.\n"
	     "  --rate BITS     of the bottleneck, a second (20000000)\n"
	     "  --delay MS      each way (20)\n"
	     "  --queue BYTES   drop-tail, with what is on the wire (100000)\n"
	     "  --time SECONDS  (10)\n"
	     "  --csv           ten samples a second first\n"
	     "CC is a congestion control of this kernel (cubic). Needs root.");
	exit(0);
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "rate", 1, NULL, 'r' },
						 { "delay", 1, NULL, 'd' },
						 { "queue", 1, NULL, 'q' },
						 { "time", 1, NULL, 't' },
						 { "csv", 0, NULL, 'c' },
						 { "help", 0, NULL, 'h' },
						 { 0 } };
	struct sched_param urgent = { .sched_priority = 50 };
	int opt, ns_sender, ns_receiver;
	pid_t sender;

	while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (opt == 'r')
			path.rate_bps = strtoull(optarg, NULL, 0);
		else if (opt == 'd')
			path.delay_ns = strtod(optarg, NULL) * 1e6;
		else if (opt == 'q')
			path.queue_bytes = strtoull(optarg, NULL, 0);
		else if (opt == 't')
			path.seconds = strtod(optarg, NULL);
		else if (opt == 'c')
			path.samples = true;
		else if (opt == 'h')
			usage();
		else
			die("linux-path --help explains the options");
	}
	if (argc > optind + 1 || !path.rate_bps || path.seconds <= 0)
		die("linux-path --help explains the options");
	if (optind < argc)
		path.cc = argv[optind];
	data_link.in = ack_link.out = new_end("sender", "10.9.0.1", &ns_sender);
	ack_link.in = data_link.out = new_end("receiver", "10.9.0.2", &ns_receiver);
	start_receiver(ns_receiver);
	sender = start_sender(ns_sender);
	sched_setscheduler(0, SCHED_FIFO, &urgent); /* better, not needed */
	carry(sender);
	return 0;
}
