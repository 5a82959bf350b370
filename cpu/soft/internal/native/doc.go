// Package native executes single instructions on the host's own processor. It
// is the oracle of cpu/soft's tests, and exists on linux/amd64.
package native
