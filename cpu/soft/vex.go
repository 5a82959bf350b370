package soft

import "slices"

// The VEX prefix (SDM 2A, 2.3), as far as instructions on general registers
// need it.

var vex38, vex3A opmap

// vexRegister reports whether the prefix names a register if the row wants one,
// and none otherwise.
func (d *decoder) vexRegister(r *row) bool {
	return d.vvvv == 0 || slices.ContainsFunc(r.forms, func(f form) bool { return f.kind == 'B' })
}

// vex reads the prefix and the opcode byte; nil is no such instruction.
func (d *decoder) vex(first uint8) (t *opmap, op uint8) {
	if d.hasREX || d.opsize || d.rep != 0 || d.lock {
		return nil, 0
	}
	b := d.byte()
	d.rex = ^b >> 5 & 4
	m := uint8(1)
	if first == 0xc4 {
		d.rex, m = ^b>>5&7, b&31
		b = d.byte()
		d.rex |= b >> 4 & 8
	}
	d.isVEX, d.vexCol = true, b&3
	d.vvvv = ^b >> 3 & 15
	if !d.long {
		d.rex, d.vvvv = 0, d.vvvv&7
	}
	if b&4 != 0 { // 256 bits
		return nil, 0
	}
	switch m {
	case 2:
		t = &vex38
	case 3:
		t = &vex3A
	}
	return t, d.byte()
}
