package soft

// Pairs: an instruction that leaves flags, and the conditional branch behind
// it at the end of a run, are executed as one, and count as two. The first one
// has the way of the pair, and what the branch needs: whether it is taken for
// each outcome, in cond, and how far it goes, in imm2. If anything is in the
// way, the first one alone is executed exactly, and the branch is a run of its
// own.

// pairTable has, by mnemonic and form, the ways of the first instructions.
var pairTable = map[string]map[string]quick{
	"CMP":  {"r,r": cmpRRpair, "r,i": cmpRIpair, "r,m": cmpRMpair, "m,r": cmpMRpair, "m,i": cmpMIpair, "b,b": cmpRRpair, "b,i": cmpRIpair, "m1,i": cmpMIpair, "m1,b": cmpMRpair, "b,m1": cmpRMpair},
	"TEST": {"r,r": testRRpair, "r,i": testRIpair, "b,b": testRRpair, "b,i": testRIpair},
	"AND":  {"r,r": andRRpair, "r,i": andRIpair},
	"SUB":  {"r,r": subRRpair, "r,i": subRIpair},
	"ADD":  {"r,r": addRRpair, "r,i": addRIpair},
	"INC":  {"r,": incRpair},
	"DEC":  {"r,": decRpair},
}

// An outcome is what two numbers are to each other, as bits of an index.
const (
	outEqual = 1 << iota
	outBelow // less, as unsigned ones
	outLess  // less, as signed ones
	outMinus // the difference is negative

	outcomes   = 16
	zeroOrSign = 1<<4 | 1<<5 | 1<<8 | 1<<9 // the conditions Z, NZ, S, NS
)

// outcome of a and b, numbers whose top bit is bit 63.
func outcome(a, b uint64) uint {
	var eq, below, less uint
	if a == b {
		eq = outEqual
	}
	if a < b {
		below = outBelow
	}
	if int64(a) < int64(b) {
		less = outLess
	}
	return eq | below | less | uint((a-b)>>63)<<3
}

// truth has for condition cc a bit for each outcome of a comparison; none if
// outcomes do not decide it.
func truth(cc uint8) (t uint16, ok bool) {
	for o := range outcomes {
		var r bool
		switch cc >> 1 {
		case 1:
			r = o&outBelow != 0
		case 2:
			r = o&outEqual != 0
		case 3:
			r = o&(outBelow|outEqual) != 0
		case 4:
			r = o&outMinus != 0
		case 6:
			r = o&outLess != 0
		case 7:
			r = o&(outLess|outEqual) != 0
		default:
			return 0, false
		}
		if r != (cc&1 != 0) {
			t |= 1 << o
		}
	}
	return t, true
}

// pair makes one of two instructions, if it can.
func (d *decoder) pair(in, branch *inst) {
	way := d.find(in.row.pairs, in)
	cc := branch.code & 15
	t, ok := truth(cc)
	switch in.row.name {
	case "INC", "DEC", "ADD":
		ok = ok && 1<<cc&zeroOrSign != 0
	}
	if !ok || way == nil || in.lock || branch.row.name != "Jcc" || !d.long || branch.size != 64 {
		return
	}
	in.quick, in.cond, in.ways = way, t, branch.ways
}

// branch is the branch that an instruction, of a pair or alone, goes by.
func (in *inst) branch() *inst {
	if in.run == 1 {
		return in
	}
	return in.next
}

// cmpThen leaves the flags of a less b, and takes the branch or not.
func (c *CPU) cmpThen(in *inst, a, b uint64) *inst {
	c.leaveSub(in, a, b)
	return c.goTo(in, in.taken(outcome(c.x, c.y)))
}

// zeroThen takes the branch or not after an instruction with result r, whose
// flags have been left.
func (c *CPU) zeroThen(in *inst) *inst {
	r := c.top()
	o := uint(r>>63) * (outLess | outMinus)
	if r == 0 {
		o = outEqual
	}
	return c.goTo(in, in.taken(o))
}

// taken says which way the branch of a pair goes.
func (in *inst) taken(outcome uint) uint { return uint(in.cond>>(outcome&15)) & 1 }

func cmpRRpair(c *CPU, in *inst) *inst { a, b := c.pairRR(in); return c.cmpThen(in, a, b) }
func cmpRIpair(c *CPU, in *inst) *inst { a, b := c.pairRI(in); return c.cmpThen(in, a, b) }

func cmpRMpair(c *CPU, in *inst) *inst {
	a, b, ok := c.pairRM(in)
	if !ok {
		return nil
	}
	return c.cmpThen(in, a, b)
}

func cmpMRpair(c *CPU, in *inst) *inst {
	a, ok := c.loadM(in, in.dst.n)
	if !ok {
		return nil
	}
	return c.cmpThen(in, a, c.r[in.src.reg&regMask]&in.m)
}

func cmpMIpair(c *CPU, in *inst) *inst {
	a, ok := c.loadM(in, in.dst.n)
	if !ok {
		return nil
	}
	return c.cmpThen(in, a, in.imm&in.m)
}

func subRRpair(c *CPU, in *inst) *inst { a, b := c.pairRR(in); return c.subThen(in, a, b) }
func subRIpair(c *CPU, in *inst) *inst { a, b := c.pairRI(in); return c.subThen(in, a, b) }

func (c *CPU) subThen(in *inst, a, b uint64) *inst {
	c.r[in.dst.reg&regMask] = (a - b) & in.m
	return c.cmpThen(in, a, b)
}

// The others compare their result with 0.

func testRRpair(c *CPU, in *inst) *inst {
	a, b := c.pairRR(in)
	c.leaveLogic(in, a&b)
	return c.zeroThen(in)
}
func testRIpair(c *CPU, in *inst) *inst {
	a, b := c.pairRI(in)
	c.leaveLogic(in, a&b)
	return c.zeroThen(in)
}
func andRRpair(c *CPU, in *inst) *inst { a, b := c.pairRR(in); c.logic(in, a&b); return c.zeroThen(in) }
func andRIpair(c *CPU, in *inst) *inst { a, b := c.pairRI(in); c.logic(in, a&b); return c.zeroThen(in) }
func addRRpair(c *CPU, in *inst) *inst { a, b := c.pairRR(in); c.add(in, a, b); return c.zeroThen(in) }
func addRIpair(c *CPU, in *inst) *inst { a, b := c.pairRI(in); c.add(in, a, b); return c.zeroThen(in) }
func incRpair(c *CPU, in *inst) *inst  { incR(c, in); return c.zeroThen(in) }
func decRpair(c *CPU, in *inst) *inst  { decR(c, in); return c.zeroThen(in) }
