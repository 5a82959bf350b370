// Package script is the language of system-call tests: text in strace's
// notation, one call a line, what must come back after the =.
//
//	# A socket that is close-on-exec from birth.
//	s := indirect(OPENFLAGS{O_CLOEXEC}) socket(AF_INET, SOCK_STREAM, 0)
//	fcntl(s, F_GETFD) = FD_CLOEXEC
//	read(-1, [out ...], 1) = -1 EBADF
//
// [Parse] checks a script against the table of calls in package syscalls
// before anything runs; [Run] runs it in tasks that an agent has made.
// [ParseCall] and [Exec] are for a single call.
//
// # Lines
//
//	call(...)                         must succeed
//	call(...) = value                 must give that
//	call(...) = -1 ENAME              must fail with that
//	name := call(...)                 must succeed; name is its result
//	call(9999, ...)                   by number
//	task B = fork | thread | proc     another task: a child of the task that
//	                                  has the line, a thread of it, or a
//	                                  process of its own. B is its pid, too.
//	B: call(...)                      a call that task B makes; else it is A
//	B: call(...) <unfinished ...>     must fall asleep in that very call
//	B: <... call resumed> = value     and here it returns
//	exit(3) = ?                       does not return
//	tick 50ms                         lets time pass
//	requires: name, ...               what the machine must have; see Features
//	i386 call(...)                    as a 32-bit program makes it
//
// After a line may follow norestore, which says not to compare the task's
// contexts after an indirect with those before, and ~ call(...), the call that
// a Linux without indirect has instead. After # comes a comment. Files in
// txtar's format, "-- path --", follow the script and are put into the guest.
//
// # Values
//
//	5  0x1f  0644  -1  NULL           numbers
//	A|B  S_IFREG|0644                 constants, of the argument's own set
//	name  ?name  ...                  what is bound; bind it; anything
//	4..8  >= 0  "prefix"...  /re/     patterns, for what comes back
//	"x\n\0"                           strings, paths, bytes to be read
//	[out "x"]  [out ...]  "x"         bytes that the kernel writes
//	[out ?r, ?w]                      two descriptors
//	[16]  [110 => ?n]                 a pointer to a length, before => after
//	{tv_sec=1, tv_nsec=0}  {1, 0}     a structure; fields without a name are
//	                                  in their order, those left out are zero
//	                                  or not compared; exact{...} names all
//	[{fd=r, events=POLLIN, revents=0}]
//	{AF_INET, 127.0.0.1:?port}  {AF_UNIX, "/x"}  {AF_UNIX, @"abstract"}
//	[{WIFEXITED(s) && WEXITSTATUS(s) == 3}]
//	BADPTR                            an address where nothing is mapped
//	"x"@end  {1, 0}@end-4             placed so that it ends where mapped
//	                                  memory does, or begins 4 bytes before
//
// # Contexts
//
//	indirect(OPENFLAGS{O_CLOEXEC}, FILEPOS{pos=6}) call(...)
//	indirect() call(...)              no context
//
// and, to make a wrong call of sys_indirect itself:
//
//	indirect(raw{kind=77, 1, 2})      any context, as numbers of 32 bits
//	indirect(BADPTR)                  an address instead of a context
//	indirect(OPENFLAGS{0}@end-4)      a context of which a part is not mapped
//	indirect(nctxs=17)                another number of contexts
//	indirect(ctxs=BADPTR)             another address of the pointers, or
//	indirect(ctxs=@end-4)             another place for them
//	indirect(params=@end-40)          the same for the parameters
//	indirect(41, NULL, 0, BADPTR)     the four arguments themselves
package script
