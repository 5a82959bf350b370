package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"sysindvm/teach"
	"sysindvm/vm/record"
)

// demoFlags are the flags of sysindvm demo.
type demoFlags struct {
	bug    string
	quiz   bool
	text   bool
	record string
	html   string
	http   string
}

func demoCommand() *cobra.Command {
	var f demoFlags
	cmd := &cobra.Command{
		Use:   "demo [NAME|FILE]",
		Short: "Show what the kernel does when sys_indirect wraps a call, step by step",
		Long: `Run a demo, a script with narration, on a recorded machine, and show it step
by step: what the kernel does in each phase of a call, with its source, the
instructions, the task's contexts and the chain of what they have replaced.

In a terminal, keys go forwards and backwards; elsewhere it is written as text.
--html and --http make a web page of it, with all of that to click through.
Without a name, the demos are listed. A file is a demo of your own: see
docs/teach.md.`,
		Example: `  sysindvm demo rfc
  sysindvm demo order --bug order
  sysindvm demo umask --quiz
  sysindvm demo rfc --http localhost:8080
  sysindvm demo rfc --html rfc.html`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return f.demo(cmd, args) },
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return teach.Names(), cobra.ShellCompDirectiveDefault
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.bug, "bug", "", "break the kernel: "+strings.Join(teach.Bugs, ", "))
	fl.BoolVar(&f.quiz, "quiz", false, "ask what comes next")
	fl.BoolVar(&f.text, "text", false, "write text, in a terminal, too")
	fl.StringVar(&f.html, "html", "", "write the demo as one web page, which needs nothing else, into this `file`")
	fl.StringVar(&f.http, "http", "", "serve that page at this `address`, as localhost:8080; port 0 is a free one")
	fl.StringVar(&f.record, "record", "", "write the record of the run into this `file`")
	_ = cmd.RegisterFlagCompletionFunc("bug", cobra.FixedCompletions(teach.Bugs, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (f *demoFlags) demo(cmd *cobra.Command, args []string) error {
	out := cmd.OutOrStdout()
	if len(args) == 0 {
		return listDemos(out)
	}
	d, err := openDemo(args[0])
	if err != nil {
		return wrongInput(err)
	}
	if f.bug != "" && !slices.Contains(teach.Bugs, f.bug) {
		return usage("--bug %q: there are %s", f.bug, strings.Join(teach.Bugs, ", "))
	}
	w, rec, err := teach.Play(cmd.Context(), d, teach.Options{Bug: f.bug})
	if wrong := (*teach.DemoError)(nil); errors.As(err, &wrong) {
		return wrongInput(err)
	}
	if err != nil {
		return machineFailed(explain(err))
	}
	if len(w.Steps) == 0 {
		return usage("%s: there is nothing to show: none of its lines is a call that was made", args[0])
	}
	if f.record != "" {
		rec.Note, rec.Kernel = d.Title, kernelHash(d.I386)
		if err := writeRecord(f.record, rec); err != nil {
			return wrongInput(err)
		}
	}
	if f.html != "" || f.http != "" {
		return demoPage(cmd.Context(), out, cmd.ErrOrStderr(), f.html, f.http, w)
	}
	if !f.text && term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd())) {
		return machineFailed(showDemo(cmd.Context(), w, rec, f.quiz))
	}
	var quiz teach.Quiz
	if f.quiz {
		quiz = &reader{in: bufio.NewReader(os.Stdin), out: out}
	}
	return teach.WriteText(out, w, quiz)
}

func listDemos(out io.Writer) error {
	for _, name := range teach.Names() {
		d, err := teach.Open(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%-8s  %s\n", name, d.Title)
	}
	return nil
}

// openDemo is a demo by its name, or of a file.
func openDemo(name string) (*teach.Demo, error) {
	if !strings.ContainsAny(name, "./") {
		return teach.Open(name)
	}
	const most = 1 << 20
	b, err := readLimited(name, most)
	if err != nil {
		return nil, err
	}
	return teach.Parse(name, b)
}

// reader asks questions where there is no terminal.
type reader struct {
	in  *bufio.Reader
	out io.Writer
}

// Answer implements [teach.Quiz].
func (r *reader) Answer(question string) (string, error) {
	fmt.Fprintf(r.out, "       ? %s ", question)
	line, err := r.in.ReadString('\n')
	if err == io.EOF {
		fmt.Fprintln(r.out)
		err = nil
	}
	return strings.TrimSpace(line), err
}

func showDemo(ctx context.Context, w *teach.Walk, rec *record.Record, quiz bool) error {
	s, err := teach.NewSession(ctx, w, rec)
	if err != nil {
		return err
	}
	defer s.Close()
	return newScreen(s, w, quiz).run(ctx)
}
