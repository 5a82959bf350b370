//go:build freestanding

package proc

import (
	"sysindvm/guestkernel/fs"
	"sysindvm/guestkernel/mm"
	"sysindvm/guestkernel/sched"
	"sysindvm/syscalls"
)

// System V semaphores (sysvipc(7), semop(2)): sets of numbers that calls change
// several of at once, or wait until they can. Who waits is on the set's list,
// in order; whoever changes a number makes the waiting calls that have become
// possible on behalf of those who wait, so that nobody sees a number that is
// spoken for.

// Limits: of Linux's, that of all semaphores together is memory's here.
const (
	SemSetMax   = 32000 // semaphores of a set
	SemOpMax    = 500   // operations of a call
	SemValueMax = 32767
	semAdjMax   = 32767
	semsPerPage = mm.PageSize / 8
)

type semaphore struct {
	val uint16
	pid int32 // of the process that has changed it last
}

type semPage [semsPerPage]semaphore

// SemSet is a set.
type SemSet struct {
	next         *SemSet
	ID, Key      int32
	UID, GID     uint32
	CUID, CGID   uint32 // of its creator
	Mode         uint32
	N            int
	OTime, CTime int64 // of the last operation, and change; s since 1970
	pages        [(SemSetMax + semsPerPage - 1) / semsPerPage]*semPage
	waiting      *SemCall
	undos        *semUndo
}

// SemOp is struct sembuf.
type SemOp struct {
	Num   uint16
	Op    int16
	Flags uint16
}

// SemCall is a call of semop(2).
type SemCall struct {
	Ops   [SemOpMax]SemOp
	N     int
	next  *SemCall
	proc  *Process
	at    int // the operation that it waits for
	done  bool
	err   syscalls.Errno
	queue sched.WaitQueue
}

// semUndo is what the end of a process adds to a semaphore (SEM_UNDO).
type semUndo struct {
	next *semUndo
	proc *Process
	num  uint16
	adj  int16
}

var (
	semSets   mm.Pool[SemSet]
	semPages  mm.Pool[semPage]
	semCalls  mm.Pool[SemCall]
	semUndos  mm.Pool[semUndo]
	firstSem  *SemSet
	nextSemID int32
)

func countSems(c *mm.Counts) {
	c.Add("semaphore_sets", semSets.Used())
	c.Add("semaphore_pages", semPages.Used())
	c.Add("semaphore_calls", semCalls.Used())
	c.Add("semaphore_undos", semUndos.Used())
}

func (s *SemSet) at(n int) *semaphore { return &s.pages[n/semsPerPage][n%semsPerPage] }

// NewSem makes a set of n semaphores for the task.
func (t *Task) NewSem(key int32, n int, mode uint32) (*SemSet, syscalls.Errno) {
	if n == 0 {
		return nil, syscalls.EINVAL
	}
	s := semSets.Get()
	if s == nil {
		return nil, syscalls.ENOMEM
	}
	for i := 0; i < n; i += semsPerPage {
		p := semPages.Get()
		if p == nil {
			s.free()
			return nil, syscalls.ENOMEM
		}
		s.pages[i/semsPerPage] = p
	}
	s.ID, s.Key, s.N, s.Mode = nextSemID, key, n, mode&0o777
	s.UID, s.GID = t.User.Effective, t.Group.Effective
	s.CUID, s.CGID = s.UID, s.GID
	s.Changed()
	nextSemID = (nextSemID + 1) & 0x7fffffff
	s.next, firstSem = firstSem, s
	return s, 0
}

func (s *SemSet) free() {
	for _, p := range s.pages {
		if p != nil {
			semPages.Put(p)
		}
	}
	semSets.Put(s)
}

// SemByID and SemByKey find a set; nil if there is none.
func SemByID(id int32) *SemSet {
	s := firstSem
	for s != nil && s.ID != id {
		s = s.next
	}
	return s
}

func SemByKey(key int32) *SemSet {
	s := firstSem
	for s != nil && s.Key != key {
		s = s.next
	}
	return s
}

// SemMay says whether the task may read the set (4), or change it (2).
func (t *Task) SemMay(s *SemSet, want uint32) syscalls.Errno {
	granted := s.Mode
	switch e := t.User.Effective; {
	case e == 0:
		return 0
	case e == s.UID || e == s.CUID:
		granted >>= 6
	case t.inGroup(s.GID) || t.inGroup(s.CGID):
		granted >>= 3
	}
	if want&^granted&7 != 0 {
		return syscalls.EACCES
	}
	return 0
}

func (t *Task) inGroup(gid uint32) bool {
	if t.Group.Effective == gid {
		return true
	}
	for _, g := range t.Groups() {
		if g == gid {
			return true
		}
	}
	return false
}

// SemOwns says whether the task may remove the set or change its owner.
func (t *Task) SemOwns(s *SemSet) syscalls.Errno {
	if e := t.User.Effective; e != 0 && e != s.UID && e != s.CUID {
		return syscalls.EPERM
	}
	return 0
}

// Changed notes when the set was.
func (s *SemSet) Changed() { s.CTime = fs.Now() / 1e9 }

// Remove ends the set, and all waiting for it.
func (s *SemSet) Remove() {
	for p := &firstSem; *p != nil; p = &(*p).next {
		if *p == s {
			*p = s.next
			break
		}
	}
	for s.waiting != nil {
		c := s.waiting
		s.waiting = c.next
		c.finish(syscalls.EIDRM)
	}
	for s.undos != nil {
		u := s.undos
		s.undos = u.next
		semUndos.Put(u)
	}
	s.free()
}

