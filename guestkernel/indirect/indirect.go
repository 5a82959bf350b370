//go:build freestanding

// Package indirect is sys_indirect: the system call that sets one or more
// contexts of the task, makes another system call, and restores them. It is
// the patch of the RFC (Davide Libenzi, 29 June 2007), whose heart reads
//
//	for_each_ctx(wrap_ctx, &user_ctxs) {
//		save_prev_ctx(&saved_chain, tsk->xxx);
//		tsk->xxx = wrap_ctx;
//	}
//	err = call_system_call(nr, params);
//	for_each_saved_ctx(ctx, &saved_chain)
//		restore_ctx(tsk->xxx, ctx);
//	return err;
//
// [Call] is that. Each kind of context is one file with one row of [kinds]:
// begin with openflags.go. A context is an override that the task carries
// (proc.Contexts) and that is looked at where the value is used; it is never
// a swap of something that tasks share.
package indirect

import (
	"unsafe"

	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/klog"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/proc"
	"sysindvm/syscalls"
)

// kind is what there is to know of one kind of context.
type kind struct {
	name  string
	words int // its size, in words of 8 bytes
	// allowed are the bits that may be set: of the first word, those above
	// the kind, shifted down. Padding has none.
	allowed proc.Context
	// check, if not nil, says what else may be wrong with the context, and may
	// put it into another form.
	check func(*proc.Task, *proc.Context) syscalls.Errno
	// set, if not nil, is told that the context is in force: it changes what
	// else depends on it, by Task.Set.
	set func(*proc.Task, *proc.Context)
}

// kinds is the table of the kinds that this kernel has.
var kinds = [syscalls.NumKinds]*kind{
	syscalls.CtxOpenFlags: &openFlags,
	syscalls.CtxSigmask:   &sigmask,
	syscalls.CtxDirfd:     &dirfd,
	syscalls.CtxLookup:    &lookup,
	syscalls.CtxFilepos:   &filePos,
	syscalls.CtxRWFlags:   &rwFlags,
	syscalls.CtxTimeout:   &timeout,
	syscalls.CtxUmask:     &umask,
	syscalls.CtxCreds:     &creds,
	syscalls.CtxFDSlot:    &fdSlot,
}

// Refused reports whether a call may not be wrapped: those that depend on the
// frame of an ordinary system call, those whose child would inherit a
// context, and sys_indirect itself.
func Refused(nr uint64) bool {
	switch nr {
	case syscalls.SYS_INDIRECT, syscalls.SYS_FORK, syscalls.SYS_VFORK, syscalls.SYS_CLONE,
		syscalls.SYS_CLONE3, syscalls.SYS_RT_SIGRETURN:
		return true
	}
	return false
}

// Call is sys_indirect(nr, ctxs, nctxs, params) for an x86-64 caller: call
// makes the wrapped call, whose number and arguments it finds in
// t.Wrap.Inner. If anything is wrong with the contexts, the call is not made
// and the task is as it was.
func Call(t *proc.Task, nr, ctxs, nctxs, params uint64, call func(*proc.Task) int64) int64 {
	n := uint64(uint32(nctxs))
	if n > syscalls.MaxContexts {
		return -int64(syscalls.E2BIG)
	}
	w := &t.Wrap
	if !copyIn(w, uintptr(ctxs), uintptr(n)) || !copyParams(w, nr, uintptr(params)) {
		return -int64(cannotCopy(w, ctxs, n))
	}
	for i := range w.Given[:n] {
		g := &w.Given[i]
		if err := set(t, g); err != 0 {
			t.Restore()
			return -int64(worse(w.Given[i+1:n], err))
		}
	}
	r := call(t)
	t.KeepMask(r)
	t.Restore()
	return r
}

// set puts a context into force.
func set(t *proc.Task, g *proc.Given) syscalls.Errno {
	k := uint32(g.First)
	if !known(k) {
		return syscalls.EINVAL
	}
	switch kind := kinds[k]; {
	case kind.words > 1:
		return setMany(t, g, kind, &t.Ctx[k])
	case g.First>>32&^kind.allowed[0] != 0:
		return syscalls.EINVAL
	}
	t.Set(&t.Ctx[k][0], g.First)
	return 0
}

