/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The wire's protocol as C structs, shared by the kernel and tools/trellis: docs/wire.md is the
 * text to it. Everything is little endian and naturally aligned; no struct has hidden padding.
 */
#pragma once

#include "kernel/lib/types.h"

#define WIRE_MAGIC	 0x534c5254u /* the bytes "TRLS" */
#define WIRE_VERSION	 1
#define WIRE_MAX_PAYLOAD 65536u
#define WIRE_NAME_LEN	 32
#define WIRE_BUILD_ID	 20
#define WIRE_PORT_NAME	 "org.trellis.wire" /* virtserialport names: this, then "." and a number */

/*
 *  0        4        8     10    12       16       20       24       28       32       36
 *  +--------+--------+-----+-----+--------+--------+--------+--------+--------+--------+----...
 *  | magic  | length |type |flags|session |sequence|reply_to| result |data crc|head crc| payload
 *  +--------+--------+-----+-----+--------+--------+--------+--------+--------+--------+----...
 */
struct wire_header {
	u32 magic;
	u32 length; /* bytes of payload, at most WIRE_MAX_PAYLOAD */
	u16 type;   /* enum wire_type; a reply has its request's */
	u16 flags;  /* WIRE_REPLY, WIRE_MORE */
	u32 session;
	u32 sequence; /* of this frame in its direction: 0 for the hello, then one more each */
	u32 reply_to; /* a reply: the request's sequence */
	s32 result;   /* a reply: >= 0 or -errno */
	u32 payload_crc;
	u32 header_crc; /* over the 32 bytes before */
};
_Static_assert(sizeof(struct wire_header) == 36, "wire header");

#define WIRE_REPLY 1 /* answers frame reply_to */
#define WIRE_MORE  2 /* part of an answer: the reply that ends it is still to come */

enum wire_type {
	/* host to kernel, about the connection */
	WIRE_HELLO = 1,
	WIRE_PING = 2,	/* either way; payload comes back */
	WIRE_ERROR = 3, /* either way; payload: a sentence; the connection's state is gone */
	WIRE_SESSION_OPEN = 4,
	WIRE_FD_CLOSED = 5,
	/* host to kernel, about a session */
	WIRE_SESSION_CLOSE = 16,
	WIRE_BPF = 17,
	WIRE_FILE = 18,
	WIRE_SHELL = 19,
	WIRE_MMAP = 20,
	WIRE_MODULE = 21,
	/* kernel to host, about a session */
	WIRE_READ_MEM = 32,
	WIRE_WRITE_MEM = 33,
	WIRE_RESOLVE_FD = 34,
	WIRE_INSTALL_FD = 35,
	/* kernel to host, about the connection */
	WIRE_HANG_UP = 48,
	WIRE_WAKE = 49,
};

/* What the host's side can do, in the hello. */
#define WIRE_SHARED_MEMORY 1 /* it holds the kernel's RAM as a file: WIRE_MMAP's offsets mean it */

struct wire_hello {
	u32 version; /* highest that the host speaks */
	u32 features;
	char name[WIRE_NAME_LEN];
	u64 boot_ns; /* the host's time since its boot: programs' load times are told in it */
};
_Static_assert(sizeof(struct wire_hello) == 48, "wire hello");

struct wire_hello_reply {
	u32 version; /* to be used from here on */
	u32 features;
	u32 max_payload;
	u32 timeout_ms; /* how long the kernel waits for an answer */
	u8 build_id[WIRE_BUILD_ID];
	u32 reserved;
	char kernel[64]; /* name and version, for people */
};
_Static_assert(sizeof(struct wire_hello_reply) == 104, "wire hello reply");

/* Reply: result is the session's number, > 0. */
struct wire_session_open {
	u64 caps; /* BIT_ULL(CAP_...) */
	char name[WIRE_NAME_LEN];
};
_Static_assert(sizeof(struct wire_session_open) == 40, "wire session open");

struct wire_handle { /* WIRE_FD_CLOSED, WIRE_HANG_UP, and the reply to WIRE_RESOLVE_FD */
	u32 handle;
};
_Static_assert(sizeof(struct wire_handle) == 4, "wire handle");

