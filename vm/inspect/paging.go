package inspect

import (
	"encoding/binary"
	"fmt"
	"strings"

	"sysindvm/cpu"
)

// Entry is an entry of a page table on the way to an address (SDM 3A, 4.5).
type Entry struct {
	Level int    // 4 is the PML4 of 64-bit mode, 1 the last; PAE begins with 3
	Index int    // in its table
	At    uint64 // guest-physical address of the entry
	Entry uint64
	Page  bool   // it maps a page, and is not a table's
	Flags string // the bits that are set, by name
}

// PageTables are the entries that translate a virtual address in the address
// space in force, outermost first, up to the page or to the one that is not
// present.
func (v *View) PageTables(addr uint64) ([]Entry, error) {
	s, err := v.m.VCPU().Sregs()
	if err != nil {
		return nil, err
	}
	level := 4
	if s.EFER&cpu.EFERLMA == 0 {
		level = 3
		if addr>>32 != 0 {
			return nil, fmt.Errorf("%#x: addresses have 32 bits here", addr)
		}
	}
	const large, table = 1 << 7, 0x000f_ffff_ffff_f000
	at := s.CR3 & table
	if level == 3 {
		at = s.CR3 &^ 31
	}
	ram := v.m.RAM()
	var all []Entry
	for ; level > 0; level-- {
		index := addr >> (12 + 9*(level-1)) & 0x1ff
		pa := at + index*8
		if pa+8 > uint64(len(ram)) {
			return all, fmt.Errorf("the table at %#x is outside RAM", at)
		}
		e := binary.LittleEndian.Uint64(ram[pa:])
		last := level == 1 || e&large != 0 && level < 4
		all = append(all, Entry{level, int(index), pa, e, last, pageFlags(e, last)})
		if e&1 == 0 || last {
			break
		}
		at = e & table
	}
	return all, nil
}

var pageBits = []struct {
	bit  uint
	name string
}{{0, "present"}, {1, "write"}, {2, "user"}, {3, "pwt"}, {4, "pcd"}, {5, "accessed"}, {6, "dirty"}, {7, "large"}, {8, "global"}, {63, "nx"}}

func pageFlags(e uint64, last bool) string {
	var names []string
	for _, b := range pageBits {
		if e>>b.bit&1 != 0 && (last || b.name != "dirty" && b.name != "global") {
			names = append(names, b.name)
		}
	}
	return strings.Join(names, " ")
}
