// SPDX-License-Identifier: GPL-2.0-only
/*
 * BPF_OBJ_GET_INFO_BY_FD. A caller may know a shorter or a longer info than this kernel: it gets as much as
 * both know, and is told how much that is. Arrays in a program's info: the caller's pointer and room come in, the
 * real number goes out.
 */
#include <linux/capability.h>

#include "bpf/btf.h"
#include "bpf/caps.h"
#include "bpf/jit.h"
#include "bpf/link.h"
#include "bpf/os.h"
#include "bpf/prog.h"
#include "bpf/syscall.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

/* Reads the caller's info, of which *@len bytes are known to both. -E2BIG if it has more that is not 0. */
static int get_info(struct bpf_call *call, void *info, u32 size, u32 *len)
{
	u64 uinfo = call->attr->info.info;
	int err;

	if (call->attr->info.info_len > PAGE_SIZE)
		return bpf_refuse(-E2BIG, "info of %u bytes", call->attr->info.info_len);
	err = bpf_check_tail_zero(call->s, uinfo, size, call->attr->info.info_len);
	if (err)
		return err;
	*len = min(size, call->attr->info.info_len);
	memset(info, 0, size);
	return copy_from_user(call->s, info, uinfo, *len);
}

static int put_info(struct bpf_call *call, const void *info, u32 len)
{
	return copy_to_user(call->s, call->attr->info.info, info, len)
		       ?: bpf_call_put_field(call, info.info_len, len);
}

/* ---- programs ---- */

/* As much of an array as the caller has room for (*@n), whose real number *@n becomes. */
static int put_array(struct bpf_call *call, u64 uptr, u32 *n, const void *array, u32 count,
		     u32 size)
{
	u32 room = min(*n, count);

	*n = count;
	return copy_to_user(call->s, uptr, array, (u64)room * size);
}

static int put_map_ids(struct bpf_call *call, struct bpf_prog_info *info, struct bpf_prog_aux *aux)
{
	u32 *ids;
	int err = 0;

	mutex_lock(&aux->used_maps_mutex);
	ids = kcalloc(aux->used_map_cnt + 1, sizeof(*ids));
	if (ids) {
		for (u32 i = 0; i < aux->used_map_cnt; i++)
			ids[i] = aux->used_maps[i]->obj.id;
		err = put_array(call, info->map_ids, &info->nr_map_ids, ids, aux->used_map_cnt,
				sizeof(*ids));
	} else {
		err = -ENOMEM;
	}
	mutex_unlock(&aux->used_maps_mutex);
	kfree(ids);
	return err;
}

/* Callers say how long they think a record is; only the real length will do. */
static int check_rec_sizes(struct bpf_prog_info *info)
{
	if ((info->nr_func_info || info->func_info_rec_size) &&
	    info->func_info_rec_size != sizeof(struct bpf_func_info))
		return bpf_refuse(-EINVAL, "func_info_rec_size is %u", info->func_info_rec_size);
	if ((info->nr_line_info || info->line_info_rec_size) &&
	    info->line_info_rec_size != sizeof(struct bpf_line_info))
		return bpf_refuse(-EINVAL, "line_info_rec_size is %u", info->line_info_rec_size);
	if ((info->nr_jited_line_info || info->jited_line_info_rec_size) &&
	    info->jited_line_info_rec_size != sizeof(u64))
		return bpf_refuse(-EINVAL, "jited_line_info_rec_size is %u",
				  info->jited_line_info_rec_size);
	info->func_info_rec_size = sizeof(struct bpf_func_info);
	info->line_info_rec_size = sizeof(struct bpf_line_info);
	info->jited_line_info_rec_size = sizeof(u64);
	return 0;
}

/* The map whose address, or value's address, the program has as the constant @addr. */
static struct bpf_map *map_by_address(const struct bpf_prog_aux *aux, u64 addr, u32 *off, u8 *kind)
{
	for (u32 i = 0; i < aux->used_map_cnt; i++) {
		struct bpf_map *map = aux->used_maps[i];

		*off = 0;
		*kind = BPF_PSEUDO_MAP_FD;
		if (addr == (u64)map)
			return map;
		*kind = BPF_PSEUDO_MAP_VALUE;
		if (map->ops->map_direct_value_meta &&
		    !map->ops->map_direct_value_meta(map, addr, off))
			return map;
	}
	return NULL;
}

