// Package scripts has the scripts of this folder, for programs that show them.
package scripts

import "embed"

// Files are the scripts: *.sys.
//
//go:embed *.sys
var Files embed.FS
