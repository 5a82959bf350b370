//go:build freestanding

package sys

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls"
)

// Threads of 32-bit programs have their own memory in a segment: an entry of
// the GDT that set_thread_area(2) fills in, and a selector in GS (or FS).

// userDesc is struct user_desc (arch/x86/include/uapi/asm/ldt.h).
type userDesc struct{ entry, base, limit, flags uint32 }

const userDescSize = 16

// Bits of a user_desc's flags.
const (
	seg32       = 1 << 0
	segContents = 3 << 1
	segReadOnly = 1 << 3
	segPages    = 1 << 4
	segAbsent   = 1 << 5
	segUseable  = 1 << 6
)

func readDesc(addr uint64) (d userDesc, err syscalls.Errno) {
	var b [userDescSize]byte
	if _, err := mm.UserBuf(uintptr(addr), userDescSize).Read(0, b[:]); err != 0 {
		return d, err
	}
	w := func(at int) uint32 { return uint32(syscalls.GetInt(b[at:], 4)) }
	return userDesc{w(0), w(4), w(8), w(12)}, 0
}

// empty: the entry is to be cleared, in one of two ways to say that.
func (d *userDesc) empty() bool {
	return d.base == 0 && d.limit == 0 && (d.flags == segReadOnly|segAbsent || d.flags == 0)
}

// descriptor is what the GDT has for it (SDM 3A, 3.4.5).
func (d *userDesc) descriptor() uint64 {
	if d.empty() {
		return 0
	}
	bit := func(flag uint32, at int) uint64 {
		if d.flags&flag != 0 {
			return 1 << at
		}
		return 0
	}
	const accessed, system, user, present = 1 << 40, 1 << 44, 3 << 45, 1 << 47
	v := uint64(d.limit)&0xffff | uint64(d.limit)>>16&0xf<<48 |
		uint64(d.base)&0xffffff<<16 | uint64(d.base)>>24<<56 |
		accessed | system | user | uint64(d.flags&segContents)<<41 |
		bit(segUseable, 52) | bit(seg32, 54) | bit(segPages, 55)
	if d.flags&segReadOnly == 0 {
		v |= 1 << 41
	}
	if d.flags&segAbsent == 0 {
		v |= present
	}
	return v
}

// describe is the inverse of descriptor.
func describe(entry uint32, v uint64) userDesc {
	d := userDesc{entry: entry, base: uint32(v>>16&0xffffff | v>>56<<24), limit: uint32(v&0xffff | v>>48&0xf<<16)}
	bit := func(at int, want uint64, flag uint32) {
		if v>>at&1 == want {
			d.flags |= flag
		}
	}
	bit(54, 1, seg32)
	d.flags |= uint32(v>>41) & segContents
	bit(41, 0, segReadOnly)
	bit(55, 1, segPages)
	bit(47, 0, segAbsent)
	bit(52, 1, segUseable)
	return d
}

// threadArea fills an entry of s: the one that the description names, or with
// -1 one that is free, if that may be; its number is the result.
func threadArea(s *arch.Segs, d *userDesc, choose bool) (entry int, err syscalls.Errno) {
	if choose && d.entry == ^uint32(0) {
		for i := range s.TLS {
			if s.TLS[i] == 0 {
				d.entry = uint32(arch.TLSMin + i)
				break
			}
		}
		if d.entry == ^uint32(0) {
			return 0, syscalls.ESRCH
		}
	}
	i := d.entry - arch.TLSMin
	if i >= arch.NumTLS {
		return 0, syscalls.EINVAL
	}
	// As on Linux, only data segments of 32 bits: nothing else is of use.
	if !d.empty() && (d.flags&seg32 == 0 || d.flags&segContents > 1<<1 || d.flags&segAbsent != 0) {
		return 0, syscalls.EINVAL
	}
	s.TLS[i] = d.descriptor()
	return int(d.entry), 0
}

// setThreadArea is set_thread_area(2).
func (x *compat) setThreadArea(a *args) int64 {
	d, err := readDesc(a[0])
	if err != 0 {
		return fail(err)
	}
	chosen := d.entry == ^uint32(0)
	x.t.Segs.Save()
	s := x.t.Segs
	entry, err := threadArea(&s, &d, true)
	if err != 0 {
		return fail(err)
	}
	if chosen {
		var b [4]byte
		put32(b[:], uint32(entry))
		if _, err := mm.UserBuf(uintptr(a[0]), 4).Write(0, b[:]); err != 0 {
			return fail(err)
		}
	}
	x.t.Segs = s
	x.t.Segs.Load()
	return 0
}

// getThreadArea is get_thread_area(2).
func (x *compat) getThreadArea(a *args) int64 {
	n, ok := arch.LoadUser32(uintptr(a[0]))
	if !ok {
		return fail(syscalls.EFAULT)
	}
	if n-arch.TLSMin >= arch.NumTLS {
		return fail(syscalls.EINVAL)
	}
	d := describe(n, x.t.Segs.TLS[n-arch.TLSMin])
	var b [userDescSize]byte
	for i, v := range [...]uint32{d.entry, d.base, d.limit, d.flags} {
		put32(b[4*i:], v)
	}
	_, err := mm.UserBuf(uintptr(a[0]), userDescSize).Write(0, b[:])
	return result(0, err)
}

// tls is what a new thread's CLONE_SETTLS makes of the segments: an entry
// that is named by number.
func (x *compat) tls(c *proc.CloneArgs) syscalls.Errno {
	if c.Flags&syscalls.CLONE_SETTLS == 0 {
		return 0
	}
	d, err := readDesc(c.TLS)
	if err != 0 {
		return err
	}
	x.t.Segs.Save()
	c.Segs, c.HasSegs = x.t.Segs, true
	_, err = threadArea(&c.Segs, &d, false)
	return err
}

// clone is clone(2), with i386's order of arguments.
func (x *compat) clone(a *args) int64 {
	const signal = 0xff
	c := proc.CloneArgs{
		Flags: a[0] &^ signal, ExitSignal: int(a[0] & signal),
		Stack: a[1], ParentTID: a[2], TLS: a[3], ChildTID: a[4],
	}
	if err := x.tls(&c); err != 0 {
		return fail(err)
	}
	return result(x.t.Clone(&c))
}

// clone3 is clone3(2).
func (x *compat) clone3(a *args) int64 {
	c, err := getCloneArgs(a[0], a[1])
	if err == 0 {
		err = x.tls(&c)
	}
	if err != 0 {
		return fail(err)
	}
	return result(x.t.Clone(&c))
}
