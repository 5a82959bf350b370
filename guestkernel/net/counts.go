package net

import "sysindvm/guestkernel/mm"

// Count adds what this package has in use to /proc/counters.
func Count(c *mm.Counts) {
	c.Add("sockets", sockets.Used())
	c.Add("messages", messagePool.Used())
	c.Add("rights", rightsPool.Used())
}
