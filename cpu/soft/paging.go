package soft

import (
	"encoding/binary"

	"sysindvm/cpu"
)

const (
	pageSize = 4096
	pageMask = pageSize - 1
	tlbSize  = 1024

	tagUser = 1 << 63 // in a tag: the entry is for ring 3
	tagKeep = 1 << 62 // and this one for the other rings while SMAP keeps user pages from them
	// tagNarrow is for code of 32 and 16 bits. No page above 4 GiB is entered for
	// it, so that an address that has not been cut to 32 bits is a miss.
	tagNarrow = 1 << 61
	tagNone   = ^uint64(0)
	notRAM    = ^uint64(0)
)

// tlbEntry says where a page of a linear address is in RAM, for one kind of
// access: there is a TLB for reads, writes and fetches each, so that a hit is
// a permission. Pages outside RAM, and for writes those that hold decoded
// code, are not entered.
type tlbEntry struct {
	tag  uint64 // page number | tagUser or tagKeep | tagNarrow; an entry of page number tagNone is empty
	page *ramPage
}

// codeEntry is a tlbEntry for fetches: it has what was decoded of the page when
// it was last fetched from.
type codeEntry struct {
	tag  uint64
	off  uint64 // of the page in RAM
	code *codePage
}

// ramPage is a page of RAM. An offset in a page is in it, whatever the guest does,
// and Go need not look.
type ramPage [pageSize]byte

// ramPage is the page of RAM that has pa.
func (c *CPU) ramPage(pa uint64) *ramPage { return (*ramPage)(c.ram[pa&^pageMask:]) }

func (c *CPU) flushTLB() {
	for i := range c.tlbR {
		c.tlbR[i].tag = tagNone
		c.tlbW[i].tag = tagNone
		c.tlbX[i] = codeEntry{tag: tagNone}
	}
	clear(c.jumps[:])
	c.fetchPage = nil
	c.stop = c.count
}

func (c *CPU) flushWrites() {
	for i := range c.tlbW {
		c.tlbW[i].tag = tagNone
	}
}

func (c *CPU) invlpg(va uint64) {
	i := va >> 12 & (tlbSize - 1)
	c.tlbR[i].tag, c.tlbW[i].tag, c.tlbX[i].tag = tagNone, tagNone, tagNone
	c.invalidated++
	c.fetchPage = nil
	c.stop = c.count
}

// Kinds of access; bits of a page fault's error code (SDM 3A, 4.7).
const (
	accRead  = 0
	accWrite = 1 << 1
	accFetch = 1 << 4
	// accImplicit is none: the processor itself reads a table, which SMAP does not
	// let it find in a user page, whatever AC says (SDM 3A, 4.6.1).
	accImplicit = 1 << 32

	pfPresent  = 1 << 0
	pfUser     = 1 << 2
	pfReserved = 1 << 3
)

// Bits of a paging-structure entry (SDM 3A, 4.5).
const (
	pteP   = 1 << 0
	pteRW  = 1 << 1
	pteUS  = 1 << 2
	pteA   = 1 << 5
	pteD   = 1 << 6
	ptePS  = 1 << 7
	pteNX  = 1 << 63
	ptAddr = 0x000ffffffffff000

	// physBits is the width of a physical address (CPUID 0x80000008). What an
	// entry has above, and the unused low bits of a large page's address, must
	// be 0.
	physBits   = 40
	ptReserved = ptAddr &^ (1<<physBits - 1)
	// Of the 8-byte entries of PAE paging the ignored ones of 4 levels, too.
	ptIgnored = 0x7ff << 52
)

// reserved is the bits of an entry that must be 0, by level: of one that refers
// to a table, and of a page's.
var reserved = [4]struct{ table, page uint64 }{
	{0, ptReserved},
	{ptReserved, ptReserved | (1<<21-1)&^(1<<13-1)},
	{ptReserved, ptReserved | (1<<30-1)&^(1<<13-1)},
	{ptReserved | ptePS, 0},
}

