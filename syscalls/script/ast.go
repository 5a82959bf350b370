package script

import (
	"regexp"
	"time"

	"sysindvm/syscalls"
)

// Limits of a script. One that exceeds them is refused.
const (
	MaxSize  = 1 << 20 // bytes of a file
	MaxLine  = 4096    // bytes of a line
	MaxDepth = 16      // brackets in brackets
)

// Script is a parsed and checked script.
type Script struct {
	Name     string // the file's name without directory and extension
	File     string
	Requires []string
	Files    []File
	Steps    []*Step

	source []byte
}

// File is a file that is put into the guest before the script runs.
type File struct {
	Name string
	Data []byte
}

// StepKind is what a line does.
type StepKind uint8

const (
	StepCall   StepKind = iota // a call
	StepSpawn                  // task B = fork
	StepResume                 // B: <... accept resumed> = 3
	StepTick                   // tick 50ms
	StepMem                    // mem f = [1], mem f == [1]
	StepSignal                 // --- SIGUSR1 {si_code=SI_USER} ---
	StepEnd                    // +++ exited with 0 +++
)

// Step is one line.
type Step struct {
	Kind       StepKind
	Line       int
	Text       string
	Task       string // the task that makes it
	I386       bool
	NoRestore  bool
	Unfinished bool
	NoReturn   bool   // = ?: the task ends in the call
	Bind       string // of name := call
	Call       *Call
	Alt        *Call // what Linux has instead
	Want       *Node // the result; nil for any success
	WantErr    syscalls.Errno
	Ends       bool // "= ?": it does not return, or another program does
	// The result lies between these offsets, with the = and what is around
	// it; without one, both are where it would.
	resultPos, resultEnd int

	NewTask string // of StepSpawn
	How     string // of StepSpawn: fork, thread or proc
	Resumed string // of StepResume: the call's name
	Tick    time.Duration

	Mem      string // of StepMem: its name
	MemValue *Node
	MemCheck bool  // mem f == [1]
	Signal   *Node // of StepSignal: its number
	Siginfo  *Node // of StepSignal: what its handler was told; may be nil
	End      *Node // of StepEnd: the exit status, or the signal
	Killed   bool  // of StepEnd: by a signal
}

// abi is the interface that the line's call is made by.
func (s *Step) abi() syscalls.ABI {
	if s.I386 {
		return syscalls.I386
	}
	return syscalls.AMD64
}

// prefix is what stands before a 32-bit call in a transcript.
func (s *Step) prefix() string {
	if s.I386 {
		return "i386 "
	}
	return ""
}

// Call is a call as it is written.
type Call struct {
	Pos      int
	End      int // after the closing parenthesis
	Name     string
	Nr       *Node // of call(9999, ...)
	Args     []*Node
	Indirect *Indirect
}

// Indirect is what stands before a call that goes through sys_indirect.
type Indirect struct {
	Pos   int
	Items []*Context
	// What replaces the arguments of the call itself, to make it wrong.
	NCtxs, Ctxs, Params *Node
}

// Context is one context of an Indirect.
type Context struct {
	Pos    int
	Layout *syscalls.ContextLayout // nil for raw{...} and a pointer
	Fields []*Node                 // of the layout's, or the u32 of raw{...}
	Ptr    *Node                   // a pointer instead of a context
	At     *Place
}

// Place is where something is put: so many bytes before the end of mapped
// memory, or so that it ends there.
type Place struct {
	Whole bool // @end
	Back  uint64
}

// NodeKind is what a value is.
type NodeKind uint8

const (
	Number   NodeKind = iota // 5
	Name                     // a constant, or what has been bound
	Or                       // A|B
	String                   // "x"
	Any                      // ...
	Bind                     // ?x
	List                     // [a, b]
	Fields                   // {a, b=c}
	Range                    // 4..8
	AtLeast                  // >= 4
	Regexp                   // /x/
	IPv4                     // 127.0.0.1:80
	Abstract                 // @"x"
	Function                 // htons(80)
	Cond                     // {WIFEXITED(s) && WEXITSTATUS(s) == 0}
	Arrow                    // 16 => 2: before => after
	AtEnd                    // @end-8, a place and nothing put there
)

// Node is a value, or a pattern of values.
type Node struct {
	Kind   NodeKind
	Pos    int
	End    int    // the offset after it
	Key    string // in Fields: its name, if it is written
	KeyPos int    // where that is
	Name   string
	Num    uint64 // of Number, AtLeast; the low end of Range
	High   uint64 // of Range
	Str    []byte // of String, Abstract, IPv4
	Prefix bool   // "x"...
	Out    bool   // [out ...]
	Exact  bool   // exact{...}
	Not    bool   // ~[INT]: all others
	Re     *regexp.Regexp
	List   []*Node
	At     *Place
}