// setMany does so with a context of several words, or one that has to be
// looked at more closely.
func setMany(t *proc.Task, g *proc.Given, k *kind, now *proc.Context) syscalls.Errno {
	c := &t.Wrap.New
	*c = proc.Context{g.First}
	if err := copyRest(g, k, c); err != 0 {
		return err
	}
	if c[0]>>32&^k.allowed[0]|c[1]&^k.allowed[1]|c[2]&^k.allowed[2] != 0 {
		return syscalls.EINVAL
	}
	if k.check != nil {
		if err := k.check(t, c); err != 0 {
			return err
		}
	}
	for i := range k.words {
		t.Set(&now[i], c[i])
	}
	if k.set != nil {
		k.set(t, c)
	}
	return 0
}

// copyIn copies the pointers, and the first word of each context. The others
// come when it is known how many there are (copyRest), each of them once.
func copyIn(w *proc.Wrap, ptrs, n uintptr) bool {
	return n == 0 || mm.UserRange(ptrs, n*8) && arch.LoadContexts(ptrs, n, unsafe.Pointer(&w.Given)) == n
}

// copyRest copies the words of a context after the first.
func copyRest(g *proc.Given, k *kind, c *proc.Context) syscalls.Errno {
	var ok bool
	for i := 1; i < k.words; i++ {
		if c[i], ok = arch.LoadUser64(uintptr(g.At) + uintptr(i)*8); !ok {
			return syscalls.EFAULT
		}
	}
	return 0
}

// copyParams copies the six words of the wrapped call's arguments.
func copyParams(w *proc.Wrap, nr uint64, params uintptr) bool {
	const size = unsafe.Sizeof(w.Inner.Args)
	w.Inner.Nr = int64(nr)
	return mm.UserRange(params, size) && arch.CopyUser(uintptr(unsafe.Pointer(&w.Inner.Args)), params, size) == 0
}

// Errors come in the order of the steps: first what cannot be copied, an
// unknown kind among it, for its size is unknown too; then what is not valid.
// The two functions that follow find out which it is, when it is clear that
// there is one.

// cannotCopy says why the contexts or the parameters could not be copied.
func cannotCopy(w *proc.Wrap, ptrs, n uint64) syscalls.Errno {
	if n > 0 && !mm.UserRange(uintptr(ptrs), uintptr(n)*8) {
		return syscalls.EFAULT
	}
	got := uint64(0)
	if n > 0 {
		got = uint64(arch.LoadContexts(uintptr(ptrs), uintptr(n), unsafe.Pointer(&w.Given)))
	}
	if err := worse(w.Given[:got], syscalls.EFAULT); got == n || err != syscalls.EFAULT {
		return err
	}
	// Where even the kind is not readable it is a bad pointer; where the kind
	// is, but unknown, that comes first.
	if k, ok := arch.LoadUser32(uintptr(w.Given[got].At)); ok && !known(k) {
		return syscalls.EINVAL
	}
	return syscalls.EFAULT
}

// worse is err, unless copying one of these contexts, which come after it, has
// an error of its own.
func worse(given []proc.Given, err syscalls.Errno) syscalls.Errno {
	for i := range given {
		g := &given[i]
		if !known(uint32(g.First)) {
			return syscalls.EINVAL
		}
		var c proc.Context
		if err := copyRest(g, kinds[uint32(g.First)], &c); err != 0 {
			return err
		}
	}
	return err
}

func known(k uint32) bool { return k < uint32(len(kinds)) && kinds[k] != nil }

// Show writes the task's context fields into b, a line each, and returns the
// length: /proc/PID/indirect.
func Show(t *proc.Task, b []byte) int {
	n := 0
	for i, k := range kinds {
		if k == nil || len(b)-n < 128 {
			continue
		}
		n += copy(b[n:], k.name)
		if i > 0 && t.Ctx[i][0] == 0 {
			n += copy(b[n:], " none\n")
			continue
		}
		for j := range k.words {
			v := t.Ctx[i][j]
			if j == 0 {
				v >>= 32 // without the kind
			}
			b[n] = ' '
			n += 1 + klog.AppendHex(b[n+1:], v)
		}
		b[n] = '\n'
		n++
	}
	return n
}
