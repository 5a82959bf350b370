// A program that uses much of what ordinary Go wants of a kernel: threads,
// futexes, signals, files, timers, and faults that it handles itself.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"
)

func main() {
	var wg sync.WaitGroup
	var mu sync.Mutex
	sum := 0
	for range 20 {
		wg.Go(func() {
			for range 100 {
				mu.Lock()
				sum++
				mu.Unlock()
				runtime.Gosched()
			}
		})
	}
	wg.Wait()
	fmt.Println("sum", sum)

	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1)
	syscall.Kill(os.Getpid(), syscall.SIGUSR1)
	fmt.Println(<-c)

	time.Sleep(3 * time.Millisecond)
	name := os.TempDir() + "/narrow"
	os.WriteFile(name, []byte("file"), 0o644)
	b, err := os.ReadFile(name)
	fmt.Println(string(b), err, 1.5*float64(sum))

	func() {
		defer func() { fmt.Println(recover()) }()
		var p *int
		*p = 1
	}()
	m := map[string]int{}
	for i := range 1000 {
		m[fmt.Sprint(i)] = i
	}
	runtime.GC()
	fmt.Println(len(m), runtime.GOARCH)
}
