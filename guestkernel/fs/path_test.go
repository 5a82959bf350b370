//go:build !freestanding

package fs_test

import (
	"testing"

	"sysindvm/guestkernel/hosttest"
)

func TestPathErrors(t *testing.T) {
	hosttest.Run(t, `
mkdir d
f := open f O_CREAT|O_WRONLY 644
open "" O_RDONLY = ENOENT
open none O_RDONLY = ENOENT
open none/x O_RDONLY = ENOENT
open f/x O_RDONLY = ENOTDIR
open f/ O_RDONLY = ENOTDIR
open f/. O_RDONLY = ENOTDIR
open f/.. O_RDONLY = ENOTDIR
open none/ O_RDONLY = ENOENT
open d/. O_RDONLY = fd
open d/../d/.//../f O_RDONLY = fd
open n*255 O_RDONLY = ENOENT
open n*256 O_RDONLY = ENAMETOOLONG
open n*256+/x O_RDONLY = ENAMETOOLONG
open d O_WRONLY = EISDIR
open d O_RDWR = EISDIR
open d O_RDONLY|O_TRUNC = EISDIR
open d O_RDONLY|O_CREAT = EISDIR
open f O_RDONLY|O_DIRECTORY = ENOTDIR
open d O_RDONLY|O_DIRECTORY = fd
open f O_CREAT|O_EXCL|O_RDWR = EEXIST
open d O_CREAT|O_EXCL|O_RDWR = EEXIST
open . O_CREAT|O_EXCL|O_RDWR = EEXIST
open . O_CREAT|O_RDWR = EISDIR
open / O_CREAT|O_RDWR = EISDIR
open new/ O_CREAT|O_RDWR = EISDIR
open f/ O_CREAT|O_RDWR = EISDIR
open f/ O_CREAT|O_EXCL|O_RDWR = EISDIR
open d/ O_CREAT|O_RDWR = EISDIR
open none/new O_CREAT|O_RDWR = ENOENT
open f/new O_CREAT|O_RDWR = ENOTDIR
open new O_CREAT|O_DIRECTORY|O_RDWR = EINVAL
stat new = ENOENT
`)
}

func TestMakeAndRemove(t *testing.T) {
	hosttest.Run(t, `
mkdir d 1777
stat d = 41777 uid 0 gid 0
mkdir d = EEXIST
mkdir d/ = EEXIST
mkdir . = EEXIST
mkdir .. = EEXIST
mkdir / = EEXIST
mkdir "" = ENOENT
mkdir none/d = ENOENT
mkdir d/e/ 700
mkdir d/+n*255
mkdir d/+n*256 = ENAMETOOLONG
rmdir d/+n*255
f := open d/e/f O_CREAT|O_RDWR 600
mkdir d/e/f = EEXIST
mkdir d/e/f/g = ENOTDIR
rmdir d/e/f = ENOTDIR
rmdir d/e/f/ = ENOTDIR
rmdir d = ENOTEMPTY
rmdir d/e = ENOTEMPTY
rmdir . = EINVAL
rmdir d/. = EINVAL
rmdir d/.. = ENOTEMPTY
rmdir .. = ENOTEMPTY
rmdir / = EBUSY
rmdir "" = ENOENT
rmdir none = ENOENT
unlink d = EISDIR
unlink d/ = EISDIR
unlink . = EISDIR
unlink d/.. = EISDIR
unlink / = EISDIR
unlink none = ENOENT
unlink none/ = ENOENT
unlink d/e/f/ = ENOTDIR
unlink d/e/f/g = ENOTDIR
unlink d/e/f
fstat f = 100600 nlink 0 uid 0 gid 0 size 0
write f still = 5
pread f 10 0 = "still"
rmdir d/e/
rmdir d
stat d = ENOENT
`)
}

// A directory that is removed while somebody is in it is still where it was,
// but takes no new names.
func TestRemovedDirectory(t *testing.T) {
	hosttest.Run(t, `
mkdir a
mkdir a/b
d := open a/b O_RDONLY
rmdir a/b
rmdir a
ls d = ENOENT
openat2 d x O_CREAT|O_RDWR 0 = ENOENT
openat2 d .. O_RDONLY 0 = fd
openat2 d . O_RDONLY 0 = fd
openat2 d ../.. O_RDONLY 0 = fd
`)
}

