// What only i386 has: its own system calls, by INT 0x80, with the structures that
// differ from those of x86-64 in width or padding. What this prints is the same
// on Linux and in the guest.
#define _GNU_SOURCE
#include <asm/ldt.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

typedef uint32_t u32;
typedef uint64_t u64;

static char dir[] = "/tmp/calls.XXXXXX";

// sys makes a call with exactly these registers, and gives what is in EAX;
// onStack does so with another ESP.
int sys(u32 nr, u32 a, u32 b, u32 c, u32 d, u32 e, u32 f);
int onStack(u32 sp, u32 nr, u32 a, u32 b, u32 c, u32 d, u32 e);
__asm__(".text\n"
        "sys: push %ebx; push %esi; push %edi; push %ebp\n"
        "mov 20(%esp), %eax; mov 24(%esp), %ebx; mov 28(%esp), %ecx; mov 32(%esp), %edx\n"
        "mov 36(%esp), %esi; mov 40(%esp), %edi; mov 44(%esp), %ebp; int $0x80\n"
        "pop %ebp; pop %edi; pop %esi; pop %ebx; ret\n"
        "onStack: push %ebx; push %esi; push %edi; push %ebp; mov %esp, %ebp\n"
        "mov 24(%ebp), %eax; mov 28(%ebp), %ebx; mov 32(%ebp), %ecx; mov 36(%ebp), %edx\n"
        "mov 40(%ebp), %esi; mov 44(%ebp), %edi; mov 20(%ebp), %esp; int $0x80; mov %ebp, %esp\n"
        "pop %ebp; pop %edi; pop %esi; pop %ebx; ret\n");
#define S0(n) sys(n, 0, 0, 0, 0, 0, 0)
#define P(x) ((u32)(uintptr_t)(x))
#define SAY(what, r)                                                                      \
	do {                                                                                  \
		int r_ = (r);                                                                     \
		printf("%s: %d %s\n", what, r_, r_ < 0 && r_ > -4096 ? strerrorname_np(-r_) : ""); \
	} while (0)

// ---- signals: both sigactions, both frames

struct oldSigaction { u32 handler, mask, flags, restorer; };
struct newSigaction { u32 handler, flags, restorer; u32 mask[2]; };

static volatile int count, lastSig, lastCode, onAlt, depth;
static volatile u32 lastMask[2], frameAt, regs[8], lastValue;
static char altStack[32768];

static int isAlt(void *p) { return (char *)p >= altStack && (char *)p < altStack + sizeof altStack; }

static void oldHandler(int sig) {
	int here;
	count++, lastSig = sig, onAlt = isAlt(&here);
	u32 now[2];
	sys(SYS_rt_sigprocmask, SIG_BLOCK, 0, P(now), 8, 0, 0);
	lastMask[0] = now[0], lastMask[1] = now[1];
}

static void infoHandler(int sig, siginfo_t *i, void *u) {
	ucontext_t *c = u;
	int here;
	count++, lastSig = sig, lastCode = i->si_code, onAlt = isAlt(&here);
	lastValue = (u32)i->si_value.sival_int;
	regs[0] = c->uc_mcontext.gregs[REG_EBX], regs[1] = c->uc_mcontext.gregs[REG_ESI];
	regs[2] = c->uc_mcontext.gregs[REG_EDI];
	regs[6] = c->uc_stack.ss_flags, regs[7] = c->uc_stack.ss_size;
	u32 now[2];
	sys(SYS_rt_sigprocmask, SIG_BLOCK, 0, P(now), 8, 0, 0);
	lastMask[0] = now[0], lastMask[1] = now[1];
	c->uc_mcontext.gregs[REG_EDX] = 0x12345678; // is there when it goes on
	sigaddset(&c->uc_sigmask, SIGWINCH);        // and so is this
}

extern void restoreOld(void), restoreNew(void);
__asm__(".text\nrestoreOld: pop %eax; mov $119, %eax; int $0x80\n"
        "restoreNew: mov $173, %eax; int $0x80\n");

