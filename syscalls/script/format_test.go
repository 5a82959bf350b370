package script

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sysindvm/syscalls"
)

// formats are lines, and what is made of them.
var formats = []struct{ in, want string }{
	{"  close( 1 )=0\t ", "close(1) = 0"},
	{"s:=socket( AF_INET,SOCK_STREAM , 0 )", "s := socket(AF_INET, SOCK_STREAM, 0)"},
	{"open(\"/x\",O_RDWR | O_CREAT,0644)   = 3", "open(\"/x\", O_RDWR|O_CREAT, 0644)   = 3"},
	{"pipe([ out  ?r ,?w ])=0   # aligned", "pipe([out ?r, ?w]) = 0    # aligned"},
	{"indirect( OPENFLAGS { O_CLOEXEC } ,FILEPOS{pos = 6})read(0,[out \"x\" ...],1)", `indirect(OPENFLAGS{O_CLOEXEC}, FILEPOS{pos=6}) read(0, [out "x"...], 1)`},
	{"indirect(OPENFLAGS{0} @ end -4,params = @end-40) dup(1)", "indirect(OPENFLAGS{0}@end-4, params=@end-40) dup(1)"},
	{"indirect()dup(1)=-1 EINVAL( Invalid   argument )", "indirect() dup(1) = -1 EINVAL ( Invalid   argument )"},
	{"dup(1) = -1 EINVAL (Invalid argument)~ dup(2)", "dup(1) = -1 EINVAL (Invalid argument) ~ dup(2)"},
	{"fcntl(1,F_GETFL)=0x8002 (flags O_RDWR|O_LARGEFILE)", "fcntl(1, F_GETFL) = 0x8002 (flags O_RDWR|O_LARGEFILE)"},
	{"task B=fork\nB:read(0,[out ...],1)<unfinished ...>\nB:< ...read resumed > )= 4 .. 8", "task B = fork\nB: read(0, [out ...], 1) <unfinished ...>\nB: <... read resumed>) = 4..8"},
	{"connect(0, {AF_INET,127.0.0.1 : 80}, 16)=>= 0", "connect(0, {AF_INET, 127.0.0.1:80}, 16) = >= 0"},
	{"fstat(0, {st_size = >= 3, st_mode=S_IFREG| 0644,...})", "fstat(0, {st_size=>= 3, st_mode=S_IFREG|0644, ...})"},
	{"wait4(-1, [{WIFEXITED(s)&&WEXITSTATUS(s)==3}], 0, NULL)", "wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 3}], 0, NULL)"},
	{"getsockopt(0, SOL_SOCKET, SO_TYPE, [out 1], [4=>4])", "getsockopt(0, SOL_SOCKET, SO_TYPE, [out 1], [4 => 4])"},
	{"bind(0, {AF_UNIX,@\"x\"}, 5)", `bind(0, {AF_UNIX, @"x"}, 5)`},
	{"exit(3)=?", "exit(3) = ?"},
	{"n := i386   getpid()", "n := i386 getpid()"},
	{"close(/* a */1/* b */)/*c*/= 0", "close(/* a */ 1 /* b */) /*c*/ = 0"},
	{"\n\nclose(1)\n\n\n\nclose(2)\n\n", "close(1)\n\nclose(2)"},
	{"  # a comment \t\nclose(1) # another \t", "# a comment \t\nclose(1) # another \t"},
	{"requires:kvm,soft   root #why\nclose(1)", "requires: kvm, soft, root #why\nclose(1)"},
	{"close(1)\r\nclose(2)\t\t\t= 0\t# x\r", "close(1)\nclose(2)                        = 0     # x"},
	{"call( 9999 ,-1)=-1 ENOSYS   ", "call(9999, -1) = -1 ENOSYS"},
	{"tick   50ms", "tick 50ms"},
	{"task B=fork\nB:---SIGUSR1{si_code = SI_USER}---", "task B = fork\nB: --- SIGUSR1 {si_code=SI_USER} ---"},
	{"+++exited with 0+++", "+++ exited with 0 +++"},
	{"mem f=[ 1 ]\nmem   f==[1]", "mem f = [1]\nmem f == [1]"},
	{"rt_sigprocmask(SIG_BLOCK,~ [INT  CHLD],[],8)", "rt_sigprocmask(SIG_BLOCK, ~[INT CHLD], [], 8)"},
	{"read(0, /a b/ ,3)", "read(0, /a b/, 3)"},
}

