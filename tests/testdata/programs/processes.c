// Processes, jobs, timers and memory as a C library has them. What this prints
// is the same on Linux and in the guest.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;
static char *self;

#define SHOW(x) printf("%s: %ld\n", #x, (long)(x))
#define TRY(x)                                                     \
	do {                                                           \
		errno = 0;                                                 \
		long r_ = (long)(x);                                       \
		printf("%s: %ld %s\n", #x, r_, r_ < 0 ? strerrorname_np(errno) : ""); \
	} while (0)

static int waitFor(pid_t p) {
	int st = -1;
	while (waitpid(p, &st, 0) < 0 && errno == EINTR)
		;
	return st;
}

static volatile int chld, lastCode, lastStatus;
static void onChild(int s, siginfo_t *i, void *u) { chld++, lastCode = i->si_code, lastStatus = i->si_status; }

static void children(void) {
	struct sigaction a = {.sa_sigaction = onChild, .sa_flags = SA_SIGINFO | SA_RESTART};
	sigaction(SIGCHLD, &a, NULL);
	int st;
	siginfo_t i;
	TRY(waitpid(-1, &st, 0));
	pid_t p = fork();
	if (!p)
		for (;;)
			pause();
	TRY(waitpid(p, &st, WNOHANG));
	memset(&i, 0x55, sizeof i);
	TRY(waitid(P_PID, p, &i, WEXITED | WNOHANG));
	printf("%d %d\n", i.si_pid, i.si_signo);
	kill(p, SIGSTOP);
	TRY(waitpid(p, &st, WUNTRACED) == p);
	printf("stopped: %d %d, SIGCHLD %d %d %d\n", WIFSTOPPED(st), WSTOPSIG(st), chld, lastCode, lastStatus);
	kill(p, SIGTERM);
	TRY(waitpid(p, &st, WNOHANG)); // it waits until SIGCONT
	kill(p, SIGCONT);
	TRY(waitid(P_PID, p, &i, WEXITED | WNOWAIT));
	printf("%d %d %d\n", i.si_code, i.si_status, i.si_pid == p);
	TRY(waitid(P_ALL, 0, &i, WEXITED));
	TRY(waitpid(p, &st, 0));
	p = fork();
	if (!p) {
		raise(SIGSTOP);
		_exit(5);
	}
	waitid(P_PID, p, &i, WSTOPPED);
	printf("%d %d\n", i.si_code, i.si_status);
	kill(p, SIGCONT);
	waitid(P_PID, p, &i, WCONTINUED | WEXITED);
	printf("%d\n", i.si_code == CLD_CONTINUED || i.si_code == CLD_EXITED);
	waitpid(p, &st, 0);
	p = fork();
	if (!p)
		_exit(300);
	struct rusage ru;
	memset(&ru, 0xff, sizeof ru);
	TRY(wait4(p, &st, 0, &ru) == p);
	printf("%x %d\n", st, ru.ru_utime.tv_sec < 100 && ru.ru_maxrss >= 0);
	// A stopped process that is killed.
	p = fork();
	if (!p)
		for (;;)
			;
	kill(p, SIGSTOP), waitpid(p, &st, WUNTRACED), kill(p, SIGKILL);
	printf("killed: %x\n", waitFor(p));
	// Who ignores SIGCHLD has no zombies.
	signal(SIGCHLD, SIG_IGN);
	p = fork();
	if (!p)
		_exit(0);
	TRY(waitpid(p, &st, 0));
	signal(SIGCHLD, SIG_DFL);
	TRY(waitid(P_PID, 1 << 21, &i, WEXITED));
	TRY(waitpid(-1, &st, 0x100));
}

static void groups(void) {
	pid_t p = fork();
	if (!p) {
		TRY(setsid() == getpid());
		TRY(setsid());
		TRY(getsid(0) == getpid() && getpgid(0) == getpid() && getpgrp() == getpid());
		TRY(setpgid(0, 0));
		pid_t c = fork();
		if (!c) {
			signal(SIGUSR1, SIG_IGN);
			for (;;)
				pause();
		}
		TRY(setpgid(c, c));
		TRY(getpgid(c) == c && getsid(c) == getpid());
		TRY(setpgid(c, 1 << 20));
		pid_t d = fork();
		if (!d)
			for (;;)
				pause();
		TRY(setpgid(d, c));
		TRY(kill(-c, 0));
		TRY(kill(-c, SIGTERM));
		int st;
		TRY(waitpid(-c, &st, 0) > 0);
		TRY(waitpid(-c, &st, 0) > 0);
		TRY(waitpid(-c, &st, 0));
		TRY(kill(-c, 0));
		TRY(setpgid(1 << 20, 0));
		TRY(setpgid(0, -1));
		TRY(getpgid(1 << 20));
		TRY(getsid(1 << 20));
		// killpg of one's own
		signal(SIGUSR2, SIG_IGN);
		TRY(kill(0, SIGUSR2));
		c = fork();
		if (!c) {
			execl(self, self, "exit", NULL);
			_exit(1);
		}
		waitFor(c);
		_exit(0);
	}
	printf("%x\n", waitFor(p));
}

static void spawns(void) {
	int p[2];
	char b[100];
	pipe2(p, O_CLOEXEC);
	posix_spawn_file_actions_t fa;
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, p[1], 1);
	posix_spawn_file_actions_addopen(&fa, 7, "/dev/null", O_RDWR, 0);
	posix_spawnattr_t at;
	posix_spawnattr_init(&at);
	sigset_t s;
	sigemptyset(&s), sigaddset(&s, SIGUSR1);
	posix_spawnattr_setsigmask(&at, &s);
	posix_spawnattr_setpgroup(&at, 0);
	posix_spawnattr_setflags(&at, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	pid_t c;
	char *argv[] = {self, "say", "words", NULL};
	SHOW(posix_spawn(&c, self, &fa, &at, argv, environ));
	close(p[1]);
	int n = 0, m;
	while ((m = read(p[0], b + n, sizeof b - n)) > 0)
		n += m;
	printf("%.*s%x\n", n, b, waitFor(c));
	SHOW(posix_spawn(&c, "/nowhere", NULL, NULL, argv, environ));
	close(p[0]);
	// A pipeline by system(), if there is a shell, is not to be had; vfork is.
	volatile int shared = 1;
	c = vfork();
	if (!c) {
		shared = 2;
		_exit(6);
	}
	printf("vfork: %d %x\n", shared, waitFor(c));
	c = vfork();
	if (!c) {
		execl(self, self, "exit", NULL);
		_exit(1);
	}
	printf("vfork, exec: %x\n", waitFor(c));
	// dup2 and exec; close-on-exec.
	pipe(p);
	c = fork();
	if (!c) {
		dup2(p[1], 1);
		close(p[0]);
		fcntl(p[1], F_SETFD, FD_CLOEXEC);
		execl(self, self, "say", "piped", NULL);
		_exit(1);
	}
	close(p[1]);
	for (n = 0; (m = read(p[0], b + n, sizeof b - n)) > 0; n += m)
		;
	printf("%.*s%x\n", n, b, waitFor(c));
	close(p[0]);
	fflush(stdout);
}

static timer_t theTimer;
static volatile int rung, value, over;
static void onTimer(int s, siginfo_t *i, void *u) { rung++, value = i->si_value.sival_int, lastCode = i->si_code; }
static void *notified(void *a) { return NULL; }
static void timers(void) {
	struct sigaction a = {.sa_sigaction = onTimer, .sa_flags = SA_SIGINFO};
	sigaction(SIGRTMIN + 1, &a, NULL);
	struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1, .sigev_value.sival_int = 42};
	TRY(timer_create(CLOCK_MONOTONIC, &e, &theTimer));
	struct itimerspec it = {{0, 2000000}, {0, 2000000}}, o;
	TRY(timer_settime(theTimer, 0, &it, NULL));
	while (rung < 3)
		usleep(500);
	printf("%d %d\n", value, lastCode);
	TRY(timer_gettime(theTimer, &o));
	SHOW(o.it_interval.tv_nsec == 2000000 && o.it_value.tv_sec == 0 && o.it_value.tv_nsec > 0);
	// Expirations while it waits are counted.
	sigset_t s;
	sigemptyset(&s), sigaddset(&s, SIGRTMIN + 1);
	sigprocmask(SIG_BLOCK, &s, NULL);
	struct timespec ts = {0, 20000000};
	nanosleep(&ts, NULL);
	siginfo_t i;
	sigwaitinfo(&s, &i);
	printf("overrun: %d\n", i.si_overrun >= 2 && timer_getoverrun(theTimer) >= 2);
	memset(&it, 0, sizeof it);
	TRY(timer_settime(theTimer, 0, &it, &o));
	TRY(timer_delete(theTimer));
	TRY(timer_delete(theTimer));
	sigprocmask(SIG_UNBLOCK, &s, NULL);
	// to one thread, at a point in time
	e.sigev_notify = SIGEV_THREAD_ID, e._sigev_un._tid = gettid();
	TRY(timer_create(CLOCK_REALTIME, &e, &theTimer));
	clock_gettime(CLOCK_REALTIME, &it.it_value);
	rung = 0;
	it.it_value.tv_nsec += 3000000;
	if (it.it_value.tv_nsec >= 1000000000)
		it.it_value.tv_sec++, it.it_value.tv_nsec -= 1000000000;
	TRY(timer_settime(theTimer, TIMER_ABSTIME, &it, NULL));
	while (!rung)
		usleep(500);
	SHOW(rung);
	it.it_value.tv_nsec = 1000000000;
	TRY(timer_settime(theTimer, 0, &it, NULL));
	TRY(timer_delete(theTimer));
	e.sigev_notify = SIGEV_NONE;
	TRY(timer_create(CLOCK_MONOTONIC, &e, &theTimer));
	TRY(timer_delete(theTimer));
	e.sigev_notify = 77;
	TRY(timer_create(CLOCK_MONOTONIC, &e, &theTimer));
	e.sigev_notify = SIGEV_SIGNAL, e.sigev_signo = 99;
	TRY(timer_create(CLOCK_MONOTONIC, &e, &theTimer));
	TRY(timer_create(99, NULL, &theTimer));
	// Sleeping.
	struct timespec t0, t1, rem;
	clock_gettime(CLOCK_MONOTONIC, &t0);
	t1 = t0;
	t1.tv_nsec += 5000000;
	if (t1.tv_nsec >= 1000000000)
		t1.tv_sec++, t1.tv_nsec -= 1000000000;
	SHOW(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t1, NULL));
	clock_gettime(CLOCK_MONOTONIC, &t0);
	SHOW(t0.tv_sec > t1.tv_sec || t0.tv_sec == t1.tv_sec && t0.tv_nsec >= t1.tv_nsec);
	ts.tv_nsec = 1000000;
	SHOW(clock_nanosleep(CLOCK_REALTIME, 0, &ts, NULL));
	SHOW(clock_nanosleep(99, 0, &ts, NULL));
	ts.tv_nsec = -1;
	SHOW(clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL));
	TRY(clock_getres(CLOCK_MONOTONIC, &ts));
	SHOW(ts.tv_sec);
	struct timeval tv;
	TRY(gettimeofday(&tv, NULL));
	SHOW(tv.tv_sec - time(NULL) <= 1);
	TRY(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts));
	TRY(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts));
	SHOW(clock() >= 0);
	usleep(1000);
	struct sigaction al = {.sa_sigaction = onTimer, .sa_flags = SA_SIGINFO};
	sigaction(SIGALRM, &al, NULL);
	ts.tv_sec = 10, ts.tv_nsec = 0;
	struct itimerval iv = {.it_value = {0, 50000}};
	setitimer(ITIMER_REAL, &iv, NULL);
	TRY(nanosleep(&ts, &rem));
	SHOW(rem.tv_sec == 9);
}

