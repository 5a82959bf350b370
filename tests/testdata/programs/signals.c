// Signals as a C library uses them. What this prints is the same on Linux and
// in the guest.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#ifdef __x86_64__
#define WIDE(x) x
#else
#define WIDE(x)
#define REG_RIP REG_EIP
#endif

// SA_RESTORER: whether a C library sets it is its own business.
static const int restorer = 0x04000000;

static char order[256];
static volatile int nth;
static siginfo_t last;

static void note(int sig, siginfo_t *i, void *uc) {
	last = *i;
	order[nth++ % sizeof order] = 'A' + sig % 26;
}

static void on(int sig, int flags, void (*h)(int, siginfo_t *, void *)) {
	struct sigaction a = {.sa_sigaction = h, .sa_flags = SA_SIGINFO | flags};
	sigaction(sig, &a, NULL);
}

static void show(const char *what) {
	printf("%s: %d [%.*s]\n", what, nth, nth, order);
	nth = 0;
}

static sigset_t set1(int sig) {
	sigset_t s;
	sigemptyset(&s);
	sigaddset(&s, sig);
	return s;
}

// several: of signals that wait, the handler of the last runs first, as each
// interrupts the one before.
static void several(void) {
	sigset_t all, old;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	on(SIGUSR1, 0, note), on(SIGUSR2, 0, note), on(SIGHUP, 0, note);
	kill(getpid(), SIGUSR2), kill(getpid(), SIGUSR1), kill(getpid(), SIGHUP);
	raise(SIGUSR1);
	sigprocmask(SIG_SETMASK, &old, NULL);
	show("several");
}

// spin waits in its handler for the other signal's, without a call.
static volatile sig_atomic_t other;
static void setOther(int s, siginfo_t *i, void *u) { other = 1; }
static void waitOther(int s, siginfo_t *i, void *u) {
	for (long n = 0; !other && n < 400000000; n++)
		;
}
static void spin(void) {
	sigset_t s = set1(SIGUSR1), old;
	sigaddset(&s, SIGUSR2);
	sigprocmask(SIG_BLOCK, &s, &old);
	on(SIGUSR1, 0, waitOther), on(SIGUSR2, 0, setOther);
	other = 0;
	kill(getpid(), SIGUSR1), kill(getpid(), SIGUSR2);
	sigprocmask(SIG_SETMASK, &old, NULL);
	printf("spin: %d\n", other);
}

static void actions(void) {
	struct sigaction a, o;
	on(SIGUSR1, SA_RESETHAND | SA_NODEFER, note);
	sigaction(SIGUSR1, NULL, &o);
	printf("action: %x\n", o.sa_flags & ~restorer);
	raise(SIGUSR1);
	sigaction(SIGUSR1, NULL, &o);
	printf("reset: %d %x\n", o.sa_handler == SIG_DFL, o.sa_flags & ~restorer);
	on(SIGUSR1, 0x400, note); // SA_UNSUPPORTED
	sigaction(SIGUSR1, NULL, &o);
	printf("unsupported: %x\n", o.sa_flags & ~restorer);
	memset(&a, 0, sizeof a);
	a.sa_handler = SIG_IGN;
	sigaction(SIGUSR1, &a, NULL);
	pid_t p = fork();
	if (!p)
		_exit(kill(getpid(), SIGUSR1) ? 1 : 0);
	int st;
	waitpid(p, &st, 0);
	printf("ignored in a child: %x\n", st);
	nth = 0;
}

// nested: SA_NODEFER.
static volatile int depth, most, times;
static void nest(int s, siginfo_t *i, void *u) {
	if (++depth > most)
		most = depth;
	if (++times < 4)
		raise(s);
	depth--;
}
static void nested(void) {
	on(SIGUSR1, SA_NODEFER, nest);
	raise(SIGUSR1);
	printf("nested: %d\n", most);
	most = times = 0;
	on(SIGUSR1, 0, nest);
	raise(SIGUSR1);
	printf("not nested: %d %d\n", most, times);
}

