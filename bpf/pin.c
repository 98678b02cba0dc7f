// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tree of pins, and BPF_OBJ_PIN and BPF_OBJ_GET. One mutex guards the tree; it is not held while
 * references are dropped, since that may free an object and sleep.
 */
#include "bpf/pin.h"
#include <linux/stat.h>

#include "bpf/bpf.h"
#include "bpf/files.h"
#include "bpf/os.h"
#include "bpf/syscall.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/list.h"
#include "kernel/lib/string.h"

#define PIN_NAME_MAX 255

/* A directory (obj NULL) or a pin. */
struct pin {
	struct list_head node; /* in parent->children */
	struct list_head children;
	struct pin *parent; /* the root's is itself */
	struct bpf_object *obj;
	u64 ino;
	u32 mode;   /* permissions only */
	char *name; /* owned; the root has none */
};

static struct {
	struct mutex lock; /* guards the whole tree: every session sees the same one; may sleep */
	u64 last_ino;
	struct pin root;
} tree = {
	.root = { .children = LIST_HEAD_INIT(tree.root.children),
		  .parent = &tree.root,
		  .ino = 1,
		  .mode = S_ISVTX | 0777 },
	.last_ino = 1,
};

/* One component of a path. */
struct component {
	const char *name;
	size_t len;
};

/* Takes the next component off *@path; false at the end. */
static bool next_component(const char **path, struct component *c)
{
	const char *p = *path;

	while (*p == '/')
		p++;
	c->name = p;
	while (*p && *p != '/')
		p++;
	c->len = p - c->name;
	*path = p;
	return c->len;
}

const char *bpf_pin_path(const char *path)
{
	size_t n = strlen(BPF_PIN_ROOT);

	if (strncmp(path, BPF_PIN_ROOT, n) || (path[n] && path[n] != '/'))
		return NULL;
	return path[n] ? path + n : "/";
}

static int check_component(const struct component *c)
{
	if (c->len > PIN_NAME_MAX)
		return -ENAMETOOLONG;
	/* As on Linux, kept for later use. */
	return memchr(c->name, '.', c->len) ? -EPERM : 0;
}

static struct pin *find_child(struct pin *dir, const struct component *c)
{
	struct pin *p;

	list_for_each_entry (p, &dir->children, node)
		if (word_is(c->name, c->len, p->name))
			return p;
	return NULL;
}

/* Goes one component down (or up, or nowhere). *@pin NULL: not there. */
static int step(struct pin **pin, const struct component *c)
{
	struct pin *dir = *pin;
	int err;

	if (dir->obj)
		return -ENOTDIR;
	if (word_is(c->name, c->len, "."))
		return 0;
	*pin = dir->parent;
	if (word_is(c->name, c->len, ".."))
		return 0;
	err = check_component(c);
	if (!err)
		*pin = find_child(dir, c);
	return err;
}

/*
 * Walks @path with the lock held. *@pin: what is there, or NULL; then *@dir and *@last say where it would be
 * and under which name.
 */
static int walk(const char *path, struct pin **pin, struct pin **dir, struct component *last)
{
	struct component c;
	int err;

	*pin = &tree.root;
	while (next_component(&path, &c)) {
		if (!*pin)
			return -ENOENT;
		*dir = *pin;
		*last = c;
		err = step(pin, &c);
		if (err)
			return err;
	}
	return 0;
}

/* As walk(), for what must exist. */
static int find(const char *path, struct pin **pin)
{
	struct component last;
	struct pin *dir;
	int err = walk(path, pin, &dir, &last);

	return err ?: *pin ? 0 : -ENOENT;
}

static char *copy_name(const struct component *c)
{
	char *name = kzalloc(c->len + 1);

	if (name)
		memcpy(name, c->name, c->len);
	return name;
}

static void free_pin(struct pin *pin)
{
	kfree(pin->name);
	kfree(pin);
}

/* Adds an entry; takes over a user reference on @obj if it does. */
static int add(const char *path, struct bpf_object *obj, u32 mode)
{
	struct component last = { 0 };
	struct pin *pin, *dir = NULL;
	int err = walk(path, &pin, &dir, &last);

	if (err)
		return err;
	if (pin)
		return -EEXIST;
	pin = kzalloc(sizeof(*pin));
	if (!pin)
		return -ENOMEM;
	pin->name = copy_name(&last);
	if (!pin->name) {
		kfree(pin);
		return -ENOMEM;
	}
	INIT_LIST_HEAD(&pin->children);
	pin->parent = dir;
	pin->obj = obj;
	pin->mode = mode & ~S_IFMT;
	pin->ino = ++tree.last_ino;
	list_add_tail(&pin->node, &dir->children);
	return 0;
}