// pdpteReserved are those of PAE paging's page-directory-pointer entries.
const pdpteReserved = ptReserved | ptIgnored | pteNX | 0x1e6

func canonical(va uint64) bool { return uint64(int64(va<<16)>>16) == va }

// translate gives the physical address of a linear one, or raises the fault.
// user says with whose rights.
func (c *CPU) translate(va uint64, acc uint64, user bool) uint64 {
	if c.efer&cpu.EFERLMA == 0 {
		va &= 0xffffffff
	} else if !canonical(va) {
		c.gp(0)
	}
	pa, why := c.resolve(va, acc, user)
	if why != found {
		c.raiseTrap(c.pageFault(va, acc, why, user))
	}
	return pa
}

// found is in place of the bits of a page fault's error code that say what is
// wrong with the page.
const found = ^uint64(0)

// resolve gives the physical address of a linear one, and found; or says what is
// wrong. The address is canonical, and of 32 bits outside long mode.
func (c *CPU) resolve(va uint64, acc uint64, user bool) (pa, why uint64) {
	switch {
	case c.cr0&cpu.CR0PG == 0:
		return va, found
	case c.efer&cpu.EFERLMA != 0:
		return c.walk(va, acc, user, 3, c.cr3&ptAddr, 0)
	case c.cr4&cpu.CR4PAE != 0:
		return c.walkPAE(va, acc, user)
	}
	return c.walk32(va, acc, user)
}

// loadPDPTEs reads the page-directory-pointer entries, which instructions do
// that load CR3, or turn on PAE paging; false if one has a bit that must be 0.
func (c *CPU) loadPDPTEs() bool {
	if c.cr0&cpu.CR0PG == 0 || c.cr4&cpu.CR4PAE == 0 || c.efer&cpu.EFERLMA != 0 {
		return true
	}
	var p [4]uint64
	for i := range p {
		p[i] = c.physRead64(c.cr3&0xffffffe0 + 8*uint64(i))
		if p[i]&pteP != 0 && p[i]&pdpteReserved != 0 {
			return false
		}
	}
	c.pdpte = p
	return true
}

// pageFault is the exception of a page that something is wrong with.
func (c *CPU) pageFault(va, acc, code uint64, user bool) exception {
	if user {
		code |= pfUser
	}
	if acc &^= accImplicit; acc&accFetch != 0 && c.efer&cpu.EFERNXE == 0 && c.cr4&cpu.CR4SMEP == 0 {
		acc &^= accFetch
	}
	c.cr2 = va
	return exception{vector: vecPF, hasCode: true, code: code | acc}
}

// walkPAE begins with a page-directory-pointer entry, of which the CPU has a copy
// since CR3 was loaded (SDM 3A, 4.4.1).
func (c *CPU) walkPAE(va, acc uint64, user bool) (pa, why uint64) {
	e := c.pdpte[va>>30]
	if e&pteP == 0 {
		return 0, 0
	}
	return c.walk(va, acc, user, 1, e&ptAddr, ptIgnored)
}

// walk goes down the tables of 4-level paging, or the two lower ones of PAE
// paging, from the table of a level (SDM 3A, 4.4 and 4.5). Besides what is
// reserved for all, other bits may be.
func (c *CPU) walk(va, acc uint64, user bool, level int, table, other uint64) (pa, why uint64) {
	rights := uint64(pteRW | pteUS)
	nx := uint64(0)
	if c.efer&cpu.EFERNXE == 0 {
		other |= pteNX
	}
	for ; ; level-- {
		at := table + va>>(12+9*uint(level))&511*8
		e := c.physRead64(at)
		if e&pteP == 0 {
			return 0, 0
		}
		rights &= e
		nx |= e
		leaf, must0 := level == 0 || level < 3 && e&ptePS != 0, reserved[level].table
		if leaf {
			must0 = reserved[level].page
		}
		if e&(must0|other) != 0 {
			return 0, pfPresent | pfReserved
		}
		if !leaf {
			if e&pteA == 0 {
				c.physWrite64(at, e|pteA)
			}
			table = e & ptAddr
			continue
		}
		if !c.allowed(acc, user, rights, nx&pteNX != 0) {
			return 0, pfPresent
		}
		want := e | pteA
		if acc&accWrite != 0 {
			want |= pteD
		}
		if want != e {
			c.physWrite64(at, want)
		}
		low := uint64(1)<<(12+9*uint(level)) - 1
		return e&ptAddr&^low | va&low, found
	}
}

