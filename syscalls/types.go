package syscalls

// TypeKind is how an argument, a result or a field of a structure is encoded
// and written.
type TypeKind uint8

const (
	Int       TypeKind = iota // a signed number
	Uint                      // an unsigned number
	Hex                       // a number or address, in hexadecimal
	FD                        // a descriptor
	Flags                     // names of Type.Set joined by |
	Enum                      // one name of Type.Set
	Octal                     // a file's mode
	Path                      // pointer to a string that the kernel reads
	Strings                   // pointer to pointers to strings that the kernel reads
	BufIn                     // pointer to bytes that the kernel reads
	BufOut                    // pointer to bytes that the kernel writes
	FDPair                    // pointer to two descriptors that the kernel writes
	Status                    // pointer to a wait status that the kernel writes
	Len                       // pointer to a length: in what there is room for, out what there was
	SockIn                    // pointer to a socket address that the kernel reads
	SockOut                   // pointer to a socket address that the kernel writes
	StructIn                  // pointer to Type.Struct that the kernel reads
	StructOut                 // pointer to Type.Struct that the kernel writes
	Array                     // pointer to an array of Type.Struct that it reads and writes
	IovecIn                   // pointer to iovecs of bytes that the kernel reads
	IovecOut                  // pointer to iovecs of bytes that the kernel writes
	StructIO                  // pointer to Type.Struct that the kernel reads and writes
	NumIn                     // pointer to a number, the one field of Type.Struct, that the kernel reads
	NumOut                    // pointer to such a number that the kernel writes
	NumIO                     // pointer to such a number that it reads and writes
	SigsetIn                  // pointer to a set of signals that the kernel reads
	SigsetOut                 // pointer to a set of signals that the kernel writes
	FDSet                     // pointer to an fd_set that the kernel reads and writes
	MsgIn                     // pointer to a msghdr with all it points to, that the kernel reads
	MsgOut                    // pointer to such a msghdr, that the kernel fills in
	Chars                     // in a structure: an array of char that ends at a zero
	Sigset                    // in a structure: a set of signals
	Sub                       // in a structure: Type.Struct
	NumTypes
)

// Pointer says whether values of this kind are addresses.
func (k TypeKind) Pointer() bool { return k >= Path && k < Chars }

// Out says whether the kernel writes what the address points to.
func (k TypeKind) Out() bool {
	switch k {
	case BufOut, FDPair, Status, Len, SockOut, StructOut, Array, IovecOut,
		StructIO, NumOut, NumIO, SigsetOut, FDSet, MsgOut:
		return true
	}
	return false
}

// InOut says whether the kernel both reads and writes what the address points
// to, so that a script says both, before => after.
func (k TypeKind) InOut() bool { return k == StructIO || k == NumIO || k == FDSet }

// Type is a kind with what it needs to know.
type Type struct {
	Kind   TypeKind
	Set    *Set    // of Flags and Enum; of an Int or FD that has names for some values
	Struct *Struct // of StructIn, StructOut, StructIO, Array, Sub and the Num kinds
	Number bool    // of Hex: it is a number and no address: 0 is printed as 0, not as NULL
}

// Constant is a number that has a name.
type Constant struct {
	Name  string
	Value uint64
}

// Set is a set of constants that belong together.
type Set struct {
	Name string
	// Mask is the part of a flags word that is no flag but one of several
	// values, as O_ACCMODE of open's flags.
	Mask   uint64
	Consts []Constant
}

// ABI is one of the two system-call interfaces.
type ABI uint8

const (
	AMD64 ABI = iota // the 64-bit one: syscall
	I386             // the 32-bit one: int 0x80
)

// WordSize is the size of a pointer, in bytes.
func (a ABI) WordSize() int {
	if a == I386 {
		return 4
	}
	return 8
}

// Place is where a field lies in a structure, in bytes.
type Place struct{ Off, Size uint16 }

// StructField is a field of a structure.
type StructField struct {
	Name string
	Type *Type
	At   [2]Place // by ABI
	Out  bool     // in an Array: the kernel writes it
}

