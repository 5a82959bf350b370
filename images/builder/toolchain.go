package builder

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"sysindvm/images/ksym"
)

// GoVersion is the version of Go that the images are built with: another
// compiler gives other bytes, and may want other things of the run time.
const GoVersion = "go1.26.8"

// ErrToolchain says that this machine's Go cannot build the images; those that
// are embedded serve.
var ErrToolchain = errors.New("this Go cannot build the guest's images")

// Toolchain runs the go command so that it builds freestanding programs: with
// the files of guestkernel/_rt in the place of package runtime (the flag
// -overlay), and without write barriers.
type Toolchain struct {
	// Debug is for a debugger: nothing is optimised or inlined.
	Debug bool

	root   string // of the module
	goroot string
	dir    string // temporary
}

// NewToolchain checks the go command and prepares it. The error is an
// [ErrToolchain] if the go command is not one that can do this.
func NewToolchain(root string) (*Toolchain, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	goroot, err := checkGo(root)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "sysindvm-images-")
	if err != nil {
		return nil, err
	}
	t := &Toolchain{root: root, goroot: goroot, dir: dir}
	if err := t.writeOverlay(); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// Close removes temporary files.
func (t *Toolchain) Close() { os.RemoveAll(t.dir) }

// checkGo says where the go command's GOROOT is, if it can be used.
func checkGo(root string) (goroot string, err error) {
	cmd := exec.Command("go", "env", "-json", "GOROOT", "GOVERSION", "GOMODCACHE")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%w: go env: %v", ErrToolchain, err)
	}
	var env struct{ GOROOT, GOVERSION, GOMODCACHE string }
	if err := json.Unmarshal(out, &env); err != nil {
		return "", fmt.Errorf("%w: go env: %v", ErrToolchain, err)
	}
	return env.GOROOT, usable(env.GOROOT, env.GOVERSION, env.GOMODCACHE)
}

// usable says why a Go cannot be used, if so.
func usable(goroot, version, modcache string) error {
	if rel, err := filepath.Rel(modcache, goroot); modcache != "" && err == nil && filepath.IsLocal(rel) {
		return fmt.Errorf("%w: its GOROOT is in the module cache (%s), where package runtime cannot be replaced: install %s from https://go.dev/dl/ and put it into PATH", ErrToolchain, goroot, GoVersion)
	}
	if version != GoVersion {
		return fmt.Errorf("%w: it is %s, and the images are built with %s: install that from https://go.dev/dl/ and put it into PATH", ErrToolchain, version, GoVersion)
	}
	return nil
}

func (t *Toolchain) overlay() string { return filepath.Join(t.dir, "overlay.json") }

// writeOverlay writes the file for -overlay: every file of package runtime
// becomes none, and ours are put among them.
func (t *Toolchain) writeOverlay() error {
	replace := map[string]string{}
	std := filepath.Join(t.goroot, "src", "runtime")
	ours := filepath.Join(t.root, "guestkernel", "_rt")
	entries, err := os.ReadDir(std)
	if err != nil {
		return err
	}
	for _, e := range entries {
		switch filepath.Ext(e.Name()) {
		case ".go", ".s", ".h", ".c":
			replace[filepath.Join(std, e.Name())] = ""
		}
	}
	if entries, err = os.ReadDir(ours); err != nil {
		return err
	}
	for _, e := range entries {
		replace[filepath.Join(std, ksym.OverlayPrefix+e.Name())] = filepath.Join(ours, e.Name())
	}
	b, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	return os.WriteFile(t.overlay(), b, 0o644)
}

// Build links packages of the module for an architecture, and returns their
// ELF files, in the order of the packages, named as their folders.
func (t *Toolchain) Build(goarch, ldflags string, packages ...string) ([]Artefact, error) {
	out := filepath.Join(t.dir, "out") + string(filepath.Separator)
	if err := os.MkdirAll(out, 0o755); err != nil {
		return nil, err
	}
	gcflags := "-wb=false"
	if t.Debug {
		gcflags += " -N -l"
	}
	args := []string{"build", "-tags", "freestanding", "-overlay", t.overlay(), "-trimpath", "-buildvcs=false",
		"-gcflags=all=" + gcflags, "-ldflags=" + ldflags + " -buildid=", "-o", out}
	cmd := exec.Command(filepath.Join(t.goroot, "bin", "go"), append(args, packages...)...)
	cmd.Dir = t.root
	// What a person has set for other builds may not change this one.
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+goarch, "GOAMD64=v1", "GO386=sse2", "CGO_ENABLED=0",
		"GOENV=off", "GOROOT="+t.goroot, "GOTOOLCHAIN=local", "GOFLAGS=", "GOEXPERIMENT=", "GOFIPS140=off", "GODEBUG=", "GOWORK=off")
	if msg, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build %s: %w\n%s", strings.Join(packages, " "), err, msg)
	}
	var files []Artefact
	for _, p := range packages {
		name := filepath.Base(p)
		data, err := os.ReadFile(out + name)
		if err != nil {
			return nil, err
		}
		files = append(files, Artefact{name, data})
	}
	return files, nil
}

// one is Build for one package.
func (t *Toolchain) one(goarch, ldflags, pkg string) ([]byte, error) {
	files, err := t.Build(goarch, ldflags, pkg)
	if err != nil {
		return nil, err
	}
	return files[0].Data, nil
}

// Kernel builds the kernel's ELF file, with symbols and DWARF. It is linked at the load
// address 2 MiB, seen in the last 2 GiB of the address space.
func (t *Toolchain) Kernel() ([]byte, error) {
	return t.one("amd64", "-T -0x7fe00000 -E runtime.kstart", "./guestkernel/kernel")
}

// Kernel386 builds that of the i386 kernel: linked at the same load address,
// seen in the last GiB.
func (t *Toolchain) Kernel386() ([]byte, error) {
	return t.one("386", "-T 0xc0200000 -E runtime.kstart", "./guestkernel/kernel")
}

// Boot386 builds the i386 kernel's entry.
func (t *Toolchain) Boot386() ([]byte, error) {
	return t.one("386", "-w -T 0x1f0000 -E runtime.boot386", "./guestkernel/boot32")
}

// Boot32 builds the 32-bit entry's ELF file.
func (t *Toolchain) Boot32() ([]byte, error) {
	return t.one("386", "-w -T 0x1f0000 -E runtime.boot32", "./guestkernel/boot32")
}

// userFlags links a user program.
const userFlags = "-w -T 0x401000 -E runtime.ustart"

// Programs builds the user programs, with or without symbols: the agent is
// the first. Programs32 builds those for i386.
func (t *Toolchain) Programs(strip bool) ([]Artefact, error) {
	return t.programs("amd64", strip)
}

func (t *Toolchain) Programs32(strip bool) ([]Artefact, error) {
	return t.programs("386", strip)
}

// Bench builds the program that measures, which is in no initramfs.
func (t *Toolchain) Bench() ([]byte, error) {
	return t.one("amd64", userFlags+" -s", "./guestkernel/user/bench")
}

func (t *Toolchain) programs(goarch string, strip bool) ([]Artefact, error) {
	flags := userFlags
	if strip {
		flags += " -s"
	}
	var packages []string
	for _, p := range programs {
		packages = append(packages, "./guestkernel/user/"+p)
	}
	return t.Build(goarch, flags, packages...)
}
