package soft

// The instructions of AVX and AVX2, in the order of the opcode maps. Most are
// SSE's with another prefix, and have SSE's functions: see lanes.go.

var avxTable = concat(avxMoves, avxFloat, avxInt, avxShifts, avx38Table, avx3ATable, fmaTable)

var avxMoves = []row{
	{"VNP.0F10", "VMOVUPS", "Vx,Wx", exVMOV(false), 0, nil}, {"VNP.0F11", "VMOVUPS", "Wx,Vx", exVMOV(false), 0, nil},
	{"V66.0F10", "VMOVUPD", "Vx,Wx", exVMOV(false), 0, nil}, {"V66.0F11", "VMOVUPD", "Wx,Vx", exVMOV(false), 0, nil},
	{"VF3.0F10", "VMOVSS", "Vd,Md", exMOVlow, 0, nil}, {"VF3.0F10", "VMOVSS", "Vd,Hd,Ud", exMOVlow, regOnly, nil},
	{"VF3.0F11", "VMOVSS", "Md,Vd", exMOVlow, 0, nil}, {"VF3.0F11", "VMOVSS", "Ud,Hd,Vd", exMOVlow, regOnly, nil},
	{"VF2.0F10", "VMOVSD", "Vq,Mq", exMOVlow, 0, nil}, {"VF2.0F10", "VMOVSD", "Vq,Hq,Uq", exMOVlow, regOnly, nil},
	{"VF2.0F11", "VMOVSD", "Mq,Vq", exMOVlow, 0, nil}, {"VF2.0F11", "VMOVSD", "Uq,Hq,Vq", exMOVlow, regOnly, nil},
	{"VNP.0F12", "VMOVLPS", "Vq,Hq,Mq", exMOVLP, vexL0, nil}, {"VNP.0F12", "VMOVHLPS", "Vq,Hq,Uq", exMOVLP, vexL0 | regOnly, nil},
	{"V66.0F12", "VMOVLPD", "Vq,Hq,Mq", exMOVLP, vexL0, nil},
	{"VNP.0F13", "VMOVLPS", "Mq,Vq", exMOVLP, vexL0, nil}, {"V66.0F13", "VMOVLPD", "Mq,Vq", exMOVLP, vexL0, nil},
	{"VF2.0F12", "VMOVDDUP", "Vdq,Wq", exMOVDDUP, vexL0, nil}, {"VF2.0F12", "VMOVDDUP", "Vqq,Wqq", exMOVDDUP, vexL1, nil},
	{"VF3.0F12", "VMOVSLDUP", "Vx,Wx", exMOVDUP(0), 0, nil}, {"VF3.0F16", "VMOVSHDUP", "Vx,Wx", exMOVDUP(1), 0, nil},
	{"VNP.0F16", "VMOVHPS", "Vq,Hq,Mq", exMOVHP, vexL0, nil}, {"VNP.0F16", "VMOVLHPS", "Vq,Hq,Uq", exMOVHP, vexL0 | regOnly, nil},
	{"V66.0F16", "VMOVHPD", "Vq,Hq,Mq", exMOVHP, vexL0, nil},
	{"VNP.0F17", "VMOVHPS", "Mq,Vq", exMOVHP, vexL0, nil}, {"V66.0F17", "VMOVHPD", "Mq,Vq", exMOVHP, vexL0, nil},
	{"VNP.0F28", "VMOVAPS", "Vx,Wx", exVMOV(true), 0, nil}, {"VNP.0F29", "VMOVAPS", "Wx,Vx", exVMOV(true), 0, nil},
	{"V66.0F28", "VMOVAPD", "Vx,Wx", exVMOV(true), 0, nil}, {"V66.0F29", "VMOVAPD", "Wx,Vx", exVMOV(true), 0, nil},
	{"VNP.0F2B", "VMOVNTPS", "Mx,Vx", exVMOV(true), 0, nil}, {"V66.0F2B", "VMOVNTPD", "Mx,Vx", exVMOV(true), 0, nil},
	{"VNP.0F50", "VMOVMSKPS", "Gd,Ux", exMOVMSKPS, regMod, nil}, {"V66.0F50", "VMOVMSKPD", "Gd,Ux", exMOVMSKPD, regMod, nil},
	{"V66.0F6E", "VMOVD", "Vdq,Ey", exMOVQ, vexL0, nil}, {"V66.0F7E", "VMOVD", "Ey,Vdq", exMOVfromX, vexL0, nil},
	{"V66.0F6F", "VMOVDQA", "Vx,Wx", exVMOV(true), 0, nil}, {"V66.0F7F", "VMOVDQA", "Wx,Vx", exVMOV(true), 0, nil},
	{"VF3.0F6F", "VMOVDQU", "Vx,Wx", exVMOV(false), 0, nil}, {"VF3.0F7F", "VMOVDQU", "Wx,Vx", exVMOV(false), 0, nil},
	{"VF3.0F7E", "VMOVQ", "Vq,Wq", exMOVQ, vexL0, nil}, {"V66.0FD6", "VMOVQ", "Wq,Vq", exMOVQ, vexL0, nil},
	{"VNP.0F77", "VZEROUPPER", "", exVZERO(false), vexL0, nil}, {"VNP.0F77", "VZEROALL", "", exVZERO(true), vexL1, nil},
	{"VNP.0FAE/2", "VLDMXCSR", "Md", exLDMXCSR, vexL0 | memOnly, nil}, {"VNP.0FAE/3", "VSTMXCSR", "Md", exSTMXCSR, vexL0 | memOnly, nil},
	{"V66.0FD7", "VPMOVMSKB", "Gd,Ux", exPMOVMSKB, regMod, nil}, {"V66.0FE7", "VMOVNTDQ", "Mx,Vx", exVMOV(true), 0, nil},
	{"VF2.0FF0", "VLDDQU", "Vx,Mx", exVMOV(false), 0, nil}, {"V66.0FF7", "VMASKMOVDQU", "Vdq,Udq", exMASKMOVDQU, vexL0 | regMod, nil},
}

