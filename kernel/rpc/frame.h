/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames: encoding, and finding them again in a stream of bytes that may be damaged. Used by the
 * kernel and by tools/trellis. No allocation, no I/O.
 */
#pragma once

#include "kernel/rpc/wire.h"

/* Completes @h (magic, both checksums; length must be set) for @payload of h->length bytes. */
void wire_seal(struct wire_header *h, const void *payload);

enum wire_decode {
	WIRE_NEED_MORE, /* feed bytes */
	WIRE_FRAME,	/* one frame, good */
	WIRE_GARBAGE, /* bytes were skipped; why says what was wrong. More may follow: call again. */
};

#define WIRE_BUFFER (sizeof(struct wire_header) + WIRE_MAX_PAYLOAD)

struct wire_decoder {
	u8 *buf;     /* WIRE_BUFFER bytes */
	u32 len;     /* bytes in it, of which the first... */
	u32 used;    /* ...belong to the frame that was handed out last */
	u32 resumed; /* where those begin that came after a pause in the middle of a frame; or 0 */
	u64 skipped; /* bytes skipped in all */
	const char *why;
};

void wire_decoder_init(struct wire_decoder *d, void *buf);
/* Where the next bytes of the stream go; *@n is how many fit, at least 1 after WIRE_NEED_MORE. */
void *wire_decoder_space(struct wire_decoder *d, u32 *n);
/*
 * Nothing came for so long that, if the next bytes are a whole, good hello, they are one and not more
 * of the unfinished frame: who sent that is gone. Told before they are fed.
 */
void wire_decoder_paused(struct wire_decoder *d);
/* @n bytes have been put there. */
void wire_decoder_fed(struct wire_decoder *d, u32 n);
/*
 * The next frame. After WIRE_FRAME *@h is a copy of its header and *@payload points to its payload,
 * valid until the next call for @d.
 */
enum wire_decode wire_decoder_next(struct wire_decoder *d, struct wire_header *h,
				   const void **payload);
/* Begun but unfinished: what a time-out makes garbage. */
bool wire_decoder_partial(const struct wire_decoder *d);
/* Skips the first byte of an unfinished frame, so that the search goes on behind it. */
void wire_decoder_give_up(struct wire_decoder *d);
