package vm_test

import (
	"context"
	"fmt"
	"log"

	"sysindvm/syscalls"
	"sysindvm/vm"
)

// The example of the RFC: a socket that is close-on-exec from birth.
func Example() {
	ctx := context.Background()
	m, err := vm.Boot(ctx, vm.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	t, err := m.Task(ctx)
	if err != nil {
		log.Fatal(err)
	}
	s, err := t.Indirect(ctx, []syscalls.Context{syscalls.OpenFlags(syscalls.O_CLOEXEC)},
		syscalls.SYS_SOCKET, syscalls.AF_INET, syscalls.SOCK_STREAM, 0)
	if err != nil {
		log.Fatal(err)
	}
	flags, err := t.Call(ctx, syscalls.SYS_FCNTL, s, syscalls.F_GETFD)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(flags == syscalls.FD_CLOEXEC)
	// Output: true
}