static void signals(void) {
	puts("-- signals");
	signal(SIGUSR1, SIG_IGN), signal(SIGUSR2, SIG_IGN);
	struct oldSigaction o = {P(oldHandler), 1 << (SIGHUP - 1), 0x04000000, P(restoreOld)}, was;
	SAY("sigaction", sys(SYS_sigaction, SIGUSR1, P(&o), 0, 0, 0, 0));
	memset(&was, 0xee, sizeof was);
	SAY("sigaction", sys(SYS_sigaction, SIGUSR1, 0, P(&was), 0, 0, 0));
	printf("%d %x %x %d\n", was.handler == P(oldHandler), was.mask, was.flags, was.restorer == P(restoreOld));
	sys(SYS_kill, getpid(), SIGUSR1, 0, 0, 0, 0);
	printf("%d times, signal %d, mask %x %x\n", count, lastSig, lastMask[0], lastMask[1]);
	SAY("sigaction KILL", sys(SYS_sigaction, SIGKILL, P(&o), 0, 0, 0, 0));
	SAY("sigaction 65", sys(SYS_sigaction, 65, P(&o), 0, 0, 0, 0));
	SAY("sigaction pointer", sys(SYS_sigaction, SIGUSR1, 1, 0, 0, 0, 0));
	// The C library of 1995 gave no restorer: the kernel has one.
	o.flags = 0, o.restorer = 0;
	SAY("sigaction", sys(SYS_sigaction, SIGUSR1, P(&o), 0, 0, 0, 0));
	sys(SYS_kill, getpid(), SIGUSR1, 0, 0, 0, 0);
	printf("%d times, signal %d\n", count, lastSig);
	// Both look at the same table.
	struct newSigaction n = {0}, nwas;
	memset(&nwas, 0xee, sizeof nwas);
	SAY("rt_sigaction", sys(SYS_rt_sigaction, SIGUSR1, 0, P(&nwas), 8, 0, 0));
	printf("%d %x %x %x\n", nwas.handler == P(oldHandler), nwas.flags, nwas.mask[0], nwas.mask[1]);
	SAY("rt_sigaction size", sys(SYS_rt_sigaction, SIGUSR1, 0, P(&nwas), 4, 0, 0));

	stack_t st = {altStack, 0, sizeof altStack}, stWas;
	SAY("sigaltstack", sys(SYS_sigaltstack, P(&st), P(&stWas), 0, 0, 0, 0));
	printf("%d %zu\n", stWas.ss_flags, stWas.ss_size);
	n = (struct newSigaction){P(infoHandler), SA_SIGINFO | SA_ONSTACK | 0x04000000, P(restoreNew), {0, 1 << 7}};
	SAY("rt_sigaction", sys(SYS_rt_sigaction, SIGUSR2, P(&n), 0, 8, 0, 0));
	SAY("rt_sigaction", sys(SYS_rt_sigaction, SIGRTMIN + 3, P(&n), 0, 8, 0, 0));
	int r, edx = 0, ebx, esi = 0x11112222, edi = 0x33334444;
	__asm__ volatile("int $0x80" : "=a"(r), "+d"(edx) : "0"(SYS_kill), "b"(getpid()), "c"(SIGUSR2), "S"(esi), "D"(edi) : "memory");
	printf("%d times, signal %d code %d, alt %d; esi %x edi %x; stack %d %d\n", count, lastSig, lastCode, onAlt,
	       regs[1], regs[2], regs[6], regs[7]);
	printf("mask %x %x; kill gave %d, edx %x\n", lastMask[0], lastMask[1], r, edx);
	u32 now[2];
	sys(SYS_rt_sigprocmask, SIG_BLOCK, 0, P(now), 8, 0, 0);
	printf("mask after it %x %x\n", now[0], now[1]);
	siginfo_t si;
	memset(&si, 0, sizeof si);
	si.si_code = SI_QUEUE, si.si_pid = getpid(), si.si_uid = getuid(), si.si_value.sival_int = 0x87654321;
	SAY("rt_sigqueueinfo", sys(SYS_rt_sigqueueinfo, getpid(), SIGRTMIN + 3, P(&si), 0, 0, 0));
	printf("%d times, signal %d code %d value %x, edx kept\n", count, lastSig, lastCode, lastValue);
	// The calls of the 32-bit mask.
	u32 old = 0;
	SAY("sigprocmask", sys(SYS_sigprocmask, SIG_BLOCK, P(&(u32){1 << (SIGUSR1 - 1)}), P(&old), 0, 0, 0));
	printf("%x\n", old);
	sys(SYS_kill, getpid(), SIGUSR1, 0, 0, 0, 0);
	old = 0;
	SAY("sigpending", sys(SYS_sigpending, P(&old), 0, 0, 0, 0, 0));
	printf("%x, %d times\n", old, count);
	SAY("sgetmask", (S0(SYS_sgetmask), 0));
	printf("%x\n", S0(SYS_sgetmask));
	SAY("sigsuspend", sys(SYS_sigsuspend, 0, 0, 0, 0, 0, 0));
	printf("%d times; %x\n", count, S0(SYS_sgetmask));
	SAY("ssetmask", (sys(SYS_ssetmask, 0, 0, 0, 0, 0, 0), 0));
	SAY("signal", sys(SYS_signal, SIGUSR1, P(SIG_IGN), 0, 0, 0, 0) == P(oldHandler));
	SAY("signal", sys(SYS_signal, SIGUSR1, P(SIG_DFL), 0, 0, 0, 0));
	// waiting with a time of either width
	struct { u32 s, n; } t32 = {0, 1000000};
	struct { u64 s, n; } t64 = {0, 1000000};
	u32 set[2] = {1 << (SIGUSR2 - 1), 0};
	SAY("rt_sigtimedwait", sys(SYS_rt_sigtimedwait, P(set), 0, P(&t32), 8, 0, 0));
	SAY("rt_sigtimedwait_time64", sys(421, P(set), 0, P(&t64), 8, 0, 0));
	sys(SYS_rt_sigprocmask, SIG_BLOCK, P(set), 0, 8, 0, 0);
	si.si_value.sival_int = 77;
	sys(SYS_rt_sigqueueinfo, getpid(), SIGUSR2, P(&si), 0, 0, 0);
	memset(&si, 0xee, sizeof si);
	SAY("rt_sigtimedwait", sys(SYS_rt_sigtimedwait, P(set), P(&si), P(&t32), 8, 0, 0));
	printf("%d %d %d %d\n", si.si_signo, si.si_code, si.si_pid == getpid(), si.si_value.sival_int);
	// The 32-bit mask leaves the other signals alone, whatever is done with it.
	sys(SYS_rt_sigprocmask, SIG_SETMASK, P(((u32[]){0, 4})), 0, 8, 0, 0);
	for (int how = SIG_BLOCK; how <= SIG_SETMASK + 1; how++) {
		SAY("sigprocmask", sys(SYS_sigprocmask, how, P(&(u32){1 << (SIGUSR1 - 1)}), 0, 0, 0, 0));
		sys(SYS_rt_sigprocmask, SIG_BLOCK, 0, P(now), 8, 0, 0);
		printf("how %d: mask %x %x\n", how, now[0], now[1]);
	}
	sys(SYS_rt_sigprocmask, SIG_SETMASK, P(((u32[]){0, 0})), 0, 8, 0, 0);
}

// ---- sockets: socketcall, and by themselves

