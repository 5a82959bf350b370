package soft

import "reflect"

// Two instructions that often follow one another are executed as one: the first
// one has the way of both. Which ones, the programs of guestkernel/user/bench
// and the kernel have told. Each still counts; the second one keeps its own way
// for who jumps there, and if something is in its way it is what comes next.
// The functions are in quick_fused.go.

type fusion struct{ first, second, both quick }

// fusions has the ways of two. Two ways are the same if their code is.
var fusions = map[[2]uintptr]quick{}

func enterFusions() {
	for _, f := range fusionTable {
		fusions[[2]uintptr{code(f.first), code(f.second)}] = f.both
	}
}

func code(way quick) uintptr { return reflect.ValueOf(way).Pointer() }

// fuse gives the instructions of a run the ways of two.
func fuse(run []inst) {
	for i := range run {
		in := &run[i]
		if in.then == nil {
			continue
		}
		if both := fusions[[2]uintptr{code(in.quick), code(in.then.quick)}]; both != nil {
			in.quick = both
		}
	}
}

var fusionTable = []fusion{
	{movRR, movRR, movMov},
	{movRR, shlRIdead, movShl},
	{movRR, shrRIdead, movShr},
	{movRR, rolRIdead, movRol},
	{movRR, andRRdead, movAnd},
	{movRR, addRRdead, movAddD},
	{movRR, subRIdead, movSubID},
	{movRR, addRIdead, movAddID},
	{movRR, subRI, movSubI},
	{movRR, call64, movCall},
	{shlRIdead, xorRRdead, shlXor},
	{shlRIdead, leaRM, shlLea},
	{shrRIdead, xorRRdead, shrXor},
	{shrRIdead, movRR, shrMov},
	{rolRIdead, xorRRdead, rolXor},
	{rolRIdead, rolRIdead, rolRol},
	{andRRdead, xorRRdead, andXor},
	{andRRdead, movRR, andMov},
	{xorRRdead, movRR, xorMov},
	{xorRRdead, addRRdead, xorAddD},
	{xorRRdead, xorRRdead, xorXor},
	{xorRRdead, leaRM, xorLea},
	{addRRdead, addRR, addDAdd},
	{leaRM, addRR, leaAdd},
	{leaRM, movRR, leaMov},
	{imulRRIdead, addRIdead, imulIAddID},
	{movRI, imulRRdead, movIImul},
	{incRdead, cmpRIl, incDCmpRIl},
	{incRdead, cmpRIle, incDCmpRIle},
	{incRdead, cmpRIb, incDCmpRIb},
	{incRdead, cmpRRl, incDCmpRRl},
	{incRdead, cmpRRle, incDCmpRRle},
	{incRdead, cmpRRb, incDCmpRRb},
	{incRdead, testRI, incDTestI},
	{addRRdead, cmpRIl, addDCmpRIl},
	{addRRdead, cmpRIb, addDCmpRIb},
	{addRRdead, cmpRRl, addDCmpRRl},
	{addRIdead, cmpRIl, addIDCmpRIl},
	{addRIdead, cmpRIb, addIDCmpRIb},
	{addRIdead, cmpRIe, addIDCmpRIe},
	{addRIdead, cmpRRl, addIDCmpRRl},
	{addRIdead, cmpRRb, addIDCmpRRb},
	{addRIdead, cmpRRe, addIDCmpRRe},
	{subRIdead, cmpRIb, subIDCmpRIb},
	{decRdead, negRdead, decNeg},
	{movzxRB, addRRdead, movzxAddD},
	{testRI, cmovE, testICmovE},
	{movRR, testRRe, movTestE},
	{pushR64, pushR64, pushPush},
	{pushR64, movRR, pushMov},
	{popR64, popR64, popPop},
	{popR64, ret64, popRet},
	{addRI, popR64, addIPop},
	{addRI, ret64, addIRet},
	{addRI, call64, addICall},
	{movRM64, movRM64, load64Load64},
	{movRM64, movMR64, load64Store64},
	{movRM64, movRR, load64Mov},
	{movRM64, testRRe, load64TestE},
	{movRM64, cmpRRb, load64CmpRRb},
	{movRM64, addRRdead, load64AddD},
	{movMR64, movMR64, store64Store64},
	{movMR64, movRM64, store64Load64},
	{movMR64, incR, store64Inc},
	{movRM32, movRM32, load32Load32},
	{movRM32, cmpRRb, load32CmpRRb},
	{movRM32, cmpRRbe, load32CmpRRbe},
	{movMR32, movMR32, store32Store32},
	{movMR32, incR, store32Inc},
	{movzxRM8, xorRRdead, load8Xor},
	{movzxRM8, decRdead, load8Dec},
	{movMI8, addRRdead, storeI8AddD},
	{movMB, incR, store8Inc},
	{movMB, incRdead, store8IncD},
}
