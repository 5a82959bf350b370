package vm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"sysindvm/syscalls"
	"sysindvm/syscalls/agent"
	"sysindvm/syscalls/wire"
)

// Host is the agent as an ordinary process of the Linux host, whose own kernel
// answers its calls then. Its methods are for one goroutine at a time.
type Host struct {
	cmd   *exec.Cmd
	dir   string
	conns [wire.Channels]*os.File
	agent *agent.Client
}

// hostXattrs reports whether the file system that agents of the host run on
// keeps extended attributes (tmpfs may not), those of root's, too, which in a
// container root need not be allowed.
var hostXattrs = sync.OnceValue(func() bool {
	f, err := os.CreateTemp("", "sysindvm-xattr-")
	if err != nil {
		return false
	}
	defer os.Remove(f.Name())
	defer f.Close()
	names := []string{"user.sysindvm"}
	if os.Geteuid() == 0 {
		names = append(names, "trusted.sysindvm", "security.sysindvm")
	}
	for _, name := range names {
		if unix.Fsetxattr(int(f.Fd()), name, []byte("x"), 0) != nil {
			return false
		}
	}
	return true
})

// StartHost starts the agent, an ELF program, in a fresh directory, with
// nothing open but its channels.
func StartHost(ctx context.Context, agentELF []byte) (_ *Host, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	h := &Host{}
	h.agent = agent.New(h)
	defer func() {
		if err != nil {
			err = fmt.Errorf("the agent on the host: %w", err)
			h.Close()
		}
	}()
	if h.dir, err = os.MkdirTemp("", "sysindvm-host-"); err != nil {
		return nil, err
	}
	program, err := memoryFile(agentELF)
	if err != nil {
		return nil, err
	}
	defer program.Close()
	cmd := &exec.Cmd{
		// Not /proc/self: in the child its descriptors are set up already.
		Path: fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), program.Fd()),
		Args: []string{hostName},
		Env:  []string{},
		Dir:  h.dir,
		// Nil files are closed ones; the first of these is descriptor 3.
		ExtraFiles:  make([]*os.File, wire.HostFD-3, wire.HostFD-3+wire.Channels),
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
	}
	for n := range h.conns {
		ours, theirs, err := socketpair()
		if err != nil {
			return nil, err
		}
		defer theirs.Close()
		h.conns[n] = ours
		cmd.ExtraFiles = append(cmd.ExtraFiles, theirs)
	}
	if err := cmd.Start(); err != nil {
		var path *os.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return nil, err
	}
	h.cmd = cmd
	return h, nil
}

// memoryFile makes a file with no name that holds b.
func memoryFile(b []byte) (*os.File, error) {
	fd, err := unix.MemfdCreate(hostName, unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("memfd_create: %w", err)
	}
	f := os.NewFile(uintptr(fd), hostName)
	if _, err := f.Write(b); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// socketpair makes a channel. Our end does not block a thread; theirs blocks,
// as the agent expects.
func socketpair() (ours, theirs *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		err = unix.SetNonblock(fds[0], true)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("socketpair: %w", err)
	}
	return os.NewFile(uintptr(fds[0]), "channel"), os.NewFile(uintptr(fds[1]), "channel"), nil
}

// Close kills the agent and all of its process group.
func (h *Host) Close() error {
	if h.cmd != nil {
		unix.Kill(-h.cmd.Process.Pid, unix.SIGKILL)
		h.cmd.Wait() // its status is that it was killed
		h.cmd = nil
	}
	for _, c := range h.conns {
		if c != nil {
			c.Close()
		}
	}
	return os.RemoveAll(h.dir)
}

// channel is the connection of a channel.
func (h *Host) channel(n int) (*os.File, error) {
	if n < 0 || n >= wire.Channels {
		return nil, fmt.Errorf("there is no channel %d: the agent has %d", n, wire.Channels)
	}
	return h.conns[n], nil
}

// Send sends bytes to a task.
func (h *Host) Send(ctx context.Context, channel int, b []byte) error {
	c, err := h.channel(channel)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.SetWriteDeadline(time.Now().Add(DefaultTimeout)); err != nil {
		return err
	}
	_, err = c.Write(b)
	return err
}

