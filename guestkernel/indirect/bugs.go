//go:build freestanding

package indirect

import (
	"unsafe"

	"sysindvm/guestkernel/proc"
)

// Wrong ways to write [Call], for people to find and for scripts to catch: the
// word bug=NAME on the command line has the kernel take one.

// bug is the one that is in force.
var bug = noBug

const (
	noBug        = iota
	bugNoRestore // the contexts stay
	bugOrder     // the chain is walked from its beginning
	bugEarly     // SIGMASK's mask is gone before the signal that it let in is delivered
	bugOnError   // the contexts stay when the call fails
)

// maxErrno is the largest number of an error, negative as a result.
const maxErrno = 4095

// SetBug chooses one by its name; false if there is none.
func SetBug(name []byte) bool {
	switch string(name) {
	case "norestore":
		bug = bugNoRestore
	case "order":
		bug = bugOrder
	case "early":
		bug = bugEarly
	case "onerror":
		bug = bugOnError
	default:
		return false
	}
	return true
}

// callWrongly is Call with the bug.
func callWrongly(t *proc.Task, nr, ctxs, n, params uint64, call func(*proc.Task, *[6]uint64) int64) int64 {
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
	if bug != bugEarly {
		t.KeepMask(r)
	}
	switch {
	case bug == bugNoRestore, bug == bugOnError && r < 0 && r >= -maxErrno:
		t.Wrap.Depth = 0
	case bug == bugOrder:
		restoreForwards(t)
	}
	t.Restore()
	// phase: leave
	return r
}

// restoreForwards restores what the chain has, the first link first: of a word
// that two contexts have changed, the first one's value stays.
func restoreForwards(t *proc.Task) {
	w := &t.Wrap
	for i := range w.Depth {
		// phase: restore
		s := &w.Saved[i%proc.MaxSaved]
		*(*uint64)(unsafe.Add(unsafe.Pointer(t), s.Word)) = s.Old
	}
	w.Depth = 0
}
