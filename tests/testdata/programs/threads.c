// Threads as a C library makes them. What this prints is the same on Linux and
// in the guest.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int waitFor(pid_t p) {
	int st = -1;
	while (waitpid(p, &st, 0) < 0 && errno == EINTR)
		;
	return st;
}

// counting with a mutex of each kind.
static pthread_mutex_t mu;
static int count;
static void *add(void *arg) {
	for (int i = 0; i < 500; i++) {
		pthread_mutex_lock(&mu);
		int c = count;
		if (i % 100 == 0)
			sched_yield();
		count = c + 1;
		pthread_mutex_unlock(&mu);
	}
	return arg;
}
static void mutexes(void) {
	for (int kind = PTHREAD_MUTEX_NORMAL; kind <= PTHREAD_MUTEX_ERRORCHECK; kind++) {
		pthread_mutexattr_t a;
		pthread_mutexattr_init(&a);
		pthread_mutexattr_settype(&a, kind);
		pthread_mutex_init(&mu, &a);
		pthread_t t[4];
		count = 0;
		for (long i = 0; i < 4; i++)
			pthread_create(&t[i], NULL, add, (void *)i);
		long sum = 0;
		for (int i = 0; i < 4; i++) {
			void *r;
			pthread_join(t[i], &r);
			sum += (long)r;
		}
		printf("mutex: %d %ld\n", count, sum);
	}
	pthread_mutex_lock(&mu);
	printf("again: %d\n", pthread_mutex_lock(&mu) == EDEADLK);
	pthread_mutex_unlock(&mu);
	printf("not mine: %d\n", pthread_mutex_unlock(&mu) == EPERM);
	pthread_mutex_init(&mu, NULL);
	pthread_mutex_lock(&mu);
	struct timespec ts;
	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_nsec += 10000000;
	if (ts.tv_nsec >= 1000000000)
		ts.tv_sec++, ts.tv_nsec -= 1000000000;
	printf("timed: %d\n", pthread_mutex_timedlock(&mu, &ts) == ETIMEDOUT);
	pthread_mutex_unlock(&mu);
}

// a queue by condition variables.
static pthread_cond_t more = PTHREAD_COND_INITIALIZER, room = PTHREAD_COND_INITIALIZER;
static int queue[4], used;
static void *produce(void *arg) {
	for (int i = 1; i <= 100; i++) {
		pthread_mutex_lock(&mu);
		while (used == 4)
			pthread_cond_wait(&room, &mu);
		queue[used++] = i;
		pthread_cond_signal(&more);
		pthread_mutex_unlock(&mu);
	}
	return NULL;
}
static void conds(void) {
	pthread_t t[2];
	for (int i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, produce, NULL);
	int sum = 0;
	for (int n = 0; n < 200; n++) {
		pthread_mutex_lock(&mu);
		while (!used)
			pthread_cond_wait(&more, &mu);
		sum += queue[--used];
		pthread_cond_broadcast(&room);
		pthread_mutex_unlock(&mu);
	}
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	printf("cond: %d\n", sum);
	struct timespec ts;
	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec -= 1;
	pthread_mutex_lock(&mu);
	printf("timed: %d\n", pthread_cond_timedwait(&more, &mu, &ts) == ETIMEDOUT);
	pthread_mutex_unlock(&mu);
}

// barriers, read-write locks, semaphores, spin locks, once.
static pthread_barrier_t bar;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static sem_t sem;
static atomic_int serial, readers, mostReaders, wrong;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int onces;
static void oncely(void) { onces++; }
static void *meet(void *arg) {
	for (int i = 0; i < 10; i++)
		if (pthread_barrier_wait(&bar) == PTHREAD_BARRIER_SERIAL_THREAD)
			serial++;
	pthread_once(&once, oncely);
	for (int i = 0; i < 50; i++) {
		if (i % 10 == (long)arg) {
			pthread_rwlock_wrlock(&rw);
			if (readers)
				wrong++;
		} else {
			pthread_rwlock_rdlock(&rw);
			readers++;
			sched_yield();
			readers--;
		}
		pthread_rwlock_unlock(&rw);
	}
	sem_post(&sem);
	return NULL;
}
static void others(void) {
	pthread_t t[5];
	pthread_barrier_init(&bar, NULL, 5);
	sem_init(&sem, 0, 0);
	for (long i = 0; i < 5; i++)
		pthread_create(&t[i], NULL, meet, (void *)i);
	for (int i = 0; i < 5; i++)
		sem_wait(&sem);
	printf("sem: %d %d\n", sem_trywait(&sem), errno == EAGAIN);
	for (int i = 0; i < 5; i++)
		pthread_join(t[i], NULL);
	printf("barrier: %d, rwlock: %d, once: %d\n", serial, wrong, onces);
}

