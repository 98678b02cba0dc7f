// SPDX-License-Identifier: GPL-2.0-only
/* Frames of the wire: what is sent is found again, and whatever is damaged is noticed and skipped. */
#include "tests/unit/unit.h"

#include "kernel/lib/hash.h"
#include "kernel/rpc/frame.h"

static u8 buffer[WIRE_BUFFER];

/* A good frame of @n payload bytes at @to; its size. */
static u32 make(u8 *to, u32 n, u32 sequence)
{
	struct wire_header h = { .length = n, .type = WIRE_PING, .sequence = sequence };

	for (u32 i = 0; i < n; i++)
		to[sizeof(h) + i] = i * 7 + sequence;
	wire_seal(&h, to + sizeof(h));
	memcpy(to, &h, sizeof(h));
	return sizeof(h) + n;
}

static void feed(struct wire_decoder *d, const u8 *data, u32 n)
{
	u32 room;
	void *space = wire_decoder_space(d, &room);

	assert_true(n <= room);
	memcpy(space, data, n);
	wire_decoder_fed(d, n);
}

/* Decodes all there is; the sequence of the last good frame, or -1. *@garbage counts what was skipped. */
static long last_frame(struct wire_decoder *d, u32 *garbage)
{
	enum wire_decode got;
	struct wire_header h;
	const void *payload;
	long last = -1;

	for (*garbage = 0; (got = wire_decoder_next(d, &h, &payload)) != WIRE_NEED_MORE;) {
		if (got == WIRE_FRAME)
			last = h.sequence;
		else
			++*garbage;
	}
	return last;
}

static void a_frame_comes_back_as_it_was(void **state)
{
	static u8 frame[WIRE_BUFFER];
	const u32 sizes[] = { 0, 1, 100, WIRE_MAX_PAYLOAD };
	struct wire_decoder d;
	struct wire_header h;
	const void *payload;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		wire_decoder_init(&d, buffer);
		feed(&d, frame, make(frame, sizes[i], i));
		assert_int_equal(wire_decoder_next(&d, &h, &payload), WIRE_FRAME);
		assert_int_equal(h.length, sizes[i]);
		assert_memory_equal(payload, frame + sizeof(h), sizes[i]);
		assert_int_equal(wire_decoder_next(&d, &h, &payload), WIRE_NEED_MORE);
	}
}

static void bytes_may_come_one_by_one(void **state)
{
	struct wire_decoder d;
	struct wire_header h;
	const void *payload;
	u8 frame[100];
	u32 n = make(frame, 20, 5);

	wire_decoder_init(&d, buffer);
	for (u32 i = 0; i < n; i++) {
		assert_int_equal(wire_decoder_next(&d, &h, &payload), WIRE_NEED_MORE);
		feed(&d, frame + i, 1);
	}
	assert_int_equal(wire_decoder_next(&d, &h, &payload), WIRE_FRAME);
}

/* The cut frame swallows the good one's start, but when its checksum is wrong the search goes on in it. */
static void after_every_truncation_the_next_frame_is_found(void **state)
{
	struct wire_decoder d;
	u8 cut[100], good[3][100];
	u32 n = make(cut, 40, 1), garbage;

	for (u32 keep = 1; keep < n; keep++) {
		wire_decoder_init(&d, buffer);
		feed(&d, cut, keep);
		for (u32 i = 0; i < 3; i++)
			feed(&d, good[i], make(good[i], 10, 10 + i));
		assert_int_equal(last_frame(&d, &garbage), 12);
		assert_true(garbage > 0);
	}
}

static void every_flipped_byte_is_noticed(void **state)
{
	struct wire_decoder d;
	u8 bad[100], good[100];
	u32 n = make(bad, 40, 1), m = make(good, 10, 2), garbage;

	for (u32 i = 0; i < n; i++) {
		for (u32 bit = 0; bit < 8; bit++) {
			wire_decoder_init(&d, buffer);
			bad[i] ^= 1 << bit;
			feed(&d, bad, n);
			feed(&d, good, m);
			assert_int_equal(last_frame(&d, &garbage), 2);
			assert_true(garbage > 0);
			bad[i] ^= 1 << bit;
		}
	}
}

static void a_length_over_the_limit_is_refused_at_once(void **state)
{
	struct wire_header h = { .magic = WIRE_MAGIC, .length = WIRE_MAX_PAYLOAD + 1 };
	struct wire_decoder d;
	const void *payload;

	h.header_crc = crc32c(0, &h, offsetof(struct wire_header, header_crc));
	wire_decoder_init(&d, buffer);
	feed(&d, (u8 *)&h, sizeof(h));
	assert_int_equal(wire_decoder_next(&d, &h, &payload), WIRE_GARBAGE);
	assert_string_equal(d.why, "a frame that is too long");
}

