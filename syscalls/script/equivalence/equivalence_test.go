package equivalence_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"sysindvm/cpu/soft"
	"sysindvm/images"
	"sysindvm/syscalls/script"
	"sysindvm/syscalls/script/equivalence"
	"sysindvm/syscalls/script/suite"
	"sysindvm/vm"
)

func TestCheck(t *testing.T) {
	if err := equivalence.Check(); err != nil {
		t.Error(err)
	}
}

// Every row agrees: the wrapped older calls, the guest's own newer ones, and,
// where the host is Linux, that one's.
func TestRows(t *testing.T) {
	guest := func(ctx context.Context) (*suite.Machine, error) {
		m, err := vm.Boot(ctx, vm.Config{Engine: soft.New(), Append: "quiet"})
		if err != nil {
			return nil, err
		}
		return &suite.Machine{Client: m.Agent(), Close: m.Close, Doing: m.Report}, nil
	}
	features := vm.GuestFeatures(soft.New())
	ways := []equivalence.Way{
		{Name: "wrapped", Options: suite.Options{Start: guest, Script: script.Options{Features: features}}},
		{Name: "own", Options: suite.Options{Start: guest, Script: script.Options{Features: features, Native: true}}},
	}
	if runtime.GOOS == "linux" && runtime.GOARCH == "amd64" {
		host := func(ctx context.Context) (*suite.Machine, error) {
			h, err := vm.StartHost(ctx, images.Agent())
			if err != nil {
				return nil, err
			}
			return &suite.Machine{Client: h.Agent(), Close: h.Close}, nil
		}
		ways = append(ways, equivalence.Way{Name: "Linux", Options: suite.Options{Start: host,
			Script: script.Options{Features: vm.HostFeatures(), Host: true}}})
	}
	ran, calls, cases := 0, 0, 0
	for _, row := range equivalence.Rows {
		t.Run(row.Call, func(t *testing.T) {
			ran++
			if row.Missing != "" {
				return // there is nothing to run
			}
			out, err := equivalence.Run(t.Context(), []equivalence.Row{row}, ways)
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range out[0].Results {
				if r.Status != script.Pass && r.Status != script.Skip {
					t.Errorf("%s:\n%s", ways[i].Name, r)
				}
			}
			if !out[0].Agree() {
				t.Error("they do not agree")
			}
			calls, cases = calls+1, cases+out[0].Cases
		})
	}
	if ran < len(equivalence.Rows) {
		return // -run has left some out
	}
	for file, want := range map[string]string{
		"README.md":       "%d of Linux's newer calls, in %d cases,",
		"docs/verdict.md": "%d calls, from `dup2` to `fchmodat2`, agree in %d cases",
	} {
		text, err := os.ReadFile("../../../" + file)
		if want := fmt.Sprintf(want, calls, cases); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s does not say %q: %v", file, want, err)
		}
	}
}
