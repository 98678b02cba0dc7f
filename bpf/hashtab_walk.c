// SPDX-License-Identifier: GPL-2.0-only
/*
 * Over all elements of a hash table, bucket by bucket, as an RCU reader: as text, and for a program's callback.
 * Relies on hashtab.c's chains, which change under the walk.
 */
#include "bpf/btf.h"
#include "bpf/hashtab.h"
#include "bpf/os.h"
#include "bpf/seq.h"
#include "kernel/lib/errno.h"

static void show_elem(struct bpf_htab *htab, struct htab_elem *e, struct bpf_seq *seq)
{
	const struct bpf_map *map = &htab->map;
	bool percpu = htab_is_percpu(htab);

	btf_type_seq_show(map->btf, map->btf_key_type_id, e->key, seq);
	bpf_seq_puts(seq, percpu ? ": {\n" : ": ");
	for (u32 cpu = 0; percpu && cpu < nr_cpu_ids; cpu++) {
		bpf_seq_printf(seq, "\tcpu%u: ", cpu);
		btf_type_seq_show(map->btf, map->btf_value_type_id,
				  htab_elem_cpu_value(htab, e, cpu), seq);
		bpf_seq_puts(seq, "\n");
	}
	if (!percpu)
		btf_type_seq_show(map->btf, map->btf_value_type_id, htab_elem_value(htab, e), seq);
	bpf_seq_puts(seq, percpu ? "}\n" : "\n");
}

int htab_seq_show(struct bpf_map *map, struct bpf_seq *seq)
{
	struct bpf_htab *htab = to_htab(map);
	struct htab_elem *e;

	if (!map->btf)
		return -ENOTSUPP;
	rcu_read_lock();
	for (u32 i = 0; i < htab->n_buckets; i++)
		for (e = htab_chain_elem(READ_ONCE(htab->buckets[i].first)); e;
		     e = htab_chain_elem(READ_ONCE(e->next)))
			show_elem(htab, e, seq);
	rcu_read_unlock();
	return seq->err;
}

/*
 * The next element is read before the callback may remove the one at hand. One that is put into another chain meanwhile
 * carries the walk there, and a callback that keeps adding elements would keep it going: the number of calls ends it.
 */
u32 htab_for_each(struct bpf_map *map, bpf_callback_t f, u64 ctx)
{
	struct bpf_htab *htab = to_htab(map);
	u32 cpu = htab_is_percpu(htab) ? smp_processor_id() : 0;
	struct htab_elem *e, *next;
	bool stop = false;
	u32 calls = 0;

	rcu_read_lock();
	for (u32 i = 0; !stop && i < htab->n_buckets; i++) {
		e = htab_chain_elem(READ_ONCE(htab->buckets[i].first));
		for (; !stop && e; e = next) {
			u64 value = (u64)htab_elem_cpu_value(htab, e, cpu);

			next = htab_chain_elem(READ_ONCE(e->next));
			calls++;
			stop = f((u64)map, (u64)e->key, value, ctx, 0) || calls == map->max_entries;
		}
	}
	rcu_read_unlock();
	return calls;
}
