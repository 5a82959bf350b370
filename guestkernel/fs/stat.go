package fs

import (
	"sysindvm/guestkernel/arch"
	"sysindvm/syscalls"
)

// StatSize is the size of struct stat of x86-64, in bytes.
const StatSize = 144

// Epoch is the time of day at boot, in seconds since 1970.
var Epoch uint64

const second = 1_000_000_000

// Now is the time of day, in ns since 1970.
func Now() int64 { return int64(Epoch*second + arch.Now()) }

// PutStat writes struct stat (stat(2), asm/stat.h) of a file.
func (f *File) PutStat(b *[StatSize]byte) {
	if f.Inode != nil {
		f.Inode.PutStat(b)
		return
	}
	*b = [StatSize]byte{}
	putStat(b, &Inode{Ino: 1, Mode: f.Mode, Nlink: 1})
}

// Stat is newfstatat(2): with AT_EMPTY_PATH it serves for any descriptor.
func (w Walk) Stat(path []byte, follow bool, b *[StatSize]byte) syscalls.Errno {
	if len(path) == 0 && w.At&syscalls.AT_EMPTY_PATH != 0 && w.File != nil {
		w.File.PutStat(b)
		return 0
	}
	i, err := w.Lookup(path, follow)
	if err == 0 {
		i.PutStat(b)
	}
	return err
}

// PutStat writes struct stat of an inode.
func (i *Inode) PutStat(b *[StatSize]byte) {
	*b = [StatSize]byte{}
	putStat(b, i)
}

func putStat(b *[StatSize]byte, i *Inode) {
	const blksize = 4096
	put64(b[0:], 1) // st_dev
	put64(b[8:], i.Ino)
	put64(b[16:], uint64(i.Nlink))
	put32(b[24:], i.Mode)
	put32(b[28:], i.UID)
	put32(b[32:], i.GID)
	put64(b[40:], i.Rdev)
	put64(b[48:], i.Size)
	put64(b[56:], blksize)
	put64(b[64:], i.pages*(blksize/512))
	for n, t := range [...]int64{i.Atime, i.Mtime, i.Ctime} { // st_atim, st_mtim, st_ctim
		sec, ns := t/second, t%second
		if ns < 0 {
			sec, ns = sec-1, ns+second
		}
		put64(b[72+16*n:], uint64(sec))
		put64(b[80+16*n:], uint64(ns))
	}
}

func put16(b []byte, v uint16) { b[0], b[1] = byte(v), byte(v>>8) }

func put32(b []byte, v uint32) {
	put16(b, uint16(v))
	put16(b[2:], uint16(v>>16))
}

func put64(b []byte, v uint64) {
	put32(b, uint32(v))
	put32(b[4:], uint32(v>>32))
}