static void sockets(void) {
	puts("-- sockets");
	int pair[2];
	u32 a[6] = {AF_UNIX, SOCK_STREAM, 0, P(pair)};
	SAY("socketcall socketpair", sys(SYS_socketcall, 8, P(a), 0, 0, 0, 0));
	SAY("socketcall send", sys(SYS_socketcall, 9, P(((u32[]){pair[0], P("hello"), 5, 0})), 0, 0, 0, 0));
	char buf[100] = {0};
	SAY("socketcall recv", sys(SYS_socketcall, 10, P(((u32[]){pair[1], P(buf), sizeof buf, 0})), 0, 0, 0, 0));
	puts(buf);
	SAY("socketcall 0", sys(SYS_socketcall, 0, P(a), 0, 0, 0, 0));
	SAY("socketcall 21", sys(SYS_socketcall, 21, P(a), 0, 0, 0, 0));
	SAY("socketcall pointer", sys(SYS_socketcall, 8, 1, 0, 0, 0, 0));
	SAY("socket -1", sys(SYS_socket, -1, SOCK_STREAM, 0, 0, 0, 0));
	SAY("socketcall socket", sys(SYS_socketcall, 1, P(((u32[]){-1, SOCK_STREAM, 0})), 0, 0, 0, 0));

	// A name, by both ways.
	struct sockaddr_un n = {AF_UNIX};
	strcpy(n.sun_path, "sock");
	int l = sys(SYS_socketcall, 1, P(((u32[]){AF_UNIX, SOCK_STREAM, 0})), 0, 0, 0, 0);
	SAY("bind", sys(SYS_socketcall, 2, P(((u32[]){l, P(&n), 2 + 5})), 0, 0, 0, 0));
	SAY("listen", sys(SYS_socketcall, 4, P(((u32[]){l, 3})), 0, 0, 0, 0));
	int c = sys(SYS_socket, AF_UNIX, SOCK_STREAM, 0, 0, 0, 0);
	SAY("connect", sys(SYS_connect, c, P(&n), 2 + 5, 0, 0, 0));
	u32 len = sizeof n;
	int s = sys(SYS_socketcall, 5, P(((u32[]){l, P(&n), P(&len)})), 0, 0, 0, 0);
	printf("accept %d, length %u\n", s > c, len);
	len = sizeof n;
	SAY("getsockname", sys(SYS_getsockname, s, P(&n), P(&len), 0, 0, 0));
	printf("%u %s\n", len, n.sun_path);
	int v = 0;
	len = 4;
	SAY("getsockopt", sys(SYS_socketcall, 15, P(((u32[]){s, SOL_SOCKET, SO_TYPE, P(&v), P(&len)})), 0, 0, 0, 0));
	printf("%d %u\n", v, len);
	// Descriptors in a message of several pieces.
	int fds[3];
	for (int i = 0; i < 3; i++)
		fds[i] = open("passed", O_RDWR | O_CREAT, 0600);
	struct iovec iov[3] = {{"one", 3}, {"", 0}, {"three", 5}};
	char ctl[100] __attribute__((aligned(8)));
	struct msghdr m = {0, 0, iov, 3, ctl, CMSG_SPACE(sizeof fds)};
	memset(ctl, 0, sizeof ctl);
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);
	h->cmsg_level = SOL_SOCKET, h->cmsg_type = SCM_RIGHTS, h->cmsg_len = CMSG_LEN(sizeof fds);
	memcpy(CMSG_DATA(h), fds, sizeof fds);
	SAY("sendmsg", sys(SYS_socketcall, 16, P(((u32[]){pair[0], P(&m), 0})), 0, 0, 0, 0));
	char ctl2[200] __attribute__((aligned(8)));
	memset(ctl2, 0xcc, sizeof ctl2);
	struct iovec back[2] = {{buf, 4}, {buf + 10, 20}};
	struct msghdr r = {0, 0, back, 2, ctl2, sizeof ctl2};
	SAY("recvmsg", sys(SYS_recvmsg, pair[1], P(&r), 0x40000000, 0, 0, 0));
	printf("%.4s %.4s; control %zu flags %x\n", buf, buf + 10, (size_t)r.msg_controllen, r.msg_flags);
	for (h = CMSG_FIRSTHDR(&r); h; h = CMSG_NXTHDR(&r, h)) {
		int *d = (int *)CMSG_DATA(h);
		printf("  level %d type %d length %zu:", h->cmsg_level, h->cmsg_type, (size_t)h->cmsg_len);
		printf(" %d\n", fcntl(d[0], F_GETFD) + fcntl(d[2], F_GETFD)), close(d[0]), close(d[1]), close(d[2]);
	}
	// Too little room for all of it.
	m.msg_controllen = CMSG_SPACE(sizeof fds);
	SAY("sendmsg", sys(SYS_sendmsg, pair[0], P(&m), 0, 0, 0, 0));
	for (int room = 0; room < 40; room += 13) {
		r = (struct msghdr){0, 0, back, 2, ctl2, room};
		memset(ctl2, 0xcc, sizeof ctl2);
		SAY("recvmsg peek", sys(SYS_recvmsg, pair[1], P(&r), MSG_PEEK, 0, 0, 0));
		h = CMSG_FIRSTHDR(&r);
		printf("room %d: control %zu flags %x first %zu\n", room, (size_t)r.msg_controllen, r.msg_flags, h ? (size_t)h->cmsg_len : 0);
	}
	SAY("recv", sys(SYS_socketcall, 10, P(((u32[]){pair[1], P(buf), 100, 0})), 0, 0, 0, 0));
	// Wrong control messages.
	h = (struct cmsghdr *)ctl;
	for (int len = 0; len < 14; len += 4) {
		h->cmsg_len = len;
		m.msg_controllen = 16;
		SAY("sendmsg", sys(SYS_sendmsg, pair[0], P(&m), MSG_DONTWAIT, 0, 0, 0));
	}
	sys(SYS_recvfrom, pair[1], P(buf), 100, MSG_DONTWAIT, 0, 0);
	m = (struct msghdr){0, 0, iov, 3, 0, 0};
	SAY("sendmsg pieces", (m.msg_iovlen = 1025, sys(SYS_sendmsg, pair[0], P(&m), 0, 0, 0, 0)));
	m.msg_iovlen = 1, iov[0].iov_len = -1;
	SAY("sendmsg length", sys(SYS_sendmsg, pair[0], P(&m), 0, 0, 0, 0));
	SAY("sendmsg pointer", sys(SYS_sendmsg, pair[0], 1, 0, 0, 0, 0));
	sys(SYS_socketcall, 9, P(((u32[]){pair[0], P("0123"), 4, 0})), 0, 0, 0, 0);
	struct { struct msghdr h; u32 len; } in[3] = {{{0, 0, &(struct iovec){buf, 2}, 1}}, {{0, 0, &(struct iovec){buf + 2, 2}, 1}}, {{0, 0, &(struct iovec){buf + 4, 2}, 1}}};
	struct { u64 s; u32 n, pad; } wait64 = {1, 0, 77};
	SAY("recvmmsg_time64", sys(417, pair[1], P(in), 3, 0x10000, P(&wait64), 0));
	printf("%.4s %u %u %d\n", buf, in[0].len, in[1].len, wait64.s <= 1);
	wait64.n = 1000000000;
	SAY("recvmmsg_time64", sys(417, pair[1], P(in), 3, MSG_DONTWAIT, P(&wait64), 0));
	struct { struct msghdr h; u32 len; } mm[2] = {{{0, 0, &(struct iovec){"ab", 2}, 1}}, {{0, 0, &(struct iovec){"cde", 3}, 1}}};
	SAY("sendmmsg", sys(SYS_sendmmsg, pair[0], P(mm), 2, 0, 0, 0));
	printf("%u %u\n", mm[0].len, mm[1].len);
	SAY("recv", sys(SYS_recvfrom, pair[1], P(buf), 100, 0, 0, 0));
}

