package cputest

import (
	"fmt"

	"sysindvm/cpu"
	"sysindvm/cpu/bare"
)

// Error codes of page faults (SDM 3A, 4.7).
const (
	pfP = 1 << 0
	pfW = 1 << 1
	pfU = 1 << 2
	pfI = 1 << 4
)

// trapCase is an instruction that traps.
type trapCase struct {
	name  string
	needs string
	code  []byte
	ring3 bool
	regs  cpu.Regs
	// sregs changes the system registers first.
	sregs func(*cpu.Sregs)

	vector uint8
	err    uint64
	at     uint64 // RIP of the trap, from the start of the code
	cr2    uint64
}

const nonCanonical = 0x8000_0000_0000_0000

var (
	readRBX  = []byte{0x8b, 0x03} // mov (%rbx), %eax
	writeRBX = []byte{0x89, 0x03} // mov %eax, (%rbx)
	divECX   = []byte{0xf7, 0xf1} // div %ecx
)

var trapCases = []trapCase{
	{name: "#DE", code: divECX, vector: 0},
	{name: "#DE, ring 3", code: divECX, ring3: true, vector: 0},
	{name: "#BP, ring 3", code: []byte{0x90, 0xcc}, ring3: true, vector: 3, at: 2},
	{name: "#UD", code: []byte{0x90, 0x0f, 0x0b}, vector: 6, at: 1},
	{name: "#UD, ring 3", code: []byte{0x0f, 0x0b}, ring3: true, vector: 6},
	{name: "#NP", code: []byte{0x8e, 0xd8}, regs: cpu.Regs{RAX: bare.NotPresent}, vector: 11, err: bare.NotPresent}, // mov %eax, %ds
	{name: "#GP, non-canonical", code: readRBX, regs: cpu.Regs{RBX: nonCanonical}, vector: 13},
	{name: "#GP, non-canonical, ring 3", code: readRBX, ring3: true, regs: cpu.Regs{RBX: nonCanonical}, vector: 13},
	{name: "#GP, selector", code: []byte{0x8e, 0xd8}, regs: cpu.Regs{RAX: 0x100}, vector: 13, err: 0x100},
	{name: "#GP, CR4", code: []byte{0x0f, 0x22, 0xe0}, regs: cpu.Regs{RAX: 1 << 63}, vector: 13}, // mov %rax, %cr4
	{name: "#GP, RDMSR", code: []byte{0x0f, 0x32}, regs: cpu.Regs{RCX: 0xdead_beef}, vector: 13},
	{name: "#GP, HLT in ring 3", code: []byte{0xf4}, ring3: true, vector: 13},
	{name: "#GP, CLI in ring 3", code: []byte{0xfa}, ring3: true, vector: 13},
	{name: "#GP, OUT in ring 3", code: []byte{0xe6, 0x80}, ring3: true, vector: 13},
	{name: "#GP, INT n in ring 3", code: []byte{0xcd, 0x40}, ring3: true, vector: 13, err: 0x40<<3 | 2, needs: Int80},
	{name: "#PF, read", code: readRBX, regs: cpu.Regs{RBX: bare.Unmapped}, vector: 14, cr2: bare.Unmapped},
	{name: "#PF, write", code: writeRBX, regs: cpu.Regs{RBX: bare.Unmapped + 5}, vector: 14, err: pfW, cr2: bare.Unmapped + 5},
	{name: "#PF, read, ring 3", code: readRBX, ring3: true, regs: cpu.Regs{RBX: bare.Unmapped}, vector: 14, err: pfU, cr2: bare.Unmapped},
	{name: "#PF, write, ring 3", code: writeRBX, ring3: true, regs: cpu.Regs{RBX: bare.Unmapped}, vector: 14, err: pfU | pfW, cr2: bare.Unmapped},
	{name: "#PF, protection, ring 3", code: readRBX, ring3: true, regs: cpu.Regs{RBX: bare.Supervisor + bare.Data},
		vector: 14, err: pfU | pfP, cr2: bare.Supervisor + bare.Data},
	{name: "#PF, protection, write, ring 3", code: writeRBX, ring3: true, regs: cpu.Regs{RBX: bare.Supervisor},
		vector: 14, err: pfU | pfP | pfW, cr2: bare.Supervisor},
	{name: "INT 0x80", code: []byte{0xcd, 0x80}, needs: IntRing0, vector: 0x80, at: 2},
	{name: "INT 0x80, ring 3", code: []byte{0xcd, 0x80}, ring3: true, needs: Int80, vector: 0x80, at: 2},
}

