package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"sysindvm/cpu"
	"sysindvm/vm/vmbench"
)

func benchCommand() *cobra.Command {
	var engine string
	var timeout time.Duration
	var programs bool
	var count int
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure start, calls a second, and what sys_indirect costs",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if timeout <= 0 {
				return usage("--timeout %v: must be more than 0", timeout)
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			if count < 1 || count > 1000 {
				return usage("--count %d: must be from 1 to 1000", count)
			}
			if programs {
				return benchPrograms(ctx, engine, count)
			}
			return bench(ctx, engine)
		},
	}
	cmd.Flags().StringVar(&engine, "engine", "auto", "what runs the guest: auto, kvm or soft")
	cmd.Flags().DurationVar(&timeout, "timeout", time.Minute, "the longest that all of it may take")
	cmd.Flags().BoolVar(&programs, "programs", false, "measure programs instead, also in QEMU and on this Linux where those are")
	cmd.Flags().IntVar(&count, "count", 3, "how often each program runs, of which the best counts")
	return cmd
}

func bench(ctx context.Context, name string) error {
	e, _, err := openEngine(name, false)
	if err != nil {
		return err
	}
	const tries = 5
	best := time.Duration(1 << 62)
	for range tries {
		d, _, err := vmbench.FirstCall(ctx, e)
		if err != nil {
			return machineFailed(err)
		}
		best = min(best, d)
	}
	fmt.Printf("engine %s\n", e.Name())
	fmt.Printf("%-46s %10.1f ms\n", "start to the first call's result", best.Seconds()*1e3)

	m, t, err := vmbench.Start(ctx, e)
	if err != nil {
		return machineFailed(err)
	}
	defer m.Close()
	for _, batch := range []int{1, 200} {
		n := 20 * batch
		start, insts := time.Now(), m.VCPU().Instructions()
		if err := vmbench.Calls(ctx, t, n, batch); err != nil {
			return machineFailed(err)
		}
		d := time.Since(start).Seconds()
		fmt.Printf("%-46s %10.0f /s\n", fmt.Sprintf("calls, %d in a batch", batch), float64(n)/d)
		if i := m.VCPU().Instructions() - insts; i > 0 && batch > 1 {
			fmt.Printf("%-46s %10.1f M/s\n", "guest instructions", float64(i)/d/1e6)
		}
	}
	if m.VCPU().Instructions() == 0 {
		return nil
	}
	for _, c := range vmbench.Cases {
		v, err := vmbench.Cost(ctx, m, t, c)
		if err != nil {
			return machineFailed(err)
		}
		fmt.Printf("%-46s %10.0f instructions\n", c.Name, v)
	}
	return printPrices(ctx, e)
}

// printPrices prints what each kind of context costs, and what else there is.
func printPrices(ctx context.Context, e cpu.Engine) error {
	prices, err := vmbench.Prices(ctx, e)
	if err != nil {
		return machineFailed(err)
	}
	fmt.Print("\nguest instructions, those of the program included\n")
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "context\twrapped\tnewer call\tsequence\tto newer\tto sequence\t")
	for _, p := range prices {
		native, ratio := "", ""
		if p.Native != 0 {
			native, ratio = fmt.Sprintf("%.0f", p.Native), fmt.Sprintf("%.2f", p.Wrapped/p.Native)
		}
		fmt.Fprintf(w, "%s\t%.0f\t%s\t%.0f\t%s\t%.2f\t  %s | %s | %s\n", p.Context, p.Wrapped, native, p.Sequence, ratio, p.Wrapped/p.Sequence,
			p.Calls[0], cmp.Or(p.Calls[1], "-"), p.Calls[2])
	}
	return w.Flush()
}
