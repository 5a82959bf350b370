package teach

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync"

	"sysindvm/guestkernel"
	"sysindvm/vm/inspect"
)

// Phases of a call, in the order in which they come. Copy in to set come for
// each context, restore for each word that was replaced.
const (
	SystemCall = "system call" // the kernel has been entered
	Enter      = "enter"       // it is sys_indirect
	CopyIn     = "copy in"
	Validate   = "validate"
	Save       = "save"
	Set        = "set"
	Call       = "call"
	Inside     = "inside" // the call's own handler
	Restore    = "restore"
	Leave      = "leave"
	Signal     = "signal" // a handler is about to be entered
	Return     = "return" // back to user mode
)

// Explain says in a sentence what a phase does.
func Explain(phase string) string { return explanations[phase] }

var explanations = map[string]string{
	SystemCall: "The kernel has been entered: number and arguments are in the trap frame.",
	Enter:      "It is sys_indirect: the call to wrap must exist, and must not be one of the few that cannot be wrapped.",
	CopyIn:     "What user memory holds is copied, each word once: what another thread writes there later changes nothing.",
	Validate:   "The copy is checked: a kind that is known, no bit that means nothing.",
	Save:       "What the task has of this kind goes onto the chain.",
	Set:        "The new value goes into the task. From here on it is in force.",
	Call:       "The wrapped call is made: by the same table and the same handlers as any call.",
	Inside:     "The call's own handler. It knows nothing of sys_indirect: what it asks the task for may come from a context.",
	Restore:    "The chain is walked backwards: each word gets back what it was.",
	Leave:      "Nothing of the contexts is left in the task.",
	Signal:     "A signal is delivered: its frame goes onto the user's stack.",
	Return:     "The result is in the trap frame; the kernel returns to user mode.",
}

// mark is a phase's place in the source.
type mark struct {
	phase string
	line  inspect.Line // of the comment
}

var markPattern = regexp.MustCompile(`^\s*// phase: ([a-z ]+)$`)

// marks finds the phases in the kernel's source.
var marks = sync.OnceValue(func() (all []mark) {
	fs.WalkDir(guestkernel.Source, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		for i, text := range sourceLines("guestkernel/" + path) {
			if m := markPattern.FindStringSubmatch(text); m != nil {
				all = append(all, mark{m[1], inspect.Line{File: "guestkernel/" + path, Line: i + 1}})
			}
		}
		return nil
	})
	return all
})

// sourceLines are the lines of a file of the kernel's; nil if it is not one.
func sourceLines(file string) []string {
	rest, ok := strings.CutPrefix(file, "guestkernel/")
	if !ok {
		return nil
	}
	b, err := guestkernel.Source.ReadFile(rest)
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
}

// entries are where the CPU enters the kernel for a system call, where a kernel
// has them; their phase is none that is shown.
var entries = []string{"runtime.syscallEntry", "runtime.compatEntry"}

const entry = "entry"

// maxReach is how many lines below its comment a phase's statement may begin.
const maxReach = 3

// places are the addresses at which phases begin. The handlers of calls, which
// are the functions of package sys that are named after them, are Inside.
func places(k *inspect.Kernel) (map[uint64]string, error) {
	at := map[uint64]string{}
	for _, name := range entries {
		if f, err := k.FuncNamed(name); err == nil {
			at[f.Entry] = entry
		}
	}
	for _, f := range k.Funcs() {
		if name, ok := strings.CutPrefix(f.Name, "guestkernel/sys.sys"); ok && name != "Indirect" && !strings.Contains(name, ".") {
			at[f.Entry] = Inside
		}
	}
	for _, m := range marks() {
		var found []uint64
		for l := m.line; len(found) == 0 && l.Line <= m.line.Line+maxReach; l.Line++ {
			found = k.Statements(l)
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("the kernel has no code for the phase %q at %s", m.phase, m.line)
		}
		for _, a := range found {
			at[a] = m.phase
		}
	}
	return at, nil
}

// phaseNames are the phases that there are.
func phaseNames() []string {
	var all []string
	for _, m := range marks() {
		if !slices.Contains(all, m.phase) {
			all = append(all, m.phase)
		}
	}
	return all
}