// ---- files: offsets and lengths over 4 GiB in two registers

static void files(void) {
	puts("-- files");
	int f = sys(SYS_open, P("big"), O_RDWR | O_CREAT | O_TRUNC | 0100000, 0600, 0, 0, 0);
	u64 at = 0x1122334455667788;
	SAY("_llseek", sys(SYS__llseek, f, 5, 0x10, P(&at), SEEK_SET, 0));
	printf("%llx\n", at);
	SAY("write", sys(SYS_write, f, P("far"), 3, 0, 0, 0));
	SAY("lseek", sys(SYS_lseek, f, 0, SEEK_CUR, 0, 0, 0));
	SAY("lseek -1", sys(SYS_lseek, f, -1, SEEK_SET, 0, 0, 0));
	SAY("lseek 2G", sys(SYS_lseek, f, 0x7fffffff, SEEK_SET, 0, 0, 0));
	SAY("lseek -1", sys(SYS_lseek, f, -1, SEEK_CUR, 0, 0, 0));
	SAY("_llseek", sys(SYS__llseek, f, -1, -3, P(&at), SEEK_END, 0));
	printf("%llx\n", at);
	SAY("_llseek pointer", sys(SYS__llseek, f, 0, 9, 1, SEEK_SET, 0));
	SAY("_llseek whence", sys(SYS__llseek, f, 0, 9, P(&at), 9, 0));
	SAY("lseek", sys(SYS_lseek, f, 0, SEEK_CUR, 0, 0, 0));
	char b[8] = {0};
	SAY("pread64", sys(SYS_pread64, f, P(b), 8, 0x10, 5, 0));
	puts(b);
	SAY("pwrite64", sys(SYS_pwrite64, f, P("near"), 4, 8, 1, 0));
	struct iovec v[2] = {{b, 2}, {b + 4, 2}};
	memset(b, '.', 8);
	SAY("preadv", sys(SYS_preadv, f, P(v), 2, 8, 1, 0));
	printf("%.8s\n", b);
	SAY("preadv2", sys(SYS_preadv2, f, P(v), 2, -1, -1, 0));
	SAY("pwritev2", sys(SYS_pwritev2, f, P(v), 2, 0, 2, 0x10));
	SAY("readv 1025", sys(SYS_readv, f, P(v), 1025, 0, 0, 0));
	SAY("readv -1", sys(SYS_readv, f, P(v), -1, 0, 0, 0));
	SAY("readv 0", sys(SYS_readv, f, P(v), 0, 0, 0, 0));
	SAY("readv pointer", sys(SYS_readv, f, 1, 1, 0, 0, 0));
	v[1].iov_len = 0x80000000;
	SAY("readv length", sys(SYS_readv, f, P(v), 2, 0, 0, 0));

	struct stat64 s;
	memset(&s, 0xee, sizeof s);
	SAY("fstat64", sys(SYS_fstat64, f, P(&s), 0, 0, 0, 0));
	printf("%lld %o %d %d %d\n", (long long)s.st_size, s.st_mode, (int)s.st_nlink, (int)s.st_blksize, (u32)s.st_ino == (u32)s.__st_ino);
	struct { unsigned short dev, pad1; u32 ino; unsigned short mode, nlink, uid, gid, rdev, pad2; u32 size, blksize, blocks, rest[9]; } old;
	SAY("fstat", sys(SYS_fstat, f, P(&old), 0, 0, 0, 0));
	SAY("ftruncate64", sys(SYS_ftruncate64, f, 0x123, 0, 0, 0, 0));
	memset(&old, 0xee, sizeof old);
	SAY("fstat", sys(SYS_fstat, f, P(&old), 0, 0, 0, 0));
	printf("%u %o %d %x %x\n", old.size, old.mode, old.nlink, old.pad1, old.rest[8]);
	SAY("truncate64", sys(SYS_truncate64, P("big"), 7, 3, 0, 0, 0));
	SAY("stat64", sys(SYS_stat64, P("big"), P(&s), 0, 0, 0, 0));
	printf("%llx\n", (long long)s.st_size);
	SAY("truncate64 < 0", sys(SYS_truncate64, P("big"), 0, -1, 0, 0, 0));
	SAY("truncate", sys(SYS_truncate, P("big"), 0x80000000, 0, 0, 0, 0));
	SAY("ftruncate", sys(SYS_ftruncate, f, 100, 0, 0, 0, 0));
	SAY("fallocate", sys(SYS_fallocate, f, 0, 0, 0, 4096, 0));
	SAY("fallocate", sys(SYS_fallocate, f, 0, 0, 0, 0, -1));
	struct statx x;
	SAY("statx", sys(SYS_statx, AT_FDCWD, P("big"), 0, 0x7ff, P(&x), 0));
	printf("%llu %o\n", (u64)x.stx_size, x.stx_mode);
	SAY("fstatat64", sys(SYS_fstatat64, AT_FDCWD, P("none"), P(&s), 0, 0, 0));

	// Locks: three structures.
	struct { short type, whence; u32 start, len, pid; } l32 = {F_WRLCK, SEEK_SET, 10, 20, 0};
	struct __attribute__((packed)) { short type, whence; u64 start, len; u32 pid; } l64 = {F_WRLCK, SEEK_SET, 0x500000000, 0x300000000, 0};
	SAY("fcntl SETLK", sys(SYS_fcntl, f, 6, P(&l32), 0, 0, 0));
	SAY("fcntl64 SETLK64", sys(SYS_fcntl64, f, 13, P(&l64), 0, 0, 0));
	fflush(stdout);
	if (fork() == 0) {
		l32.start = 0, l32.len = 100;
		SAY("fcntl GETLK", sys(SYS_fcntl, f, 5, P(&l32), 0, 0, 0));
		printf("%d %d %u %u %d\n", l32.type, l32.whence, l32.start, l32.len, l32.pid == getppid());
		l64.start = 0x400000000, l64.len = 0;
		SAY("fcntl64 GETLK64", sys(SYS_fcntl64, f, 12, P(&l64), 0, 0, 0));
		printf("%d %d %llx %llx %d\n", l64.type, l64.whence, l64.start, l64.len, l64.pid == getppid());
		l32.type = F_WRLCK, l32.start = 0x7fffffff, l32.len = 0; // what it finds has no 32 bits
		SAY("fcntl GETLK", sys(SYS_fcntl, f, 5, P(&l32), 0, 0, 0));
		l32.type = F_WRLCK, l32.start = 15, l32.len = 1;
		SAY("fcntl SETLK", sys(SYS_fcntl, f, 6, P(&l32), 0, 0, 0));
		l32.start = -5;
		SAY("fcntl SETLK", sys(SYS_fcntl, f, 6, P(&l32), 0, 0, 0));
		l64.type = F_WRLCK, l64.start = 0x500000000, l64.len = 1, l64.pid = 0;
		SAY("fcntl64 OFD_SETLK", sys(SYS_fcntl64, f, 37, P(&l64), 0, 0, 0));
		fflush(stdout), _exit(0);
	}
	wait(0);

	// Mappings by pages, and by an argument block.
	sys(SYS_ftruncate64, f, 0x2000, 1, 0, 0, 0);
	sys(SYS_pwrite64, f, P("mapped"), 6, 0x1000, 1, 0);
	char *p = (char *)sys(SYS_mmap2, 0, 4096, PROT_READ, MAP_SHARED, f, 0x100001);
	printf("mmap2: %.6s\n", p);
	u32 block[6] = {0, 4096, PROT_READ, MAP_SHARED, f, 0x1000};
	p = (char *)sys(SYS_mmap, P(block), 0, 0, 0, 0, 0);
	printf("mmap: %d\n", p[0]);
	block[5] = 1;
	SAY("mmap", sys(SYS_mmap, P(block), 0, 0, 0, 0, 0));
	SAY("mmap pointer", sys(SYS_mmap, 1, 0, 0, 0, 0, 0));
	SAY("mmap2 fd", sys(SYS_mmap2, 0, 4096, PROT_READ, MAP_SHARED, -1, 0));
	SAY("mmap2 length", sys(SYS_mmap2, 0, 0xfffff000, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	SAY("mmap2 top", sys(SYS_mmap2, 0xfffff000, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	SAY("mprotect top", sys(SYS_mprotect, 0xfffff000, 4096, PROT_READ, 0, 0, 0));
	SAY("write top", sys(SYS_write, f, 0xfffffff0, 32, 0, 0, 0));
	SAY("read top", sys(SYS_read, f, 0xfffffffc, 4, 0, 0, 0));
	// Nothing goes past 4 GiB.
	p = mmap(0, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	SAY("mremap top", sys(SYS_mremap, P(p), 4096, 8192, 3, 0xfffff000, 0));
	SAY("mremap length", sys(SYS_mremap, P(p), 4096, 0xf0000000, 1, 0, 0));
	SAY("mremap shrink", sys(SYS_mremap, P(p), 8192, 4096, 0, 0, 0) == P(p));
	// A hole in what is almost nothing but holes.
	SAY("ftruncate64 8 TiB", sys(SYS_ftruncate64, f, 0, 0x800, 0, 0, 0));
	SAY("pwrite64", sys(SYS_pwrite64, f, P("end"), 3, 5, 0x7ff, 0));
	SAY("fallocate hole", sys(SYS_fallocate, f, 3, 100, 0, 0, 0x7ff));
	memset(b, '.', 8);
	SAY("pread64", sys(SYS_pread64, f, P(b), 8, 5, 0x7ff, 0));
	printf("%.3s\n", b);
	SAY("fallocate hole", sys(SYS_fallocate, f, 3, 0, 0, 6, 0x7ff));
	SAY("pread64", sys(SYS_pread64, f, P(b), 3, 5, 0x7ff, 0));
	printf("%d%d%d\n", b[0], b[1], b[2]);
	// A lock of the description: who has it is no process.
	l64.type = F_WRLCK, l64.start = 0x700000000, l64.len = 5, l64.pid = 0;
	SAY("fcntl64 OFD_SETLK", sys(SYS_fcntl64, f, 37, P(&l64), 0, 0, 0));
	int g = open("big", O_RDWR | 0100000);
	l64.start = 0x600000000, l64.len = 0, l64.pid = 0;
	SAY("fcntl64 OFD_GETLK", sys(SYS_fcntl64, g, 36, P(&l64), 0, 0, 0));
	printf("%d %llx %llx %d\n", l64.type, l64.start, l64.len, l64.pid == getpid());
	close(g);
	close(f);
}

static void entries(void) {
	puts("-- directories");
	mkdir("d", 0700);
	for (int i = 0; i < 40; i++) {
		char name[100];
		sprintf(name, "d/%0*d", i + 1, i);
		close(open(name, O_CREAT | O_WRONLY, 0600));
	}
	for (int kind = 0; kind < 2; kind++) {
		int d = open("d", O_RDONLY | O_DIRECTORY), n = 0, total = 0, calls = 0, r, sum = 0;
		char buf[512] __attribute__((aligned(8)));
		while ((r = sys(kind ? SYS_getdents64 : SYS_getdents, d, P(buf), sizeof buf, 0, 0, 0)) > 0) {
			calls++;
			for (char *p = buf; p < buf + r; n++) {
				unsigned short len = *(unsigned short *)(p + (kind ? 16 : 8));
				char *name = p + (kind ? 19 : 10);
				char type = kind ? p[18] : p[len - 1];
				total += strlen(name), sum += type;
				p += len;
			}
		}
		printf("%d entries, %d bytes of names, kinds %d, end %d\n", n, total, sum, r);
		SAY("small", (lseek(d, 0, SEEK_SET), sys(kind ? SYS_getdents64 : SYS_getdents, d, P(buf), 4, 0, 0, 0)));
		close(d);
	}
}

// ---- waiting: select with its arguments in memory, and times of 64 bits

static void waiting(void) {
	puts("-- waiting");
	int p[2];
	pipe(p);
	fd_set r, w;
	struct { int s, us; } tv = {0, 1000};
	u32 a[5] = {p[1] + 1, P(&r), P(&w), 0, P(&tv)};
	FD_ZERO(&r); FD_SET(p[0], &r); FD_ZERO(&w); FD_SET(p[1], &w);
	SAY("select", sys(SYS_select, P(a), 0, 0, 0, 0, 0));
	printf("%d %d\n", FD_ISSET(p[0], &r), FD_ISSET(p[1], &w));
	FD_ZERO(&r); FD_SET(p[0], &r); FD_ZERO(&w);
	tv.s = 0, tv.us = 1000;
	SAY("select", sys(SYS_select, P(a), 0, 0, 0, 0, 0));
	printf("%d %d\n", tv.s, tv.us);
	FD_ZERO(&r); FD_SET(p[0], &r);
	tv.s = 0, tv.us = 1000;
	SAY("_newselect", sys(SYS__newselect, p[0] + 1, P(&r), 0, 0, P(&tv), 0));
	tv.s = -1;
	SAY("select < 0", sys(SYS_select, P(a), 0, 0, 0, 0, 0));
	SAY("select pointer", sys(SYS_select, 1, 0, 0, 0, 0, 0));
	SAY("select n -1", sys(SYS__newselect, -1, 0, 0, 0, 0, 0));
	struct { u32 s, n; } t32 = {0, 1000};
	struct { u64 s; u32 n, pad; } t64 = {0, 1000, 0xffffffff}; // the padding does not count
	u32 mask[2] = {0, 0}, six[2] = {P(mask), 8};
	FD_ZERO(&r); FD_SET(p[0], &r);
	SAY("pselect6", sys(SYS_pselect6, p[0] + 1, P(&r), 0, 0, P(&t32), P(six)));
	FD_SET(p[0], &r);
	SAY("pselect6_time64", sys(413, p[0] + 1, P(&r), 0, 0, P(&t64), P(six)));
	six[1] = 4;
	SAY("pselect6 size", sys(SYS_pselect6, p[0] + 1, P(&r), 0, 0, P(&t32), P(six)));
	struct { int fd; short ev, got; } pf = {p[0], 1, 0};
	t32.s = 0, t32.n = 1000, t64.s = 0, t64.n = 1000;
	SAY("ppoll", sys(SYS_ppoll, P(&pf), 1, P(&t32), P(mask), 8, 0));
	SAY("ppoll_time64", sys(414, P(&pf), 1, P(&t64), P(mask), 8, 0));
	t64.n = 1000000000;
	SAY("ppoll_time64", sys(414, P(&pf), 1, P(&t64), P(mask), 8, 0));
	SAY("poll -1", sys(SYS_poll, P(&pf), -1, 0, 0, 0, 0));
	SAY("poll", sys(SYS_poll, P(&pf), 1, 0, 0, 0, 0));

	u32 n32[2] = {9, 9};
	u64 n64[2] = {~0ull, ~0ull};
	SAY("clock_gettime", sys(SYS_clock_gettime, CLOCK_MONOTONIC, P(n32), 0, 0, 0, 0));
	SAY("clock_gettime64", sys(403, CLOCK_MONOTONIC, P(n64), 0, 0, 0, 0));
	printf("%d %d\n", n64[0] - n32[0] < 3, n64[1] < 1000000000);
	n64[0] = n64[1] = ~0ull;
	SAY("clock_getres_time64", sys(406, CLOCK_REALTIME, P(n64), 0, 0, 0, 0));
	printf("%llu\n", n64[0]);
	SAY("clock_gettime -1", sys(SYS_clock_gettime, 99, P(n32), 0, 0, 0, 0));
	t64.s = 0, t64.n = 1000, t64.pad = 1;
	SAY("clock_nanosleep_time64", sys(407, CLOCK_MONOTONIC, 0, P(&t64), 0, 0, 0));
	t64.s = -1;
	SAY("clock_nanosleep_time64", sys(407, CLOCK_MONOTONIC, 0, P(&t64), 0, 0, 0));
	t32.s = 0, t32.n = 1000000000;
	SAY("nanosleep", sys(SYS_nanosleep, P(&t32), 0, 0, 0, 0, 0));
	t32.s = 0x80000000, t32.n = 0;
	SAY("nanosleep < 0", sys(SYS_nanosleep, P(&t32), 0, 0, 0, 0, 0));
	u32 word = 7;
	t32.s = 0, t32.n = 1000, t64.s = 0, t64.n = 1000, t64.pad = 5;
	SAY("futex", sys(SYS_futex, P(&word), FUTEX_WAIT, 7, P(&t32), 0, 0));
	SAY("futex_time64", sys(422, P(&word), FUTEX_WAIT, 7, P(&t64), 0, 0));
	SAY("futex", sys(SYS_futex, P(&word), FUTEX_WAIT, 8, P(&t32), 0, 0));
	SAY("futex requeue", sys(SYS_futex, P(&word), FUTEX_CMP_REQUEUE, 1, 5, P(&word) + 0, 7));
	int t = sys(SYS_timerfd_create, CLOCK_MONOTONIC, 0, 0, 0, 0, 0);
	struct { u64 is; u32 in, p1; u64 vs; u32 vn, p2; } it = {5, 6, 7, 100, 200, 9}, itBack;
	SAY("timerfd_settime64", sys(411, t, 0, P(&it), 0, 0, 0));
	memset(&itBack, 0xee, sizeof itBack);
	SAY("timerfd_gettime64", sys(410, t, P(&itBack), 0, 0, 0, 0));
	printf("%llu %u %x; %llu %x\n", itBack.is, itBack.in, itBack.p1, itBack.vs, itBack.p2);
	u32 it32[4];
	SAY("timerfd_gettime", sys(SYS_timerfd_gettime, t, P(it32), 0, 0, 0, 0));
	printf("%u %u %u\n", it32[0], it32[1], it32[2]);
	close(t);
	int e = epoll_create1(0);
	struct epoll_event ev = {EPOLLIN, {.u64 = 0x1122334455667788}};
	epoll_ctl(e, EPOLL_CTL_ADD, p[0], &ev);
	write(p[1], "x", 1);
	memset(&ev, 0, sizeof ev);
	SAY("epoll_wait", sys(SYS_epoll_wait, e, P(&ev), 1, -1, 0, 0));
	printf("%x %llx\n", ev.events, (u64)ev.data.u64);
	SAY("epoll_pwait2", sys(441, e, P(&ev), 1, P(&t64), 0, 8));
	SAY("utimensat_time64", sys(412, AT_FDCWD, P("d"), P(((struct { u64 s; u32 n, pad; }[]){{0x100000001, 5, 1}, {7, 9, 2}})), 0, 0, 0));
	struct stat64 s;
	sys(SYS_stat64, P("d"), P(&s), 0, 0, 0, 0);
	printf("%u %u\n", (u32)s.st_mtim.tv_sec, (u32)s.st_mtim.tv_nsec);
	SAY("utimes", sys(SYS_utimes, P("d"), P(((u32[]){1, 2, 3, 4})), 0, 0, 0, 0));
	SAY("utime", sys(SYS_utime, P("d"), P(((u32[]){1, 3})), 0, 0, 0, 0));
	sys(SYS_stat64, P("d"), P(&s), 0, 0, 0, 0);
	printf("%u %u\n", (u32)s.st_mtim.tv_sec, (u32)s.st_mtim.tv_nsec);
	close(e), close(p[0]), close(p[1]);
}

// ---- the rest: limits, names, numbers

static void rest(void) {
	puts("-- rest");
	u32 l[2];
	SAY("ugetrlimit", sys(SYS_ugetrlimit, 7, P(l), 0, 0, 0, 0));
	printf("%d\n", l[0] >= 256 && l[1] >= l[0]);
	SAY("setrlimit", sys(SYS_setrlimit, 4, P(((u32[]){5, 0x7fffffff})), 0, 0, 0, 0));
	SAY("ugetrlimit", sys(SYS_ugetrlimit, 4, P(l), 0, 0, 0, 0));
	printf("%x %x\n", l[0], l[1]);
	u64 l64[2];
	SAY("prlimit64", sys(SYS_prlimit64, 0, 4, P(((u64[]){6, 0x7ffffff0})), P(l64), 0, 0));
	printf("%llx %llx\n", l64[0], l64[1]);
	SAY("getrlimit", sys(SYS_getrlimit, 4, P(l), 0, 0, 0, 0));
	printf("%x %x\n", l[0], l[1]);
	SAY("ugetrlimit DATA", sys(SYS_ugetrlimit, 2, P(l), 0, 0, 0, 0));
	printf("%x\n", l[0]);
	SAY("getrlimit DATA", sys(SYS_getrlimit, 2, P(l), 0, 0, 0, 0));
	printf("%x\n", l[0]);
	int r16;
	struct utsname u;
	SAY("uname", sys(SYS_uname, P(&u), 0, 0, 0, 0, 0));
	printf("%s %s\n", u.sysname, u.machine);
	char old[9 * 5];
	SAY("olduname", sys(SYS_olduname, P(old), 0, 0, 0, 0, 0) <= 0);
	struct { int up; u32 loads[3], total, free, shared, buffer, totalswap, freeswap; short procs, pad; u32 high, freehigh, unit; char f[8]; } si;
	memset(&si, 0xee, sizeof si);
	SAY("sysinfo", sys(SYS_sysinfo, P(&si), 0, 0, 0, 0, 0));
	printf("%d %d %d %zu %x\n", si.unit != 0, si.total > 0, si.procs > 0, sizeof si, (unsigned char)si.f[7]);
	u32 t[4] = {-1, -1, -1, -1};
	SAY("times", sys(SYS_times, P(t), 0, 0, 0, 0, 0) != -14);
	printf("%d %d\n", t[0] < 10000, t[3] < 10000);
	SAY("times pointer", sys(SYS_times, 1, 0, 0, 0, 0, 0));
	int sec = 0;
	SAY("time", sys(SYS_time, P(&sec), 0, 0, 0, 0, 0) == sec);
	u32 ru[18];
	memset(ru, 0xee, sizeof ru);
	SAY("getrusage", sys(SYS_getrusage, 0, P(ru), 0, 0, 0, 0));
	printf("%d\n", ru[0] < 100 && ru[1] < 1000000);
	fflush(stdout);
	int pid = fork(), status = 0;
	if (pid == 0)
		_exit(7);
	SAY("waitpid", sys(SYS_waitpid, pid, P(&status), 0, 0, 0, 0) == pid);
	printf("%x\n", status);
	SAY("waitpid", sys(SYS_waitpid, -1, P(&status), 0, 0, 0, 0));
	if ((pid = fork()) == 0)
		_exit(9);
	siginfo_t info;
	memset(&info, 0xee, sizeof info);
	SAY("waitid", sys(SYS_waitid, P_PID, pid, P(&info), WEXITED, P(ru), 0));
	printf("%d %d %d %d\n", info.si_signo, info.si_code, info.si_pid == pid, info.si_status);
	unsigned short many[3] = {1, 2, 3};
	SAY("setgroups", (r16 = sys(SYS_setgroups, 3, P(many), 0, 0, 0, 0)) == 0 || r16 == -1);
	memset(many, 0, sizeof many);
	if (r16 == 0)
		SAY("getgroups", sys(SYS_getgroups, 3, P(many), 0, 0, 0, 0));
	SAY("getgroups", r16 || many[0] == 1 && many[2] == 3);
	SAY("setresuid", sys(SYS_setresuid, 0xffff, 0xffff, 0xffff, 0, 0, 0));
	SAY("setreuid", sys(SYS_setreuid, 0xffff, getuid(), 0, 0, 0, 0));
	SAY("nice", sys(SYS_nice, 0, 0, 0, 0, 0, 0));
	SAY("getpriority", sys(SYS_getpriority, 0, 0, 0, 0, 0, 0));
	SAY("getuid", sys(SYS_getuid, 0, 0, 0, 0, 0, 0) == getuid());
	SAY("setuid -1", sys(SYS_setuid32, -1, 0, 0, 0, 0, 0));
	SAY("chown32", sys(SYS_chown32, P("d"), -1, -1, 0, 0, 0));
	SAY("chown", sys(SYS_chown, P("d"), 0xffff, 0xffff, 0, 0, 0));
	u32 g[3];
	SAY("getresuid", sys(SYS_getresuid32, P(g), P(g + 1), P(g + 2), 0, 0, 0));
	unsigned short g16[3];
	SAY("getresuid", sys(SYS_getresuid, P(g16), P(g16 + 1), P(g16 + 2), 0, 0, 0));
	printf("%d\n", g16[0] == (unsigned short)g[0]);
	// the upper halves and the signs of arguments
	SAY("close -1", sys(SYS_close, -1, 0, 0, 0, 0, 0));
	SAY("dup2", sys(SYS_dup2, 1, -1, 0, 0, 0, 0));
	SAY("dup2", sys(SYS_dup2, 1, 0x7fffffff, 0, 0, 0, 0));
	SAY("kill 0x80000000", sys(SYS_kill, 0x80000000, 0, 0, 0, 0, 0));
	SAY("kill -2147483647", sys(SYS_kill, 0x80000001, 0, 0, 0, 0, 0));
	SAY("fchdir AT_FDCWD", sys(SYS_fchdir, AT_FDCWD, 0, 0, 0, 0, 0));
	SAY("openat AT_FDCWD", (status = sys(SYS_openat, AT_FDCWD, P("d"), O_RDONLY, 0, 0, 0)) > 2);
	close(status);
	SAY("brk", sys(SYS_brk, 0, 0, 0, 0, 0, 0) != 0);
	SAY("brk", sys(SYS_brk, -1, 0, 0, 0, 0, 0) == sys(SYS_brk, 0, 0, 0, 0, 0, 0));
	SAY("nothing 511", S0(511));
	SAY("nothing", S0(0xffffffff));
	SAY("nothing", S0(0x80000014));
	SAY("x32 number", S0(0x40000014));
	struct user_desc d;
	memset(&d, 0, sizeof d);
	d.entry_number = -1, d.base_addr = P(old), d.limit = 0xfffff, d.seg_32bit = 1, d.limit_in_pages = 1, d.useable = 1;
	SAY("set_thread_area", sys(SYS_set_thread_area, P(&d), 0, 0, 0, 0, 0));
	old[4] = 42;
	char got;
	int sel = d.entry_number * 8 + 3;
	__asm__ volatile("mov %1, %%fs; movb %%fs:4, %0; mov %2, %%fs" : "=q"(got) : "r"(sel), "r"(0));
	printf("%d\n", got);
	SAY("get_thread_area", sys(SYS_get_thread_area, P(&d), 0, 0, 0, 0, 0));
	printf("%d %x %d%d%d%d%d%d\n", d.base_addr == P(old), d.limit, d.seg_32bit, d.contents, d.read_exec_only, d.limit_in_pages, d.seg_not_present, d.useable);
	d.entry_number = 3;
	SAY("set_thread_area", sys(SYS_set_thread_area, P(&d), 0, 0, 0, 0, 0));
	SAY("modify_ldt", sys(SYS_modify_ldt, 0, 0, 0, 0, 0, 0) <= 0);
	char *argv[] = {"x", 0};
	SAY("execve", sys(SYS_execve, P("/nowhere"), P(argv), P(argv + 1), 0, 0, 0));
	SAY("execve", sys(SYS_execve, P("/nowhere"), 1, 0, 0, 0, 0));
}

// ---- small stacks: a call writes nothing to memory that is not its own

static volatile unsigned char guard[3 * 65536] __attribute__((aligned(4096)));

static int touched(void) {
	int n = 0;
	for (unsigned i = 0; i < sizeof guard; i++)
		n += guard[i] != 0x5a;
	return n;
}

static void stacks(void) {
	puts("-- the memory below the stack");
	memset((void *)guard, 0x5a, sizeof guard);
	int p[2];
	pipe(p);
	static struct iovec v[1024];
	for (int i = 0; i < 1024; i++)
		v[i] = (struct iovec){"0123456789" + i % 10, 1};
	SAY("writev 1024", onStack(P(guard) + 65536, SYS_writev, p[1], P(v), 1024, 0, 0));
	char b[2048];
	SAY("read", read(p[0], b, sizeof b));
	printf("%.12s, %d bytes are others\n", b, touched());
	struct stat64 s;
	SAY("fstat64", onStack(P(guard) + 65536, SYS_fstat64, p[0], P(&s), 0, 0, 0));
	u32 t[2];
	SAY("clock_gettime", onStack(P(guard) + 65536, SYS_clock_gettime, CLOCK_REALTIME, P(t), 0, 0, 0));
	printf("%d bytes are others\n", touched());
	mprotect((void *)guard, 65536, PROT_NONE); // a thread's stack that is used up
	SAY("writev", onStack(P(guard) + 65536, SYS_writev, p[1], P(v), 100, 0, 0));
	SAY("fstat64", onStack(P(guard) + 65536, SYS_fstat64, p[0], P(&s), 0, 0, 0));
	mprotect((void *)guard, 65536, PROT_READ | PROT_WRITE);
	close(p[0]), close(p[1]);
}

// ---- threads with stacks that are as small as can be, and many arguments

static int wide[2];

static void *writes(void *arg) {
	struct iovec *v = malloc(1024 * sizeof *v);
	for (int i = 0; i < 1024; i++)
		v[i] = (struct iovec){arg, 1};
	for (int i = 0; i < 20; i++)
		if (sys(SYS_writev, wide[1], P(v), 1024, 0, 0, 0) != 1024)
			return "short";
	return "all";
}

static void threads(void) {
	puts("-- threads");
	pipe(wide);
	pthread_attr_t a;
	pthread_attr_init(&a);
	pthread_attr_setstacksize(&a, PTHREAD_STACK_MIN);
	pthread_t t[8];
	for (int i = 0; i < 8; i++)
		pthread_create(t + i, &a, writes, "abcdefgh" + i);
	int n[8] = {0}, total = 0, r;
	char b[4096];
	for (; total < 8 * 20 * 1024 && (r = read(wide[0], b, sizeof b)) > 0; total += r)
		for (int i = 0; i < r; i++)
			n[b[i] - 'a']++;
	for (int i = 0; i < 8; i++) {
		void *said;
		pthread_join(t[i], &said);
		printf("%d %s;", n[i], (char *)said);
	}
	puts("");
	close(wide[0]), close(wide[1]);
}

static void arguments(char *self) {
	static char *argv[102] = {0};
	argv[0] = self;
	for (int i = 1; i < 100; i++)
		argv[i] = "argument";
	fflush(stdout);
	if (fork() == 0)
		execve(self, argv, argv + 97), _exit(1);
	int status;
	wait(&status);
	printf("%x\n", status);
}

int main(int argc, char **argv, char **envp) {
	if (argc > 1) {
		int n = 0;
		while (envp[n])
			n++;
		printf("%d arguments, %d of the environment, %s\n", argc, n, argv[argc - 1]);
		return 0;
	}
	char self[200] = "";
	readlink("/proc/self/exe", self, sizeof self - 1);
	setvbuf(stdout, 0, _IOLBF, 0);
	if (!mkdtemp(dir) || chdir(dir))
		return 1;
	signals();
	sockets();
	files();
	entries();
	waiting();
	rest();
	stacks();
	threads();
	arguments(self[0] ? self : argv[0]);
	fflush(stdout);
	chdir("/");
	char cmd[100];
	unlink((sprintf(cmd, "%s/big", dir), cmd)), unlink((sprintf(cmd, "%s/sock", dir), cmd)), unlink((sprintf(cmd, "%s/passed", dir), cmd));
	for (int i = 0; i < 40; i++)
		unlink((sprintf(cmd, "%s/d/%0*d", dir, i + 1, i), cmd));
	rmdir((sprintf(cmd, "%s/d", dir), cmd));
	return rmdir(dir);
}