static sigjmp_buf away;
static volatile int code;
static void fault(int s, siginfo_t *i, void *u) { code = s * 100 + i->si_code, siglongjmp(away, 1); }
static int access1(volatile char *p, int write) {
	code = 0;
	if (!sigsetjmp(away, 1)) {
		if (write)
			*p = 1;
		else
			(void)*p;
	}
	return code;
}

static void memory(void) {
	struct sigaction a = {.sa_sigaction = fault, .sa_flags = SA_SIGINFO};
	sigaction(SIGSEGV, &a, NULL), sigaction(SIGBUS, &a, NULL);
	char *p = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(p, 7, 16384);
	TRY(mprotect(p + 4096, 4096, PROT_READ));
	TRY(mprotect(p + 8192, 4096, PROT_NONE));
	printf("%d %d %d %d\n", access1(p + 5000, 0), access1(p + 5000, 1), access1(p + 9000, 0), access1(p + 13000, 1));
	TRY(mprotect(p + 4096, 8192, PROT_READ | PROT_WRITE));
	printf("%d %d\n", access1(p + 9000, 1), p[8192]);
	unsigned char vec[4];
	TRY(mincore(p, 16384, vec));
	printf("%d %d\n", vec[0] & 1, vec[3] & 1);
	TRY(madvise(p, 8192, MADV_DONTNEED));
	printf("%d %d\n", p[0], p[12288]);
	TRY(munmap(p + 4096, 4096));
	TRY(mincore(p, 16384, vec));
	printf("%d\n", access1(p + 4096, 0));
	TRY(msync(p, 4096, MS_SYNC));
	TRY(munmap(p, 16384));
	// mremap
	p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	p[0] = 3, p[8191] = 4;
	char *q = mremap(p, 8192, 1 << 20, MREMAP_MAYMOVE);
	printf("%d %d %d\n", q != MAP_FAILED, q[0], q[8191]);
	q[(1 << 20) - 1] = 1;
	SHOW(mremap(q, 1 << 20, 4096, 0) == q);
	SHOW(access1(q + 4096, 0));
	TRY(mremap(q, 0x1000, 0, 0));
	TRY(mremap(q + 1, 0x1000, 0x2000, 0));
	munmap(q, 4096);
	// shared
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!fork())
		strcpy(p, "from the child"), _exit(0);
	wait(NULL);
	puts(p);
	// a mutex, and a robust one, in memory that processes share
	pthread_mutex_t *m = (void *)(p + 100);
	pthread_mutexattr_t ma;
	pthread_mutexattr_init(&ma);
	pthread_mutexattr_setpshared(&ma, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&ma, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(m, &ma);
	pid_t c = fork();
	if (!c)
		pthread_mutex_lock(m), _exit(0);
	waitFor(c);
	SHOW(pthread_mutex_lock(m) == EOWNERDEAD);
	SHOW(pthread_mutex_consistent(m));
	SHOW(pthread_mutex_unlock(m));
	volatile int *n = (void *)(p + 1000);
	for (int i = 0; i < 3; i++)
		if (!fork()) {
			for (int j = 0; j < 300; j++) {
				pthread_mutex_lock(m);
				int v = *n;
				if (j % 50 == 0)
					sched_yield();
				*n = v + 1;
				pthread_mutex_unlock(m);
			}
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	SHOW(*n);
	// files
	int fd = open("mapped", O_RDWR | O_CREAT | O_TRUNC, 0600);
	ftruncate(fd, 6000);
	pwrite(fd, "the first", 9, 0), pwrite(fd, "the second", 10, 5000);
	p = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	SHOW(p != MAP_FAILED);
	printf("%.9s %.10s %d\n", p, p + 5000, p[7000]);
	strcpy(p, "changed");
	char b[10] = "";
	pread(fd, b, 9, 0);
	printf("%s %d\n", b, access1(p + 9000, 0));
	munmap(p, 12288);
	p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 4096);
	printf("%.10s %d\n", p + 904, access1(p, 1));
	munmap(p, 4096);
	p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	SHOW(p != MAP_FAILED);
	if (p != MAP_FAILED) {
		if (!fork())
			strcpy(p + 10, "shared"), _exit(0);
		wait(NULL);
		puts(p + 10);
		pread(fd, b, 6, 10);
		puts(b);
		pwrite(fd, "SHARED", 6, 10);
		puts(p + 10);
		TRY(msync(p, 8192, MS_SYNC));
		munmap(p, 8192);
	}
	close(fd);
	fd = open("mapped", O_RDONLY);
	TRY(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED ? 0 : -1);
	p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	printf("%.9s\n", p);
	TRY(mprotect(p, 4096, PROT_READ | PROT_WRITE));
	unlink("mapped");
	close(fd);
	printf("%.9s\n", p);
	TRY(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 99, 0) != MAP_FAILED ? 0 : -1);
	fd = open("/tmp", O_RDONLY);
	TRY(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) != MAP_FAILED ? 0 : -1);
	close(fd);
	TRY(mlock(p, 4096));
	TRY(munlock(p, 4096));
	munmap(p, 4096);
	for (int i = 0; i < 20; i++) {
		char *v = malloc(300000);
		memset(v, i, 300000);
		v = realloc(v, 900000);
		if (v[299999] != i)
			puts("realloc");
		free(v);
	}
	signal(SIGSEGV, SIG_DFL), signal(SIGBUS, SIG_DFL);
}