// Struct is the layout of a structure for both ABIs.
type Struct struct {
	Name   string
	Size   [2]uint16 // by ABI
	Fields []StructField
	// Union says that the fields share their bytes, as in a C union. Both ABIs have
	// the same bytes.
	Union bool
}

// Field is the field of that name, nil if there is none.
func (s *Struct) Field(name string) *StructField {
	for i := range s.Fields {
		if s.Fields[i].Name == name {
			return &s.Fields[i]
		}
	}
	return nil
}

// Signed says whether the field's number is signed.
func (f *StructField) Signed() bool { return f.Type.Kind == Int || f.Type.Kind == FD }

// Get reads the field's number from a structure's bytes.
func (f *StructField) Get(abi ABI, b []byte) uint64 {
	return getInt(b[f.At[abi].Off:], int(f.At[abi].Size), f.Signed())
}

// Put writes the field's number into a structure's bytes.
func (f *StructField) Put(abi ABI, b []byte, v uint64) {
	PutInt(b[f.At[abi].Off:], int(f.At[abi].Size), v)
}

// Types of arguments, results and fields.
var (
	tInt       = Type{Kind: Int}
	tUint      = Type{Kind: Uint}
	tHex       = Type{Kind: Hex}
	tHexNumber = Type{Kind: Hex, Number: true}
	tFD        = Type{Kind: FD}
	tUtimeNsec = Type{Kind: Int, Set: &SetUtimeNsec}
	tMode      = Type{Kind: Octal, Set: &SetMode}
	tChars     = Type{Kind: Chars}
	tDirFD     = Type{Kind: FD, Set: &SetDirFD}

	tPath     = Type{Kind: Path}
	tStrings  = Type{Kind: Strings}
	tBufIn    = Type{Kind: BufIn}
	tBufOut   = Type{Kind: BufOut}
	tFDPair   = Type{Kind: FDPair}
	tStatus   = Type{Kind: Status}
	tLen      = Type{Kind: Len}
	tSockIn   = Type{Kind: SockIn}
	tSockOut  = Type{Kind: SockOut}
	tIovecIn  = Type{Kind: IovecIn}
	tIovecOut = Type{Kind: IovecOut}
	tFDSet    = Type{Kind: FDSet}
	tMsgIn    = Type{Kind: MsgIn}
	tMsgOut   = Type{Kind: MsgOut}

	tSigset    = Type{Kind: Sigset}
	tSigsetIn  = Type{Kind: SigsetIn}
	tSigsetOut = Type{Kind: SigsetOut}

	tCtxOpenFlags = Type{Kind: Flags, Set: &SetCtxOpenFlags}
	tOpenFlags    = Type{Kind: Flags, Set: &SetOpenFlags}
	tFDFlags      = Type{Kind: Flags, Set: &SetFDFlags}
	tDupFlags     = Type{Kind: Flags, Set: &SetDupFlags}
	tPipeFlags    = Type{Kind: Flags, Set: &SetPipeFlags}
	tAccess       = Type{Kind: Flags, Set: &SetAccess}
	tAtFlags      = Type{Kind: Flags, Set: &SetAtFlags}
	tAccessFlags  = Type{Kind: Flags, Set: &SetAccessFlags}
	tCloseRange   = Type{Kind: Flags, Set: &SetCloseRange}
	tFalloc       = Type{Kind: Flags, Set: &SetFalloc}
	tRename       = Type{Kind: Flags, Set: &SetRename}
	tResolve      = Type{Kind: Flags, Set: &SetResolve}
	tRWFlags      = Type{Kind: Flags, Set: &SetRWFlags}
	tSockType     = Type{Kind: Flags, Set: &SetSockType}
	tSockFlags    = Type{Kind: Flags, Set: &SetSockFlags}
	tMsg          = Type{Kind: Flags, Set: &SetMsg}
	tPoll         = Type{Kind: Flags, Set: &SetPoll}
	tProt         = Type{Kind: Flags, Set: &SetProt}
	tMap          = Type{Kind: Flags, Set: &SetMap}
	tTimerFlags   = Type{Kind: Flags, Set: &SetTimerFlags}
	tWait         = Type{Kind: Flags, Set: &SetWait}
	tClone        = Type{Kind: Flags, Set: &SetClone}
	tEpollCreate  = Type{Kind: Flags, Set: &SetEpollCreate}
	tEpoll        = Type{Kind: Flags, Set: &SetEpoll}
	tEventFD      = Type{Kind: Flags, Set: &SetEventFD}
	tTimerFD      = Type{Kind: Flags, Set: &SetTimerFD}
	tSignalFD     = Type{Kind: Flags, Set: &SetSignalFD}
	tMemFD        = Type{Kind: Flags, Set: &SetMemFD}
	tInotify      = Type{Kind: Flags, Set: &SetInotify}
	tInMask       = Type{Kind: Flags, Set: &SetInMask}
	tGetRandom    = Type{Kind: Flags, Set: &SetGetRandom}
	tSigFlags     = Type{Kind: Flags, Set: &SetSigFlags}
	tStackFlags   = Type{Kind: Flags, Set: &SetStackFlags}

	tFcntl       = Type{Kind: Enum, Set: &SetFcntl}
	tWhence      = Type{Kind: Enum, Set: &SetWhence}
	tFamily      = Type{Kind: Enum, Set: &SetFamily}
	tProtocol    = Type{Kind: Enum, Set: &SetProtocol}
	tShut        = Type{Kind: Enum, Set: &SetShut}
	tSockLevel   = Type{Kind: Enum, Set: &SetSockLevel}
	tSockOpt     = Type{Kind: Enum, Set: &SetSockOpt}
	tClock       = Type{Kind: Enum, Set: &SetClock}
	tArchPrctl   = Type{Kind: Enum, Set: &SetArchPrctl}
	tRebootMagic = Type{Kind: Enum, Set: &SetRebootMagic}
	tReboot      = Type{Kind: Enum, Set: &SetReboot}
	tSignal      = Type{Kind: Enum, Set: &SetSignal}
	tSigHow      = Type{Kind: Enum, Set: &SetSigHow}
	tSigHandler  = Type{Kind: Hex, Set: &SetSigHandler}
	tSigCode     = Type{Kind: Int, Set: &SetSigCode}
	tLockType    = Type{Kind: Enum, Set: &SetLockType}
	tCmsgType    = Type{Kind: Enum, Set: &SetCmsgType}
	tResource    = Type{Kind: Enum, Set: &SetResource}
	tFutexOp     = Type{Kind: Flags, Set: &SetFutexOp}
	tAdvice      = Type{Kind: Enum, Set: &SetAdvice}
	tIDType      = Type{Kind: Enum, Set: &SetIDType}
	tMremap      = Type{Kind: Flags, Set: &SetMremap}
	tMsync       = Type{Kind: Flags, Set: &SetMsync}
	tFlock       = Type{Kind: Flags, Set: &SetFlock}
	tSched       = Type{Kind: Enum, Set: &SetSched}
	tWho         = Type{Kind: Enum, Set: &SetRusage}
	tPrio        = Type{Kind: Enum, Set: &SetPrio}
	tSigev       = Type{Kind: Enum, Set: &SetSigev}
	tPrctl       = Type{Kind: Enum, Set: &SetPrctl}
	tMembarrier  = Type{Kind: Enum, Set: &SetMembarrier}
	tIPCKey      = Type{Kind: Hex, Set: &SetIPCKey, Number: true}
	tIPCFlags    = Type{Kind: Flags, Set: &SetIPCFlags}
	tSemctl      = Type{Kind: Enum, Set: &SetSemctl}
	tSemFlags    = Type{Kind: Flags, Set: &SetSemFlags}
	tXattr       = Type{Kind: Flags, Set: &SetXattr}
	tSplice      = Type{Kind: Flags, Set: &SetSplice}
	tItimer      = Type{Kind: Enum, Set: &SetItimer}
	tEpollOp     = Type{Kind: Enum, Set: &SetEpollOp}
)
