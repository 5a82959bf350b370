//go:build !freestanding

package fs_test

import (
	"testing"

	"sysindvm/guestkernel/hosttest"
)

func TestReadWrite(t *testing.T) {
	hosttest.Run(t, `
f := open f O_CREAT|O_RDWR 644
write f hello+world = 10
read f 5 = ""
lseek f -5 SEEK_END = 5
read f 100 = "world"
lseek f 0 SEEK_SET = 0
read f 3 = "hel"
read f 0 = ""
lseek f 0 SEEK_CUR = 3
lseek f -4 SEEK_CUR = EINVAL
lseek f -1 SEEK_SET = EINVAL
lseek f 0 9 = EINVAL
lseek f 100 SEEK_SET = 100
read f 5 = ""
lseek f 3 SEEK_SET = 3
pread f 4 1 = "ello"
pread f 4 -1 = EINVAL
pread f 4 100 = ""
pwrite f XY 0 = 2
lseek f 0 SEEK_CUR = 3
pread f 100 0 = "XYlloworld"
g := dup f
lseek g 0 SEEK_CUR = 3
r := open f O_RDONLY
w := open f O_WRONLY
n := open f 3
write r x = EBADF
read w 1 = EBADF
read n 1 = EBADF
write n x = EBADF
pwrite r x 0 = EBADF
close f
read f 1 = EBADF
close f = EBADF
lseek g 0 SEEK_CUR = 3
read 77 1 = EBADF
d := open . O_RDONLY
read d 10 = EISDIR
write d x = EBADF
`)
}

func TestAppendAndTruncate(t *testing.T) {
	hosttest.Run(t, `
f := open f O_CREAT|O_RDWR 644
a := open f O_WRONLY|O_APPEND
write f base = 4
write a +more = 4
lseek a 0 SEEK_CUR = 8
pwrite a ! 0 = 1                     # Linux appends here too
lseek a 0 SEEK_CUR = 8
pread f 100 0 = "basemore!"
write a "" = 0
setfl a 0
pwrite a B 0 = 1
pread f 1 0 = "B"
ftruncate f 2
pread f 10 0 = "Ba"
ftruncate f 5
pread f 10 0 = "Ba\x00\x00\x00"
ftruncate f -1 = EINVAL
r := open f O_RDONLY
ftruncate r 0 = EINVAL
truncate f 1
truncate f -1 = EINVAL
truncate . 0 = EISDIR
truncate none 0 = ENOENT
truncate /dev/null 0 = EINVAL
pread f 10 0 = "B"
open f O_RDONLY|O_TRUNC = fd         # yes, it does
fstat f = 100644 nlink 1 uid 0 gid 0 size 0
`)
}

func TestHoles(t *testing.T) {
	hosttest.Run(t, `
f := open f O_CREAT|O_RDWR 644
pwrite f end 100000 = 3
fstat f = 100644 nlink 1 uid 0 gid 0 size 100003
pread f 4096 0 = zero*4096
pread f 5000 97000 = 3003 bytes
pread f 13 99990 = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00end"
pwrite f a*9000 50000 = 9000
ftruncate f 50100
ftruncate f 60000
pread f 500 50090 = 500 bytes
pread f 20 50090 = "aaaaaaaaaa\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
pread f 5000 52000 = zero*5000
ftruncate f 0
ftruncate f 100
pread f 100 0 = zero*100
`)
}

// Files of as many levels of tables as their last page needs.
func TestLarge(t *testing.T) {
	hosttest.Run(t, `
f := open f O_CREAT|O_RDWR 644
pwrite f first 0 = 5
pwrite f second 3000000 = 6
pwrite f third 5000000000 = 5
pread f 5 0 = "first"
pread f 6 3000000 = "second"
pread f 5 5000000000 = "third"
pread f 1 4999999999 = "\x00"
lseek f 0 SEEK_END = 5000000005
truncate f 3000003
pread f 100 3000000 = "sec"
pread f 5 0 = "first"
pwrite f again 5000000000 = 5
pread f 5 4999999998 = "\x00\x00aga"
truncate f 0
pwrite f x 0 = 1
pread f 9 0 = "x"
`)
}

func TestGetdents(t *testing.T) {
	hosttest.Run(t, `
mkdir e
d := open e O_RDONLY
ls d = . ..
ls d = nothing
lseek d 0 SEEK_SET = 0
ls d 20 = EINVAL
ls d 24 = .
ls d 24 = ..
f := open e/f O_CREAT|O_RDWR 644
ls f = ENOTDIR
lseek d 0 SEEK_SET = 0
guest: ls d = . .. f
`)
}

