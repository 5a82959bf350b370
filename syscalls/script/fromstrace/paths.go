package fromstrace

import (
	"path"
	"strconv"
	"strings"

	"sysindvm/syscalls"
)

// A script begins in an empty directory, on a machine that has little else. So
// the calls that it can make are those on files that it has made itself, and
// those that found nothing.

// creating are the calls that make the file in their last path.
var creating = map[string]bool{
	"mkdir": true, "mkdirat": true, "creat": true, "symlink": true, "symlinkat": true, "link": true, "linkat": true,
	"rename": true, "renameat": true, "renameat2": true, "mknod": true, "mknodat": true,
}

// path is the path in the call's argument that is its nth one, as one that
// begins with a slash.
func (w *rewrite) path(nth int) (name string, ok bool) {
	for i, a := range w.t.Args {
		if i >= len(w.e.args) || a.Type.Kind != syscalls.Path || a.Name == "name" { // of memory, or of an attribute
			continue
		}
		if nth--; nth >= 0 {
			continue
		}
		text, err := unquote(w.e.args[i])
		if !err {
			return "", false
		}
		dir := *w.p.cwd
		if i > 0 && w.t.Args[i-1].Type.Kind == syscalls.FD {
			if o := w.object(i - 1); o != nil {
				dir = o.path
			}
		}
		switch {
		case strings.HasPrefix(text, "/"):
			return path.Clean(text), true
		case dir == "":
			return "", false
		}
		return path.Join(dir, text), true
	}
	return "", false
}

// unquote reads a string that strace has written.
func unquote(s string) (text string, ok bool) {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return "", false
	}
	var b strings.Builder
	for s = s[1 : len(s)-1]; s != ""; {
		if s[0] != '\\' || len(s) == 1 {
			b.WriteByte(s[0])
			s = s[1:]
			continue
		}
		n := 0
		for n < 3 && 1+n < len(s) && s[1+n] >= '0' && s[1+n] <= '7' {
			n++
		}
		switch {
		case n > 0:
			v, _ := strconv.ParseUint(s[1:1+n], 8, 16)
			b.WriteByte(byte(v))
			s = s[1+n:]
		case s[1] == 'x' && len(s) > 3:
			v, _ := strconv.ParseUint(s[2:4], 16, 8)
			b.WriteByte(byte(v))
			s = s[4:]
		default:
			c := s[1]
			if i := strings.IndexByte("ntrvfab", c); i >= 0 {
				c = "\n\t\r\v\f\a\b"[i]
			}
			b.WriteByte(c)
			s = s[2:]
		}
	}
	return b.String(), true
}

// paths gives up on a call whose files are not the script's.
func (w *rewrite) paths() {
	e, c := w.e, w.c
	first, ok := w.path(0)
	if !ok {
		w.socketPath()
		return
	}
	last, two := w.path(1)
	if !two {
		last = first
	}
	if strings.HasPrefix(e.name, "symlink") {
		first = last // what a link says is no path of the call
	}
	if strings.HasPrefix(first, "/proc") || strings.HasPrefix(last, "/proc") {
		giveUp("what is in /proc is the program's own")
	}
	creates := creating[e.name] || strings.HasPrefix(e.name, "open") && strings.Contains(e.text, "O_CREAT")
	if w.errno() == "ENOENT" {
		if c.known[first] && c.known[path.Dir(last)] {
			giveUp("the file is there in the script")
		}
		return
	}
	for _, p := range []string{first, last} {
		switch {
		case c.known[p]:
		case p == last && creates && !w.failed() && c.known[path.Dir(p)] && !strings.HasPrefix(path.Dir(p), "/dev") && path.Dir(p) != "/":
		default:
			giveUp("%s was there before the trace began", base(p))
		}
	}
	if w.failed() {
		return
	}
	w.after(func() {
		switch e.name {
		case "chdir":
			*w.p.cwd = first
		case "unlink", "rmdir", "unlinkat":
			delete(c.known, first)
		case "rename", "renameat", "renameat2":
			c.moved(first, last)
		default:
			if creates {
				c.known[last] = true
			}
		}
	})
}

// moved moves what is known of a file, and of those in it.
func (c *converter) moved(from, to string) {
	for p := range c.known {
		if rest, ok := strings.CutPrefix(p, from); ok && (rest == "" || rest[0] == '/') {
			delete(c.known, p)
			defer func() { c.known[to+rest] = true }()
		}
	}
}

// socketPath is paths for the path in a socket's address, and for fchdir.
func (w *rewrite) socketPath() {
	if w.e.name == "fchdir" && !w.failed() {
		if o := w.object(0); o != nil && o.path != "" {
			w.after(func() { *w.p.cwd = o.path })
		}
		return
	}
	for i, a := range w.t.Args {
		if i >= len(w.e.args) || a.Type.Kind != syscalls.SockIn {
			continue
		}
		_, rest, ok := strings.Cut(w.e.args[i], `sun_path="`)
		if !ok {
			continue
		}
		text, _ := unquote(`"` + strings.TrimSuffix(rest, "}"))
		name := path.Join(*w.p.cwd, text)
		if strings.HasPrefix(text, "/") {
			name = path.Clean(text)
		}
		switch {
		case w.e.name == "bind" && !w.failed() && w.c.known[path.Dir(name)]:
			w.after(func() { w.c.known[name] = true })
		case w.errno() == "ENOENT" || w.c.known[name]:
		default:
			giveUp("%s was there before the trace began", base(name))
		}
	}
}

// base is a path as the program has written it, as far as that is known.
func base(p string) string {
	if rest, ok := strings.CutPrefix(p, start+"/"); ok {
		return rest
	}
	if p == start {
		return "."
	}
	return p
}
