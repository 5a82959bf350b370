// Files, pipes, sockets and waiting for several of them. What this prints is
// the same on Linux and in the guest.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHOW(x) printf("%s: %ld\n", #x, (long)(x))
#define TRY(x)                                                     \
	do {                                                           \
		errno = 0;                                                 \
		long r_ = (long)(x);                                       \
		printf("%s: %ld %s\n", #x, r_, r_ < 0 ? strerrorname_np(errno) : ""); \
	} while (0)

static char dir[] = "/tmp/files.XXXXXX";

static int byName(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }

static void list(const char *d) {
	char *names[100];
	int n = 0;
	DIR *h = opendir(d);
	for (struct dirent *e; (e = readdir(h));)
		if (n < 100)
			names[n] = malloc(260), sprintf(names[n++], "%s/%d", e->d_name, e->d_type);
	rewinddir(h);
	int again = 0;
	while (readdir(h))
		again++;
	closedir(h);
	qsort(names, n, sizeof *names, byName);
	printf("%d %d:", n, again);
	for (int i = 0; i < n; i++)
		printf(" %s", names[i]), free(names[i]);
	puts("");
}

static void names(void) {
	TRY(mkdtemp(dir) != NULL);
	TRY(chdir(dir));
	TRY(mkdir("d", 0755));
	TRY(mkdir("d", 0755));
	close(open("d/f", O_CREAT | O_WRONLY, 0640));
	TRY(link("d/f", "g"));
	TRY(symlink("d/f", "s"));
	TRY(mkfifo("p", 0600));
	struct stat st;
	stat("s", &st);
	printf("%o %d\n", st.st_mode, (int)st.st_nlink);
	lstat("s", &st);
	printf("%o %d\n", st.st_mode & S_IFMT, (int)st.st_size);
	list(".");
	TRY(rename("g", "h"));
	TRY(rename("h", "d/f")); // the same file: nothing happens
	TRY(access("h", F_OK));
	TRY(rename("d", "d/e"));
	TRY(rename("h", "d"));
	TRY(rename("d", "h"));
	TRY(rmdir("d"));
	TRY(unlink("d"));
	int fd = open("d/f", O_RDWR);
	TRY(write(fd, "kept", 4));
	TRY(unlink("d/f"));
	TRY(unlink("h"));
	char b[8] = "";
	TRY(pread(fd, b, 8, 0));
	fstat(fd, &st);
	printf("%s %d\n", b, (int)st.st_nlink);
	close(fd);
	TRY(open("s", O_RDONLY));
	TRY(open("s", O_RDONLY | O_NOFOLLOW));
	TRY(open("s", O_CREAT | O_EXCL | O_WRONLY, 0600));
	TRY(unlinkat(AT_FDCWD, "d", AT_REMOVEDIR));
	char cwd[100];
	SHOW(!strcmp(getcwd(cwd, sizeof cwd), dir));
	unlink("s"), unlink("p");
	list(".");
	// more names than a buffer holds, some removed while one walks
	for (int i = 0; i < 300; i++)
		sprintf(b, "n%d", i), close(open(b, O_CREAT | O_WRONLY, 0600));
	int n = 0;
	DIR *h = opendir(".");
	for (struct dirent *e; (e = readdir(h));)
		if (e->d_name[0] == 'n')
			n++, unlink(e->d_name);
	closedir(h);
	SHOW(n);
	list(".");
}

static volatile int stop;
static void *renames(void *arg) {
	long bad = 0;
	for (int i = 0; i < 200; i++) {
		char from[20];
		sprintf(from, "t%ld", (long)arg);
		int fd = open(from, O_CREAT | O_WRONLY | O_TRUNC, 0600);
		bad += write(fd, "0123456789", 10) != 10;
		close(fd);
		bad += rename(from, "target") != 0;
	}
	return (void *)bad;
}
static void *reads(void *arg) {
	long bad = 0;
	while (!stop) {
		char b[20];
		int fd = open("target", O_RDONLY);
		bad += fd < 0 || read(fd, b, 20) != 10;
		close(fd);
		usleep(100);
	}
	return (void *)bad;
}
static void *links(void *arg) {
	long made = 0;
	for (int i = 0; i < 100; i++) {
		if (!link("target0", "only"))
			made++, unlink("only");
		if (!mkdir("lockdir", 0700))
			rmdir("lockdir");
	}
	return (void *)(long)(made > 0);
}
static void races(void) {
	renames((void *)9);
	close(open("target0", O_CREAT, 0600));
	pthread_t t[5];
	void *r;
	long bad = 0;
	for (long i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, renames, (void *)i);
	pthread_create(&t[2], NULL, reads, NULL);
	pthread_create(&t[3], NULL, links, NULL);
	pthread_create(&t[4], NULL, links, NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], &r), bad += (long)r;
	stop = 1;
	pthread_join(t[2], &r), bad += (long)r;
	pthread_join(t[3], &r), bad += !r;
	pthread_join(t[4], &r), bad += !r;
	SHOW(bad);
	struct stat st;
	TRY(stat("target0", &st));
	SHOW(st.st_nlink);
	unlink("target0"), unlink("target");
	list(".");
}

