// Package docs has the documents that the program itself shows.
package docs

import _ "embed"

// Scripts is the reference of the language of scripts, in Markdown.
//
//go:embed scripts.md
var Scripts string
