// Package vmfuzz makes random programs of system calls, with random contexts
// of sys_indirect round them, in several tasks at once, and looks at how the
// embedded kernel takes them: it must not panic, hang, leave a context in
// force, return an error that has no name, or keep anything when all tasks have
// been killed (/proc/counters).
//
// A program is lines of a script (docs/scripts.md), without what must come
// back. All of it follows from a seed: on the engine soft the same seed does
// the same, to the instruction. Begin with [Fuzz]; gen.go and args.go make the
// lines, run.go runs them, reduce.go finds the shortest program that fails the
// same way, and script.go writes it as a script.
package vmfuzz