static void infos(void) {
	on(SIGUSR1, 0, note), on(SIGRTMIN, 0, note);
	kill(getpid(), SIGUSR1);
	printf("kill: %d %d %d\n", last.si_code, last.si_pid == getpid(), last.si_uid == getuid());
	raise(SIGUSR1);
	printf("raise: %d %d\n", last.si_code, last.si_pid == getpid());
	sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_ptr = (void *)0x123456789abc});
	printf("sigqueue: %d %d %p\n", last.si_code, last.si_pid == getpid(), last.si_value.sival_ptr);
	siginfo_t i = {.si_signo = SIGRTMIN, .si_code = SI_QUEUE};
	i.si_value.sival_int = 77;
	printf("rt_tgsigqueueinfo: %ld", syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), SIGRTMIN, &i));
	printf(" %d %d\n", last.si_code, last.si_value.sival_int);
	pid_t p = fork();
	if (!p)
		pause(), _exit(0);
	i.si_code = SI_USER;
	printf("claims: %ld %d\n", syscall(SYS_rt_sigqueueinfo, p, SIGRTMIN, &i), errno);
	i.si_code = SI_TKILL;
	printf("claims: %ld %d\n", syscall(SYS_rt_sigqueueinfo, p, SIGRTMIN, &i), errno);
	i.si_code = -60;
	printf("claims not: %ld\n", syscall(SYS_rt_sigqueueinfo, p, 0, &i));
	kill(p, SIGKILL);
	waitpid(p, NULL, 0);
	nth = 0;
}

static sigjmp_buf away;
static char *guard;
static void fault(int s, siginfo_t *i, void *u) {
	ucontext_t *c = u;
	char where[24] = "?";
	if (i->si_addr == (void *)c->uc_mcontext.gregs[REG_RIP])
		strcpy(where, "ip");
	else if ((char *)i->si_addr >= guard && (char *)i->si_addr < guard + 8192)
		sprintf(where, "guard+%d", (int)((char *)i->si_addr - guard));
	else
		sprintf(where, "%p", i->si_addr);
	printf("signal %d code %d at %s trap %lld err %lld\n", s, i->si_code, where, (long long)c->uc_mcontext.gregs[REG_TRAPNO],
		(long long)c->uc_mcontext.gregs[REG_ERR]);
	siglongjmp(away, 1);
}

#define TRY(x)                     \
	do {                           \
		if (!sigsetjmp(away, 1)) { \
			x;                     \
			puts("no fault");      \
		}                          \
	} while (0)

static void after(int s, siginfo_t *i, void *u) {
	ucontext_t *c = u;
	printf("signal %d code %d, then on\n", s, i->si_code);
	c->uc_mcontext.gregs[REG_EFL] &= ~0x100L;
}

