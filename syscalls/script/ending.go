package script

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sysindvm/syscalls"
	"sysindvm/syscalls/strace"
	"sysindvm/syscalls/wire"
)

// end waits until a task has ended and compares how. A task that its parent
// has waited for is gone: then the parent's wait4 has told.
func (r *runner) end(s *Step, t *task) {
	e := &encoder{value: r.lookup}
	n := e.scalar(s.End, endType(s))
	want := uint32(n & 0xff << 8)
	if s.Killed {
		want = uint32(n & 0x7f)
	}
	got, ended := r.ended(t)
	switch {
	case !ended:
		panic(failing("end", strace.Status(want), "the task has not ended"))
	case got == unknownStatus:
		got = want
	case got&^0x80 != want: // WCOREDUMP does not matter
		panic(failing("end", strace.Status(want), strace.Status(got)))
	}
	t.gone, t.call = true, nil
	if s.Killed {
		r.note(s.Task, "+++ killed by "+strace.SignalName(uint64(got&0x7f))+" +++")
	} else {
		r.note(s.Task, fmt.Sprintf("+++ exited with %d +++", got>>8&0xff))
	}
}

// unknownStatus is that of a thread, of which nothing tells once it has ended.
const unknownStatus = 1 << 31

// ended waits until a task is a zombie, as far as anything still runs, and
// gives its wait status.
func (r *runner) ended(t *task) (status uint32, ok bool) {
	name := fmt.Sprintf("/proc/%d/stat", t.PID)
	for range sleepPolls {
		text, errno := r.readFile(name)
		if status, ok := r.reaped(t); ok {
			return status, true
		}
		if (errno == syscalls.ENOENT || errno == syscalls.ESRCH) && t.thread { // ESRCH: between open and read
			return unknownStatus, true
		}
		if errno != 0 {
			panic(failing("end", "a task that no one has waited for", "cannot read "+name+": "+strace.Errno(errno)))
		}
		state, status, ok := parseStat(text)
		if !ok {
			panic(failing("end", name+" as proc(5) has it", strace.Quote([]byte(text))))
		}
		if state == "Z" || state == "X" {
			return status, true
		}
		if r.opt.Host {
			time.Sleep(pollPause)
		}
	}
	return 0, false
}

// reaped is the wait status of a task that the monitor has waited for, as it
// does for its children: see package wire.
func (r *runner) reaped(t *task) (status uint32, ok bool) {
	b, err := r.monitor.Get(r.ctx, wire.EndedAddr, 8*(1+wire.MaxEnded))
	check(err)
	n := syscalls.GetInt(b, 8)
	for i := range min(n, wire.MaxEnded) {
		// The newest first: a process may have had the same id before.
		at := 8 * (1 + (n-1-i)%wire.MaxEnded)
		if int(syscalls.GetInt(b[at:], 4)) == t.PID {
			return uint32(syscalls.GetInt(b[at+4:], 4)), true
		}
	}
	return 0, false
}

// parseStat finds the state and the wait status in /proc/pid/stat, fields 3
// and 52 of proc(5).
func parseStat(text string) (state string, status uint32, ok bool) {
	i := bytes.LastIndexByte([]byte(text), ')')
	fields := strings.Fields(text[i+1:])
	if i < 0 || len(fields) < 50 {
		return "", 0, false
	}
	v, err := strconv.ParseUint(fields[49], 10, 32)
	return fields[0], uint32(v), err == nil
}
