package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"sysindvm/teach"
	"sysindvm/teach/page"
)

// demoPage writes the walks' web page into a file ("-" is out), if one is named,
// and serves it on an address, if one is given, until ctx ends. What it has done
// it says on say.
func demoPage(ctx context.Context, out, say io.Writer, file, addr string, walks ...*teach.Walk) error {
	switch file {
	case "":
	case "-":
		if err := page.Write(out, walks...); err != nil {
			return err
		}
	default:
		if err := writePage(file, walks); err != nil {
			return wrongInput(err)
		}
		fmt.Fprintf(say, "The page is in %s.\n", file)
	}
	if addr == "" {
		return nil
	}
	return wrongInput(page.Serve(ctx, addr, say, walks...))
}

func writePage(name string, walks []*teach.Walk) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	err = page.Write(f, walks...)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}
