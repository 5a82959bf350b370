package soft

import (
	"encoding/binary"
)

// Loads and stores of the x87 FPU, and of its state (SDM 1, 8.1.10 and 8.3.3).

// exFLDmem is FLD of a single or double.
func exFLDmem(f format) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		x := f.unpack(c.load(in, &in.dst))
		s := &c.fpu
		if !s.empty(7) {
			c.pushResult(f80{})
			return
		}
		e := s.full()
		r, ok := e.nan87(x, x)
		if !ok {
			e.denormals(x, num{})
			r = x // every one is a normal number in 80 bits
		}
		// A denormal is loaded though the exception be unmasked, as AMD's processors do.
		if s.done(e) || e.flags&excI == 0 {
			s.push(pack80(r))
		}
	}
}

func exFILD(c *CPU, in *inst) {
	c.pushResult(pack80(fromInt(int64(sext(c.load(in, &in.dst), in.dst.n)))))
}

func (c *CPU) read80(a uint64) f80 {
	m := c.read64(a)
	return f80{m, uint16(c.read16(a + 8))}
}

func (c *CPU) write80(a uint64, v f80) {
	c.probeWrite(a, 64)
	c.probeWrite(a+8, 16)
	c.write64(a, v.m)
	c.write16(a+8, uint64(v.se))
}

func exFLD80(c *CPU, in *inst) { c.pushResult(c.read80(c.ea(in))) }

func exFSTP80(c *CPU, in *inst) {
	f := &c.fpu
	v := f.st(0)
	if f.empty(0) {
		v = indefinite80
		if f.fcw&excI == 0 {
			f.stackFault(false)
			return
		}
	}
	c.write80(c.ea(in), v)
	if f.empty(0) {
		f.stackFault(false)
	} else {
		f.fsw &^= fswC1
	}
	f.pop()
}

// finishStore stores a value in memory and then takes the exceptions: none if
// one keeps the store from happening.
func (c *CPU) finishStore(in *inst, e *floatEnv, v uint64, empty, pop bool) {
	f := &c.fpu
	if e.flags&e.unmasked&^excP == 0 {
		c.store(in, &in.dst, v)
	} else {
		pop, e.up = false, false
		e.flags &^= excP
	}
	if empty {
		f.stackFault(false)
	} else {
		f.done(e)
	}
	if pop {
		f.pop()
	}
}

// exFSTmem is FST and FSTP to a single or double.
func exFSTmem(f format, pop bool) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		s := &c.fpu
		e := s.full()
		e.format = f
		empty := s.empty(0)
		r := indefinite
		if empty {
			e.flags = excI
		} else {
			r = e.roundTo(s.st(0).unpack())
		}
		c.finishStore(in, e, f.pack(r), empty, pop)
	}
}

// exFIST is FIST, FISTP and FISTTP.
func exFIST(pop, truncate bool) func(*CPU, *inst) {
	return func(c *CPU, in *inst) {
		f := &c.fpu
		e := f.full()
		if truncate {
			e.mode = roundZero
		}
		empty := f.empty(0)
		v := uint64(1) << (in.dst.n - 1)
		if empty {
			e.flags = excI
		} else {
			v = e.toInt(f.st(0).unpack(), uint(in.dst.n))
		}
		c.finishStore(in, e, v, empty, pop)
	}
}

// ---- decimal numbers: 18 digits, and a sign in the last byte

func exFBLD(c *CPU, in *inst) {
	a := c.ea(in)
	lo, hi := c.read64(a), c.read16(a+8)
	v := int64(0)
	digit := func(d uint64) { v = v*10 + int64(d&15) }
	digit(hi >> 4)
	digit(hi)
	for s := 60; s >= 0; s -= 4 {
		digit(lo >> s)
	}
	x := fromInt(v)
	x.neg = hi>>15 != 0
	c.pushResult(pack80(x))
}

