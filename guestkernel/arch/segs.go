//go:build freestanding

package arch

import _ "unsafe" // go:linkname

// Segments of user mode. 64-bit programs use nothing but the bases of FS and
// GS, which arch_prctl(2) sets. 32-bit ones load selectors: UserDS, and for the
// memory of a thread one of the entries of the GDT that set_thread_area(2)
// fills, which each thread has for itself.

const (
	NumTLS     = 3 // entries of the GDT for set_thread_area, from TLSMin on
	selRPL     = 3
	selTI      = 4 // in the LDT, which there is not
	descUser   = 3 << 45
	descSystem = 1 << 44 // clear in a system descriptor
	descCode   = 1 << 43
	descRead   = 1 << 41 // of code; of data: it can be written
	descHere   = 1 << 47
)

// Segs is what a thread has in segment registers in user mode.
type Segs struct {
	DS, ES, FS, GS uint16
	// FSBase and GSBase are in force where the selector is null.
	FSBase, GSBase uint64
	TLS            [NumTLS]uint64 // descriptors
}

// Segs32 are those that a 32-bit program begins with.
var Segs32 = Segs{DS: UserDS, ES: UserDS}

// Save reads the selectors, which a program may load without asking.
func (s *Segs) Save() { readSegs(s) }

// Load makes s what the CPU has. A selector that cannot be loaded is null.
func (s *Segs) Load() {
	copy(gdt[TLSMin:], s.TLS[:])
	s.DS, s.ES, s.FS, s.GS = s.loadable(s.DS), s.loadable(s.ES), s.loadable(s.FS), s.loadable(s.GS)
	loadSegs(s)
	s.loadBases()
}

// loadable is the selector, or 0 if loading it would fault (SDM 2A, MOV).
func (s *Segs) loadable(sel uint16) uint16 {
	i := int(sel / 8)
	if sel&selTI != 0 || i >= len(gdt) {
		return 0
	}
	d := gdt[i]
	const must = descHere | descSystem | descUser
	if d&must != must || d&descCode != 0 && d&descRead == 0 {
		return 0
	}
	return sel | selRPL
}

// Uses reports whether a selector names entry n of the GDT.
func (s *Segs) Uses(n int) bool {
	for _, sel := range [...]uint16{s.DS, s.ES, s.FS, s.GS} {
		if int(sel/8) == n {
			return true
		}
	}
	return false
}

// SwitchSegs gives the segment registers from one thread to another.
func SwitchSegs(from, to *Segs) {
	from.Save()
	if *from != *to {
		to.Load()
	}
}

//go:linkname readSegs runtime.ReadSegs
//go:noescape
func readSegs(s *Segs)

//go:linkname loadSegs runtime.LoadSegs
//go:noescape
func loadSegs(s *Segs)
