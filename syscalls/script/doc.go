// Package script is the language of system-call tests: text in strace's
// notation, one call a line, what must come back after the =.
//
//	# A socket that is close-on-exec from birth.
//	s := indirect(OPENFLAGS{O_CLOEXEC}) socket(AF_INET, SOCK_STREAM, 0)
//	fcntl(s, F_GETFD) = FD_CLOEXEC
//	read(-1, [out ...], 1) = -1 EBADF
//
// The reference of the language, with its grammar, is docs/scripts.md in the
// repository.
//
// [Parse] checks a script against the table of calls in package syscalls
// before anything runs; [Run] runs it in tasks that an agent has made, calls in
// one go wherever no result is needed in between. [ParseCall] and [Exec] are
// for a single call. Package suite runs many scripts.
//
// The way of a line: lex.go, parse.go (to the nodes of ast.go), check.go,
// encode.go (to numbers and memory), call.go (made, in groups), match.go
// (compared), failure.go (told).
package script