/* Takes back what only the kernel may see or write: its own opcodes, and addresses of maps. */
static void sanitize_insn(const struct bpf_prog_aux *aux, struct bpf_insn *insn, bool raw_ok)
{
	struct bpf_map *map;
	u32 off;
	u8 kind;

	if (insn->code == (BPF_JMP | BPF_TAIL_CALL)) {
		insn->code = BPF_JMP | BPF_CALL;
		insn->imm = BPF_FUNC_tail_call;
	} else if (insn->code == (BPF_JMP | BPF_CALL)) {
		if (!raw_ok)
			insn->imm = 0;
	} else if (BPF_CLASS(insn->code) == BPF_LDX && BPF_MODE(insn->code) == BPF_PROBE_MEM) {
		insn->code = BPF_LDX | BPF_SIZE(insn->code) | BPF_MEM;
	} else if (BPF_CLASS(insn->code) == BPF_LDX && BPF_MODE(insn->code) == BPF_PROBE_MEMSX) {
		insn->code = BPF_LDX | BPF_SIZE(insn->code) | BPF_MEMSX;
	} else if (bpf_is_ld_imm64(insn)) {
		map = map_by_address(aux, bpf_ld_imm64_value(insn), &off, &kind);
		if (map) {
			insn[0].src_reg = kind;
			insn[0].imm = map->obj.id;
			insn[1].imm = off;
		} else if (!raw_ok) {
			insn[0].imm = 0;
			insn[1].imm = 0;
		}
	}
}

struct bpf_insn *bpf_prog_dump_insns(const struct bpf_prog *prog, bool raw_ok)
{
	struct bpf_insn *insns = kcalloc(prog->len, sizeof(*insns));

	if (!insns)
		return NULL;
	memcpy(insns, prog->insnsi, prog->len * sizeof(*insns));
	for (u32 i = 0; i < prog->len; i++) {
		bool wide = bpf_is_ld_imm64(&insns[i]);

		sanitize_insn(prog->aux, &insns[i], raw_ok);
		i += wide;
	}
	return insns;
}

static int put_xlated(struct bpf_call *call, struct bpf_prog_info *info,
		      const struct bpf_prog *prog)
{
	u32 size = prog->len * sizeof(struct bpf_insn);
	struct bpf_insn *insns;
	int err;

	if (!info->xlated_prog_len) {
		info->xlated_prog_len = size;
		return 0;
	}
	insns = bpf_prog_dump_insns(prog, bpf_capable(call->s, CAP_SYSLOG));
	if (!insns)
		return -ENOMEM;
	err = put_array(call, info->xlated_prog_insns, &info->xlated_prog_len, insns, size, 1);
	kfree(insns);
	return err;
}

/* The code's bytes; addresses and bytes are for who may see the kernel's. */
static int put_jited_code(struct bpf_call *call, struct bpf_prog_info *info,
			  const struct bpf_prog *prog, bool raw_ok)
{
	u32 room = info->jited_prog_len;
	u64 start;

	bpf_jit_func_range(prog, 0, &start, &info->jited_prog_len);
	info->jited_prog_len = prog->aux->jited_len;
	if (!room)
		return 0;
	if (!raw_ok) {
		info->jited_prog_insns = 0;
		return 0;
	}
	return copy_to_user(call->s, info->jited_prog_insns, (void *)(uintptr_t)start,
			    min(room, prog->aux->jited_len));
}

static int put_jited_funcs(struct bpf_call *call, struct bpf_prog_info *info,
			   const struct bpf_prog *prog, bool raw_ok)
{
	u32 n = max(prog->aux->func_cnt, 1U), *lens = kcalloc(n, sizeof(*lens));
	u64 *starts = kcalloc(n, sizeof(*starts));
	int err = starts && lens ? 0 : -ENOMEM;

	for (u32 i = 0; !err && i < n; i++)
		bpf_jit_func_range(prog, i, &starts[i], &lens[i]);
	if (!raw_ok) {
		info->jited_ksyms = info->jited_func_lens = 0;
		info->nr_jited_ksyms = info->nr_jited_func_lens = 0;
	}
	err = err ?: put_array(call, info->jited_ksyms, &info->nr_jited_ksyms, starts, n,
			       sizeof(*starts))
		      ?: put_array(call, info->jited_func_lens, &info->nr_jited_func_lens, lens, n,
				   sizeof(*lens));
	kfree(starts);
	kfree(lens);
	return err;
}

/* The address of each line's first instruction. */
/*
 * Within a function, libbpf takes only addresses that grow. A line that has no code of its own (it was fused with
 * the one before) gets the last byte of what is before the next line's.
 */
