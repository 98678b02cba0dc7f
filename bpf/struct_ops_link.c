// SPDX-License-Identifier: GPL-2.0-only
/*
 * Links of struct_ops maps: a BPF_F_LINK map is registered by a link and unregistered when the link's last
 * reference goes, or by BPF_LINK_DETACH (R13, R41). BPF_LINK_UPDATE puts another map's struct in its place; the
 * subsystem swaps them under its own lock, so that at no moment none is registered (R14).
 *
 *   link ──> map READY ──> kvalue registered        after detach: link ──> (no map), hang-up
 */
#include "bpf/struct_ops_link.h"
#include "bpf/os.h"
#include "bpf/seq.h"
#include "bpf/struct_ops_map.h"
#include "bpf/syscall.h"
#include "kernel/lib/errno.h"

#define EPOLLHUP 0x010 /* <linux/eventpoll.h> */

struct bpf_struct_ops_link {
	struct bpf_link link;
	struct bpf_struct_ops_map *map; /* owned reference; NULL once detached */
};

/* Guards every link's map, and so what is registered. The subsystems' locks nest inside. */
static struct mutex update_mutex = MUTEX_INIT;

#define refuse(err, ...) bpf_refuse(err, "struct_ops link: " __VA_ARGS__)

static struct bpf_struct_ops_link *to_struct_ops_link(const struct bpf_link *link)
{
	return container_of(link, struct bpf_struct_ops_link, link);
}

/* May a link register this map? It must have its value, and be made for links. */
static int check_map(const struct bpf_map *map)
{
	if (map->map_type != BPF_MAP_TYPE_STRUCT_OPS)
		return refuse(-EINVAL, "map %u is no struct_ops map", map->obj.id);
	if (!(map->map_flags & BPF_F_LINK))
		return refuse(-EINVAL, "map %u was made without BPF_F_LINK", map->obj.id);
	if (__atomic_load_n(&to_struct_ops_map(map)->kvalue.common.state, __ATOMIC_ACQUIRE) !=
	    BPF_STRUCT_OPS_STATE_READY)
		return refuse(-EINVAL, "map %u has no value yet", map->obj.id);
	return 0;
}

/* Unregisters and lets go of the map. False if that was done before. */
static bool unregister(struct bpf_struct_ops_link *st_link)
{
	struct bpf_struct_ops_map *st_map;

	mutex_lock(&update_mutex);
	st_map = st_link->map;
	WRITE_ONCE(st_link->map, NULL);
	if (st_map)
		st_map->desc->st_ops->unreg(st_map->kvalue.data, &st_link->link);
	mutex_unlock(&update_mutex);
	if (st_map)
		bpf_map_put(&st_map->map);
	return st_map != NULL;
}

static void link_release(struct bpf_link *link)
{
	unregister(to_struct_ops_link(link));
}

static void link_dealloc(struct bpf_link *link)
{
	kfree(to_struct_ops_link(link));
}

/* The link stays, with no map; whoever polls its descriptor sees a hang-up. Again: nothing, 0. */
static int link_detach(struct bpf_link *link)
{
	unregister(to_struct_ops_link(link));
	return 0;
}

/* Under update_mutex. */
static int swap_maps(struct bpf_struct_ops_link *st_link, struct bpf_struct_ops_map *new,
		     const struct bpf_map *expected)
{
	struct bpf_struct_ops_map *old = st_link->map;
	int err;

	if (!old)
		return refuse(-ENOLINK, "link %u is detached", st_link->link.obj.id);
	if (expected && &old->map != expected)
		return refuse(-EPERM, "link %u holds map %u, not map %u", st_link->link.obj.id,
			      old->map.obj.id, expected->obj.id);
	if (old->desc != new->desc)
		return refuse(-EINVAL, "map %u is a %s, link %u holds a %s", new->map.obj.id,
			      new->desc->st_ops->name, st_link->link.obj.id,
			      old->desc->st_ops->name);
	if (old == new)
		return 0;
	err = new->desc->st_ops->update(new->kvalue.data, old->kvalue.data, &st_link->link);
	if (err)
		return refuse(err, "%s does not take map %u in place of map %u",
			      new->desc->st_ops->name, new->map.obj.id, old->map.obj.id);
	bpf_map_inc(&new->map);
	WRITE_ONCE(st_link->map, new);
	bpf_map_put(&old->map);
	return 0;
}

