package vm

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sysindvm/cpu"
	"sysindvm/cpu/soft"
)

var unitTests = flag.String("kvm-unit-tests", "", "the folder x86 of kvm-unit-tests, built for x86-64: kernels that judge a CPU")

// suites are the kernels of kvm-unit-tests that are about what the software CPU
// has. Others want KVM's or Hyper-V's own calls, nested virtualisation, more
// CPUs, or a BIOS.
var suites = []string{
	"access_test", "debug", "emulator", "eventinj", "idt_test", "ioapic", "la57", "lam", "memory", "pcid", "pmu", "rdpru",
	"rmap_chain", "setjmp", "smap", "smptest", "tsc", "umip", "xsave",
}

// Kernels that someone else wrote to find mistakes in virtual machines.
func TestKVMUnitTests(t *testing.T) {
	if *unitTests == "" {
		t.Skip("no kvm-unit-tests are given: -kvm-unit-tests FOLDER")
	}
	for _, s := range suites {
		t.Run(s, func(t *testing.T) {
			t.Parallel()
			kernel, err := os.ReadFile(filepath.Join(*unitTests, s+".flat"))
			if err != nil {
				t.Fatal(err)
			}
			out := runUnitTests(t, kernel)
			passed := strings.Count(out, "PASS")
			for _, l := range strings.Split(out, "\n") {
				if strings.HasPrefix(l, "FAIL") {
					t.Error(l)
				}
			}
			if !strings.Contains(out, "SUMMARY") && passed == 0 {
				t.Errorf("it did not come to its end:\n%s", out)
			}
			t.Logf("%d passed", passed)
		})
	}
}

// runUnitTests runs a kernel to its end, and gives what it has printed.
func runUnitTests(t *testing.T, kernel []byte) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	var out bytes.Buffer
	e := &testDevice{Engine: soft.New()}
	m, err := Boot(ctx, Config{Engine: e, Memory: 512 << 20, Kernel: kernel, Initrd: []byte("NR_CPUS=1\n"), Console: &out, Timeout: 15 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	e.m = m
	status, err := m.RunConsole(ctx)
	var stop *StopError
	if err != nil && !errors.As(err, &stop) {
		t.Errorf("%v:\n%s", err, &out)
	} else if status != 0 {
		t.Errorf("status %d", status)
	}
	return out.String()
}

// testDevice is an engine whose vCPUs have QEMU's pc-testdev beside the
// machine's devices: interrupt lines behind ports, and memory that is a device.
type testDevice struct {
	cpu.Engine
	cpu.Bus
	m     *Machine
	ports [8]byte
	ram   [64 << 10]byte
}

const (
	testPorts = 0xe0
	testIRQs  = 0x2000
	testRAM   = 0xff000000
)

func (d *testDevice) NewVCPU(cfg cpu.Config) (cpu.VCPU, error) {
	d.Bus, cfg.Bus = cfg.Bus, d
	return d.Engine.NewVCPU(cfg)
}

func (d *testDevice) In(port uint16, data []byte) {
	if at := port - testPorts; int(at)+len(data) <= len(d.ports) {
		copy(data, d.ports[at:])
		return
	}
	d.Bus.In(port, data)
}

func (d *testDevice) Out(port uint16, data []byte) {
	if at := port - testPorts; int(at)+len(data) <= len(d.ports) {
		copy(d.ports[at:], data)
	} else if irq := port - testIRQs; irq < ioapicPins {
		d.m.setIRQ(int(irq), data[0] != 0)
		d.m.recheck()
	} else {
		d.Bus.Out(port, data)
	}
}

func (d *testDevice) ReadMMIO(gpa uint64, data []byte) {
	if at := gpa - testRAM; at < uint64(len(d.ram)) {
		copy(data, d.ram[at:])
		return
	}
	d.Bus.ReadMMIO(gpa, data)
}

func (d *testDevice) WriteMMIO(gpa uint64, data []byte) {
	if at := gpa - testRAM; at < uint64(len(d.ram)) {
		copy(d.ram[at:], data)
		return
	}
	d.Bus.WriteMMIO(gpa, data)
}
