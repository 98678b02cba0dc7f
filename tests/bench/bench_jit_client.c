// SPDX-License-Identifier: GPL-2.0-only
/*
 * The client of bench-jit: loads each program of the objects by libbpf, alone, and times test runs when it is asked to.
 * It knows nothing of Trellis. On standard output, a line for each program:
 *
 *	prog OBJECT NAME INSNS BYTES IMAGE REASON     REASON "-": it is loaded (IMAGE 1: but its code cannot run here)
 *	absent REASON                                 bpf(2) is not usable
 *	note TEXT                                     for people
 *	ready
 *
 * and for each line "run N REPEAT" or "image N REPEAT" of standard input "NS RETVAL", or a reason.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MAX_PROGS  256
#define MAX_PACKET 3500
#define MAX_CODE   65536
#define HEADROOM   256

typedef unsigned (*image_fn)(void *ctx);

struct loaded {
	int fd;
	image_fn image;
};

static struct loaded loaded[MAX_PROGS];
static unsigned nr_loaded;
static unsigned char packet[MAX_PACKET];
static size_t packet_size;
static char last_words[160];

static int keep_words(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char text[400];
	size_t n = vsnprintf(text, sizeof(text), fmt, ap);

	if (level == LIBBPF_WARN && n && !strstr(text, "-- BEGIN") &&
	    !strstr(text, "failed to load"))
		snprintf(last_words, sizeof(last_words), "%.*s", (int)strcspn(text, "\n"), text);
	return 0;
}

/* ---- the packet ---- */

/* Ethernet, IPv4, TCP from 10.0.0.1:1234 to 10.0.0.2:80, and letters. */
static void make_packet(void)
{
	static const unsigned char head[] = {
		2,    0,    0, 0,   0, 2, 2, 0, 0,  0, 0, 1, 8,	   0, /* addresses, IPv4 */
		0x45, 0,    0, 114, 0, 1, 0, 0, 64, 6, 0, 0, 10,   0,	 0,  1, 10, 0, 0, 2,
		4,    0xd2, 0, 80,  0, 0, 0, 1, 0,  0, 0, 1, 0x50, 0x10, 16, 0, 0,  0, 0, 0,
	};

	packet_size = 128;
	for (size_t i = 0; i < packet_size; i++)
		packet[i] = 'a' + i % 26;
	memcpy(packet, head, sizeof(head));
}

static void read_packet(const char *path)
{
	FILE *f;

	if (!strcmp(path, "-")) {
		make_packet();
		return;
	}
	f = fopen(path, "r");
	packet_size = f ? fread(packet, 1, sizeof(packet), f) : 0;
	if (f)
		fclose(f);
}

/* ---- Linux's code in this process ---- */

/* As Linux's struct xdp_buff begins. */
struct xdp_context {
	unsigned char *data, *data_end, *data_meta, *data_hard_start;
	void *rxq, *txq;
};

static unsigned char frame[HEADROOM + MAX_PACKET + 512];

static struct xdp_context make_context(void)
{
	memcpy(frame + HEADROOM, packet, packet_size);
	return (struct xdp_context){ frame + HEADROOM,
				     frame + HEADROOM + packet_size,
				     frame + HEADROOM,
				     frame,
				     NULL,
				     NULL };
}

/* A constant of 64 bits whose upper half is the kernel's: memory that is not here. */
static bool names_kernel_memory(const unsigned char *code, unsigned len)
{
	for (unsigned i = 0; i + 10 <= len; i++)
		if ((code[i] & 0xfe) == 0x48 && (code[i + 1] & 0xf8) == 0xb8 && code[i + 9] == 0xff)
			return true;
	return false;
}

/*
 * The code of an XDP program that calls nothing and refers to no map runs anywhere. Where mitigations are on, it ends
 * in a jump to a return thunk: made "ret". NULL, or why not.
 */
