package main

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"

	"sysindvm/vm/vmbench"
)

// benchPrograms prints what programs take on an engine and elsewhere.
func benchPrograms(ctx context.Context, name string, count int) error {
	e, _, err := openEngine(name, false)
	if err != nil {
		return err
	}
	places, missing := vmbench.Places(e)
	for _, why := range missing {
		fmt.Fprintln(os.Stderr, why)
	}
	all, err := vmbench.Measure(ctx, places, count)
	if err != nil {
		return machineFailed(err)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	vmbench.Print(w, places, all)
	return w.Flush()
}
