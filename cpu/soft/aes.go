package soft

import "math/bits"

// AES and PCLMULQDQ (SDM 1, 12.13).

// sbox is the substitution of AES (FIPS 197, 5.1.1), and unsbox the other way.
var sbox, unsbox = func() (s, u [256]byte) {
	p, q := byte(1), byte(1) // p runs over all but 0, and q is 1/p
	for {
		p ^= gfDouble(p)
		q ^= q << 1
		q ^= q << 2
		q ^= q << 4
		if q&0x80 != 0 {
			q ^= 9
		}
		s[p] = q ^ bits.RotateLeft8(q, 1) ^ bits.RotateLeft8(q, 2) ^ bits.RotateLeft8(q, 3) ^ bits.RotateLeft8(q, 4) ^ 0x63
		if p == 1 {
			break
		}
	}
	s[0] = 0x63
	for i, v := range s {
		u[v] = byte(i)
	}
	return s, u
}()

// gfDouble is twice a number of GF(2^8).
func gfDouble(v byte) byte {
	r := v << 1
	if v&0x80 != 0 {
		r ^= 0x1b
	}
	return r
}

func gfMul(a, b byte) (r byte) {
	for ; b != 0; b >>= 1 {
		if b&1 != 0 {
			r ^= a
		}
		a = gfDouble(a)
	}
	return r
}

// gfTimes has the products with the numbers that mixColumns needs.
var gfTimes = func() (t [16][256]byte) {
	for i := range t {
		for j := range t[i] {
			t[i][j] = gfMul(byte(j), byte(i))
		}
	}
	return t
}()

// mixColumns multiplies each column by a polynomial.
func mixColumns(s *[16]byte, by [4]byte) {
	for i := 0; i < 16; i += 4 {
		col := [4]byte(s[i:])
		for j := range 4 {
			var v byte
			for k := range 4 {
				v ^= gfTimes[by[(k-j)&3]&15][col[k]]
			}
			s[i+j] = v
		}
	}
}

var mixForward, mixBack = [4]byte{2, 3, 1, 1}, [4]byte{14, 11, 13, 9}

// shiftSub shifts the rows and substitutes the bytes: dir 1, or -1 for back.
func shiftSub(s [16]byte, dir int, by *[256]byte) (r [16]byte) {
	for i := range r {
		row := i & 3
		r[i] = by[s[(i+dir*4*row)&15]]
	}
	return r
}

// aesRound makes the four rounds of encryption and decryption.
func aesRound(dir int, by *[256]byte, mix *[4]byte) func(*CPU, *inst) {
	return of2(func(_ *CPU, a, key vec, _ uint64) vec {
		s := shiftSub(bytesOf(a), dir, by)
		if mix != nil {
			mixColumns(&s, *mix)
		}
		a = vecOf(s)
		return vec{a[0] ^ key[0], a[1] ^ key[1]}
	})
}

var exAESIMC = of1(func(_ *CPU, _, b vec, _ uint64) vec {
	s := bytesOf(b)
	mixColumns(&s, mixBack)
	return vecOf(s)
})

var exAESKEYGENASSIST = of1(func(_ *CPU, _, b vec, imm uint64) vec {
	v := split(b)
	sub := func(w uint32) (r uint32) {
		for s := 0; s < 32; s += 8 {
			r |= uint32(sbox[byte(w>>s)]) << s
		}
		return r
	}
	x1, x3 := sub(v[1]), sub(v[3])
	rcon := uint32(imm & 0xff)
	return vec4{x1, bits.RotateLeft32(x1, -8) ^ rcon, x3, bits.RotateLeft32(x3, -8) ^ rcon}.join()
})

var exPCLMULQDQ = of2(func(_ *CPU, x, y vec, imm uint64) (r vec) {
	a, b := x[imm&1], y[imm>>4&1]
	for i := range uint(64) {
		if b>>i&1 != 0 {
			r[0] ^= a << i
			r[1] ^= a >> (64 - i)
		}
	}
	return r
})

var aesTable = []row{
	{"66.0F38DC", "AESENC", "Vdq,Wdq", aesRound(1, &sbox, &mixForward), 0, nil}, {"66.0F38DD", "AESENCLAST", "Vdq,Wdq", aesRound(1, &sbox, nil), 0, nil},
	{"66.0F38DE", "AESDEC", "Vdq,Wdq", aesRound(-1, &unsbox, &mixBack), 0, nil}, {"66.0F38DF", "AESDECLAST", "Vdq,Wdq", aesRound(-1, &unsbox, nil), 0, nil},
	{"66.0F38DB", "AESIMC", "Vdq,Wdq", exAESIMC, 0, nil}, {"66.0F3ADF", "AESKEYGENASSIST", "Vdq,Wdq,Ib", exAESKEYGENASSIST, 0, nil},
	{"66.0F3A44", "PCLMULQDQ", "Vdq,Wdq,Ib", exPCLMULQDQ, 0, nil},
}
