package mm

import "sysindvm/syscalls"

// MaxVec is how many pieces one read or write has at most (UIO_MAXIOV).
const MaxVec = 1024

const vecPerPage = PageSize / 16

// piece is struct iovec of readv(2).
type piece struct {
	addr uintptr
	n    int
}

// Vec is memory in pieces: what readv(2) and its like read and write. Its
// pieces are copied in once.
type Vec struct {
	pages [MaxVec / vecPerPage]*[vecPerPage]piece
	n     int
	len   int
}

var vecs Pool[Vec]
var vecPages Pool[[vecPerPage]piece]

func (v *Vec) at(i int) *piece { return &v.pages[i/vecPerPage][i%vecPerPage] }

// NewVec copies n struct iovec in. All together they have at most limit
// bytes: what is beyond is cut off.
func NewVec(addr uintptr, n uint64, limit int) (*Vec, syscalls.Errno) {
	if n > MaxVec {
		return nil, syscalls.EINVAL
	}
	v := vecs.Get()
	if v == nil {
		return nil, syscalls.ENOMEM
	}
	for i := range int(n) {
		if err := v.add(addr+uintptr(i)*16, limit); err != 0 {
			v.Free()
			return nil, err
		}
	}
	return v, 0
}

func (v *Vec) add(addr uintptr, limit int) syscalls.Errno {
	p := &v.pages[v.n/vecPerPage]
	if *p == nil {
		if *p = vecPages.Get(); *p == nil {
			return syscalls.ENOMEM
		}
	}
	var w [16]byte
	if _, err := UserBuf(addr, 16).Read(0, w[:]); err != 0 {
		return err
	}
	base, n := uintptr(syscalls.GetInt(w[:], 8)), int(syscalls.GetInt(w[8:], 8))
	switch {
	case n < 0:
		return syscalls.EINVAL
	case !UserRange(base, uintptr(n)):
		return syscalls.EFAULT
	}
	n = min(n, limit-v.len)
	*v.at(v.n) = piece{base, n}
	v.n++
	v.len += n
	return 0
}

// Free gives the memory of the list back.
func (v *Vec) Free() {
	for _, p := range v.pages {
		if p != nil {
			vecPages.Put(p)
		}
	}
	vecs.Put(v)
}

// Buf is all the pieces, one behind the other.
func (v *Vec) Buf() Buf { return Buf{0, v.len, false, v} }

// move copies to or from what begins off bytes into v.
func (v *Vec) move(off int, k []byte, write bool) (done int, err syscalls.Errno) {
	for i := 0; i < v.n && done < len(k); i++ {
		p := v.at(i)
		if off >= p.n {
			off -= p.n
			continue
		}
		m := min(p.n-off, len(k)-done)
		n, err := Buf{p.addr, p.n, false, nil}.move(off, k[done:done+m], write)
		done += n
		if err != 0 {
			return done, err
		}
		off = 0
	}
	return done, 0
}
