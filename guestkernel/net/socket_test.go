//go:build !freestanding

package net_test

import (
	"testing"

	"sysindvm/guestkernel/hosttest"
)

func TestSocketErrors(t *testing.T) {
	hosttest.Run(t, `
socket 99 SOCK_STREAM = EAFNOSUPPORT
socket 45 SOCK_STREAM = EAFNOSUPPORT
socket AF_UNSPEC SOCK_STREAM = EAFNOSUPPORT
socket AF_UNIX 0 = ESOCKTNOSUPPORT
socket AF_UNIX 4 = ESOCKTNOSUPPORT
socket AF_UNIX 11 = EINVAL
socket AF_UNIX SOCK_STREAM 5 = EPROTONOSUPPORT
socket AF_UNIX SOCK_STREAM AF_UNIX = fd
socket AF_UNIX SOCK_RAW = fd
socket AF_UNIX SOCK_SEQPACKET = fd
socket AF_INET 0 = ESOCKTNOSUPPORT
socket AF_INET 4 = ESOCKTNOSUPPORT
socket AF_INET 11 = EINVAL
socket AF_INET SOCK_SEQPACKET = ESOCKTNOSUPPORT
socket AF_INET SOCK_STREAM IPPROTO_UDP = EPROTONOSUPPORT
socket AF_INET SOCK_DGRAM IPPROTO_TCP = EPROTONOSUPPORT
socket AF_INET SOCK_STREAM 300 = EINVAL
socket AF_INET SOCK_STREAM -1 = EINVAL
socket AF_INET SOCK_STREAM IPPROTO_TCP = fd
socket AF_INET SOCK_DGRAM IPPROTO_UDP = fd
socket AF_INET SOCK_RAW = EPROTONOSUPPORT
socketpair AF_INET SOCK_STREAM = EOPNOTSUPP
socketpair AF_INET SOCK_DGRAM = EOPNOTSUPP
socketpair AF_UNIX SOCK_STREAM 7 = EPROTONOSUPPORT
socketpair 99 SOCK_STREAM = EAFNOSUPPORT
f := open f O_CREAT|O_RDWR 644
listen f 1 = ENOTSOCK
listen 99 1 = EBADF
connect f unix:x = ENOTSOCK
`)
}

func TestPairStream(t *testing.T) {
	hosttest.Run(t, `
a b := socketpair AF_UNIX SOCK_STREAM
poll a POLLIN|POLLOUT b POLLIN|POLLOUT = [POLLOUT] [POLLOUT]
send a hello = 5
recv b 3 MSG_PEEK = "hel"
recv b 3 = "hel"
send a +world = 5
recv b 100 = "loworld"
recv b 1 MSG_DONTWAIT = EAGAIN
setfl b O_NONBLOCK
read b 1 = EAGAIN
setfl b 0
lseek a 0 SEEK_SET = ESPIPE
pread a 1 0 = ESPIPE
name a = unix:
peername a = unix:
connect a unix:x = ENOENT
send a again = 5
during: send a more = 4
recv b 9 MSG_WAITALL = "againmore"
during: send b x = 1
read a 10 = "x"
during: close b
read a 10 = ""
poll a POLLIN|POLLOUT|POLLRDHUP = [POLLIN|POLLOUT|POLLHUP|POLLRDHUP]
send a x = EPIPE
recv a 1 = ""
`)
}

func TestPairReset(t *testing.T) {
	hosttest.Run(t, `
a b := socketpair AF_UNIX SOCK_STREAM
send a unread = 6
close b
recv a 1 = ECONNRESET
recv a 1 = ""
send a x = EPIPE
`)
}

func TestShutdown(t *testing.T) {
	hosttest.Run(t, `
a b := socketpair AF_UNIX SOCK_STREAM
shutdown a 3 = EINVAL
send a last = 4
shutdown a SHUT_WR
send a x = EPIPE
recv b 10 = "last"
recv b 10 = ""
poll b POLLIN|POLLRDHUP|POLLOUT = [POLLIN|POLLOUT|POLLRDHUP]
poll a POLLIN|POLLRDHUP|POLLOUT = [POLLOUT]
send b back = 4
recv a 10 = "back"
shutdown b SHUT_RDWR
poll a POLLIN|POLLRDHUP|POLLOUT = [POLLIN|POLLOUT|POLLHUP|POLLRDHUP]
s := socket AF_UNIX SOCK_STREAM
shutdown s SHUT_RD
u := socket AF_INET SOCK_STREAM
shutdown u SHUT_RD = ENOTCONN
`)
}

