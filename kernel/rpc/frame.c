// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames of the wire. Relies on CRC-32C only. Promises that no stream of bytes, however bad, makes
 * the decoder read or write outside its buffer or stop making progress: every call either hands out
 * a checked frame, skips at least one byte, or asks for more.
 */
#include "kernel/rpc/frame.h"
#include "kernel/lib/hash.h"
#include "kernel/lib/string.h"

static const char half_way[] = "a frame that stops half way";

static u32 header_crc(const struct wire_header *h)
{
	return crc32c(0, h, offsetof(struct wire_header, header_crc));
}

void wire_seal(struct wire_header *h, const void *payload)
{
	h->magic = WIRE_MAGIC;
	h->payload_crc = h->length ? crc32c(0, payload, h->length) : 0;
	h->header_crc = header_crc(h);
}

void wire_decoder_init(struct wire_decoder *d, void *buf)
{
	memset(d, 0, sizeof(*d));
	d->buf = buf;
}

static void drop(struct wire_decoder *d, u32 n)
{
	memmove(d->buf, d->buf + n, d->len - n);
	d->len -= n;
	d->resumed = d->resumed > n ? d->resumed - n : 0;
}

void *wire_decoder_space(struct wire_decoder *d, u32 *n)
{
	*n = WIRE_BUFFER - d->len;
	return d->buf + d->len;
}

bool wire_decoder_partial(const struct wire_decoder *d)
{
	return d->len > d->used;
}

void wire_decoder_paused(struct wire_decoder *d)
{
	if (wire_decoder_partial(d))
		d->resumed = d->len;
}

void wire_decoder_fed(struct wire_decoder *d, u32 n)
{
	d->len += n;
}

/* How many bytes at the front cannot begin a frame: up to the next (perhaps cut) magic. */
static u32 distance_to_magic(const struct wire_decoder *d, u32 from)
{
	static const u8 magic[4] = { 'T', 'R', 'L', 'S' };
	u32 i;

	for (i = from; i < d->len; i++)
		if (!memcmp(d->buf + i, magic, min_t(u32, sizeof(magic), d->len - i)))
			break;
	return i;
}

static enum wire_decode garbage(struct wire_decoder *d, u32 n, const char *why)
{
	d->skipped += n;
	d->why = why;
	drop(d, n);
	return WIRE_GARBAGE;
}

static bool whole(const struct wire_decoder *d, u32 at, const struct wire_header *h)
{
	return d->len - at - sizeof(*h) >= h->length;
}

static bool payload_is_good(const struct wire_header *h, const void *payload)
{
	return h->payload_crc == (h->length ? crc32c(0, payload, h->length) : 0);
}

/* What came after a pause in the middle of a frame is a hello, with nothing wrong and nothing missing. */
static bool hello_after_pause(const struct wire_decoder *d)
{
	struct wire_header h;

	if (!d->resumed || d->len - d->resumed < sizeof(h))
		return false;
	memcpy(&h, d->buf + d->resumed, sizeof(h));
	return h.magic == WIRE_MAGIC && h.header_crc == header_crc(&h) && h.type == WIRE_HELLO &&
	       !h.flags && !h.session && !h.sequence && h.length == sizeof(struct wire_hello) &&
	       whole(d, d->resumed, &h) && payload_is_good(&h, d->buf + d->resumed + sizeof(h));
}

enum wire_decode wire_decoder_next(struct wire_decoder *d, struct wire_header *h,
				   const void **payload)
{
	u32 n;

	drop(d, d->used);
	d->used = 0;
	n = distance_to_magic(d, 0);
	if (n)
		return garbage(d, n, "bytes that are no frame");
	if (d->len < sizeof(*h))
		return WIRE_NEED_MORE;
	memcpy(h, d->buf, sizeof(*h));
	if (h->header_crc != header_crc(h))
		return garbage(d, distance_to_magic(d, 1), "a header with a wrong checksum");
	if (h->length > WIRE_MAX_PAYLOAD)
		return garbage(d, distance_to_magic(d, 1), "a frame that is too long");
	if (!whole(d, 0, h))
		return hello_after_pause(d) ? garbage(d, d->resumed, half_way) : WIRE_NEED_MORE;
	*payload = d->buf + sizeof(*h);
	if (!payload_is_good(h, *payload))
		return garbage(d, distance_to_magic(d, 1), "a payload with a wrong checksum");
	d->used = sizeof(*h) + h->length;
	return WIRE_FRAME;
}

void wire_decoder_give_up(struct wire_decoder *d)
{
	if (wire_decoder_partial(d) && !d->used)
		garbage(d, distance_to_magic(d, 1), half_way);
}
