// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sessions: the list of all, and the local kind, whose memory is the kernel's own and whose
 * descriptors are an array. Relies on copy_from_kernel_nofault() to survive bad pointers.
 */
#include "bpf/session.h"
#include <linux/capability.h>
#include "bpf/os.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

static LIST_HEAD(sessions);
/* Guards the list and the last number. */
static struct spinlock sessions_lock = SPINLOCK_INIT;
static u32 last_session_id;

bool bpf_session_capable(const struct bpf_session *s, int cap)
{
	return s->caps & BIT_ULL(cap);
}

int copy_from_user(struct bpf_session *s, void *dst, u64 usrc, size_t n)
{
	if (s->dead)
		return -EINTR;
	return n ? s->ops->copy_from_user(s, dst, usrc, n) : 0;
}

int copy_to_user(struct bpf_session *s, u64 udst, const void *src, size_t n)
{
	if (s->dead)
		return -EINTR;
	return n ? s->ops->copy_to_user(s, udst, src, n) : 0;
}

/* Reads up to the end of a page at a time: the byte after the string may be unmapped. */
long strncpy_from_user(struct bpf_session *s, char *dst, u64 usrc, size_t size)
{
	size_t done = 0;

	while (done < size) {
		size_t n = min(size - done, PAGE_SIZE - (size_t)((usrc + done) & (PAGE_SIZE - 1)));
		size_t len;
		int err = copy_from_user(s, dst + done, usrc + done, n);

		if (err)
			return err;
		len = strnlen(dst + done, n);
		if (len < n)
			return done + len;
		done += n;
	}
	return -E2BIG;
}

void bpf_session_register(struct bpf_session *s)
{
	spin_lock(&sessions_lock);
	s->id = ++last_session_id;
	list_add_tail(&s->node, &sessions);
	spin_unlock(&sessions_lock);
}

void bpf_session_unregister(struct bpf_session *s)
{
	spin_lock(&sessions_lock);
	list_del(&s->node);
	spin_unlock(&sessions_lock);
}

/* Descriptor 0 is left free: in several attributes 0 means "none". */
#define FIRST_FD     1
#define FD_TABLE_MAX (1U << 20)

struct local_session {
	struct bpf_session s;
	struct mutex lock; /* guards the table */
	struct bpf_file **files;
	u32 nr_files;
};

static struct local_session *to_local(struct bpf_session *s)
{
	return container_of(s, struct local_session, s);
}

/* The first page is never mapped; nothing wraps around. */
static bool local_range_ok(u64 addr, size_t n)
{
	return addr >= PAGE_SIZE && addr + n >= addr;
}

static int local_copy_from_user(struct bpf_session *s, void *dst, u64 usrc, size_t n)
{
	if (!local_range_ok(usrc, n))
		return -EFAULT;
	return copy_from_kernel_nofault(dst, (const void *)usrc, n);
}

static int local_copy_to_user(struct bpf_session *s, u64 udst, const void *src, size_t n)
{
	if (!local_range_ok(udst, n))
		return -EFAULT;
	memcpy((void *)udst, src, n);
	return 0;
}

static int local_fget(struct bpf_session *s, int fd, struct bpf_file **file)
{
	struct local_session *ls = to_local(s);
	int err = -EBADF;

	mutex_lock(&ls->lock);
	if (fd >= 0 && fd < ls->nr_files && ls->files[fd]) {
		*file = ls->files[fd];
		bpf_file_get(*file);
		err = 0;
	}
	mutex_unlock(&ls->lock);
	return err;
}

/* Makes room for one more descriptor than there are. */
static int local_grow(struct local_session *ls)
{
	u32 n = ls->nr_files ? ls->nr_files * 2 : 16;
	struct bpf_file **files;

	if (n > FD_TABLE_MAX)
		return -EMFILE;
	files = krealloc(ls->files, n * sizeof(*files));
	if (!files)
		return -ENOMEM;
	memset(files + ls->nr_files, 0, (n - ls->nr_files) * sizeof(*files));
	ls->files = files;
	ls->nr_files = n;
	return 0;
}

static int local_fd_install(struct bpf_session *s, struct bpf_file *file)
{
	struct local_session *ls = to_local(s);
	u32 fd = FIRST_FD;
	int ret = 0;

	mutex_lock(&ls->lock);
	while (fd < ls->nr_files && ls->files[fd])
		fd++;
	if (fd >= ls->nr_files)
		ret = local_grow(ls);
	if (!ret) {
		ls->files[fd] = file;
		ret = fd;
	}
	mutex_unlock(&ls->lock);
	return ret;
}

static const struct bpf_session_ops local_session_ops = {
	.copy_from_user = local_copy_from_user,
	.copy_to_user = local_copy_to_user,
	.fget = local_fget,
	.fd_install = local_fd_install,
};

struct bpf_session *bpf_local_session_create(const char *name, u64 caps)
{
	struct local_session *ls = kzalloc(sizeof(*ls));

	if (!ls)
		return NULL;
	ls->s.ops = &local_session_ops;
	ls->s.caps = caps;
	ls->s.has_shared_memory = true;
	strscpy(ls->s.name, name, sizeof(ls->s.name));
	bpf_session_register(&ls->s);
	return &ls->s;
}

int bpf_local_session_close(struct bpf_session *s, int fd)
{
	struct local_session *ls = to_local(s);
	struct bpf_file *file = NULL;

	mutex_lock(&ls->lock);
	if (fd >= 0 && fd < ls->nr_files)
		swap(file, ls->files[fd]);
	mutex_unlock(&ls->lock);
	if (!file)
		return -EBADF;
	bpf_file_put(file);
	return 0;
}

void bpf_local_session_destroy(struct bpf_session *s)
{
	struct local_session *ls = to_local(s);

	for (u32 fd = 0; fd < ls->nr_files; fd++)
		if (ls->files[fd])
			bpf_file_put(ls->files[fd]);
	bpf_session_unregister(s);
	kfree(ls->files);
	kfree(ls);
}
