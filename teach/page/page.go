package page

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"strings"

	"sysindvm/teach"
)

//go:embed web
var web embed.FS

// scripts make up the page's script, in this order.
var scripts = []string{"dom.js", "data.js", "markdown.js", "source.js", "timeline.js", "quiz.js", "panels.js", "main.js"}

// Write writes the page with these walks, of which it shows the first one first.
func Write(w io.Writer, walks ...*teach.Walk) error {
	page, err := render(walks)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, page)
	return err
}

func render(walks []*teach.Walk) (string, error) {
	if len(walks) == 0 {
		return "", errors.New("a page needs a walk to show")
	}
	// Marshal writes < > & as escapes: no text of a walk's ends the element.
	data, err := json.Marshal(encode(walks))
	if err != nil {
		return "", fmt.Errorf("the page's data: %w", err)
	}
	style, script := asset("style.css"), "(() => {\n'use strict';\n"
	for _, name := range scripts {
		script += asset(name)
	}
	script += "})();\n"
	return strings.NewReplacer(
		"{{policy}}", policy(style, script),
		"{{title}}", html.EscapeString(walks[0].Title),
		"{{style}}", style,
		"{{data}}", string(data),
		"{{script}}", script,
	).Replace(asset("page.html")), nil
}

// asset is a file of folder web.
func asset(name string) string {
	b, err := web.ReadFile("web/" + name)
	if err != nil {
		panic(err) // it is embedded: the name is wrong here
	}
	return string(b)
}

// policy is the page's Content-Security-Policy: its own style and script, and no
// request at all.
func policy(style, script string) string {
	return fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; img-src data:; base-uri 'none'; form-action 'none'",
		hash(style), hash(script))
}

func hash(text string) string {
	h := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(h[:])
}
