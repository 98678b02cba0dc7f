/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of bpf(2) as they see one call. A command's handler stands in the table of syscall.c,
 * beside the last field of its attributes; whoever adds a command adds a row there.
 */
#pragma once

#include <linux/bpf.h>

#include "bpf/bpf.h"
#include "bpf/object.h"
#include "bpf/session.h"
#include "kernel/lib/types.h"

/* One call under way. */
struct bpf_call {
	struct bpf_session *s;
	union bpf_attr *attr; /* the kernel's copy, zero beyond @size */
	u64 uattr;	      /* the session's address of the attributes: where results go */
	u32 size;	      /* bytes that the session passed */
};

/*
 * Logs why a request is refused and returns @err: return bpf_refuse(-EINVAL, "key_size is %u", n).
 * The line begins with "bpf: ".
 */
int bpf_refuse(int err, const char *fmt, ...) __printf(2, 3);

/* Writes @n bytes of result at @off of the session's attributes. 0 or -EFAULT. */
int bpf_call_put(const struct bpf_call *call, size_t off, const void *src, size_t n);
#define bpf_call_put_field(call, field, value)                                        \
	({                                                                            \
		__typeof__((call)->attr->field) _v = (value);                         \
		bpf_call_put(call, offsetof(union bpf_attr, field), &_v, sizeof(_v)); \
	})

/* Bytes [@from, @to) at user address @u are zero? 0, -E2BIG, -EFAULT. */
int bpf_check_tail_zero(struct bpf_session *s, u64 u, u64 from, u64 to);

/* A user's copy of at most 16 bytes of object name: letters, digits, '_' and '.', ended by NUL. -EINVAL. */
int bpf_obj_name_cpy(char *dst, const char *src);

/*
 * A descriptor for @obj in session @s, with a user reference of its own (the caller keeps his).
 * Returns the descriptor or -errno.
 */
int bpf_new_fd(struct bpf_session *s, struct bpf_object *obj, u32 access);

/* The access of a map's flags (BPF_F_RDONLY, BPF_F_WRONLY), as a bpf_file has it; -EINVAL for both. */
int bpf_file_access(u32 flags);

/* The map behind @fd with a reference, and what the descriptor may do to it now (a frozen map: read). */
struct bpf_map_ref {
	struct bpf_map *map;
	bool can_read, can_write;
};
int bpf_map_ref_get(struct bpf_session *s, int fd, struct bpf_map_ref *ref);

/* A whole array from user memory, @n * @size bytes; kfree() it. 0, -ENOMEM, -EFAULT. NULL if @n is 0. */
int bpf_copy_array(struct bpf_session *s, u64 u, u64 n, u64 size, void **out);

/* Handlers: what the call returns. Each file's last functions. */
int bpf_cmd_map_create(struct bpf_call *call);
int bpf_cmd_map_lookup_elem(struct bpf_call *call);
int bpf_cmd_map_update_elem(struct bpf_call *call);
int bpf_cmd_map_delete_elem(struct bpf_call *call);
int bpf_cmd_map_get_next_key(struct bpf_call *call);
int bpf_cmd_map_lookup_and_delete_elem(struct bpf_call *call);
int bpf_cmd_map_freeze(struct bpf_call *call);
int bpf_cmd_map_lookup_batch(struct bpf_call *call);
int bpf_cmd_map_lookup_and_delete_batch(struct bpf_call *call);
int bpf_cmd_map_update_batch(struct bpf_call *call);
int bpf_cmd_map_delete_batch(struct bpf_call *call);
int bpf_cmd_prog_load(struct bpf_call *call);
int bpf_cmd_prog_test_run(struct bpf_call *call);
int bpf_cmd_prog_bind_map(struct bpf_call *call);
int bpf_cmd_enable_stats(struct bpf_call *call);
int bpf_cmd_btf_load(struct bpf_call *call);
int bpf_cmd_obj_get_info_by_fd(struct bpf_call *call);
int bpf_cmd_obj_pin(struct bpf_call *call);
int bpf_cmd_obj_get(struct bpf_call *call);
int bpf_cmd_link_create(struct bpf_call *call);
int bpf_cmd_link_update(struct bpf_call *call);
int bpf_cmd_link_detach(struct bpf_call *call);
int bpf_cmd_iter_create(struct bpf_call *call);