static void locks(void) {
	int fd = open("locked", O_RDWR | O_CREAT, 0600), other = open("locked", O_RDWR);
	TRY(flock(fd, LOCK_EX));
	TRY(flock(other, LOCK_EX | LOCK_NB));
	TRY(flock(fd, LOCK_SH));
	TRY(flock(other, LOCK_SH | LOCK_NB));
	TRY(flock(fd, LOCK_EX | LOCK_NB));
	TRY(flock(other, LOCK_UN));
	TRY(flock(99, LOCK_SH));
	TRY(flock(fd, LOCK_EX));
	fflush(stdout);
	pid_t p = fork();
	if (!p)
		_exit(flock(other, LOCK_EX));
	usleep(2000);
	close(dup(fd));
	flock(fd, LOCK_UN);
	printf("%x\n", waitFor(p));
	close(fd);
	fd = open("locked", O_RDWR);
	flock(other, LOCK_UN);
	TRY(flock(fd, LOCK_EX | LOCK_NB));
	flock(fd, LOCK_UN);
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 20};
	TRY(fcntl(fd, F_SETLK, &l));
	int ready[2];
	char r;
	pipe(ready);
	p = fork();
	if (!p) {
		struct flock k = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0};
		TRY(fcntl(fd, F_GETLK, &k));
		printf("%d %ld %ld %d\n", k.l_type, (long)k.l_start, (long)k.l_len, k.l_pid == getppid());
		TRY(fcntl(fd, F_SETLK, &k));
		k.l_start = 30;
		TRY(fcntl(fd, F_SETLK, &k));
		k.l_start = 0, k.l_len = 10;
		TRY(fcntl(fd, F_SETLK, &k));
		fflush(stdout);
		k.l_start = 15, k.l_len = 1;
		write(ready[1], "r", 1);
		_exit(fcntl(fd, F_SETLKW, &k) ? errno : 0);
	}
	read(ready[0], &r, 1);
	usleep(5000);
	l.l_type = F_UNLCK, l.l_start = 12, l.l_len = 8;
	TRY(fcntl(fd, F_SETLK, &l));
	printf("%x\n", waitFor(p));
	l.l_type = F_RDLCK, l.l_start = 12, l.l_len = 8;
	TRY(fcntl(fd, F_GETLK, &l));
	SHOW(l.l_type == F_UNLCK);
	l.l_type = 9;
	TRY(fcntl(fd, F_SETLK, &l));
	close(other); // and with it all of this process's locks
	p = fork();
	if (!p) {
		struct flock k = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
		_exit(fcntl(fd, F_SETLK, &k) ? errno : 0);
	}
	printf("%x\n", waitFor(p));
	close(fd);
	unlink("locked");
}

