// Package pty makes pseudoterminals, for tests of what a program does in a
// terminal.
package pty

import (
	"errors"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Open makes a pseudoterminal (pts(4)): what is written to the master is typed at
// the slave. An error says that this host has none, or no more.
func Open() (master, slave *os.File, err error) {
	if master, err = os.OpenFile("/dev/ptmx", os.O_RDWR, 0); err != nil {
		return nil, nil, err
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		slave, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		return nil, nil, errors.Join(err, master.Close())
	}
	return master, slave, nil
}