/* A ring buffer has data: its placeholder is to be readable until the positions are equal. */
struct wire_wake {
	u32 handle;
	u32 reserved;
	u64 positions; /* in the RAM file: the consumer's, and PAGE_SIZE further the producer's */
};
_Static_assert(sizeof(struct wire_wake) == 16, "wire wake");

struct wire_bpf {
	s32 cmd;
	u32 size;
	u64 uattr;
};
_Static_assert(sizeof(struct wire_bpf) == 16, "wire bpf");

/* WIRE_READ_MEM; and WIRE_WRITE_MEM, where @size bytes follow. */
struct wire_mem {
	u64 addr;
	u32 size;
	u32 reserved;
};
_Static_assert(sizeof(struct wire_mem) == 16, "wire mem");

#define WIRE_MEM_CHUNK (WIRE_MAX_PAYLOAD - (u32)sizeof(struct wire_mem))

/* Reply: 0 with a wire_handle; -EBADF; -EINVAL for a descriptor that is not the kernel's. */
struct wire_resolve_fd {
	s32 fd;
};
_Static_assert(sizeof(struct wire_resolve_fd) == 4, "wire resolve fd");

enum wire_fd_kind {
	WIRE_FD_PROG,
	WIRE_FD_MAP,
	WIRE_FD_LINK,
	WIRE_FD_BTF,
	WIRE_FD_ITER,
};

/* Reply: result is the descriptor's number. */
struct wire_install_fd {
	u32 handle;
	u32 kind; /* enum wire_fd_kind: for readlink(/proc/self/fd/N) */
};
_Static_assert(sizeof(struct wire_install_fd) == 8, "wire install fd");

enum wire_file_op {
	WIRE_FILE_READ = 1,    /* reply: bytes at @offset; result their number, 0 at the end */
	WIRE_FILE_STAT = 2,    /* reply: wire_stat */
	WIRE_FILE_READDIR = 3, /* reply: names, each NUL-terminated, from the @offset-th entry on */
	WIRE_FILE_MKDIR = 4,   /* @mode */
	WIRE_FILE_UNLINK = 5,
	WIRE_FILE_RMDIR = 6,
	WIRE_FILE_FDINFO = 9, /* as READ, of the object that @handle stands for */
	WIRE_FILE_STREAM =
		10, /* as READ, and waits for something; -EINTR when asked for more meanwhile */
	WIRE_FILE_RENAME = 11, /* path, NUL, new path; @mode: renameat2's flags */
	WIRE_FILE_CHMOD = 12,  /* @mode */
	WIRE_FILE_ITER = 13, /* reply: wire_handle of a walk of the iterator that is pinned there */
};

/* Followed by the path, not terminated. */
struct wire_file {
	u32 op;
	u32 handle;
	u64 offset;
	u32 mode;
	u32 max; /* most bytes wanted */
};
_Static_assert(sizeof(struct wire_file) == 24, "wire file");

struct wire_stat {
	u64 size;
	u32 mode; /* type and permission bits as in stat(2) */
	u32 nlink;
	u64 inode;
};
_Static_assert(sizeof(struct wire_stat) == 24, "wire stat");

/*
 * Loads a module: @size bytes at @addr, which the kernel reads by WIRE_READ_MEM. Followed by the parameters
 * as text, not terminated. Reply: 0, or -errno with a sentence.
 */
struct wire_module {
	u64 addr;
	u32 size;
	u32 reserved;
};
_Static_assert(sizeof(struct wire_module) == 16, "wire module");

#define WIRE_SHELL_CSV 1 /* also send what the commands write to the CSV channel */

/* Followed by the line. Replies: WIRE_MORE with result 0 (text) or 1 (CSV), then the last one. */
struct wire_shell {
	u32 flags;
};
_Static_assert(sizeof(struct wire_shell) == 4, "wire shell");

/*
 * Reply: wire_mmap_reply, which may be about the first part only: ask again for the rest. A map that
 * is mapped writable cannot be frozen until FD_CLOSED.
 */
struct wire_mmap {
	u32 handle;
	u32 write;
	u64 offset; /* bytes into the map's mapping */
	u64 size;
};
_Static_assert(sizeof(struct wire_mmap) == 24, "wire mmap");

struct wire_mmap_reply {
	u64 offset; /* where in the kernel's RAM file the first page lies; all are in a row */
	u64 size;
};
_Static_assert(sizeof(struct wire_mmap_reply) == 16, "wire mmap reply");