static void make_lines_grow(const struct bpf_prog *prog, u64 *addrs)
{
	const struct bpf_prog_aux *aux = prog->aux;

	for (u32 i = aux->nr_linfo; i-- > 1;) {
		u32 at = aux->linfo[i].insn_off, before = aux->linfo[i - 1].insn_off;
		bool first = false;

		for (u32 f = 1; f < aux->func_cnt; f++)
			first |= aux->subprog_starts[f] > before && aux->subprog_starts[f] <= at;
		if (!first)
			addrs[i - 1] = min(addrs[i - 1], addrs[i] - 1);
	}
}

static int put_jited_lines(struct bpf_call *call, struct bpf_prog_info *info,
			   const struct bpf_prog *prog, bool raw_ok)
{
	const struct bpf_prog_aux *aux = prog->aux;
	u64 *addrs = kcalloc(aux->nr_linfo + 1, sizeof(*addrs)), start;
	u32 len;
	int err;

	if (!addrs)
		return -ENOMEM;
	bpf_jit_func_range(prog, 0, &start, &len);
	for (u32 i = 0; aux->meta && i < aux->nr_linfo; i++)
		addrs[i] = start + aux->meta[aux->linfo[i].insn_off].jited_off;
	if (aux->meta)
		make_lines_grow(prog, addrs);
	if (!raw_ok)
		info->jited_line_info = info->nr_jited_line_info = 0;
	err = put_array(call, info->jited_line_info, &info->nr_jited_line_info, addrs,
			aux->meta ? aux->nr_linfo : 0, sizeof(*addrs));
	kfree(addrs);
	return err;
}

static int put_jited(struct bpf_call *call, struct bpf_prog_info *info, const struct bpf_prog *prog)
{
	bool raw_ok = bpf_capable(call->s, CAP_SYSLOG);

	if (!prog->jited) {
		info->jited_prog_len = 0;
		info->nr_jited_ksyms = info->nr_jited_func_lens = info->nr_jited_line_info = 0;
		return 0;
	}
	return put_jited_code(call, info, prog, raw_ok)
		       ?: put_jited_funcs(call, info, prog, raw_ok)
		       ?: put_jited_lines(call, info, prog, raw_ok);
}

/* What only a capable caller may see. */
static int put_prog_insides(struct bpf_call *call, struct bpf_prog_info *info,
			    const struct bpf_prog *prog)
{
	const struct bpf_prog_aux *aux = prog->aux;

	if (!bpf_capable(call->s, CAP_BPF)) {
		info->jited_prog_len = info->xlated_prog_len = 0;
		info->nr_jited_ksyms = info->nr_jited_func_lens = 0;
		info->nr_func_info = info->nr_line_info = info->nr_jited_line_info = 0;
		info->nr_prog_tags = 0;
		return 0;
	}
	if (bpf_prog_get_target_btf(prog))
		info->attach_btf_obj_id = bpf_prog_get_target_btf(prog)->obj.id;
	info->attach_btf_id = aux->attach_btf_id;
	return put_jited(call, info, prog)
		       ?: put_xlated(call, info, prog)
		       ?: put_array(call, info->func_info, &info->nr_func_info, aux->func_info,
				    aux->func_info_cnt, sizeof(*aux->func_info))
		       ?: put_array(call, info->line_info, &info->nr_line_info, aux->linfo,
				    aux->nr_linfo, sizeof(*aux->linfo))
		       ?: put_array(call, info->prog_tags, &info->nr_prog_tags, prog->tag, 1,
				    sizeof(prog->tag));
}

static void fill_prog_basics(const struct bpf_session *s, struct bpf_prog_info *info,
			     const struct bpf_prog *prog)
{
	const struct bpf_prog_aux *aux = prog->aux;
	struct bpf_prog_stats stats;

	info->type = prog->type;
	info->id = prog->obj.id;
	info->load_time = aux->load_time + s->time_offset;
	info->created_by_uid = aux->created_by_uid;
	info->gpl_compatible = prog->gpl_compatible;
	memcpy(info->tag, prog->tag, sizeof(prog->tag));
	memcpy(info->name, aux->name, sizeof(aux->name));
	bpf_prog_get_stats(prog, &stats);
	info->run_time_ns = stats.nsecs;
	info->run_cnt = stats.cnt;
	info->recursion_misses = stats.misses;
	info->verified_insns = aux->verified_insns;
	info->btf_id = aux->btf ? aux->btf->obj.id : 0;
}

