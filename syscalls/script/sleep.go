package script

import (
	"fmt"
	"time"

	"sysindvm/syscalls"
	"sysindvm/syscalls/strace"
	"sysindvm/syscalls/wire"
)

// Bounds of waiting for a task.
const (
	sleepPolls = 2000
	pollPause  = time.Millisecond
	// hostIdles is how often the host may say that all tasks are asleep
	// before it is believed: there it is a guess.
	hostIdles = 20
	// hostPolls is how often a task on the host may be found waiting for its
	// batch before it is taken to have done it.
	hostPolls = 200
)

// asleep waits until the task sleeps in its call.
func (r *runner) asleep(s *Step, t *task) {
	f := t.call
	name := fmt.Sprintf("/proc/%d/syscall", t.PID)
	want := "task " + s.Task + " asleep in " + s.Call.Name
	for poll := range sleepPolls {
		text, errno := r.readFile(name)
		if errno != 0 {
			panic(failing("asleep", want, "cannot read "+name+": "+strace.Errno(errno)))
		}
		nr, channel := inCall(text)
		if channel && (!r.opt.Host || poll >= hostPolls) {
			// It waits for the next batch: the call has returned. (On a host
			// it may not have woken up for this one yet.)
			r.early(t)
			panic(failing("asleep", want, "it has returned"))
		}
		// Of a wrapped call, a kernel may show either number.
		if nr == int64(f.enc.nr) || nr == int64(f.enc.does) {
			r.note(s.Task, f.printer(nil).Unfinished(f.enc.nr, f.enc.args))
			return
		}
		if r.opt.Host {
			time.Sleep(pollPause)
		}
	}
	panic(failing("asleep", want, "it runs on"))
}

// early notes a call that has returned though it should sleep.
func (r *runner) early(t *task) {
	if !r.wait(t) {
		return
	}
	f := t.call
	var data [][]byte
	for _, b := range f.bufs {
		data = append(data, t.batch.Bytes(b))
	}
	r.note(f.step.Task, f.printer(data).Call(f.enc.nr, f.enc.args, t.batch.Result(f.slot)))
}

// inCall reads a line of /proc/pid/syscall: the call that the task sleeps in,
// -1 for none, and whether that is its wait for the next batch.
func inCall(text string) (nr int64, channel bool) {
	var fd uint64
	nr = -1
	if n, _ := fmt.Sscanf(text, "%d 0x%x", &nr, &fd); n == 2 && (nr == syscalls.SYS_READ || nr == syscalls.SYS32_READ) {
		channel = fd >= wire.HostFD && fd < wire.HostFD+wire.Channels
	}
	return nr, channel
}