static int link_update_map(struct bpf_link *link, struct bpf_map *new_map, struct bpf_map *old_map)
{
	struct bpf_struct_ops_map *new;
	int err = check_map(new_map);

	if (err)
		return err;
	new = to_struct_ops_map(new_map);
	if (!new->desc->st_ops->update)
		return refuse(-EOPNOTSUPP, "a %s cannot be replaced while it is registered",
			      new->desc->st_ops->name);
	mutex_lock(&update_mutex);
	err = swap_maps(to_struct_ops_link(link), new, old_map);
	mutex_unlock(&update_mutex);
	return err;
}

/* 0 once detached. */
static u32 map_id(const struct bpf_link *link)
{
	u32 id = 0;

	mutex_lock(&update_mutex);
	if (to_struct_ops_link(link)->map)
		id = to_struct_ops_link(link)->map->map.obj.id;
	mutex_unlock(&update_mutex);
	return id;
}

static int link_fill_info(const struct bpf_link *link, struct bpf_link_info *info)
{
	info->struct_ops.map_id = map_id(link);
	return 0;
}

static void link_show_fdinfo(const struct bpf_link *link, struct bpf_seq *seq)
{
	bpf_seq_printf(seq, "map_id:\t%u\n", map_id(link));
}

static u32 link_poll(struct bpf_link *link)
{
	return READ_ONCE(to_struct_ops_link(link)->map) ? 0 : EPOLLHUP;
}

static const struct bpf_link_ops struct_ops_link_ops = {
	.release = link_release,
	.dealloc = link_dealloc,
	.detach = link_detach,
	.update_map = link_update_map,
	.fill_link_info = link_fill_info,
	.show_fdinfo = link_show_fdinfo,
	.poll = link_poll,
};

/* Registers @map through @st_link, which takes a reference of its own. */
static int attach(struct bpf_struct_ops_link *st_link, struct bpf_struct_ops_map *st_map)
{
	int err;

	mutex_lock(&update_mutex);
	err = st_map->desc->st_ops->reg(st_map->kvalue.data, &st_link->link);
	if (!err) {
		bpf_map_inc(&st_map->map);
		st_link->map = st_map;
	}
	mutex_unlock(&update_mutex);
	return err ? refuse(err, "%s: registration failed", st_map->desc->st_ops->name) : 0;
}

/* A link for @map; its descriptor, or -errno with nothing registered. */
static int create(struct bpf_session *s, struct bpf_map *map)
{
	struct bpf_struct_ops_link *st_link;
	int err = check_map(map), fd;

	if (err)
		return err;
	st_link = kzalloc(sizeof(*st_link));
	if (!st_link)
		return -ENOMEM;
	bpf_link_init(&st_link->link, BPF_LINK_TYPE_STRUCT_OPS, &struct_ops_link_ops, NULL);
	err = attach(st_link, to_struct_ops_map(map));
	if (!err)
		err = bpf_object_publish(&st_link->link.obj);
	fd = err ? err : bpf_new_fd(s, &st_link->link.obj, 0);
	/* From here on the descriptor alone holds it; without one the link goes, and detaches. */
	bpf_link_put(&st_link->link);
	return fd;
}

int bpf_struct_ops_link_create(struct bpf_call *call)
{
	struct bpf_map *map;
	int err = bpf_map_get(call->s, call->attr->link_create.map_fd, &map);

	if (err)
		return err;
	err = create(call->s, map);
	bpf_map_put(map);
	return err;
}
