//go:build !(linux && amd64)

package vm

import (
	"context"
	"errors"

	"sysindvm/syscalls/agent"
)

// Host is the agent as an ordinary process of the host.
type Host struct{ agent *agent.Client }

var errNoHost = errors.New("the host's own kernel can be asked on Linux on x86-64 only")

// StartHost returns an error: this platform is not Linux on x86-64.
func StartHost(context.Context, []byte) (*Host, error) { return nil, errNoHost }

// hostXattrs reports false.
func hostXattrs() bool { return false }

// Send returns an error.
func (h *Host) Send(context.Context, int, []byte) error { return errNoHost }

// Recv returns an error.
func (h *Host) Recv(context.Context, int, []byte) (int, error) { return 0, errNoHost }

// Close does nothing.
func (h *Host) Close() error { return nil }
