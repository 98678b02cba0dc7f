// SPDX-License-Identifier: GPL-2.0-only
/*
 * What modules may call: the kernel's interfaces that are written for others. A name that is missing here
 * is refused when the module is loaded, and named. (The compiler itself calls the four mem… functions.)
 */
#include "bpf/bpf.h"
#include "bpf/btf.h"
#include "bpf/helpers.h"
#include "bpf/os.h"
#include "bpf/struct_ops.h"
#include "bpf/syscall.h"
#include "bpf/verifier/verifier.h"
#include "kernel/kallsyms.h"
#include "kernel/lib/kcfi.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/memory.h"
#include "kernel/module.h"
#include "kernel/net/tcp.h"
#include "kernel/shell.h"

/* Text and memory. */
EXPORT_SYMBOL(memcpy);
EXPORT_SYMBOL(memmove);
EXPORT_SYMBOL(memset);
EXPORT_SYMBOL(memcmp);
EXPORT_SYMBOL(strlen);
EXPORT_SYMBOL(strcmp);
EXPORT_SYMBOL(strncmp);
EXPORT_SYMBOL(strscpy);
EXPORT_SYMBOL(scnprintf);
EXPORT_SYMBOL(kstrtou32);
EXPORT_SYMBOL(kmalloc);
EXPORT_SYMBOL(kzalloc);
EXPORT_SYMBOL(kcalloc);
EXPORT_SYMBOL(krealloc);
EXPORT_SYMBOL(kfree);

/* The log, time, locks. */
EXPORT_SYMBOL(printk);
EXPORT_SYMBOL(panic);
EXPORT_SYMBOL(ktime_get_ns);
EXPORT_SYMBOL(get_jiffies_64);
EXPORT_SYMBOL(get_random_u32);
EXPORT_SYMBOL(cond_resched);
EXPORT_SYMBOL(spin_lock);
EXPORT_SYMBOL(spin_unlock);
EXPORT_SYMBOL(mutex_lock);
EXPORT_SYMBOL(mutex_unlock);
EXPORT_SYMBOL(rcu_read_lock);
EXPORT_SYMBOL(rcu_read_unlock);
EXPORT_SYMBOL(call_rcu);
EXPORT_SYMBOL(synchronize_rcu);
EXPORT_SYMBOL(shell_printf);

/* struct_ops types. */
EXPORT_SYMBOL(register_bpf_struct_ops);
EXPORT_SYMBOL(bpf_struct_ops_get);
EXPORT_SYMBOL(bpf_struct_ops_put);
EXPORT_SYMBOL(bpf_struct_ops_id);
EXPORT_SYMBOL(kcfi_failed);
EXPORT_SYMBOL(bpf_base_func_proto);
EXPORT_SYMBOL(bpf_obj_name_cpy);
EXPORT_SYMBOL(bpf_refuse);
EXPORT_SYMBOL(bpf_log);
EXPORT_SYMBOL(btf_ctx_access);
EXPORT_SYMBOL(btf_struct_access);
EXPORT_SYMBOL(btf_type_by_id);
EXPORT_SYMBOL(btf_name_by_offset);
EXPORT_SYMBOL(btf_find_by_name_kind);
EXPORT_SYMBOL(btf_vmlinux);

/* Congestion controls. */
EXPORT_SYMBOL(tcp_register_congestion_control);
EXPORT_SYMBOL(tcp_unregister_congestion_control);
EXPORT_SYMBOL(tcp_reno_ssthresh);
EXPORT_SYMBOL(tcp_reno_cong_avoid);
EXPORT_SYMBOL(tcp_reno_undo_cwnd);
EXPORT_SYMBOL(tcp_slow_start);
EXPORT_SYMBOL(tcp_cong_avoid_ai);