static void limits(void) {
	pid_t p = fork();
	if (p) {
		printf("%x\n", waitFor(p));
		return;
	}
	struct rlimit r;
	TRY(getrlimit(RLIMIT_NOFILE, &r));
	r.rlim_cur = 10, r.rlim_max = 20;
	TRY(setrlimit(RLIMIT_NOFILE, &r));
	int fd = 0, n = 0;
	while ((fd = open("/", O_RDONLY)) >= 0)
		n = fd;
	printf("%d %s\n", n, strerrorname_np(errno));
	TRY(dup2(0, 10));
	TRY(fcntl(0, F_DUPFD, 10));
	r.rlim_cur = 12;
	TRY(setrlimit(RLIMIT_NOFILE, &r));
	TRY(dup2(0, 11));
	r.rlim_cur = 30;
	TRY(setrlimit(RLIMIT_NOFILE, &r));
	TRY(getrlimit(RLIMIT_NOFILE, &r));
	printf("%ld %ld\n", (long)r.rlim_cur, (long)r.rlim_max);
	p = fork();
	if (!p) {
		getrlimit(RLIMIT_NOFILE, &r);
		_exit(r.rlim_cur);
	}
	printf("%x\n", waitFor(p));
	for (int i = 3; i < 12; i++)
		close(i);
	TRY(getrlimit(99, &r));
	fflush(stdout);
	_exit(0);
}

