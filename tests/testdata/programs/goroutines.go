// Command goroutines is a Go program like others. What it prints is the same on
// Linux and in the guest.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

func main() {
	switch {
	case len(os.Args) > 1:
		child(os.Args[1])
	case os.Getpid() == 1: // as init no signal ends it
		cmd := exec.Command(self())
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Run(); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	for _, f := range []func(){workers, timers, collector, preemption, signals, commands, files, tcp, unix, faults, deadlines, stacks} {
		f()
	}
}

func self() string {
	if p, err := os.Executable(); err == nil {
		return p
	}
	return os.Args[0]
}

func child(what string) {
	switch what {
	case "cat":
		io.Copy(os.Stdout, os.Stdin)
	case "env":
		fmt.Print(os.Getenv("WORD"))
	case "fail":
		os.Exit(7)
	case "sleep":
		fmt.Println("ready")
		time.Sleep(time.Minute)
	case "dir":
		d, _ := os.Getwd()
		fmt.Print(d)
	case "panic":
		panic("as it should be")
	}
	os.Exit(0)
}

func workers() {
	jobs, results := make(chan int), make(chan int)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			for j := range jobs {
				results <- j * j
			}
		})
	}
	go func() {
		for i := range 1000 {
			jobs <- i
		}
		close(jobs)
		wg.Wait()
		close(results)
	}()
	sum := 0
	for r := range results {
		sum += r
	}
	var mu sync.RWMutex
	m := map[int]int{}
	for g := range 8 {
		wg.Go(func() {
			for i := range 500 {
				mu.Lock()
				m[i] += g
				mu.Unlock()
				mu.RLock()
				_ = m[i]
				mu.RUnlock()
			}
		})
	}
	wg.Wait()
	fmt.Println("workers:", sum, m[499])
}

func timers() {
	tick := time.NewTicker(2 * time.Millisecond)
	n := 0
	for range tick.C {
		if n++; n == 5 {
			break
		}
	}
	tick.Stop()
	var fired atomic.Int32
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Add(1)
		time.AfterFunc(time.Duration(i%7)*time.Millisecond, func() { fired.Add(1); wg.Done() })
	}
	wg.Wait()
	start := time.Now()
	time.Sleep(20 * time.Millisecond)
	fmt.Println("timers:", n, fired.Load(), time.Since(start) >= 20*time.Millisecond)
}

type node struct {
	left, right *node
	data        []byte
}

func grow(depth int) *node {
	if depth == 0 {
		return &node{data: make([]byte, 16)}
	}
	return &node{grow(depth - 1), grow(depth - 1), nil}
}

func (n *node) count() int {
	if n.left == nil {
		return len(n.data)
	}
	return n.left.count() + n.right.count()
}

func collector() {
	old := debug.SetGCPercent(20)
	keep := grow(10)
	var wg sync.WaitGroup
	var total atomic.Int64
	for range 4 {
		wg.Go(func() {
			for range 10 {
				total.Add(int64(grow(9).count()))
				runtime.Gosched()
			}
		})
	}
	wg.Wait()
	runtime.GC()
	debug.FreeOSMemory()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	debug.SetGCPercent(old)
	fmt.Println("collector:", total.Load(), keep.count(), s.NumGC > 2)
}

// preemption: a loop without calls does not keep the others out.
func preemption() {
	old := runtime.GOMAXPROCS(1)
	var stop atomic.Bool
	go func() { stop.Store(true) }()
	n := 0
	for !stop.Load() {
		n++
	}
	done := make(chan bool)
	var spin int
	go func() {
		for i := range 30_000_000 {
			spin += i & 1
		}
		close(done)
	}()
	runtime.Gosched()
	<-done
	runtime.GOMAXPROCS(old)
	fmt.Println("preemption:", n > 0, spin)
}

func signals() {
	c := make(chan os.Signal, 10)
	signal.Notify(c, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGTERM)
	for _, s := range []syscall.Signal{syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGTERM} {
		syscall.Kill(os.Getpid(), s)
		fmt.Println("signal:", <-c)
	}
	signal.Stop(c)
	signal.Ignore(syscall.SIGUSR1)
	syscall.Kill(os.Getpid(), syscall.SIGUSR1)
	fmt.Println("ignored:", signal.Ignored(syscall.SIGUSR1), len(c))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGHUP)
	syscall.Kill(os.Getpid(), syscall.SIGHUP)
	<-ctx.Done()
	stop()
	fmt.Println("context:", ctx.Err())
	signal.Reset()
}

