// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs as machine code: image, names, and the loads that may fault. Relies on the arch's compiler and on
 * bpf/image.h; promises that a program is either wholly compiled or left as it was.
 */
#include "bpf/jit.h"

#include "bpf/array.h"
#include "bpf/bpf.h"
#include "bpf/btf.h"
#include "bpf/helpers.h"
#include "bpf/os.h"
#include "bpf/verifier.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"

#define FUNC_NAME_LEN 128

enum bpf_jit_mode bpf_jit_mode = BPF_JIT_ON;
s32 bpf_jit_cpu_id_at = -1;

/* Images with loads that may fault. Readers walk it under RCU, in a fault: an image leaves a grace period before it goes. */
static struct bpf_jit_image *faulting;
static struct spinlock faulting_lock = SPINLOCK_INIT; /* writers of the list */

/* ---- names ---- */

static const char *func_own_name(const struct bpf_prog_aux *aux, u32 i)
{
	const struct btf_type *t;

	if (!aux->btf || i >= aux->func_info_cnt)
		return aux->name;
	t = btf_type_by_id(aux->btf, aux->func_info[i].type_id);
	return t ? btf_name_by_offset(aux->btf, t->name_off) : aux->name;
}

void bpf_jit_func_name(const struct bpf_prog *prog, u32 i, char *name, u32 size)
{
	const char *own = func_own_name(prog->aux, i);
	u32 n = scnprintf(name, size, "bpf_prog_");

	for (u32 k = 0; k < sizeof(prog->tag); k++)
		n += scnprintf(name + n, size - n, "%02x", prog->tag[k]);
	if (*own)
		scnprintf(name + n, size - n, "_%s", own);
}

/* Offset in the image where function @i begins; the one after the last: the code's end. */
static u32 func_offset(const struct bpf_prog *prog, u32 i)
{
	const struct bpf_prog_aux *aux = prog->aux;

	if (i == 0)
		return 0;
	return i < aux->func_cnt ? aux->meta[aux->subprog_starts[i]].jited_off : aux->jited_len;
}

void bpf_jit_func_range(const struct bpf_prog *prog, u32 i, u64 *start, u32 *len)
{
	const struct bpf_jit_image *ji = prog->aux->jit_data;
	u32 off = func_offset(prog, i);

	*start = (u64)(uintptr_t)ji->im.ro + off;
	*len = func_offset(prog, i + 1) - off;
}

static int name_functions(const struct bpf_prog *prog)
{
	const struct bpf_jit_image *ji = prog->aux->jit_data;
	char name[FUNC_NAME_LEN];
	int err = 0;

	for (u32 i = 0; !err && i < max(prog->aux->func_cnt, 1U); i++) {
		struct bpf_image func = ji->im;
		u64 start;

		bpf_jit_func_range(prog, i, &start, &func.size);
		func.ro = (void *)(uintptr_t)start;
		bpf_jit_func_name(prog, i, name, sizeof(name));
		err = bpf_image_set_name(&func, name);
	}
	return err;
}

/* ---- faults ---- */

static void faults_add(struct bpf_jit_image *ji)
{
	spin_lock(&faulting_lock);
	ji->next = faulting;
	__atomic_store_n(&faulting, ji, __ATOMIC_RELEASE);
	spin_unlock(&faulting_lock);
}

static void faults_remove(struct bpf_jit_image *ji)
{
	struct bpf_jit_image **link;

	spin_lock(&faulting_lock);
	for (link = &faulting; *link && *link != ji; link = &(*link)->next)
		;
	if (*link)
		WRITE_ONCE(*link, ji->next);
	spin_unlock(&faulting_lock);
}

