// What a 32-bit C program does that can go wrong: run on this host and in the
// guest, it must print the same.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <setjmp.h>
#include <time.h>
#include <unistd.h>

static volatile int seen;
static volatile void *where;
static sigjmp_buf back;
static __thread int mine = 7;
static double kept;

static void plain(int sig) { seen = sig; }

static void info(int sig, siginfo_t *i, void *uc) {
	seen = sig * 1000 + i->si_code;
	where = i->si_addr;
	kept = 1.0 / 3; // the x87 and SSE registers are the interrupted code's again
}

static void segv(int sig, siginfo_t *i, void *uc) {
	where = i->si_addr;
	siglongjmp(back, 1);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int count;

static void *thread(void *arg) {
	mine += (int)(intptr_t)arg;
	for (int i = 0; i < 1000; i++) {
		pthread_mutex_lock(&lock);
		count++;
		pthread_mutex_unlock(&lock);
	}
	pthread_mutex_lock(&lock);
	pthread_cond_signal(&cond);
	pthread_mutex_unlock(&lock);
	return (void *)(intptr_t)mine;
}

static void signals(void) {
	struct sigaction a = {0};
	a.sa_handler = plain;
	sigaction(SIGUSR1, &a, NULL);
	double d = 2.5;
	raise(SIGUSR1);
	printf("plain %d %g\n", seen == SIGUSR1, d * 2);
	a.sa_sigaction = info;
	a.sa_flags = SA_SIGINFO;
	sigaction(SIGUSR2, &a, NULL);
	union sigval v = {.sival_int = 5};
	sigqueue(getpid(), SIGUSR2, v);
	printf("info %d %g\n", seen - SIGUSR2 * 1000, d / 4);
	static char stack[65536];
	stack_t ss = {.ss_sp = stack, .ss_size = sizeof stack};
	sigaltstack(&ss, NULL);
	a.sa_sigaction = segv;
	a.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
	sigaction(SIGSEGV, &a, NULL);
	char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!sigsetjmp(back, 1))
		page[17] = 1;
	printf("fault at %d\n", (int)((char *)where - page));
	struct itimerval it = {{0, 0}, {0, 1000}};
	a.sa_handler = plain;
	a.sa_flags = 0;
	sigaction(SIGALRM, &a, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
	struct timespec ts = {5, 0};
	int r = nanosleep(&ts, &ts);
	printf("nanosleep %d %d left %ld\n", r, errno == EINTR, (long)ts.tv_sec);
}

static void threads(void) {
	pthread_t t[4];
	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, thread, (void *)(intptr_t)i);
	for (int i = 0; i < 4; i++) {
		void *r;
		pthread_join(t[i], &r);
		printf("thread %d: %d\n", i, (int)(intptr_t)r);
	}
	printf("count %d mine %d\n", count, mine);
}

static void processes(void) {
	int p[2], status;
	if (pipe(p))
		exit(1);
	pid_t pid = fork();
	if (pid == 0) {
		mine = 99;
		write(p[1], "from the child", 14);
		_exit(5);
	}
	char buf[20] = {0};
	read(p[0], buf, sizeof buf);
	struct rusage ru;
	wait4(pid, &status, 0, &ru);
	printf("%s, %d, %d\n", buf, WEXITSTATUS(status), mine);
}

static void files(void) {
	int fd = open("narrow.tmp", O_RDWR | O_CREAT | O_TRUNC, 0640);
	struct stat st;
	off64_t far = ((off64_t)1 << 33) + 5;
	printf("pwrite %d\n", (int)pwrite64(fd, "end", 3, 100));
	printf("lseek %lld\n", (long long)lseek64(fd, far, SEEK_SET));
	fstat(fd, &st);
	printf("mode %o size %d\n", st.st_mode, (int)st.st_size);
	struct iovec v[2] = {{"ab", 2}, {"cde", 3}};
	lseek(fd, 0, SEEK_SET);
	printf("writev %d\n", (int)writev(fd, v, 2));
	struct timespec times[2] = {{1000, 1}, {2000, 2}};
	futimens(fd, times);
	fstat(fd, &st);
	printf("mtime %ld.%ld\n", (long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	close(fd);
	int n = 0;
	DIR *d = opendir(".");
	for (struct dirent *e; (e = readdir(d));)
		n += !strcmp(e->d_name, "narrow.tmp");
	closedir(d);
	printf("entries %d\n", n);
	unlink("narrow.tmp");
}

static void sockets(void) {
	int s[2];
	socketpair(AF_UNIX, SOCK_STREAM, 0, s);
	int fd = open("/dev/null", O_RDONLY);
	char control[CMSG_SPACE(sizeof fd)];
	struct iovec v = {"x", 1};
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(c), &fd, sizeof fd);
	printf("sendmsg %d\n", (int)sendmsg(s[0], &m, 0));
	memset(control, 0, sizeof control);
	m.msg_controllen = sizeof control;
	char b;
	v.iov_base = &b;
	printf("recvmsg %d control %d type %d\n", (int)recvmsg(s[1], &m, 0), (int)m.msg_controllen, CMSG_FIRSTHDR(&m)->cmsg_type);
}

int main(int argc, char **argv) {
	setvbuf(stdout, NULL, _IONBF, 0);
	printf("%d bits, %s %s\n", (int)sizeof(void *) * 8, argc > 1 ? argv[1] : "", getenv("HOME") ? "home" : "no home");
	struct timespec ts;
	printf("clock %d\n", clock_gettime(CLOCK_MONOTONIC, &ts));
	signals();
	threads();
	processes();
	files();
	sockets();
	struct rlimit rl;
	printf("getrlimit %d\n", getrlimit(RLIMIT_STACK, &rl));
	void *high = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	printf("high %d\n", (uintptr_t)high > 0x80000000);
	return 3;
}
