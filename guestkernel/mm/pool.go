package mm

import "unsafe"

// Pool is a pool of kernel objects of one type, made from page frames as it
// grows. Its zero value is an empty pool. T has a size of 8 bytes to a page.
type Pool[T any] struct {
	free unsafe.Pointer // a list through the first word of each free object
	used int
}

// Get returns a zeroed object, or nil if memory is full.
func (p *Pool[T]) Get() *T {
	if p.free == nil && !p.grow() {
		return nil
	}
	e := p.free
	p.free = *(*unsafe.Pointer)(e)
	p.used++
	t := (*T)(e)
	var zero T
	*t = zero
	return t
}

// Put gives an object back.
func (p *Pool[T]) Put(t *T) {
	*(*unsafe.Pointer)(unsafe.Pointer(t)) = p.free
	p.free = unsafe.Pointer(t)
	p.used--
}

// Used is how many objects are in use.
func (p *Pool[T]) Used() int { return p.used }

// grow adds the objects of one more frame (or, on a host, of the garbage
// collector's memory) to the free list.
func (p *Pool[T]) grow() bool {
	var t T
	size := (unsafe.Sizeof(t) + 15) &^ 15
	b := poolPage[T]()
	if b == nil {
		return false
	}
	poolPages++
	for off := uintptr(0); off+size <= PageSize; off += size {
		e := unsafe.Add(b, off)
		*(*unsafe.Pointer)(e) = p.free
		p.free = e
	}
	return p.free != nil
}
