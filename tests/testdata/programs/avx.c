// The YMM registers of processes, threads and signal handlers that use them at
// the same time: none sees another's. What this prints is the same on Linux and
// in the guest, wherever there are AVX2 and FMA.
#define _GNU_SOURCE
#include <immintrin.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#ifdef __x86_64__
#define REGS 16
#define CALL "syscall"
#define HIGH(f) f(8) f(9) f(10) f(11) f(12) f(13) f(14) f(15)
#define CLOBBERS "rcx", "r11", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"
#else
#define REGS 8
#define CALL "int $0x80"
#define HIGH(f)
#define CLOBBERS "ecx" // code for i386 has no XMM registers
#endif
#define ALL(f) f(0) f(1) f(2) f(3) f(4) f(5) f(6) f(7) HIGH(f)
#define LOAD(n) "vmovdqu 32*" #n "(%[in]), %%ymm" #n "\n"
#define STORE(n) "vmovdqu %%ymm" #n ", 32*" #n "(%[out])\n"

typedef struct { uint32_t w[REGS][8]; } regs;

static void fill(regs *r, uint32_t seed) {
	for (int i = 0; i < REGS; i++)
		for (int j = 0; j < 8; j++)
			r->w[i][j] = seed * 2654435761u + i * 131 + j * 7919;
}

// hold has the registers be in while a system call is made, if nr is not
// negative, and then for a while; it returns what they are then, and the call's
// result.
static long hold(const regs *in, regs *out, long nr, unsigned spin) {
	register long result asm("eax") = nr;
	asm volatile(ALL(LOAD)
	             "test %[res], %[res]\n"
	             "js 1f\n" CALL "\n"
	             "1: mov %[spin], %%ecx\n"
	             "2: dec %%ecx\n"
	             "jns 2b\n" ALL(STORE) "vzeroupper\n"
	             : [res] "+a"(result)
	             : [in] "S"(in), [out] "D"(out), [spin] "b"(spin)
	             : "memory", "cc", CLOBBERS);
	return result;
}

// worker counts how often its registers were not its own.
static int worker(uint32_t seed) {
	int wrong = 0;
	for (int i = 0; i < 24; i++) {
		regs in, out;
		fill(&in, seed * 1000 + i);
		hold(&in, &out, i % 3 ? SYS_sched_yield : -1, i % 3 ? 1000 : 1000000);
		wrong += memcmp(&in, &out, sizeof in) != 0;
	}
	return wrong;
}

static void *thread(void *seed) { return (void *)(intptr_t)worker((intptr_t)seed); }

static void processes(void) {
	int wrong = 0, status;
	for (int i = 0; i < 4; i++)
		if (fork() == 0)
			exit(worker(i + 1));
	for (int i = 0; i < 4; i++) {
		wait(&status);
		wrong += WIFEXITED(status) ? WEXITSTATUS(status) : 1000;
	}
	printf("processes: %d wrong\n", wrong);
}

static void threads(void) {
	pthread_t t[4];
	intptr_t wrong = 0;
	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, thread, (void *)(intptr_t)(i + 10));
	for (int i = 0; i < 4; i++) {
		void *n;
		pthread_join(t[i], &n);
		wrong += (intptr_t)n;
	}
	printf("threads: %d wrong\n", (int)wrong);
}

// A child has its parent's registers, and then its own.
static void forked(void) {
	regs in, out, other;
	fill(&in, 77);
	fill(&other, 78);
	int status;
	long pid = hold(&in, &out, SYS_fork, 1000);
	int same = memcmp(&in, &out, sizeof in) == 0;
	if (pid == 0) {
		hold(&other, &out, SYS_sched_yield, 100000);
		_exit(same && memcmp(&other, &out, sizeof out) == 0);
	}
	wait(&status);
	printf("fork: parent %d, child %d\n", same, WEXITSTATUS(status));
}

// ---- signal handlers

static volatile int ticks;

static void clobber(int sig) {
	regs in, out;
	fill(&in, 5000 + ticks);
	hold(&in, &out, -1, 10);
	ticks++;
}

static void timed(void) {
	struct sigaction a = {.sa_handler = clobber};
	sigaction(SIGALRM, &a, NULL);
	setitimer(ITIMER_REAL, &(struct itimerval){{0, 1000}, {0, 1000}}, NULL);
	int wrong = 0, rounds = 0;
	for (; ticks < 20; rounds++) {
		regs in, out;
		fill(&in, rounds);
		hold(&in, &out, -1, 300000);
		wrong += memcmp(&in, &out, sizeof in) != 0;
	}
	setitimer(ITIMER_REAL, &(struct itimerval){}, NULL);
	printf("handlers: %d wrong\n", wrong);
}

// The state in a signal frame: Linux's struct _xstate.
static enum { LOOK, CHANGE, DROP, LEGACY } what;
static struct {
	int flag, magic, features, size, end, aligned, low, high, fresh;
} seen;
static regs held;

