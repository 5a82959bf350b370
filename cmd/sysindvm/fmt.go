package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"sysindvm/syscalls/script"
)

// fmtFlags are the flags of sysindvm fmt.
type fmtFlags struct{ list, write, diff bool }

func fmtCommand() *cobra.Command {
	var f fmtFlags
	cmd := &cobra.Command{
		Use:   "fmt FILE|DIR|-...",
		Short: "Format scripts, as gofmt does Go",
		Long: `Format scripts (docs/scripts.md) and print them: files, all *.sys files in a
directory or below it, or, as -, the standard input. A formatted script means
the same; its comments, its columns and its files are as they were.`,
		Example: `  sysindvm fmt -l tests/scripts
  sysindvm fmt -w x.sys
  sysindvm fmt - < x.sys`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return f.format(os.Stdin, os.Stdout, args) },
	}
	fl := cmd.Flags()
	fl.BoolVarP(&f.list, "list", "l", false, "print the names of the files that are not formatted, and nothing else")
	fl.BoolVarP(&f.write, "write", "w", false, "write the formatted scripts back into their files")
	fl.BoolVarP(&f.diff, "diff", "d", false, "print what would change")
	return cmd
}

// format formats all that is named; what is wrong with one file does not keep
// the others from it.
func (f *fmtFlags) format(in io.Reader, out io.Writer, args []string) error {
	var errs []error
	for _, arg := range args {
		if arg == "-" {
			if f.write {
				errs = append(errs, errors.New("-w: the standard input has no file to write to"))
				continue
			}
			data, err := io.ReadAll(io.LimitReader(in, script.MaxSize+1))
			if err == nil {
				err = f.one(out, "-", data)
			}
			errs = append(errs, err)
			continue
		}
		names, err := scriptFiles(arg)
		errs = append(errs, err)
		for _, name := range names {
			data, err := readLimited(name, script.MaxSize)
			if err == nil {
				err = f.one(out, name, data)
			}
			errs = append(errs, err)
		}
	}
	return wrongInput(errors.Join(errs...))
}

// scriptFiles is a file, or the scripts in a directory and below it.
func scriptFiles(name string) (files []string, err error) {
	st, err := os.Stat(name)
	if err != nil || !st.IsDir() {
		return []string{name}, err
	}
	err = filepath.WalkDir(name, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() && strings.HasSuffix(path, ".sys") {
			files = append(files, path)
		}
		return err
	})
	return files, err
}

func (f *fmtFlags) one(out io.Writer, name string, data []byte) error {
	formatted, err := script.Format(name, data)
	if err != nil {
		return err
	}
	same := bytes.Equal(data, formatted)
	if f.list && !same {
		fmt.Fprintln(out, name)
	}
	if f.diff && !same {
		io.WriteString(out, fmtDiff(name, string(data), string(formatted)))
	}
	switch {
	case f.write && !same:
		return rewrite(name, formatted)
	case !f.list && !f.write && !f.diff:
		_, err = out.Write(formatted)
	}
	return err
}

// rewrite replaces what is in a file, all of it or nothing.
func rewrite(name string, data []byte) error {
	name, err := filepath.EvalSymlinks(name)
	if err != nil {
		return err
	}
	st, err := os.Stat(name)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Chmod(st.Mode().Perm()), tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
	return err
}

// fmtDiff is a unified diff without context. Formatting changes lines where
// they are, adds none and drops empty ones only, so that no search is needed.
func fmtDiff(name, before, after string) string {
	a, b := diffLines(before), diffLines(after)
	var out strings.Builder
	fmt.Fprintf(&out, "--- %s.orig\n+++ %s\n", name, name)
	for i, j := 0, 0; i < len(a) || j < len(b); {
		if i < len(a) && j < len(b) && a[i] == b[j] {
			i, j = i+1, j+1
			continue
		}
		i0, j0 := i, j
		for (i < len(a) || j < len(b)) && (i == len(a) || j == len(b) || a[i] != b[j]) {
			empty := i < len(a) && strings.TrimSpace(a[i]) == ""
			if i < len(a) {
				i++
			}
			if j < len(b) && (!empty || b[j] == "\n") {
				j++
			}
		}
		fmt.Fprintf(&out, "@@ -%s +%s @@\n", diffRange(i0, i), diffRange(j0, j))
		for _, side := range []struct {
			sign  string
			lines []string
		}{{"-", a[i0:i]}, {"+", b[j0:j]}} {
			for _, line := range side.lines {
				out.WriteString(side.sign + line)
				if !strings.HasSuffix(line, "\n") {
					out.WriteString("\n\\ No newline at end of file\n")
				}
			}
		}
	}
	return out.String()
}

// diffRange is lines i to j of a side of a diff: their first, or, if there are
// none, the one before, and how many.
func diffRange(i, j int) string {
	if i == j {
		return fmt.Sprintf("%d,0", i)
	}
	return fmt.Sprintf("%d,%d", i+1, j-i)
}

func diffLines(s string) (lines []string) {
	for line := range strings.Lines(s) {
		lines = append(lines, line)
	}
	return lines
}
