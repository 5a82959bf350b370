package inspect

import (
	"debug/dwarf"
	"fmt"
	"strconv"
	"strings"

	"sysindvm/syscalls"
)

// maxExpr bounds an expression, in bytes and in parts.
const maxExpr = 256

// Eval finds an object of the kernel's by an expression:
//
//	expr  = { "*" } first { "." field | "[" index "]" } .
//	first = "current" | global | "(" "*" type ")" "(" number ")" .
//
// current is the task that runs, a *proc.Task. A global is named as in Go,
// proc.tasks, with as much of the package's path as is needed; a field in
// whatever case, through pointers and embedded structures; an index is a number
// or the name of a context's kind: current.Ctx[UMASK].
func (v *View) Eval(expr string) (Value, error) {
	if len(expr) > maxExpr {
		return Value{}, fmt.Errorf("the expression is longer than %d bytes", maxExpr)
	}
	p := parser{v: v, rest: strings.TrimSpace(expr)}
	stars := 0
	for p.take("*") {
		stars++
	}
	x, err := p.first()
	for err == nil && p.rest != "" {
		x, err = p.suffix(x)
	}
	for ; err == nil && stars > 0; stars-- {
		if x, err = x.Elem(); err == nil {
			x.Name = "*" + x.Name
		}
	}
	if err != nil {
		return Value{}, err
	}
	return x, nil
}

type parser struct {
	v    *View
	rest string
}

func (p *parser) take(s string) bool {
	rest, ok := strings.CutPrefix(p.rest, s)
	if ok {
		p.rest = strings.TrimSpace(rest)
	}
	return ok
}

// word takes letters, digits, and those of extra.
func (p *parser) word(extra string) string {
	n := 0
	for n < len(p.rest) {
		c := p.rest[n]
		if c != '_' && (c < '0' || c > '9') && (c|32 < 'a' || c|32 > 'z') && !strings.ContainsRune(extra, rune(c)) {
			break
		}
		n++
	}
	w := p.rest[:n]
	p.rest = strings.TrimSpace(p.rest[n:])
	return w
}

func (p *parser) first() (Value, error) {
	if p.take("(*") {
		return p.cast()
	}
	// A global's name ends where a name in the table does: the longest does.
	all := p.rest
	w := p.word("./")
	tail := p.rest
	if rest, ok := strings.CutPrefix(w, "current"); ok && (rest == "" || rest[0] == '.') {
		p.rest = rest + tail
		return p.v.current()
	}
	for name := w; name != ""; {
		if x, err := p.v.Global(name); err == nil {
			p.rest = strings.TrimSpace(w[len(name):] + tail)
			return x, nil
		}
		i := strings.LastIndexByte(name, '.')
		if i < 0 {
			break
		}
		name = name[:i]
	}
	if w == "" {
		return Value{}, fmt.Errorf("%q: a name was expected", all)
	}
	_, err := p.v.Global(w)
	return Value{}, err
}

// cast is (*proc.Task)(0x1234).
func (p *parser) cast() (Value, error) {
	name := p.word("./[]*")
	if !p.take(")") || !p.take("(") {
		return Value{}, fmt.Errorf("a cast is (*type)(address)")
	}
	num := p.word("")
	at, err := strconv.ParseUint(num, 0, 64)
	if err != nil || !p.take(")") {
		return Value{}, fmt.Errorf("a cast is (*type)(address), and %q is no address", num)
	}
	return p.v.Object(name, at)
}

// Object is what lies at an address, of a type that is named as in Go, with as
// much of the package's path as is needed.
func (v *View) Object(typ string, at uint64) (Value, error) {
	off, ok := v.types[typ]
	if !ok {
		return Value{}, fmt.Errorf("the kernel has no type %s", typ)
	}
	t, err := v.dw.Type(off)
	if err != nil {
		return Value{}, err
	}
	return Value{Name: fmt.Sprintf("(*%s)(%#x)", typ, at), Addr: at, Type: t, view: v}, nil
}

// Global is a variable of the kernel's, or current.
func (v *View) Global(name string) (Value, error) {
	if name == "current" {
		return v.current()
	}
	g, ok := v.globals[name]
	if !ok {
		return Value{}, fmt.Errorf("the kernel has no variable %s", name)
	}
	t, err := v.dw.Type(g.typ)
	if err != nil {
		return Value{}, err
	}
	return Value{Name: name, Addr: g.addr, Type: t, view: v}, nil
}

// current is the thread that runs as what it is the beginning of.
func (v *View) current() (Value, error) {
	x, err := v.Global("sched.current")
	if err != nil {
		return Value{}, err
	}
	at, err := x.Uint()
	if err != nil {
		return Value{}, err
	}
	if at == 0 {
		return Value{}, fmt.Errorf("no task runs yet")
	}
	t, err := v.Object("proc.Task", at)
	if err != nil {
		return Value{}, err
	}
	pid, err := t.Field("Pid")
	if err != nil {
		return Value{}, err
	}
	if n, err := pid.Uint(); err != nil || n == 0 {
		return Value{}, fmt.Errorf("no task runs: the CPU is idle")
	}
	t.Name = "current"
	return t, nil
}

// suffix is what stands behind a value.
func (p *parser) suffix(x Value) (Value, error) {
	switch {
	case p.take("."):
		name := p.word("")
		if name == "" {
			return Value{}, fmt.Errorf("%s.: a field was expected", x.Name)
		}
		return x.Field(name)
	case p.take("["):
		w := p.word("")
		i, err := index(w)
		if err != nil || !p.take("]") {
			return Value{}, fmt.Errorf("%s[%s: a number and ] were expected", x.Name, w)
		}
		return x.Index(i)
	}
	return Value{}, fmt.Errorf("%q: . or [ was expected", p.rest)
}

func index(w string) (int, error) {
	for i := range syscalls.ContextLayouts {
		if l := &syscalls.ContextLayouts[i]; strings.EqualFold(l.Name, w) {
			return int(l.Kind), nil
		}
	}
	n, err := strconv.ParseUint(w, 0, 31)
	return int(n), err
}

// Pointer reports whether a value is a pointer.
func (x Value) Pointer() bool {
	_, ok := base(x.Type).(*dwarf.PtrType)
	return ok
}
