//go:build freestanding

package proc

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/guestkernel/klog"
	"sysindvm/guestkernel/sched"
)

// maxStack is how many calls /proc/PID/stack shows.
const maxStack = 24

// ShowStack writes /proc/PID/stack (proc(5)) into b and returns its length:
// the return addresses on t's kernel stack, the innermost call first. It is
// empty if t does not sleep in the kernel.
func (t *Task) ShowStack(b []byte) int {
	if t.State != Alive || t.Thread.State != sched.Sleeping {
		return 0
	}
	n := 0
	g := &t.G
	pc, ok := *(*uintptr)(arch.Ptr(g.SP)), true
	var c arch.Callers
	c.Init(g.SP, g.BP, g.StackHi)
	for range maxStack {
		if !ok || len(b)-n < 40 {
			break
		}
		n += copy(b[n:], "[<0>] ")
		n += klog.AppendHex(b[n:], uint64(pc))
		b[n] = '\n'
		n++
		pc, ok = c.Next()
	}
	return n
}

// The fields of /proc/PID/stat, by their numbers in proc(5).
const (
	statPPid    = 4
	statPGrp    = 5
	statSession = 6
	statThreads = 20
	statExit    = 52
)

// ShowStat writes /proc/PID/stat (proc(5)) into b and returns its length. What
// this kernel does not count is 0.
func (t *Task) ShowStat(b []byte) int {
	if len(b) < 512 {
		return 0
	}
	n := klog.AppendDec(b, int64(t.Pid))
	n += copy(b[n:], " (")
	n += copy(b[n:], t.ProgramName())
	n += copy(b[n:], ") ")
	b[n] = t.stateLetter()
	n++
	for i := statPPid; i <= statExit; i++ {
		v := int64(0)
		switch i {
		case statPPid:
			if t.Parent != nil {
				v = int64(t.Parent.Pid)
			}
		case statPGrp:
			v = int64(t.PGrp)
		case statSession:
			v = int64(t.Sid)
		case statThreads:
			v = 1
		case statExit:
			if t.State == Zombie {
				v = int64(t.Status)
			}
		}
		b[n] = ' '
		n += 1 + klog.AppendDec(b[n+1:], v)
	}
	b[n] = '\n'
	return n + 1
}

func (t *Task) stateLetter() byte {
	switch {
	case t.State == Zombie:
		return 'Z'
	case t.Thread.State == sched.Sleeping:
		return 'S'
	}
	return 'R'
}
