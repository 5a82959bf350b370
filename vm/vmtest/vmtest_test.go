package vmtest_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"sysindvm/cpu/soft"
	"sysindvm/syscalls"
	"sysindvm/vm"
	"sysindvm/vm/vmtest"
)

const rfc = `# The example of the RFC.
s := indirect(OPENFLAGS{O_CLOEXEC}) socket(AF_INET, SOCK_STREAM, 0)   ~ socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, 0)
fcntl(s, F_GETFD) = FD_CLOEXEC
close(s) = 0
`

func TestScripts(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"one.sys", "two.sys"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(rfc), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	known := filepath.Join(dir, "known")
	if err := os.WriteFile(known, []byte("other  not here\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	vmtest.Scripts(t, dir, vmtest.Engine(soft.New()), vmtest.Known(known))
}

func TestScript(t *testing.T) { vmtest.Script(t, rfc, vmtest.Config(vm.Config{Engine: soft.New()})) }

func TestHost(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the host is not Linux on x86-64")
	}
	vmtest.Script(t, rfc, vmtest.Host())
}

func TestTask(t *testing.T) {
	task := vmtest.Task(t, vmtest.Engine(soft.New()))
	cloexec := []syscalls.Context{syscalls.OpenFlags(syscalls.O_CLOEXEC)}
	fd, err := task.Indirect(t.Context(), cloexec, syscalls.SYS_EPOLL_CREATE, 1)
	if err != nil || fd < 0 {
		t.Fatal(fd, err)
	}
	flags, err := task.Call(t.Context(), syscalls.SYS_FCNTL, fd, syscalls.F_GETFD)
	if err != nil || flags != syscalls.FD_CLOEXEC {
		t.Errorf("%d, %v", flags, err)
	}
}

func TestNeed(t *testing.T) {
	t.Run("has", func(t *testing.T) {
		vmtest.Need(t, []string{"guest", "soft"}, vmtest.Engine(soft.New()))
	})
	t.Run("lacks", func(t *testing.T) {
		defer func() {
			if !t.Skipped() {
				t.Error("it is not skipped")
			}
		}()
		vmtest.Need(t, []string{"host"}, vmtest.Engine(soft.New()))
	})
}
