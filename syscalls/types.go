package syscalls

// TypeKind is how an argument, a result or a field of a structure is encoded
// and written.
type TypeKind uint8

const (
	Int      TypeKind = iota // a signed number
	Uint                     // an unsigned number
	Hex                      // a number or address, in hexadecimal
	FD                       // a descriptor
	Flags                    // names of Type.Set joined by |
	Enum                     // one name of Type.Set
	Octal                    // a file's mode
	Path                     // pointer to a string that the kernel reads
	Strings                  // pointer to pointers to strings that the kernel reads
	BufIn                    // pointer to bytes that the kernel reads
	BufOut                   // pointer to bytes that the kernel writes
	FDPair                   // pointer to two descriptors that the kernel writes
	IntOut                   // pointer to an int that the kernel writes
	Status                   // pointer to a wait status that the kernel writes
	Len                      // pointer to a length: in what there is room for, out what there was
	SockIn                   // pointer to a socket address that the kernel reads
	SockOut                  // pointer to a socket address that the kernel writes
	StructIn                 // pointer to Type.Struct that the kernel reads
	StructOut                // pointer to Type.Struct that the kernel writes
	ArrayIn                  // pointer to an array of Type.Struct that the kernel reads
	Array                    // pointer to an array of Type.Struct that it reads and writes
	IovecIn                  // pointer to iovecs of bytes that the kernel reads
	IovecOut                 // pointer to iovecs of bytes that the kernel writes
	Chars                    // in a structure: an array of char that ends at a zero
	NumTypes
)

// Pointer says whether values of this kind are addresses.
func (k TypeKind) Pointer() bool { return k >= Path && k < Chars }

// Out says whether the kernel writes what the address points to.
func (k TypeKind) Out() bool {
	switch k {
	case BufOut, FDPair, IntOut, Status, Len, SockOut, StructOut, Array, IovecOut:
		return true
	}
	return false
}

// Type is a kind with what it needs to know.
type Type struct {
	Kind   TypeKind
	Set    *Set    // of Flags and Enum; of an Int or FD that has names for some values
	Struct *Struct // of StructIn, StructOut, ArrayIn and Array
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
}

// Struct is the layout of a structure for both ABIs.
type Struct struct {
	Name   string
	Size   [2]uint16 // by ABI
	Fields []StructField
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

// Types without a set or a structure.
var (
	tInt   = Type{Kind: Int}
	tUint  = Type{Kind: Uint}
	tHex   = Type{Kind: Hex}
	tFD    = Type{Kind: FD}
	tMode  = Type{Kind: Octal}
	tChars = Type{Kind: Chars}
)
