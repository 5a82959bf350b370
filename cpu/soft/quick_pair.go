package soft

// Pairs: an instruction that leaves flags, and the conditional branch behind
// it at the end of a run, are executed as one, and count as two. The first one
// has the way of the pair, and the branch's ways on. If anything is in the way,
// the first one alone is executed exactly, and the branch follows it.

// pairTable has, by mnemonic and form, the ways of the first instructions: one
// for each condition that it has one for, without its negation, for which the
// branch's ways change places.
var pairTable = map[string]map[string]pairWays{
	"CMP":  {"r,r": cmpRRways, "r,i": cmpRIways, "b,b": cmpRRways, "b,i": cmpRIways, "r,m": cmpRMways, "b,m1": cmpRMways, "m,r": cmpMways, "m,i": cmpMways, "m1,i": cmpMways, "m1,b": cmpMways},
	"TEST": {"r,r": testRRways, "r,i": testRIways, "b,b": testRRways, "b,i": testRIways, "m,r": testMways, "m,i": testMways, "m1,b": testMways, "m1,i": testMways},
	"AND":  {"r,r": {condE: andRRe, condS: andRRs}, "r,i": {condE: andRIe, condS: andRIs}},
	"OR":   {"r,r": {condE: orRRe, condS: orRRs}},
	"SUB":  {"r,r": {condB: subRRb, condE: subRRe}, "r,i": {condB: subRIb, condE: subRIe}},
	"ADD":  {"r,r": {condB: addRRb, condE: addRRe}, "r,i": {condB: addRIb, condE: addRIe}},
	"INC":  {"r,": {condE: incRe}},
	"DEC":  {"r,": {condE: decRe}},
}

type pairWays [8]quick

// Conditions, as they are encoded but for the lowest bit, which negates them.
const (
	condB  = 1 // below
	condE  = 2
	condBE = 3
	condS  = 4 // negative
	condL  = 6
	condLE = 7
)

var (
	cmpRRways = pairWays{condB: cmpRRb, condE: cmpRRe, condBE: cmpRRbe, condS: cmpRRs, condL: cmpRRl, condLE: cmpRRle}
	cmpRIways = pairWays{condB: cmpRIb, condE: cmpRIe, condBE: cmpRIbe, condS: cmpRIs, condL: cmpRIl, condLE: cmpRIle}
	cmpRMways = pairWays{condB: cmpRMt, condE: cmpRMt, condBE: cmpRMt, condL: cmpRMt, condLE: cmpRMt}
	cmpMways  = pairWays{condB: cmpMt, condE: cmpMt, condBE: cmpMt, condL: cmpMt, condLE: cmpMt}

	// After a logical operation less is negative, and nothing is below.
	testRRways = pairWays{condE: testRRe, condBE: testRRe, condS: testRRs, condL: testRRs, condLE: testRRle}
	testRIways = pairWays{condE: testRIe, condBE: testRIe, condS: testRIs, condL: testRIs, condLE: testRIle}
	testMways  = pairWays{condE: testMe, condBE: testMe, condS: testMs, condL: testMs}
)

// pair makes one of two instructions, if it can.
func (d *decoder) pair(in, branch *inst) {
	if in.lock || branch.row.name != "Jcc" || !branch.near {
		return
	}
	form := d.forms(in)
	for _, p := range in.row.pairs {
		if way := p.way[branch.code>>1&7]; p.form == form && way != nil {
			in.quick, in.ways, in.cond = way, branch.ways, truth(branch.code&14)
			if branch.not() {
				in.ways[0].off, in.ways[1].off = in.ways[1].off, in.ways[0].off
			}
		}
	}
}

// brancher is the branch that an instruction, of a pair or alone, goes by.
func (in *inst) brancher() *inst {
	if in.run == 1 {
		return in
	}
	return in.next
}

// An outcome is what two numbers are to each other, as bits of an index.
const (
	outEqual = 1 << iota
	outBelow // less, as unsigned ones
	outLess  // less, as signed ones
	outcomes = 8
)

// truth has for condition cc a bit for each outcome of a comparison; none if
// outcomes do not decide it.
func truth(cc uint8) (t uint8) {
	for o := range outcomes {
		var r bool
		switch cc >> 1 {
		case condB:
			r = o&outBelow != 0
		case condE:
			r = o&outEqual != 0
		case condBE:
			r = o&(outBelow|outEqual) != 0
		case condL:
			r = o&outLess != 0
		case condLE:
			r = o&(outLess|outEqual) != 0
		default:
			return 0
		}
		if r != (cc&1 != 0) {
			t |= 1 << o
		}
	}
	return t
}

