// SPDX-License-Identifier: GPL-2.0-only
/* Linked lists: order, deletion while walking, moving. */
#include "tests/unit/unit.h"
#include "kernel/lib/list.h"

struct item {
	int value;
	struct list_head node;
	struct hlist_node hnode;
};

static void expect_values(struct list_head *head, const char *expected)
{
	struct item *it;

	list_for_each_entry (it, head, node)
		assert_int_equal(it->value, *expected++);
	assert_int_equal(*expected, 0);
}

static void order_of_insertion(void **state)
{
	struct item a = { .value = 'a' }, b = { .value = 'b' }, c = { .value = 'c' };
	LIST_HEAD(queue);
	LIST_HEAD(stack);

	assert_true(list_empty(&queue));
	list_add_tail(&a.node, &queue);
	list_add_tail(&b.node, &queue);
	list_add(&c.node, &queue);
	expect_values(&queue, "cab");
	list_move(&b.node, &queue);
	expect_values(&queue, "bca");
	list_move_tail(&b.node, &queue);
	expect_values(&queue, "cab");
	list_move(&a.node, &stack);
	expect_values(&queue, "cb");
	expect_values(&stack, "a");
	assert_ptr_equal(list_first_entry(&queue, struct item, node), &c);
	assert_ptr_equal(list_last_entry(&queue, struct item, node), &b);
	list_del(&c.node);
	list_del(&c.node); /* harmless */
	expect_values(&queue, "b");
}

static void deletion_while_walking(void **state)
{
	struct item items[10], *it, *next;
	LIST_HEAD(head);

	for (u32 i = 0; i < 10; i++) {
		items[i].value = '0' + i;
		list_add_tail(&items[i].node, &head);
	}
	list_for_each_entry_safe (it, next, &head, node)
		if (it->value % 2) {
			list_del(&it->node);
			memset(it, 0xff, sizeof(*it));
		}
	expect_values(&head, "02468");
}

static void hash_lists(void **state)
{
	struct item items[4], *it;
	struct hlist_node *next;
	struct hlist_head head = { NULL };
	u32 n = 0;

	for (u32 i = 0; i < 4; i++) {
		items[i].value = i;
		hlist_add_head(&items[i].hnode, &head);
	}
	hlist_del(&items[3].hnode);
	hlist_del(&items[3].hnode); /* harmless */
	hlist_del(&items[1].hnode);
	hlist_for_each_entry (it, &head, hnode)
		assert_int_equal(it->value, n++ ? 0 : 2);
	assert_int_equal(n, 2);
	hlist_for_each_entry_safe (it, next, &head, hnode) {
		hlist_del(&it->hnode);
		memset(it, 0xff, sizeof(*it));
	}
	assert_null(head.first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_of_insertion),
		cmocka_unit_test(deletion_while_walking),
		cmocka_unit_test(hash_lists),
	};

	return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
