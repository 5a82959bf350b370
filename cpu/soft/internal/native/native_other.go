//go:build !(linux && amd64)

package native

import "errors"

// Machine cannot be had on this host.
type Machine struct{ Narrow bool }

// New fails.
func New() (*Machine, error) { return nil, errors.New("the host is not linux/amd64") }

// Close is never called.
func (m *Machine) Close() error { return nil }

// Memory is never called.
func (m *Machine) Memory() []byte { return nil }

// Run is never called.
func (m *Machine) Run([]byte, State) State { return State{} }

// Load is never called.
func (m *Machine) Load([]byte) {}

// Again is never called.
func (m *Machine) Again(State) State { return State{} }
