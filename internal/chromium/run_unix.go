//go:build unix

package chromium

import (
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// run starts the program at path, which reads commands from what is written to
// w, and answers on r. It keeps its files in a folder of the test's, and ends
// with the test, as its children do.
func run(t testing.TB, path string, args ...string) (r io.Reader, w io.Writer, err error) {
	theirIn, in, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	out, theirOut, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	dir, err := os.MkdirTemp("", "chromium")
	if err != nil {
		return nil, nil, err
	}
	cmd := exec.Command(path, append(args, "--user-data-dir="+dir, "about:blank")...)
	cmd.Env = append(os.Environ(), "HOME="+dir, "TMPDIR="+dir)
	cmd.ExtraFiles = []*os.File{theirIn, theirOut} // 3 and 4
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err = cmd.Start(); err != nil {
		return nil, nil, err
	}
	theirIn.Close()
	theirOut.Close()
	t.Cleanup(func() {
		in.Close()
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		cmd.Wait()
		out.Close()
		for range 20 { // its children may still be writing
			if os.RemoveAll(dir) == nil {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
	})
	return out, in, nil
}
