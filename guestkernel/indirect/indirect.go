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
	// check, if not nil, says what else may be wrong with the context.
	check func(*proc.Task, *proc.Context) syscalls.Errno
	// changed, if not nil, is told that another context is in force.
	changed func(*proc.Task)
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
	if uint32(nctxs) > syscalls.MaxContexts {
		return -int64(syscalls.E2BIG)
	}
	w := &t.Wrap
	chain := w.Saved[:uint32(nctxs)]
	if err := copyIn(uintptr(ctxs), chain); err != 0 {
		return -int64(err)
	}
	if err := copyParams(nr, params, &w.Inner); err != 0 {
		return -int64(err)
	}
	for i := range chain {
		s := &chain[i]
		k, c, now := kinds[s.Kind], &s.Context, &t.Ctx[s.Kind]
		if err := k.valid(t, c); err != 0 {
			Restore(t)
			return -int64(err)
		}
		now[0], c[0] = c[0], now[0]
		if k.words > 1 {
			now[1], c[1] = c[1], now[1]
			now[2], c[2] = c[2], now[2]
		}
		w.Depth++
		if k.changed != nil {
			k.changed(t)
		}
	}
	r := call(t)
	t.KeepMask(r)
	Restore(t)
	return r
}

// Restore walks the saved chain backwards. execve calls it at its point of no
// return, so that no context leaks into the new program; it does nothing the
// second time.
func Restore(t *proc.Task) {
	w := &t.Wrap
	for w.Depth > 0 {
		w.Depth--
		s := &w.Saved[w.Depth&(syscalls.MaxContexts-1)]
		k := kinds[s.Kind]
		t.Ctx[s.Kind][0] = s.Context[0]
		if k.words > 1 {
			t.Ctx[s.Kind] = s.Context
		}
		if k.changed != nil {
			k.changed(t)
		}
	}
}

// valid checks a context.
func (k *kind) valid(t *proc.Task, c *proc.Context) syscalls.Errno {
	switch {
	case c[0]>>32&^k.allowed[0] != 0, k.words > 1 && c[1]&^k.allowed[1]|c[2]&^k.allowed[2] != 0:
		return syscalls.EINVAL
	case k.check != nil:
		return k.check(t, c)
	}
	return 0
}

// copyIn copies the contexts, each word of them once: the kind comes with the
// first word and says how many there are.
func copyIn(ptrs uintptr, chain []proc.Saved) syscalls.Errno {
	if len(chain) > 0 && !mm.UserRange(ptrs, uintptr(len(chain))*8) {
		return syscalls.EFAULT
	}
	for i := range chain {
		s := &chain[i]
		at, first, ok := arch.LoadVia64(ptrs)
		if !ok || uint32(first) >= uint32(len(kinds)) || kinds[uint32(first)] == nil {
			return why(at, ok)
		}
		s.Kind, s.Context[0] = uint32(first), first
		if k := kinds[uint32(first)]; k.words > 1 {
			if err := copyRest(at, k, &s.Context); err != 0 {
				return err
			}
		}
		ptrs += 8
	}
	return 0
}

// why says what is wrong with a context of which not even the first word
// could be read, or whose kind there is not.
func why(at uint64, read bool) syscalls.Errno {
	if read {
		return syscalls.EINVAL
	}
	// Where even the kind is not readable it is a bad pointer; where the kind
	// is, but unknown, that comes first.
	if k, ok := arch.LoadUser32(uintptr(at)); ok && !known(k) {
		return syscalls.EINVAL
	}
	return syscalls.EFAULT
}

// copyRest copies the words of a context after the first, each once.
func copyRest(at uint64, k *kind, c *proc.Context) syscalls.Errno {
	var ok bool
	for i := 1; i < k.words; i++ {
		if c[i], ok = arch.LoadUser64(uintptr(at) + uintptr(i)*8); !ok {
			return syscalls.EFAULT
		}
	}
	return 0
}

func known(k uint32) bool { return k < uint32(len(kinds)) && kinds[k] != nil }

// copyParams copies the six words of the wrapped call's arguments.
func copyParams(nr, params uint64, in *proc.Call) syscalls.Errno {
	in.Nr = int64(nr)
	b := (*[48]byte)(unsafe.Pointer(&in.Args))
	_, err := mm.UserBuf(uintptr(params), len(b)).Read(0, b[:])
	return err
}

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
