// SPDX-License-Identifier: GPL-2.0-only
/*
 * trellis exec: the supervisor's loop. Each bpf(2) call of each process goes to the kernel in that
 * process's session; the kernel's questions are answered from the process that waits. Runs until no
 * process is left under the filter.
 */
#define _GNU_SOURCE
#include "tools/trellis/exec.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bpf/cap_set.h"
#include "tools/trellis/exec_files.h"
#include "tools/trellis/trellis.h"

/* The kernel is the caller's own, whoever he is on this machine. */
static u64 loader_caps = BPF_CAPS_ALL;

static struct supervisor supervisor;

/* What epoll says happened: these, or a placeholder. */
static char from_kernel, from_loader, from_process;

static void watch(struct supervisor *s, int fd, u32 events, void *tag)
{
	struct epoll_event ev = { .events = events, .data.ptr = tag };

	if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &ev))
		die("cannot watch a descriptor: %s", strerror(errno));
}

/* ---- processes ---- */

static struct process *find_process(struct supervisor *s, pid_t tgid)
{
	struct process *p;

	for (p = s->processes; p; p = p->next)
		if (p->tgid == tgid && !p->dead)
			return p;
	return NULL;
}

static struct process *find_session(struct supervisor *s, u32 session)
{
	struct process *p;

	for (p = s->processes; p; p = p->next)
		if (p->session == session)
			return p;
	return NULL;
}

/* NULL, with -errno for the caller in *@err. */
static struct process *process_for(struct supervisor *s, pid_t tid, int *err)
{
	pid_t tgid = process_of(tid);
	struct process *p = find_process(s, tgid);
	char comm[17], name[WIRE_NAME_LEN];
	int session, pidfd;

	if (p)
		return p;
	process_comm(tgid, comm, sizeof(comm));
	snprintf(name, sizeof(name), "%s[%d]", comm, tgid);
	pidfd = syscall(SYS_pidfd_open, tgid, 0);
	session = pidfd < 0 ? -errno : client_open_session(&s->client, name, loader_caps);
	if (session < 0) {
		*err = session;
		if (pidfd >= 0)
			close(pidfd);
		return NULL;
	}
	p = xmalloc(sizeof(*p));
	*p = (struct process){
		.next = s->processes, .tgid = tgid, .pidfd = pidfd, .session = session
	};
	s->processes = p;
	watch(s, pidfd, EPOLLIN | EPOLLONESHOT, &from_process);
	return p;
}

static void forget_process(struct client *c, const struct wire_header *h, const void *payload,
			   void *arg)
{
	struct process **link = &supervisor.processes, *p = arg;

	while (*link != p)
		link = &(*link)->next;
	*link = p->next;
	free(p);
}

static void end_process(struct supervisor *s, struct process *p)
{
	p->dead = true;
	close(p->pidfd);
	placeholder_sweep(s);
	/* What it had under way stands before this in the session's queue. */
	client_request(&s->client, WIRE_SESSION_CLOSE, p->session, NULL, 0, NULL, 0, forget_process,
		       p);
}