func TestFormat(t *testing.T) {
	for _, tt := range formats {
		got, err := Format("x.sys", []byte(tt.in))
		if err != nil {
			t.Error(err)
		} else if string(got) != tt.want+"\n" {
			t.Errorf("%q\n     is %q\nshould be %q", tt.in, got, tt.want)
		}
		checkFormat(t, tt.in)
	}
	if _, err := Format("x.sys", []byte("clsoe(1)")); err == nil {
		t.Error("what does not parse is formatted")
	}
	// Files are not touched.
	in := "close( 1 )\n\n\n-- a --\n  x( 1 )\n-- b --\n\n\n"
	if got, err := Format("x.sys", []byte(in)); err != nil || string(got) != "close(1)\n\n-- a --\n  x( 1 )\n-- b --\n\n\n" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestFormatScripts: all lines of the tests, and the scripts of the project.
func TestFormatScripts(t *testing.T) {
	checkFormat(t, strings.Join(right, "\n"))
	for _, f := range scripts(t) {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		checkFormat(t, string(data))
		if got, _ := Format(f, data); string(got) != string(data) {
			t.Errorf("%s is not formatted: %s", f, cmp.Diff(string(data), string(got)))
		}
	}
}

// checkFormat: what is formatted parses to the same, and stays as it is when
// it is formatted again.
func checkFormat(t *testing.T, text string) {
	t.Helper()
	before, err := Parse("x.sys", []byte(text))
	if err != nil {
		return
	}
	once, err := Format("x.sys", []byte(text))
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	after, err := Parse("x.sys", once)
	if err != nil {
		t.Fatalf("%q becomes %q: %v", text, once, err)
	}
	unplace(before)
	unplace(after)
	if !reflect.DeepEqual(before.Steps, after.Steps) || !reflect.DeepEqual(before.Files, after.Files) || !slices.Equal(before.Requires, after.Requires) {
		t.Fatalf("%q becomes %q, which is something else: %s", text, once, cmp.Diff(before.Steps, after.Steps,
			cmpopts.IgnoreUnexported(Step{}), cmp.Comparer(func(a, b *syscalls.ContextLayout) bool { return a == b }),
			cmp.Comparer(func(a, b *regexp.Regexp) bool { return a == b || a != nil && b != nil && a.String() == b.String() })))
	}
	if c, d := comments(text), comments(string(once)); c != d {
		t.Fatalf("the comments of %q: %q became %q", text, c, d)
	}
	twice, err := Format("x.sys", once)
	if err != nil || string(twice) != string(once) {
		t.Fatalf("%q becomes %q and then %q, %v", text, once, twice, err)
	}
}

// unplace forgets where in the text everything stands.
func unplace(s *Script) {
	var node func(n *Node)
	nodes := func(list []*Node) {
		for _, n := range list {
			node(n)
		}
	}
	node = func(n *Node) {
		if n != nil {
			n.Pos, n.End, n.KeyPos = 0, 0, 0
			nodes(n.List)
		}
	}
	call := func(c *Call) {
		if c == nil {
			return
		}
		c.Pos, c.End = 0, 0
		node(c.Nr)
		nodes(c.Args)
		if ind := c.Indirect; ind != nil {
			ind.Pos = 0
			nodes([]*Node{ind.NCtxs, ind.Ctxs, ind.Params})
			for _, x := range ind.Items {
				x.Pos = 0
				nodes(x.Fields)
				node(x.Ptr)
			}
		}
	}
	for _, step := range s.Steps {
		step.Line, step.Text, step.resultPos, step.resultEnd = 0, "", 0, 0
		call(step.Call)
		call(step.Alt)
		nodes([]*Node{step.Want, step.MemValue, step.Signal, step.Siginfo, step.End})
	}
}

// comments are the comments of a script's lines; line ends are not theirs.
func comments(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		func() {
			defer func() { recover() }() // in a file
			line = strings.TrimRight(line, "\r")
			if l := strings.TrimSpace(line); strings.HasPrefix(l, "requires:") {
				return
			}
			end := lex(nil, line)
			if n := end[len(end)-1].pos; n < len(line) {
				b.WriteString(line[n:] + "\n")
			}
		}()
	}
	return b.String()
}

func FuzzFormat(f *testing.F) {
	for _, tt := range formats {
		f.Add(tt.in)
	}
	f.Add(strings.Join(right, "\n"))
	for _, file := range scripts(f) {
		data, _ := os.ReadFile(file)
		f.Add(string(data))
	}
	f.Fuzz(checkFormat)
}