static void faults(void) {
	guard = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(guard + 4096, 4096);
	for (int s = 1; s < 12; s++)
		if (s == SIGSEGV || s == SIGBUS || s == SIGFPE || s == SIGILL)
			on(s, 0, fault);
	volatile int zero = 0, x = 1;
	volatile double d = 0;
	volatile char there = *guard;
	TRY(*(volatile char *)0x10 = 1);
	TRY(guard[5] = 1);
	TRY(x = guard[4096 + 7]);
	TRY(x = 1 / zero);
	TRY(x = INT32_MIN / (zero - 1));
	TRY(asm volatile("ud2"));
	TRY(asm volatile("hlt"));
	WIDE(TRY(asm volatile("movq $0x8000000000000000, %%rax; movb $1, (%%rax)" ::: "rax"));)
	WIDE(TRY(asm volatile("movb (%0), %%al" ::"r"(-4096L) : "eax"));)
	TRY(asm volatile("int $0x55"));
	long cr3;
	TRY(asm volatile("mov %%cr3, %0" : "=r"(cr3)));
	TRY(((void (*)(void))guard)());
	TRY(((void (*)(void))0x30)());
	unsigned csr = 0x1f80 & ~(0x200); // divide by zero is unmasked
	TRY(asm volatile("ldmxcsr %0" ::"m"(csr)); d = 1.0 / d);
	csr = 0x1f80 & ~(0x80);
	TRY(asm volatile("ldmxcsr %0" ::"m"(csr)); d = 0.0 / (d - d));
	csr = 0x1f80;
	asm volatile("ldmxcsr %0" ::"m"(csr));
	on(SIGTRAP, 0, after);
	asm volatile("int3");
	WIDE(asm volatile("pushfq; orq $0x100, (%%rsp); popfq; nop" ::: "memory", "cc");)
#ifdef __i386__
	asm volatile("pushf; orl $0x100, (%%esp); popf; nop" ::: "memory", "cc");
#endif
	// A fault that is blocked, or ignored, is fatal.
	for (int how = 0; how < 3; how++) {
		pid_t p = fork();
		if (!p) {
			sigset_t s = set1(SIGSEGV);
			if (how == 0)
				sigprocmask(SIG_BLOCK, &s, NULL);
			else
				signal(SIGSEGV, how == 1 ? SIG_IGN : SIG_DFL);
			*(volatile char *)0 = 1;
			_exit(0);
		}
		int st;
		waitpid(p, &st, 0);
		printf("fatal: %d %d\n", WIFSIGNALED(st), WTERMSIG(st));
	}
	// A bad stack.
	pid_t p = fork();
	if (!p) {
		on(SIGUSR1, 0, note);
#ifdef __x86_64__
		asm volatile("mov $0x1000, %%rsp; syscall; hlt" ::"a"(SYS_kill), "D"(getpid()), "S"(SIGUSR1) : "rcx", "r11");
#else
		asm volatile("mov $0x1000, %%esp; int $0x80; hlt" ::"a"(SYS_kill), "b"(getpid()), "c"(SIGUSR1));
#endif
	}
	int st;
	waitpid(p, &st, 0);
	printf("bad stack: %d %d\n", WIFSIGNALED(st), WTERMSIG(st));
	for (int s = 1; s < 12; s++)
		if (s == SIGSEGV || s == SIGBUS || s == SIGFPE || s == SIGILL)
			signal(s, SIG_DFL);
}

// alternate stacks.
static char alt[65536];
static int inAlt;
static stack_t inside;
static int changed;
static void onAlt(int s, siginfo_t *i, void *u) {
	char c;
	inAlt = &c > alt && &c < alt + sizeof alt;
	sigaltstack(NULL, &inside);
	stack_t no = {.ss_flags = SS_DISABLE};
	changed = sigaltstack(&no, NULL) ? errno : 0;
}
static void overflow(int n) {
	volatile char b[4096];
	b[0] = n;
	overflow(n + b[0]);
}
static void tooDeep(int s, siginfo_t *i, void *u) { write(1, "overflow\n", 9), _exit(3); }
static void stacks(void) {
	stack_t st = {.ss_sp = alt, .ss_size = sizeof alt}, old;
	printf("sigaltstack: %d", sigaltstack(&st, &old));
	printf(" %x %zu\n", old.ss_flags, old.ss_size);
	on(SIGUSR1, SA_ONSTACK, onAlt);
	raise(SIGUSR1);
	printf("on it: %d %x %zu %d\n", inAlt, inside.ss_flags, inside.ss_size, changed);
	on(SIGUSR1, 0, onAlt);
	raise(SIGUSR1);
	printf("not: %d %x %d\n", inAlt, inside.ss_flags, changed);
	sigaltstack(NULL, &old);
	printf("then: %x\n", old.ss_flags);
	st.ss_size = 100;
	printf("small: %d %d\n", sigaltstack(&st, NULL), errno);
	st.ss_size = sizeof alt, st.ss_flags = 0x77;
	printf("flags: %d %d\n", sigaltstack(&st, NULL), errno);
	st.ss_flags = (int)(1u << 31); // SS_AUTODISARM
	printf("autodisarm: %d\n", sigaltstack(&st, NULL));
	on(SIGUSR1, SA_ONSTACK, onAlt);
	raise(SIGUSR1);
	printf("disarmed: %d %x %d\n", inAlt, inside.ss_flags, changed);
	sigaltstack(NULL, &old);
	printf("armed again: %x\n", old.ss_flags);
	fflush(stdout);
	pid_t p = fork();
	if (!p) {
		on(SIGSEGV, SA_ONSTACK, tooDeep);
		overflow(1);
	}
	int status;
	waitpid(p, &status, 0);
	printf("a stack that overflows: %x\n", status);
	st.ss_flags = SS_DISABLE;
	sigaltstack(&st, NULL);
}

