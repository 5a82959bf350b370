package fs

import "sysindvm/guestkernel/mm"

// Count adds what this package has in use to /proc/counters.
func Count(c *mm.Counts) {
	c.Add("files", files.Used())
	c.Add("inodes", inodes.Used())
	c.Add("names", dirents.Used())
	c.Add("fd_tables", tables.Used())
	c.Add("fd_pages", fdPages.Used())
	c.Add("xattrs", xattrs.Used())
	c.Add("locks", lockPool.Used())
	c.Add("pipes", pipes.Used())
	c.Add("epolls", epolls.Used())
	c.Add("epoll_items", epItems.Used())
	c.Add("epoll_waiters", epWaiters.Used())
	c.Add("eventfds", eventFDs.Used())
	c.Add("timerfds", timerFDs.Used())
	c.Add("inotifies", inotifies.Used())
	c.Add("watches", inWatches.Used())
	c.Add("inotify_events", inEvents.Used())
	c.Add("poll_tables", pollTables.Used())
	c.Add("poll_waiters", pollWaiters.Used())
}