func (c *SemCall) finish(err syscalls.Errno) {
	c.done, c.err = true, err
	c.queue.WakeAll()
}

// Value and Pid are a semaphore's.
func (s *SemSet) Value(n int) uint16 { return s.at(n).val }
func (s *SemSet) Pid(n int) int32    { return s.at(n).pid }

// Set gives a semaphore a value. What processes would undo of it is forgotten.
// Update comes after it.
func (s *SemSet) Set(t *Task, n int, v uint16) {
	*s.at(n) = semaphore{v, int32(t.Tgid())}
	for u := s.undos; u != nil; u = u.next {
		if int(u.num) == n {
			u.adj = 0
		}
	}
}

// Waiting is how many calls wait for a semaphore to become zero, or to grow.
func (s *SemSet) Waiting(n int, zero bool) (count int) {
	for c := s.waiting; c != nil; c = c.next {
		if op := &c.Ops[c.at]; int(op.Num) == n && (op.Op == 0) == zero {
			count++
		}
	}
	return count
}

// Update makes the waiting calls that have become possible.
func (s *SemSet) Update() {
	for p := &s.waiting; *p != nil; {
		c := *p
		wait, err := s.try(c)
		if wait {
			p = &c.next
			continue
		}
		*p = c.next
		c.finish(err)
		if err == 0 {
			p = &s.waiting // others may be possible again
		}
	}
}

// undo is what a process undoes of a semaphore; it is made if need be.
func (s *SemSet) undo(g *Process, n uint16) *semUndo {
	for u := s.undos; u != nil; u = u.next {
		if u.proc == g && u.num == n {
			return u
		}
	}
	u := semUndos.Get()
	if u != nil {
		u.proc, u.num = g, n
		u.next, s.undos = s.undos, u
	}
	return u
}

// dropSems is the end of a process: what it has done with SEM_UNDO is undone.
func (g *Process) dropSems() {
	for s := firstSem; s != nil; s = s.next {
		some := false
		for p := &s.undos; *p != nil; {
			u := *p
			if u.proc != g {
				p = &u.next
				continue
			}
			*p = u.next
			if u.adj != 0 {
				v := int32(s.at(int(u.num)).val) + int32(u.adj)
				*s.at(int(u.num)) = semaphore{uint16(max(0, min(v, SemValueMax))), int32(g.Leader.Pid)}
				some = true
			}
			semUndos.Put(u)
		}
		if some {
			s.Update()
		}
	}
}

// try makes all operations of a call, or none of them. It is to wait if one
// cannot be made yet.
func (s *SemSet) try(c *SemCall) (wait bool, err syscalls.Errno) {
	for i := range c.N {
		op := &c.Ops[i]
		sem := s.at(int(op.Num))
		v := int32(sem.val) + int32(op.Op)
		switch {
		case v < 0 || op.Op == 0 && v != 0:
			wait = op.Flags&syscalls.IPC_NOWAIT == 0
			err = syscalls.EAGAIN
			c.at = i
		case v > SemValueMax:
			err = syscalls.ERANGE
		case op.Flags&syscalls.SEM_UNDO != 0:
			u := s.undo(c.proc, op.Num) // which is there
			adj := int32(u.adj) - int32(op.Op)
			if adj < -semAdjMax-1 || adj > semAdjMax {
				err = syscalls.ERANGE
				break
			}
			u.adj = int16(adj)
		}
		if err == 0 {
			sem.val = uint16(v)
			continue
		}
		for i--; i >= 0; i-- {
			op := &c.Ops[i]
			s.at(int(op.Num)).val -= uint16(op.Op)
			if op.Flags&syscalls.SEM_UNDO != 0 {
				s.undo(c.proc, op.Num).adj += op.Op
			}
		}
		return wait, err
	}
	for i := range c.N {
		s.at(int(c.Ops[i].Num)).pid = int32(c.proc.Leader.Pid)
	}
	s.OTime = fs.Now() / 1e9
	return false, 0
}

// NewSemCall makes room for a call's operations, which the caller fills in and
// frees.
func NewSemCall() *SemCall { return semCalls.Get() }

func (c *SemCall) Free() { semCalls.Put(c) }

// Semop is semtimedop(2): it waits until the deadline.
func (t *Task) Semop(s *SemSet, c *SemCall, until uint64) syscalls.Errno {
	want := uint32(4)
	for i := range c.N {
		op := &c.Ops[i]
		if int(op.Num) >= s.N {
			return syscalls.EFBIG
		}
		if op.Op != 0 {
			want = 2
		}
	}
	if err := t.SemMay(s, want); err != 0 {
		return err
	}
	c.proc = t.Proc
	for i := range c.N {
		if op := &c.Ops[i]; op.Flags&syscalls.SEM_UNDO != 0 && s.undo(c.proc, op.Num) == nil {
			return syscalls.ENOMEM
		}
	}
	wait, err := s.try(c)
	if !wait {
		if err == 0 {
			s.Update()
		}
		return err
	}
	p := &s.waiting
	for *p != nil {
		p = &(*p).next
	}
	*p = c
	for !c.done {
		why := c.queue.Sleep(until)
		if c.done || why == sched.Woken {
			continue
		}
		for p := &s.waiting; *p != nil; p = &(*p).next {
			if *p == c {
				*p = c.next
				break
			}
		}
		if why == sched.TimedOut {
			return syscalls.EAGAIN
		}
		return syscalls.EINTR
	}
	return c.err
}
