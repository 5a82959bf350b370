package page

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"sysindvm/teach"
)

// Handler answers "/" with the page of these walks.
func Handler(walks ...*teach.Walk) (http.Handler, error) {
	page, err := render(walks)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Cache-Control", "no-store") // the next run on this address has another page
		h.Set("X-Content-Type-Options", "nosniff")
		io.WriteString(w, page)
	})
	return mux, nil
}

// Serve serves the page until ctx ends, which is no error. The address is
// host:port, or a port alone, of this machine's loopback; port 0 takes any free
// one. Where the page is, it writes to say, in one line.
func Serve(ctx context.Context, addr string, say io.Writer, walks ...*teach.Walk) error {
	h, err := Handler(walks...)
	if err != nil {
		return err
	}
	l, err := listen(ctx, addr)
	switch {
	case ctx.Err() != nil:
		if err == nil {
			l.Close()
		}
		return nil
	case err != nil:
		return err
	}
	fmt.Fprintf(say, "The page is at http://%s/ (Ctrl-C ends it).\n", l.Addr())
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { s.Close() })
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("the page at %s: %w", addr, err)
	}
	return nil
}

func listen(ctx context.Context, addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil && !strings.Contains(addr, ":") {
		host, port, err = "", addr, nil
	}
	if n, e := strconv.Atoi(port); err != nil || e != nil || n < 0 || n > 65535 {
		return nil, fmt.Errorf("address %q: it must be HOST:PORT, or a port, as 8080", addr)
	}
	if host == "" {
		host = "127.0.0.1" // who wants the world to see it says so: 0.0.0.0
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, port))
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("port %s of %s is in use: take another, or 0 for any that is free", port, host)
	case err != nil:
		return nil, fmt.Errorf("address %q: %w", addr, err)
	}
	return l, nil
}