static void *later(void *arg) {
	usleep(3000);
	write((long)arg, "12345678", 8);
	return NULL;
}
static void waiting(void) {
	int p[2], ep = epoll_create1(EPOLL_CLOEXEC);
	pthread_t t;
	pipe2(p, O_NONBLOCK);
	struct pollfd pf[2] = {{p[0], POLLIN}, {p[1], POLLOUT}};
	TRY(poll(pf, 1, 0));
	TRY(poll(pf, 1, 5));
	TRY(poll(pf, 2, -1));
	printf("%x %x\n", pf[0].revents, pf[1].revents);
	pthread_create(&t, NULL, later, (void *)(long)p[1]);
	TRY(poll(pf, 1, -1));
	pthread_join(t, NULL);
	fd_set r;
	FD_ZERO(&r);
	FD_SET(p[0], &r);
	struct timeval tv = {1, 0};
	TRY(select(p[0] + 1, &r, NULL, NULL, &tv));
	struct epoll_event e = {EPOLLIN | EPOLLET, {.u64 = 77}}, got[4];
	TRY(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &e));
	TRY(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &e));
	TRY(epoll_wait(ep, got, 4, -1));
	printf("%x %d\n", got[0].events, (int)got[0].data.u64);
	TRY(epoll_wait(ep, got, 4, 0)); // by edge
	write(p[1], "x", 1);
	TRY(epoll_wait(ep, got, 4, 0));
	int ev = eventfd(3, EFD_NONBLOCK | EFD_SEMAPHORE);
	e.events = EPOLLIN | EPOLLONESHOT, e.data.u64 = 78;
	TRY(epoll_ctl(ep, EPOLL_CTL_ADD, ev, &e));
	TRY(epoll_wait(ep, got, 4, -1));
	TRY(epoll_wait(ep, got, 4, 0));
	uint64_t v = 0;
	for (int i = 0; i < 4; i++)
		TRY(read(ev, &v, 8));
	SHOW(v);
	int tf = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	struct itimerspec it = {{0, 2000000}, {0, 2000000}};
	TRY(timerfd_settime(tf, 0, &it, NULL));
	e.events = EPOLLIN, e.data.u64 = 79;
	TRY(epoll_ctl(ep, EPOLL_CTL_ADD, tf, &e));
	TRY(epoll_wait(ep, got, 4, 1000));
	TRY(read(tf, &v, 8));
	SHOW(v >= 1);
	TRY(epoll_ctl(ep, EPOLL_CTL_DEL, tf, NULL));
	sigset_t s;
	sigemptyset(&s), sigaddset(&s, SIGUSR1), sigaddset(&s, SIGCHLD);
	sigprocmask(SIG_BLOCK, &s, NULL);
	int sf = signalfd(-1, &s, SFD_CLOEXEC | SFD_NONBLOCK);
	e.data.u64 = 80;
	TRY(epoll_ctl(ep, EPOLL_CTL_ADD, sf, &e));
	pid_t c = fork();
	if (!c)
		_exit(3);
	TRY(epoll_wait(ep, got, 4, -1));
	struct signalfd_siginfo si;
	TRY(read(sf, &si, sizeof si));
	printf("%d %d %d %d\n", si.ssi_signo, si.ssi_code, si.ssi_status, si.ssi_pid == c);
	TRY(read(sf, &si, sizeof si));
	waitpid(c, NULL, 0);
	sigprocmask(SIG_UNBLOCK, &s, NULL);
	close(p[1]);
	TRY(epoll_wait(ep, got, 4, -1));
	printf("%x\n", got[0].events);
	close(p[0]);
	TRY(epoll_wait(ep, got, 4, 0));
	close(ep), close(ev), close(tf), close(sf);
	// how much a pipe holds
	pipe2(p, O_NONBLOCK);
	char *big = calloc(1, 100000);
	TRY(write(p[1], big, 100000));
	TRY(write(p[1], big, 1));
	TRY(read(p[0], big, 5000));
	TRY(write(p[1], big, 4096));
	free(big);
	close(p[0]), close(p[1]);
}

