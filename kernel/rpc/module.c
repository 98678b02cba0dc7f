// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module from the host: as init_module(2), the file is memory of the caller's, which the kernel reads by the
 * session's own means. Who may: sessions with CAP_SYS_MODULE.
 */
#include "kernel/module.h"

#include <linux/capability.h>

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/memory.h"
#include "kernel/rpc/connection.h"

#define PARAMS_MAX 1024

static int refuse(char *why, int err, const char *sentence)
{
	strscpy(why, sentence, MODULE_WHY_LEN);
	return err;
}

static int load(struct wire_session *s, const struct wire_module *call, const char *params,
		char *why)
{
	void *file;
	int err;

	if (!(s->bpf.caps & BIT_ULL(CAP_SYS_MODULE)))
		return refuse(why, -EPERM, "the session has no CAP_SYS_MODULE");
	if (call->size > MODULE_FILE_MAX)
		return refuse(why, -E2BIG, "the file is larger than 16 MiB");
	/* A byte more: the size may be 0. */
	file = kmalloc(call->size + 1UL);
	if (!file)
		return refuse(why, -ENOMEM, "no memory for the file");
	err = s->bpf.ops->copy_from_user(&s->bpf, file, call->addr, call->size);
	err = err ? refuse(why, err, "the host does not give the file")
		  : module_load(file, call->size, params, why);
	kfree(file);
	return err;
}

void wire_handle_module(struct wire_session *s, const struct wire_request *request)
{
	char params[PARAMS_MAX], why[MODULE_WHY_LEN] = "";
	u32 n = request->h.length - sizeof(struct wire_module);
	struct wire_module call;
	int err;

	if (request->h.length < sizeof(call)) {
		wire_conn_end(s->conn, "MODULE has the wrong size");
		return;
	}
	memcpy(&call, request->payload, sizeof(call));
	if (n < sizeof(params)) {
		memcpy(params, request->payload + sizeof(call), n);
		params[n] = '\0';
		err = load(s, &call, params, why);
	} else {
		err = refuse(why, -E2BIG, "the parameters are too long");
	}
	wire_reply(s, request, err, why, strlen(why));
}
