package vm

import (
	"sysindvm/syscalls/agent"
)

// hostName is argv[0] of the agent as a process of the host.
const hostName = "agent"

// A Host carries the agent's streams on sockets.
var _ agent.Transport = (*Host)(nil)

// Agent is the conversation with the agent.
func (h *Host) Agent() *agent.Client { return h.agent }