static int prog_info(struct bpf_call *call, struct bpf_prog *prog)
{
	struct bpf_prog_info info;
	u32 len;
	int err = get_info(call, &info, sizeof(info), &len);

	if (err)
		return err;
	fill_prog_basics(call->s, &info, prog);
	return put_map_ids(call, &info, prog->aux)
		       ?: check_rec_sizes(&info)
		       ?: put_prog_insides(call, &info, prog)
		       ?: put_info(call, &info, len);
}

/* ---- maps, BTFs, links ---- */

static int map_info(struct bpf_call *call, struct bpf_map *map)
{
	struct bpf_map_info info;
	u32 len;
	int err = get_info(call, &info, sizeof(info), &len);

	if (err)
		return err;
	memset(&info, 0, sizeof(info));
	info.type = map->map_type;
	info.id = map->obj.id;
	info.key_size = map->key_size;
	info.value_size = map->value_size;
	info.max_entries = map->max_entries;
	info.map_flags = map->map_flags;
	info.map_extra = map->map_extra;
	memcpy(info.name, map->name, sizeof(map->name));
	if (map->btf) {
		info.btf_id = map->btf->obj.id;
		info.btf_key_type_id = map->btf_key_type_id;
		info.btf_value_type_id = map->btf_value_type_id;
	}
	info.btf_vmlinux_value_type_id = map->btf_vmlinux_value_type_id;
	/* Which BTF that type is in (R32). */
	if (map->ops->map_vmlinux_btf)
		info.btf_vmlinux_id = map->ops->map_vmlinux_btf(map)->obj.id;
	return put_info(call, &info, len);
}

/* @room bytes at @uname for the BTF's name. -ENOSPC if it is cut. */
static int put_btf_name(struct bpf_call *call, const struct btf *btf, u64 uname, u32 room)
{
	u32 size = strlen(btf->name) + 1;
	char name[sizeof(btf->name)];

	if (!uname)
		return 0;
	memcpy(name, btf->name, size);
	if (room < size)
		name[room - 1] = '\0';
	return copy_to_user(call->s, uname, name, min(room, size)) ?: room < size ? -ENOSPC : 0;
}

static int btf_info(struct bpf_call *call, struct btf *btf)
{
	struct bpf_btf_info info;
	u32 len, room;
	int err = get_info(call, &info, sizeof(info), &len), name_err;

	if (err)
		return err;
	room = info.name_len;
	if (!info.name != !room)
		return bpf_refuse(-EINVAL, "a name's buffer without a size, or a size without one");
	err = copy_to_user(call->s, info.btf, btf->data, min(info.btf_size, btf->data_size));
	if (err)
		return err;
	info.btf_size = btf->data_size;
	info.id = btf->obj.id;
	info.kernel_btf = btf->kernel_btf;
	info.name_len = strlen(btf->name);
	name_err = put_btf_name(call, btf, info.name, room);
	if (name_err && name_err != -ENOSPC)
		return name_err;
	return put_info(call, &info, len) ?: name_err;
}

static int link_info(struct bpf_call *call, struct bpf_link *link)
{
	struct bpf_link_info info;
	u32 len;
	int err = get_info(call, &info, sizeof(info), &len);

	if (err)
		return err;
	info.type = link->type;
	info.id = link->obj.id;
	info.prog_id = link->prog ? link->prog->obj.id : 0;
	if (link->ops->fill_link_info)
		err = link->ops->fill_link_info(link, &info);
	if (!err && link->ops->put_link_info)
		err = link->ops->put_link_info(link, &info, call->s);
	return err ?: put_info(call, &info, len);
}

static int object_info(struct bpf_call *call, struct bpf_object *obj)
{
	switch (obj->kind) {
	case BPF_OBJ_PROG:
		return prog_info(call, obj_to_prog(obj));
	case BPF_OBJ_MAP:
		return map_info(call, obj_to_map(obj));
	case BPF_OBJ_BTF:
		return btf_info(call, obj_to_btf(obj));
	case BPF_OBJ_LINK:
		return link_info(call, obj_to_link(obj));
	default:
		return bpf_refuse(-EINVAL, "descriptor %u has no info", call->attr->info.bpf_fd);
	}
}

int bpf_cmd_obj_get_info_by_fd(struct bpf_call *call)
{
	struct bpf_file *file;
	int err = call->s->ops->fget(call->s, call->attr->info.bpf_fd, &file);

	/* Linux has an errno of its own for a closed descriptor here. */
	if (err)
		return bpf_refuse(err == -EBADF ? -EBADFD : err, "descriptor %u is no BPF object",
				  call->attr->info.bpf_fd);
	err = object_info(call, file->obj);
	bpf_file_put(file);
	return err;
}
