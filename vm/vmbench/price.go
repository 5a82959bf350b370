package vmbench

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/binary"
	"fmt"

	"sysindvm/cpu"
	"sysindvm/syscalls"
	"sysindvm/syscalls/agent"
	"sysindvm/syscalls/wire"
	"sysindvm/vm"
)

// Price is what one call costs under a context, and what else there is, in
// guest instructions, the user program's own (a few a call) included. 0 is for
// what there is not.
type Price struct {
	Context  string
	Wrapped  float64 // the older call under sys_indirect
	Native   float64 // the call that Linux has for it
	Sequence float64 // the two or three calls that both replace
	Calls    [3]string
}

// word is an argument: a number, an address in the program's data, or a
// descriptor that the beginning of the program has opened.
type word struct {
	value uint64
	fd    bool // the descriptor
}

func n(v int64) word     { return word{value: uint64(v)} }
func at(off uint64) word { return word{value: dataAt + off} }

// op is one system call.
type op struct {
	nr   int
	args []word
	// ctx, if it is not nil, has the call made by sys_indirect.
	ctx []syscalls.Context
}

func call(nr int, args ...word) op { return op{nr: nr, args: args} }

func under(c syscalls.Context, nr int, args ...word) op {
	return op{nr: nr, args: args, ctx: []syscalls.Context{c}}
}

// prices are the ways that are compared. Descriptor fd is a file of one byte,
// open for reading; what a call leaves behind is removed in the same round.
var prices = []struct {
	context                   string
	calls                     [3]string
	wrapped, native, sequence []op
}{
	{"OPENFLAGS", [3]string{"eventfd; close", "eventfd2; close", "eventfd, fcntl; close"},
		[]op{under(syscalls.OpenFlags(syscalls.O_CLOEXEC), syscalls.SYS_EVENTFD, n(0)), closeSlot1},
		[]op{call(syscalls.SYS_EVENTFD2, n(0), n(syscalls.O_CLOEXEC)), closeSlot1},
		[]op{call(syscalls.SYS_EVENTFD, n(0)), call(syscalls.SYS_FCNTL, n(nextFD), n(syscalls.F_SETFD), n(syscalls.FD_CLOEXEC)), closeSlot1}},
	{"SIGMASK", [3]string{"poll", "ppoll", "rt_sigprocmask, poll, rt_sigprocmask"},
		[]op{under(syscalls.Sigmask(0), syscalls.SYS_POLL, n(0), n(0), n(0))},
		[]op{call(syscalls.SYS_PPOLL, n(0), n(0), at(zeroAt), at(zeroAt), n(8))},
		[]op{sigprocmask, call(syscalls.SYS_POLL, n(0), n(0), n(0)), sigprocmask}},
	{"DIRFD", [3]string{"stat", "newfstatat", "fchdir, stat, fchdir"},
		[]op{under(syscalls.Dirfd(dirFD, 0), syscalls.SYS_STAT, at(relAt), at(outAt))},
		[]op{call(syscalls.SYS_NEWFSTATAT, n(dirFD), at(relAt), at(outAt), n(0))},
		[]op{call(syscalls.SYS_FCHDIR, n(dirFD)), call(syscalls.SYS_STAT, at(relAt), at(outAt)), call(syscalls.SYS_FCHDIR, n(dirFD))}},
	{"LOOKUP", [3]string{"stat", "lstat", "open, fstat, close"},
		[]op{under(syscalls.Lookup(syscalls.AT_SYMLINK_NOFOLLOW, 0), syscalls.SYS_STAT, at(absAt), at(outAt))},
		[]op{call(syscalls.SYS_LSTAT, at(absAt), at(outAt))},
		[]op{call(syscalls.SYS_OPEN, at(absAt), n(syscalls.O_NOFOLLOW)), call(syscalls.SYS_FSTAT, n(nextFD), at(outAt)), closeSlot1}},
	{"FILEPOS", [3]string{"read", "pread64", "lseek, read, lseek"},
		[]op{under(syscalls.Filepos(0), syscalls.SYS_READ, fd, at(outAt), n(1))},
		[]op{call(syscalls.SYS_PREAD64, fd, at(outAt), n(1), n(0))},
		[]op{lseek, call(syscalls.SYS_READ, fd, at(outAt), n(1)), lseek}},
	{"RWFLAGS", [3]string{"readv", "preadv2", "fcntl, readv, fcntl"},
		[]op{under(syscalls.RWFlags(syscalls.RWF_NOWAIT), syscalls.SYS_READV, fd, at(iovAt), n(1))},
		[]op{call(syscalls.SYS_PREADV2, fd, at(iovAt), n(1), n(-1), n(0), n(syscalls.RWF_NOWAIT))},
		[]op{setfl, call(syscalls.SYS_READV, fd, at(iovAt), n(1)), setfl}},
	{"TIMEOUT", [3]string{"poll", "ppoll", "setitimer, poll, setitimer"},
		[]op{under(syscalls.Timeout(0, 0, 0), syscalls.SYS_POLL, n(0), n(0), n(-1))},
		[]op{call(syscalls.SYS_PPOLL, n(0), n(0), at(zeroAt), n(0), n(8))},
		[]op{setitimer, call(syscalls.SYS_POLL, n(0), n(0), n(0)), setitimer}},
	{"UMASK", [3]string{"mkdir; rmdir", "", "umask, mkdir, umask; rmdir"},
		[]op{under(syscalls.Umask(0o77), syscalls.SYS_MKDIR, at(newAt), n(0o777)), call(syscalls.SYS_RMDIR, at(newAt))},
		nil,
		[]op{call(syscalls.SYS_UMASK, n(0o77)), call(syscalls.SYS_MKDIR, at(newAt), n(0o777)), call(syscalls.SYS_UMASK, n(0o22)), call(syscalls.SYS_RMDIR, at(newAt))}},
	{"CREDS", [3]string{"stat", "", "setfsuid, setfsgid, stat, setfsuid, setfsgid"},
		[]op{under(syscalls.Creds(0, 0), syscalls.SYS_STAT, at(absAt), at(outAt))},
		nil,
		[]op{setfsuid, setfsgid, call(syscalls.SYS_STAT, at(absAt), at(outAt)), setfsuid, setfsgid}},
	{"FDSLOT", [3]string{"dup; close", "dup2; close", "dup, dup2, close; close"},
		[]op{under(syscalls.FDSlot(50), syscalls.SYS_DUP, fd), call(syscalls.SYS_CLOSE, n(50))},
		[]op{call(syscalls.SYS_DUP2, fd, n(50)), call(syscalls.SYS_CLOSE, n(50))},
		[]op{call(syscalls.SYS_DUP, fd), call(syscalls.SYS_DUP2, n(nextFD), n(50)), closeSlot1, call(syscalls.SYS_CLOSE, n(50))}},
}

