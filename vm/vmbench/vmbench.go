// Package vmbench measures a machine: how long it takes to the first system
// call, how many calls a second the agent makes, and what sys_indirect costs.
// The command "sysindvm bench" and the benchmarks under tests are made of it.
package vmbench

import (
	"context"
	"fmt"
	"time"

	"sysindvm/cpu"
	"sysindvm/syscalls"
	"sysindvm/syscalls/agent"
	"sysindvm/syscalls/wire"
	"sysindvm/vm"
)

// Start boots a machine with an engine and returns it with a task.
func Start(ctx context.Context, e cpu.Engine) (*vm.Machine, *agent.Task, error) {
	m, err := vm.Boot(ctx, vm.Config{Engine: e, Append: "quiet", Init: "/bin/agent"})
	if err != nil {
		return nil, nil, err
	}
	t, err := m.Task(ctx)
	if err != nil {
		m.Close()
		return nil, nil, err
	}
	return m, t, nil
}

// FirstCall is the time from nothing to the result of a first system call, and
// how many instructions the software CPU had to execute for the engine.
func FirstCall(ctx context.Context, e cpu.Engine) (d time.Duration, assisted uint64, err error) {
	start := time.Now()
	m, t, err := Start(ctx, e)
	if err != nil {
		return 0, 0, err
	}
	defer m.Close()
	if pid, err := t.Call(ctx, syscalls.SYS_GETPID); err != nil || pid <= 0 {
		return 0, 0, fmt.Errorf("getpid() = %d, %v", pid, err)
	}
	return time.Since(start), m.Assisted(), nil
}

// Calls makes n calls of getpid, in batches of size batch.
func Calls(ctx context.Context, t *agent.Task, n, batch int) error {
	for n > 0 {
		var b agent.Batch
		for range min(n, batch) {
			b.Call(syscalls.SYS_GETPID)
		}
		if err := t.Do(ctx, &b); err != nil {
			return err
		}
		n -= batch
	}
	return nil
}

// Case is one way to make a call, whose cost in guest instructions is wanted.
type Case struct {
	Name string
	// setup puts into the arena what the calls need; calls adds one round.
	setup func(b *agent.Batch)
	calls func(b *agent.Batch)
}

// The arena's use: pointers to contexts, the contexts, and parameters.
const (
	ptrsAt   = wire.ArenaAddr + 0x8000
	ctxAt    = wire.ArenaAddr + 0x9000
	paramsAt = wire.ArenaAddr + 0xa000
)

func putIndirect(b *agent.Batch, params ...uint64) {
	var ptrs, p [8 * syscalls.MaxContexts]byte
	var ctx []byte
	for i := range syscalls.MaxContexts {
		c := syscalls.OpenFlags(syscalls.O_CLOEXEC)
		wire.PutUint64(ptrs[8*i:], ctxAt+uint64(len(ctx)))
		ctx = append(ctx, c.Bytes()...)
	}
	for i, v := range params {
		wire.PutUint64(p[8*i:], v)
	}
	b.Put(ptrsAt, ptrs[:])
	b.Put(ctxAt, ctx)
	b.Put(paramsAt, p[:48])
}

func indirect(b *agent.Batch, nr, contexts int) agent.Slot {
	return b.Call(syscalls.SYS_INDIRECT, agent.Int(int64(nr)), agent.Addr(ptrsAt), agent.Int(int64(contexts)), agent.Addr(paramsAt))
}

func nothing(*agent.Batch) {}

func socketArgs() []agent.Arg {
	return []agent.Arg{agent.Int(syscalls.AF_INET), agent.Int(syscalls.SOCK_STREAM), agent.Int(0)}
}

func closeSlot(b *agent.Batch, s agent.Slot) { b.Call(syscalls.SYS_CLOSE, s.Arg()) }

// Cases are the ways that sys_indirect is compared with. Those with socket
// close the descriptor again.
var Cases = []Case{
	{"getpid", nothing, func(b *agent.Batch) { b.Call(syscalls.SYS_GETPID) }},
	{"indirect, 0 contexts: getpid", func(b *agent.Batch) { putIndirect(b) }, func(b *agent.Batch) { indirect(b, syscalls.SYS_GETPID, 0) }},
	{"indirect, 1 context: getpid", func(b *agent.Batch) { putIndirect(b) }, func(b *agent.Batch) { indirect(b, syscalls.SYS_GETPID, 1) }},
	{"indirect, 4 contexts: getpid", func(b *agent.Batch) { putIndirect(b) }, func(b *agent.Batch) { indirect(b, syscalls.SYS_GETPID, 4) }},
	{"socket, close", nothing, func(b *agent.Batch) { closeSlot(b, b.Call(syscalls.SYS_SOCKET, socketArgs()...)) }},
	{"socket, fcntl(F_SETFD), close", nothing, func(b *agent.Batch) {
		s := b.Call(syscalls.SYS_SOCKET, socketArgs()...)
		b.Call(syscalls.SYS_FCNTL, s.Arg(), agent.Int(syscalls.F_SETFD), agent.Int(syscalls.FD_CLOEXEC))
		closeSlot(b, s)
	}},
	{"indirect, 1 context: socket; close", func(b *agent.Batch) { putIndirect(b, syscalls.AF_INET, syscalls.SOCK_STREAM, 0) }, func(b *agent.Batch) {
		closeSlot(b, indirect(b, syscalls.SYS_SOCKET, 1))
	}},
}

// Cost is how many guest instructions one round of a case takes, in the guest's
// kernel and the agent's loop, which is the same for every call. It needs an
// engine that counts instructions.
func Cost(ctx context.Context, m *vm.Machine, t *agent.Task, c Case) (float64, error) {
	run := func(rounds int) (uint64, error) {
		var b agent.Batch
		c.setup(&b)
		for range rounds {
			c.calls(&b)
		}
		before := m.VCPU().Instructions()
		if err := t.Do(ctx, &b); err != nil {
			return 0, err
		}
		for s := range agent.Slot(rounds) {
			if v := b.Result(s); v < 0 {
				return 0, fmt.Errorf("%s: a call failed: %d", c.Name, v)
			}
		}
		return m.VCPU().Instructions() - before, nil
	}
	const few, many = 4, 64
	if _, err := run(few); err != nil { // what happens once only
		return 0, err
	}
	a, err := run(few)
	if err != nil {
		return 0, err
	}
	b, err := run(many)
	if err != nil {
		return 0, err
	}
	return (float64(b) - float64(a)) / (many - few), nil
}
