; A boot sector that enters 64-bit mode with paging and leaves through isa-debug-exit. QEMU's exit status is then
; 85, which is (0x2a << 1) | 1. It answers one question: does this accelerator run a guest, and how fast?
; boot-sector.ts holds it assembled: nasm -f bin boot-sector.asm -o boot-sector.bin && base64 -w0 boot-sector.bin
bits 16
org 0x7c00
cli
xor ax,ax
mov ds,ax
mov es,ax
mov ss,ax
mov sp,0x7c00
; page tables at 0x1000 to 0x3fff: the first 2 MiB mapped to themselves
mov edi,0x1000
mov cr3,edi
xor eax,eax
mov ecx,3072
rep stosd
mov dword [0x1000],0x2003
mov dword [0x2000],0x3003
mov dword [0x3000],0x83
mov eax,cr4
or eax,1<<5
mov cr4,eax
mov ecx,0xC0000080
rdmsr
or eax,1<<8
wrmsr
mov eax,cr0
or eax,0x80000001
mov cr0,eax
lgdt [gdtr]
jmp 8:lm
bits 64
lm:
mov al,0x2a
out 0xf4,al
hlt
jmp $
align 8
gdt: dq 0
dq 0x00209A0000000000
gdtr: dw 15
dd gdt
times 510-($-$$) db 0
dw 0xaa55
