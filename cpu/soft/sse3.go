package soft

// SSE3, but for FISTTP, and MONITOR and MWAIT, which there are not (SDM 1,
// chapter 12).

// exADDSUB subtracts in the even lanes and adds in the odd ones.
func exADDSUB(f format) func(*CPU, *inst) {
	add, sub := opADD.lane(f), opSUB.lane(f)
	return of2F(f, func(c *CPU, a, b vec, _ uint64) (r vec) {
		e := &c.ext.env
		for i := range r {
			if f == double {
				r[i] = [...]laneOp{sub, add}[i](c, e, a[i], b[i])
			} else {
				r[i] = sub(c, e, a[i]&0xffffffff, b[i]&0xffffffff) | add(c, e, a[i]>>32, b[i]>>32)<<32
			}
		}
		return r
	})
}

// exHOP makes an operation on neighbours: those of the destination give the
// lower half.
func exHOP(f format, op *arith) func(*CPU, *inst) {
	lane := op.lane(f)
	return of2F(f, func(c *CPU, a, b vec, _ uint64) (r vec) {
		e := &c.ext.env
		for i, v := range [...]vec{a, b} {
			if f == double {
				r[i] = lane(c, e, v[0], v[1])
			} else {
				r[i] = lane(c, e, v[0]&0xffffffff, v[0]>>32) | lane(c, e, v[1]&0xffffffff, v[1]>>32)<<32
			}
		}
		return r
	})
}

var exMOVDDUP = of1(func(_ *CPU, _, b vec, _ uint64) vec { return vec{b[0], b[0]} })

// exMOVDUP doubles the even lanes, or the odd ones.
func exMOVDUP(odd uint) func(*CPU, *inst) {
	return of1(func(_ *CPU, _, v vec, _ uint64) vec {
		for i := range v {
			h := v[i] >> (32 * odd) & 0xffffffff
			v[i] = h | h<<32
		}
		return v
	})
}

var sse3Table = []row{
	{"66.0FD0", "ADDSUBPD", "Vdq,Wdq", exADDSUB(double), 0, nil}, {"F2.0FD0", "ADDSUBPS", "Vdq,Wdq", exADDSUB(single), 0, nil},
	{"66.0F7C", "HADDPD", "Vdq,Wdq", exHOP(double, opADD), 0, nil}, {"F2.0F7C", "HADDPS", "Vdq,Wdq", exHOP(single, opADD), 0, nil},
	{"66.0F7D", "HSUBPD", "Vdq,Wdq", exHOP(double, opSUB), 0, nil}, {"F2.0F7D", "HSUBPS", "Vdq,Wdq", exHOP(single, opSUB), 0, nil},
	{"F2.0FF0", "LDDQU", "Vdq,Mdq", exMOVU, 0, nil}, {"F2.0F12", "MOVDDUP", "Vdq,Wq", exMOVDDUP, 0, nil},
	{"F3.0F12", "MOVSLDUP", "Vdq,Wdq", exMOVDUP(0), 0, nil}, {"F3.0F16", "MOVSHDUP", "Vdq,Wdq", exMOVDUP(1), 0, nil},
}
