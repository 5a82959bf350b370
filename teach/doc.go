// Package teach shows what a kernel does when sys_indirect wraps a call.
//
// A [Demo] is a script (docs/scripts.md) with narration in its comments. [Play]
// runs it on a recorded machine, and gives the [Walk]: the script's calls, and
// each call's phases, with the kernel's source, the instructions, the task's
// contexts and the chain of what they have replaced, as they were at that
// moment. A [Session] goes to any moment of the same run, forwards and
// backwards, in steps of phases, system calls, functions, lines or instructions,
// and evaluates expressions there.
//
// The phases are named in the kernel's source, by comments "phase: NAME"; where
// they are in memory, and what the objects are, comes from the kernel's DWARF.
package teach
