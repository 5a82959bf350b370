package cpu

// Regs are the general registers (SDM 1, 3.4).
type Regs struct {
	RAX, RBX, RCX, RDX, RSI, RDI, RSP, RBP uint64
	R8, R9, R10, R11, R12, R13, R14, R15   uint64
	RIP, RFLAGS                            uint64
}

// Segment is a segment register with its hidden part (SDM 3A, 3.4.3).
type Segment struct {
	Base     uint64
	Limit    uint32 // in bytes, already scaled by G
	Selector uint16
	Type     uint8 // 4 bits (SDM 3A, 3.4.5.1; system types: 3.5)
	DPL      uint8 // 2 bits
	// Present, not-system, default size 32 bits, long mode, granularity,
	// available to software.
	P, S, DB, L, G, AVL bool
	// Unusable: the null selector was loaded, or none.
	Unusable bool
}

// Table is a descriptor-table register.
type Table struct {
	Base  uint64
	Limit uint16
}

// Sregs are the registers that the system programmer uses (SDM 3A, 2.1).
type Sregs struct {
	CS, DS, ES, FS, GS, SS  Segment
	TR, LDT                 Segment
	GDT, IDT                Table
	CR0, CR2, CR3, CR4, CR8 uint64
	EFER                    uint64
	APICBase                uint64
}

// FPU is the x87, MMX and SSE state, as FXSAVE64 has it (SDM 1, 10.5.1), and
// the AVX state.
type FPU struct {
	ST    [8][16]byte // 80 bits each; ST(0) first, as in the FXSAVE image
	XMM   [16][16]byte
	FCW   uint16
	FSW   uint16
	FTW   uint8 // abridged: one bit a register, 1 = not empty
	FOP   uint16
	FIP   uint64
	FDP   uint64
	MXCSR uint32
	// YMM are the upper halves of the YMM registers. XCR0 is what XSETBV has
	// enabled (SDM 1, 13.3), without bit 0, which is always set.
	YMM  [16][16]byte
	XCR0 uint64
}

// RFLAGS bits (SDM 1, 3.4.3).
const (
	FlagCF   = 1 << 0
	FlagR1   = 1 << 1 // always 1
	FlagPF   = 1 << 2
	FlagAF   = 1 << 4
	FlagZF   = 1 << 6
	FlagSF   = 1 << 7
	FlagTF   = 1 << 8
	FlagIF   = 1 << 9
	FlagDF   = 1 << 10
	FlagOF   = 1 << 11
	FlagIOPL = 3 << 12
	FlagNT   = 1 << 14
	FlagRF   = 1 << 16
	FlagVM   = 1 << 17
	FlagAC   = 1 << 18
	FlagVIF  = 1 << 19
	FlagVIP  = 1 << 20
	FlagID   = 1 << 21
)

// Control-register and EFER bits (SDM 3A, 2.5 and 2.2.1).
const (
	CR0PE = 1 << 0
	CR0MP = 1 << 1
	CR0EM = 1 << 2
	CR0TS = 1 << 3
	CR0ET = 1 << 4
	CR0NE = 1 << 5
	CR0WP = 1 << 16
	CR0AM = 1 << 18
	CR0NW = 1 << 29
	CR0CD = 1 << 30
	CR0PG = 1 << 31

	CR4VME        = 1 << 0
	CR4PVI        = 1 << 1
	CR4TSD        = 1 << 2
	CR4DE         = 1 << 3
	CR4PSE        = 1 << 4
	CR4PAE        = 1 << 5
	CR4MCE        = 1 << 6
	CR4PGE        = 1 << 7
	CR4PCE        = 1 << 8
	CR4OSFXSR     = 1 << 9
	CR4OSXMMEXCPT = 1 << 10
	CR4UMIP       = 1 << 11
	CR4FSGSBASE   = 1 << 16
	CR4PCIDE      = 1 << 17
	CR4OSXSAVE    = 1 << 18
	CR4SMEP       = 1 << 20
	CR4SMAP       = 1 << 21

	EFERSCE = 1 << 0
	EFERLME = 1 << 8
	EFERLMA = 1 << 10
	EFERNXE = 1 << 11
)

// Model-specific registers (SDM 4, 2.1).
const (
	MSRTSC          = 0x10
	MSRAPICBase     = 0x1b
	MSRSysenterCS   = 0x174
	MSRSysenterESP  = 0x175
	MSRSysenterEIP  = 0x176
	MSRMiscEnable   = 0x1a0
	MSRPAT          = 0x277
	MSREFER         = 0xc0000080
	MSRSTAR         = 0xc0000081
	MSRLSTAR        = 0xc0000082
	MSRCSTAR        = 0xc0000083
	MSRFMASK        = 0xc0000084
	MSRFSBase       = 0xc0000100
	MSRGSBase       = 0xc0000101
	MSRKernelGSBase = 0xc0000102
	MSRTSCAux       = 0xc0000103
)

// StateMSRs are the MSRs that belong to the architectural state: those that a
// [State] carries. FS and GS base are in Sregs already.
var StateMSRs = []uint32{
	MSRSysenterCS, MSRSysenterESP, MSRSysenterEIP, MSRPAT,
	MSRSTAR, MSRLSTAR, MSRCSTAR, MSRFMASK, MSRKernelGSBase,
}

// State is the whole architectural state of a vCPU: what one engine hands to
// another, what two runs are compared by.
type State struct {
	Regs  Regs
	Sregs Sregs
	FPU   FPU
	MSRs  map[uint32]uint64
}

// GetState reads a vCPU's whole state.
func GetState(v VCPU) (s State, err error) {
	if s.Regs, err = v.Regs(); err != nil {
		return s, err
	}
	if s.Sregs, err = v.Sregs(); err != nil {
		return s, err
	}
	if s.FPU, err = v.FPU(); err != nil {
		return s, err
	}
	s.MSRs = make(map[uint32]uint64, len(StateMSRs))
	for _, i := range StateMSRs {
		if s.MSRs[i], err = v.MSR(i); err != nil {
			return s, err
		}
	}
	return s, nil
}

// SetState gives a vCPU a whole state.
func SetState(v VCPU, s State) error {
	if err := v.SetSregs(s.Sregs); err != nil {
		return err
	}
	if err := v.SetRegs(s.Regs); err != nil {
		return err
	}
	if err := v.SetFPU(s.FPU); err != nil {
		return err
	}
	for i, val := range s.MSRs {
		if err := v.SetMSR(i, val); err != nil {
			return err
		}
	}
	return nil
}