// cancellation.
static int cleaned;
static void clean(void *arg) { cleaned += (long)arg; }
static void *sleeper(void *arg) {
	pthread_cleanup_push(clean, (void *)1);
	pthread_cleanup_push(clean, (void *)10);
	if (arg)
		pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	sem_post(&sem);
	if (arg)
		for (;;)
			;
	for (;;)
		pause();
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
}
static void *holdsOut(void *arg) {
	int p[2];
	char c;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	pipe(p);
	sem_post(&sem);
	usleep(5000);
	write(p[1], "x", 1);
	read(p[0], &c, 1);
	close(p[0]), close(p[1]);
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	pthread_testcancel();
	return NULL;
}
static void cancels(void) {
	for (long how = 0; how < 3; how++) {
		pthread_t t;
		void *r;
		pthread_create(&t, NULL, how == 2 ? holdsOut : sleeper, (void *)how);
		sem_wait(&sem);
		printf("cancel: %d", pthread_cancel(t));
		pthread_join(t, &r);
		printf(" %d %d\n", r == PTHREAD_CANCELED, cleaned);
	}
}

// thread-local storage, and what belongs to a thread.
static __thread int local = 7;
static __thread char big[3000];
static pthread_key_t key;
static atomic_int destroyed;
static void destroy(void *v) { destroyed += (long)v; }
static void *tls(void *arg) {
	pthread_setspecific(key, arg);
	int before = local;
	local += (long)arg, big[2999] = local, errno = 100 + (long)arg;
	pthread_barrier_wait(&bar);
	sched_yield();
	return (void *)(long)(before == 7 && local == 7 + (long)arg && big[2999] == local && errno == 100 + (long)arg &&
		pthread_getspecific(key) == arg);
}
static void storage(void) {
	pthread_t t[5];
	int ok = 0;
	pthread_key_create(&key, destroy);
	for (long i = 0; i < 5; i++)
		pthread_create(&t[i], NULL, tls, (void *)(i + 1));
	for (int i = 0; i < 5; i++) {
		void *r;
		pthread_join(t[i], &r);
		ok += (long)r;
	}
	printf("tls: %d %d %d\n", ok, destroyed, local);
}