static bool find_in(const struct bpf_jit_image *ji, u64 ip, u64 *resume, u8 *reg)
{
	u64 base = (u64)(uintptr_t)ji->im.ro;
	u32 low = 0, high = ji->nr_faults;

	while (low < high) {
		u32 mid = low + (high - low) / 2;
		const struct bpf_jit_fault *f = &ji->faults[mid];

		if (base + f->load == ip) {
			*resume = base + f->resume;
			*reg = f->reg;
			return true;
		}
		if (base + f->load < ip)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

bool bpf_jit_find_fault(u64 ip, u64 *resume, u8 *reg)
{
	const struct bpf_jit_image *ji;

	for (ji = READ_ONCE(faulting); ji; ji = READ_ONCE(ji->next))
		if (ip - (u64)(uintptr_t)ji->im.ro < ji->im.size)
			return find_in(ji, ip, resume, reg);
	return false;
}

void bpf_jit_adopt_faults(struct bpf_jit_image *ji, struct bpf_jit *jit)
{
	swap(ji->faults, jit->faults);
	ji->nr_faults = jit->nr_faults;
	if (ji->nr_faults)
		faults_add(ji);
}

static void free_jit_image(struct rcu_head *head)
{
	struct bpf_jit_image *ji = container_of(head, struct bpf_jit_image, rcu);

	kfree(ji->faults);
	kfree(ji);
}

void bpf_jit_free_faults(struct bpf_jit_image *ji)
{
	if (ji->nr_faults)
		faults_remove(ji);
	call_rcu(&ji->rcu, free_jit_image); /* another program's fault may be looking at it */
}

/* ---- tail calls ---- */

const void *bpf_jit_tail_call_target(struct bpf_map *map, u32 index)
{
	const struct bpf_prog *prog = bpf_prog_array_get(map, index);
	const struct bpf_jit_image *ji;

	/* All programs of one array are compiled, or none: bpf_prog_array_compatible(). */
	if (!prog)
		return NULL;
	ji = prog->aux->jit_data;
	return (const u8 *)ji->im.ro + ji->tail_entry;
}

/* ---- calls of helpers ---- */

static bool calls(const struct bpf_insn *call, const struct bpf_func_proto *proto)
{
	return call->imm == (s32)((long)proto->func - (long)__bpf_call_base);
}

static bool array_lookup(const struct bpf_map *map, struct bpf_jit_call *jc)
{
	const struct bpf_array *array = to_array(map);

	jc->kind = BPF_JIT_CALL_ARRAY;
	if (map->map_type == BPF_MAP_TYPE_PERCPU_ARRAY)
		jc->kind = BPF_JIT_CALL_PERCPU_ARRAY;
	jc->max_entries = map->max_entries;
	jc->elem_size = array->elem_size;
	jc->stride = (s32)array->stride;
	jc->value = (u64)(uintptr_t)array->value;
	return array->elem_size <= S32_MAX &&
	       (jc->kind == BPF_JIT_CALL_ARRAY || array->stride <= S32_MAX);
}

static bool map_call(const struct bpf_map *map, const struct bpf_insn *call,
		     struct bpf_jit_call *jc)
{
	if (calls(call, &bpf_map_update_elem_proto))
		jc->func = (const void *)(uintptr_t)map->ops->map_update_elem;
	else if (calls(call, &bpf_map_delete_elem_proto))
		jc->func = (const void *)(uintptr_t)map->ops->map_delete_elem;
	else if (!calls(call, &bpf_map_lookup_elem_proto))
		return false;
	else if ((map->map_type == BPF_MAP_TYPE_ARRAY ||
		  map->map_type == BPF_MAP_TYPE_PERCPU_ARRAY) &&
		 array_lookup(map, jc))
		return true;
	else
		jc->func = (const void *)(uintptr_t)map->ops->map_lookup_elem;
	jc->kind = BPF_JIT_CALL_FUNC;
	return jc->func;
}

static bool helper_call(const struct bpf_prog *prog, const struct bpf_insn *call, u64 addr,
			struct bpf_jit_call *jc)
{
	const struct bpf_prog_aux *aux = prog->aux;

	jc->cpu_id_at = bpf_jit_cpu_id_at;
	if (calls(call, &bpf_get_smp_processor_id_proto)) {
		jc->kind = BPF_JIT_CALL_CPU_ID;
		return true;
	}
	for (u32 i = 0; addr && i < aux->used_map_cnt; i++)
		if ((u64)(uintptr_t)aux->used_maps[i] == addr)
			return map_call(aux->used_maps[i], call, jc);
	return false;
}

/* ---- compiling ---- */

/* Writes the code and makes it executable. */
static int build_image(struct bpf_jit *jit, struct bpf_jit_image *ji)
{
	int err = bpf_image_alloc(jit->size, &ji->im);

	if (err)
		return err;
	err = bpf_jit_emit(jit, ji->im.rw, ji->im.ro);
	err = err ?: bpf_image_protect(&ji->im);
	if (err)
		bpf_image_free(&ji->im);
	return err;
}

static void note_addresses(struct bpf_prog *prog, const struct bpf_jit *jit)
{
	struct bpf_prog_aux *aux = prog->aux;

	aux->jited_len = jit->size;
	for (u32 i = 0; aux->meta && i < prog->len; i++)
		aux->meta[i].jited_off = jit->start[i];
}

/* The code is there: the program becomes it. */
static int adopt(struct bpf_prog *prog, struct bpf_jit *jit, struct bpf_jit_image *ji)
{
	int err;

	ji->tail_entry = jit->tail_entry;
	prog->aux->jit_data = ji;
	note_addresses(prog, jit);
	err = name_functions(prog);
	if (err) {
		prog->aux->jit_data = NULL;
		prog->aux->jited_len = 0;
		return err;
	}
	bpf_jit_adopt_faults(ji, jit);
	prog->jited = true;
	prog->bpf_func = (u64(*)(const void *, const struct bpf_insn *))(uintptr_t)ji->im.ro;
	return 0;
}

void bpf_jit_init(struct bpf_jit *jit, const struct bpf_prog *prog)
{
	*jit = (struct bpf_jit){
		.insns = prog->insnsi,
		.len = prog->len,
		.func_start = prog->aux->subprog_starts,
		.func_stack = prog->aux->subprog_stack,
		.nr_funcs = prog->aux->func_cnt,
		/* What is not described in BTF cannot be traced. */
		.patchable = prog->aux->func_info_cnt,
		.call = helper_call,
		.prog = prog,
	};
}

int bpf_jit_compile(struct bpf_prog *prog)
{
	struct bpf_jit_image *ji = kzalloc(sizeof(*ji));
	struct bpf_jit jit;
	int err;

	if (!ji)
		return -ENOMEM;
	bpf_jit_init(&jit, prog);
	err = bpf_jit_prepare(&jit);
	if (!err) {
		err = build_image(&jit, ji);
		err = err ?: adopt(prog, &jit, ji);
		bpf_jit_release(&jit);
	}
	if (err) {
		bpf_image_free(&ji->im);
		kfree(ji);
	}
	return err;
}

int bpf_jit_compile_recorded(const struct bpf_prog *prog, const void *recorder,
			     const void *tail_call_target, struct bpf_jit_image **image)
{
	struct bpf_jit_image *ji = kzalloc(sizeof(*ji));
	struct bpf_jit jit;
	int err;

	if (!ji)
		return -ENOMEM;
	bpf_jit_init(&jit, prog);
	jit.patchable = false;
	jit.recorder = recorder;
	jit.tail_call_target = tail_call_target;
	err = bpf_jit_prepare(&jit);
	if (!err) {
		err = build_image(&jit, ji);
		ji->tail_entry = jit.tail_entry;
		if (!err)
			bpf_jit_adopt_faults(ji, &jit);
		bpf_jit_release(&jit);
	}
	if (err) {
		kfree(ji);
		return err;
	}
	*image = ji;
	return 0;
}

u64 bpf_jit_image_mem(const struct bpf_jit_image *ji)
{
	return ji ? ksize(ji) + ksize(ji->faults) + bpf_image_mem(&ji->im) : 0;
}

u64 bpf_jit_mem(const struct bpf_prog *prog)
{
	return bpf_jit_image_mem(prog->aux->jit_data) + bpf_jit_check_mem(prog);
}

void bpf_jit_image_free(struct bpf_jit_image *ji)
{
	struct bpf_image im;

	if (!ji)
		return;
	im = ji->im;
	bpf_jit_free_faults(ji); /* before another image can be at this address */
	bpf_image_free(&im);
}

void bpf_jit_free(struct bpf_prog *prog)
{
	bpf_jit_image_free(prog->aux->jit_data);
	prog->aux->jit_data = NULL;
}
