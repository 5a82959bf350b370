package vm

import (
	"context"
	"fmt"

	"sysindvm/syscalls/agent"
	"sysindvm/syscalls/wire"
)

// A Machine carries the agent's streams on its virtio consoles.
var _ agent.Transport = (*Machine)(nil)

// channel is the console of a channel.
func (m *Machine) channel(n int) (*console, error) {
	if n < 0 || n >= wire.Channels {
		return nil, fmt.Errorf("there is no channel %d: the machine has %d", n, wire.Channels)
	}
	if m.closed {
		return nil, m.stopped
	}
	return m.channels[n], nil
}

// Send queues bytes for the guest. It does not run it.
func (m *Machine) Send(ctx context.Context, channel int, b []byte) error {
	c, err := m.channel(channel)
	if err != nil {
		return err
	}
	if len(b) > maxChannel-len(c.toGuest) {
		return fmt.Errorf("channel %d: more than %d bytes wait for the guest to read them", channel, maxChannel)
	}
	m.record.input(Input{Channel: channel, Data: b})
	c.toGuest = append(c.toGuest, b...)
	c.deliver()
	return nil
}

// Recv runs the guest until there are bytes from it on a channel, and takes as
// many as there are and b has room for. The error is an [agent.ErrIdle] if the
// guest has gone to sleep and nothing but the host can wake it.
func (m *Machine) Recv(ctx context.Context, channel int, b []byte) (int, error) {
	c, err := m.channel(channel)
	if err != nil {
		return 0, err
	}
	what := fmt.Sprintf("channel %d", channel)
	if err := m.run(ctx, noDeadline, what, func() bool { return len(c.fromGuest) > 0 }); err != nil {
		return 0, err
	}
	n := copy(b, c.fromGuest)
	m.record.input(Input{Channel: channel, Taken: n})
	c.take(n)
	return n, nil
}

// take is told that the host has read n bytes.
func (c *console) take(n int) {
	if c.fromGuest = c.fromGuest[n:]; len(c.fromGuest) == 0 {
		c.fromGuest = nil
	}
}

// Received is how many bytes of a channel have come from the guest that Recv has
// not taken.
func (m *Machine) Received(channel int) int {
	c, err := m.channel(channel)
	if err != nil {
		return 0
	}
	return len(c.fromGuest)
}

// Agent is the machine's conversation with the agent in its guest.
func (m *Machine) Agent() *agent.Client { return m.agent }

// Task makes a new process in the guest, a child of the agent, and waits until
// it is there to make calls.
func (m *Machine) Task(ctx context.Context) (*agent.Task, error) { return m.agent.Task(ctx) }
