package suite

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"sysindvm/syscalls/script"
)

// Known are failures that are known, with their reasons. A script among them
// that fails is counted as known, one that passes fails: then its line must go.
type Known struct {
	file  string
	lines []knownLine
}

type knownLine struct {
	number int
	name   string
	where  []string // features that the machine must have for the line to count
	reason string
}

// maxKnown bounds a file of known failures, in bytes.
const maxKnown = 1 << 20

// ParseKnown reads a file of known failures. A line is the name of a script,
// in brackets what the machine must have for the line to count, if that
// matters, and the reason:
//
//	# What fails, and why.
//	sendmsg_fds          no SCM_RIGHTS yet
//	i386_stat [kvm]      this KVM cannot run 32-bit code
func ParseKnown(file string, data []byte) (*Known, error) {
	k := &Known{file: file}
	if len(data) > maxKnown {
		return nil, fmt.Errorf("%s: more than %d bytes", file, maxKnown)
	}
	n := 0
	for line := range bytes.Lines(data) {
		n++
		text := strings.TrimSpace(string(line))
		if text == "" || text[0] == '#' {
			continue
		}
		end := strings.IndexAny(text, " \t")
		if end < 0 {
			end = len(text)
		}
		l := knownLine{number: n, name: text[:end], reason: strings.TrimSpace(text[end:])}
		if strings.HasPrefix(l.reason, "[") {
			where, reason, ok := strings.Cut(l.reason[1:], "]")
			if !ok {
				return nil, fmt.Errorf("%s:%d: the ] is missing after what the machine must have", file, n)
			}
			l.where = strings.FieldsFunc(where, func(r rune) bool { return r == ',' || r == ' ' })
			l.reason = strings.TrimSpace(reason)
			for _, f := range l.where {
				if !slices.Contains(script.Features, f) {
					return nil, fmt.Errorf("%s:%d: no machine has %q: there are %s", file, n, f, strings.Join(script.Features, ", "))
				}
			}
		}
		if l.reason == "" {
			return nil, fmt.Errorf("%s:%d: the reason is missing: a line is the script's name and why it fails", file, n)
		}
		k.lines = append(k.lines, l)
	}
	return k, nil
}

// Stale are the lines whose scripts are not among these, for people.
func (k *Known) Stale(scripts []*script.Script) (lines []string) {
	if k == nil {
		return nil
	}
	for _, l := range k.lines {
		if !slices.ContainsFunc(scripts, func(s *script.Script) bool { return s.Name == l.name }) {
			lines = append(lines, fmt.Sprintf("%s:%d: there is no script %s", k.file, l.number, l.name))
		}
	}
	return lines
}

// judge turns a failure that is known into a known one, and a pass that should
// have been one into a failure.
func (k *Known) judge(r *script.Result, features []string) {
	if k == nil {
		return
	}
	for _, l := range k.lines {
		if l.name != r.Name || slices.ContainsFunc(l.where, func(f string) bool { return !slices.Contains(features, f) }) {
			continue
		}
		switch r.Status {
		case script.Fail:
			r.Status, r.Reason = script.Known, fmt.Sprintf("known to fail, %s:%d: %s", k.file, l.number, l.reason)
		case script.Pass:
			r.Status = script.Fail
			r.Failure = fmt.Sprintf("it passes, but %s:%d says that it fails: %s\nremove that line\n", k.file, l.number, l.reason)
		}
		return
	}
}
