// Package hostcpu says what the processor is that tests run on: some compare
// with what it does, and cannot where it lacks something.
package hostcpu

import (
	"os"
	"slices"
	"strings"
)

// info is Linux's /proc/cpuinfo (proc_cpuinfo(5)); on other systems there is none.
func info(key string) string {
	b, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(b)) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == key {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// Model is the processor's name; "" if that is not known.
func Model() string { return info("model name") }

// Lacking is the first of some features, named as in the flags of /proc/cpuinfo,
// that the processor or the system lacks; "" if it has them all. Where nothing is
// known about the processor it lacks the first.
func Lacking(features ...string) string {
	has := strings.Fields(info("flags"))
	for _, f := range features {
		if !slices.Contains(has, f) {
			return f
		}
	}
	return ""
}
