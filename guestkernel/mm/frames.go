// Package mm is memory management: page frames, pools of kernel objects,
// address spaces, and the copying of user memory.
//
// Begin with [Alloc] (frames), [Pool] (objects) and [Buf] (a piece of user or
// kernel memory that a system call reads or writes).
package mm

import (
	"unsafe"

	"sysindvm/guestkernel/arch"
)

const PageSize = arch.PageSize

// Page is one frame as bytes.
type Page [PageSize]byte

// The frame allocator: frames never used yet are handed out in order of
// address, freed ones from a list that runs through the frames themselves.
// Each frame has a count of its users, so that fork can share pages.
var (
	next, end uint64 // never used yet: [next, end)
	freeList  uint64 // first free frame, 0 if none
	refs      []uint16
	usedN     int
)

// Init gives the allocator the frames in [lo, hi), physical addresses. The
// reference counts take the first of them.
func Init(lo, hi uint64) {
	lo = (lo + PageSize - 1) &^ (PageSize - 1)
	hi &^= PageSize - 1
	n := hi / PageSize
	next, end, freeList, usedN = lo, hi, 0, 0
	refs = unsafe.Slice((*uint16)(arch.Virt(lo)), n)
	clear(refs)
	next += (n*2 + PageSize - 1) &^ (PageSize - 1)
}

// Alloc returns the physical address of a zeroed frame with one user, or 0 if
// memory is full.
func Alloc() uint64 {
	pa := freeList
	if pa != 0 {
		freeList = *(*uint64)(arch.Virt(pa))
	} else {
		if next >= end {
			return 0
		}
		pa = next
		next += PageSize
	}
	*(*Page)(arch.Virt(pa)) = Page{}
	refs[pa/PageSize] = 1
	usedN++
	return pa
}

// Ref adds a user to a frame. It fails when the count is full.
func Ref(pa uint64) bool {
	r := &refs[pa/PageSize]
	if *r == 0xffff {
		return false
	}
	*r++
	return true
}

// Refs is how many users a frame has.
func Refs(pa uint64) int { return int(refs[pa/PageSize]) }

// Free takes a user from a frame; the last one frees it.
func Free(pa uint64) {
	r := &refs[pa/PageSize]
	if *r == 0 {
		arch.Panic("mm.Free: the frame is free")
	}
	if *r--; *r == 0 {
		*(*uint64)(arch.Virt(pa)) = freeList
		freeList = pa
		usedN--
	}
}

// Used is how many frames are in use.
func Used() int { return usedN }

// Total is how many frames there are, used or free.
func Total() int { return usedN + freeFrames() }

func freeFrames() int {
	n := int((end - next) / PageSize)
	for pa := freeList; pa != 0; pa = *(*uint64)(arch.Virt(pa)) {
		n++
	}
	return n
}
