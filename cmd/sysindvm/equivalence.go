package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sysindvm/images"
	"sysindvm/syscalls/script"
	"sysindvm/syscalls/script/equivalence"
	"sysindvm/syscalls/script/suite"
	"sysindvm/vm"
)

func equivalenceCommand() *cobra.Command {
	var f machineFlags
	var pattern string
	var markdown bool
	cmd := &cobra.Command{
		Use:   "equivalence",
		Short: "Show that older calls under sys_indirect give what Linux's newer calls give",
		Long: `For each call that Linux has added and that is an older call plus a context, run
its cases three times: the older call under sys_indirect in the guest, the newer
call in the guest, and the newer call on this host's Linux. They agree where all
give the same results, the same errors and the same state afterwards.

The scripts are in syscalls/script/equivalence/scripts. Exit status: 0 all agree,
1 one differs.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			re, err := regexp.Compile(pattern)
			if err != nil {
				return usage("--run: %w", err)
			}
			return runEquivalence(cmd.Context(), &f, re, markdown)
		},
	}
	f.register(cmd, false)
	cmd.Flags().StringVar(&pattern, "run", "", "only the calls that match this `regexp`")
	cmd.Flags().BoolVar(&markdown, "markdown", false, "print a table in Markdown")
	return cmd
}

func runEquivalence(ctx context.Context, f *machineFlags, match *regexp.Regexp, markdown bool) error {
	f.target = "guest"
	cfg, err := f.config()
	if err != nil {
		return err
	}
	guest := func(ctx context.Context) (*suite.Machine, error) {
		t, err := f.start(ctx, cfg)
		if err != nil {
			return nil, err
		}
		return &suite.Machine{Client: t.client, Close: t.close, Doing: t.doing, Said: t.said}, nil
	}
	way := func(name string, start func(context.Context) (*suite.Machine, error), so script.Options) equivalence.Way {
		so.Symbol = vm.Symbol
		return equivalence.Way{Name: name, Options: suite.Options{Start: start, Timeout: f.timeout, Script: so}}
	}
	features := vm.GuestFeatures(cfg.Engine)
	ways := []equivalence.Way{
		way("wrapped", guest, script.Options{Features: features}),
		way("guest's own", guest, script.Options{Features: features, Native: true}),
	}
	if runtime.GOOS == "linux" && runtime.GOARCH == "amd64" {
		host := func(ctx context.Context) (*suite.Machine, error) {
			h, err := vm.StartHost(ctx, images.Agent())
			if err != nil {
				return nil, err
			}
			return &suite.Machine{Client: h.Agent(), Close: h.Close}, nil
		}
		ways = append(ways, way("this Linux", host, script.Options{Features: vm.HostFeatures(), Host: true}))
	}
	var rows []equivalence.Row
	for _, r := range equivalence.Rows {
		if match.MatchString(r.Call) {
			rows = append(rows, r)
		}
	}
	out, err := equivalence.Run(ctx, rows, ways)
	if err != nil {
		return machineFailed(err)
	}
	return printEquivalence(out, ways, markdown)
}

// printEquivalence prints the table, and after it what differs.
func printEquivalence(out []equivalence.Outcome, ways []equivalence.Way, markdown bool) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	line := func(cells []string) {
		if markdown {
			fmt.Println("| " + strings.Join(cells, " | ") + " |")
		} else {
			fmt.Fprintln(w, strings.Join(cells, "\t"))
		}
	}
	head := []string{"call", "since", "base call", "contexts", "cases"}
	for _, way := range ways {
		head = append(head, way.Name)
	}
	line(append(head, "verdict"))
	if markdown {
		line(strings.Split(strings.Repeat("---,", len(head))+"---", ","))
	}
	var differ, agree, cases int
	for _, o := range out {
		cells := []string{o.Call, fmt.Sprintf("%s (%d)", o.Version, o.Year), o.Base, o.Contexts, fmt.Sprint(o.Cases)}
		for i := range ways {
			text := ""
			if i < len(o.Results) {
				text = map[script.Status]string{script.Pass: "ok", script.Skip: "skipped"}[o.Results[i].Status]
				if text == "" {
					text = "differs"
				}
			}
			cells = append(cells, text)
		}
		verdict := "agree"
		switch {
		case o.Missing != "":
			verdict = "no case: " + o.Missing
		case !o.Agree():
			verdict = "differ"
			differ++
		default:
			agree++
			cases += o.Cases
			if len(o.Reasons) > 0 {
				verdict += ", but: " + strings.Join(o.Reasons, "; ")
			}
		}
		line(append(cells, verdict))
	}
	w.Flush()
	fmt.Printf("\n%d calls agree in %d cases, %d differ\n", agree, cases, differ)
	for _, o := range out {
		for i, r := range o.Results {
			if r.Status != script.Pass && r.Status != script.Skip {
				fmt.Printf("\n%s:\n%s", ways[i].Name, r)
			}
		}
	}
	if differ > 0 {
		return &statusError{statusFailed, errors.New("")}
	}
	return nil
}
