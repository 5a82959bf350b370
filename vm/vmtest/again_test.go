package vmtest

import "testing"

func TestAgain(t *testing.T) {
	const want = `go test -v -run '^TestScripts$/^a$/^b\.c$'`
	if got := again("TestScripts/a/b.c"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