static bool has_ended(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void end_processes(struct supervisor *s)
{
	struct process *p;

	for (p = s->processes; p; p = p->next)
		if (!p->dead && has_ended(p->pidfd))
			end_process(s, p);
}

/* ---- the kernel's questions ---- */

static void answer_read(struct supervisor *s, struct call *call, const struct wire_header *h,
			const struct wire_mem *mem)
{
	static u8 buf[WIRE_MAX_PAYLOAD];
	int err = mem->size > sizeof(buf) ? -EFAULT
					  : memory_read(call->tid, mem->addr, buf, mem->size);

	client_answer(&s->client, h, err, buf, err ? 0 : mem->size);
	record_exchange(s->recorder, h, mem, err, buf, err ? 0 : mem->size);
}

static void answer(struct supervisor *s, const struct wire_header *h, const void *payload,
		   int result, const void *data, size_t n)
{
	client_answer(&s->client, h, result, data, n);
	record_exchange(s->recorder, h, payload, result, data, n);
}

static void answer_write(struct supervisor *s, struct call *call, const struct wire_header *h,
			 const struct wire_mem *mem)
{
	int err = -EFAULT;

	if (h->length == sizeof(*mem) + mem->size && notify_valid(s, call->id))
		err = memory_write(call->tid, mem->addr, mem + 1, mem->size);
	answer(s, h, mem, err, NULL, 0);
}

static void answer_resolve(struct supervisor *s, struct call *call, const struct wire_header *h,
			   const struct wire_resolve_fd *q)
{
	struct wire_handle r = { 0 };
	struct placeholder *p;
	int err = placeholder_resolve(s, call->tid, q->fd, &p);

	if (!err)
		r.handle = p->handle;
	answer(s, h, q, err, &r, err ? 0 : sizeof(r));
}

static void on_question(struct client *c, const struct wire_header *h, const void *payload)
{
	struct supervisor *s = &supervisor;
	struct process *p = find_session(s, h->session);
	const struct wire_install_fd *install = payload;
	struct call *call = p ? p->calls : NULL;

	if (h->type == WIRE_HANG_UP && h->length == sizeof(struct wire_handle)) {
		placeholder_hang_up(s, ((const struct wire_handle *)payload)->handle);
	} else if (h->type == WIRE_WAKE && h->length == sizeof(struct wire_wake)) {
		wake_placeholder(s, payload);
	} else if (!call) {
		client_answer(c, h, -EINTR, NULL, 0);
	} else if (h->type == WIRE_READ_MEM && h->length == sizeof(struct wire_mem)) {
		answer_read(s, call, h, payload);
	} else if (h->type == WIRE_WRITE_MEM && h->length >= sizeof(struct wire_mem)) {
		answer_write(s, call, h, payload);
	} else if (h->type == WIRE_RESOLVE_FD && h->length == sizeof(struct wire_resolve_fd)) {
		answer_resolve(s, call, h, payload);
	} else if (h->type == WIRE_INSTALL_FD && h->length == sizeof(*install)) {
		answer(s, h, payload,
		       placeholder_install(s, call->id, install->handle, install->kind, true), NULL,
		       0);
	} else {
		client_answer(c, h, -EOPNOTSUPP, NULL, 0);
	}
}

/* ---- the loader's calls ---- */

static void bpf_done(struct client *c, const struct wire_header *h, const void *payload, void *arg)
{
	struct supervisor *s = &supervisor;
	struct call *call = arg;

	record_result(s->recorder, h->session, h->result);
	notify_reply(s, call->id, h->result, h->result < 0 ? h->result : 0);
	call->process->calls = call->next;
	if (call->next)
		record_call(s->recorder, h->session, &call->next->head);
	free(call);
}

static void on_bpf(struct supervisor *s, const struct seccomp_notif *n)
{
	struct wire_bpf head = { .cmd = n->data.args[0],
				 .uattr = n->data.args[1],
				 .size = n->data.args[2] };
	int err = -ENOSYS;
	struct process *p = process_for(s, n->pid, &err);
	struct call *call, **end;

	if (!p) {
		notify_reply(s, n->id, 0, err);
		return;
	}
	call = xmalloc(sizeof(*call));
	*call = (struct call){ .process = p, .id = n->id, .tid = n->pid, .head = head };
	for (end = &p->calls; *end; end = &(*end)->next)
		;
	*end = call;
	if (p->calls == call)
		record_call(s->recorder, p->session, &head);
	client_request(&s->client, WIRE_BPF, p->session, &head, sizeof(head), NULL, 0, bpf_done,
		       call);
}

static void on_alarm(int signal)
{
}

/*
 * Takes the notification that epoll saw. A caller that was killed since has taken it back, and the kernel then
 * waits for the next one; but a dead loader makes none until it is reaped, which is our work. So the wait is
 * interrupted, again and again in case that comes before it: false, and the loop goes on.
 */
static bool receive(struct supervisor *s, struct seccomp_notif *n)
{
	const struct itimerval often = { { 0, 20000 }, { 0, 20000 } }, never = { 0 };
	bool got;

	setitimer(ITIMER_REAL, &often, NULL);
	got = !ioctl(s->notify, SECCOMP_IOCTL_NOTIF_RECV, n);
	setitimer(ITIMER_REAL, &never, NULL);
	return got;
}

static bool handle_call(struct supervisor *s, const struct seccomp_notif *n)
{
	switch (n->data.nr) {
	case SYS_mmap:
		return mmap_handle(s, n);
	case SYS_read:
		return iter_read(s, n);
	case SYS_getcwd:
		return mirror_getcwd(s, n);
	default:
		return files_handle(s, n);
	}
}

static void on_notification(struct supervisor *s)
{
	struct seccomp_notif n;

	memset(&n, 0, sizeof(n));
	if (!receive(s, &n))
		return;
	if (n.data.nr == SYS_bpf)
		on_bpf(s, &n);
	else if (!handle_call(s, &n))
		notify_continue(s, n.id);
}

/* ---- the loop ---- */

static void reap(struct supervisor *s)
{
	if (s->child_ended || waitpid(s->child, &s->child_status, WNOHANG) != s->child)
		return;
	s->child_ended = true;
	record_stop(s->recorder);
}

/* False when the last process under the filter is gone. */
static bool handle_event(struct supervisor *s, const struct epoll_event *ev)
{
	if (ev->data.ptr == &from_kernel) {
		client_pump(&s->client, 0);
	} else if (ev->data.ptr == &from_loader) {
		if (ev->events & EPOLLIN)
			on_notification(s);
		else if (ev->events & (EPOLLHUP | EPOLLERR))
			return false;
	} else if (ev->data.ptr == &from_process) {
		end_processes(s);
	} else if (!stream_event(ev->data.ptr, ev->events)) {
		placeholder_event(s, ev->data.ptr, ev->events);
	}
	return true;
}

static void loop(struct supervisor *s)
{
	struct epoll_event ev, on_client = { .data.ptr = &from_kernel };
	bool more = true;
	int n;

	while (more) {
		on_client.events = client_events(&s->client);
		epoll_ctl(s->epoll, EPOLL_CTL_MOD, s->client.fd, &on_client);
		/* One at a time: an event may free what a later one would be about. */
		n = epoll_wait(s->epoll, &ev, 1, wake_settle(s));
		reap(s);
		if (n > 0)
			more = handle_event(s, &ev);
		if (s->client.lost) {
			kill(s->child, SIGKILL);
			die("%s; the loader was ended", s->client.why);
		}
	}
}

static void on_signal(int signal)
{
	kill(supervisor.child, signal);
}

/* The terminal's signals reach the loader by themselves; others are passed on. */
static void set_signals(void)
{
	const struct sigaction alarm = { .sa_handler =
						 on_alarm }; /* no SA_RESTART: it interrupts */

	sigaction(SIGALRM, &alarm, NULL);
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, on_signal);
	signal(SIGHUP, on_signal);
}

