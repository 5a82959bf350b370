//go:build freestanding

// The bench programs each do one kind of work for some tens of millions of
// instructions and print a checksum of what came out. Whoever measures takes
// the time between the two lines that each prints:
//
//	begin NAME
//	end NAME CHECKSUM
//
// Without arguments all of them run, else those named. It is an ordinary
// static Linux program: it runs as the guest's first process, under another
// emulator, and on a host's Linux.
//
// Begin with programs.
package main

import (
	_ "unsafe" // for go:linkname

	"sysindvm/guestkernel/user/ulib"
)

// programs are all there are, in the order that they run in.
var programs = [...]struct {
	name string
	run  func() uint64 // its checksum
}{
	{"integer", integer},
	{"movsb", copyString},
	{"copyloop", copyLoop},
	{"sieve", sieve},
	{"fnv", fnv},
	{"sha256", sha256},
	{"sort", sort},
	{"fib", func() uint64 { return fib(fibOf) }},
	{"matrix", matrix},
	{"syscall", calls},
	{"fault", faults},
}

//go:linkname umain runtime.umain
func umain(sp uintptr) {
	args := ulib.ArgsAt(sp)
	if args.Arg(1) == nil {
		for i := range programs {
			measure(i)
		}
		ulib.End(0)
	}
	for n := 1; args.Arg(n) != nil; n++ {
		if !named(args.Arg(n)) {
			out.S("bench: there is no ").B(args.Arg(n)).S("\n").Flush(2)
			ulib.End(2)
		}
	}
	ulib.End(0)
}

func main() {}

var out ulib.Text

// named runs the program of a name, if there is one.
func named(name []byte) bool {
	for i := range programs {
		if programs[i].name == string(name) {
			measure(i)
			return true
		}
	}
	return false
}

func measure(i int) {
	p := &programs[i]
	out.S("begin ").S(p.name).S("\n").Flush(1)
	sum := p.run()
	out.S("end ").S(p.name).S(" ").X(sum).S("\n").Flush(1)
}