__attribute__((target("avx"))) static void handler(int sig, siginfo_t *i, void *p) {
	regs now;
	asm volatile("vmovdqu %%ymm3, %0\n" : "=m"(*(uint32_t(*)[8])now.w[3])); // before anything changes it
	ucontext_t *uc = p;
	char *fp = (char *)uc->uc_mcontext.fpregs;
#ifdef __i386__
	fp += 112; // behind what FSAVE has
#endif
	uint32_t *sw = (uint32_t *)(fp + 464), size = sw[4];
	uint64_t *there = (uint64_t *)(fp + 512);
	seen.flag = uc->uc_flags & 1;
	seen.magic = sw[0] == 0x46505853;
	seen.features = sw[2] & 7;
	seen.size = size >= 832 && sw[1] >= size + 4;
	seen.end = *(uint32_t *)(fp + size) == 0x46505845;
	seen.aligned = (uintptr_t)fp % 64 == 0;
	seen.low = memcmp(fp + 160 + 16 * 3, held.w[3], 16) == 0;
	seen.high = memcmp(fp + 576 + 16 * 3, held.w[3] + 4, 16) == 0 && (*there & 6) == 6;
	seen.fresh = now.w[3][0] == 0 && now.w[3][7] == 0;
	switch (what) {
	case CHANGE: // another upper half
		memset(fp + 576 + 16 * 3, 0x5a, 16);
		break;
	case DROP: // the AVX state as it is initially
		*there &= ~4ull;
		break;
	case LEGACY: // a frame as FXSAVE makes it
		sw[0] = 0;
		break;
	}
	hold(&(regs){}, &now, -1, 1);
}

static void frames(void) {
	struct sigaction a = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
	sigaction(SIGUSR1, &a, NULL);
	for (what = LOOK; what <= LEGACY; what++) {
		regs out;
		fill(&held, 300 + what);
		// kill(getpid(), SIGUSR1), with the registers in.
		long nr = SYS_kill;
#ifdef __x86_64__
		register long a1 asm("r8") = getpid();
		asm volatile(ALL(LOAD) "xchg %%r8, %%rdi\n mov %%rsi, %%r9\n mov %[sig], %%esi\n syscall\n xchg %%r8, %%rdi\n mov %%r9, %%rsi\n" ALL(STORE) "vzeroupper\n"
		             : "+a"(nr), "+r"(a1)
		             : [in] "S"(&held), [out] "D"(&out), [sig] "b"(SIGUSR1)
		             : "memory", "cc", "r9", CLOBBERS);
#else
		asm volatile(ALL(LOAD) "int $0x80\n" ALL(STORE) "vzeroupper\n"
		             : "+a"(nr)
		             : [in] "S"(&held), [out] "D"(&out), "b"(getpid()), "c"(SIGUSR1)
		             : "memory", "cc");
#endif
		printf("frame %d: flag %d magic %d features %d size %d end %d aligned %d low %d high %d fresh %d; after it low %d high %d, %08x\n", what, seen.flag,
		       seen.magic, seen.features, seen.size, seen.end, seen.aligned, seen.low, seen.high, seen.fresh,
		       memcmp(out.w[3], held.w[3], 16) == 0, memcmp(out.w[3] + 4, held.w[3] + 4, 16) == 0, out.w[3][5]);
	}
}

// ---- and what they are for

__attribute__((target("avx2,fma"))) static void compute(void) {
	static double a[64], b[64];
	static int index[64], table[64];
	for (int i = 0; i < 64; i++) {
		a[i] = 1.0 / (i + 1), b[i] = i * 0.37;
		index[i] = i * 29 % 64, table[i] = i * i;
	}
	__m256d sum = _mm256_setzero_pd();
	__m256i gathered = _mm256_setzero_si256();
	for (int i = 0; i < 64; i += 4)
		sum = _mm256_fmadd_pd(_mm256_loadu_pd(a + i), _mm256_loadu_pd(b + i), sum);
	for (int i = 0; i < 64; i += 8)
		gathered = _mm256_add_epi32(_mm256_mullo_epi32(gathered, _mm256_set1_epi32(31)),
		                            _mm256_i32gather_epi32(table, _mm256_loadu_si256((__m256i *)(index + i)), 4));
	double s[4];
	int g[8];
	_mm256_storeu_pd(s, sum);
	_mm256_storeu_si256((__m256i *)g, _mm256_permutevar8x32_epi32(gathered, _mm256_set_epi32(0, 2, 4, 6, 1, 3, 5, 7)));
	printf("fma: %a %a %a %a\ngather:", s[0], s[1], s[2], s[3]);
	for (int i = 0; i < 8; i++)
		printf(" %08x", g[i]);
	printf("\n");
}

int main(void) {
	setvbuf(stdout, NULL, _IONBF, 0);
	if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) {
		printf("no AVX2 and FMA\n");
		return 1;
	}
	compute();
	forked();
	frames();
	timed();
	processes();
	threads();
	return 0;
}
