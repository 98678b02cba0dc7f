// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which programs trace which function, and the image that the function calls. Every change makes a new image,
 * points the function's entry at it, and lets the old one go when nobody is inside (R24):
 *
 *   entry of f:  nop          ──>  call image 1      ──>  call image 2     ──>  nop
 *   programs:    none              A                      A, B                  none
 *   image 1:                       called            ──>  its last call leaves ──> grace period ──> freed
 *
 * Relies on arch_prepare_bpf_trampoline() for the code and bpf_arch_text_poke() for the entry. All changes
 * are made under one mutex; calls take no lock.
 */
#include "bpf/btf.h"
#include "bpf/os.h"
#include "bpf/syscall.h"
#include "bpf/trampoline.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"

#define TABLE_SIZE 64

/* In a key, below the ID of the BTF or program: the type's ID, and whether it is the kernel's. */
#define KEY_KERNEL  BIT(31)
#define KEY_ID_MASK (KEY_KERNEL - 1)

struct bpf_trampoline {
	struct hlist_node node;
	struct bpf_trampoline_target target;
	struct list_head progs[BPF_TRAMP_MAX]; /* bpf_tramp_link.node; the latest comes first */
	u32 nr_progs;
	struct bpf_tramp_image *cur_image; /* what the entry calls, or NULL */
};

static struct hlist_head table[TABLE_SIZE];
/* Guards the table, every trampoline in it and its links. text_poke()'s and the images' locks nest inside. */
static struct mutex trampoline_mutex = MUTEX_INIT;
static u32 nr_trampolines, nr_images;

#define refuse(err, ...) bpf_refuse(err, "trampoline: " __VA_ARGS__)

u64 bpf_trampoline_compute_key(const struct bpf_prog *tgt_prog, const struct btf *btf, u32 btf_id)
{
	if (tgt_prog)
		return (u64)tgt_prog->obj.id << 32 | btf_id;
	return (u64)btf->obj.id << 32 | KEY_KERNEL | btf_id;
}

void bpf_trampoline_unpack_key(u64 key, u32 *obj_id, u32 *btf_id)
{
	*obj_id = key >> 32;
	*btf_id = key & KEY_ID_MASK;
}

u32 bpf_trampoline_count(void)
{
	return READ_ONCE(nr_trampolines);
}

u32 bpf_tramp_image_count(void)
{
	return READ_ONCE(nr_images);
}

/* ---- images ---- */

static void image_free(struct bpf_tramp_image *im)
{
	bpf_image_free(&im->code);
	for (u32 i = 0; i < im->nr_progs; i++)
		bpf_prog_put(im->progs[i]);
	kfree(im);
	__atomic_fetch_sub(&nr_images, 1, __ATOMIC_RELAXED);
}

static void image_free_rcu(struct rcu_head *rcu)
{
	image_free(container_of(rcu, struct bpf_tramp_image, rcu));
}

/* The last user may be on its way out still: a grace period more. */
void bpf_tramp_image_release(struct bpf_tramp_image *im)
{
	call_rcu(&im->rcu, image_free_rcu);
}

/* Whoever came in before the entry was changed has left, or counts as a user. */
static void image_unused_rcu(struct rcu_head *rcu)
{
	__bpf_tramp_exit(container_of(rcu, struct bpf_tramp_image, rcu));
}

/* Nothing calls @im any more. Calls that are still in the traced function then skip the fexit programs. */
static void image_put(struct bpf_tramp_image *im)
{
	if (im->ip_after_call)
		bpf_arch_text_poke(im->ip_after_call, BPF_MOD_JUMP, NULL, im->ip_epilogue);
	call_rcu(&im->rcu, image_unused_rcu);
}

static void image_hold_progs(struct bpf_tramp_image *im, const struct bpf_trampoline *tr)
{
	struct bpf_tramp_link *link;

	for (u32 kind = 0; kind < BPF_TRAMP_MAX; kind++)
		list_for_each_entry (link, &tr->progs[kind], node)
			im->progs[im->nr_progs++] = link->prog;
	if (tr->target.tgt_prog)
		im->progs[im->nr_progs++] = tr->target.tgt_prog;
	for (u32 i = 0; i < im->nr_progs; i++)
		bpf_prog_inc(im->progs[i]);
}

