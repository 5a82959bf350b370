package script

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// update takes note of the changes that would make a line right, if that is
// asked for, and gives the differences that no change of the line removes.
func (r *runner) update(s *Step, diffs []Diff) (left []Diff) {
	if !r.opt.Update || len(diffs) == 0 {
		return diffs
	}
	var edits []edit
	for _, d := range diffs {
		if d.edit == nil {
			left = append(left, d)
			continue
		}
		edits = append(edits, *d.edit)
	}
	if len(left) > 0 {
		return diffs
	}
	r.edits[s.Line] = append(r.edits[s.Line], edits...)
	return nil
}

// updated is the script with the changes; nil if there are none.
func (r *runner) updated() []byte {
	if len(r.edits) == 0 {
		return nil
	}
	lines := strings.SplitAfter(string(r.script.source), "\n")
	for n, edits := range r.edits {
		line := lines[n-1]
		// From the right, so that offsets hold. One edit within another, as a
		// field within its structure, does not happen: differences are either.
		slices.SortFunc(edits, func(a, b edit) int { return b.pos - a.pos })
		for _, e := range edits {
			line = line[:e.pos] + e.text + line[e.end:]
		}
		lines[n-1] = line
	}
	return []byte(strings.Join(lines, ""))
}

// Save writes the script as it was updated to its file, which is replaced at
// once or not at all. It does nothing if nothing was updated.
func (r *Result) Save(file string) error {
	if r.Updated == nil {
		return nil
	}
	st, err := os.Stat(file)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), ".update-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // in vain, if it has been renamed
	_, err = tmp.Write(r.Updated)
	err = errors.Join(err, tmp.Chmod(st.Mode().Perm()), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	return err
}