int bpf_pin_add(const char *path, struct bpf_object *obj)
{
	int err;

	bpf_object_get_user(obj);
	mutex_lock(&tree.lock);
	err = add(path, obj, 0600);
	mutex_unlock(&tree.lock);
	if (err)
		bpf_object_put_user(obj);
	return err;
}

int bpf_fs_mkdir(const char *path, u32 mode)
{
	int err;

	mutex_lock(&tree.lock);
	err = add(path, NULL, mode);
	mutex_unlock(&tree.lock);
	return err;
}

int bpf_pin_lookup(const char *path, struct bpf_object **obj)
{
	struct pin *pin;
	int err;

	mutex_lock(&tree.lock);
	err = find(path, &pin);
	if (!err && !pin->obj)
		err = -EACCES;
	if (!err) {
		*obj = pin->obj;
		bpf_object_get(*obj);
	}
	mutex_unlock(&tree.lock);
	return err;
}

int bpf_fs_stat(const char *path, struct bpf_fs_stat *st)
{
	struct pin *pin, *p;
	int err;

	mutex_lock(&tree.lock);
	err = find(path, &pin);
	if (!err) {
		st->inode = pin->ino;
		st->mode = pin->mode | (pin->obj ? S_IFREG : S_IFDIR);
		st->nlink = pin->obj ? 1 : 2;
		list_for_each_entry (p, &pin->children, node)
			st->nlink += !p->obj;
	}
	mutex_unlock(&tree.lock);
	return err;
}

static int check_rmdir(const struct pin *pin)
{
	if (pin->obj)
		return -ENOTDIR;
	if (pin == &tree.root)
		return -EBUSY;
	return list_empty(&pin->children) ? 0 : -ENOTEMPTY;
}

static int remove_pin(const char *path, bool dir)
{
	struct bpf_object *obj = NULL;
	struct pin *pin = NULL;
	int err;

	mutex_lock(&tree.lock);
	err = find(path, &pin);
	if (!err)
		err = dir ? check_rmdir(pin) : pin->obj ? 0 : -EISDIR;
	if (!err) {
		obj = pin->obj;
		list_del(&pin->node);
		free_pin(pin);
	}
	mutex_unlock(&tree.lock);
	if (obj)
		bpf_object_put_user(obj);
	return err;
}

int bpf_fs_unlink(const char *path)
{
	return remove_pin(path, false);
}

int bpf_fs_rmdir(const char *path)
{
	return remove_pin(path, true);
}

static bool is_within(const struct pin *pin, const struct pin *dir)
{
	for (; pin != &tree.root; pin = pin->parent)
		if (pin == dir)
			return true;
	return false;
}

/* rename(2)'s rules for what stands at the new place, if anything does. */
static int check_target(const struct pin *pin, const struct pin *target)
{
	if (!pin->obj && target->obj)
		return -ENOTDIR;
	if (pin->obj && !target->obj)
		return -EISDIR;
	return list_empty(&target->children) ? 0 : -ENOTEMPTY;
}

/* With the lock held. *@target: what was there, for the caller to drop. */
static int move(struct pin *pin, const char *to, bool replace, struct pin **target)
{
	struct component last = { 0 };
	struct pin *dir = NULL;
	char *name;
	int err = walk(to, target, &dir, &last);

	if (err || *target == pin) {
		*target = NULL;
		return err;
	}
	if (pin == &tree.root || *target == &tree.root)
		err = -EBUSY;
	else if (*target)
		err = replace ? check_target(pin, *target) : -EEXIST;
	if (!err && is_within(dir, pin))
		err = -EINVAL;
	name = err ? NULL : copy_name(&last);
	if (!name) {
		*target = NULL;
		return err ?: -ENOMEM;
	}
	if (*target)
		list_del(&(*target)->node);
	kfree(pin->name);
	pin->name = name;
	pin->parent = dir;
	list_del(&pin->node);
	list_add_tail(&pin->node, &dir->children);
	return 0;
}

int bpf_fs_rename(const char *from, const char *to, bool replace)
{
	struct pin *pin, *replaced = NULL;
	int err;

	mutex_lock(&tree.lock);
	err = find(from, &pin);
	if (!err)
		err = move(pin, to, replace, &replaced);
	mutex_unlock(&tree.lock);
	if (replaced && replaced->obj)
		bpf_object_put_user(replaced->obj);
	if (replaced)
		free_pin(replaced);
	return err;
}

int bpf_fs_chmod(const char *path, u32 mode)
{
	struct pin *pin;
	int err;

	mutex_lock(&tree.lock);
	err = find(path, &pin);
	if (!err)
		pin->mode = mode & 07777;
	mutex_unlock(&tree.lock);
	return err;
}