#ifdef __x86_64__
// registers, x87 and SSE state are as they were.
static double clobbered;
static void clobber(int s, siginfo_t *i, void *u) {
	asm volatile("pcmpeqd %%xmm0, %%xmm0; movdqa %%xmm0, %%xmm7; movdqa %%xmm0, %%xmm15; fninit; fldpi; fldpi" ::: "xmm0", "xmm7",
		"xmm15");
	unsigned csr = 0x7f80;
	asm volatile("ldmxcsr %0; std; cld" ::"m"(csr));
	clobbered += 0.5;
}
static void registers(void) {
	on(SIGUSR1, 0, clobber);
	uint64_t x0[2] = {1, 2}, x7[2] = {3, 4}, x15[2] = {5, 6}, o0[2], o7[2], o15[2];
	unsigned csr, before;
	long rbx = 0x1111, r12 = 0x2222, rax = SYS_tgkill;
	asm volatile("stmxcsr %0" : "=m"(before));
	asm volatile("movdqu %[x0], %%xmm0; movdqu %[x7], %%xmm7; movdqu %[x15], %%xmm15; fld1; syscall;"
				 "movdqu %%xmm0, %[o0]; movdqu %%xmm7, %[o7]; movdqu %%xmm15, %[o15]; stmxcsr %[csr]; fstpl %[d]"
		: [o0] "=m"(o0), [o7] "=m"(o7), [o15] "=m"(o15), [csr] "=m"(csr), [d] "=m"(clobbered), "+a"(rax), "+b"(rbx), "+r"(r12)
		: [x0] "m"(x0), [x7] "m"(x7), [x15] "m"(x15), "D"((long)getpid()), "S"((long)gettid()), "d"((long)SIGUSR1)
		: "rcx", "r11", "xmm0", "xmm7", "xmm15", "memory");
	printf("registers: %ld %ld,%ld %ld,%ld %ld,%ld %d %g %lx\n", rax, o0[0], o0[1], o7[0], o7[1], o15[0], o15[1], csr == before,
		clobbered, rbx);
}

// A handler that changes the context that it returns to.
static void jump(int s, siginfo_t *i, void *u) {
	ucontext_t *c = u;
	c->uc_mcontext.gregs[REG_RAX] = 4242;
	c->uc_mcontext.gregs[REG_EFL] |= 0x3000 | 0x200 | 0x4000; // IOPL and NT do not count
	c->uc_mcontext.gregs[REG_CSGSFS] = (c->uc_mcontext.gregs[REG_CSGSFS] & ~0xffffL) | 0x33;
	sigaddset(&c->uc_sigmask, SIGUSR2);
	sigaddset(&c->uc_sigmask, SIGKILL);
}
static void contexts(void) {
	on(SIGUSR1, 0, jump);
	long rax = SYS_tgkill, flags;
	asm volatile("syscall; pushfq; popq %1"
		: "+a"(rax), "=r"(flags)
		: "D"((long)getpid()), "S"((long)gettid()), "d"((long)SIGUSR1)
		: "rcx", "r11", "memory");
	sigset_t m;
	sigprocmask(SIG_BLOCK, NULL, &m);
	printf("context: %ld %lx %d %d\n", rax, flags & 0x7000, sigismember(&m, SIGUSR2), sigismember(&m, SIGKILL));
	sigemptyset(&m);
	sigprocmask(SIG_SETMASK, &m, NULL);
	// A frame that is none.
	pid_t p = fork();
	if (!p) {
		asm volatile("mov $0x1000, %%rsp; syscall; hlt" ::"a"(SYS_rt_sigreturn) : "rcx", "r11");
	}
	int st;
	waitpid(p, &st, 0);
	printf("bad sigreturn: %d %d\n", WIFSIGNALED(st), WTERMSIG(st));
}
#else
static void registers(void) {}
static void contexts(void) {}
#endif