// taken reports whether an instruction's condition holds for a comparison of
// two numbers, the top bit of which is bit 63.
func (in *inst) taken(a, b uint64) bool {
	var eq, below, less uint8
	if a == b {
		eq = outEqual
	}
	if a < b {
		below = outBelow
	}
	if int64(a) < int64(b) {
		less = outLess
	}
	return in.cond>>((eq|below|less)&7)&1 != 0
}

// compareRR and compareRI leave the flags of a comparison, and give what is
// compared.
func (c *CPU) compareRR(in *inst) (x, y uint64) {
	a, b := c.pairRR(in)
	c.leaveSub(in, a, b)
	return c.x, c.y
}

func (c *CPU) compareRI(in *inst) (x, y uint64) {
	a, b := c.pairRI(in)
	c.leaveSub(in, a, b)
	return c.x, c.y
}

func cmpRRb(c *CPU, in *inst) *inst  { x, y := c.compareRR(in); return c.branch(in, x < y) }
func cmpRRe(c *CPU, in *inst) *inst  { x, y := c.compareRR(in); return c.branch(in, x == y) }
func cmpRRbe(c *CPU, in *inst) *inst { x, y := c.compareRR(in); return c.branch(in, x <= y) }
func cmpRRs(c *CPU, in *inst) *inst  { x, y := c.compareRR(in); return c.branch(in, int64(x-y) < 0) }
func cmpRRl(c *CPU, in *inst) *inst {
	x, y := c.compareRR(in)
	return c.branch(in, int64(x) < int64(y))
}
func cmpRRle(c *CPU, in *inst) *inst {
	x, y := c.compareRR(in)
	return c.branch(in, int64(x) <= int64(y))
}

func cmpRIb(c *CPU, in *inst) *inst  { x, y := c.compareRI(in); return c.branch(in, x < y) }
func cmpRIe(c *CPU, in *inst) *inst  { x, y := c.compareRI(in); return c.branch(in, x == y) }
func cmpRIbe(c *CPU, in *inst) *inst { x, y := c.compareRI(in); return c.branch(in, x <= y) }
func cmpRIs(c *CPU, in *inst) *inst  { x, y := c.compareRI(in); return c.branch(in, int64(x-y) < 0) }
func cmpRIl(c *CPU, in *inst) *inst {
	x, y := c.compareRI(in)
	return c.branch(in, int64(x) < int64(y))
}
func cmpRIle(c *CPU, in *inst) *inst {
	x, y := c.compareRI(in)
	return c.branch(in, int64(x) <= int64(y))
}

func cmpRMt(c *CPU, in *inst) *inst {
	b, ok := c.load64(c.ea64(in))
	if !ok {
		return nil
	}
	c.leaveSub(in, c.r[in.dst.reg&regMask], b)
	return c.branch(in, in.taken(c.x, c.y))
}

func cmpMt(c *CPU, in *inst) *inst {
	a, ok := c.load64(c.ea64(in))
	if !ok {
		return nil
	}
	c.leaveSub(in, a, c.second(in))
	return c.branch(in, in.taken(c.x, c.y))
}

// less has the difference of what was compared as destination.
func (c *CPU) less(in *inst, x, y uint64) { c.r[in.dst.reg&regMask] = (x - y) >> (in.sh & 63) }

func subRRb(c *CPU, in *inst) *inst {
	x, y := c.compareRR(in)
	c.less(in, x, y)
	return c.branch(in, x < y)
}
func subRRe(c *CPU, in *inst) *inst {
	x, y := c.compareRR(in)
	c.less(in, x, y)
	return c.branch(in, x == y)
}
func subRIb(c *CPU, in *inst) *inst {
	x, y := c.compareRI(in)
	c.less(in, x, y)
	return c.branch(in, x < y)
}
func subRIe(c *CPU, in *inst) *inst {
	x, y := c.compareRI(in)
	c.less(in, x, y)
	return c.branch(in, x == y)
}

// ---- of the result and 0

func (c *CPU) testedRR(in *inst) (x uint64) {
	a, b := c.pairRR(in)
	c.leaveLogic(in, a&b)
	return c.x
}

