package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"sysindvm/cpu/soft"
	"sysindvm/images"
	"sysindvm/teach"
	"sysindvm/vm"
	"sysindvm/vm/record"
)

// recording is the flag --record of the commands that run one machine.
type recording struct {
	file string
	note string // what is run
	rec  *record.Recorder
	i386 bool
}

func (r *recording) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.file, "record", "", "write a record of the run into this `file`, for replay and debug (engine soft)")
}

// check says what is wrong with an engine that is asked for, before it is opened.
func (r *recording) check(engine string) error {
	if r.file != "" && engine == "kvm" {
		return usage("--record: only runs on the engine soft repeat; leave --engine kvm out")
	}
	return nil
}

// prepare has the machine be one that can be recorded, if that is wanted.
func (r *recording) prepare(cmd *cobra.Command, cfg *vm.Config, what ...string) {
	if r.file != "" {
		cfg.Engine, r.i386 = soft.New(), cfg.I386
		r.note = strings.Join(append([]string{cmd.Name()}, what...), " ")
	}
}

// start begins the record, with the machine as it is.
func (r *recording) start(m *vm.Machine) (err error) {
	if r.file == "" {
		return nil
	}
	r.rec, err = record.Start(m, 0)
	return machineFailed(err)
}

// stop writes the record.
func (r *recording) stop() error {
	if r.rec == nil {
		return nil
	}
	rec, err := r.rec.Stop()
	if err != nil {
		return machineFailed(err)
	}
	rec.Note, rec.Kernel = r.note, kernelHash(r.i386)
	return wrongInput(writeRecord(r.file, rec))
}

// kernelHash tells the embedded kernels apart.
func kernelHash(i386 bool) [32]byte {
	if i386 {
		return sha256.Sum256(images.Kernel386())
	}
	return sha256.Sum256(images.Kernel())
}

func writeRecord(name string, rec *record.Record) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	if _, err := rec.WriteTo(file); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

// readRecord reads a record of one of the embedded kernels.
func readRecord(name string) (*record.Record, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, wrongInput(err)
	}
	defer file.Close()
	rec, err := record.Read(file)
	if err != nil {
		return nil, usage("%s: %w", name, err)
	}
	if k := rec.Kernel; k != kernelHash(false) && k != kernelHash(true) {
		return nil, usage("%s: it is of another kernel than this program's: record the run again", name)
	}
	return rec, nil
}

// replayFlags are the flags of sysindvm replay.
type replayFlags struct {
	at   uint64
	show []string
	who  string
	text bool
}

func replayCommand() *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use:   "replay FILE",
		Short: "Look at a recorded run, forwards and backwards",
		Long: `Show a run that --record has written: in a terminal with keys that go forwards
and backwards by phases, system calls, functions, lines and instructions,
elsewhere as a list of its system calls. --at looks at one moment, and --who
finds who has changed an object of the kernel's last before it.`,
		Example: `  sysindvm exec --record run.rec 'indirect(UMASK{077}) mkdir("/tmp/d", 0777)'
  sysindvm replay run.rec
  sysindvm replay run.rec --show current.Pid --at 400000
  sysindvm replay run.rec --who proc.lastPid`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			rec, err := readRecord(args[0])
			if err != nil {
				return err
			}
			return f.replay(cmd, rec)
		},
	}
	fl := cmd.Flags()
	fl.Uint64Var(&f.at, "at", 0, "look at this `moment`, a number of completed instructions; without it at the end")
	fl.StringArrayVar(&f.show, "show", nil, "an `expression` to show: current.FS.Umask, proc.tasks[1].Name")
	fl.StringVar(&f.who, "who", "", "find who has changed this `expression` last")
	fl.BoolVar(&f.text, "text", false, "write text, in a terminal, too")
	return cmd
}

func (f *replayFlags) replay(cmd *cobra.Command, rec *record.Record) error {
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	moment := cmd.Flags().Changed("at") || f.who != "" || len(f.show) > 0
	w, err := teach.Calls(ctx, rec)
	if err != nil {
		return machineFailed(explain(err))
	}
	if !moment && !f.text && term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd())) {
		if len(w.Steps) == 0 {
			return usage("the record has no system calls: there is nothing to step through")
		}
		return machineFailed(showDemo(ctx, w, rec, false))
	}
	if !moment {
		for i := range w.Lines {
			l := &w.Lines[i]
			fmt.Fprintf(out, "%10d  [%s] %s\n", firstMoment(w, i), l.Task, l.Text)
		}
		return nil
	}
	return f.look(ctx, out, w, rec)
}

func firstMoment(w *teach.Walk, line int) uint64 {
	for i := range w.Steps {
		if w.Steps[i].Line == line {
			return w.Steps[i].Moment
		}
	}
	return 0
}

// look writes what is to be seen at one moment.
func (f *replayFlags) look(ctx context.Context, out io.Writer, w *teach.Walk, rec *record.Record) error {
	s, err := teach.NewSession(ctx, w, rec)
	if err != nil {
		return machineFailed(err)
	}
	defer s.Close()
	if f.at == 0 {
		f.at = rec.End()
	}
	if err := s.Seek(ctx, f.at); err != nil {
		return wrongInput(err)
	}
	if f.who != "" {
		switch found, err := s.Changed(ctx, f.who, true); {
		case err != nil:
			return wrongInput(err)
		case !found:
			return wrongInput(errors.New("nobody has changed " + f.who + " before that"))
		}
	}
	for _, e := range f.show {
		if _, err := s.View().Eval(e); err != nil {
			return usage("--show %s: %w", e, err)
		}
	}
	s.Show = f.show
	if f.who != "" {
		s.Show = append(s.Show, f.who)
	}
	st := s.Look()
	fmt.Fprintf(out, "instruction %d\n", st.Moment)
	if st.Func != "" {
		fmt.Fprintf(out, "%s %s\n", st.Func, st.Source)
	}
	for _, e := range st.Shown {
		fmt.Fprintf(out, "  %s = %s\n", e.Expr, e.Value)
	}
	for _, c := range st.Code[:min(len(st.Code), 3)] {
		fmt.Fprintf(out, "  %x  %s\n", c.Addr, c.Text)
	}
	for _, frame := range st.Stack {
		fmt.Fprintf(out, "    %s\n", frame)
	}
	return nil
}
