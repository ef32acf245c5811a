// System calls: a filter of this thread (seccomp(2)) raises SIGSYS instead of calling; the handler notes the call and
// lets it fail. Allocation: malloc() and its kin, and DPDK's, are defined here, in front of those of the libraries.
#include "watch.h"

#include <rte_malloc.h>

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define KEPT_MAX 16
#define KEPT_ALIKE_MAX 2u // so that one call does not hide the others
#define DEPTH_MAX 24

struct asked {
	const char *function; // or NULL: it was this system call
	long number;
	int depth;
	void *from[DEPTH_MAX];
};

static struct asked asked[KEPT_MAX];
static unsigned kept_n;
static unsigned asked_n;
static _Thread_local bool watched;

static const char *const call_names[] = {
#define X(x) [SYS_##x] = #x,
	X(read) X(write) X(openat) X(close) X(fstat) X(lseek) X(mmap) X(munmap) X(mprotect) X(brk
	) X(madvise) X(ioctl) X(futex) X(nanosleep) X(clock_nanosleep) X(clock_gettime) X(gettid
	) X(getpid) X(sched_yield) X(prctl) X(setpriority) X(ppoll) X(epoll_pwait) X(sendto)
		X(recvfrom) X(sendmsg) X(recvmsg) X(getrandom) X(membarrier) X(exit) X(exit_group)
			X(rt_sigprocmask) X(set_robust_list) X(sched_setaffinity)
#undef X
};

static unsigned kept_alike(const char *function, long number) {
	unsigned alike = 0;

	for (unsigned i = 0; i < kept_n; i++)
		alike += asked[i].function == function && asked[i].number == number;
	return alike;
}

static void note(const char *function, long number) {
	struct asked *a = &asked[kept_n];

	asked_n++;
	if (kept_n == KEPT_MAX || kept_alike(function, number) == KEPT_ALIKE_MAX)
		return;
	kept_n++;
	watched = false; // backtrace() may do as it likes
	a->function = function;
	a->number = number;
	a->depth = backtrace(a->from, DEPTH_MAX);
	watched = true;
}

static inline void note_function(const char *function) {
	if (watched)
		note(function, -1);
}

static void on_call(int, siginfo_t *info, void *context) {
	ucontext_t *u = context;

	note(NULL, info->si_syscall);
	u->uc_mcontext.gregs[REG_RAX] = -ENOSYS;
}

void watch_prepare(void) {
	const struct sigaction action = {.sa_sigaction = on_call, .sa_flags = SA_SIGINFO};
	void *at[2];

	sigaction(SIGSYS, &action, NULL);
	backtrace(at, 2); // loads a library at its first use
}

int watch_this_thread(void) {
	static struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		// How the handler returns.
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigreturn, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
	};
	static const struct sock_fprog program
		= {.len = sizeof(filter) / sizeof(filter[0]), .filter = filter};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0
	    || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return -errno;
	watched = true;
	return 0;
}

bool watch_is_on(void) {
	return watched;
}

static const char *name_of(const struct asked *a, char number[static 32]) {
	if (a->function != NULL)
		return a->function;
	if ((size_t)a->number < sizeof(call_names) / sizeof(call_names[0])
	    && call_names[a->number] != NULL)
		return call_names[a->number];
	snprintf(number, 32, "number %ld", a->number);
	return number;
}

bool watch_found(const char *name) {
	char number[32];

	for (unsigned i = 0; i < kept_n; i++)
		if (strcmp(name_of(&asked[i], number), name) == 0)
			return true;
	return false;
}

unsigned watch_report(void) {
	char number[32];

	for (unsigned i = 0; i < kept_n; i++) {
		printf("%s %s, from (addr2line -fipe PROGRAM +0x... says more)\n",
		       asked[i].function != NULL ? "allocator:" : "system call:",
		       name_of(&asked[i], number));
		fflush(stdout);
		backtrace_symbols_fd(asked[i].from, asked[i].depth, STDOUT_FILENO);
	}
	return asked_n;
}

// --- In front of the C library's.

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t n, size_t bytes);
extern void *__libc_realloc(void *at, size_t bytes);
extern void *__libc_memalign(size_t align, size_t bytes);
extern void __libc_free(void *at);

void *malloc(size_t bytes) {
	note_function("malloc");
	return __libc_malloc(bytes);
}

void *calloc(size_t n, size_t bytes) {
	note_function("calloc");
	return __libc_calloc(n, bytes);
}

void *realloc(void *at, size_t bytes) {
	note_function("realloc");
	return __libc_realloc(at, bytes);
}

void free(void *at) {
	note_function("free");
	__libc_free(at);
}

void *memalign(size_t align, size_t bytes) {
	note_function("memalign");
	return __libc_memalign(align, bytes);
}

void *aligned_alloc(size_t align, size_t bytes) {
	note_function("aligned_alloc");
	return __libc_memalign(align, bytes);
}

int posix_memalign(void **out, size_t align, size_t bytes) {
	void *at;

	note_function("posix_memalign");
	at = __libc_memalign(align, bytes);
	if (at == NULL)
		return ENOMEM;
	*out = at;
	return 0;
}

// --- In front of DPDK's.

static void *next_of(const char *name) {
	void *at = dlsym(RTLD_NEXT, name);

	if (at == NULL)
		abort();
	return at;
}

void *rte_malloc(const char *type, size_t bytes, unsigned align) {
	void *(*next)(const char *, size_t, unsigned) = next_of(__func__);

	note_function(__func__);
	return next(type, bytes, align);
}

void *rte_zmalloc(const char *type, size_t bytes, unsigned align) {
	void *(*next)(const char *, size_t, unsigned) = next_of(__func__);

	note_function(__func__);
	return next(type, bytes, align);
}

void *rte_malloc_socket(const char *type, size_t bytes, unsigned align, int socket) {
	void *(*next)(const char *, size_t, unsigned, int) = next_of(__func__);

	note_function(__func__);
	return next(type, bytes, align, socket);
}

void *rte_zmalloc_socket(const char *type, size_t bytes, unsigned align, int socket) {
	void *(*next)(const char *, size_t, unsigned, int) = next_of(__func__);

	note_function(__func__);
	return next(type, bytes, align, socket);
}

void rte_free(void *at) {
	void (*next)(void *) = next_of(__func__);

	note_function(__func__);
	next(at);
}