static void finish(struct supervisor *s)
{
	struct epoll_event ev;

	/* All descriptors of the loader are closed by now: these say so. */
	while (!s->client.lost && epoll_wait(s->epoll, &ev, 1, 0) == 1)
		handle_event(s, &ev);
	/* Nobody is left under the filter, whether or not it shows as a process's end yet. */
	for (struct process *p = s->processes; p; p = p->next)
		if (!p->dead)
			end_process(s, p);
	/* The kernel has dropped everything when it has answered this. */
	while (s->processes && !s->client.lost)
		client_pump(&s->client, -1);
	client_call(&s->client, WIRE_SESSION_CLOSE, s->files, NULL, 0, NULL, 0, NULL, NULL);
	client_call(&s->client, WIRE_PING, 0, NULL, 0, NULL, 0, NULL, NULL);
	client_end(&s->client);
	if (!s->child_ended)
		waitpid(s->child, &s->child_status, 0);
}

int exec_run(char **argv, struct recorder *recorder)
{
	struct supervisor *s = &supervisor;
	int files;

	machine_find(&s->machine, machine_name);
	/* What a loader writes into shared pages is not said, so it could not be recorded. */
	s->ram = s->machine.pid && !recorder ? machine_ram(&s->machine) : -1;
	machine_connect(&s->machine, &s->client, s->ram < 0 ? 0 : WIRE_SHARED_MEMORY);
	s->recorder = recorder;
	record_begin(recorder, s->client.kernel.build_id);
	s->client.on_request = on_question;
	files = client_open_session(&s->client, "files", loader_caps);
	if (files < 0)
		die("the kernel opens no session: %s", strerror(-files));
	s->files = files;
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	s->child = exec_start(argv, &s->notify);
	set_signals();
	watch(s, s->client.fd, EPOLLIN, &from_kernel);
	watch(s, s->notify, EPOLLIN, &from_loader);
	/* A zombie holds its filter: it must be reaped before the listener hangs up. */
	watch(s, syscall(SYS_pidfd_open, s->child, 0), EPOLLIN | EPOLLONESHOT, &from_process);
	loop(s);
	epoll_ctl(s->epoll, EPOLL_CTL_DEL, s->notify, NULL);
	finish(s);
	if (WIFSIGNALED(s->child_status))
		return 128 + WTERMSIG(s->child_status);
	return WEXITSTATUS(s->child_status);
}

static void take_caps(const char *text)
{
	const char *bad = bpf_caps_parse(text, strlen(text), ',', &loader_caps);

	if (bad)
		die("--caps: \"%.*s\" is none of " BPF_CAP_NAMES ", all, none",
		    (int)strcspn(bad, ","), bad);
}

int cmd_exec(int argc, char **argv)
{
	static const struct option options[] = { { "name", 1, NULL, 'n' },
						 { "backend", 1, NULL, 'b' },
						 { "caps", 1, NULL, 'c' },
						 { "help", 0, NULL, 'h' },
						 { 0 } };
	const char *backend = NULL;
	int opt;

	optind = 1;
	while ((opt = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
		if (opt == 'h') {
			puts("Usage: trellis exec [--name NAME | --backend B] [--caps CAPS] [--] "
			     "CMD [ARGUMENTS]\n"
			     "Runs CMD, an unmodified BPF loader such as bpftool. Its bpf(2) "
			     "calls, and "
			     "those of all\n"
			     "that it starts, go to the Trellis kernel; none reaches this "
			     "machine's own.\n"
			     "  --backend B  on a kernel of its own, which ends with it: qemu or "
			     "host\n"
			     "  --caps CAPS  what it may do there: all (the default), none, or, "
			     "joined by "
			     "commas,\n"
			     "               " BPF_CAP_NAMES "\n"
			     "Exit status: CMD's; 128 + N if signal N ended it; 125 if this "
			     "command "
			     "failed.");
			return 0;
		} else if (opt == 'n') {
			machine_name = optarg;
		} else if (opt == 'b') {
			backend = optarg;
		} else if (opt == 'c') {
			take_caps(optarg);
		} else {
			die("exec --help explains the options");
		}
	}
	if (optind >= argc)
		die("exec wants a command; exec --help explains");
	if (backend)
		start_own(backend);
	return exec_run(argv + optind, NULL);
}