var trapTests = func() (tests []test) {
	for _, c := range trapCases {
		tests = append(tests, test{name: "trap: " + c.name, needs: c.needs, run: c.run})
	}
	return append(tests,
		test{name: "trap: #PF on a fetch", run: func(g *guest) {
			g.code(0xff, 0xe3) // jmp *%rbx
			g.setRegs(cpu.Regs{RBX: bare.Unmapped})
			g.run(cpu.ExitHalt)
			got := g.trap()
			got.Error &^= pfI // reported with NX only
			g.same("trap", got, bare.Trap{Vector: 14, RIP: bare.Unmapped, CS: bare.CodeSel,
				RFLAGS: cpu.FlagR1 | cpu.FlagRF, RSP: bare.Stack0, SS: bare.DataSel})
			g.same("CR2", g.sregs().CR2, uint64(bare.Unmapped))
		}},
		test{name: "page fault mended and retried", run: func(g *guest) {
			// The handler points RBX somewhere good and returns.
			copy(g.ram[intHandler:], []byte{
				0x48, 0x83, 0xc4, 0x08, // add $8, %rsp
				0x48, 0x89, 0xcb, // mov %rcx, %rbx
				0x48, 0xcf, // iretq
			})
			bare.SetGate(g.ram, 14, intHandler, 0)
			g.ram[bare.Data] = 42
			g.ring3(0x8b, 0x03, 0x0f, 0x0b) // mov (%rbx), %eax; ud2
			g.setRegs(cpu.Regs{RSP: bare.EnterRing3(g.ram, bare.UserCode, cpu.FlagR1), RBX: bare.Unmapped, RCX: bare.Data})
			g.run(cpu.ExitHalt)
			g.same("vector", g.trap().Vector, uint8(6))
			g.same("RAX", g.regs().RAX, uint64(42))
		}},
		test{name: "SYSCALL", needs: Syscall, run: func(g *guest) {
			g.ram[intHandler] = 0xf4
			g.setMSR(cpu.MSRSTAR, bare.STAR)
			g.setMSR(cpu.MSRLSTAR, intHandler)
			g.setMSR(cpu.MSRFMASK, cpu.FlagIF)
			g.ring3(0x0f, 0x05)
			g.setRegs(cpu.Regs{RSP: bare.EnterRing3(g.ram, bare.UserCode, cpu.FlagR1|cpu.FlagIF|cpu.FlagCF)})
			g.run(cpu.ExitHalt)
			r, s := g.regs(), g.sregs()
			g.same("RIP, RCX, R11, RFLAGS, RSP", []uint64{r.RIP, r.RCX, r.R11, r.RFLAGS, r.RSP}, []uint64{
				intHandler + 1, bare.Code3 + 2, cpu.FlagR1 | cpu.FlagIF | cpu.FlagCF, cpu.FlagR1 | cpu.FlagCF, bare.Stack3})
			g.same("CS, SS, ring", []uint16{s.CS.Selector, s.SS.Selector, uint16(s.SS.DPL)}, []uint16{bare.CodeSel, bare.DataSel, 0})
		}},
		test{name: "SYSRET", needs: Sysret, run: func(g *guest) {
			g.setMSR(cpu.MSRSTAR, bare.STAR)
			g.code(0x48, 0x0f, 0x07) // sysretq
			copy(g.ram[bare.Code3:], []byte{0x0f, 0x0b})
			g.setRegs(cpu.Regs{RCX: bare.Code3, R11: cpu.FlagR1 | cpu.FlagIF | cpu.FlagCF, RSP: bare.Stack3})
			g.run(cpu.ExitHalt)
			g.same("trap", g.trap(), bare.Trap{Vector: 6, RIP: bare.Code3, CS: bare.UserCode,
				RFLAGS: cpu.FlagR1 | cpu.FlagIF | cpu.FlagCF | cpu.FlagRF, RSP: bare.Stack3, SS: bare.UserSS})
		}},
		test{name: "SYSRET to 32-bit code", needs: Sysret32, run: func(g *guest) {
			g.setMSR(cpu.MSRSTAR, bare.STAR)
			g.code(0x0f, 0x07)                                 // sysretl
			copy(g.ram[bare.Code3:], []byte{0x40, 0x0f, 0x0b}) // inc %eax, a prefix in 64-bit code; ud2
			g.setRegs(cpu.Regs{RAX: 41, RCX: bare.Code3, R11: cpu.FlagR1, RSP: bare.Stack3})
			g.run(cpu.ExitHalt)
			trap := g.trap()
			g.same("CS", trap.CS, uint64(bare.User32Sel))
			g.same("RAX", g.regs().RAX, uint64(42))
		}},
		test{name: "32-bit code in ring 3", needs: User32, run: func(g *guest) {
			g.ring3(0x40, 0x50, 0x0f, 0x0b) // inc %eax, a prefix in 64-bit code; push %eax; ud2
			g.setRegs(cpu.Regs{RSP: bare.EnterRing3(g.ram, bare.User32Sel, cpu.FlagR1), RAX: 41})
			g.run(cpu.ExitHalt)
			trap := g.trap()
			trap.RFLAGS &^= statusFlags
			g.same("trap", trap, bare.Trap{Vector: 6, RIP: bare.Code3 + 2, CS: bare.User32Sel,
				RFLAGS: cpu.FlagR1 | cpu.FlagRF, RSP: bare.Stack3 - 4, SS: bare.UserSS})
			g.same("stack", g.ram[bare.Stack3-4:bare.Stack3], []byte{42, 0, 0, 0})
		}},
	)
}()