// vexShapes is the four rows of an operation of two sources.
func vexShapes(op string, names [4]string, s, d laneOp) []row {
	return []row{
		{"VNP.0F" + op, names[0], "Vx,Hx,Wx", packedF(single, s), 0, nil}, {"V66.0F" + op, names[1], "Vx,Hx,Wx", packedF(double, d), 0, nil},
		{"VF3.0F" + op, names[2], "Vd,Hd,Wd", scalarF(single, s), 0, nil}, {"VF2.0F" + op, names[3], "Vq,Hq,Wq", scalarF(double, d), 0, nil},
	}
}

var avxFloat = concat(
	vexShapes("58", [4]string{"VADDPS", "VADDPD", "VADDSS", "VADDSD"}, opADD.lane(single), opADD.lane(double)),
	vexShapes("59", [4]string{"VMULPS", "VMULPD", "VMULSS", "VMULSD"}, opMUL.lane(single), opMUL.lane(double)),
	vexShapes("5C", [4]string{"VSUBPS", "VSUBPD", "VSUBSS", "VSUBSD"}, opSUB.lane(single), opSUB.lane(double)),
	vexShapes("5D", [4]string{"VMINPS", "VMINPD", "VMINSS", "VMINSD"}, extreme(-1), extreme(-1)),
	vexShapes("5E", [4]string{"VDIVPS", "VDIVPD", "VDIVSS", "VDIVSD"}, opDIV.lane(single), opDIV.lane(double)),
	vexShapes("5F", [4]string{"VMAXPS", "VMAXPD", "VMAXSS", "VMAXSD"}, extreme(1), extreme(1)),
	[]row{
		{"VNP.0F14", "VUNPCKLPS", "Vx,Hx,Wx", unpack(32, 0), 0, nil}, {"V66.0F14", "VUNPCKLPD", "Vx,Hx,Wx", unpack(64, 0), 0, nil},
		{"VNP.0F15", "VUNPCKHPS", "Vx,Hx,Wx", unpack(32, 1), 0, nil}, {"V66.0F15", "VUNPCKHPD", "Vx,Hx,Wx", unpack(64, 1), 0, nil},
		{"VF3.0F2A", "VCVTSI2SS", "Vd,Hd,Ey", exCVTSI2F(single), 0, nil}, {"VF2.0F2A", "VCVTSI2SD", "Vq,Hq,Ey", exCVTSI2F(double), 0, nil},
		{"VF3.0F2C", "VCVTTSS2SI", "Gy,Wd", toGeneral(single, true), 0, nil}, {"VF2.0F2C", "VCVTTSD2SI", "Gy,Wq", toGeneral(double, true), 0, nil},
		{"VF3.0F2D", "VCVTSS2SI", "Gy,Wd", toGeneral(single, false), 0, nil}, {"VF2.0F2D", "VCVTSD2SI", "Gy,Wq", toGeneral(double, false), 0, nil},
		{"VNP.0F2E", "VUCOMISS", "Vd,Wd", exCOMI(single, true), 0, nil}, {"V66.0F2E", "VUCOMISD", "Vq,Wq", exCOMI(double, true), 0, nil},
		{"VNP.0F2F", "VCOMISS", "Vd,Wd", exCOMI(single, false), 0, nil}, {"V66.0F2F", "VCOMISD", "Vq,Wq", exCOMI(double, false), 0, nil},
		{"VNP.0F51", "VSQRTPS", "Vx,Wx", packedF1(single, sqrtLane), 0, nil}, {"V66.0F51", "VSQRTPD", "Vx,Wx", packedF1(double, sqrtLane), 0, nil},
		{"VF3.0F51", "VSQRTSS", "Vd,Hd,Wd", scalarF(single, sqrtLane), 0, nil}, {"VF2.0F51", "VSQRTSD", "Vq,Hq,Wq", scalarF(double, sqrtLane), 0, nil},
		{"VNP.0F52", "VRSQRTPS", "Vx,Wx", packedF1(single, rsqrt), 0, nil}, {"VF3.0F52", "VRSQRTSS", "Vd,Hd,Wd", scalarF(single, rsqrt), 0, nil},
		{"VNP.0F53", "VRCPPS", "Vx,Wx", packedF1(single, rcp), 0, nil}, {"VF3.0F53", "VRCPSS", "Vd,Hd,Wd", scalarF(single, rcp), 0, nil},
		{"VNP.0F54", "VANDPS", "Vx,Hx,Wx", exPAND, 0, nil}, {"V66.0F54", "VANDPD", "Vx,Hx,Wx", exPAND, 0, nil},
		{"VNP.0F55", "VANDNPS", "Vx,Hx,Wx", exPANDN, 0, nil}, {"V66.0F55", "VANDNPD", "Vx,Hx,Wx", exPANDN, 0, nil},
		{"VNP.0F56", "VORPS", "Vx,Hx,Wx", exPOR, 0, nil}, {"V66.0F56", "VORPD", "Vx,Hx,Wx", exPOR, 0, nil},
		{"VNP.0F57", "VXORPS", "Vx,Hx,Wx", exPXOR, 0, nil}, {"V66.0F57", "VXORPD", "Vx,Hx,Wx", exPXOR, 0, nil},
		{"VNP.0F5A", "VCVTPS2PD", "Vx,Wx2", widen(fromSingle), 0, nil}, {"V66.0F5A", "VCVTPD2PS", "Vdq,Wx", narrow(single, fromDouble), 0, nil},
		{"VF3.0F5A", "VCVTSS2SD", "Vq,Hq,Wd", exCVTSS2SD, 0, nil}, {"VF2.0F5A", "VCVTSD2SS", "Vd,Hd,Wq", exCVTSD2SS, 0, nil},
		{"VNP.0F5B", "VCVTDQ2PS", "Vx,Wx", convert4(single, fromInt32), 0, nil}, {"V66.0F5B", "VCVTPS2DQ", "Vx,Wx", convert4(single, toInt32(false)), 0, nil},
		{"VF3.0F5B", "VCVTTPS2DQ", "Vx,Wx", convert4(single, toInt32(true)), 0, nil}, {"VF3.0FE6", "VCVTDQ2PD", "Vx,Wx2", widen(fromInt32), 0, nil},
		{"VF2.0FE6", "VCVTPD2DQ", "Vdq,Wx", narrow(double, toInt32(false)), 0, nil}, {"V66.0FE6", "VCVTTPD2DQ", "Vdq,Wx", narrow(double, toInt32(true)), 0, nil},
		{"V66.0F7C", "VHADDPD", "Vx,Hx,Wx", exHOP(double, opADD), 0, nil}, {"VF2.0F7C", "VHADDPS", "Vx,Hx,Wx", exHOP(single, opADD), 0, nil},
		{"V66.0F7D", "VHSUBPD", "Vx,Hx,Wx", exHOP(double, opSUB), 0, nil}, {"VF2.0F7D", "VHSUBPS", "Vx,Hx,Wx", exHOP(single, opSUB), 0, nil},
		{"VNP.0FC2", "VCMPPS", "Vx,Hx,Wx,Ib", exCMPf(single, packedF), 0, nil}, {"V66.0FC2", "VCMPPD", "Vx,Hx,Wx,Ib", exCMPf(double, packedF), 0, nil},
		{"VF3.0FC2", "VCMPSS", "Vd,Hd,Wd,Ib", exCMPf(single, scalarF), 0, nil}, {"VF2.0FC2", "VCMPSD", "Vq,Hq,Wq,Ib", exCMPf(double, scalarF), 0, nil},
		{"VNP.0FC6", "VSHUFPS", "Vx,Hx,Wx,Ib", exSHUFPS, 0, nil}, {"V66.0FC6", "VSHUFPD", "Vx,Hx,Wx,Ib", exSHUFPD, 0, nil},
		{"V66.0FD0", "VADDSUBPD", "Vx,Hx,Wx", exADDSUB(double), 0, nil}, {"VF2.0FD0", "VADDSUBPS", "Vx,Hx,Wx", exADDSUB(single), 0, nil},
	},
)

