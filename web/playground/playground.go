// Package playground is the machine in a web page: a site of a few files that
// any file server can serve, with the machine as a WebAssembly program, so that
// scripts (docs/scripts.md) run in the reader's browser and nowhere else.
//
// The program is package wasm, built and compressed by
//
//	go generate ./web/playground
//
// The guest's images are not in it: they are files of the site, too. Begin with
// [Files].
package playground

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"html"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"sysindvm/docs"
	"sysindvm/images"
	"sysindvm/tests/scripts"
)

//go:generate go run ./build

//go:embed site
var site embed.FS

// Files are the site: what is in each file, by its name, which may have a
// folder in it, with slashes. They are not to be changed.
var Files = sync.OnceValues(func() (map[string][]byte, error) {
	files := map[string][]byte{}
	err := fs.WalkDir(site, "site", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files[strings.TrimPrefix(name, "site/")], err = site.ReadFile(name)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := addExamples(files); err != nil {
		return nil, err
	}
	files["scripts.html"] = page(files["reference.html"], map[string]string{"REFERENCE": renderMarkdown(docs.Scripts)})
	delete(files, "reference.html")
	files["guest/kernel.gz"] = pack(images.Kernel())
	files["guest/symbols.gz"] = pack(images.Symbols())
	files["guest/initramfs.gz"] = pack(images.Initramfs())
	return files, nil
})

// addExamples adds the scripts and the page that lists them. The page has the
// first in it.
func addExamples(files map[string][]byte) error {
	var list strings.Builder
	first := ""
	for _, g := range examples {
		fmt.Fprintf(&list, "<optgroup label=\"%s\">\n", html.EscapeString(g.title))
		for _, e := range g.list {
			text, err := scripts.Files.ReadFile(e.name + ".sys")
			if err != nil {
				return err
			}
			selected := ""
			if first == "" {
				first, selected = string(text), " selected"
			}
			files[path.Join("examples", e.name+".sys")] = text
			fmt.Fprintf(&list, "<option value=\"%s\"%s>%s</option>\n", html.EscapeString(e.name), selected, html.EscapeString(e.title))
		}
		list.WriteString("</optgroup>\n")
	}
	files["index.html"] = page(files["index.html"], map[string]string{
		"EXAMPLES": list.String(), "SCRIPT": html.EscapeString(first),
	})
	return nil
}

// page fills in the places {{NAME}} of a template.
func page(template []byte, places map[string]string) []byte {
	var pairs []string
	for name, text := range places {
		pairs = append(pairs, "{{"+name+"}}", text)
	}
	return []byte(strings.NewReplacer(pairs...).Replace(string(template)))
}

// pack compresses. It cannot fail, as a buffer can be written to.
func pack(b []byte) []byte {
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	z.Write(b)
	z.Close()
	return out.Bytes()
}

// Write writes the site into a folder, which is made if it is not there. What
// else is in the folder stays.
func Write(dir string) error {
	files, err := Files()
	if err != nil {
		return err
	}
	if st, err := os.Stat(dir); err == nil && !st.IsDir() {
		return fmt.Errorf("%s: is not a folder", dir)
	}
	for name, data := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		err := os.MkdirAll(filepath.Dir(file), 0o755)
		if err == nil {
			err = os.WriteFile(file, data, 0o644)
		}
		if err != nil {
			return fmt.Errorf("%s: cannot be written: %w", dir, err)
		}
	}
	return nil
}