var (
	fd          = word{fd: true}
	closeSlot1  = call(syscalls.SYS_CLOSE, n(nextFD))
	sigprocmask = call(syscalls.SYS_RT_SIGPROCMASK, n(syscalls.SIG_SETMASK), at(zeroAt), at(outAt), n(8))
	lseek       = call(syscalls.SYS_LSEEK, fd, n(0), n(syscalls.SEEK_SET))
	setfl       = call(syscalls.SYS_FCNTL, fd, n(syscalls.F_SETFL), n(0))
	setitimer   = call(syscalls.SYS_SETITIMER, n(syscalls.ITIMER_REAL), at(zeroAt), n(0))
	setfsuid    = call(syscalls.SYS_SETFSUID, n(0))
	setfsgid    = call(syscalls.SYS_SETFSGID, n(0))
)

// The program's data, by offset; its code follows. A program begins with a
// file and a directory as descriptors 60 and 61, so that the next one that a
// call makes is 0.
const (
	loadAt = 0x400000
	dataAt = loadAt + 0x1000
	codeAt = loadAt + 0x3000

	zeroAt  = 0x000 // zeroes
	absAt   = 0x100 // "/tmp/price"
	relAt   = 0x140 // "price"
	newAt   = 0x180 // "/tmp/price.d"
	dirAt   = 0x1c0 // "/tmp"
	iovAt   = 0x200
	outAt   = 0x400
	chainAt = 0x800 // of each call by sys_indirect: the pointer, the context, the parameters

	fileFD = 60
	dirFD  = 61
	nextFD = 0
)

