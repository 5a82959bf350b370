package vmbench

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"time"

	"sysindvm/cpu"
)

// Place is where the programs can run.
type Place struct {
	Name string
	Run  func(context.Context) (Timings, error)
}

// Places are an engine, and what of QEMU and Linux this host has to compare
// it with; missing says what it has not.
func Places(e cpu.Engine) (places []Place, missing []string) {
	places = []Place{{e.Name(), func(ctx context.Context) (Timings, error) { return RunPrograms(ctx, e) }}}
	if qemu, err := exec.LookPath("qemu-system-x86_64"); err == nil {
		places = append(places, Place{"TCG", func(ctx context.Context) (Timings, error) { return RunQEMU(ctx, qemu) }})
	} else {
		missing = append(missing, "not compared with QEMU's TCG: "+err.Error())
	}
	if runtime.GOOS != "linux" {
		return places, missing
	}
	if qemu, err := exec.LookPath("qemu-x86_64"); err == nil {
		places = append(places, Place{"TCG, user", func(ctx context.Context) (Timings, error) { return RunOnLinux(ctx, qemu) }})
	} else {
		missing = append(missing, "not compared with QEMU's emulation of programs: "+err.Error())
	}
	if runtime.GOARCH == "amd64" {
		places = append(places, Place{"processor", func(ctx context.Context) (Timings, error) { return RunOnLinux(ctx) }})
	}
	return places, missing
}

// Measure runs the programs in each place count times, by turns, so that what
// else the host does hits all alike. The best times count.
func Measure(ctx context.Context, places []Place, count int) (all []Timings, err error) {
	for range places {
		all = append(all, Timings{})
	}
	for range count {
		for i, p := range places {
			t, err := p.Run(ctx)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", p.Name, err)
			}
			all[i].Best(t)
		}
	}
	return all, nil
}

// Print prints a table: the times of each place, the guest's instructions a
// second in the first, and how many times as long as TCG that takes.
func Print(w io.Writer, places []Place, all []Timings) {
	fmt.Fprint(w, "program\t")
	for _, p := range places {
		fmt.Fprintf(w, "%s ms\t", p.Name)
	}
	fmt.Fprintf(w, "M instructions\tMIPS\t")
	for _, p := range places[1:] {
		fmt.Fprintf(w, "to %s\t", p.Name)
	}
	fmt.Fprintln(w)
	for _, p := range Programs {
		fmt.Fprintf(w, "%s\t", p.Name)
		for _, t := range all {
			fmt.Fprintf(w, "%.1f\t", milliseconds(t[p.Name].Time))
		}
		first := all[0][p.Name]
		if n := float64(first.Instructions) / 1e6; n > 0 {
			fmt.Fprintf(w, "%.1f\t%.0f\t", n, n/first.Time.Seconds())
		} else {
			fmt.Fprint(w, "\t\t") // the engine does not count them
		}
		for _, t := range all[1:] {
			if d := t[p.Name].Time; d > 0 {
				fmt.Fprintf(w, "%.2f\t", first.Time.Seconds()/d.Seconds())
			} else {
				fmt.Fprint(w, "\t")
			}
		}
		fmt.Fprintf(w, "  %s\n", p.What)
	}
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1e3 }
