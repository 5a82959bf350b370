// Package soft is an x86-64 CPU in software: pure Go, for any host,
// deterministic. Time is virtual: each instruction takes a nanosecond, so that
// the same input gives the same run to the bit.
//
// One table (table.go) says for every encoding its mnemonic, its operands in
// the SDM's notation and the function that executes it; the decoder
// (decode.go) is drawn from it. An instruction is decoded once, into an inst,
// and kept by physical page (code.go). Memory goes through a software TLB
// (paging.go). The instructions are in one file a subject; those of SSE and AVX
// have their functions in common (lanes.go).
//
// Floating point, of SSE and of the x87 alike, is computed in integers
// (softfloat.go); the host's is used where it comes to the same.
//
// The oracle of the tests is the host's processor (processor_test.go), or what
// one has done (corpus_test.go). For more cases than a test has time for:
//
//	go test ./cpu/soft -run AgainstProcessor -v -soft.cases=10000000 -soft.seed=7 -soft.report
//
// Begin with [CPU.Run] in run.go and the table.
package soft
