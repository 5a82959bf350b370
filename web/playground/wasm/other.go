//go:build !(js && imagesapart)

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "this is the program of a web page: sysindvm playground has it, built")
	os.Exit(2)
}