// fault-class exceptions push RF set (SDM 3B, 17.3.1.1).
func isFault(vector uint8) bool { return vector < 32 && vector != 3 }

const statusFlags = cpu.FlagCF | cpu.FlagPF | cpu.FlagAF | cpu.FlagZF | cpu.FlagSF | cpu.FlagOF

func (c trapCase) run(g *guest) {
	want := bare.Trap{
		Vector: c.vector, Error: c.err, RIP: bare.Code + c.at, CS: bare.CodeSel,
		RFLAGS: cpu.FlagR1, RSP: bare.Stack0, SS: bare.DataSel,
	}
	if c.ring3 {
		want.RIP, want.CS, want.RSP, want.SS = bare.Code3+c.at, bare.UserCode, bare.Stack3, bare.UserSS
	}
	if isFault(c.vector) {
		want.RFLAGS |= cpu.FlagRF
	}
	if c.sregs != nil {
		g.changeSregs(c.sregs)
	}
	r := c.regs
	if c.ring3 {
		g.ring3(c.code...)
		r.RSP = bare.EnterRing3(g.ram, bare.UserCode, cpu.FlagR1)
	} else {
		g.code(c.code...)
	}
	g.setRegs(r)
	g.run(cpu.ExitHalt)
	got := g.trap()
	got.RFLAGS &^= statusFlags // DIV leaves them undefined
	g.same("trap", got, want)
	if c.vector == 14 {
		g.same("CR2", fmt.Sprintf("%#x", g.sregs().CR2), fmt.Sprintf("%#x", c.cr2))
	}
}
