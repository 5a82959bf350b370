package playground

// examples are the scripts of tests/scripts that the page offers, the one that
// it begins with first.
var examples = []exampleGroup{
	{"The idea", []example{
		{"rfc_example", "The RFC's example: a socket, close-on-exec from birth"},
		{"pipe_cloexec", "pipe2 without pipe2"},
		{"several_contexts", "Several contexts of one kind"},
		{"all_contexts", "Nearly all contexts at once"},
		{"restore_after_error", "Restored on every way out"},
		{"other_tasks", "A context is the task's own"},
	}},
	{"The contexts", []example{
		{"openflags_open", "OPENFLAGS: open"},
		{"sigmask_context", "SIGMASK: let a signal in and wait"},
		{"dirfd_names", "DIRFD: the *at calls"},
		{"lookup_resolve", "LOOKUP: openat2's RESOLVE flags"},
		{"filepos", "FILEPOS: pread and pwrite"},
		{"rwflags", "RWFLAGS: preadv2 and pwritev2"},
		{"timeout", "TIMEOUT: the longest to block"},
		{"umask_context", "UMASK: the mask of one call"},
		{"fdslot", "FDSLOT: the descriptor's number"},
		{"creds_files", "CREDS: whose files"},
	}},
	{"What is refused", []example{
		{"err_pointers", "Pointers that lead nowhere"},
		{"err_not_wrapped", "Calls that cannot be wrapped"},
		{"err_kinds_and_flags", "Unknown kinds and flags"},
	}},
	{"Any kernel", []example{
		{"blocking_read", "A read that sleeps, two tasks"},
		{"processes", "Processes and their ends"},
		{"threads", "Threads"},
		{"signals", "Signals"},
		{"futex", "futex"},
		{"epoll", "epoll"},
		{"inet_loopback", "TCP to oneself"},
		{"unix_sockets", "Unix sockets"},
		{"scm_rights", "Descriptors in messages"},
		{"mapped_files", "Files in memory"},
		{"given_files", "A script with files"},
	}},
}

type exampleGroup struct {
	title string
	list  []example
}

type example struct{ name, title string }
