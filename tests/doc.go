// Package tests tests the machine from outside: the scripts in scripts/ on
// every engine and on the host's own Linux, the program sysindvm as its users
// run it, and benchmarks.
package tests
