package vmtest_test

import (
	"context"
	"fmt"
	"testing"

	"sysindvm/cpu/soft"
	"sysindvm/syscalls"
	"sysindvm/vm/vmtest"
)

// In a test, t is the test's own.
var t = fakeTest()

// A directory of scripts as subtests is one line.
func ExampleScripts() {
	test := func(t *testing.T) { vmtest.Scripts(t, "../../tests/scripts") }
	_ = test
	// Output:
}

// A machine driven call by call: a descriptor that is close-on-exec from
// birth, though the call that makes it has no flag for that.
func ExampleTask() {
	ctx := context.Background()
	task := vmtest.Task(t, vmtest.Engine(soft.New()))
	cloexec := []syscalls.Context{syscalls.OpenFlags(syscalls.O_CLOEXEC)}
	fd, _ := task.Indirect(ctx, cloexec, syscalls.SYS_SOCKET, syscalls.AF_UNIX, syscalls.SOCK_STREAM, 0)
	flags, _ := task.Call(ctx, syscalls.SYS_FCNTL, fd, syscalls.F_GETFD)
	fmt.Println(fd, flags == syscalls.FD_CLOEXEC)
	// Output: 3 true
}

// exampleTest lets an example have a machine: examples have no testing.TB.
type exampleTest struct{ testing.TB }

func fakeTest() testing.TB { return exampleTest{} }

func (exampleTest) Helper()                  {}
func (exampleTest) Cleanup(func())           {}
func (exampleTest) Context() context.Context { return context.Background() }
func (exampleTest) Fatal(args ...any)        { panic(fmt.Sprint(args...)) }