static long long fill(int fd, int from, int n) {
	char b[1000];
	long long sum = 0;
	for (int i = 0; i < n; i += 1000) {
		memset(b, from + i / 1000, 1000);
		for (int at = 0, m; at < 1000; at += m)
			if ((m = write(fd, b + at, 1000 - at)) <= 0)
				return -1;
		sum += b[0] * 1000;
	}
	return sum;
}
static long long drain(int fd) {
	char b[3000];
	long long sum = 0;
	int n;
	while ((n = read(fd, b, sizeof b)) > 0)
		for (int i = 0; i < n; i++)
			sum += b[i];
	return n < 0 ? -1 : sum;
}

static void sockets(int family) {
	struct sockaddr_un un = {AF_UNIX, "sock"};
	struct sockaddr_in in = {AF_INET, 0, {htonl(INADDR_LOOPBACK)}};
	struct sockaddr *a = family == AF_UNIX ? (void *)&un : (void *)&in;
	socklen_t n = family == AF_UNIX ? sizeof un : sizeof in, m;
	int l = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	TRY(bind(l, a, n));
	int c = socket(family, SOCK_STREAM, 0);
	if (family == AF_INET)
		m = sizeof in, getsockname(l, a, &m);
	TRY(connect(c, a, n));
	close(c);
	TRY(listen(l, 5));
	fflush(stdout);
	for (int i = 0; i < 3; i++)
		if (!fork()) {
			c = socket(family, SOCK_STREAM, 0);
			if (connect(c, a, n))
				_exit(1);
			long long sent = fill(c, i, 60000);
			shutdown(c, SHUT_WR);
			_exit(drain(c) == sent ? 0 : 2);
		}
	for (int i = 0; i < 3; i++) {
		int s = accept4(l, NULL, NULL, SOCK_CLOEXEC);
		if (!fork()) {
			char b[2000];
			int k;
			while ((k = read(s, b, sizeof b)) > 0)
				for (int at = 0, m; at < k; at += m)
					if ((m = send(s, b + at, k - at, MSG_NOSIGNAL)) <= 0)
						_exit(3);
			_exit(0);
		}
		close(s);
	}
	int st, sum = 0;
	while (wait(&st) > 0)
		sum += st;
	SHOW(sum);
	fcntl(l, F_SETFL, O_NONBLOCK);
	TRY(accept(l, NULL, NULL));
	c = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int r = connect(c, a, n);
	printf("connect: %d\n", r == 0 || errno == EINPROGRESS);
	struct pollfd pf = {l, POLLIN};
	TRY(poll(&pf, 1, 1000));
	int s = accept(l, NULL, NULL);
	char b[10] = "";
	TRY(recv(c, b, 10, 0));
	TRY(send(s, "hello", 5, 0));
	pf.fd = c;
	TRY(poll(&pf, 1, 1000));
	TRY(recv(c, b, 3, MSG_PEEK));
	TRY(recv(c, b, 10, 0));
	close(s);
	pf.events = POLLIN | POLLRDHUP;
	TRY(poll(&pf, 1, 1000));
	SHOW(pf.revents & (POLLIN | POLLRDHUP | POLLERR));
	TRY(recv(c, b, 10, 0));
	close(c), close(l);
	unlink("sock");
}

