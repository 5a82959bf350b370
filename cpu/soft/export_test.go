package soft

import (
	"runtime"
	"strings"
)

func init() { enterTables() }

// Ways adds the names of the quick ways that decoded instructions have to seen.
func (c *CPU) Ways(seen map[string]bool) {
	for _, p := range c.code {
		if p == nil {
			continue
		}
		for _, in := range p.insts {
			seen[wayName(in.quick)] = true
		}
	}
}

func wayName(way quick) string {
	name := runtime.FuncForPC(code(way)).Name()
	return name[strings.LastIndexByte(name, '.')+1:]
}

// Fusion has the names of the ways of two instructions, and of both.
type Fusion struct{ First, Second, Both string }

func Fusions() (all []Fusion) {
	for _, f := range fusionTable {
		all = append(all, Fusion{wayName(f.first), wayName(f.second), wayName(f.both)})
	}
	return all
}

// Narrow are the names of the ways that only 32-bit code has.
func Narrow() (names []string) {
	for _, forms := range narrowTable {
		for _, w := range forms {
			names = append(names, wayName(w))
		}
	}
	return names
}

// Several are the names of all ways of pairs, and of instructions whose flags
// are dead.
func Several() (names []string) {
	for _, forms := range pairTable {
		for _, ways := range forms {
			for _, w := range ways {
				if w != nil {
					names = append(names, wayName(w))
				}
			}
		}
	}
	for _, forms := range deadTable {
		for _, w := range forms {
			names = append(names, wayName(w))
		}
	}
	return names
}
