package arch

// Bits of a page-table entry (SDM 3A, 4.5).
const (
	PTEPresent = 1 << 0
	PTEWrite   = 1 << 1
	PTEUser    = 1 << 2
	pteNoCache = 1<<3 | 1<<4
	pteLarge   = 1 << 7
	PTEAddr    = 0x000ffffffffff000
)

// PTENoExec is the bit that forbids execution; 0 where the CPU has none.
func PTENoExec() uint64 { return pteNX }

// PageTable is one page table of any level.
type PageTable [512]uint64

// Table is the page table in the frame at pa.
func Table(pa uint64) *PageTable { return (*PageTable)(Virt(pa & PTEAddr)) }

// Index is which entry of a table of a level translates va.
func Index(va uint64, level int) int { return int(va>>(12+9*uint(level))) & 511 }
