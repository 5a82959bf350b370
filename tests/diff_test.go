package tests

import "github.com/google/go-cmp/cmp"

func diff(a, b any) string { return cmp.Diff(a, b) }