/* RESTORE_REGS and SKIP_FRAME exclude each other: see arch/x86/bpf_trampoline.c. */
static u32 image_flags(const struct bpf_tramp_links *tlinks)
{
	if (tlinks[BPF_TRAMP_FEXIT].nr_links || tlinks[BPF_TRAMP_MODIFY_RETURN].nr_links)
		return BPF_TRAMP_F_IP_ARG | BPF_TRAMP_F_CALL_ORIG | BPF_TRAMP_F_SKIP_FRAME;
	return BPF_TRAMP_F_IP_ARG | BPF_TRAMP_F_RESTORE_REGS;
}

static int image_write(struct bpf_tramp_image *im, const struct bpf_trampoline *tr,
		       const struct bpf_tramp_links *tlinks)
{
	const struct bpf_trampoline_target *tgt = &tr->target;
	u32 flags = image_flags(tlinks);
	int size = arch_bpf_trampoline_size(&tgt->model, flags, tlinks, tgt->addr), err;
	char name[48];

	if (size < 0)
		return size;
	err = arch_alloc_bpf_trampoline(size, &im->code);
	if (err)
		return err;
	size = arch_prepare_bpf_trampoline(im, im->code.rw, im->code.ro, im->code.size, &tgt->model,
					   flags, tlinks, tgt->addr);
	scnprintf(name, sizeof(name), "bpf_trampoline_%llu", tgt->key);
	err = size < 0 ? size : arch_protect_bpf_trampoline(&im->code);
	err = err ?: bpf_image_set_name(&im->code, name);
	if (err)
		bpf_image_free(&im->code);
	return err;
}

static void collect_links(const struct bpf_trampoline *tr, struct bpf_tramp_links *tlinks)
{
	struct bpf_tramp_link *link;

	for (u32 kind = 0; kind < BPF_TRAMP_MAX; kind++)
		list_for_each_entry (link, &tr->progs[kind], node)
			tlinks[kind].links[tlinks[kind].nr_links++] = link;
}

/* An image that runs @tr's programs; the function does not call it yet. */
static int image_create(const struct bpf_trampoline *tr, struct bpf_tramp_image **image)
{
	struct bpf_tramp_links *tlinks = kcalloc(BPF_TRAMP_MAX, sizeof(*tlinks));
	struct bpf_tramp_image *im =
		kzalloc(sizeof(*im) + (tr->nr_progs + 1) * sizeof(im->progs[0]));
	int err = -ENOMEM;

	if (tlinks && im) {
		collect_links(tr, tlinks);
		im->users = 1;
		err = image_write(im, tr, tlinks);
	}
	kfree(tlinks);
	if (err) {
		kfree(im);
		return err;
	}
	image_hold_progs(im, tr);
	__atomic_fetch_add(&nr_images, 1, __ATOMIC_RELAXED);
	*image = im;
	return 0;
}

/* ---- trampolines ---- */

/* Makes the function call an image of the programs that are linked now. On failure all is as before. */
static int trampoline_update(struct bpf_trampoline *tr)
{
	struct bpf_tramp_image *old = tr->cur_image, *new = NULL;
	int err = tr->nr_progs ? image_create(tr, &new) : 0;

	if (err)
		return err;
	err = bpf_arch_text_poke(tr->target.addr, BPF_MOD_CALL, old ? old->code.ro : NULL,
				 new ? new->code.ro : NULL);
	if (err) {
		if (new)
			image_free(new);
		return err;
	}
	tr->cur_image = new;
	if (old)
		image_put(old);
	return 0;
}

static struct hlist_head *bucket(u64 key)
{
	return &table[(key ^ key >> 32) % TABLE_SIZE];
}

static struct bpf_trampoline *trampoline_get(const struct bpf_trampoline_target *tgt)
{
	struct bpf_trampoline *tr;

