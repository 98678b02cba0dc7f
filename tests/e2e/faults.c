// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults of the wire, against a hosted kernel whose socket is given: after each, a good client must
 * still be served. Prints TAP.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "kernel/lib/hash.h"
#include "tools/trellis/client.h"
#include "tools/trellis/trellis.h"

#define BPF_PROG_GET_NEXT_ID 11
#define CROWD		     80
#define HELLO_SIZE	     (sizeof(struct wire_header) + sizeof(struct wire_hello))

static const char *path, *log_path;
static int number, failures;

static int dial(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		die("cannot connect to %s", path);
	return fd;
}

static void claim(bool ok, const char *what)
{
	printf("%sok %d - %s\n", ok ? "" : "not ", ++number, what);
	failures += !ok;
}

static bool kernel_serves(void)
{
	static struct client c;
	bool ok = !client_start(&c, dial(), 0, 5000) && client_open_session(&c, "check", ~0ULL) > 0;

	client_end(&c);
	return ok;
}

static struct client *start(void)
{
	static struct client c;

	if (client_start(&c, dial(), 0, 5000))
		die("%s", c.why);
	return &c;
}

/* Pumps until the connection ends; true if the kernel said @why. */
static bool ends_with(struct client *c, const char *why)
{
	for (int i = 0; i < 50 && !c->lost; i++)
		client_pump(c, 100);
	if (!strstr(c->why, why))
		printf("# expected '%s', got '%s'\n", why, c->why);
	return c->lost && strstr(c->why, why);
}

static void send_raw(struct client *c, const void *data, size_t n)
{
	if (send(c->fd, data, n, MSG_NOSIGNAL) != (ssize_t)n)
		die("cannot send");
}

static void check(struct client *c, const char *why, const char *what)
{
	claim(ends_with(c, why), what);
	client_end(c);
	claim(kernel_serves(), "a good client is served after it");
}

static void garbage(void)
{
	struct client *c = start();

	send_raw(c, "this is not a frame, and never was", 34);
	check(c, "bytes that are no frame", "garbage ends the connection with a sentence");
}

static void damaged(size_t at, const char *why, const char *what)
{
	struct client *c = start();
	struct wire_header h = { .type = WIRE_PING, .sequence = 1, .length = 4 };
	u8 frame[sizeof(h) + 4];

	wire_seal(&h, "ping");
	memcpy(frame, &h, sizeof(h));
	memcpy(frame + sizeof(h), "ping", 4);
	frame[at] ^= 1;
	send_raw(c, frame, sizeof(frame));
	check(c, why, what);
}

static void oversize(void)
{
	struct client *c = start();
	struct wire_header h = { .type = WIRE_PING, .sequence = 1, .length = 0xfffffff0 };

	h.magic = WIRE_MAGIC;
	h.header_crc = crc32c(0, &h, offsetof(struct wire_header, header_crc));
	send_raw(c, &h, sizeof(h));
	check(c, "too long", "a huge length ends the connection at once");
}

static void truncated(void)
{
	struct client *c = start();
	struct wire_header h = { .type = WIRE_PING, .sequence = 1, .length = 1000 };
	u8 zero[1000] = { 0 };

	wire_seal(&h, zero);
	send_raw(c, &h, sizeof(h));
	check(c, "stops half way", "a truncated frame ends the connection after the timeout");
}

/* A hello as client_start() says it, of the count @count. */
static void make_hello(u8 *frame, int count)
{
	struct wire_header h = { .type = WIRE_HELLO, .result = count };
	struct wire_hello hello = { .version = WIRE_VERSION, .name = "the next" };

	h.length = sizeof(hello);
	wire_seal(&h, &hello);
	memcpy(frame, &h, sizeof(h));
	memcpy(frame + sizeof(h), &hello, sizeof(hello));
}

/* As on a line that does not hang up: half a frame, then another host, whose hello the kernel answers. */
static void next_host(void)
{
	struct wire_header h = { .type = WIRE_PING, .sequence = 1, .length = 60000 };
	static u8 zero[60000];
	struct client *c = start();
	u8 hello[HELLO_SIZE];

	wire_seal(&h, zero);
	send_raw(c, &h, sizeof(h));
	send_raw(c, zero, 1000);
	make_hello(hello, 77);
	send_raw(c, hello, sizeof(hello));
	usleep(1300000);
	c->greeted = false;
	c->hellos = 78;
	make_hello(hello, 78);
	send_raw(c, hello, sizeof(hello));
	for (int i = 0; i < 10 && !c->greeted && !c->lost; i++)
		client_pump(c, 50);
	claim(c->greeted && !c->lost, "a hello after a pause is not the rest of a cut frame");
	c->tx_sequence = 1;
	claim(client_open_session(c, "next", ~0ULL) > 0, "and its host is served at once");
	client_end(c);
}

static void take_ping(struct client *c, const struct wire_header *h, const void *payload, void *arg)
{
	u8 hello[HELLO_SIZE];

	make_hello(hello, 1);
	*(bool *)arg = h->length == 3 * sizeof(hello) &&
		       !memcmp(payload + sizeof(hello), hello, sizeof(hello));
}