var avxInt = []row{
	{"V66.0F60", "VPUNPCKLBW", "Vx,Hx,Wx", unpack(8, 0), 0, nil}, {"V66.0F61", "VPUNPCKLWD", "Vx,Hx,Wx", unpack(16, 0), 0, nil},
	{"V66.0F62", "VPUNPCKLDQ", "Vx,Hx,Wx", unpack(32, 0), 0, nil}, {"V66.0F6C", "VPUNPCKLQDQ", "Vx,Hx,Wx", unpack(64, 0), 0, nil},
	{"V66.0F68", "VPUNPCKHBW", "Vx,Hx,Wx", unpack(8, 1), 0, nil}, {"V66.0F69", "VPUNPCKHWD", "Vx,Hx,Wx", unpack(16, 1), 0, nil},
	{"V66.0F6A", "VPUNPCKHDQ", "Vx,Hx,Wx", unpack(32, 1), 0, nil}, {"V66.0F6D", "VPUNPCKHQDQ", "Vx,Hx,Wx", unpack(64, 1), 0, nil},
	{"V66.0F63", "VPACKSSWB", "Vx,Hx,Wx", pack(16, clampS), 0, nil}, {"V66.0F67", "VPACKUSWB", "Vx,Hx,Wx", pack(16, clampU), 0, nil},
	{"V66.0F6B", "VPACKSSDW", "Vx,Hx,Wx", pack(32, clampS), 0, nil},
	{"V66.0F64", "VPCMPGTB", "Vx,Hx,Wx", packed(8, greater(8)), 0, nil}, {"V66.0F65", "VPCMPGTW", "Vx,Hx,Wx", packed(16, greater(16)), 0, nil},
	{"V66.0F66", "VPCMPGTD", "Vx,Hx,Wx", packed(32, greater(32)), 0, nil}, {"V66.0F74", "VPCMPEQB", "Vx,Hx,Wx", bitwise(equalLanes(high8, 8)), 0, nil},
	{"V66.0F75", "VPCMPEQW", "Vx,Hx,Wx", bitwise(equalLanes(high16, 16)), 0, nil}, {"V66.0F76", "VPCMPEQD", "Vx,Hx,Wx", bitwise(equalLanes(high32, 32)), 0, nil},
	{"V66.0F70", "VPSHUFD", "Vx,Wx,Ib", exPSHUFD, 0, nil}, {"VF2.0F70", "VPSHUFLW", "Vx,Wx,Ib", shuffleWords(0), 0, nil},
	{"VF3.0F70", "VPSHUFHW", "Vx,Wx,Ib", shuffleWords(1), 0, nil},
	{"V66.0FC4", "VPINSRW", "Vdq,Hdq,Ed,Ib", exPINSRW, vexL0, nil}, {"V66.0FC5", "VPEXTRW", "Gd,Udq,Ib", exPEXTRW, vexL0 | regMod, nil},
	{"V66.0FD4", "VPADDQ", "Vx,Hx,Wx", bitwise(add), 0, nil}, {"V66.0FFC", "VPADDB", "Vx,Hx,Wx", bitwise(addLanes(high8)), 0, nil},
	{"V66.0FFD", "VPADDW", "Vx,Hx,Wx", bitwise(addLanes(high16)), 0, nil}, {"V66.0FFE", "VPADDD", "Vx,Hx,Wx", bitwise(addLanes(high32)), 0, nil},
	{"V66.0FF8", "VPSUBB", "Vx,Hx,Wx", bitwise(subLanes(high8)), 0, nil}, {"V66.0FF9", "VPSUBW", "Vx,Hx,Wx", bitwise(subLanes(high16)), 0, nil},
	{"V66.0FFA", "VPSUBD", "Vx,Hx,Wx", bitwise(subLanes(high32)), 0, nil}, {"V66.0FFB", "VPSUBQ", "Vx,Hx,Wx", bitwise(sub), 0, nil},
	{"V66.0FD8", "VPSUBUSB", "Vx,Hx,Wx", packed(8, subU(8)), 0, nil}, {"V66.0FD9", "VPSUBUSW", "Vx,Hx,Wx", packed(16, subU(16)), 0, nil},
	{"V66.0FDC", "VPADDUSB", "Vx,Hx,Wx", packed(8, addU(8)), 0, nil}, {"V66.0FDD", "VPADDUSW", "Vx,Hx,Wx", packed(16, addU(16)), 0, nil},
	{"V66.0FE8", "VPSUBSB", "Vx,Hx,Wx", packed(8, subS(8)), 0, nil}, {"V66.0FE9", "VPSUBSW", "Vx,Hx,Wx", packed(16, subS(16)), 0, nil},
	{"V66.0FEC", "VPADDSB", "Vx,Hx,Wx", packed(8, addS(8)), 0, nil}, {"V66.0FED", "VPADDSW", "Vx,Hx,Wx", packed(16, addS(16)), 0, nil},
	{"V66.0FDA", "VPMINUB", "Vx,Hx,Wx", packed(8, minU), 0, nil}, {"V66.0FDE", "VPMAXUB", "Vx,Hx,Wx", packed(8, maxU), 0, nil},
	{"V66.0FEA", "VPMINSW", "Vx,Hx,Wx", packed(16, minS16), 0, nil}, {"V66.0FEE", "VPMAXSW", "Vx,Hx,Wx", packed(16, maxS16), 0, nil},
	{"V66.0FE0", "VPAVGB", "Vx,Hx,Wx", packed(8, average), 0, nil}, {"V66.0FE3", "VPAVGW", "Vx,Hx,Wx", packed(16, average), 0, nil},
	{"V66.0FD5", "VPMULLW", "Vx,Hx,Wx", packed(16, mulLow16), 0, nil}, {"V66.0FE5", "VPMULHW", "Vx,Hx,Wx", packed(16, mulHigh16), 0, nil},
	{"V66.0FE4", "VPMULHUW", "Vx,Hx,Wx", packed(16, mulHighU16), 0, nil}, {"V66.0FF4", "VPMULUDQ", "Vx,Hx,Wx", packed(64, mulU32), 0, nil},
	{"V66.0FF5", "VPMADDWD", "Vx,Hx,Wx", packed(32, mulAddPairs), 0, nil}, {"V66.0FF6", "VPSADBW", "Vx,Hx,Wx", packed(64, sumDiff), 0, nil},
	{"V66.0FDB", "VPAND", "Vx,Hx,Wx", exPAND, 0, nil}, {"V66.0FDF", "VPANDN", "Vx,Hx,Wx", exPANDN, 0, nil},
	{"V66.0FEB", "VPOR", "Vx,Hx,Wx", exPOR, 0, nil}, {"V66.0FEF", "VPXOR", "Vx,Hx,Wx", exPXOR, 0, nil},
}

