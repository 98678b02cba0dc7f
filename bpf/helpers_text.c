// SPDX-License-Identifier: GPL-2.0-only
/*
 * Helpers on text: the format language of trace_printk and snprintf, numbers from text, comparing, and
 * reading the kernel's memory. Whatever a program passes, only memory that can be read is read.
 */
#include "bpf/bpf.h"
#include "bpf/helpers.h"
#include "bpf/os.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"

#define TRACE_LINE_MAX 512
#define FORMAT_STRING  256 /* characters of one %s */

/* Copies a NUL-terminated text of at most @size bytes with its NUL. Its length, or -EFAULT with @dst empty. */
static long copy_str_nofault(char *dst, const char *src, size_t size)
{
	size_t done = 0;

	if (!size)
		return 0;
	while (done < size) {
		/* What follows the text on the next page may be unmapped. */
		size_t n =
			min(size - done, PAGE_SIZE - (size_t)((u64)(src + done) & (PAGE_SIZE - 1)));
		size_t len;

		if (copy_from_kernel_nofault(dst + done, src + done, n)) {
			memset(dst, 0, size);
			return -EFAULT;
		}
		len = strnlen(dst + done, n);
		if (len < n) {
			memset(dst + done + len, 0, size - done - len);
			return done + len + 1;
		}
		done += n;
	}
	dst[size - 1] = '\0';
	return size;
}

/* ---- the format language: %% %c %s %p %px %pK %pks and %[flags][width][l|ll]{d,i,u,x,X} ---- */

struct formatter {
	char *buf;
	size_t size, len; /* len goes on past size */
	const char *fmt;
	const u64 *args;
	u32 left; /* arguments */
};

static void put_char(struct formatter *f, char c)
{
	if (f->len + 1 < f->size)
		f->buf[f->len] = c;
	f->len++;
}

static void put_text(struct formatter *f, const char *text)
{
	while (*text)
		put_char(f, *text++);
}

/* A conversion "%-08" so far, without length and letter. */
struct conversion {
	char spec[24];
	u32 len;
};

static int put_number(struct formatter *f, struct conversion *c, int longs, char letter, u64 v)
{
	char text[80];

	if (c->len + 4 > sizeof(c->spec))
		return -EINVAL;
	c->spec[c->len++] = 'l';
	c->spec[c->len++] = 'l';
	c->spec[c->len++] = letter;
	c->spec[c->len] = '\0';
	/* Without l the argument is an int, whatever its register holds. */
	if (!longs)
		v = letter == 'd' || letter == 'i' ? (u64)(s64)(s32)v : (u32)v;
		/* The format was put together here from letters that were checked. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	scnprintf(text, sizeof(text), c->spec, v);
#pragma GCC diagnostic pop
	put_text(f, text);
	return 0;
}

static int put_string(struct formatter *f, u64 v)
{
	char text[FORMAT_STRING];

	if (copy_str_nofault(text, (const char *)v, sizeof(text)) < 0)
		put_text(f, "(fault)");
	else
		put_text(f, text);
	return 0;
}

/* f->fmt stands behind the p. */
static int put_pointer(struct formatter *f, u64 v)
{
	char text[24], kind = *f->fmt;

	if (kind == 'k' && f->fmt[1] == 's') {
		f->fmt += 2;
		return put_string(f, v);
	}
	if (kind == 'x' || kind == 'K')
		f->fmt++;
	else if ((kind >= 'a' && kind <= 'z') || (kind >= 'A' && kind <= 'Z') ||
		 (kind >= '0' && kind <= '9'))
		return -EINVAL;
	scnprintf(text, sizeof(text), "%016llx", v);
	put_text(f, text);
	return 0;
}

static int put_conversion(struct formatter *f)
{
	struct conversion c = { .spec = "%", .len = 1 };
	int longs = 0;
	u64 v;

	while (*f->fmt && strchr("-+ #0123456789", *f->fmt) && c.len < 12)
		c.spec[c.len++] = *f->fmt++;
	for (; *f->fmt == 'l' && longs < 2; f->fmt++)
		longs++;
	if (!*f->fmt || !strchr("csdiuxXp", *f->fmt) || !f->left)
		return -EINVAL;
	f->left--;
	v = *f->args++;
	switch (*f->fmt++) {
	case 'c':
		put_char(f, v);
		return 0;
	case 's':
		return put_string(f, v);
	case 'p':
		return put_pointer(f, v);
	default:
		return put_number(f, &c, longs, f->fmt[-1], v);
	}
}

int bpf_format(char *buf, size_t size, const char *fmt, const u64 *args, u32 n)
{
	struct formatter f = { .buf = buf, .size = size, .fmt = fmt, .args = args, .left = n };
	int err = 0;

	while (!err && *f.fmt) {
		char c = *f.fmt++;

		if ((u8)c >= 0x80)
			err = -EINVAL;
		else if (c != '%')
			put_char(&f, c);
		else if (*f.fmt == '%')
			put_char(&f, *f.fmt++);
		else
			err = put_conversion(&f);
	}
	if (size)
		buf[min(f.len, size - 1)] = '\0';
	return err ?: f.len + 1;
}

static u64 bpf_snprintf(u64 str, u64 size, u64 fmt, u64 data, u64 data_len)
{
	if (data_len % 8 || data_len > 12 * 8 || (data_len && !data))
		return -EINVAL;
	return bpf_format((char *)str, size, (const char *)fmt, (const u64 *)data, data_len / 8);
}

const struct bpf_func_proto bpf_snprintf_proto = {
	.func = bpf_snprintf,
	.name = "bpf_snprintf",
	.gpl_only = true,
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_MEM_OR_NULL | MEM_UNINIT | MEM_WRITE, ARG_CONST_SIZE_OR_ZERO,
		      ARG_PTR_TO_CONST_STR, ARG_PTR_TO_MEM | PTR_MAYBE_NULL | MEM_RDONLY,
		      ARG_CONST_SIZE_OR_ZERO },
};

