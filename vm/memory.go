package vm

// memory is guest-physical RAM, from address 0 up, as the machine itself
// reaches it.
type memory []byte

// slice is the n bytes at an address, and false unless all of them are RAM.
func (m memory) slice(addr, n uint64) ([]byte, bool) {
	size := uint64(len(m))
	if addr > size || n > size-addr {
		return nil, false
	}
	return m[addr : addr+n : addr+n], true
}
