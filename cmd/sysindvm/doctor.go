package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"sysindvm/cpu"
	"sysindvm/cpu/kvm"
	"sysindvm/cpu/soft"
	"sysindvm/vm"
	"sysindvm/vm/vmbench"
)

func doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Say what this host can do, and which engine auto takes, and why",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return doctor(cmd.Context())
		},
	}
}

func doctor(ctx context.Context) error {
	fmt.Printf("host      %s/%s, %d CPUs, %s\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	r := kvm.Probe("")
	if r.Err != nil {
		fmt.Printf("kvm       no: %v\n", r.Err)
	} else {
		fmt.Printf("kvm       yes, API version %d\n", r.APIVersion)
		for _, l := range r.Lines() {
			mark := "yes"
			if !l.OK {
				mark = "NO "
			}
			fmt.Printf("  %s  %-28s %s\n", mark, l.Feature, l.Note)
		}
	}
	e, why, err := vm.OpenEngine("auto")
	if err != nil {
		return machineFailed(err)
	}
	fmt.Printf("auto      takes %s: %s\n", e.Name(), why)
	engines := []cpu.Engine{soft.New()}
	if r.Err == nil {
		k, err := kvm.Open("")
		if err != nil {
			return machineFailed(err)
		}
		engines = append(engines, k)
	}
	for _, e := range engines {
		ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
		d, assisted, err := vmbench.FirstCall(ctx, e)
		cancel()
		if err != nil {
			return machineFailed(fmt.Errorf("%s: %w", e.Name(), err))
		}
		fmt.Printf("boot      %-4s to the first system call's result in %v%s\n", e.Name(), d.Round(100*time.Microsecond), help(e, assisted))
	}
	return nil
}

// help says how many instructions the software CPU had to execute for another
// engine; "" for the software CPU itself.
func help(e cpu.Engine, assisted uint64) string {
	if e.Name() == "soft" {
		return ""
	}
	return fmt.Sprintf(", %d instructions by the software CPU", assisted)
}
