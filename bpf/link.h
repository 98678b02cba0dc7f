/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Links: what keeps something attached. The last reference (descriptor or pin) detaches. Here is
 * what all links share; each kind brings its operations.
 */
#pragma once

#include <linux/bpf.h>

#include "bpf/bpf.h"
#include "bpf/object.h"
#include "bpf/seq.h"
#include "bpf/session.h"
#include "kernel/lib/types.h"

struct bpf_link;

struct bpf_link_ops {
	/* Undoes the attachment; the last reference is gone. May sleep. */
	void (*release)(struct bpf_link *link);
	/* Frees @link, after release(). */
	void (*dealloc)(struct bpf_link *link);
	/* BPF_LINK_DETACH; NULL: -EOPNOTSUPP. */
	int (*detach)(struct bpf_link *link);
	/* BPF_LINK_UPDATE to another map; NULL: -EINVAL. @old_map: NULL, or what must be there (-EPERM). */
	int (*update_map)(struct bpf_link *link, struct bpf_map *new_map, struct bpf_map *old_map);
	/* The same for links whose update names programs. At most one of the two. */
	int (*update_prog)(struct bpf_link *link, struct bpf_prog *new_prog,
			   struct bpf_prog *old_prog);
	/* Fills the part of @info that is this kind's own. NULL: none. */
	int (*fill_link_info)(const struct bpf_link *link, struct bpf_link_info *info);
	/* The same for what goes to memory of @s that *@info names. NULL: nothing. */
	int (*put_link_info)(const struct bpf_link *link, struct bpf_link_info *info,
			     struct bpf_session *s);
	/* Adds this kind's lines to fdinfo. NULL: none. */
	void (*show_fdinfo)(const struct bpf_link *link, struct bpf_seq *seq);
	/* EPOLL… bits that hold for the link's descriptor now. NULL: none. */
	u32 (*poll)(struct bpf_link *link);
};

struct bpf_link {
	struct bpf_object obj;
	enum bpf_link_type type;
	const struct bpf_link_ops *ops;
	struct bpf_prog *prog; /* owned reference, or NULL */
};

static inline struct bpf_link *obj_to_link(struct bpf_object *obj)
{
	return container_of(obj, struct bpf_link, obj);
}

/* One reference, the caller's; not yet visible. */
void bpf_link_init(struct bpf_link *link, enum bpf_link_type type, const struct bpf_link_ops *ops,
		   struct bpf_prog *prog);
/* A reference to the link that @ufd names. 0, -EBADF, -EINVAL. */
int bpf_link_get(struct bpf_session *s, int ufd, struct bpf_link **link);
void bpf_link_put(struct bpf_link *link);
/* "struct_ops" and the like, as fdinfo has it. */
const char *bpf_link_type_name(enum bpf_link_type type);