// a signal to the process goes to a thread that lets it in.
static volatile pid_t gotIt;
static sem_t got;
static void take(int s) { gotIt = gettid(), sem_post(&got); }
static void *listener(void *arg) {
	sigset_t s;
	sigemptyset(&s);
	pthread_sigmask(SIG_SETMASK, &s, NULL);
	*(pid_t *)arg = gettid();
	sem_post(&sem);
	sem_wait(&got);
	return NULL;
}
static void *waiter(void *arg) {
	sigset_t s;
	int sig = 0;
	sigemptyset(&s);
	sigaddset(&s, SIGUSR2);
	sem_post(&sem);
	sigwait(&s, &sig);
	return (void *)(long)sig;
}
static void directed(void) {
	sigset_t all, old;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pid_t tid = 0;
	pthread_t t;
	void *r;
	struct sigaction a = {.sa_handler = take, .sa_flags = SA_RESTART};
	sigaction(SIGUSR1, &a, NULL);
	sem_init(&got, 0, 0);
	pthread_create(&t, NULL, listener, &tid);
	sem_wait(&sem);
	kill(getpid(), SIGUSR1);
	pthread_join(t, NULL);
	printf("to the one that lets it in: %d\n", gotIt == tid && tid != getpid());
	// A signal that all block waits, until one waits for it.
	kill(getpid(), SIGUSR2);
	pthread_create(&t, NULL, waiter, NULL);
	sem_wait(&sem);
	pthread_join(t, &r);
	printf("sigwait: %ld\n", (long)r);
	// One thread's own signal is no one else's.
	pthread_create(&t, NULL, waiter, NULL);
	sem_wait(&sem);
	raise(SIGUSR2);
	sigset_t p;
	sigpending(&p);
	printf("mine: %d\n", sigismember(&p, SIGUSR2));
	pthread_kill(t, SIGUSR2);
	pthread_join(t, &r);
	printf("its: %ld\n", (long)r);
	siginfo_t i;
	sigset_t two;
	sigemptyset(&two), sigaddset(&two, SIGUSR2);
	int mine = sigwaitinfo(&two, &i);
	printf("still mine: %d %d\n", mine, i.si_code);
	printf("no thread: %ld %d\n", syscall(SYS_tgkill, getpid(), 1 << 21, 0), errno);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

// A process that has been sent a signal while the main thread unblocks it last.
static void *blockThenLet(void *arg) {
	sigset_t s;
	sigemptyset(&s), sigaddset(&s, SIGUSR1);
	sem_post(&sem);
	sem_wait(&got);
	pthread_sigmask(SIG_UNBLOCK, &s, NULL);
	return (void *)(long)(gotIt == gettid());
}
static void later(void) {
	sigset_t s, old;
	sigemptyset(&s), sigaddset(&s, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &s, &old);
	pthread_t t;
	void *r;
	gotIt = 0;
	sem_init(&got, 0, 0);
	pthread_create(&t, NULL, blockThenLet, NULL);
	sem_wait(&sem);
	kill(getpid(), SIGUSR1);
	printf("nobody yet: %d\n", gotIt);
	sem_post(&got);
	pthread_join(t, &r);
	printf("unblocked: %ld\n", (long)r);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

// How processes with threads end.
static void *endBy(void *arg) {
	char *argv[] = {"/proc/self/exe", "child", NULL};
	switch ((long)arg) {
	case 0:
		exit(3);
	case 1:
		_exit(4);
	case 2:
		execv(getenv("SELF"), argv);
		_exit(99);
	case 3:
		abort();
	case 4:
		raise(SIGTERM);
		break;
	case 5:
		*(volatile char *)0 = 1;
		break;
	case 6:
		usleep(3000);
		syscall(SYS_exit, 0);
	}
	return NULL;
}
static void *forever(void *arg) {
	for (;;)
		if (arg)
			pause();
}
static void ends(void) {
	fflush(stdout);
	for (long how = 0; how < 7; how++) {
		pid_t p = fork();
		if (!p) {
			pthread_t t;
			if (how < 6) {
				pthread_create(&t, NULL, forever, (void *)0);
				pthread_create(&t, NULL, forever, (void *)1);
			}
			pthread_create(&t, NULL, endBy, (void *)how);
			pthread_exit(NULL); // the leader ends before
		}
		printf("end %ld: %x\n", how, waitFor(p) & 0xff7f);
	}
	// The main thread's return ends all.
	pid_t p = fork();
	if (!p) {
		pthread_t t;
		pthread_create(&t, NULL, forever, NULL);
		exit(9);
	}
	printf("main: %x\n", waitFor(p));
	// A fork in a thread has that thread only.
	fflush(stdout);
}
static void *forks(void *arg) {
	pid_t p = fork();
	if (!p)
		_exit(getpid() == gettid() ? 21 : 22);
	return (void *)(long)waitFor(p);
}
static void forkInThread(void) {
	pthread_t t;
	void *r;
	pthread_create(&t, NULL, forks, NULL);
	pthread_join(t, &r);
	printf("fork in a thread: %lx\n", (long)r);
}

// robust mutexes, and mutexes that processes share, are in processes.c.
static void *meetOnce(void *arg) {
	sem_post(&sem);
	return NULL;
}
static void *many(void *arg) { return arg; }
static void lots(void) {
	long sum = 0;
	for (int round = 0; round < 5; round++) {
		pthread_t t[10];
		for (long i = 0; i < 10; i++)
			if (pthread_create(&t[i], NULL, many, (void *)i))
				puts("no thread");
		for (int i = 0; i < 10; i++) {
			void *r;
			pthread_join(t[i], &r);
			sum += (long)r;
		}
	}
	printf("lots: %ld\n", sum);
	pthread_attr_t a;
	pthread_t t;
	pthread_attr_init(&a);
	pthread_attr_setstacksize(&a, 1 << 20);
	pthread_attr_setdetachstate(&a, PTHREAD_CREATE_DETACHED);
	printf("detached: %d", pthread_create(&t, &a, meetOnce, NULL));
	sem_wait(&sem);
	puts(" ran");
}

int main(int argc, char **argv) {
	if (argc > 1 && !strcmp(argv[1], "child"))
		return getpid() == gettid() ? 55 : 56;
	if (getpid() == 1) {
		setenv("SELF", argv[0], 1);
		pid_t p = fork();
		if (p) {
			int st;
			while (waitpid(p, &st, 0) < 0)
				;
			return WIFSIGNALED(st) ? 128 + WTERMSIG(st) : WEXITSTATUS(st);
		}
	}
	setenv("SELF", argv[0], 1);
	setvbuf(stdout, NULL, _IOLBF, 0);
	mutexes(), conds(), others(), cancels(), storage(), directed(), later(), ends(), forkInThread(), lots();
	return 0;
}