static const char *take_image(struct loaded *l, const struct bpf_program *prog)
{
	static unsigned char code[MAX_CODE];
	struct bpf_prog_info info = { .jited_prog_insns = (unsigned long)code,
				      .jited_prog_len = sizeof(code) };
	const struct bpf_insn *insns = bpf_program__insns(prog);
	unsigned len = sizeof(info);
	unsigned char *image;

	if (bpf_program__type(prog) != BPF_PROG_TYPE_XDP)
		return "its ctx is laid out as in the kernel";
	for (size_t i = 0; i < bpf_program__insn_cnt(prog); i++)
		if (insns[i].code == (BPF_JMP | BPF_CALL))
			return "calls functions";
	if (bpf_prog_get_info_by_fd(l->fd, &info, &len) || !info.jited_prog_len ||
	    info.jited_prog_len > sizeof(code))
		return "no JIT, or its code is not shown";
	len = info.jited_prog_len;
	if (names_kernel_memory(code, len))
		return "uses the kernel's memory";
	while (len && code[len - 1] == 0xcc)
		len--;
	if (len > 5 && code[len - 5] == 0xe9)
		code[len - 5] = 0xc3;
	else if (!len || code[len - 1] != 0xc3)
		return "does not end in a return";
	image = mmap(NULL, MAX_CODE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (image == MAP_FAILED)
		return "out of memory";
	memcpy(image, code, len);
	if (mprotect(image, MAX_CODE, PROT_READ | PROT_EXEC))
		return "no executable memory";
	l->image = (image_fn)(unsigned long)image;
	return NULL;
}

/* ---- loading ---- */

static bool is_packet_type(enum bpf_prog_type type)
{
	return type == BPF_PROG_TYPE_XDP || type == BPF_PROG_TYPE_SOCKET_FILTER ||
	       type == BPF_PROG_TYPE_SCHED_CLS;
}

static unsigned code_bytes(int fd)
{
	struct bpf_prog_info info = { 0 };
	unsigned len = sizeof(info);

	return bpf_prog_get_info_by_fd(fd, &info, &len) ? 0 : info.jited_prog_len;
}

/* Program @name of the object, without the others: one that is refused does not hinder them. */
static void load_one(const char *path, const char *base, const char *name)
{
	struct bpf_object *obj = bpf_object__open_file(path, NULL);
	struct loaded *l = &loaded[nr_loaded++];
	struct bpf_program *prog, *mine = NULL;
	const char *reason;

	bpf_object__for_each_program(prog, obj)
	{
		bool is_it = !strcmp(bpf_program__name(prog), name);

		bpf_program__set_autoload(prog, is_it);
		mine = is_it ? prog : mine;
	}
	last_words[0] = '\0';
	l->fd = -1;
	if (bpf_object__load(obj)) {
		printf("prog %s %s %zu 0 0 refused: %s\n", base, name, bpf_program__insn_cnt(mine),
		       last_words[0] ? last_words : strerror(errno));
		return;
	}
	l->fd = bpf_program__fd(mine);
	reason = take_image(l, mine);
	printf("prog %s %s %zu %u %d %s\n", base, name, bpf_program__insn_cnt(mine),
	       code_bytes(l->fd), reason != NULL, reason ? reason : "-");
}

static void load_object(const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	struct bpf_object *obj = bpf_object__open_file(path, NULL);
	struct bpf_program *prog;

	if (!obj) {
		printf("note %s is no BPF object\n", path);
		return;
	}
	bpf_object__for_each_program(prog, obj)
	{
		if (is_packet_type(bpf_program__type(prog)) && nr_loaded < MAX_PROGS)
			load_one(path, base, bpf_program__name(prog));
		else
			printf("note %s, %s: no program on packets, left out\n", base,
			       bpf_program__name(prog));
	}
	bpf_object__close(obj);
}

/* NULL, or why nothing can be loaded here. */
static const char *unusable(void)
{
	static const struct bpf_insn insns[] = { { .code = BPF_ALU64 | BPF_MOV | BPF_K },
						 { .code = BPF_JMP | BPF_EXIT } };
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, NULL, "GPL", insns, 2, NULL);

	if (fd < 0)
		return strerror(errno);
	close(fd);
	return NULL;
}

/* ---- timing ---- */

static void run(const struct loaded *l, unsigned repeat)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = packet_size,
		    .repeat = repeat);

	if (bpf_prog_test_run_opts(l->fd, &opts))
		printf("its test run fails: %s\n", strerror(errno));
	else
		printf("%u %u\n", opts.duration, opts.retval);
}

static void run_image(const struct loaded *l, unsigned repeat)
{
	struct xdp_context ctx = make_context();
	struct timespec a, b;
	unsigned ret = 0;

	clock_gettime(CLOCK_MONOTONIC, &a);
	for (unsigned i = 0; i < repeat; i++)
		ret = l->image(&ctx);
	clock_gettime(CLOCK_MONOTONIC, &b);
	printf("%f %u\n", ((b.tv_sec - a.tv_sec) * 1e9 + (b.tv_nsec - a.tv_nsec)) / repeat, ret);
}

int main(int argc, char **argv)
{
	unsigned n, repeat;
	char what[10];
	const char *why;

	setvbuf(stdout, NULL, _IOLBF, 0);
	libbpf_set_print(keep_words);
	why = unusable();
	if (argc < 3 || why) {
		printf("absent bpf(2): %s\n", why ? why : "no objects");
		return 1;
	}
	read_packet(argv[1]);
	for (int i = 2; i < argc; i++)
		load_object(argv[i]);
	puts("ready");
	while (scanf("%9s %u %u", what, &n, &repeat) == 3) {
		if (n >= nr_loaded || loaded[n].fd < 0)
			puts("not loaded");
		else if (!strcmp(what, "run"))
			run(&loaded[n], repeat);
		else if (loaded[n].image)
			run_image(&loaded[n], repeat);
		else
			puts("no image");
	}
	return 0;
}
