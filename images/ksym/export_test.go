package ksym

// Handmade is an encoded table of one function, main.f, at 0x1000: line 10 of
// a.go, and from 0x1010 on a call of main.g, in b.go, inlined at line 11.
func Handmade() []byte {
	return (&Table{
		funcs: []function{{0x1000, 0x100, "main.f"}},
		rows: []row{
			{0x1000, []Frame{{"main.f", "a.go", 10}}},
			{0x1010, []Frame{{"main.g", "b.go", 3}, {"main.f", "a.go", 11}}},
		},
	}).Encode()
}