const (
	// pollPeriod is how often is looked whether all tasks are asleep, and
	// quietPolls how often in a row they must have been, in the same place.
	pollPeriod = 2 * time.Millisecond
	quietPolls = 25
)

// Recv waits for bytes from a task. It takes the tasks to be asleep, and
// returns an [agent.ErrIdle], when none has run for some milliseconds and none
// is in a call with a timeout: a host cannot tell for sure.
func (h *Host) Recv(ctx context.Context, channel int, b []byte) (int, error) {
	c, err := h.channel(channel)
	if err != nil {
		return 0, err
	}
	deadline := time.Now().Add(DefaultTimeout)
	quiet, last := 0, ""
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		now := time.Now()
		if now.After(deadline) {
			return 0, fmt.Errorf("waiting for channel %d of the agent on the host: nothing in %v: %w", channel, DefaultTimeout, context.DeadlineExceeded)
		}
		if err := c.SetReadDeadline(now.Add(pollPeriod)); err != nil {
			return 0, err
		}
		n, err := c.Read(b)
		if err == nil || n > 0 {
			return n, nil
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			if errors.Is(err, unix.ECONNRESET) {
				err = io.EOF
			}
			return 0, fmt.Errorf("channel %d of the agent on the host: %w", channel, err)
		}
		where, asleep := sleepers(h.cmd.Process.Pid)
		if !asleep || where != last {
			quiet = 0
		}
		last = where
		if quiet++; asleep && quiet > quietPolls {
			return 0, agent.ErrIdle
		}
	}
}

// timeoutArg is which argument of a call is its timeout, for those that can be
// in a long sleep which ends by itself: by x86-64's numbers and by i386's, of
// which none is the other's for a call that sleeps.
var timeoutArg = func() map[int]int {
	byName := map[string]int{
		"nanosleep": 0, "clock_nanosleep": 2, "poll": 2, "ppoll": 2, "select": 4, "pselect6": 4,
		"epoll_wait": 3, "epoll_pwait": 3, "epoll_pwait2": 3, "rt_sigtimedwait": 2, "futex": 3, "recvmmsg": 4,
	}
	m := map[int]int{}
	for i := range syscalls.Calls {
		c := &syscalls.Calls[i]
		arg, ok := byName[strings.TrimSuffix(c.Name, "_time64")]
		for _, nr := range c.Nr {
			if ok && nr >= 0 {
				m[int(nr)] = arg
			}
		}
	}
	return m
}()

// sleepers looks at a process, its threads and all their children. They are
// asleep if none of them runs or will by itself; where then changes when one
// has run meanwhile. See proc(5).
func sleepers(pid int) (where string, asleep bool) {
	var b strings.Builder
	asleep = true
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
	for _, task := range tasks {
		stat, err := os.ReadFile(task + "/stat")
		if err != nil {
			continue // it has ended
		}
		// pid (comm) state ...
		_, after, _ := bytes.Cut(stat, []byte(") "))
		state := string(after[:min(1, len(after))])
		call, _ := os.ReadFile(task + "/syscall")
		if !slices.Contains([]string{"S", "T", "Z"}, state) || timed(strings.Fields(string(call))) {
			asleep = false
		}
		status, _ := os.ReadFile(task + "/status")
		_, switches, _ := bytes.Cut(status, []byte("voluntary_ctxt_switches:"))
		fmt.Fprintf(&b, "%s %s %s", task, state, switches)

		children, _ := os.ReadFile(task + "/children")
		for _, child := range strings.Fields(string(children)) {
			if n, err := strconv.Atoi(child); err == nil {
				w, a := sleepers(n)
				b.WriteString(w)
				asleep = asleep && a
			}
		}
	}
	return b.String(), asleep
}

// timed says whether a task that is in a call, given as /proc/pid/syscall has
// it, will be woken by a timeout.
func timed(call []string) bool {
	if len(call) < 7 {
		return false
	}
	nr, err := strconv.Atoi(call[0])
	arg, ok := timeoutArg[nr]
	if err != nil || !ok {
		return false
	}
	v, err := strconv.ParseUint(call[1+arg], 0, 64)
	// 0 is no pointer, or no wait; a negative int is for ever.
	return err == nil && v != 0 && int32(v) != -1
}