// A reader of a directory that removes what it has read misses nothing.
func TestGetdentsWhileRemoving(t *testing.T) {
	table := "mkdir e\n"
	for n := range 40 {
		table += "f := open e/" + itoa(n) + " O_CREAT|O_RDWR 644\nclose f\n"
	}
	g := hosttest.NewGuest(t)
	hosttest.RunOn(t, g, table)
	fd := g.Open("e", 0, 0)
	for {
		names, err := g.Names(fd, 100)
		if err != 0 {
			t.Fatal(err)
		}
		if len(names) == 0 {
			break
		}
		for _, n := range names {
			if n != "." && n != ".." {
				g.Unlink("e/" + n)
			}
		}
	}
	if err := g.Rmdir("e"); err != 0 {
		t.Errorf("the directory is not empty: %d", err)
	}
}

func TestDevices(t *testing.T) {
	hosttest.Run(t, `
n := open /dev/null O_RDWR
z := open /dev/zero O_RDWR
full := open /dev/full O_RDWR
read n 10 = ""
write n abc = 3
read z 5000 = zero*5000
write z abc = 3
read full 20 = zero*20
write full x = ENOSPC
lseek n 5 SEEK_SET = 0
pread z 20 1000 = zero*20
pwrite n abc 5 = 3
poll n POLLIN|POLLOUT z POLLIN|POLLOUT = [POLLIN|POLLOUT] [POLLIN|POLLOUT]
f := open f O_CREAT|O_RDWR 644
poll f POLLIN|POLLOUT|POLLPRI -1 = [POLLIN|POLLOUT]
guest: lstat /dev/null = 20666 nlink 1 uid 0 gid 0 size 0
`)
}

func TestPipe(t *testing.T) {
	hosttest.Run(t, `
r w := pipe O_NONBLOCK
read r 10 = EAGAIN
read r 0 = ""
poll r POLLIN|POLLOUT w POLLIN|POLLOUT = [] [POLLOUT]
write w hello = 5
poll r POLLIN w POLLOUT = [POLLIN] [POLLOUT]
read r 3 = "hel"
read r 10 = "lo"
lseek r 0 SEEK_SET = ESPIPE
pread r 1 0 = ESPIPE
pwrite w x 0 = ESPIPE
read w 1 = EBADF
write r x = EBADF
write w a*65536 = 65536
write w b = EAGAIN
poll w POLLOUT = 0
read r 1 = "a"
write w b = EAGAIN                      # no whole page is free yet
read r 4095 = a*4095
poll w POLLOUT = [POLLOUT]
write w b*4096 = 4096
write w b = EAGAIN
read r 4000 = a*4000
read r 200 = a*200
write w c*5000 = 4096                   # more than PIPE_BUF: as much as fits
write w c*4096 = EAGAIN
read r 70000 = 65432 bytes
write w d*4000 = 4000
close w
poll r POLLIN = [POLLIN|POLLHUP]
read r 5000 = d*4000
read r 5000 = ""
poll r POLLIN = [POLLHUP]
r w := pipe 0
close r
poll w POLLOUT = [POLLOUT|POLLERR]
write w "" = 0
write w x = EPIPE
poll 99 POLLIN = [POLLNVAL]
poll -1 POLLIN = 0
`)
}

// A write of at most PIPE_BUF bytes goes in at once or not at all.
func TestPipeAtomic(t *testing.T) {
	hosttest.Run(t, `
r w := pipe O_NONBLOCK
write w a*62000 = 62000
write w b*3600 = EAGAIN
write w b*3536 = 3536
read r 61440 = a*61440
write w c*4096 = 4096
`)
}

func TestPipeSleeps(t *testing.T) {
	hosttest.Run(t, `
r w := pipe 0
during: write w hello = 5
read r 100 = "hello"
during: close w
read r 100 = ""
r w := pipe 0
write w a*65536 = 65536
during: read r 65536 = a*65536
write w b*60000 = 60000
r w := pipe 0
write w a*65536 = 65536
during: close r
write w b*100 = EPIPE
r w := pipe 0
during: write w x = 1
poll r POLLIN w POLLIN 5000 = [POLLIN] []
read r 1 = "x"
poll r POLLIN 10 = 0
during: close r
poll r POLLIN 100 = [POLLNVAL]
r w := pipe 0
guest: read r 1 = EINTR
guest: poll r POLLIN -1 = EINTR
`)
}
