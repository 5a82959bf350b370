package script

import (
	"fmt"

	"sysindvm/syscalls"
	"sysindvm/syscalls/agent"
	"sysindvm/syscalls/strace"
)

// putFile makes a file in the guest, with the directories that it is in.
func (r *runner) putFile(f File) {
	at := r.monitorArena().addr
	for i, c := range f.Name {
		if c == '/' && i > 0 {
			r.putPath(at, f.Name[:i])
			_, err := r.monitor.Call(r.ctx, syscalls.SYS_MKDIR, int64(at), 0o755)
			check(err)
		}
	}
	r.putPath(at, f.Name)
	fd, err := r.monitor.Call(r.ctx, syscalls.SYS_OPEN, int64(at), syscalls.O_WRONLY|syscalls.O_CREAT|syscalls.O_TRUNC, 0o644)
	check(err)
	if fd < 0 {
		check(fmt.Errorf("the file %s cannot be put into the guest: %s", f.Name, strace.Errno(syscalls.Errno(-fd))))
	}
	for data := f.Data; len(data) > 0; {
		n := min(len(data), maxData)
		check(r.monitor.Put(r.ctx, at, data[:n]))
		got, err := r.monitor.Call(r.ctx, syscalls.SYS_WRITE, fd, int64(at), int64(n))
		check(err)
		if got <= 0 {
			check(fmt.Errorf("the file %s cannot be written in the guest: write gave %d", f.Name, got))
		}
		data = data[got:]
	}
	_, err = r.monitor.Call(r.ctx, syscalls.SYS_CLOSE, fd)
	check(err)
}

func (r *runner) putPath(at uint64, name string) {
	check(r.monitor.Put(r.ctx, at, append([]byte(name), 0)))
}

// readFile reads a short file of the guest through the monitor.
func (r *runner) readFile(name string) (string, syscalls.Errno) {
	const room = 4000
	at := r.monitorArena().addr
	var b agent.Batch
	b.Put(at, append([]byte(name), 0))
	fd := b.Call(syscalls.SYS_OPEN, agent.Addr(at), agent.Int(syscalls.O_RDONLY))
	n := b.Call(syscalls.SYS_READ, fd.Arg(), agent.Addr(at), agent.Int(room))
	b.Call(syscalls.SYS_CLOSE, fd.Arg())
	data := b.Get(at, room)
	check(r.monitor.Do(r.ctx, &b))
	if v := b.Result(fd); v < 0 {
		return "", syscalls.Errno(-v)
	}
	if v := b.Result(n); v < 0 {
		return "", syscalls.Errno(-v)
	}
	return string(b.Bytes(data)[:min(b.Result(n), room)]), 0
}