// program makes a static ELF file that makes the calls so many times. With
// check, its exit status is 1 if one of them fails.
func program(ops []op, rounds int, check bool) []byte {
	data := make([]byte, codeAt-dataAt)
	copy(data[absAt:], "/tmp/price\x00")
	copy(data[relAt:], "price\x00")
	copy(data[newAt:], "/tmp/price.d\x00")
	copy(data[dirAt:], "/tmp\x00")
	le := binary.LittleEndian
	le.PutUint64(data[iovAt:], dataAt+outAt)
	le.PutUint64(data[iovAt+8:], 1)

	var c code
	for i := range int64(3) { // whatever is open
		c.call(syscalls.SYS_CLOSE, n(i))
	}
	c.call(syscalls.SYS_OPEN, at(absAt), n(syscalls.O_RDWR|syscalls.O_CREAT), n(0o644))
	c.call(syscalls.SYS_DUP2, n(0), n(fileFD))
	c.call(syscalls.SYS_WRITE, n(fileFD), at(absAt), n(1))
	c.call(syscalls.SYS_CLOSE, n(0))
	c.call(syscalls.SYS_OPEN, at(dirAt), n(syscalls.O_DIRECTORY))
	c.call(syscalls.SYS_DUP2, n(0), n(dirFD))
	c.call(syscalls.SYS_CLOSE, n(0))
	c.check = check
	c.loop(rounds, func() {
		chain := uint64(chainAt)
		for _, o := range ops {
			if o.ctx == nil {
				c.call(o.nr, o.args...)
				continue
			}
			ctx := o.ctx[0].Bytes()
			params := chain + 32
			le.PutUint64(data[chain:], dataAt+chain+8)
			copy(data[chain+8:], ctx)
			for i, a := range o.args {
				v := a.value
				if a.fd {
					v = fileFD
				}
				le.PutUint64(data[params+uint64(8*i):], v)
			}
			c.call(syscalls.SYS_INDIRECT, n(int64(o.nr)), at(chain), n(1), at(params))
			chain += 128
		}
	})
	c.check = false
	c.call(syscalls.SYS_EXIT_GROUP, n(0))
	return elfFile(append(data, c.Bytes()...))
}

// code is x86-64 machine code.
type code struct {
	bytes.Buffer
	check bool // each call must succeed
}

// movs are MOV r64, imm32 (sign-extended) for the registers of the arguments.
var movs = [][]byte{{0x48, 0xc7, 0xc7}, {0x48, 0xc7, 0xc6}, {0x48, 0xc7, 0xc2}, {0x49, 0xc7, 0xc2}, {0x49, 0xc7, 0xc0}, {0x49, 0xc7, 0xc1}}

func (c *code) call(nr int, args ...word) {
	imm := func(op []byte, v uint64) {
		c.Write(op)
		c.Write(binary.LittleEndian.AppendUint32(nil, uint32(v)))
	}
	for i, a := range args {
		v := a.value
		if a.fd {
			v = fileFD
		}
		imm(movs[i], v)
	}
	imm([]byte{0xb8}, uint64(nr)) // MOV EAX, nr
	c.Write([]byte{0x0f, 0x05})   // SYSCALL
	if c.check {
		c.Write([]byte{0x48, 0x85, 0xc0, 0x79, 0x0c}) // TEST RAX, RAX; JNS over what follows
		c.Write([]byte{0xbf, 1, 0, 0, 0, 0xb8, syscalls.SYS_EXIT_GROUP, 0, 0, 0, 0x0f, 0x05})
	}
}

// loop repeats a body that leaves R15 alone.
func (c *code) loop(rounds int, body func()) {
	c.Write([]byte{0x49, 0xc7, 0xc7}) // MOV R15, rounds
	c.Write(binary.LittleEndian.AppendUint32(nil, uint32(rounds)))
	start := c.Len()
	body()
	c.Write([]byte{0x49, 0xff, 0xcf, 0x0f, 0x85}) // DEC R15; JNZ
	c.Write(binary.LittleEndian.AppendUint32(nil, uint32(start-c.Len()-4)))
}

