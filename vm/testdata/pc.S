# A kernel as someone would write one for a lesson: Multiboot, 32 bits, with its
# own GDT and IDT, 4 MiB pages, the 8259A, the 8254, the clock and the UART. It
# says what it finds, counts five ticks of the timer, and ends by port 0xf4.
#
#	as --32 -o pc.o pc.S && ld -m elf_i386 --oformat binary -Ttext 0x100000 -o pc.img pc.o
	.code32
	.text
	.globl _start
header:
	.long 0x1badb002, 0x10003, -(0x1badb002 + 0x10003)
	.long header, header, end, bss_end, _start
_start:
	movl $stack_top, %esp
	movl %ebx, %ebp
	cmpl $0x2badb002, %eax
	jne bad
	movl $hello, %esi
	call puts
	movl 16(%ebp), %esi		# the command line
	call puts
	movl 8(%ebp), %eax		# mem_upper, in KiB
	shrl $10, %eax
	call number
	movb $10, %al
	call putc

	movb $0x09, %al			# the year, in BCD
	outb %al, $0x70
	inb $0x71, %al
	call hex
	movb $10, %al
	call putc

	lgdt gdtr
	ljmp $0x08, $1f
1:	movw $0x10, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss

	movl $directory, %edi		# identity, 4 MiB pages
	movl $0x83, %eax
	movl $16, %ecx
2:	movl %eax, (%edi)
	addl $4, %edi
	addl $0x400000, %eax
	loop 2b
	movl $directory, %eax
	movl %eax, %cr3
	movl %cr4, %eax
	orl $0x10, %eax
	movl %eax, %cr4
	movl %cr0, %eax
	orl $0x80000000, %eax
	movl %eax, %cr0

	movl $tick, %eax		# vector 0x20
	movw %ax, idt + 0x20*8
	movw $0x08, idt + 0x20*8 + 2
	movw $0x8e00, idt + 0x20*8 + 4
	shrl $16, %eax
	movw %ax, idt + 0x20*8 + 6
	lidt idtr

	movb $0x11, %al			# 8259A: vectors 0x20 and 0x28, only the timer
	outb %al, $0x20
	outb %al, $0xa0
	movb $0x20, %al
	outb %al, $0x21
	movb $0x28, %al
	outb %al, $0xa1
	movb $4, %al
	outb %al, $0x21
	movb $2, %al
	outb %al, $0xa1
	movb $1, %al
	outb %al, $0x21
	outb %al, $0xa1
	movb $0xfe, %al
	outb %al, $0x21
	movb $0xff, %al
	outb %al, $0xa1

	movb $0x34, %al			# 8254: channel 0, mode 2, 100 Hz
	outb %al, $0x43
	movw $11932, %ax
	outb %al, $0x40
	movb %ah, %al
	outb %al, $0x40
	sti
3:	hlt
	cmpl $5, ticks
	jb 3b
	cli
	movb $10, %al
	call putc
	movl $42, %eax
	outl %eax, $0xf4
bad:	hlt
	jmp bad

tick:	pushal
	incl ticks
	movb $'.', %al
	call putc
	movb $0x20, %al
	outb %al, $0x20
	popal
	iret

putc:	movb %al, %ah
	movw $0x3fd, %dx
4:	inb %dx, %al
	testb $0x20, %al
	jz 4b
	movb %ah, %al
	movw $0x3f8, %dx
	outb %al, %dx
	ret
puts:	lodsb
	testb %al, %al
	jz 5f
	call putc
	jmp puts
5:	movb $10, %al
	jmp putc
hex:	movb %al, %bl
	shrb $4, %al
	call digit
	movb %bl, %al
	andb $15, %al
digit:	addb $'0', %al
	jmp putc
number:	xorl %edx, %edx
	movl $10, %ecx
	divl %ecx
	pushl %edx
	testl %eax, %eax
	jz 6f
	call number
6:	popl %eax
	jmp digit

hello:	.asciz "a Multiboot kernel"
	.align 8
gdt:	.quad 0, 0x00cf9a000000ffff, 0x00cf92000000ffff
gdtr:	.word 23
	.long gdt
idtr:	.word 256*8-1
	.long idt
	.align 4
end:
	.bss
	.align 4096
directory: .skip 4096
idt:	.skip 256*8
ticks:	.skip 4
	.skip 4096
stack_top:
bss_end:
