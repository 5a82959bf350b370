// Package fromstrace makes a script of system calls (package script) of what
// strace -f, or sysindvm trace, has printed of a real program.
//
// Descriptors, processes, ports and anonymous mappings become names that the
// script binds; a child that the trace has becomes a task. What varies from
// run to run or from machine to machine becomes "...": times, inode numbers,
// random bytes. A call that cannot be made again is kept as a comment with the
// reason, and so is what depends on it: a descriptor or a file that was there
// before the trace began, an address in the program's own memory, a string
// that strace has cut.
//
// strace prints a call as unfinished whenever another process comes between,
// whether it sleeps or not. Here a call is unfinished only where the trace
// shows that it must have slept: a read of a pipe with nothing in it, a wait
// for a child that had not ended, an accept before the connect. Else a call
// that can sleep stands where it returned, and any other where it began.
//
// Begin with [Convert].
package fromstrace
