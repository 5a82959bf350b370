// Build builds the guest's images into the folder that it is run in. It is
// what `go generate ./images` runs.
package main

import (
	"fmt"
	"os"

	"sysindvm/images/builder"
)

func main() {
	all, err := builder.Build("..")
	if err == nil {
		err = builder.Write(".", all)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "images/build:", err)
		os.Exit(1)
	}
	for _, a := range all {
		fmt.Printf("%-16s %7d bytes\n", a.Name, len(a.Data))
	}
}
