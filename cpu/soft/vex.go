package soft

import (
	"slices"

	"sysindvm/cpu"
)

// The VEX prefix (SDM 2A, 2.3).

// vexOpcodes is where the decoder looks, by opcode map, VEX.L and VEX.W.
var vexOpcodes [4][2][2]opmap

// vexMaps appends to ms the tables that a row of opcode map m belongs into: those
// of every L and W that its attributes allow.
func (r *row) vexMaps(ms []*opmap, m int) []*opmap {
	for l := range 2 {
		for w := range 2 {
			only := [...][2]attr{{vexL0, vexW0}, {vexL1, vexW1}}
			if r.attr&(vexL0|vexL1)&^only[l][0] == 0 && r.attr&(vexW0|vexW1)&^only[w][1] == 0 {
				ms = append(ms, &vexOpcodes[m][l][w])
			}
		}
	}
	return ms
}

// vexRegister reports whether the prefix names a register if the row wants one,
// and none otherwise.
func (d *decoder) vexRegister(r *row) bool {
	return d.vvvv == 0 || slices.ContainsFunc(r.forms, func(f form) bool { return f.kind == 'B' || f.kind == 'H' })
}

// vex reads the prefix and the opcode byte; nil is no such instruction.
func (d *decoder) vex(first uint8) (t *opmap, op uint8) {
	if d.hasREX || d.opsize || d.rep != 0 || d.lock {
		return nil, 0
	}
	b, w := d.byte(), uint8(0)
	d.rex = ^b >> 5 & 4
	m := uint8(1)
	if first == 0xc4 {
		d.rex, m = ^b>>5&7, b&31
		b = d.byte()
		w = b >> 7
		d.rex |= w << 3
	}
	d.isVEX, d.vexCol, d.vexL = true, b&3, b&4 != 0
	d.vvvv = ^b >> 3 & 15
	if !d.long {
		d.rex, d.vvvv = 0, d.vvvv&7
	}
	if m == 0 || int(m) >= len(vexOpcodes) {
		return nil, 0
	}
	return &vexOpcodes[m][b>>2&1][w], d.byte()
}

// notReal executes an instruction that has a VEX prefix in 16-bit code: there is
// none in real mode, which the decoder cannot tell from 16-bit protected mode.
func notReal(c *CPU, in *inst) {
	if c.cr0&cpu.CR0PE == 0 {
		c.raiseNoCode(vecUD)
	}
	in.row.exec(c, in)
}

// vectorWidth is the width in bits of an operand of form x, by VEX.L, or of the
// half, quarter or eighth of that.
func (d *decoder) vectorWidth(w width) uint8 {
	by := w - widthX
	if d.vexL && by == 0 {
		return n256
	}
	n := uint8(128)
	if d.vexL {
		by--
	}
	return n >> by
}

// vector is vector register r as an operand of n bits: a YMM register for n256,
// else an XMM register.
func vector(r, n uint8) operand {
	if n == n256 {
		return operand{opYMM, r, n}
	}
	return operand{opXMM, r, n}
}

// vectors is the highest number of a vector register, which is a mask: there are
// 8 outside 64-bit mode, where the top bit of a number is ignored.
func (d *decoder) vectors() uint64 {
	if d.long {
		return 15
	}
	return 7
}

// distinct reports whether a gather's destination, index and mask are three
// different registers, as they must be.
func distinct(in *inst) bool {
	d, m, i := in.dst.reg, in.third.reg, uint8(in.imm2)
	return d != m && d != i && m != i
}

// checkAVX raises what keeps an instruction with a VEX prefix from running (SDM
// 2A, 2.4): unlike SSE's, it does not ask CR4.OSFXSR.
func (c *CPU) checkAVX() {
	switch {
	case c.cr4&cpu.CR4OSXSAVE == 0, c.ext.xcr0&xcrVectors != xcrVectors:
		c.raiseNoCode(vecUD)
	case c.cr0&cpu.CR0TS != 0:
		c.raiseNoCode(vecNM)
	}
}
