//go:build freestanding

package main

import (
	"sysindvm/guestkernel/user/ulib"
	"sysindvm/syscalls"
)

// builtins are the shell's own commands; their words are in words.
var builtins = [...]struct {
	name string
	run  func()
}{
	{"help", help},
	{"echo", echo},
	{"cat", cat},
	{"ls", ls},
	{"cd", cd},
	{"pwd", pwd},
	{"mkdir", mkdir},
	{"rm", rm},
	{"uname", uname},
	{"exit", exit},
	{"poweroff", poweroff},
}

const summary = `help                this
echo [WORD...]      print the words
cat FILE...         print files
ls [DIRECTORY...]   list directories
cd [DIRECTORY]      go to a directory, or to /
pwd                 print the working directory
mkdir DIRECTORY...  make directories
rm NAME...          remove files and empty directories
uname               say what system this is
exit                end the shell; the machine too, if this is its first process
poweroff            end the machine
PROGRAM [WORD...]   run a program, from /bin if its name has no slash: try demo
... > FILE          write the output to a file; >> appends it
`

func help() { ulib.Write(dst, ulib.Bytes(summary)) }

func echo() {
	for i, w := range words[1:numWords] {
		if i > 0 {
			ulib.Write(dst, ulib.Bytes(" "))
		}
		ulib.Write(dst, w)
	}
	ulib.Write(dst, ulib.Bytes("\n"))
}

var buf [4096]byte

func cat() {
	for i := 1; i < numWords; i++ {
		if r := show(argv[i]); r < 0 {
			complain(words[i], r)
		}
	}
}

// show prints a file.
func show(path uintptr) int {
	fd := ulib.Call(ulib.SysOpen, path, syscalls.O_RDONLY, 0)
	if fd < 0 {
		return fd
	}
	n := 0
	for {
		if n = ulib.Read(fd, buf[:]); n <= 0 || !ulib.Write(dst, buf[:n]) {
			break
		}
	}
	ulib.Close(fd)
	return min(n, 0)
}

func ls() {
	if numWords == 1 {
		list(ulib.StrAddr(".\x00"), ulib.Bytes("."))
	}
	for i := 1; i < numWords; i++ {
		if numWords > 2 {
			out.B(words[i]).S(":\n").Flush(dst)
		}
		list(argv[i], words[i])
	}
}

// list prints the names in a directory.
func list(path uintptr, name []byte) {
	fd := ulib.Call(ulib.SysOpen, path, syscalls.O_RDONLY|syscalls.O_DIRECTORY, 0)
	if fd < 0 {
		complain(name, fd)
		return
	}
	for {
		n := ulib.Call(ulib.SysGetdents64, uintptr(fd), ulib.Addr(buf[:]), uintptr(len(buf)))
		if n < 0 {
			complain(name, n)
		}
		if n <= 0 {
			break
		}
		// struct linux_dirent64: u64 ino, s64 off, u16 reclen, u8 type, name
		for b := buf[:n]; len(b) > 19; {
			size := int(b[16]) | int(b[17])<<8
			if size < 19 || size > len(b) {
				break
			}
			entry := b[19:size]
			entry = entry[:ulib.CLen(entry)]
			if entry[0] != '.' {
				out.B(entry)
				if b[18] == syscalls.S_IFDIR>>12 {
					out.S("/")
				}
				out.S("\n").Flush(dst)
			}
			b = b[size:]
		}
	}
	ulib.Close(fd)
}

func cd() {
	if numWords == 1 {
		ulib.Call(ulib.SysChdir, ulib.StrAddr("/\x00"), 0, 0)
		return
	}
	if r := ulib.Call(ulib.SysChdir, argv[1], 0, 0); r < 0 {
		complain(words[1], r)
	}
}

func pwd() { out.B(workDir()).S("\n").Flush(dst) }

func mkdir() {
	for i := 1; i < numWords; i++ {
		if r := ulib.Call(ulib.SysMkdir, argv[i], 0o755, 0); r < 0 {
			complain(words[i], r)
		}
	}
}

func rm() {
	for i := 1; i < numWords; i++ {
		r := ulib.Call(ulib.SysUnlink, argv[i], 0, 0)
		if r == -int(syscalls.EISDIR) {
			r = ulib.Call(ulib.SysRmdir, argv[i], 0, 0)
		}
		if r < 0 {
			complain(words[i], r)
		}
	}
}

func uname() {
	const field, fields = 65, 5 // of struct utsname, the domain excepted
	if r := ulib.Call(ulib.SysUname, ulib.Addr(buf[:]), 0, 0); r < 0 {
		complain(words[0], r)
		return
	}
	for i := range fields {
		b := buf[i*field : (i+1)*field]
		if i > 0 {
			out.S(" ")
		}
		out.B(b[:ulib.CLen(b)])
	}
	out.S("\n").Flush(dst)
}

func exit() { ulib.End(0) }

func poweroff() {
	ulib.PowerOff()
	ulib.Write(2, ulib.Bytes("sh: not allowed to\n"))
}
