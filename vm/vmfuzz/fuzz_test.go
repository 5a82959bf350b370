package vmfuzz

import (
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sysindvm/cpu/soft"
	"sysindvm/syscalls"
	"sysindvm/syscalls/script"
)

// Programs that the kernel bears. There is more with sysindvm fuzz.
func TestFuzz(t *testing.T) {
	st, f, err := Fuzz(t.Context(), Options{Engine: soft.New(), Seed: 1, N: 12, Tasks: 5, Calls: 100, Parallel: 2})
	if err != nil {
		t.Fatal(err)
	}
	if f != nil {
		t.Fatalf("seed %d: %v", f.Seed, f.Failure)
	}
	if st.Programs != 12 || st.Calls < 600 || st.Wrapped < st.Calls/4 || st.Succeeded < st.Calls/5 {
		t.Errorf("too little was done: %+v", st)
	}
}

// The same seed gives the same program, and the same comes of it.
func TestSameSeed(t *testing.T) {
	var runs []*run
	for range 2 {
		r, f, err := execute(t.Context(), Options{Engine: soft.New()}, nil, newGenerator(7), 60, 5)
		if f != nil || err != nil {
			t.Fatal(f, err)
		}
		runs = append(runs, r)
	}
	if d := cmp.Diff(runs[0].program, runs[1].program); d != "" {
		t.Errorf("programs differ (-first +second):\n%s", d)
	}
	if d := cmp.Diff(runs[0].log, runs[1].log); d != "" {
		t.Errorf("results differ (-first +second):\n%s", d)
	}
}

// What the checks are for is found: here a file that task A keeps open, which
// no one closes for it, among lines that have nothing to do with it.
func TestFound(t *testing.T) {
	program := []string{
		"A: task B = proc", "B: epoll_create1(0)", "B: getpid()",
		"A: pipe([out ...])",
		"B: indirect(UMASK{077}) mkdir(\"/w\", 0777)", "B: getppid()",
	}
	r, f, err := execute(t.Context(), Options{Engine: soft.New()}, program, nil, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if f == nil || f.Kind != "leak: files, pipes" {
		t.Fatalf("found %v", f)
	}
	red, err := (&Found{Failure: f, Program: r.program, opt: Options{Engine: soft.New()}}).Reduce(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"A: pipe([out ...])"}; !slices.Equal(red.Program, want) {
		t.Errorf("reduced to %q, want %q", red.Program, want)
	}
	if !red.Reproduces {
		t.Errorf("the script passes:\n%s", red.Script)
	}
}

// A task whose parent is in a call is not made.
func TestParentInCall(t *testing.T) {
	r := &run{gen: newGenerator(1), tasks: map[string]*task{"A": {name: "A", step: &script.Step{}}}}
	if err := r.newTask(nil); err != nil || len(r.tasks) != 1 {
		t.Errorf("%v, %d tasks", err, len(r.tasks))
	}
}

// No signal goes to all, or to a number that may be task A's, whatever else is
// put in the place of what belongs there; and A's limits stay.
func TestReaches(t *testing.T) {
	g := newGenerator(1)
	g.spawned("B", "A", "proc")
	for _, name := range []string{"kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "prlimit64"} {
		c := syscalls.CallNamed(name)
		for range 5000 {
			to := g.scalar("B", c, &c.Args[0], 0, 0, false)
			if n, err := strconv.ParseInt(to, 0, 64); to == "A" || err == nil && n != 99999 && n != -99 && n != 0x7fffffff && !(name == "prlimit64" && n == 0) {
				t.Fatalf("%s(%s", name, to)
			}
		}
	}
}
