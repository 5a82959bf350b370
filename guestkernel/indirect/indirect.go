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
//
// Comments of the form "phase: NAME" are read by the tools that show a call step
// by step: the statement below is where that phase begins.
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
	// more, if not nil, says what else may be wrong with the context, and may
	// put it into another form.
	more func(*proc.Task, *proc.Context) syscalls.Errno
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

// Call is sys_indirect(nr, ctxs, nctxs, params) for an x86-64 caller. call makes
// the wrapped call: it gets the arguments, which are those of t.Wrap.Inner. If
// anything is wrong with the contexts, the call is not made and the task is as it
// was.
func Call(t *proc.Task, nr, ctxs, nctxs, params uint64, call func(*proc.Task, *[6]uint64) int64) int64 {
	n := uint64(uint32(nctxs))
	if n > syscalls.MaxContexts {
		return -int64(syscalls.E2BIG)
	}
	if bug != noBug {
		return callWrongly(t, nr, ctxs, n, params, call)
	}
	err := copyParams(t, nr, params)
	if err == 0 && n > 0 {
		err = set(t, uintptr(ctxs), uintptr(n))
	}
	if err != 0 {
		t.Restore()
		return -int64(firstError(t, ctxs, n, params, err))
	}
	// phase: call
	r := call(t, &t.Wrap.Inner.Args)
	t.KeepMask(r)
	t.Restore()
	// phase: leave
	return r
}

// copyParams copies the six words of the wrapped call's arguments.
func copyParams(t *proc.Task, nr, params uint64) syscalls.Errno {
	in := &t.Wrap.Inner
	// phase: copy in
	in.Nr = int64(nr)
	if !mm.UserRange(uintptr(params), unsafe.Sizeof(in.Args)) ||
		arch.CopyUser(uintptr(unsafe.Pointer(&in.Args)), uintptr(params), unsafe.Sizeof(in.Args)) != 0 {
		return syscalls.EFAULT
	}
	return 0
}

// set reads n contexts, checks them, and puts them into force, in their order,
// up to one that is wrong. Most go a fast way.
func set(t *proc.Task, ptrs, n uintptr) syscalls.Errno {
	if !mm.UserRange(ptrs, n*8) {
		return syscalls.EFAULT
	}
	w := &t.Wrap
	for i := uintptr(0); i < n; i++ {
		done, top := arch.SetContexts(ptrs+i*8, n-i, unsafe.Pointer(&t.Ctx), w.Top(), &fast, proc.CtxOffset)
		w.SetTop(top)
		if i += done; i == n {
			break
		}
		c := &w.New
		// phase: copy in
		k, err := read(ptrs+i*8, c)
		if err == 0 {
			// phase: validate
			err = k.check(t, c)
		}
		if err != 0 {
			return err
		}
		now := &t.Ctx[uint32(c[0])%maxKinds]
		for j := range k.words {
			t.Set(&now[j], c[j])
		}
		if k.set != nil {
			k.set(t, c)
		}
	}
	return 0
}

// Plain is set by the word plain on the command line: no context goes the fast
// way, so that people can watch each step in Go.
var Plain bool

// fast are the kinds that go the fast way: those of which there is nothing to
// know but their bits. The others have a bit denied that they always have.
var fast arch.FastContexts

const maxKinds = uint32(len(proc.Contexts{}))

// Init is called at boot.
func Init() {
	for nr := range maxKinds {
		first, second := &fast.Denied[0][nr], &fast.Denied[1][nr]
		*first, *second = 1<<64-1, 1<<64-1
		if !known(nr) {
			continue
		}
		if k := kinds[nr]; k.words <= 2 && k.more == nil && k.set == nil && !Plain {
			*first, *second = ^k.allowed[0]<<32, ^k.allowed[1]
			fast.Two |= uint64(k.words-1) << nr
		}
	}
}

// read copies the context in to which a pointer at an address leads, each of
// its words once: the kind comes with the first and says how many there are.
func read(ptr uintptr, c *proc.Context) (*kind, syscalls.Errno) {
	at, ok := arch.LoadUser64(ptr)
	if !ok {
		return nil, syscalls.EFAULT
	}
	*c = proc.Context{}
	c[0], ok = arch.LoadUser64(uintptr(at))
	nr := uint32(c[0])
	if !ok {
		// Where even the kind is not readable it is a bad pointer; where the
		// kind is, but unknown, that comes first.
		if nr, ok = arch.LoadUser32(uintptr(at)); !ok || known(nr) {
			return nil, syscalls.EFAULT
		}
	}
	if !known(nr) {
		return nil, syscalls.EINVAL
	}
	k := kinds[nr]
	for i := 1; i < k.words; i++ {
		if c[i], ok = arch.LoadUser64(uintptr(at) + uintptr(i)*8); !ok {
			return nil, syscalls.EFAULT
		}
	}
	return k, 0
}

// check says what is wrong with a context that was read.
func (k *kind) check(t *proc.Task, c *proc.Context) syscalls.Errno {
	switch {
	case c[0]>>32&^k.allowed[0]|c[1]&^k.allowed[1]|c[2]&^k.allowed[2] != 0:
		return syscalls.EINVAL
	case k.more != nil:
		return k.more(t, c)
	}
	return 0
}

// firstError says which error comes first, when it is clear that there is one,
// err: first what cannot be copied, a context of an unknown kind and therefore
// size among it, in the order of the chain; then the parameters; then what is
// not valid. What is read here is used for nothing else.
func firstError(t *proc.Task, ptrs, n, params uint64, err syscalls.Errno) syscalls.Errno {
	if !mm.UserRange(uintptr(ptrs), uintptr(n)*8) {
		return syscalls.EFAULT
	}
	for i := range n {
		if _, err := read(uintptr(ptrs+i*8), &t.Wrap.New); err != 0 {
			return err
		}
	}
	if copyParams(t, 0, params) != 0 {
		return syscalls.EFAULT
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
