// Package gdb lets GDB debug a machine, by GDB's remote serial protocol (the GDB
// manual, appendix E): the guest's kernel at first, which is in memory whatever
// program runs.
//
// A [Target] is what is debugged: [Live], a machine that runs, on any engine, or
// [Replay], a record of a run, in which GDB can go backwards, too, and change
// nothing. [Serve] speaks with one debugger. Begin there.
package gdb
