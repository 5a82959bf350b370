// Package equivalence holds the calls that Linux has added since 2.0 and that
// are an older call plus a context, and for each a script whose every case is
// the older call under sys_indirect, with the newer call behind its ~.
//
// Each script is run three times: in the guest with the wrapped older calls, in
// the guest with its own newer calls, and on a host's Linux with that one's.
// They agree when all three give what the script says: the same results, the
// same errors, and the same state afterwards. Begin with [Rows] and [Run].
package equivalence

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"sysindvm/syscalls/script"
	"sysindvm/syscalls/script/suite"
)

//go:embed scripts/*.sys
var files embed.FS

// Row is a call of Linux's, and what it is made of.
type Row struct {
	Call     string // its name, or of a flag that was added to a call
	Year     int    // of the kernel that has it first
	Version  string // of that kernel
	Base     string
	Contexts string
	// Missing says why there is no script: this kernel has the call in neither
	// form, or none of the contexts makes the older one the same.
	Missing string
}

// Script is the row's script, checked; nil if it has none.
func (r *Row) Script() (*script.Script, error) {
	if r.Missing != "" {
		return nil, nil
	}
	name := "scripts/" + r.Call + suite.Ext
	b, err := files.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return script.Parse(name, b)
}

// Differs are the reasons that a script gives, in lines that begin with
// "# differs:", for cases that cannot agree and are left out.
func (r *Row) Differs() (reasons []string) {
	b, _ := files.ReadFile("scripts/" + r.Call + suite.Ext)
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "# differs:"); ok {
			reasons = append(reasons, strings.TrimSpace(rest))
		}
	}
	return reasons
}

// Way is one of the ways in which a script is run.
type Way struct {
	Name string // as the column of a table
	// Options are those of the run: Start, and Script.
	Options suite.Options
}

// Outcome is what came of a row.
type Outcome struct {
	Row
	Cases   int              // lines with a newer call
	Results []*script.Result // by way
	Reasons []string         // for the cases that are left out
}

// Agree reports whether all ways gave what the script says, and at least one of
// them was run.
func (o *Outcome) Agree() bool {
	ran := false
	for _, r := range o.Results {
		switch r.Status {
		case script.Pass:
			ran = true
		case script.Skip:
		default:
			return false
		}
	}
	return ran
}

// Run runs the rows' scripts in all ways.
func Run(ctx context.Context, rows []Row, ways []Way) ([]Outcome, error) {
	var out []Outcome
	for i := range rows {
		o := Outcome{Row: rows[i], Reasons: rows[i].Differs()}
		s, err := rows[i].Script()
		if err != nil {
			return nil, err
		}
		for _, w := range ways {
			if s == nil {
				break
			}
			if ctx.Err() != nil {
				return out, ctx.Err()
			}
			res := w.Options.One(ctx, s)
			o.Results = append(o.Results, res)
			o.Cases = max(o.Cases, res.Cases)
		}
		out = append(out, o)
	}
	return out, nil
}

// Check reports scripts without a row and rows without a script.
func Check() error {
	names, err := fs.Glob(files, "scripts/*"+suite.Ext)
	if err != nil {
		return err
	}
	for _, name := range names {
		call := strings.TrimSuffix(strings.TrimPrefix(name, "scripts/"), suite.Ext)
		if !slices.ContainsFunc(Rows, func(r Row) bool { return r.Call == call && r.Missing == "" }) {
			return fmt.Errorf("%s has no row", name)
		}
	}
	for i := range Rows {
		if _, err := Rows[i].Script(); err != nil {
			return err
		}
	}
	return nil
}