// elfFile makes a static program of data and code, loaded at dataAt.
func elfFile(image []byte) []byte {
	var b bytes.Buffer
	const headers = 64 + 56
	h := elf.Header64{Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: 1, Entry: codeAt,
		Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1}
	copy(h.Ident[:], "\x7fELF\x02\x01\x01")
	binary.Write(&b, binary.LittleEndian, h)
	binary.Write(&b, binary.LittleEndian, elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: 7, Off: 0x1000, Vaddr: dataAt, Paddr: dataAt,
		Filesz: uint64(len(image)), Memsz: uint64(len(image)), Align: 0x1000})
	b.Write(make([]byte, 0x1000-headers))
	b.Write(image)
	return b.Bytes()
}

// cost is how many guest instructions one round of the calls takes, by the
// difference of a long and a short run. It needs an engine that counts them.
func cost(ctx context.Context, e cpu.Engine, ops []op) (float64, error) {
	if ops == nil {
		return 0, nil
	}
	run := func(rounds int, check bool) (uint64, error) {
		m, t, err := Start(ctx, e)
		if err != nil {
			return 0, err
		}
		defer m.Close()
		before, err := runProgram(ctx, m, t, program(ops, rounds, check))
		return m.VCPU().Instructions() - before, err
	}
	if _, err := run(2, true); err != nil {
		return 0, err
	}
	const few, many = 20, 220
	a, err := run(few, false)
	if err != nil {
		return 0, err
	}
	b, err := run(many, false)
	if err != nil {
		return 0, err
	}
	return float64(b-a) / (many - few), nil
}

// runProgram has a program run in a child of t and waits for its end. It
// returns the count of instructions when it was about to begin.
func runProgram(ctx context.Context, m *vm.Machine, t *agent.Task, program []byte) (before uint64, err error) {
	path := append([]byte("/price"), 0)
	at := t.Arena + 0x2000
	var b agent.Batch
	b.Put(at, path)
	f := b.Call(syscalls.SYS_OPEN, agent.Addr(at), agent.Int(syscalls.O_WRONLY|syscalls.O_CREAT|syscalls.O_TRUNC), agent.Int(0o755))
	b.Put(at, program)
	b.Call(syscalls.SYS_WRITE, f.Arg(), agent.Addr(at), agent.Int(int64(len(program))))
	b.Call(syscalls.SYS_CLOSE, f.Arg())
	if err := t.Do(ctx, &b); err != nil {
		return 0, err
	}
	child, err := t.Spawn(ctx, wire.SpawnFork)
	if err != nil {
		return 0, err
	}
	before = m.VCPU().Instructions()
	var exec agent.Batch
	exec.Put(at, append(path, make([]byte, 16)...))
	exec.Call(syscalls.SYS_EXECVE, agent.Addr(at), agent.Int(0), agent.Int(0))
	if err := child.Start(ctx, &exec); err != nil {
		return 0, err
	}
	var status agent.Batch
	status.Call(syscalls.SYS_WAIT4, agent.Int(int64(child.PID)), agent.Addr(at), agent.Int(0), agent.Int(0))
	got := status.Get(at, 4)
	if err := t.Do(ctx, &status); err != nil {
		return 0, err
	}
	if s := syscalls.GetInt(status.Bytes(got), 4); s != 0 {
		return 0, fmt.Errorf("the program has ended with status %#x", s)
	}
	return before, nil
}

// Prices measures what each kind of context costs.
func Prices(ctx context.Context, e cpu.Engine) ([]Price, error) {
	var list []Price
	for _, p := range prices {
		out := Price{Context: p.context, Calls: p.calls}
		for _, c := range []struct {
			ops []op
			to  *float64
		}{{p.wrapped, &out.Wrapped}, {p.native, &out.Native}, {p.sequence, &out.Sequence}} {
			v, err := cost(ctx, e, c.ops)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", p.context, err)
			}
			*c.to = v
		}
		list = append(list, out)
	}
	return list, nil
}
