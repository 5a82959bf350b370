// Package kvm is the engine that drives Linux's /dev/kvm.
//
// It is for speed where the host has hardware virtualisation. There is no
// in-kernel interrupt controller: the machine has its own, the same for every
// engine, so HLT comes out as an exit and interrupts go in one at a time.
//
// What a host's KVM can do varies more than one would think, so [Probe] runs
// tiny guests to find out. Begin with [Open].
//
// "api.rst" below is Linux's Documentation/virt/kvm/api.rst.
package kvm

// DefaultPath is where Linux has its KVM device.
const DefaultPath = "/dev/kvm"
