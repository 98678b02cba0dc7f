/* SPDX-License-Identifier: GPL-2.0-only */
/* See verifier_session.c. Compiles with the C library's headers and with the kernel's. */
#pragma once

struct bpf_session;

struct bpf_session *test_session(void);
/* What dup3() and close() of this process have done. */
void test_session_dup(int from, int to);
void test_session_close(int fd);

/* verifier_obj.c: a fresh descriptor number of this process. */
int test_fd_open(void);