/* ---- the trace ring: text, oldest first ---- */

static struct {
	struct spinlock lock; /* programs write from any context, readers take from the other end */
	u64 head, tail;	      /* positions ever written and read */
	char text[BPF_TRACE_RING];
} trace;

static char *trace_at(u64 pos)
{
	return &trace.text[pos % BPF_TRACE_RING];
}

/* With the lock held: takes one line off the front. */
static void trace_drop_line(void)
{
	while (trace.tail < trace.head && *trace_at(trace.tail++) != '\n')
		;
}

static void trace_write(const char *line, size_t n)
{
	spin_lock(&trace.lock);
	while (trace.head + n - trace.tail > BPF_TRACE_RING)
		trace_drop_line();
	for (size_t i = 0; i < n; i++)
		*trace_at(trace.head++) = line[i];
	spin_unlock(&trace.lock);
}

/* With the lock held: whole lines from the front on. */
static size_t trace_copy(char *buf, size_t size)
{
	size_t n = 0, whole = 0;

	for (; n < size && trace.tail + n < trace.head; n++) {
		buf[n] = *trace_at(trace.tail + n);
		if (buf[n] == '\n')
			whole = n + 1;
	}
	return whole;
}

size_t bpf_trace_pipe_read(char *buf, size_t size)
{
	size_t n;

	spin_lock(&trace.lock);
	n = trace_copy(buf, size);
	trace.tail += n;
	spin_unlock(&trace.lock);
	return n;
}

size_t bpf_trace_peek(char *buf, size_t size)
{
	size_t n;

	spin_lock(&trace.lock);
	n = trace_copy(buf, size);
	spin_unlock(&trace.lock);
	return n;
}

/* "<thread>-<id> [cpu] flags seconds.microseconds: bpf_trace_printk: text", as tracefs has it. */
static u64 bpf_trace_printk(u64 fmt, u64 size, u64 a, u64 b, u64 c)
{
	const u64 args[] = { a, b, c };
	const char *text = (const char *)fmt;
	char line[TRACE_LINE_MAX];
	u64 us = ktime_get_ns() / 1000;
	int head, n;

	if (!size || text[size - 1])
		return -EINVAL;
	head = scnprintf(
		line, sizeof(line),
		"%16s-%-7u [%03u] ....1 %5llu.%06llu: bpf_trace_printk: ", current_thread_name(),
		current_thread_id(), smp_processor_id(), us / 1000000, us % 1000000);
	n = bpf_format(line + head, sizeof(line) - head - 1, text, args, ARRAY_SIZE(args));
	if (n < 0)
		return n;
	n = strlen(line);
	if (line[n - 1] != '\n')
		line[n++] = '\n';
	trace_write(line, n);
	return n - head;
}

const struct bpf_func_proto bpf_trace_printk_proto = {
	.func = bpf_trace_printk,
	.name = "bpf_trace_printk",
	.gpl_only = true,
	.ret_type = RET_INTEGER,
	/* The format says how many of the other three are used; who gives none may leave them unset. */
	.arg_type = { ARG_PTR_TO_MEM | MEM_RDONLY, ARG_CONST_SIZE },
};