static void giving_up_frees_an_unfinished_frame(void **state)
{
	struct wire_decoder d;
	u8 frame[100], good[100];
	u32 garbage;

	make(frame, 40, 1);
	wire_decoder_init(&d, buffer);
	feed(&d, frame, 50);
	assert_int_equal(last_frame(&d, &garbage), -1);
	assert_true(wire_decoder_partial(&d));
	wire_decoder_give_up(&d);
	feed(&d, good, make(good, 10, 2));
	assert_int_equal(last_frame(&d, &garbage), 2);
}

/* The @count-th hello of a host, at @to; its size. */
static u32 make_hello(u8 *to, u32 count)
{
	struct wire_header h = { .type = WIRE_HELLO, .result = count };
	struct wire_hello hello = { .version = WIRE_VERSION };

	h.length = sizeof(hello);
	wire_seal(&h, &hello);
	memcpy(to, &h, sizeof(h));
	memcpy(to + sizeof(h), &hello, sizeof(hello));
	return sizeof(h) + sizeof(hello);
}

#define HELLO_SIZE (sizeof(struct wire_header) + sizeof(struct wire_hello))

/* Wherever the frame was cut, and however the hello comes. */
static void a_hello_after_a_pause_ends_an_unfinished_frame(void **state)
{
	static u8 cut[1000];
	u32 n = make(cut, 900, 1);
	u8 early[HELLO_SIZE], hello[HELLO_SIZE];
	const u32 pieces[] = { 1, 35, 36, 37, HELLO_SIZE };
	struct wire_decoder d;
	struct wire_header h = { 0 };
	enum wire_decode got;
	const void *payload;

	make_hello(early, 1);
	make_hello(hello, 2);
	for (u32 keep = 1; keep + 2 * HELLO_SIZE < n; keep += 7) {
		u32 piece = pieces[keep % ARRAY_SIZE(pieces)];

		wire_decoder_init(&d, buffer);
		feed(&d, cut, keep);
		while (wire_decoder_next(&d, &h, &payload) != WIRE_NEED_MORE)
			;
		/* One that comes too early is swallowed if the header is there. */
		feed(&d, early, sizeof(early));
		while ((got = wire_decoder_next(&d, &h, &payload)) != WIRE_NEED_MORE)
			assert_true(keep < sizeof(h) || got != WIRE_FRAME);
		wire_decoder_paused(&d);
		for (u32 at = 0; at < sizeof(hello); at += piece) {
			assert_int_equal(wire_decoder_next(&d, &h, &payload), WIRE_NEED_MORE);
			feed(&d, hello + at, min_t(u32, piece, sizeof(hello) - at));
		}
		got = wire_decoder_next(&d, &h, &payload);
		if (got == WIRE_GARBAGE) {
			assert_string_equal(d.why, "a frame that stops half way");
			got = wire_decoder_next(&d, &h, &payload);
		}
		assert_int_equal(got, WIRE_FRAME);
		assert_int_equal(h.type, WIRE_HELLO);
		assert_int_equal(h.result, 2);
		assert_false(wire_decoder_partial(&d));
	}
}

/* A frame of 300 bytes that has @inner at 100, with a pause @at bytes from its start: it arrives. */
static void expect_payload(const u8 *inner, u32 inner_n, u32 at)
{
	u8 frame[sizeof(struct wire_header) + 300];
	u32 n = make(frame, 300, 0), start = sizeof(struct wire_header) + 100;
	struct wire_header h;
	struct wire_decoder d;
	const void *payload;

	memcpy(&h, frame, sizeof(h));
	memcpy(frame + start, inner, inner_n);
	wire_seal(&h, frame + sizeof(h));
	memcpy(frame, &h, sizeof(h));
	wire_decoder_init(&d, buffer);
	for (u32 i = 0; i < n; i++) {
		if (i == at)
			wire_decoder_paused(&d);
		assert_int_equal(wire_decoder_next(&d, &h, &payload), WIRE_NEED_MORE);
		feed(&d, frame + i, 1);
	}
	assert_int_equal(wire_decoder_next(&d, &h, &payload), WIRE_FRAME);
	assert_memory_equal(payload, frame + sizeof(h), 300);
}

