//go:build !freestanding

// Package guestkernel is the source of the guest's kernel, for tools that show
// it; the kernel itself is in the folders below: docs/kernel.md says where to
// begin.
package guestkernel

import "embed"

// Source has the kernel's files, by their paths in this folder.
//
//go:embed _rt/*.go _rt/*.s arch boot drivers fs indirect kernel klog mm net proc sched sys
var Source embed.FS
