package suite_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sysindvm/cpu/soft"
	"sysindvm/syscalls/script"
	"sysindvm/syscalls/script/suite"
	"sysindvm/vm"
)

const (
	passes  = "# passes\ngetpid() = ?p\n"
	fails   = "# fails\ngetpid() = 77\n"
	lacks   = "# lacks\nrequires: kvm\ngetpid() = ?p\n"
	sleeps  = "# sleeps for ever\npipe([out ?r, ?w]) = 0\ngetpid() = ?p\nread(r, [out ...], 1) = 1\n"
	dies    = "# ends the machine\nreboot(LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_POWER_OFF, NULL) = 0\n"
	endless = "# sleeps too long\nnanosleep({1000000000, 0}, NULL) = 0\n"
)

// write makes a directory of scripts.
func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func load(t testing.TB, files map[string]string) []*script.Script {
	t.Helper()
	all, err := suite.Load(write(t, files))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func names(scripts []*script.Script) (list []string) {
	for _, s := range scripts {
		list = append(list, s.Name)
	}
	return list
}

// start makes a machine on soft.
func start(ctx context.Context) (*suite.Machine, error) {
	m, err := vm.Boot(ctx, vm.Config{Engine: soft.New(), Append: "quiet"})
	if err != nil {
		return nil, err
	}
	return &suite.Machine{Client: m.Agent(), Close: m.Close, Doing: m.Report, Said: func() string { return "said\n" }}, nil
}

func options(r suite.Reporter) suite.Options {
	return suite.Options{Start: start, Reporter: r, Script: script.Options{Features: vm.GuestFeatures(soft.New())}}
}

func TestLoad(t *testing.T) {
	all := load(t, map[string]string{"b.sys": passes, "a.sys": passes, "sub/c.sys": passes, "x/d.sys": passes, "y/d.sys": passes, "notes.txt": "x"})
	got := names(all)
	for i := range got {
		got[i] = got[i][strings.LastIndex(got[i], "/x/d")+1:]
	}
	if len(got) != 5 || got[0] != "a" || got[1] != "b" || got[2] != "c" || got[3] != "x/d" || !strings.HasSuffix(got[4], "y/d") {
		t.Error(got)
	}

	dir := write(t, map[string]string{"a.sys": "clsoe(1)\n", "b.sys": passes, "c.sys": "close(1, 2)\n"})
	_, err := suite.Load(dir)
	if err == nil || !strings.Contains(err.Error(), "a.sys:1:1") || !strings.Contains(err.Error(), "c.sys:1:10") {
		t.Errorf("not all that is wrong is said: %v", err)
	}
	for _, path := range []string{filepath.Join(dir, "none"), "/dev/null"} {
		if _, err := suite.Load(path); err == nil {
			t.Errorf("%s is taken", path)
		}
	}
}

func TestSelection(t *testing.T) {
	var all []*script.Script
	for i := range 100 {
		all = append(all, &script.Script{Name: fmt.Sprintf("test_%02d", i)})
	}
	re := regexp.MustCompile
	if got := names(suite.Selection{Run: re("_1"), Skip: re("[1-9]$")}.Of(all)); !slices.Equal(got, []string{"test_10"}) {
		t.Error(got)
	}
	// Every script is in one shard, whoever else is there, and the shards are
	// about as large as each other.
	seen := map[string]int{}
	for i := range 4 {
		part := names(suite.Selection{Shard: suite.Shard{Index: i, Total: 4}}.Of(all))
		if len(part) < 10 || len(part) > 40 {
			t.Errorf("shard %d has %d of 100", i, len(part))
		}
		for _, name := range part {
			seen[name]++
			if alone := (suite.Selection{Shard: suite.Shard{Index: i, Total: 4}}).Of([]*script.Script{{Name: name}}); len(alone) != 1 {
				t.Errorf("%s moves when the others go", name)
			}
		}
	}
	if len(seen) != 100 {
		t.Errorf("%d of 100 are in a shard", len(seen))
	}
	a, b, c := suite.Selection{Shuffle: 1}.Of(all), suite.Selection{Shuffle: 1}.Of(all), suite.Selection{Shuffle: 2}.Of(all)
	if !slices.Equal(names(a), names(b)) || slices.Equal(names(a), names(c)) || slices.Equal(names(a), names(all)) || len(a) != 100 {
		t.Error("a seed does not give an order of its own")
	}
}

func TestShards(t *testing.T) {
	for text, want := range map[string]suite.Shard{"1/1": {0, 1}, "1/4": {0, 4}, "4/4": {3, 4}} {
		if got, err := suite.ParseShard(text); err != nil || got != want || got.String() != text {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, bad := range []string{"", "1", "0/4", "5/4", "1/0", "-1/4", "1/99999", "a/b"} {
		if s, err := suite.ParseShard(bad); err == nil {
			t.Errorf("%q is taken as %v", bad, s)
		}
	}
	status := filepath.Join(t.TempDir(), "status")
	for _, c := range []struct {
		name string
		env  map[string]string
		want suite.Shard
		who  string
		bad  bool
	}{
		{"nothing", nil, suite.Shard{}, "", false},
		{"Bazel", map[string]string{"TEST_SHARD_INDEX": "2", "TEST_TOTAL_SHARDS": "3", "TEST_SHARD_STATUS_FILE": status}, suite.Shard{2, 3}, "Bazel", false},
		{"Kubernetes", map[string]string{"JOB_COMPLETION_INDEX": "0", "JOB_COMPLETIONS": "5"}, suite.Shard{0, 5}, "Kubernetes", false},
		{"Kubernetes without a total", map[string]string{"JOB_COMPLETION_INDEX": "0"}, suite.Shard{}, "Kubernetes", true},
		{"wrong", map[string]string{"TEST_SHARD_INDEX": "3", "TEST_TOTAL_SHARDS": "3"}, suite.Shard{}, "Bazel", true},
	} {
		got, who, err := suite.ShardFromEnv(func(v string) string { return c.env[v] })
		if got != c.want || who != c.who || (err != nil) != c.bad {
			t.Errorf("%s: %v, %q, %v", c.name, got, who, err)
		}
	}
	if _, err := os.Stat(status); err != nil {
		t.Errorf("Bazel is not told: %v", err)
	}
}

func TestKnown(t *testing.T) {
	for text, want := range map[string]string{
		"a":            "k:1: the reason is missing",
		"a [soft":      "k:1: the ] is missing",
		"\na [sfot] x": `k:2: no machine has "sfot"`,
	} {
		if _, err := suite.ParseKnown("k", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	k, err := suite.ParseKnown("k", []byte("# why\nfails  no reason\npasses  was slow\nelsewhere\t[kvm]\tno matter\ngone\tx\n"))
	if err != nil {
		t.Fatal(err)
	}
	all := load(t, map[string]string{"fails.sys": fails, "passes.sys": passes, "elsewhere.sys": passes})
	if got := k.Stale(all); len(got) != 1 || got[0] != "k:5: there is no script gone" {
		t.Error(got)
	}
	var out strings.Builder
	opt := options(&suite.Text{Out: &out})
	opt.Known = k
	sum := suite.Run(context.Background(), all, opt)
	if sum.Passed != 1 || sum.Failed != 1 || sum.Skipped != 1 || sum.Known != 1 {
		t.Errorf("%v\n%s", sum, out.String())
	}
	for _, want := range []string{"--- KNOWN: fails", "known to fail, k:2: no reason", "--- FAIL: passes", "k:3 says that it fails", "remove that line"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

// kinds is one script of each way to end.
var kinds = map[string]string{"a_passes.sys": passes, "b_fails.sys": fails, "c_lacks.sys": lacks, "d_sleeps.sys": sleeps, "e_dies.sys": dies}

func run(t *testing.T, r suite.Reporter, change func(*suite.Options)) suite.Summary {
	t.Helper()
	opt := options(r)
	if change != nil {
		change(&opt)
	}
	return suite.Run(context.Background(), load(t, kinds), opt)
}

func TestText(t *testing.T) {
	var out strings.Builder
	sum := run(t, &suite.Text{Out: &out}, nil)
	sum.Duration = 0
	if diff := cmp.Diff(suite.Summary{Passed: 1, Failed: 3, Skipped: 1, Broken: 1}, sum); diff != "" {
		t.Error(diff)
	}
	text := regexp.MustCompile(`\d\.\d\ds`).ReplaceAllString(out.String(), "0.00s")
	for _, want := range []string{
		"--- FAIL: b_fails (0.00s)\n    b_fails.sys:2: getpid()   [task A]\n      result  - want 77\n              + got  2\n",
		"--- SKIP: c_lacks (0.00s)\n    needs kvm, which this machine does not have\n",
		// It was run again, call by call, to see which one blocks.
		"d_sleeps.sys:4: read(r, [out ...], 1)   [task A, r=3]\n      result  - want 1\n              + got  nothing: the call blocks",
		"--- ERROR: e_dies (0.00s)\n    waiting for channel 1: the guest has powered off",
		"task A, pid 2: line 2, reboot(",
		"the vCPU is ", "said\n",
		"1 passed, 3 failed, 1 skipped (0.00s)\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "a_passes") {
		t.Error("what passes is reported")
	}

	out.Reset()
	run(t, &suite.Text{Out: &out, Progress: 40}, func(o *suite.Options) { o.Count, o.Parallel = 2, 3 })
	if !strings.Contains(out.String(), "\r\x1b[K[0/10] a_passes") || !strings.Contains(out.String(), "2 passed, 6 failed, 2 skipped") {
		t.Errorf("%q", out.String())
	}
	for line := range strings.SplitSeq(out.String(), "\r\x1b[K") {
		if strings.HasPrefix(line, "[") && len(line) >= 40 {
			t.Errorf("%q is longer than the terminal", line)
		}
	}
}

// A script that does not end is ended.
func TestTimeout(t *testing.T) {
	var out strings.Builder
	opt := options(&suite.Text{Out: &out})
	opt.Timeout = 2 * time.Second
	sum := suite.Run(context.Background(), load(t, map[string]string{"endless.sys": endless}), opt)
	for _, want := range []string{
		"--- ERROR: endless", "the script has not ended in 2s\n    task A, pid 2: line 2, nanosleep({tv_sec=1000000000, tv_nsec=0}, NULL <unfinished ...>\n      asleep in nanosleep(",
		"the vCPU is ",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if sum.Broken != 1 {
		t.Error(sum)
	}
}

func TestFailFast(t *testing.T) {
	var out strings.Builder
	sum := run(t, &suite.Text{Out: &out, Verbose: true}, func(o *suite.Options) { o.FailFast = true })
	if sum.Passed != 1 || sum.Failed != 1 || sum.NotRun != 3 || !strings.Contains(out.String(), "; 3 not run") || !strings.Contains(out.String(), "--- PASS: a_passes") {
		t.Errorf("%+v\n%s", sum, out.String())
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if sum := suite.Run(ctx, load(t, kinds), options(nil)); sum.NotRun != 5 {
		t.Errorf("%+v", sum)
	}
}

func TestNoMachine(t *testing.T) {
	var out strings.Builder
	sum := run(t, &suite.Text{Out: &out}, func(o *suite.Options) {
		o.Start = func(context.Context) (*suite.Machine, error) { return nil, errors.New("no room") }
	})
	if sum.Broken != 4 || !regexp.MustCompile(`--- ERROR: a_passes \(\d+\.\d\ds\)\n    no room\n`).MatchString(out.String()) {
		t.Errorf("%+v\n%s", sum, out.String())
	}
}

// The events are those of go test -json, in its order.
func TestJSON(t *testing.T) {
	var out bytes.Buffer
	run(t, &suite.JSON{Out: &out, Now: func() time.Time { return time.Unix(0, 0).UTC() }}, nil)
	var got []string
	pack := ""
	for line := range bytes.Lines(out.Bytes()) {
		var e struct {
			Time                          time.Time
			Action, Package, Test, Output string
			Elapsed                       *float64
		}
		d := json.NewDecoder(bytes.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&e); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if pack == "" {
			pack = e.Package
		}
		if e.Package != pack || (e.Elapsed != nil) != slices.Contains([]string{"pass", "fail", "skip"}, e.Action) {
			t.Errorf("%s", line)
		}
		if e.Action != "output" || strings.HasPrefix(e.Output, "=== ") || strings.HasPrefix(e.Output, "--- ") {
			got = append(got, strings.TrimSpace(e.Action+" "+e.Test+" "+strings.TrimSpace(regexp.MustCompile(` \(.*`).ReplaceAllString(e.Output, ""))))
		}
	}
	want := []string{"start"}
	for _, s := range []string{"a_passes PASS", "b_fails FAIL", "c_lacks SKIP", "d_sleeps FAIL", "e_dies FAIL"} {
		name, end, _ := strings.Cut(s, " ")
		want = append(want, "run "+name, "output "+name+" === RUN   "+name, "output "+name+" --- "+end+": "+name, strings.ToLower(end)+" "+name)
	}
	want = append(want, "fail")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestJUnit(t *testing.T) {
	var out bytes.Buffer
	j := &suite.JUnit{Out: &out, Name: "n"}
	run(t, j, nil)
	if j.Err != nil {
		t.Fatal(j.Err)
	}
	type text struct {
		Message string `xml:"message,attr"`
	}
	var doc struct {
		Suite struct {
			Tests    int `xml:"tests,attr"`
			Failures int `xml:"failures,attr"`
			Errors   int `xml:"errors,attr"`
			Skipped  int `xml:"skipped,attr"`
			Cases    []struct {
				Name    string `xml:"name,attr"`
				Failure *text  `xml:"failure"`
				Error   *text  `xml:"error"`
				Skipped *text  `xml:"skipped"`
				Output  string `xml:"system-out"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	s := doc.Suite
	if s.Tests != 5 || s.Failures != 2 || s.Errors != 1 || s.Skipped != 1 || len(s.Cases) != 5 {
		t.Fatalf("%s", out.String())
	}
	if c := s.Cases[0]; c.Failure != nil || c.Error != nil || c.Skipped != nil || !strings.Contains(c.Output, "[A] getpid() = 2") {
		t.Errorf("%+v", c)
	}
	if c := s.Cases[1]; c.Failure == nil || !strings.HasPrefix(c.Failure.Message, "b_fails.sys:2: getpid()") {
		t.Errorf("%+v", c)
	}
	if s.Cases[2].Skipped == nil || s.Cases[4].Error == nil {
		t.Errorf("%s", out.String())
	}
}

func TestKTAP(t *testing.T) {
	var out strings.Builder
	run(t, &suite.KTAP{Out: &out}, nil)
	var got []string
	for line := range strings.Lines(out.String()) {
		if !strings.HasPrefix(line, "# ") || strings.HasPrefix(line, "# Totals") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	want := []string{
		"KTAP version 1", "1..5", "ok 1 a_passes", "not ok 2 b_fails",
		"ok 3 c_lacks # SKIP needs kvm, which this machine does not have",
		"not ok 4 d_sleeps", "not ok 5 e_dies # ERROR waiting for channel 1: the guest has powered off: with status 0",
		"# Totals: pass:1 fail:2 xfail:0 xpass:0 skip:1 error:1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestUpdate(t *testing.T) {
	const before = `# a comment
pipe([out ?r, ?w]) = 0          # and another
fcntl(r, F_GETFD) = FD_CLOEXEC  # wrong
write(w, "hello", 5) = 4
read(r, [out "hullo"], 5) = 5
close(99)
fstat(r, {st_mode=S_IFREG|0644, st_nlink=7}) = 0
mem m = [1, 2]
mem m == [1, 3]
-- x --
close(99)
`
	const after = `# a comment
pipe([out ?r, ?w]) = 0          # and another
fcntl(r, F_GETFD) = 0  # wrong
write(w, "hello", 5) = 5
read(r, [out "hello"], 5) = 5
close(99) = -1 EBADF
fstat(r, {st_mode=S_IFIFO|0600, st_nlink=1}) = 0
mem m = [1, 2]
mem m == [1, 2]
-- x --
close(99)
`
	dir := write(t, map[string]string{"a.sys": before})
	all, err := suite.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	opt := options(&suite.Text{Out: &out})
	opt.Script.Update = true
	sum := suite.Run(context.Background(), all, opt)
	got, _ := os.ReadFile(filepath.Join(dir, "a.sys"))
	if diff := cmp.Diff(after, string(got)); diff != "" || sum.Passed != 1 || !strings.Contains(out.String(), "updated ") {
		t.Errorf("%v\n%s%s", sum, out.String(), diff)
	}
	if all, err = suite.Load(dir); err != nil {
		t.Fatal(err)
	}
	// There is nothing more to update.
	out.Reset()
	if suite.Run(context.Background(), all, opt); strings.Contains(out.String(), "updated") {
		t.Errorf("it is updated once more\n%s", out.String())
	}
	opt.Script.Update = false
	if sum := suite.Run(context.Background(), all, opt); sum.Passed != 1 {
		t.Errorf("what was updated fails\n%s", out.String())
	}
}

func FuzzKnown(f *testing.F) {
	f.Add("# why\na [soft, kvm] b\n")
	f.Fuzz(func(t *testing.T, text string) {
		if k, err := suite.ParseKnown("k", []byte(text)); err == nil {
			k.Stale(nil)
		}
	})
}

// A file that is named twice is one script.
func TestLoadOnce(t *testing.T) {
	dir := write(t, map[string]string{"a.sys": passes})
	all, err := suite.Load(dir, dir+"/a.sys", dir+"/./a.sys", dir+"//a.sys")
	if err != nil || len(all) != 1 {
		t.Errorf("%d scripts, %v", len(all), err)
	}
}

// BenchmarkSuite is 200 scripts, each in a machine of its own on soft, on all
// CPUs.
func BenchmarkSuite(b *testing.B) {
	text, err := os.ReadFile("../../../tests/scripts/pipes.sys")
	if err != nil {
		b.Fatal(err)
	}
	files := map[string]string{}
	for i := range 200 {
		files[fmt.Sprintf("s%03d.sys", i)] = string(text)
	}
	all := load(b, files)
	for b.Loop() {
		opt := options(nil)
		opt.Parallel = 2
		if sum := suite.Run(context.Background(), all, opt); sum.Passed != 200 {
			b.Fatal(sum)
		}
	}
}
