package suite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sysindvm/syscalls/script"
)

// Ext is the extension of scripts that are looked for in directories.
const Ext = ".sys"

// maxErrors is how many wrong scripts are reported at once.
const maxErrors = 10

// Load reads and checks scripts: each file that is named, and each *.sys file
// in a directory that is named or below it. They come in the order of their
// files. A script is named after its file, without directory and extension; if
// two would have the same name, after its path. The error tells of all scripts
// that are wrong, as far as there are not too many.
func Load(paths ...string) ([]*script.Script, error) {
	files, err := find(paths)
	if err != nil {
		return nil, err
	}
	var scripts []*script.Script
	var wrong []error
	for _, name := range files {
		s, err := read(name)
		if err == nil {
			scripts = append(scripts, s)
		} else if wrong = append(wrong, err); len(wrong) == maxErrors {
			break
		}
	}
	distinguish(scripts)
	return scripts, errors.Join(wrong...)
}

// find is the files that the paths name, directories gone through.
func find(paths []string) (files []string, err error) {
	for _, p := range paths {
		st, err := os.Stat(p)
		if err != nil {
			return nil, err
		}
		if !st.IsDir() {
			files = append(files, filepath.Clean(p))
			continue
		}
		err = filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && filepath.Ext(path) == Ext {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

func read(name string) (*script.Script, error) {
	st, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", name)
	}
	if st.Size() > script.MaxSize {
		return nil, fmt.Errorf("%s: %d bytes; a script has at most %d", name, st.Size(), script.MaxSize)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return script.Parse(name, b)
}

// distinguish gives scripts whose names are the same the names of their paths.
func distinguish(scripts []*script.Script) {
	count := map[string]int{}
	for _, s := range scripts {
		count[s.Name]++
	}
	for _, s := range scripts {
		if count[s.Name] > 1 {
			s.Name = strings.TrimSuffix(filepath.ToSlash(filepath.Clean(s.File)), Ext)
		}
	}
}