int bpf_fs_readdir(const char *path, u64 index, char *name, size_t size)
{
	struct pin *dir, *p;
	int err;

	mutex_lock(&tree.lock);
	err = find(path, &dir);
	if (!err && dir->obj)
		err = -ENOTDIR;
	if (!err) {
		err = -ENOENT;
		list_for_each_entry (p, &dir->children, node) {
			if (index--)
				continue;
			strscpy(name, p->name, size);
			err = 0;
			break;
		}
	}
	mutex_unlock(&tree.lock);
	return err;
}

int bpf_fs_show(const char *path, struct bpf_seq *seq)
{
	struct bpf_object *obj;
	struct bpf_map *map;
	int err = bpf_pin_lookup(path, &obj);

	if (err)
		return err == -EACCES ? -EIO : err;
	map = obj_to_map(obj);
	/* As on Linux, without types there is nothing to show. */
	if (obj->kind == BPF_OBJ_MAP && map->ops->map_seq_show &&
	    (map->btf_value_type_id || map->btf_vmlinux_value_type_id)) {
		bpf_seq_puts(seq, "# WARNING!! The output is for debug purpose only\n");
		bpf_seq_puts(seq, "# WARNING!! The output format will change\n");
		err = map->ops->map_seq_show(map, seq);
	} else {
		err = -EIO;
	}
	bpf_object_put(obj);
	return err;
}

/* ---- the commands ---- */

/* The path of a call, on the heap. */
static int read_path(struct bpf_call *call, char **path)
{
	long n;

	*path = kzalloc(BPF_PIN_PATH_MAX);
	if (!*path)
		return -ENOMEM;
	n = strncpy_from_user(call->s, *path, call->attr->pathname, BPF_PIN_PATH_MAX);
	if (n > 0)
		return 0;
	kfree(*path);
	*path = NULL;
	return n == -E2BIG ? -ENAMETOOLONG : n ?: -ENOENT;
}

static int check_flags(const union bpf_attr *attr, u32 known)
{
	if (attr->file_flags & ~known)
		return bpf_refuse(-EINVAL, "file_flags 0x%x are not supported", attr->file_flags);
	return attr->path_fd ? bpf_refuse(-EINVAL, "path_fd without BPF_F_PATH_FD") : 0;
}

static int pin_object(struct bpf_call *call, struct bpf_object *obj)
{
	const char *inside;
	char *path;
	int err;

	if (obj->kind != BPF_OBJ_PROG && obj->kind != BPF_OBJ_MAP && obj->kind != BPF_OBJ_LINK)
		return bpf_refuse(-EINVAL, "only programs, maps and links can be pinned");
	err = read_path(call, &path);
	if (err)
		return err;
	inside = bpf_pin_path(path);
	err = inside ? bpf_pin_add(inside, obj) : -EPERM;
	if (err)
		bpf_refuse(err, "cannot pin to %s", path);
	kfree(path);
	return err;
}

int bpf_cmd_obj_pin(struct bpf_call *call)
{
	struct bpf_file *file;
	int err = check_flags(call->attr, 0);

	if (err)
		return err;
	err = call->s->ops->fget(call->s, call->attr->bpf_fd, &file);
	if (err)
		return bpf_refuse(err, "descriptor %u is no BPF object", call->attr->bpf_fd);
	err = pin_object(call, file->obj);
	bpf_file_put(file);
	return err;
}

/* A descriptor for what is pinned at @path. */
static int open_pin(struct bpf_call *call, const char *path, u32 access)
{
	const char *inside = bpf_pin_path(path);
	struct bpf_object *obj;
	/* Outside of the tree there is nothing for us to open. */
	int ret = inside ? bpf_pin_lookup(inside, &obj) : -ENOENT;

	if (ret)
		return bpf_refuse(ret, "cannot open %s", path);
	if (access && obj->kind != BPF_OBJ_MAP)
		ret = bpf_refuse(-EINVAL, "%s: only maps can be opened for one direction", path);
	else
		ret = bpf_new_fd(call->s, obj, access);
	bpf_object_put(obj);
	return ret;
}

int bpf_cmd_obj_get(struct bpf_call *call)
{
	const union bpf_attr *attr = call->attr;
	char *path;
	int access, ret;

	if (attr->bpf_fd)
		return bpf_refuse(-EINVAL, "bpf_fd must be 0");
	ret = check_flags(attr, BPF_F_RDONLY | BPF_F_WRONLY);
	if (ret)
		return ret;
	access = bpf_file_access(attr->file_flags);
	if (access < 0)
		return access;
	ret = read_path(call, &path);
	if (ret)
		return ret;
	ret = open_pin(call, path, access);
	kfree(path);
	return ret;
}