// Shifts by one count for all lanes, whatever their width.
var avxShifts = []row{
	{"V66.0F71/2", "VPSRLW", "Hx,Ux,Ib", shifted(16, shr(16)), regOnly, nil}, {"V66.0F71/4", "VPSRAW", "Hx,Ux,Ib", shifted(16, sar(16)), regOnly, nil},
	{"V66.0F71/6", "VPSLLW", "Hx,Ux,Ib", shifted(16, shl(16)), regOnly, nil},
	{"V66.0F72/2", "VPSRLD", "Hx,Ux,Ib", shifted(32, shr(32)), regOnly, nil}, {"V66.0F72/4", "VPSRAD", "Hx,Ux,Ib", shifted(32, sar(32)), regOnly, nil},
	{"V66.0F72/6", "VPSLLD", "Hx,Ux,Ib", shifted(32, shl(32)), regOnly, nil},
	{"V66.0F73/2", "VPSRLQ", "Hx,Ux,Ib", shifted(64, shr(64)), regOnly, nil}, {"V66.0F73/6", "VPSLLQ", "Hx,Ux,Ib", shifted(64, shl(64)), regOnly, nil},
	{"V66.0F73/3", "VPSRLDQ", "Hx,Ux,Ib", exPSRLDQ, regOnly, nil}, {"V66.0F73/7", "VPSLLDQ", "Hx,Ux,Ib", exPSLLDQ, regOnly, nil},
	{"V66.0FD1", "VPSRLW", "Vx,Hx,Wdq", shifted(16, shr(16)), 0, nil}, {"V66.0FD2", "VPSRLD", "Vx,Hx,Wdq", shifted(32, shr(32)), 0, nil},
	{"V66.0FD3", "VPSRLQ", "Vx,Hx,Wdq", shifted(64, shr(64)), 0, nil}, {"V66.0FE1", "VPSRAW", "Vx,Hx,Wdq", shifted(16, sar(16)), 0, nil},
	{"V66.0FE2", "VPSRAD", "Vx,Hx,Wdq", shifted(32, sar(32)), 0, nil}, {"V66.0FF1", "VPSLLW", "Vx,Hx,Wdq", shifted(16, shl(16)), 0, nil},
	{"V66.0FF2", "VPSLLD", "Vx,Hx,Wdq", shifted(32, shl(32)), 0, nil}, {"V66.0FF3", "VPSLLQ", "Vx,Hx,Wdq", shifted(64, shl(64)), 0, nil},
}
