package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/spf13/cobra"

	"sysindvm/web/playground"
)

func playgroundCommand() *cobra.Command {
	var address, dir string
	cmd := &cobra.Command{
		Use:   "playground --http ADDR | --out DIR",
		Short: "The machine in a web page: scripts are written and run in the browser",
		Long: `Serve a web page in which scripts (docs/scripts.md) are written and run, or write
it into a folder, for any file server. The machine runs in the browser, as a
WebAssembly program: nothing that is typed there goes anywhere.`,
		Example: `  sysindvm playground --http localhost:8080
  sysindvm playground --out public`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if (address == "") == (dir == "") {
				return usage("playground needs --http ADDR, as localhost:8080, or --out DIR")
			}
			if dir != "" {
				if err := playground.Write(dir); err != nil {
					return usage("--out %w", err)
				}
				fmt.Fprintf(os.Stderr, "written: serve %s with any file server\n", dir)
				return nil
			}
			return servePlayground(cmd.Context(), address)
		},
	}
	cmd.Flags().StringVar(&address, "http", "", "serve the page at this `address`, as localhost:8080; port 0 is a free one")
	cmd.Flags().StringVar(&dir, "out", "", "write the page's files into this `folder`")
	return cmd
}

// servePlayground serves the page until it is interrupted.
func servePlayground(ctx context.Context, address string) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		if op, ok := errors.AsType[*net.OpError](err); ok {
			err = op.Err
		}
		return usage("--http %s: %w", address, err)
	}
	at := l.Addr().(*net.TCPAddr)
	host := at.IP.String()
	if at.IP.IsUnspecified() || at.IP.IsLoopback() {
		host = "localhost"
	}
	fmt.Printf("http://%s\n", net.JoinHostPort(host, fmt.Sprint(at.Port)))
	return machineFailed(playground.Serve(ctx, l))
}