static void system1(void) {
	struct rusage ru;
	TRY(getrusage(RUSAGE_SELF, &ru));
	TRY(getrusage(RUSAGE_CHILDREN, &ru));
	TRY(getrusage(RUSAGE_THREAD, &ru));
	TRY(getrusage(77, &ru));
	struct sysinfo si;
	TRY(sysinfo(&si));
	SHOW(si.totalram * si.mem_unit >= 16 << 20 && si.freeram <= si.totalram && si.procs > 0);
	unsigned cpu = 99, node = 99;
	TRY(getcpu(&cpu, &node));
	SHOW(cpu < 64 && node < 8);
	SHOW(sched_getcpu() >= 0);
	SHOW(sysconf(_SC_NPROCESSORS_ONLN) > 0);
	SHOW(sysconf(_SC_PAGESIZE));
	struct sched_param sp = {77};
	TRY(sched_getscheduler(0));
	TRY(sched_getparam(0, &sp));
	SHOW(sp.sched_priority);
	TRY(sched_setscheduler(0, SCHED_OTHER, &sp));
	TRY(sched_setscheduler(0, 99, &sp));
	TRY(sched_setparam(0, &sp));
	TRY(sched_get_priority_max(SCHED_FIFO));
	TRY(sched_get_priority_min(SCHED_FIFO));
	TRY(sched_get_priority_max(SCHED_OTHER));
	TRY(sched_get_priority_max(99));
	TRY(sched_yield());
	cpu_set_t set;
	TRY(sched_getaffinity(0, sizeof set, &set));
	TRY(sched_setaffinity(0, sizeof set, &set));
	CPU_ZERO(&set);
	TRY(sched_setaffinity(0, sizeof set, &set));
	TRY(sched_getscheduler(1 << 21));
	TRY(getpriority(PRIO_PROCESS, 0));
	TRY(setpriority(PRIO_PROCESS, 0, 5));
	TRY(getpriority(PRIO_PROCESS, 0));
	TRY(syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0) > 0);
	TRY(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0));
	TRY(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
	TRY(syscall(SYS_membarrier, 1 << 30, 0, 0));
	char name[16] = "";
	TRY(prctl(PR_SET_NAME, "a name that is too long"));
	TRY(prctl(PR_GET_NAME, name));
	puts(name);
	int sig = -1;
	TRY(prctl(PR_SET_PDEATHSIG, SIGUSR1));
	TRY(prctl(PR_GET_PDEATHSIG, &sig));
	SHOW(sig);
	TRY(prctl(PR_SET_PDEATHSIG, 99));
	TRY(prctl(PR_SET_PDEATHSIG, 0));
	TRY(prctl(PR_GET_DUMPABLE));
	TRY(prctl(PR_SET_DUMPABLE, 0));
	TRY(prctl(PR_GET_DUMPABLE));
	TRY(prctl(PR_SET_DUMPABLE, 1));
	TRY(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	TRY(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	TRY(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	TRY(prctl(PR_GET_CHILD_SUBREAPER, &sig));
	TRY(prctl(12345));
	sync();
}

// A child that outlives its parent gets another one, and its death signal.
static void orphans(void) {
	int p[2];
	pipe(p);
	pid_t c = fork();
	if (!c) {
		if (!fork()) {
			prctl(PR_SET_PDEATHSIG, SIGUSR1);
			sigset_t s;
			sigemptyset(&s), sigaddset(&s, SIGUSR1);
			sigprocmask(SIG_BLOCK, &s, NULL);
			pid_t was = getppid();
			write(p[1], "r", 1);
			siginfo_t i;
			int sig = sigwaitinfo(&s, &i);
			dprintf(p[1], "signal %d, %d", sig == SIGUSR1, getppid() != was);
			_exit(0);
		}
		char r;
		read(p[0], &r, 1);
		_exit(0);
	}
	waitFor(c);
	close(p[1]);
	char b[50];
	int n = 0, m;
	while ((m = read(p[0], b + n, sizeof b - n)) > 0)
		n += m;
	printf("orphan: %.*s\n", n, b);
	close(p[0]);
}

int main(int argc, char **argv) {
	self = argv[0];
	if (argc > 1 && !strcmp(argv[1], "say")) {
		sigset_t s;
		sigprocmask(SIG_BLOCK, NULL, &s);
		printf("%s %d %d %d\n", argv[2], sigismember(&s, SIGUSR1), fcntl(7, F_GETFD), getpgrp() == getpid());
		return 8;
	}
	if (argc > 1)
		return 12;
	if (getpid() == 1) {
		pid_t p = fork();
		if (p) {
			int st, end = 0;
			while ((st = 0, wait(&st)) != p)
				;
			return WIFSIGNALED(st) ? 128 + WTERMSIG(st) : WEXITSTATUS(st);
		}
	}
	setvbuf(stdout, NULL, _IONBF, 0);
	char dir[] = "/tmp/processes.XXXXXX"; // others run this program, too
	TRY(chdir(mkdtemp(dir)));
	children(), groups(), spawns(), timers(), memory(), locks(), limits(), system1(), orphans();
	TRY(rmdir(dir));
	return 0;
}