func TestPairMessages(t *testing.T) {
	hosttest.Run(t, `
a b := socketpair AF_UNIX SOCK_DGRAM
send a one = 3
send a two = 3
send a "" = 0
recv b 2 = "on"
recv b 10 MSG_PEEK|MSG_TRUNC = "two"
recv b 1 MSG_TRUNC = "t" of 3
recv b 10 = ""
recv b 10 MSG_DONTWAIT = EAGAIN
listen a 1 = EOPNOTSUPP
accept a = EOPNOTSUPP
close b
send a x = ECONNREFUSED
a b := socketpair AF_UNIX SOCK_SEQPACKET
send a one = 3
send a two = 3
recv b 10 = "one"
close a
recv b 10 = "two"
recv b 10 = ""
send b x = EPIPE
`)
}

func TestUnixConnect(t *testing.T) {
	hosttest.Run(t, `
l := socket AF_UNIX SOCK_STREAM
c := socket AF_UNIX SOCK_STREAM
listen l 1 = EINVAL
accept l = EINVAL
bind l raw:14 = EINVAL
bind l unix:none/s = ENOENT
bind l unix:s
bind l unix:t = EINVAL
name l = unix:s
lstat s = 140777 nlink 1 uid 0 gid 0 size 0
open s O_RDWR = ENXIO
x := socket AF_UNIX SOCK_STREAM
bind x unix:s = EADDRINUSE
connect c unix:none = ENOENT
connect c unix:s = ECONNREFUSED
f := open f O_CREAT|O_RDWR 644
connect c unix:f = ECONNREFUSED
send c x = ENOTCONN
recv c 1 = EINVAL
peername c = ENOTCONN
d := socket AF_UNIX SOCK_DGRAM
connect d unix:s = EPROTOTYPE
listen l 0
getopt l SOL_SOCKET SO_ACCEPTCONN = 1
poll l POLLIN|POLLOUT = 0
connect c unix:s
poll l POLLIN|POLLOUT = [POLLIN]
setfl x O_NONBLOCK
connect x unix:s = EAGAIN
send c early = 5
n := accept l = fd from unix:
recv n 10 = "early"
connect c unix:s = EISCONN
peername c = unix:s
name n = unix:s
setfl l O_NONBLOCK
accept l = EAGAIN
setfl l 0
y := socket AF_UNIX SOCK_STREAM
during: connect y unix:s
m := accept l = fd from unix:
connect l unix:s = EINVAL
connect x unix:s
close l
recv x 1 = ECONNRESET
connect y unix:s = ECONNREFUSED
unlink s
connect y unix:s = ENOENT
`)
}

func TestAbstractNames(t *testing.T) {
	hosttest.Run(t, `
l := socket AF_UNIX SOCK_STREAM
x := socket AF_UNIX SOCK_STREAM
bind l unix:@a
bind x unix:@a = EADDRINUSE
d := socket AF_UNIX SOCK_DGRAM
bind d unix:@a
name l = unix:@a
connect x unix:@none = ECONNREFUSED
connect x unix:@a = ECONNREFUSED
listen l 5
connect x unix:@a
close l
m := socket AF_UNIX SOCK_STREAM
bind m unix:@a
n := socket AF_UNIX SOCK_STREAM
bind n unix:
name n = unix:auto*8
`)
}

func TestUnixDatagrams(t *testing.T) {
	hosttest.Run(t, `
r := socket AF_UNIX SOCK_DGRAM
s := socket AF_UNIX SOCK_DGRAM
send s x = ENOTCONN
bind r unix:r
sendto s hi unix:r = 2
recvfrom r 10 = "hi" from none
bind s unix:s
sendto s hi unix:r = 2
recvfrom r 10 = "hi" from unix:s
sendto s hi unix:none = ENOENT
connect s unix:r
send s conn = 4
recvfrom r 10 = "conn" from unix:s
x := socket AF_UNIX SOCK_DGRAM
connect r unix:s
sendto x no unix:r = EPERM
connect x unix:r = EPERM
connect s unspec
send s x = ENOTCONN
close r
sendto x no unix:r = ECONNREFUSED
`)
}