func exFBSTP(c *CPU, in *inst) {
	f := &c.fpu
	e := f.full()
	empty := f.empty(0)
	v := f80{3 << 62, 0xffff}
	if empty {
		e.flags = excI
	} else {
		v = e.toDecimal(f.st(0).unpack())
	}
	ok := e.flags&e.unmasked&^excP == 0
	if ok {
		c.write80(c.ea(in), v)
	}
	if empty {
		f.stackFault(false)
	} else {
		f.done(e)
	}
	if ok {
		f.pop()
	}
}

func (e *floatEnv) toDecimal(x num) f80 {
	se := uint16(signBit(x.neg)) << 15
	if x.kind == isZero {
		return f80{0, se}
	}
	if x.kind != isFinite || x.exp >= 63 {
		e.flags |= excI
		return indefinite80
	}
	m, inexact, up := e.integer(x)
	if m > 999_999_999_999_999_999 {
		e.flags |= excI
		return indefinite80
	}
	if inexact {
		e.flags |= excP
		e.up = up
	}
	var lo uint64
	for s := 0; s < 64; s += 4 {
		lo |= m % 10 << s
		m /= 10
	}
	return f80{lo, se | uint16(m/10<<4|m%10)}
}

// ---- the environment and the whole state

// tags is the tag word: two bits a register.
func (f *x87) tags() (w uint16) {
	for i, v := range f.reg {
		t := uint16(0)
		x := v.unpack()
		switch {
		case f.ftw>>i&1 == 0:
			t = 3
		case x.kind == isZero:
			t = 1
		case x.kind != isFinite || x.denormal:
			t = 2
		}
		w |= t << (2 * i)
	}
	return w
}

func (f *x87) setTags(w uint16) {
	f.ftw = 0
	for i := range 8 {
		if w>>(2*i)&3 != 3 {
			f.ftw |= 1 << i
		}
	}
}

// environment is the image that FNSTENV stores: of seven words or doublewords,
// in protected mode (SDM 1, figures 8-9 and 8-11). The segments are not kept.
func (f *x87) environment(wide bool) []byte {
	le := binary.LittleEndian
	if !wide {
		b := make([]byte, 14)
		for i, v := range [...]uint16{f.fcw, f.status(), f.tags(), uint16(f.fip), 0, uint16(f.fdp), 0} {
			le.PutUint16(b[2*i:], v)
		}
		return b
	}
	b := make([]byte, 28)
	for i, v := range [...]uint32{0xffff0000 | uint32(f.fcw), 0xffff0000 | uint32(f.status()), 0xffff0000 | uint32(f.tags()),
		uint32(f.fip), uint32(f.fop) << 16, uint32(f.fdp), 0xffff0000} {
		le.PutUint32(b[4*i:], v)
	}
	return b
}

func (f *x87) setEnvironment(b []byte) {
	le := binary.LittleEndian
	if len(b) == 14 {
		f.fcw, f.fip, f.fdp = le.Uint16(b), uint64(le.Uint16(b[6:])), uint64(le.Uint16(b[10:]))
		f.fop = 0
		f.setTags(le.Uint16(b[4:]))
		f.setStatus(le.Uint16(b[2:]))
	} else {
		f.fcw, f.fip, f.fdp = le.Uint16(b), uint64(le.Uint32(b[12:])), uint64(le.Uint32(b[20:]))
		f.fop = le.Uint16(b[18:]) & 0x7ff
		f.setTags(le.Uint16(b[8:]))
		f.setStatus(le.Uint16(b[4:]))
	}
	f.setControl(f.fcw)
}

// readBytes and writeBytes move what is longer than an operand; all pages are
// checked before the first byte is written.
func (c *CPU) readBytes(a uint64, b []byte) {
	for i := range b {
		b[i] = byte(c.read8(a + uint64(i)))
	}
}

func (c *CPU) writeBytes(a uint64, b []byte) {
	c.probeWrite(a, 8)
	c.probeWrite(a+uint64(len(b))-1, 8)
	for i, v := range b {
		c.write8(a+uint64(i), uint64(v))
	}
}