func commands() {
	cmd := exec.Command(self(), "cat")
	cmd.Stdin = strings.NewReader(strings.Repeat("to and fro ", 20000))
	out, err := cmd.Output()
	fmt.Println("cat:", len(out), err)
	cmd = exec.Command(self(), "env")
	cmd.Env = []string{"WORD=given"}
	out, err = cmd.CombinedOutput()
	fmt.Printf("env: %s %v\n", out, err)
	err = exec.Command(self(), "fail").Run()
	var e *exec.ExitError
	fmt.Println("fail:", err, errors.As(err, &e) && e.ExitCode() == 7)
	cmd = exec.Command(self(), "dir")
	cmd.Dir = "/tmp"
	out, err = cmd.Output()
	fmt.Printf("dir: %s %v\n", out, err)
	_, err = os.StartProcess("/nowhere", []string{"x"}, &os.ProcAttr{})
	fmt.Println("nowhere:", err)
	ctx, cancel := context.WithCancel(context.Background())
	cmd = exec.CommandContext(ctx, self(), "sleep")
	r, _ := cmd.StdoutPipe()
	fmt.Println("start:", cmd.Start())
	line, err := bufio.NewReader(r).ReadString('\n')
	fmt.Printf("%q %v\n", line, err)
	cancel()
	fmt.Println("killed:", cmd.Wait())
	out, err = exec.Command(self(), "panic").CombinedOutput()
	fmt.Println("panic:", err, bytes.Contains(out, []byte("panic: as it should be")))
	var wg sync.WaitGroup
	var ok atomic.Int32
	for range 6 {
		wg.Go(func() {
			if exec.Command(self(), "env").Run() == nil {
				ok.Add(1)
			}
		})
	}
	wg.Wait()
	fmt.Println("several:", ok.Load())
	a, b, _ := os.Pipe()
	p, err := os.StartProcess(self(), []string{"x", "env"}, &os.ProcAttr{Env: []string{"WORD=pipe"},
		Files: []*os.File{nil, b, nil}, Sys: &syscall.SysProcAttr{Setpgid: true}})
	b.Close()
	out, _ = io.ReadAll(a)
	if err == nil {
		st, err := p.Wait()
		fmt.Printf("setpgid: %s %v %v\n", out, st, err)
	} else {
		fmt.Println("setpgid:", err)
	}
}

func files() {
	dir, err := os.MkdirTemp("/tmp", "files")
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := range 20 {
		d := filepath.Join(dir, fmt.Sprint("d", i%4), fmt.Sprint("e", i%3))
		os.MkdirAll(d, 0o755)
		os.WriteFile(filepath.Join(d, fmt.Sprint("f", i)), bytes.Repeat([]byte{byte(i)}, i*1000), 0o644)
	}
	var names []string
	size := int64(0)
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			fmt.Println(err)
			return nil
		}
		if i, err := d.Info(); err == nil && !d.IsDir() {
			size += i.Size()
		}
		names = append(names, strings.TrimPrefix(path, dir))
		return nil
	})
	sort.Strings(names)
	fmt.Printf("walk: %d %d %x\n", len(names), size, sha256.Sum256([]byte(strings.Join(names, "\n"))))
	// Writers that rename over one name, readers that always see a whole file.
	name := filepath.Join(dir, "one")
	os.WriteFile(name, bytes.Repeat([]byte{'a'}, 5000), 0o644)
	var wg sync.WaitGroup
	var bad atomic.Int32
	for g := range 4 {
		wg.Go(func() {
			for i := range 20 {
				if g%2 == 0 {
					t := fmt.Sprint(name, g, i)
					os.WriteFile(t, bytes.Repeat([]byte{byte('a' + i)}, 5000), 0o644)
					if os.Rename(t, name) != nil {
						bad.Add(1)
					}
				} else if b, err := os.ReadFile(name); err != nil || len(b) != 5000 || b[0] != b[4999] {
					bad.Add(1)
				}
			}
		})
	}
	wg.Wait()
	// Who makes it first.
	var first atomic.Int32
	for range 8 {
		wg.Go(func() {
			if f, err := os.OpenFile(name+"x", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err == nil {
				first.Add(1)
				f.Close()
			}
		})
	}
	wg.Wait()
	root, err := os.OpenRoot(dir)
	if err == nil {
		_, err = root.Open("../..")
		root.Close()
	}
	fmt.Println("races:", bad.Load(), first.Load(), err)
	f, _ := os.OpenFile(name, os.O_RDWR|os.O_APPEND, 0)
	f.Seek(10, io.SeekStart)
	f.WriteString("end")
	i, _ := f.Stat()
	os.Symlink("one", name+"l")
	l, err := os.Readlink(name + "l")
	fmt.Println("append:", i.Size(), l, err, f.Truncate(3), f.Sync(), f.Close(), os.Chtimes(name, time.Unix(1, 0), time.Unix(2, 0)))
	src, _ := os.Open(filepath.Join(dir, "d3", "e1", "f19"))
	dst, _ := os.Create(name + "c")
	n, err := io.Copy(dst, src)
	fmt.Println("copy:", n, err)
	src.Close()
	dst.Close()
	fmt.Println("remove:", os.RemoveAll(dir))
	_, err = os.Stat(dir)
	fmt.Println(errors.Is(err, fs.ErrNotExist))
}