static void a_hello_in_a_payload_that_flows_is_payload(void **state)
{
	u32 start = sizeof(struct wire_header) + 100;
	u8 hello[HELLO_SIZE];

	make_hello(hello, 1);
	for (u32 at = 0; at < start + 200; at++)
		if (at != start)
			expect_payload(hello, sizeof(hello), at);
}

static void seal_header(u8 *frame, struct wire_header h)
{
	wire_seal(&h, frame + sizeof(h));
	memcpy(frame, &h, sizeof(h));
}

/* After a pause, too, a hello with anything wrong is payload. */
static void what_is_no_good_hello_is_payload_after_a_pause(void **state)
{
	u32 start = sizeof(struct wire_header) + 100;
	u8 hello[HELLO_SIZE];
	struct wire_header good, h;

	make_hello(hello, 1);
	memcpy(&good, hello, sizeof(good));
	for (u32 i = 0; i < sizeof(hello); i++) {
		hello[i] ^= 1;
		expect_payload(hello, sizeof(hello), start);
		hello[i] ^= 1;
	}
	h = good, h.type = WIRE_PING;
	seal_header(hello, h);
	expect_payload(hello, sizeof(hello), start);
	h = good, h.flags = WIRE_REPLY;
	seal_header(hello, h);
	expect_payload(hello, sizeof(hello), start);
	h = good, h.session = 1;
	seal_header(hello, h);
	expect_payload(hello, sizeof(hello), start);
	h = good, h.sequence = 1;
	seal_header(hello, h);
	expect_payload(hello, sizeof(hello), start);
	h = good, h.length--;
	seal_header(hello, h);
	expect_payload(hello, sizeof(hello), start);
}

/* The mark of a pause goes with the frame that it was in. */
static void a_pause_in_one_frame_says_nothing_about_the_next(void **state)
{
	u8 first[100], frame[sizeof(struct wire_header) + 300], hello[HELLO_SIZE];
	struct wire_header h = { .length = 300, .type = WIRE_PING, .sequence = 2 };
	u32 n = make(first, 40, 1), garbage;
	struct wire_decoder d;

	make_hello(hello, 1);
	memset(frame, 0, sizeof(frame));
	memcpy(frame + 50, hello, sizeof(hello)); /* where the first is to be cut */
	seal_header(frame, h);
	wire_decoder_init(&d, buffer);
	feed(&d, first, 50);
	assert_int_equal(last_frame(&d, &garbage), -1);
	wire_decoder_paused(&d);
	feed(&d, first + 50, n - 50);
	assert_int_equal(last_frame(&d, &garbage), 1);
	feed(&d, frame, 200);
	assert_int_equal(last_frame(&d, &garbage), -1);
	feed(&d, frame + 200, sizeof(frame) - 200);
	assert_int_equal(last_frame(&d, &garbage), 2);
	assert_int_equal(garbage, 0);
}

/* Noise with frames in it: every frame that is whole is found, and nothing is read outside the buffer. */
static void frames_are_found_in_noise(void **state)
{
	struct wire_decoder d;
	u8 noise[64], frame[100];
	u64 x = 88172645463325252ULL;
	u32 garbage;

	wire_decoder_init(&d, buffer);
	for (u32 round = 0; round < 2000; round++) {
		for (u32 i = 0; i < sizeof(noise); i++) {
			x = unit_random(x);
			noise[i] = x % 5 ? x >> 16 : "TRLS"[x % 4];
		}
		feed(&d, noise, x % sizeof(noise));
		feed(&d, frame, make(frame, x % 60, round));
		/* A magic at the noise's end may need the header that it pretends to have. */
		feed(&d, (u8[sizeof(struct wire_header)]){ 0 }, sizeof(struct wire_header));
		assert_int_equal(last_frame(&d, &garbage), round);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_comes_back_as_it_was),
		cmocka_unit_test(bytes_may_come_one_by_one),
		cmocka_unit_test(after_every_truncation_the_next_frame_is_found),
		cmocka_unit_test(every_flipped_byte_is_noticed),
		cmocka_unit_test(a_length_over_the_limit_is_refused_at_once),
		cmocka_unit_test(giving_up_frees_an_unfinished_frame),
		cmocka_unit_test(a_hello_after_a_pause_ends_an_unfinished_frame),
		cmocka_unit_test(a_hello_in_a_payload_that_flows_is_payload),
		cmocka_unit_test(what_is_no_good_hello_is_payload_after_a_pause),
		cmocka_unit_test(a_pause_in_one_frame_says_nothing_about_the_next),
		cmocka_unit_test(frames_are_found_in_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