func exFNSTENV(c *CPU, in *inst) {
	c.checkFPU()
	f := &c.fpu
	c.writeBytes(c.ea(in), f.environment(in.size != 16))
	f.fcw |= excAll
	f.summarize()
}

func envSize(in *inst) int {
	if in.size == 16 {
		return 14
	}
	return 28
}

func exFLDENV(c *CPU, in *inst) {
	b := make([]byte, envSize(in))
	c.readBytes(c.ea(in), b)
	c.fpu.setEnvironment(b)
}

func exFNSAVE(c *CPU, in *inst) {
	c.checkFPU()
	f := &c.fpu
	b := f.environment(in.size != 16)
	for i := range uint8(8) {
		v := f.st(i)
		b = binary.LittleEndian.AppendUint64(b, v.m)
		b = binary.LittleEndian.AppendUint16(b, v.se)
	}
	c.writeBytes(c.ea(in), b)
	f.reset()
}

func exFRSTOR(c *CPU, in *inst) {
	n := envSize(in)
	b := make([]byte, n+80)
	c.readBytes(c.ea(in), b)
	f := &c.fpu
	f.setEnvironment(b[:n])
	for i := range uint8(8) {
		at := b[n+10*int(i):]
		f.reg[f.at(i)] = f80{binary.LittleEndian.Uint64(at), binary.LittleEndian.Uint16(at[8:])}
	}
}

var x87MemTable = []row{
	{"D9/0", "FLD", "Md", fp(exFLDmem(single)), memOnly, nil}, {"DD/0", "FLD", "Mq", fp(exFLDmem(double)), memOnly, nil},
	{"DB/5", "FLD", "Mt", fp(exFLD80), memOnly, nil}, {"DB/7", "FSTP", "Mt", fp(exFSTP80), memOnly, nil},
	{"D9/2", "FST", "Md", fp(exFSTmem(single, false)), memOnly, nil}, {"DD/2", "FST", "Mq", fp(exFSTmem(double, false)), memOnly, nil},
	{"D9/3", "FSTP", "Md", fp(exFSTmem(single, true)), memOnly, nil}, {"DD/3", "FSTP", "Mq", fp(exFSTmem(double, true)), memOnly, nil},
	{"DF/0", "FILD", "Mw", fp(exFILD), memOnly, nil}, {"DB/0", "FILD", "Md", fp(exFILD), memOnly, nil},
	{"DF/5", "FILD", "Mq", fp(exFILD), memOnly, nil},
	{"DF/2", "FIST", "Mw", fp(exFIST(false, false)), memOnly, nil}, {"DB/2", "FIST", "Md", fp(exFIST(false, false)), memOnly, nil},
	{"DF/3", "FISTP", "Mw", fp(exFIST(true, false)), memOnly, nil}, {"DB/3", "FISTP", "Md", fp(exFIST(true, false)), memOnly, nil},
	{"DF/7", "FISTP", "Mq", fp(exFIST(true, false)), memOnly, nil},
	{"DF/1", "FISTTP", "Mw", fp(exFIST(true, true)), memOnly, nil}, {"DB/1", "FISTTP", "Md", fp(exFIST(true, true)), memOnly, nil},
	{"DD/1", "FISTTP", "Mq", fp(exFIST(true, true)), memOnly, nil},
	{"DF/4", "FBLD", "Mt", fp(exFBLD), memOnly, nil}, {"DF/6", "FBSTP", "Mt", fp(exFBSTP), memOnly, nil},
	{"D9/4", "FLDENV", "Mv", fpControl(exFLDENV), memOnly, nil}, {"D9/6", "FNSTENV", "Mv", exFNSTENV, memOnly, nil},
	{"DD/4", "FRSTOR", "Mv", fpControl(exFRSTOR), memOnly, nil}, {"DD/6", "FNSAVE", "Mv", exFNSAVE, memOnly, nil},
}
