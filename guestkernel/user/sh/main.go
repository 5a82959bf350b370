//go:build freestanding

// A shell for looking round in the guest: words, a redirection, its own
// commands and programs. It echoes what is typed where the terminal does not:
// the guest's console has no line discipline.
//
// Begin with umain; builtin.go has its own commands.
package main

import (
	"unsafe"

	"sysindvm/guestkernel/user/ulib"
	"sysindvm/syscalls"
)

const (
	maxLine  = 512
	maxWords = 32
)

var (
	line    [maxLine + 1]byte
	lineLen int

	// words are the line's words; each ends with a NUL in line. argv is the
	// same for execve: addresses, 0 behind the last.
	words    [maxWords][]byte
	argv     [maxWords + 1]uintptr
	numWords int

	echoes bool // what is typed

	out ulib.Text
	dst = 1 // where a command's output goes
	cwd [1024]byte
)

//go:linkname umain runtime.umain
func umain(uintptr) {
	echoes = !terminalEchoes()
	if guest := ulib.Call(ulib.SysGetpid, 0, 0, 0) == 1; guest {
		show(ulib.StrAddr("/etc/motd\x00"))
	}
	ulib.Print("Type help for what there is.\n")
	for {
		prompt()
		if !readLine() {
			ulib.Print("\n")
			ulib.End(0)
		}
		if why := split(); why != "" {
			out.S("sh: ").S(why).S("\n").Flush(2)
			continue
		}
		if numWords > 0 && redirect() {
			run()
		}
		if dst != 1 {
			ulib.Close(dst)
			dst = 1
		}
	}
}

func main() {}

// workDir is the working directory.
func workDir() []byte {
	if r := ulib.Call(ulib.SysGetcwd, ulib.Addr(cwd[:]), uintptr(len(cwd)), 0); r < 0 {
		return ulib.Bytes("?")
	}
	return cwd[:ulib.CLen(cwd[:])]
}

// terminalEchoes says whether the input is a terminal that shows what is typed.
func terminalEchoes() bool {
	const (
		tcgets = 0x5401 // ioctl_tty(2)
		lflag  = 12     // of struct termios
		echo   = 8
	)
	return ulib.Call(ulib.SysIoctl, 0, tcgets, ulib.Addr(buf[:])) >= 0 && buf[lflag]&echo != 0
}

// echoKeys prints what is typed, or what is to be seen of it.
func echoKeys(s string) {
	if echoes {
		ulib.Print(s)
	}
}

func prompt() { out.B(workDir()).S(" # ").Flush(1) }

var typed [1]byte

// key is the next byte typed; false at the end of the input. It takes no more
// than that, for the rest may be for a program.
func key() (c byte, ok bool) {
	for {
		switch n := ulib.Read(0, typed[:]); {
		case n == 1:
			return typed[0], true
		case n != -int(syscalls.EINTR):
			return 0, false
		}
	}
}

const (
	ctrlC     = 3
	ctrlD     = 4
	ctrlU     = 21
	escape    = 27
	backspace = 8
	del       = 127
)

// readLine reads a line, with the usual few keys; false at the end of the
// input.
func readLine() bool {
	lineLen = 0
	for {
		c, ok := key()
		if !ok {
			return false
		}
		switch {
		case c == '\r' || c == '\n':
			echoKeys("\n")
			return true
		case c == ctrlD && lineLen == 0:
			return false
		case c == ctrlC:
			echoKeys("^C\n")
			lineLen = 0
			return true
		case c == backspace || c == del:
			erase(1)
		case c == ctrlU:
			erase(lineLen)
		case c == escape:
			skipEscape()
		case c >= ' ' && lineLen < maxLine:
			line[lineLen] = c
			lineLen++
			echoKeys(unsafe.String(&line[lineLen-1], 1))
		}
	}
}

// skipEscape reads over what a cursor key sends: ESC [ and up to a letter.
func skipEscape() {
	if c, _ := key(); c != '[' {
		return
	}
	for {
		if c, ok := key(); !ok || c >= '@' {
			return
		}
	}
}

// erase takes the last n bytes away.
func erase(n int) {
	for ; n > 0 && lineLen > 0; n-- {
		lineLen--
		echoKeys("\b \b")
	}
}

// split makes words of the line, and says what is wrong.
func split() (why string) {
	numWords = 0
	for i := 0; i < lineLen; {
		start := i
		for i < lineLen && line[i] != ' ' {
			i++
		}
		if i > start {
			if numWords == maxWords {
				return "too many words"
			}
			words[numWords] = line[start:i]
			argv[numWords] = ulib.Addr(line[start:])
			numWords++
		}
		line[i] = 0
		i++
	}
	argv[numWords] = 0
	return ""
}

// redirect does "> FILE" or ">> FILE" at the end of the line.
func redirect() bool {
	if numWords < 3 {
		return true
	}
	flags := syscalls.O_WRONLY | syscalls.O_CREAT
	switch string(words[numWords-2]) {
	case ">":
		flags |= syscalls.O_TRUNC
	case ">>":
		flags |= syscalls.O_APPEND
	default:
		return true
	}
	fd := ulib.Call(ulib.SysOpen, argv[numWords-1], uintptr(flags), 0o644)
	if fd < 0 {
		complain(words[numWords-1], fd)
		return false
	}
	dst = fd
	numWords -= 2
	argv[numWords] = 0
	return true
}

// complain prints an error.
func complain(what []byte, r int) { out.S("sh: ").B(what).S(": ").Error(r).S("\n").Flush(2) }

// run does a command: one of the shell's own, or a program.
func run() {
	for i := range builtins {
		if b := &builtins[i]; string(words[0]) == b.name {
			b.run()
			return
		}
	}
	program()
}

var path [maxLine + 8]byte
var noEnv [1]uintptr
var status [1]uint32

// program runs a program and waits for it.
func program() {
	n := 0
	hasSlash := false
	for _, c := range words[0] {
		hasSlash = hasSlash || c == '/'
	}
	if !hasSlash {
		n = copy(path[:], "/bin/")
	}
	n += copy(path[n:], words[0])
	path[n] = 0
	pid := ulib.Call(ulib.SysFork, 0, 0, 0)
	if pid == 0 {
		if dst != 1 {
			ulib.Call(ulib.SysDup2, uintptr(dst), 1, 0)
			ulib.Close(dst)
		}
		r := ulib.Call(ulib.SysExecve, ulib.Addr(path[:]), uintptr(unsafe.Pointer(&argv)), uintptr(unsafe.Pointer(&noEnv)))
		complain(words[0], r)
		ulib.Exit(127)
	}
	if pid < 0 {
		complain(words[0], pid)
		return
	}
	for { // as the first process, for others' children too
		got := int(ulib.Syscall6(ulib.SysWait4, ^uintptr(0), uintptr(unsafe.Pointer(&status)), 0, 0, 0, 0))
		if got == pid || got < 0 && got != -int(syscalls.EINTR) {
			break
		}
	}
	switch s := int(status[0]); {
	case s&0x7f != 0:
		out.S("sh: ended by signal ").D(s & 0x7f).S("\n").Flush(2)
	case s>>8 != 0 && s>>8 != 127:
		out.S("sh: status ").D(s >> 8).S("\n").Flush(2)
	}
}
