//go:build freestanding

package sys

import "sysindvm/guestkernel/mm"

// Count adds what this package has in use to /proc/counters.
func Count(c *mm.Counts) {
	c.Add("message_headers", metas.Used())
	c.Add("addresses", addrs.Used())
	c.Add("poll_calls", pollCalls.Used())
	c.Add("poll_pages", pollPages.Used())
}