func TestSymlinks(t *testing.T) {
	hosttest.Run(t, `
mkdir d
f := open d/f O_CREAT|O_RDWR 644
write f hello = 5
symlink "" l = ENOENT
symlink x "" = ENOENT
symlink d/f l
symlink d ld
symlink ../d/f d/up
symlink nowhere dangling
symlink loop loop
symlink d/f l = EEXIST
symlink x new/ = ENOENT
readlink l = "d/f"
readlink d = EINVAL
readlink d/f = EINVAL
readlink none = ENOENT
lstat l = 120777 nlink 1 uid 0 gid 0 size 3
stat l = 100644 nlink 1 uid 0 gid 0 size 5
open d/up O_RDONLY = fd
open ld/up O_RDONLY = fd
open ld/../d/f O_RDONLY = fd
open l/ O_RDONLY = ENOTDIR
open ld/ O_RDONLY = fd
open l/x O_RDONLY = ENOTDIR
open loop O_RDONLY = ELOOP
open loop/x O_RDONLY = ELOOP
open loop O_CREAT|O_RDWR = ELOOP
open l O_RDONLY|O_NOFOLLOW = ELOOP
open ld O_RDONLY|O_NOFOLLOW = ELOOP
open ld/ O_RDONLY|O_NOFOLLOW = fd
open ld O_RDONLY|O_NOFOLLOW|O_DIRECTORY = ENOTDIR
open ld/f O_RDONLY|O_NOFOLLOW = fd
open dangling O_RDONLY = ENOENT
open dangling O_CREAT|O_EXCL|O_RDWR = EEXIST
open dangling/ O_RDONLY = ENOENT
mkdir dangling = EEXIST
mkdir dangling/ = EEXIST
unlink ld/ = ENOTDIR
rmdir ld = ENOTDIR
rmdir ld/ = ENOTDIR
open dangling O_CREAT|O_RDWR 600 = fd          # makes what the link leads to
stat nowhere = 100600 nlink 1 uid 0 gid 0 size 0
unlink l
stat d/f = 100644 nlink 1 uid 0 gid 0 size 5
`)
}

// A walk follows 40 links and not one more, nested or in a row.
func TestFortyLinks(t *testing.T) {
	hosttest.Run(t, chain()+`
open l40 O_RDONLY = fd
open l41 O_RDONLY = ELOOP
open l20/../l20/. O_RDONLY = fd
open l21/../l20/. O_RDONLY = ELOOP
`)
}

