package script

import "sysindvm/syscalls"

// indirect encodes the contexts and gives the arguments of sys_indirect.
func (e *encoder) indirect(ind *Indirect, nr uint64, params [6]uint64) (args [6]uint64) {
	var ptrs []uint64
	for _, c := range ind.Items {
		ptrs = append(ptrs, e.context(c))
	}
	args[0], args[2] = nr, uint64(len(ptrs))
	at := &Node{Pos: ind.Pos}
	if len(ptrs) > 0 {
		args[1] = e.place1(ind.Ctxs, at, e.words(ptrs))
	} else if ind.Ctxs != nil {
		args[1] = e.number(ind.Ctxs, nil)
	}
	if ind.NCtxs != nil {
		args[2] = e.number(ind.NCtxs, nil)
	}
	args[3] = e.place1(ind.Params, at, e.words(params[:]))
	return args
}

// place1 puts data where to says, or anywhere if to is nil; if to is an
// address, nothing is put.
func (e *encoder) place1(to, at *Node, data []byte) uint64 {
	switch {
	case to == nil:
		return e.put(at, data)
	case to.Kind == AtEnd:
		return e.put(&Node{Pos: to.Pos, At: to.At}, data)
	}
	return e.address(to, "this", "a place, @end-8")
}

func (e *encoder) context(c *Context) uint64 {
	at := &Node{Pos: c.Pos, At: c.At}
	switch {
	case c.Ptr != nil:
		return e.address(c.Ptr, "a context", "NAME{...}, raw{...}, a name of memory")
	case c.Layout == nil:
		b := make([]byte, 4*len(c.Fields))
		for i, f := range c.Fields {
			if f.Key != "" && !(i == 0 && f.Key == "kind") {
				fail(f.KeyPos, "raw{...} is numbers of 32 bits, the kind first: there is no %s", f.Key)
			}
			v := e.number(f, nil)
			if f.Kind == Number && !fits(v, 4) {
				fail(f.Pos, "raw{...} is numbers of 32 bits, which this is not")
			}
			syscalls.PutInt(b[4*i:], 4, v)
		}
		return e.put(at, b)
	}
	b := make([]byte, c.Layout.Size)
	syscalls.PutInt(b, 4, uint64(c.Layout.Kind))
	l := c.Layout
	for i := range l.Fields {
		if l.Fields[i].Type.Set == &syscalls.SetDirFD {
			fdcwd := int64(syscalls.AT_FDCWD)
			l.Fields[i].Put(b, uint64(fdcwd))
		}
	}
	checkOnce(c.Fields)
	for i, n := range c.Fields {
		f := contextField(l, n, i)
		if f.Type.Kind == syscalls.Sigset && n.Kind == Name && isConst(n.Name) {
			failSigset(n, f.Name)
		}
		if f.Type.Kind == syscalls.Sigset && n.Kind == List {
			copy(b[f.Offset:], e.sigset(n))
			continue
		}
		v := e.number(n, f.Type.Set)
		if f.Size == 4 && v>>32 != 0 && int64(v) != int64(int32(v)) {
			fail(n.Pos, "%s of %s has 32 bits", f.Name, l.Name)
		}
		f.Put(b, v)
	}
	return e.put(at, b)
}

// contextField finds the field by its name, or by its number among those that
// are not padding.
func contextField(l *syscalls.ContextLayout, n *Node, i int) *syscalls.Field {
	var names []string
	for j := range l.Fields {
		f := &l.Fields[j]
		names = append(names, f.Name)
		if n.Key == f.Name {
			return f
		}
		if n.Key == "" && !f.Zero {
			if i == 0 {
				return f
			}
			i--
		}
	}
	if n.Key == "" {
		fail(n.Pos, "too many fields for %s", l.Name)
	}
	fail(n.KeyPos, "%s has no field %s%s", l.Name, n.Key, suggest(n.Key, names))
	return nil
}