func (c *CPU) testedRI(in *inst) (x uint64) {
	a, b := c.pairRI(in)
	c.leaveLogic(in, a&b)
	return c.x
}

func testRRe(c *CPU, in *inst) *inst  { return c.branch(in, c.testedRR(in) == 0) }
func testRRs(c *CPU, in *inst) *inst  { return c.branch(in, int64(c.testedRR(in)) < 0) }
func testRRle(c *CPU, in *inst) *inst { return c.branch(in, int64(c.testedRR(in)) <= 0) }
func testRIe(c *CPU, in *inst) *inst  { return c.branch(in, c.testedRI(in) == 0) }
func testRIs(c *CPU, in *inst) *inst  { return c.branch(in, int64(c.testedRI(in)) < 0) }
func testRIle(c *CPU, in *inst) *inst { return c.branch(in, int64(c.testedRI(in)) <= 0) }

func testMe(c *CPU, in *inst) *inst {
	a, ok := c.load64(c.ea64(in))
	if !ok {
		return nil
	}
	c.leaveLogic(in, a&c.second(in))
	return c.branch(in, c.x == 0)
}

func testMs(c *CPU, in *inst) *inst {
	a, ok := c.load64(c.ea64(in))
	if !ok {
		return nil
	}
	c.leaveLogic(in, a&c.second(in))
	return c.branch(in, int64(c.x) < 0)
}

// gives has the result of a logical operation as destination, and leaves its
// flags.
func (c *CPU) gives(in *inst, r uint64) (x uint64) {
	c.r[in.dst.reg&regMask] = r & in.m
	c.leaveLogic(in, r)
	return c.x
}

func andRRe(c *CPU, in *inst) *inst { a, b := c.pairRR(in); return c.branch(in, c.gives(in, a&b) == 0) }
func andRRs(c *CPU, in *inst) *inst {
	a, b := c.pairRR(in)
	return c.branch(in, int64(c.gives(in, a&b)) < 0)
}
func andRIe(c *CPU, in *inst) *inst { a, b := c.pairRI(in); return c.branch(in, c.gives(in, a&b) == 0) }
func andRIs(c *CPU, in *inst) *inst {
	a, b := c.pairRI(in)
	return c.branch(in, int64(c.gives(in, a&b)) < 0)
}
func orRRe(c *CPU, in *inst) *inst { a, b := c.pairRR(in); return c.branch(in, c.gives(in, a|b) == 0) }
func orRRs(c *CPU, in *inst) *inst {
	a, b := c.pairRR(in)
	return c.branch(in, int64(c.gives(in, a|b)) < 0)
}

// sum leaves the flags of a sum, which is the destination.
func (c *CPU) sum(in *inst, a, b uint64) (r uint64) {
	r = (a + b) & in.m
	c.r[in.dst.reg&regMask] = r
	c.leaveAdd(in, a, b)
	return r
}

func addRRb(c *CPU, in *inst) *inst {
	a, b := c.pairRR(in)
	return c.branch(in, c.sum(in, a, b) < b&in.m)
}
func addRRe(c *CPU, in *inst) *inst { a, b := c.pairRR(in); return c.branch(in, c.sum(in, a, b) == 0) }
func addRIb(c *CPU, in *inst) *inst {
	a, b := c.pairRI(in)
	return c.branch(in, c.sum(in, a, b) < b&in.m)
}
func addRIe(c *CPU, in *inst) *inst { a, b := c.pairRI(in); return c.branch(in, c.sum(in, a, b) == 0) }

// A loop that counts down leaves the carry that it finds once, and need not make
// it again.

func incRe(c *CPU, in *inst) *inst {
	r := (c.r[in.dst.reg&regMask] + 1) & in.m
	c.r[in.dst.reg&regMask] = r
	if !c.lazy || c.kind != kindInc {
		c.y = c.carry()
	}
	c.leaveOne(in, r, c.y, kindInc)
	return c.branch(in, r == 0)
}

func decRe(c *CPU, in *inst) *inst {
	r := (c.r[in.dst.reg&regMask] - 1) & in.m
	c.r[in.dst.reg&regMask] = r
	if !c.lazy || c.kind != kindDec {
		c.y = c.carry()
	}
	c.leaveOne(in, r, c.y, kindDec)
	return c.branch(in, r == 0)
}
