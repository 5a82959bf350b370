# What a small kernel's boot code does in the older modes of the CPU, with the
# results at 0x800 and then at port 0xe9, in bytes as the test expects them. Built with
#   as --32 -o modes.o modes.S && ld -m elf_i386 -Ttext 0x8000 --oformat binary -o modes.bin modes.o
.code16
.globl _start
_start:
	cli
	xorw %ax, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movw $0x7000, %sp
	movw $0x800, %di
	# 0: an interrupt by the table of real mode
	movw $int21, 0x84
	movw $0, 0x86
	int $0x21
	movb %al, (%di)
	incw %di
	# 1: 16-bit addresses, which wrap, and segments
	movw $0xfff0, %bx
	movw $0x0620, %si
	movb $0x5a, (%bx,%si)		# 0x610
	movw $0x61, %ax
	movw %ax, %ds
	movb (0), %al			# 0x61:0 = 0x610
	movw $0, %bx
	movw %bx, %ds
	movb %al, (%di)
	incw %di
	# 2: 32-bit operands and addresses in 16-bit code
	movl $0x12345678, %eax
	movl $0x600, %ecx
	movl %eax, 4(%ecx)
	movb 0x607, %al
	movb %al, (%di)
	incw %di
	# 3: a far call and return
	lcall $0, $far16
	movb %al, (%di)
	incw %di
	# 4: a divide error, whose handler steps over it
	movw $int0, 0x0
	movw $0, 0x2
	xorw %cx, %cx
	divw %cx
	movb %al, (%di)
	incw %di
	# 5: beyond a segment's limit in real mode is #GP
	movw $int13, 52
	movw $0, 54
	movw $0xffff, %bx
	movw (%bx), %ax
	movb %al, (%di)
	incw %di
	# 6: a string instruction, and LES
	movw $text, %si
	movw $0x620, 0x630
	movw $0, 0x632
	pushw %di
	lesw 0x630, %di
	movw $4, %cx
	cld
	rep movsb
	popw %di
	movb 0x623, %al
	movb %al, (%di)
	incw %di
	# protected mode
	lgdt gdtr
	lidt idtr
	movl %cr0, %eax
	orb $1, %al
	movl %eax, %cr0
	ljmpl $0x8, $protected

int21:	movb $0x21, %al
	iret
int0:	movw %sp, %bp
	addw $2, (%bp)
	movb $0xd0, %al
	iret
int13:	movw %sp, %bp
	addw $2, (%bp)
	movb $0x13, %al
	iret
far16:	movb $0xfa, %al
	lret
text:	.ascii "abcd"

