// SPDX-License-Identifier: GPL-2.0-only
/* The archive reader: what the system's cpio writes, and what an enemy writes. */
#include "tests/unit/unit.h"
#include "kernel/cpio.h"
#include "kernel/lib/errno.h"

#include <stdio.h>
#include <stdlib.h>

/* An archive in the making. */
struct archive {
	u8 data[4096];
	size_t size;
};

static void put(struct archive *ar, const void *p, size_t n)
{
	memcpy(ar->data + ar->size, p, n);
	ar->size += n;
}

static void pad(struct archive *ar)
{
	while (ar->size % 4)
		ar->data[ar->size++] = 0;
}

static void add_header(struct archive *ar, u32 mode, u32 filesize, u32 namesize)
{
	char header[128];

	snprintf(header, sizeof(header),
		 "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1, mode, 0, 0, 1, 0,
		 filesize, 0, 0, 0, 0, namesize, 0);
	put(ar, header, 110);
}

static void add_file(struct archive *ar, const char *name, u32 mode, const char *text)
{
	add_header(ar, mode, strlen(text), strlen(name) + 1);
	put(ar, name, strlen(name) + 1);
	pad(ar);
	put(ar, text, strlen(text));
	pad(ar);
}

static void make_archive(struct archive *ar)
{
	memset(ar, 0, sizeof(*ar));
	add_file(ar, "dir", 040755, "");
	add_file(ar, "./boot.cmd", 0100644, "help\n");
	add_file(ar, "dir/a", 0100644, "");
	add_file(ar, "boot.cmd", 0100644, "the second of its name");
	add_file(ar, "TRAILER!!!", 0, "");
}

/* Reads everything there is from a copy that ends where the archive does, so that sanitizers see more. */
static int walk(const void *data, size_t size, u32 *n)
{
	u8 *copy = malloc(size ? size : 1);
	struct cpio_file file;
	struct cpio ar;
	u64 sum = 0;
	int err;

	memcpy(copy, data, size);
	cpio_open(&ar, copy, size);
	for (*n = 0; (err = cpio_next(&ar, &file)) > 0; (*n)++) {
		sum += strlen(file.name);
		for (size_t i = 0; i < file.size; i++)
			sum += file.data[i];
	}
	free(copy);
	__asm__ volatile("" : : "r"(sum));
	return err;
}

static void all_files_in_order(void **state)
{
	static const char *const names[] = { "dir", "boot.cmd", "dir/a", "boot.cmd" };
	struct cpio_file file;
	struct archive ar;
	struct cpio reader;
	u32 n = 0;

	make_archive(&ar);
	cpio_open(&reader, ar.data, ar.size);
	while (cpio_next(&reader, &file) > 0)
		assert_string_equal(file.name, names[n++]);
	assert_int_equal(n, 4);
	assert_int_equal(cpio_next(&reader, &file), 0);
}

static void find_takes_the_first_regular_file(void **state)
{
	struct cpio_file file;
	struct archive ar;

	make_archive(&ar);
	assert_int_equal(cpio_find(ar.data, ar.size, "boot.cmd", &file), 0);
	assert_int_equal(file.size, 5);
	assert_memory_equal(file.data, "help\n", 5);
	assert_int_equal(cpio_find(ar.data, ar.size, "dir", &file), -ENOENT);
	assert_int_equal(cpio_find(ar.data, ar.size, "nothing", &file), -ENOENT);
	assert_int_equal(cpio_find(ar.data, 0, "boot.cmd", &file), -ENOENT);
}

static void each_prefix_is_safe(void **state)
{
	struct archive ar;
	u32 n;

	make_archive(&ar);
	for (size_t size = 0; size < ar.size; size++)
		assert_in_range(walk(ar.data, size, &n) + 22, 0, 22);
	assert_int_equal(walk(ar.data, 50, &n), -EINVAL);
}

static void damage_is_refused(void **state)
{
	static const struct {
		u32 filesize, namesize;
	} sizes[] = { { 0xffffffff, 2 }, { 0, 0xffffffff }, { 0xffffffff, 0xffffffff },
		      { 0, 0 },		 { 0x7fffffff, 2 }, { 5, 2 },
		      { 0, 5 } };
	struct archive ar;
	u32 n;

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		memset(&ar, 0, sizeof(ar));
		add_header(&ar, 0100644, sizes[i].filesize, sizes[i].namesize);
		put(&ar, "a\0", 2);
		assert_int_equal(walk(ar.data, ar.size, &n), -EINVAL);
		assert_int_equal(n, 0);
	}
	make_archive(&ar);
	ar.data[5] = '3'; /* magic */
	assert_int_equal(walk(ar.data, ar.size, &n), -EINVAL);
	make_archive(&ar);
	memcpy(ar.data + 54, "0x000000", 8); /* filesize: kstrtou32() would take this */
	assert_int_equal(walk(ar.data, ar.size, &n), -EINVAL);
	make_archive(&ar);
	ar.data[110 + 1] = 0; /* a name with a NUL inside */
	assert_int_equal(walk(ar.data, ar.size, &n), -EINVAL);
}

/* Whatever bytes change, nothing outside of the archive is read and the walk ends. */
static void random_damage_is_safe(void **state)
{
	struct archive ar;
	u64 x = 11;
	u32 n;

	for (u32 round = 0; round < 20000; round++) {
		make_archive(&ar);
		for (u32 i = 0; i < 1 + round % 4; i++) {
			x = unit_random(x);
			ar.data[x % ar.size] = "0123456789abcdef\0\xff"[(x >> 32) % 18];
		}
		walk(ar.data, ar.size, &n);
		assert_in_range(n, 0, ar.size / 110);
	}
}

static void as_the_system_writes_it(void **state)
{
	static u8 data[65536];
	struct cpio_file file;
	size_t size;
	FILE *p;

	if (system("command -v cpio >/dev/null 2>&1"))
		skip();
	p = popen("d=$(mktemp -d) && cd $d && mkdir x && echo hello >x/y && "
		  "find . | cpio -o -H newc 2>/dev/null; rm -r $d",
		  "r");
	assert_non_null(p);
	size = fread(data, 1, sizeof(data), p);
	pclose(p);
	assert_int_equal(cpio_find(data, size, "x/y", &file), 0);
	assert_int_equal(file.size, 6);
	assert_memory_equal(file.data, "hello\n", 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_files_in_order),
		cmocka_unit_test(find_takes_the_first_regular_file),
		cmocka_unit_test(each_prefix_is_safe),
		cmocka_unit_test(damage_is_refused),
		cmocka_unit_test(random_damage_is_safe),
		cmocka_unit_test(as_the_system_writes_it),
	};

	return cmocka_run_group_tests_name("cpio", tests, NULL, NULL);
}