	hlist_for_each_entry (tr, bucket(tgt->key), node)
		if (tr->target.key == tgt->key)
			return tr;
	tr = kzalloc(sizeof(*tr));
	if (!tr)
		return NULL;
	tr->target = *tgt;
	for (u32 kind = 0; kind < BPF_TRAMP_MAX; kind++)
		INIT_LIST_HEAD(&tr->progs[kind]);
	hlist_add_head(&tr->node, bucket(tgt->key));
	nr_trampolines++;
	if (tgt->tgt_prog)
		__atomic_fetch_add(&bpf_classic_users, 1, __ATOMIC_RELAXED);
	return tr;
}

/* Frees it if nothing is linked. */
static void trampoline_put(struct bpf_trampoline *tr)
{
	if (tr->nr_progs)
		return;
	hlist_del(&tr->node);
	if (tr->target.tgt_prog)
		__atomic_fetch_sub(&bpf_classic_users, 1, __ATOMIC_RELAXED);
	kfree(tr);
	nr_trampolines--;
}

static enum bpf_tramp_prog_type tramp_kind(const struct bpf_prog *prog)
{
	switch (prog->expected_attach_type) {
	case BPF_TRACE_FENTRY:
		return BPF_TRAMP_FENTRY;
	case BPF_TRACE_FEXIT:
		return BPF_TRAMP_FEXIT;
	case BPF_MODIFY_RETURN:
		return BPF_TRAMP_MODIFY_RETURN;
	default:
		panic("trampoline: expected a tracing program, found attach type %u",
		      prog->expected_attach_type);
	}
}

static int check_room(const struct bpf_trampoline *tr, const struct bpf_prog *prog)
{
	struct bpf_tramp_link *other;

	if (tr->nr_progs >= BPF_MAX_TRAMP_LINKS)
		return refuse(-E2BIG, "%s has %u programs already", tr->target.name,
			      BPF_MAX_TRAMP_LINKS);
	list_for_each_entry (other, &tr->progs[tramp_kind(prog)], node)
		if (other->prog == prog)
			return refuse(-EBUSY, "program %u traces %s already", prog->obj.id,
				      tr->target.name);
	return 0;
}

static void unlink_locked(struct bpf_tramp_link *link)
{
	list_del(&link->node);
	link->trampoline->nr_progs--;
	link->trampoline = NULL;
	WRITE_ONCE(link->prog->aux->tracing, false);
}

static int link_locked(struct bpf_trampoline *tr, struct bpf_tramp_link *link)
{
	int err = check_room(tr, link->prog);

	if (err)
		return err;
	list_add(&link->node, &tr->progs[tramp_kind(link->prog)]);
	tr->nr_progs++;
	link->trampoline = tr;
	WRITE_ONCE(link->prog->aux->tracing, true);
	err = trampoline_update(tr);
	if (!err)
		return 0;
	unlink_locked(link);
	return refuse(err, "%s: the call at its entry cannot be made (%d)", tr->target.name, err);
}

int bpf_trampoline_link_prog(struct bpf_tramp_link *link, const struct bpf_trampoline_target *tgt)
{
	struct bpf_trampoline *tr;
	int err;

	if (!tgt->tgt_prog && !text_is_patchable((uintptr_t)tgt->addr))
		return refuse(-EBUSY, "%s is not among the functions that can be traced",
			      tgt->name);
	mutex_lock(&trampoline_mutex);
	tr = trampoline_get(tgt);
	err = tr ? link_locked(tr, link) : -ENOMEM;
	if (tr)
		trampoline_put(tr);
	mutex_unlock(&trampoline_mutex);
	return err;
}

void bpf_trampoline_unlink_prog(struct bpf_tramp_link *link)
{
	struct bpf_trampoline *tr = link->trampoline;
	int err;

	if (!tr)
		return;
	mutex_lock(&trampoline_mutex);
	unlink_locked(link);
	err = trampoline_update(tr);
	/*
	 * Without memory for a new image the old one stays, and holds the program, which its enter
	 * function leaves out. To take the call away altogether needs none.
	 */
	if (err && !tr->nr_progs)
		panic("trampoline: expected to take the call out of %s, found error %d",
		      tr->target.name, err);
	trampoline_put(tr);
	mutex_unlock(&trampoline_mutex);
}
