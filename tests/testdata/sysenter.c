// System calls by the code of AT_SYSINFO, six arguments, a restart, and a single
// step over it.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

unsigned long entry; // named in assembly
static long call(long nr, long a, long b, long c, long d, long e, long f) {
	long args[] = {nr, a, b, c, d, e, f}, r;
	asm volatile("push %%ebp; push %%ebx; push %%esi; push %%edi; mov %1, %%ebp;"
				 "mov 4(%%ebp), %%ebx; mov 8(%%ebp), %%ecx; mov 12(%%ebp), %%edx; mov 16(%%ebp), %%esi; mov 20(%%ebp), %%edi;"
				 "mov 0(%%ebp), %%eax; mov 24(%%ebp), %%ebp; call *entry; pop %%edi; pop %%esi; pop %%ebx; pop %%ebp"
		: "=a"(r)
		: "S"(args)
		: "ecx", "edx", "memory", "cc");
	return r;
}

static volatile int traps, alarms;
static void trap(int s) { traps++; }
static void alarmed(int s) { alarms++; }

int main(void) {
	entry = getauxval(AT_SYSINFO);
	if (!entry || memcmp((void *)entry, "\x51\x52\x55\x89\xe5\x0f\x34", 7)) {
		puts("no SYSENTER");
		return 0;
	}
	printf("getpid: %d\n", call(SYS_getpid, 0, 0, 0, 0, 0, 0) == getpid());
	// Six arguments: the last lies on the stack. The offset is in pages.
	char name[] = "/tmp/sysenter";
	int fd = call(SYS_open, (long)name, 0102, 0600, 0, 0, 0);
	ftruncate(fd, 8192);
	pwrite(fd, "second", 6, 4096);
	char *m = (char *)call(SYS_mmap2, 0, 4096, PROT_READ, MAP_SHARED, fd, 1);
	printf("mmap2: %.6s\n", m);
	printf("error: %ld\n", call(SYS_close, -1, 0, 0, 0, 0, 0));
	// A read that a signal interrupts and that is made again.
	struct sigaction a = {.sa_handler = alarmed, .sa_flags = SA_RESTART};
	sigaction(SIGALRM, &a, NULL);
	int p[2];
	char c = 0;
	pipe(p);
	if (fork() == 0) {
		usleep(30000);
		write(p[1], "x", 1);
		_exit(0);
	}
	ualarm(10000, 0);
	long n = call(SYS_read, p[0], (long)&c, 1, 0, 0, 0);
	printf("read: %ld %c %d\n", n, c, alarms);
	// A single step over it is no fault of the kernel's.
	a.sa_handler = trap;
	sigaction(SIGTRAP, &a, NULL);
	asm volatile("push %%ebp; pushf; orl $0x100, (%%esp); popf; mov $20, %%eax; call *entry; pushf; andl $~0x100, (%%esp); popf; pop %%ebp"
		: "=a"(n)::"ecx", "edx", "memory", "cc");
	printf("step: %d %d\n", n == getpid(), traps > 3);
	// Nor are odd flags, nor a stack that is not there.
	asm volatile("pushf; orl $0x44000, (%%esp); popf; push %%ebp; mov $20, %%eax; call *entry; pop %%ebp; pushf; andl $~0x44000, (%%esp); popf"
		: "=a"(n)::"ecx", "edx", "memory", "cc");
	printf("flags: %d\n", n == getpid());
	fflush(stdout);
	int child = fork();
	if (child == 0)
		asm volatile("xor %%ebp, %%ebp; mov $20, %%eax; sysenter" ::: "memory");
	int st = 0;
	waitpid(child, &st, 0);
	printf("no stack: signal %d\n", st & 0x7f);
	return 0;
}