static void rest(void) {
	int sv[2];
	socketpair(AF_UNIX, SOCK_DGRAM, 0, sv);
	TRY(send(sv[0], "one", 3, 0));
	TRY(send(sv[0], "", 0, 0));
	char b[100];
	TRY(recv(sv[1], b, 2, MSG_TRUNC));
	TRY(recv(sv[1], b, 9, MSG_DONTWAIT));
	TRY(recv(sv[1], b, 9, MSG_DONTWAIT));
	close(sv[0]), close(sv[1]);
	// a descriptor goes to another process
	socketpair(AF_UNIX, SOCK_STREAM, 0, sv);
	union {
		char c[CMSG_SPACE(sizeof(int))];
		struct cmsghdr h;
	} u;
	struct iovec v = {b, 1};
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = &u, .msg_controllen = sizeof u};
	pid_t c = fork();
	if (!c) {
		int p[2];
		pipe(p);
		write(p[1], "passed", 6);
		u.h = (struct cmsghdr){CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
		memcpy(CMSG_DATA(&u.h), &p[0], sizeof(int));
		_exit(sendmsg(sv[0], &m, 0) == 1 ? 0 : 1);
	}
	waitpid(c, NULL, 0);
	TRY(recvmsg(sv[1], &m, MSG_CMSG_CLOEXEC));
	int fd;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof fd);
	TRY(read(fd, b, 100));
	SHOW(fcntl(fd, F_GETFD));
	close(fd), close(sv[0]), close(sv[1]);
	// copies
	int in = open("in", O_CREAT | O_RDWR | O_TRUNC, 0600), out = open("out", O_CREAT | O_RDWR | O_TRUNC, 0600);
	SHOW(fill(in, 1, 10000));
	off_t off = 1000;
	TRY(sendfile(out, in, &off, 20000));
	SHOW(off);
	loff_t a = 0, z = 500;
	TRY(copy_file_range(in, &a, out, &z, 3000, 0));
	struct stat st;
	fstat(out, &st);
	SHOW(st.st_size);
	struct iovec vs[2] = {{b, 10}, {b + 10, 20}};
	TRY(preadv(out, vs, 2, 490));
	printf("%d %d %d\n", b[9], b[10], b[29]);
	TRY(fsync(out));
	TRY(lseek(out, 1 << 20, SEEK_SET));
	TRY(write(out, "z", 1));
	TRY(pread(out, b, 10, 50000));
	SHOW(b[0] + b[9]);
	TRY(ftruncate(out, 5));
	TRY(lseek(out, 0, SEEK_END));
	TRY(read(out, b, 5));
	close(in), close(out), unlink("in"), unlink("out");
	TRY(chdir("/"));
	TRY(rmdir(dir));
}

int main(void) {
	if (getpid() == 1) {
		pid_t p = fork();
		if (p) {
			int st;
			while ((st = 0, wait(&st)) != p)
				;
			return WIFSIGNALED(st) ? 128 + WTERMSIG(st) : WEXITSTATUS(st);
		}
	}
	setvbuf(stdout, NULL, _IONBF, 0);
	umask(022);
	names(), races(), waiting(), sockets(AF_UNIX), sockets(AF_INET), rest();
	return 0;
}