static void waits(void) {
	sigset_t s = set1(SIGUSR1);
	sigaddset(&s, SIGRTMIN + 3);
	sigprocmask(SIG_BLOCK, &s, NULL);
	siginfo_t i;
	struct timespec zero = {0, 0}, bit = {0, 20000000}, bad = {0, -1};
	printf("nothing: %d %d\n", sigtimedwait(&s, &i, &zero), errno);
	printf("nothing: %d %d\n", sigtimedwait(&s, &i, &bit), errno);
	printf("bad: %d %d\n", sigtimedwait(&s, &i, &bad), errno);
	kill(getpid(), SIGUSR1);
	printf("one: %d %d\n", sigtimedwait(&s, &i, &zero), i.si_code);
	sigqueue(getpid(), SIGRTMIN + 3, (union sigval){.sival_int = 1});
	sigqueue(getpid(), SIGRTMIN + 3, (union sigval){.sival_int = 2});
	sigwaitinfo(&s, &i);
	printf("queued: %d", i.si_value.sival_int);
	sigwaitinfo(&s, &i);
	printf(" %d\n", i.si_value.sival_int);
	int fd = signalfd(-1, &s, SFD_NONBLOCK | SFD_CLOEXEC);
	struct signalfd_siginfo si[3];
	printf("signalfd: %zd %d\n", read(fd, si, sizeof si), errno);
	sigqueue(getpid(), SIGRTMIN + 3, (union sigval){.sival_int = 9});
	kill(getpid(), SIGUSR1);
	struct pollfd pf = {fd, POLLIN};
	printf("poll: %d %x\n", poll(&pf, 1, -1), pf.revents);
	ssize_t n = read(fd, si, sizeof si);
	printf("read: %zd %d %d %d %d\n", n, si[0].ssi_signo, si[0].ssi_code, si[1].ssi_signo, si[1].ssi_int);
	close(fd);
	sigprocmask(SIG_UNBLOCK, &s, NULL);
	// While it waits, a signal that it does not wait for.
	on(SIGALRM, SA_RESTART, note);
	struct itimerval it = {.it_value = {0, 100000}};
	setitimer(ITIMER_REAL, &it, NULL);
	sigset_t s2 = set1(SIGUSR2);
	sigprocmask(SIG_BLOCK, &s2, NULL);
	printf("interrupted: %d %d\n", sigwaitinfo(&s2, &i), errno);
	printf("alarm: %d %d\n", last.si_code, last.si_pid);
	sigprocmask(SIG_UNBLOCK, &s2, NULL);
	nth = 0;
}

static void pipes(void) {
	int p[2], s[2];
	on(SIGPIPE, 0, note);
	pipe(p), close(p[0]);
	printf("pipe: %zd %d\n", write(p[1], "x", 1), errno);
	printf("%d %d\n", last.si_code, last.si_pid == getpid());
	socketpair(AF_UNIX, SOCK_STREAM, 0, s), close(s[0]);
	printf("send: %zd %d\n", send(s[1], "x", 1, 0), errno);
	show("SIGPIPE");
	printf("send: %zd %d\n", send(s[1], "x", 1, MSG_NOSIGNAL), errno);
	show("MSG_NOSIGNAL");
	close(p[1]), close(s[1]);
	signal(SIGPIPE, SIG_DFL);
}

static void alarms(void) {
	on(SIGALRM, 0, note);
	struct itimerval it = {.it_value = {0, 5000}, .it_interval = {0, 5000}}, o, zero = {};
	setitimer(ITIMER_REAL, &it, NULL);
	for (int n = 0; n < 3; n++)
		pause();
	setitimer(ITIMER_REAL, &zero, &o);
	printf("ticks: %d %ld\n", nth >= 3, o.it_interval.tv_usec);
	nth = 0;
	printf("alarm: %d", alarm(100));
	printf(" %d\n", alarm(0));
	it.it_value.tv_usec = 1000000;
	printf("bad: %d %d\n", setitimer(ITIMER_REAL, &it, NULL), errno);
	printf("bad: %d %d\n", setitimer(9, &zero, NULL), errno);
}

int main(int argc, char **argv) {
	if (getpid() == 1) { // as init no signal ends it
		pid_t p = fork();
		if (p) {
			int st;
			while (waitpid(p, &st, 0) < 0)
				;
			return WIFSIGNALED(st) ? 128 + WTERMSIG(st) : WEXITSTATUS(st);
		}
	}
	setvbuf(stdout, NULL, _IONBF, 0);
	several(), spin(), actions(), nested(), infos(), faults(), stacks(), registers(), contexts(), waits(), pipes(), alarms();
	return 0;
}
