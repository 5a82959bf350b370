package mm

import "sysindvm/guestkernel/klog"

// Counts is the text of /proc/counters as it is written: how many objects of
// each kind are in use, a line each.
type Counts struct {
	b []byte
	n int
}

// NewCounts writes into b.
func NewCounts(b []byte) Counts { return Counts{b: b} }

// Add writes one line. What does not fit is left out.
func (c *Counts) Add(name string, v int) {
	if len(c.b)-c.n < len(name)+24 {
		return
	}
	c.n += copy(c.b[c.n:], name)
	c.b[c.n] = ' '
	c.n += 1 + klog.AppendDec(c.b[c.n+1:], int64(v))
	c.b[c.n] = '\n'
	c.n++
}

// Len is how many bytes have been written.
func (c *Counts) Len() int { return c.n }

// poolPages is how many frames the pools have taken. They keep them.
var poolPages int

// Count adds what this package has. The frames are those that are no pool's.
func Count(c *Counts) {
	c.Add("frames", Used()-poolPages)
	c.Add("pool_frames", poolPages)
	c.Add("spaces", spaces.Used())
	c.Add("areas", areas.Used())
	c.Add("vectors", vecs.Used())
	c.Add("vector_pages", vecPages.Used())
}