func TestTCP(t *testing.T) {
	hosttest.Run(t, `
l := socket AF_INET SOCK_STREAM
bind l raw:4 = EINVAL
bind l 8.8.8.8:0 = EADDRNOTAVAIL
bind l 127.0.0.1:0
p := port l
bind l 127.0.0.1:0 = EINVAL
name l = 127.0.0.1:p
x := socket AF_INET SOCK_STREAM
bind x 127.0.0.1:p = EADDRINUSE
bind x 0.0.0.0:p = EADDRINUSE
c := socket AF_INET SOCK_STREAM
recv c 1 = ENOTCONN
send c x = EPIPE
peername c = ENOTCONN
poll c POLLIN|POLLOUT = [POLLOUT|POLLHUP]
name c = 0.0.0.0:0
accept l = EINVAL
connect c 127.0.0.1:p = ECONNREFUSED
listen l 5
setfl l O_NONBLOCK
accept l = EAGAIN
connect c 127.0.0.1:p
q := port c
connect c 127.0.0.1:p = EISCONN
name c = 127.0.0.1:q
peername c = 127.0.0.1:p
send c early = 5
poll l POLLIN = [POLLIN]
n := accept l = fd from 127.0.0.1:q
recv n 100 = "early"
send n back = 4
recv c 2 MSG_PEEK = "ba"
recv c 4 MSG_WAITALL = "back"
poll c POLLIN|POLLOUT = [POLLOUT]
getopt c SOL_SOCKET SO_TYPE = 1
getopt c SOL_SOCKET SO_DOMAIN = 2
getopt c SOL_SOCKET SO_PROTOCOL = 6
getopt c SOL_SOCKET SO_ERROR = 0
getopt c SOL_SOCKET 999 = ENOPROTOOPT
setopt c SOL_SOCKET SO_REUSEADDR 1
getopt c SOL_SOCKET SO_REUSEADDR = 1
shutdown c SHUT_WR
send c x = EPIPE
recv n 10 = ""
poll n POLLIN|POLLRDHUP = [POLLIN|POLLRDHUP]
send n half = 4
recv c 10 = "half"
close n
close l
recv c 10 = ""
connect x 127.0.0.1:p = ECONNREFUSED
`)
}

func TestTCPReset(t *testing.T) {
	hosttest.Run(t, `
l := socket AF_INET SOCK_STREAM
listen l 5
p := port l
c := socket AF_INET SOCK_STREAM
connect c 127.0.0.1:p
n := accept l
send c unread = 6
close n
recv c 1 = ECONNRESET
recv c 1 = ""
send c x = EPIPE
d := socket AF_INET SOCK_STREAM
setfl d O_NONBLOCK
connect d 127.0.0.1:p = EINPROGRESS
poll d POLLOUT 1000 = [POLLOUT]
getopt d SOL_SOCKET SO_ERROR = 0
connect d 127.0.0.1:p
connect d 127.0.0.1:p = EISCONN
close l
`)
}

func TestUDP(t *testing.T) {
	hosttest.Run(t, `
r := socket AF_INET SOCK_DGRAM
bind r 127.0.0.1:0
p := port r
s := socket AF_INET SOCK_DGRAM
send s x = EDESTADDRREQ
sendto s hello 127.0.0.1:p = 5
q := port s
recvfrom r 10 = "hello" from 127.0.0.1:q
sendto s "" 127.0.0.1:p = 0
recvfrom r 10 = "" from 127.0.0.1:q
sendto s x 127.0.0.1:0 = EINVAL
sendto s x*70000 127.0.0.1:p = EMSGSIZE
x := socket AF_INET SOCK_DGRAM
bind x 127.0.0.1:p = EADDRINUSE
connect s 127.0.0.1:p
send s again = 5
sendto s third 127.0.0.1:p = 5
recv r 2 = "ag"
recv r 2 MSG_TRUNC = "th" of 5
recv r 2 MSG_DONTWAIT = EAGAIN
name s = 127.0.0.1:q
peername s = 127.0.0.1:p
close r
send s x = 1
send s x = ECONNREFUSED
listen s 1 = EOPNOTSUPP
`)
}
