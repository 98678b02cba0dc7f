// SPDX-License-Identifier: GPL-2.0-only
/* Formatted text into a bounded buffer. Relies on nothing; writes the buffer only. */
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"

struct out {
	char *buf;
	size_t size, len; /* @len never passes @size - 1 */
};

struct spec {
	bool left, plus, space, alt, zero, has_precision;
	int width, precision;
	int length; /* -2 hh, -1 h, 0 int, 1 l, 2 ll or z */
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len++] = c;
}

static void put_n(struct out *o, char c, int n)
{
	while (n-- > 0)
		put(o, c);
}

static void put_text(struct out *o, const struct spec *s, const char *text, int n)
{
	if (!s->left)
		put_n(o, ' ', s->width - n);
	for (int i = 0; i < n; i++)
		put(o, text[i]);
	if (s->left)
		put_n(o, ' ', s->width - n);
}

/* Sign or 0x in @prefix, then zeros up to the precision (or the width, with flag 0), then digits. */
static void put_number(struct out *o, const struct spec *s, u64 v, unsigned int base, bool upper,
		       const char *prefix)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	int plen = strlen(prefix), n = 0, zeros;
	char rev[24];

	for (; v; v /= base)
		rev[n++] = digits[v % base];
	if (!n && !(s->has_precision && s->precision == 0))
		rev[n++] = '0';
	/* "#" for octal asks for a leading zero, if there is none anyway. */
	if (s->alt && base == 8 && (!n || rev[n - 1] != '0') && s->precision <= n)
		rev[n++] = '0';
	zeros = s->has_precision ? s->precision - n : 0;
	if (s->zero && !s->left && !s->has_precision)
		zeros = s->width - n - plen;
	zeros = max(zeros, 0);
	if (!s->left)
		put_n(o, ' ', s->width - n - zeros - plen);
	for (const char *p = prefix; *p; p++)
		put(o, *p);
	put_n(o, '0', zeros);
	for (int i = n; i-- > 0;)
		put(o, rev[i]);
	if (s->left)
		put_n(o, ' ', s->width - n - zeros - plen);
}

static s64 signed_of(s64 v, int length)
{
	switch (length) {
	case -2:
		return (s8)v;
	case -1:
		return (s16)v;
	case 0:
		return (s32)v;
	default:
		return v;
	}
}

static u64 unsigned_of(u64 v, int length)
{
	switch (length) {
	case -2:
		return (u8)v;
	case -1:
		return (u16)v;
	case 0:
		return (u32)v;
	default:
		return v;
	}
}

static void put_signed(struct out *o, const struct spec *s, s64 v)
{
	const char *sign = v < 0 ? "-" : s->plus ? "+" : s->space ? " " : "";

	put_number(o, s, v < 0 ? 0 - (u64)v : (u64)v, 10, false, sign);
}

static const char *parse_flags(const char *f, struct spec *s)
{
	for (;; f++) {
		if (*f == '-')
			s->left = true;
		else if (*f == '+')
			s->plus = true;
		else if (*f == ' ')
			s->space = true;
		else if (*f == '#')
			s->alt = true;
		else if (*f == '0')
			s->zero = true;
		else
			return f;
	}
}

static const char *parse_length(const char *f, struct spec *s)
{
	for (;; f++) {
		if (*f == 'h')
			s->length--;
		else if (*f == 'l')
			s->length++;
		else if (*f == 'z' || *f == 'j' || *f == 't')
			s->length = 2;
		else
			return f;
	}
}

static const char *parse_int(const char *f, int *v)
{
	for (*v = 0; *f >= '0' && *f <= '9'; f++)
		*v = *v * 10 + (*f - '0');
	return f;
}

static void put_string(struct out *o, struct spec *s, const char *text)
{
	if (!text)
		text = "(null)";
	put_text(o, s, text, s->has_precision ? strnlen(text, s->precision) : strlen(text));
}

/* One conversion; @arg is the 64-bit value that the caller took from the list. */
static void put_integer(struct out *o, const struct spec *s, char conv, u64 arg)
{
	bool upper = conv == 'X';

	switch (conv) {
	case 'd':
	case 'i':
		put_signed(o, s, signed_of(arg, s->length));
		return;
	case 'u':
		put_number(o, s, unsigned_of(arg, s->length), 10, false, "");
		return;
	case 'o':
		put_number(o, s, unsigned_of(arg, s->length), 8, false, "");
		return;
	default:
		arg = unsigned_of(arg, s->length);
		put_number(o, s, arg, 16, upper, s->alt && arg ? (upper ? "0X" : "0x") : "");
		return;
	}
}

int vscnprintf(char *buf, size_t size, const char *f, va_list ap)
{
	struct out o = { buf, size, 0 };

	for (; *f; f++) {
		struct spec s = { 0 };
		char c;

		if (*f != '%') {
			put(&o, *f);
			continue;
		}
		f = parse_flags(f + 1, &s);
		if (*f == '*') {
			s.width = va_arg(ap, int);
			s.left |= s.width < 0;
			s.width = s.width < 0 ? -s.width : s.width;
			f++;
		} else {
			f = parse_int(f, &s.width);
		}
		if (*f == '.') {
			s.has_precision = true;
			if (*++f == '*') {
				s.precision = va_arg(ap, int);
				s.has_precision = s.precision >= 0;
				f++;
			} else {
				f = parse_int(f, &s.precision);
			}
		}
		f = parse_length(f, &s);
		if (!*f)
			break;
		if (strchr("diuoxX", *f)) {
			put_integer(&o, &s, *f,
				    s.length > 0 ? va_arg(ap, u64) : (u64)va_arg(ap, int));
		} else if (*f == 'p') {
			s.alt = true;
			s.length = 2;
			put_integer(&o, &s, 'x', (u64)(uintptr_t)va_arg(ap, void *));
		} else if (*f == 's') {
			put_string(&o, &s, va_arg(ap, const char *));
		} else if (*f == 'c') {
			c = va_arg(ap, int);
			put_text(&o, &s, &c, 1);
		} else {
			if (*f != '%')
				put(&o, '%');
			put(&o, *f);
		}
	}
	if (size)
		buf[o.len] = '\0';
	return o.len;
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vscnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}