func tcp() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println("tcp:", err)
		return
	}
	echo(l, "tcp")
}

func unix() {
	dir, err := os.MkdirTemp("/tmp", "unix")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	l, err := net.Listen("unix", filepath.Join(dir, "sock"))
	if err != nil {
		fmt.Println("unix:", err)
		return
	}
	echo(l, "unix")
}

func echo(l net.Listener, network string) {
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				io.Copy(c, c)
				c.Close()
			}()
		}
	}()
	var wg sync.WaitGroup
	var good atomic.Int32
	for g := range 8 {
		wg.Go(func() {
			c, err := net.Dial(network, l.Addr().String())
			if err != nil {
				fmt.Println(err)
				return
			}
			defer c.Close()
			data := bytes.Repeat([]byte(fmt.Sprint("client", g)), 8000)
			go func() {
				c.Write(data)
				c.(interface{ CloseWrite() error }).CloseWrite()
			}()
			if b, err := io.ReadAll(c); err == nil && bytes.Equal(b, data) {
				good.Add(1)
			} else {
				fmt.Println(len(b), err)
			}
		})
	}
	wg.Wait()
	c, err := net.Dial(network, l.Addr().String())
	if err == nil {
		c.SetReadDeadline(time.Now().Add(5 * time.Millisecond))
		_, err = c.Read(make([]byte, 1))
		c.Close()
	}
	l.Close()
	_, err2 := net.Dial(network, l.Addr().String())
	fmt.Println(network+":", good.Load(), errors.Is(err, os.ErrDeadlineExceeded), err2 != nil)
}

func faults() {
	try := func(what string, f func()) {
		defer func() { fmt.Println(what+":", recover()) }()
		f()
	}
	var p *node
	zero := len(os.Args) - 1
	try("nil", func() { fmt.Println(p.data) })
	try("divide", func() { fmt.Println(1 / zero) })
	try("index", func() { fmt.Println([]int{1}[zero+1]) })
	b, err := syscall.Mmap(-1, 0, 8192, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	b[5000] = 1
	fmt.Println("mmap:", err, syscall.Mprotect(b[4096:], syscall.PROT_READ))
	debug.SetPanicOnFault(true)
	try("protected", func() {
		defer func() {
			e, ok := recover().(interface{ Addr() uintptr })
			fmt.Println(ok && e.Addr()%4096 == 5000-4096, b[5000])
		}()
		b[5000] = 2
	})
	debug.SetPanicOnFault(false)
	fmt.Println(syscall.Munmap(b))
}

func deadlines() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
	defer cancel()
	select {
	case <-ctx.Done():
	case <-time.After(time.Minute):
	}
	r, w, _ := os.Pipe()
	r.SetReadDeadline(time.Now().Add(5 * time.Millisecond))
	_, err := r.Read(make([]byte, 1))
	fmt.Println("deadlines:", ctx.Err(), errors.Is(err, os.ErrDeadlineExceeded))
	gone := make(chan struct{})
	go func() { time.Sleep(5 * time.Millisecond); r.Close(); close(gone) }()
	r.SetReadDeadline(time.Time{})
	_, err = r.Read(make([]byte, 1))
	fmt.Println("closed:", errors.Is(err, os.ErrClosed))
	<-gone // the read may be over before the descriptor is
	_, err = w.Write([]byte("x"))
	fmt.Println("EPIPE:", errors.Is(err, syscall.EPIPE))
}

func deep(n int) int {
	var a [64]int
	a[n%64] = n
	if n == 0 {
		return 0
	}
	return deep(n-1) + a[n%64]
}

// stacks that grow, and threads that are locked.
func stacks() {
	var wg sync.WaitGroup
	var sum atomic.Int64
	for range 4 {
		wg.Go(func() {
			runtime.LockOSThread() // and ends with the thread
			sum.Add(int64(deep(2000)))
		})
	}
	wg.Wait()
	fmt.Println("stacks:", sum.Load())
}