/* ---- numbers from text ---- */

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static u32 digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

/* Blanks, a sign, a prefix, digits. Characters used, -EINVAL for none or an unknown base, -ERANGE. */
static long parse_u64(const char *buf, size_t size, u64 flags, u64 *res, bool *negative)
{
	u32 base = flags & 31;
	size_t i = 0, first;
	u64 v = 0;

	if (!size || flags & ~31ULL || (base != 0 && base != 8 && base != 10 && base != 16))
		return -EINVAL;
	while (i < size && is_space(buf[i]))
		i++;
	*negative = i < size && buf[i] == '-';
	i += *negative;
	if ((!base || base == 16) && i + 2 < size && buf[i] == '0' && (buf[i + 1] | 0x20) == 'x' &&
	    digit(buf[i + 2]) < 16) {
		base = 16;
		i += 2;
	} else if (!base) {
		base = i < size && buf[i] == '0' ? 8 : 10;
	}
	for (first = i; i < size && digit(buf[i]) < base; i++)
		if (__builtin_mul_overflow(v, base, &v) ||
		    __builtin_add_overflow(v, digit(buf[i]), &v))
			return -ERANGE;
	*res = v;
	return i == first ? -EINVAL : (long)i;
}

static u64 bpf_strtol(u64 buf, u64 size, u64 flags, u64 res, u64 r5)
{
	bool negative;
	u64 v;
	long n = parse_u64((const char *)buf, size, flags, &v, &negative);

	if (n >= 0 && v > (u64)S64_MAX + negative)
		n = -ERANGE;
	*(s64 *)res = n < 0 ? 0 : negative ? (s64)-v : (s64)v;
	return n;
}

const struct bpf_func_proto bpf_strtol_proto = {
	.func = bpf_strtol,
	.name = "bpf_strtol",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_MEM | MEM_RDONLY, ARG_CONST_SIZE, ARG_ANYTHING,
		      ARG_PTR_TO_MEM | MEM_FIXED_SIZE | MEM_UNINIT | MEM_WRITE | MEM_ALIGNED },
	.arg_size = { 0, 0, 0, sizeof(s64) },
};

static u64 bpf_strtoul(u64 buf, u64 size, u64 flags, u64 res, u64 r5)
{
	bool negative;
	u64 v = 0;
	long n = parse_u64((const char *)buf, size, flags, &v, &negative);

	if (n >= 0 && negative)
		n = -EINVAL;
	*(u64 *)res = n < 0 ? 0 : v;
	return n;
}

const struct bpf_func_proto bpf_strtoul_proto = {
	.func = bpf_strtoul,
	.name = "bpf_strtoul",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_MEM | MEM_RDONLY, ARG_CONST_SIZE, ARG_ANYTHING,
		      ARG_PTR_TO_MEM | MEM_FIXED_SIZE | MEM_UNINIT | MEM_WRITE | MEM_ALIGNED },
	.arg_size = { 0, 0, 0, sizeof(u64) },
};

static u64 bpf_strncmp(u64 s1, u64 size, u64 s2, u64 r4, u64 r5)
{
	return (s64)strncmp((const char *)s1, (const char *)s2, size);
}

const struct bpf_func_proto bpf_strncmp_proto = {
	.func = bpf_strncmp,
	.name = "bpf_strncmp",
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_MEM | MEM_RDONLY, ARG_CONST_SIZE, ARG_PTR_TO_CONST_STR },
};

/* ---- the kernel's memory ---- */

static u64 bpf_probe_read_kernel(u64 dst, u64 size, u64 src, u64 r4, u64 r5)
{
	return copy_from_kernel_nofault((void *)dst, (const void *)src, size);
}

const struct bpf_func_proto bpf_probe_read_kernel_proto = {
	.func = bpf_probe_read_kernel,
	.name = "bpf_probe_read_kernel",
	.gpl_only = true,
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_UNINIT_MEM, ARG_CONST_SIZE_OR_ZERO, ARG_ANYTHING },
};

static u64 bpf_probe_read_kernel_str(u64 dst, u64 size, u64 src, u64 r4, u64 r5)
{
	return copy_str_nofault((char *)dst, (const char *)src, size);
}

const struct bpf_func_proto bpf_probe_read_kernel_str_proto = {
	.func = bpf_probe_read_kernel_str,
	.name = "bpf_probe_read_kernel_str",
	.gpl_only = true,
	.ret_type = RET_INTEGER,
	.arg_type = { ARG_PTR_TO_UNINIT_MEM, ARG_CONST_SIZE_OR_ZERO, ARG_ANYTHING },
};