/* A hello in a payload, where the stream is cut, but goes on soon. */
static void hello_as_payload(void)
{
	struct wire_header h = { .type = WIRE_PING, .sequence = 1, .length = 3 * HELLO_SIZE };
	struct client_pending *p = xmalloc(sizeof(*p));
	u8 payload[3 * HELLO_SIZE] = { 0 };
	struct client *c = start();
	bool came_back = false;

	*p = (struct client_pending){ .sequence = 1, .done = take_ping, .arg = &came_back };
	c->pending = p;
	make_hello(payload + HELLO_SIZE, 1);
	wire_seal(&h, payload);
	send_raw(c, &h, sizeof(h));
	send_raw(c, payload, HELLO_SIZE);
	usleep(300000);
	send_raw(c, payload + HELLO_SIZE, HELLO_SIZE);
	usleep(300000);
	send_raw(c, payload + 2 * HELLO_SIZE, HELLO_SIZE);
	for (int i = 0; i < 50 && !came_back && !c->lost; i++)
		client_pump(c, 100);
	claim(came_back, "a hello inside a payload that flows is payload");
	client_end(c);
}

static void missing(void)
{
	struct client *c = start();

	c->tx_sequence++;
	client_send(c, WIRE_PING, 0, NULL, 0, NULL, 0);
	check(c, "a frame is missing", "a gap in the sequence is noticed");
}

static void unknown_session(void)
{
	struct client *c = start();

	client_send(c, WIRE_BPF, 77, NULL, 0, NULL, 0);
	check(c, "does not exist", "a request for no session is refused");
}

static void unknown_type(void)
{
	struct client *c = start();

	client_send(c, 999, 0, NULL, 0, NULL, 0);
	check(c, "unknown type", "a frame of unknown type is refused");
}

/* A session that is asked for a call and never answers the kernel's questions about it. */
static void start_call(struct client *c)
{
	struct wire_bpf call = { .cmd = BPF_PROG_GET_NEXT_ID, .uattr = 0x1000, .size = 64 };
	int session = client_open_session(c, "mute", ~0ULL);

	client_send(c, WIRE_BPF, session, &call, sizeof(call), NULL, 0);
}

static void late(void)
{
	struct client *c = start();

	start_call(c);
	check(c, "does not answer", "a host that does not answer loses its connection");
}

static void vanished(void)
{
	for (int i = 0; i < 20; i++) {
		struct client *c = start();

		start_call(c);
		client_end(c);
	}
	claim(kernel_serves(), "hosts that vanish in a call leave the kernel working");
}

/* One direction is closed, in the middle of a call: as good as gone. */
static void half_closed(int how, const char *what)
{
	for (int i = 0; i < 10; i++) {
		struct client *c = start();

		start_call(c);
		shutdown(c->fd, how);
		usleep(10000);
		claim(kernel_serves(), what);
		client_end(c);
	}
}

/* Asks for much and reads nothing: only this connection may suffer. */
static void not_reading(void)
{
	struct client *c = start();
	static u8 big[60000];
	int session;

	session = client_open_session(c, "deaf", ~0ULL);
	for (int i = 0; i < 40; i++)
		client_send(c, WIRE_PING, 0, big, sizeof(big), NULL, 0);
	claim(session > 0 && kernel_serves(), "a host that does not read holds nobody else up");
	usleep(3000000);
	check(c, "", "and loses its connection after the timeout");
}

static bool log_has(const char *text)
{
	FILE *log = fopen(log_path, "r");
	bool found = false;
	char line[300];

	while (log && !found && fgets(line, sizeof(line), log))
		found = strstr(line, text);
	if (log)
		fclose(log);
	return found;
}

/* More clients than the kernel takes at once. */
static void crowd(void)
{
	struct client *c = xmalloc(CROWD * sizeof(*c));
	int n = 0, waiting;

	while (n < CROWD && !client_start(&c[n], dial(), 0, 1000))
		n++;
	printf("# %d clients at once\n", n);
	claim(n > 8 && n < CROWD, "clients are served until there is no room for more");
	claim(log_has("the next waits until one leaves"),
	      "then the log says that the next one waits");
	for (waiting = n + 1; waiting < CROWD && waiting < n + 4; waiting++)
		client_start(&c[waiting], dial(), 0, 300);
	claim(client_open_session(&c[0], "first", ~0ULL) > 0,
	      "those that are served go on being served");
	for (int i = 0; i < n; i++)
		client_end(&c[i]);
	for (int i = n; i < waiting; i++) {
		c[i].lost = false;
		for (int j = 0; j < 50 && !c[i].greeted; j++)
			client_pump(&c[i], 100);
		claim(c[i].greeted, "one that waited is served when others leave");
		client_end(&c[i]);
	}
	claim(kernel_serves(), "and so is one that comes then");
	free(c);
}

static void faults(void)
{
	garbage();
	damaged(9, "a header with a wrong checksum", "a damaged header ends the connection");
	damaged(sizeof(struct wire_header) + 1, "a payload with a wrong checksum",
		"a damaged payload ends the connection");
	oversize();
	truncated();
	next_host();
	hello_as_payload();
	missing();
	unknown_session();
	unknown_type();
	late();
	vanished();
	half_closed(SHUT_WR, "a host that has closed its sending side holds nobody up");
	half_closed(SHUT_RD, "a host that has closed its receiving side holds nobody up");
	not_reading();
}

int main(int argc, char **argv)
{
	if (argc != 4)
		die("usage: wire-faults SOCKET LOG faults|crowd, of a kernel with "
		    "wire_timeout=2000");
	path = argv[1];
	log_path = argv[2];
	if (!strcmp(argv[3], "crowd"))
		crowd();
	else
		faults();
	printf("1..%d\n", number);
	return failures != 0;
}