// chain is a table of links in a row: l1 leads to a directory, l2 to l1, ...
func chain() string {
	s := "mkdir l0\n"
	for n := 1; n <= 41; n++ {
		s += "symlink l" + itoa(n-1) + " l" + itoa(n) + "\n"
	}
	return s
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

// Links that double at each step are no way to keep the kernel busy.
func TestLinkBomb(t *testing.T) {
	hosttest.Run(t, `
mkdir a0
symlink a0/../a0 a1
symlink a1/../a1/../a1 a2
symlink a2/../a2/../a2 a3
symlink a3/../a3/../a3 a4
symlink a4/../a4/../a4 a5
open a5 O_RDONLY = ELOOP
open a3 O_RDONLY = fd
`)
}

func TestResolve(t *testing.T) {
	hosttest.Run(t, `
mkdir d
mkdir d/e
f := open d/f O_CREAT|O_RDWR 644
symlink f d/l
symlink /d/f d/abs
symlink ../d/f d/out
d := open d O_RDONLY
openat2 d l O_RDONLY RESOLVE_BENEATH = fd
openat2 d e/../f O_RDONLY RESOLVE_BENEATH = fd
openat2 d .. O_RDONLY RESOLVE_BENEATH = EXDEV
openat2 d e/../../d/f O_RDONLY RESOLVE_BENEATH = EXDEV
openat2 d out O_RDONLY RESOLVE_BENEATH = EXDEV
openat2 d abs O_RDONLY RESOLVE_BENEATH = EXDEV
openat2 d / O_RDONLY RESOLVE_BENEATH = EXDEV
openat2 d /f O_RDONLY RESOLVE_IN_ROOT = fd
openat2 d ../../f O_RDONLY RESOLVE_IN_ROOT = fd
openat2 d /e/../../f O_RDONLY RESOLVE_IN_ROOT = fd
openat2 d abs O_RDONLY RESOLVE_IN_ROOT = ENOENT
openat2 d l O_RDONLY RESOLVE_NO_SYMLINKS = ELOOP
openat2 d f O_RDONLY RESOLVE_NO_SYMLINKS = fd
openat2 d f O_RDONLY RESOLVE_BENEATH|RESOLVE_IN_ROOT = EINVAL
openat2 f x O_RDONLY 0 = ENOTDIR
openat2 f /dev/null O_RDONLY 0 = fd
openat2 99 x O_RDONLY 0 = EBADF
openat2 99 /dev/null O_RDONLY 0 = fd
`)
}

func TestRename(t *testing.T) {
	hosttest.Run(t, `
mkdir a
mkdir a/b
mkdir c
f := open f O_CREAT|O_RDWR 644
write f one = 3
g := open g O_CREAT|O_RDWR 600
rename none x = ENOENT
rename f none/x = ENOENT
rename f f/x = ENOTDIR
rename f "" = ENOENT
rename . x = EBUSY
rename a/.. x = EBUSY
rename / x = EBUSY
rename f . = EBUSY
rename f / = EBUSY
rename f/ x = ENOTDIR
rename f x/ = ENOTDIR
rename f a = EISDIR
rename a f = ENOTDIR
rename a a/b/x = EINVAL
rename a a/b = EINVAL
rename a/b a = ENOTEMPTY
rename c a = ENOTEMPTY
rename f f
rename a a
renamekeep f g = EEXIST
rename f g
stat f = ENOENT
stat g = 100644 nlink 1 uid 0 gid 0 size 3
fstat g = 100600 nlink 0 uid 0 gid 0 size 0
rename g a/b/h
rename a/b c/
stat a = 40755 uid 0 gid 0
stat c/h = 100644 nlink 1 uid 0 gid 0 size 3
open c/../c/h O_RDONLY = fd
rename c a/d
open a/d/../../a/d/h O_RDONLY = fd
link a/d/h h2
rename h2 a/d/h                   # the same inode: nothing happens
stat h2 = 100644 nlink 2 uid 0 gid 0 size 3
renamekeep h2 h3
stat h3 = 100644 nlink 2 uid 0 gid 0 size 3
`)
}

func TestLink(t *testing.T) {
	hosttest.Run(t, `
mkdir d
f := open f O_CREAT|O_RDWR 644
symlink f l
link f g
stat f = 100644 nlink 2 uid 0 gid 0 size 0
link f g = EEXIST
link none x = ENOENT
link d x = EPERM
link f none/x = ENOENT
link f x/ = ENOENT
link f/ x = ENOTDIR
link l l2
readlink l2 = "f"
linkfollow l f2
readlink f2 = EINVAL
stat f = 100644 nlink 3 uid 0 gid 0 size 0
unlink f
unlink f2
stat g = 100644 nlink 1 uid 0 gid 0 size 0
`)
}

func TestPermissions(t *testing.T) {
	hosttest.Run(t, `
mkdir open 777
mkdir shut 700
mkdir only-x 711
mkdir no-x 744
mkdir sticky 1777
f := open open/f O_CREAT|O_RDWR 600
f := open open/r O_CREAT|O_RDWR 604
f := open open/grp O_CREAT|O_RDWR 620
f := open shut/f O_CREAT|O_RDWR 666
f := open only-x/f O_CREAT|O_RDWR 666
f := open no-x/f O_CREAT|O_RDWR 666
f := open sticky/f O_CREAT|O_RDWR 666
f := open open/mine O_CREAT|O_RDWR 444
chown open/grp 0 200
chown open/mine 100 100
access open/f X_OK = EACCES              # root may not execute it either
access open X_OK
chmod open/f 700
access open/f X_OK
become 100 200
access open/f R_OK = EACCES
access open/f F_OK
access open/r R_OK
access open/r R_OK|W_OK = EACCES
access open/grp W_OK
access open/grp R_OK = EACCES
access shut/f F_OK = EACCES
access open/f 8 = EINVAL
open open/f O_RDONLY = EACCES
open open/r O_RDONLY = fd
open open/r O_RDONLY|O_TRUNC = EACCES
open open/r O_RDWR = EACCES
open open/mine O_RDWR = EACCES
open shut/f O_RDONLY = EACCES
open shut O_RDONLY = EACCES
open only-x/f O_RDWR = fd
open only-x O_RDONLY = EACCES
open no-x O_RDONLY = fd
open no-x/f O_RDONLY = EACCES
open only-x/new O_CREAT|O_RDWR = EACCES
open only-x/f O_CREAT|O_EXCL|O_RDWR = EEXIST
open only-x/f O_CREAT|O_RDWR = fd
mkdir only-x/d = EACCES
mkdir only-x/f = EEXIST
unlink only-x/f = EACCES
unlink only-x/none = ENOENT
rmdir only-x/f = EACCES
rmdir sticky/f = EPERM
unlink sticky/f = EPERM
rename sticky/f sticky/g = EPERM
rename only-x/f open/x = EACCES
rename open/r only-x/f = EACCES
n := open sticky/mine O_CREAT|O_RDWR 640
fstat n = 100640 nlink 1 uid 100 gid 200 size 0
rename sticky/mine sticky/also
unlink sticky/also
truncate open/r 0 = EACCES
chmod open/r 777 = EPERM
chmod open/mine 600
chown open/mine 100 200
chown open/mine 0 -1 = EPERM
chown open/mine -1 300 = EPERM
chown open/r 100 -1 = EPERM
open open/mine O_RDWR = fd
n := open open/quick O_CREAT|O_RDWR 0        # the creator's own descriptor may write
write n x = 1
open open/quick O_RDONLY = EACCES
`)
}