// walk32 goes down the tables of 32-bit paging (SDM 3A, 4.3).
func (c *CPU) walk32(va, acc uint64, user bool) (pa, why uint64) {
	at := c.cr3&0xfffff000 + va>>22*4
	e := c.physRead32(at)
	if e&pteP == 0 {
		return 0, 0
	}
	rights, low := e, uint64(1<<22-1)
	large := e&ptePS != 0 && c.cr4&cpu.CR4PSE != 0
	if large && e&(1<<22-1)&^(1<<13-1) != 0 {
		return 0, pfPresent | pfReserved
	}
	if !large {
		if e&pteA == 0 {
			c.physWrite32(at, e|pteA)
		}
		at = e&0xfffff000 + va>>12&1023*4
		e = c.physRead32(at)
		if e&pteP == 0 {
			return 0, 0
		}
		rights, low = rights&e, pageMask
	}
	if !c.allowed(acc, user, rights, false) {
		return 0, pfPresent
	}
	want := e | pteA
	if acc&accWrite != 0 {
		want |= pteD
	}
	if want != e {
		c.physWrite32(at, want)
	}
	return e&0xfffff000&^low | va&low, found
}

// allowed reports whether the rights allow the access (SDM 3A, 4.6).
func (c *CPU) allowed(acc uint64, user bool, rights uint64, nx bool) bool {
	switch {
	case user && rights&pteUS == 0, acc&accFetch != 0 && nx:
		return false
	case !user && rights&pteUS != 0 && acc&accFetch != 0:
		return c.cr4&cpu.CR4SMEP == 0
	case !user && rights&pteUS != 0 && c.cr4&cpu.CR4SMAP != 0 && (acc&accImplicit != 0 || c.eflags&cpu.FlagAC == 0):
		return false
	case acc&accWrite != 0 && rights&pteRW == 0:
		return !user && c.cr0&cpu.CR0WP == 0
	}
	return true
}

// setTag says which entries of the TLBs are for the current ring and mode.
func (c *CPU) setTag() {
	switch {
	case c.cpl == 3:
		c.utag = tagUser
	case c.cr4&cpu.CR4SMAP != 0 && c.eflags&cpu.FlagAC == 0:
		c.utag = tagKeep
	default:
		c.utag = 0
	}
	if !c.long {
		c.utag |= tagNarrow
	}
}

// systemTag is the tag of what systemRead may read: with SMAP, never of a page
// that AC alone opens.
func (c *CPU) systemTag() (tag uint64) {
	if c.cr4&cpu.CR4SMAP != 0 {
		tag = tagKeep
	}
	if c.efer&cpu.EFERLMA == 0 {
		tag |= tagNarrow
	}
	return tag
}

// ---- physical memory, for the tables

func (c *CPU) inRAM(pa, n uint64) bool { return pa < uint64(len(c.ram)) && n <= uint64(len(c.ram))-pa }

func (c *CPU) physRead64(pa uint64) uint64 {
	if !c.inRAM(pa, 8) {
		return 0
	}
	return binary.LittleEndian.Uint64(c.ram[pa:])
}

func (c *CPU) physRead32(pa uint64) uint64 {
	if !c.inRAM(pa, 4) {
		return 0
	}
	return uint64(binary.LittleEndian.Uint32(c.ram[pa:]))
}

func (c *CPU) physWrite64(pa, v uint64) {
	binary.LittleEndian.PutUint64(c.ram[pa:], v)
	c.written(pa)
}

func (c *CPU) physWrite32(pa, v uint64) {
	binary.LittleEndian.PutUint32(c.ram[pa:], uint32(v))
	c.written(pa)
}
