// SPDX-License-Identifier: GPL-2.0-only
/* Functions that tests trace. */
#include "tests/kernel/traced.h"

#include "bpf/btf_ids.h"
#include "bpf/verifier.h"
#include "kernel/sync.h"
#include "kernel/timer.h"

u64 (*volatile kt_call_next)(u64 a) = kt_next;
u64 (*volatile kt_call_12)(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g, u64 h, u64 i, u64 j,
			   u64 k, u64 l) = kt_weigh_12;
u64 (*volatile kt_call_structs)(u64 a, struct kt_pair p, u64 b, u64 c, struct kt_pair q, u8 d,
				struct kt_triple t, s32 e) = kt_weigh_structs;
void (*volatile kt_call_nothing)(u32 *counter) = kt_count;
s32 (*volatile kt_call_modifiable)(s32 a, u32 *counter) = kt_modifiable;
u64 (*volatile kt_call_sleeper)(u64 ms) = kt_sleeper;

u64 kt_next(u64 a)
{
	return a + 1;
}

u64 kt_weigh_12(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g, u64 h, u64 i, u64 j, u64 k, u64 l)
{
	return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + 10 * j + 11 * k +
	       12 * l;
}

u64 kt_weigh_structs(u64 a, struct kt_pair p, u64 b, u64 c, struct kt_pair q, u8 d,
		     struct kt_triple t, s32 e)
{
	return a + 2 * p.a + 3 * p.b + 4 * b + 5 * c + 6 * q.a + 7 * q.b + 8 * d + 9 * t.bytes[0] +
	       10 * t.bytes[1] + 11 * t.bytes[2] + 12 * e;
}

void kt_count(u32 *counter)
{
	++*counter;
}

s32 kt_modifiable(s32 a, u32 *counter)
{
	++*counter;
	return 2 * a;
}

u64 kt_sleeper(u64 ms)
{
	msleep(ms);
	return ms;
}

u64 kt_ask_next(u64 a)
{
	return kt_call_next(a);
}

BTF_KFUNCS_START(kt_trace_kfunc_ids)
BTF_ID_FLAGS(func, kt_ask_next)
BTF_KFUNCS_END(kt_trace_kfunc_ids)

static const struct btf_kfunc_id_set kt_trace_kfunc_set = { .set = &kt_trace_kfunc_ids };

BTF_SET8_START(kt_fmodret_ids)
BTF_ID_FLAGS(func, kt_modifiable)
BTF_ID_FLAGS(func, kt_sleeper, KF_SLEEPABLE)
BTF_SET8_END(kt_fmodret_ids)

static const struct btf_kfunc_id_set kt_fmodret_set = { .set = &kt_fmodret_ids };

int kt_traced_init(void)
{
	static bool done;
	int err = done ? 0 : register_btf_fmodret_id_set(&kt_fmodret_set);

	if (!done && !err)
		err = register_btf_kfunc_id_set(BPF_PROG_TYPE_TRACING, &kt_trace_kfunc_set);
	done = !err;
	return err;
}