.code32
protected:
	movw $0x10, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movl $0x7000, %esp
	movzwl %di, %edi
	# 7: decimal: 79 + 35
	movb $0x79, %al
	addb $0x35, %al
	daa
	call put
	# 8: and its carry
	setc %al
	call put
	# 9: 35 - 47
	movb $0x35, %al
	subb $0x47, %al
	das
	call put
	# 10, 11: AAA
	movw $0x0309, %ax
	addb $8, %al
	aaa
	call put
	movb %ah, %al
	call put
	# 12, 13: AAM, AAD
	movb $63, %al
	aam
	pushl %eax
	movb %ah, %al
	call put
	popl %eax
	aad
	call put
	# 14, 15: AAS
	movw $0x0204, %ax
	subb $9, %al
	aas
	call put
	movb %ah, %al
	call put
	# 16: BOUND, outside: #BR
	movl $limits, %ebx
	movl $11, %eax
	boundl %eax, (%ebx)
	movl $7, %eax
	boundl %eax, (%ebx)
	movl %esi, %eax
	call put
	# 17, 18: a segment with a limit: the last byte, and one more: #GP
	movw $0x20, %ax
	movw %ax, %fs
	movb %fs:0xff, %al
	xorl %esi, %esi
	movb %fs:0x100, %al
	movl %esi, %eax
	call put
	movl %ebp, %eax
	call put
	# 19: a null selector: #GP
	xorl %eax, %eax
	movw %ax, %gs
	xorl %esi, %esi
	movb %gs:0, %al
	movl %esi, %eax
	call put
	# 20: expands down
	movw $0x28, %ax
	movw %ax, %fs
	movb %fs:0x1000, %al
	xorl %esi, %esi
	movb %fs:0xfff, %al
	movl %esi, %eax
	call put
	# 21, 22: LAR, LSL
	movw $0x20, %ax
	xorl %ecx, %ecx
	larw %ax, %cx
	movb %ch, %al
	call put
	movw $0x20, %ax
	lsll %eax, %ecx
	movb %cl, %al
	call put
	# 23: VERW of code
	movw $0x8, %ax
	verw %ax
	setz %al
	call put
	# 24: ARPL
	movw $0x10, %ax
	movw $3, %cx
	arpl %cx, %ax
	call put
	# 25: 16-bit code in protected mode, and back
	lcall $0x18, $code16
	call put
	# 26: a single step: #DB after the instruction
	xorl %esi, %esi
	pushfl
	orl $0x100, (%esp)
	popfl
	nop
	movl %esi, %eax
	call put
	# 27: an instruction breakpoint, and one on a write to memory
	movl $here, %eax
	movl %eax, %dr0
	movl $0x640, %eax
	movl %eax, %dr1
	movl $0x00d0000a, %eax		# L1: write of 4 bytes to DR1; G0 of DR0
	orl $0x2, %eax
	movl %eax, %dr7
	xorl %esi, %esi
here:	nop
	movl %esi, %eax
	call put
	xorl %esi, %esi
	movb $1, 0x642
	movl %esi, %eax
	call put
	xorl %eax, %eax
	movl %eax, %dr7
	# 29: SYSENTER
	movl $0x174, %ecx
	movl $0x8, %eax
	xorl %edx, %edx
	wrmsr
	incl %ecx
	movl $0x6f00, %eax
	wrmsr
	incl %ecx
	movl $entered, %eax
	wrmsr
	sysenter
entered:
	movl %esp, %eax
	shrl $8, %eax
	call put
	# all of it to a port
	movl $0x800, %esi
	movl %edi, %ecx
	subl %esi, %ecx
	movw $0xe9, %dx
	rep outsb
	hlt

put:	movb %al, (%edi)
	incl %edi
	ret

.code16
code16:	movw $0x1616, %ax
	lretl
.code32

limits:	.long 5, 10

# Handlers leave the vector in ESI and the error code in EBP, and step over the
# instruction where that is what faulted.
gp:	popl %ebp
	movl $13, %esi
	addl $6, (%esp)
	iret
br:	movl $5, %esi
	addl $2, (%esp)
	iret
db:	movl %dr6, %esi
	andl $0xe00f, %esi
	pushl %eax
	movl %esi, %eax
	shrl $8, %eax
	orl %eax, %esi
	movl $0, %eax
	movl %eax, %dr6
	popl %eax
	andl $~0x100, 8(%esp)
	orl $0x10000, 8(%esp)		# RF: not the same breakpoint once more
	iret

.balign 8
gdt:	.quad 0
	.quad 0x00cf9b000000ffff	# 0x08: code
	.quad 0x00cf93000000ffff	# 0x10: data
	.quad 0x000f9b000000ffff	# 0x18: 16-bit code
	.quad 0x00409300080000ff	# 0x20: 256 bytes at 0x800
	.quad 0x0040970000000fff	# 0x28: all but the first 4 KiB
gdtr:	.word . - gdt - 1
	.long gdt
.balign 8
idt:	.quad 0
	.word db, 8, 0x8e00, 0
	.fill 3, 8, 0
	.word br, 8, 0x8e00, 0
	.fill 7, 8, 0
	.word gp, 8, 0x8e00, 0
idtr:	.word . - idt - 1
	.long idt
