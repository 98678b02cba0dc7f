// SPDX-License-Identifier: GPL-2.0-only
/* Objects, open files and sessions: counts, IDs, and whose reference is whose. */
#include "tests/unit/bpf_env.h"

#include "bpf/object.h"

static u32 freed, user_released;

static void thing_free(struct bpf_object *obj)
{
	freed++;
	kfree(obj);
}

static void thing_release_user(struct bpf_object *obj)
{
	user_released++;
}

static const struct bpf_object_ops thing_ops = {
	.free = thing_free,
	.release_user = thing_release_user,
};

static struct bpf_object *thing(void)
{
	struct bpf_object *obj = kzalloc(sizeof(*obj));

	bpf_object_init(obj, BPF_OBJ_LINK, &thing_ops);
	return obj;
}

static int setup(void **state)
{
	freed = user_released = 0;
	return env_setup(state);
}

static void test_ids_count_up(void **state)
{
	struct bpf_object *a = thing(), *b = thing(), *found;
	u32 id;

	assert_int_equal(bpf_object_publish(a), 0);
	assert_int_equal(bpf_object_publish(b), 0);
	assert_int_equal(b->id, a->id + 1);
	found = bpf_object_find(BPF_OBJ_LINK, a->id);
	assert_ptr_equal(found, a);
	bpf_object_put(found);
	assert_null(bpf_object_find(BPF_OBJ_MAP, a->id));
	assert_int_equal(bpf_object_next_id(BPF_OBJ_LINK, 0), a->id);
	assert_int_equal(bpf_object_next_id(BPF_OBJ_LINK, a->id), b->id);
	assert_int_equal(bpf_object_next_id(BPF_OBJ_LINK, b->id), 0);
	id = a->id;
	bpf_object_put(a);
	assert_null(bpf_object_find(BPF_OBJ_LINK, id));
	bpf_object_put(b);
	/* A reader under RCU may still look at them: freed after a grace period. */
	assert_int_equal(freed, 0);
	env_rcu_flush();
	assert_int_equal(freed, 2);
}

static void test_user_references(void **state)
{
	struct bpf_object *obj = thing();
	struct bpf_file *file;

	bpf_object_get_user(obj);
	bpf_object_get_user(obj);
	file = bpf_file_alloc(obj, 0);
	bpf_file_get(file);
	bpf_file_put(file);
	bpf_object_put_user(obj);
	assert_int_equal(user_released, 0);
	bpf_file_put(file);
	assert_int_equal(user_released, 1);
	assert_int_equal(freed, 0);
	bpf_object_put(obj);
	assert_int_equal(freed, 1);
}

static void test_file_without_memory(void **state)
{
	struct bpf_object *obj = thing();

	bpf_object_get_user(obj);
	memory_fail_nth(1);
	assert_null(bpf_file_alloc(obj, 0));
	bpf_object_put_user(obj);
	bpf_object_put(obj);
	assert_int_equal(freed, 1);
}

static void test_session_table(void **state)
{
	struct bpf_object *obj = thing();
	struct bpf_file *file;
	long fds[40];

	for (int i = 0; i < 40; i++) {
		bpf_object_get_user(obj);
		fds[i] = env_s->ops->fd_install(env_s, bpf_file_alloc(obj, 0));
		assert_int_equal(fds[i], i + 1);
	}
	assert_int_equal(env_s->ops->fget(env_s, 0, &file), -EBADF);
	assert_int_equal(env_s->ops->fget(env_s, -1, &file), -EBADF);
	assert_int_equal(env_s->ops->fget(env_s, 4000, &file), -EBADF);
	env_close(5);
	assert_int_equal(bpf_local_session_close(env_s, 5), -EBADF);
	bpf_object_get_user(obj);
	/* The lowest free number, as for any file table. */
	assert_int_equal(env_s->ops->fd_install(env_s, bpf_file_alloc(obj, 0)), 5);
	bpf_object_put(obj);
	assert_int_equal(freed, 0);
}

static void test_user_memory(void **state)
{
	char page[2 * PAGE_SIZE] __aligned_to(4096), buf[16];

	assert_int_equal(copy_from_user(env_s, buf, 16, 4), -EFAULT);
	assert_int_equal(copy_to_user(env_s, 16, buf, 4), -EFAULT);
	assert_int_equal(copy_from_user(env_s, buf, (u64)-8, 16), -EFAULT);
	assert_int_equal(copy_from_user(env_s, buf, 0, 0), 0);
	memset(page, 'x', sizeof(page));
	strcpy(page + PAGE_SIZE - 4, "abcdefg");
	assert_int_equal(strncpy_from_user(env_s, buf, (u64)page + PAGE_SIZE - 4, sizeof(buf)), 7);
	assert_string_equal(buf, "abcdefg");
	assert_int_equal(strncpy_from_user(env_s, buf, (u64)page, sizeof(buf)), -E2BIG);
	assert_int_equal(strncpy_from_user(env_s, buf, 8, sizeof(buf)), -EFAULT);
	env_s->dead = true;
	assert_int_equal(copy_from_user(env_s, buf, (u64)page, 4), -EINTR);
	assert_int_equal(copy_to_user(env_s, (u64)page, buf, 4), -EINTR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ids_count_up, setup, env_teardown),
		cmocka_unit_test_setup_teardown(test_user_references, setup, env_teardown),
		cmocka_unit_test_setup_teardown(test_file_without_memory, setup, env_teardown),
		cmocka_unit_test_setup_teardown(test_session_table, setup, env_teardown),
		cmocka_unit_test_setup_teardown(test_user_memory, setup, env_teardown),
	};

	return cmocka_run_group_tests_name("object", tests, NULL, NULL);
}
