// Package soft is an x86-64 CPU in software: pure Go, for any host,
// deterministic. Time is virtual: each instruction takes a nanosecond, so that
// the same input gives the same run to the bit.
//
// One table (table.go) says for every encoding its mnemonic, its operands in
// the SDM's notation and the function that executes it; the decoder
// (decode.go) is drawn from it. An instruction is decoded once, into an inst,
// and kept by physical page (code.go). Memory goes through a software TLB
// (paging.go). The instructions are in one file a subject.
//
// Begin with [CPU.Run] in run.go and the table.
package soft
