; Panics: writes the panic bit to the pvpanic-pci device in slot 7.
org 0x7c00
bits 16
  cli
  xor ax, ax
  mov ds, ax
  mov es, ax
  mov ss, ax
  mov sp, 0x7c00
  ; memory decoding on
  mov eax, 0x80003804
  mov dx, 0xcf8
  out dx, eax
  mov dx, 0xcfc
  mov eax, 2
  out dx, ax
  mov eax, 0x80003810
  mov dx, 0xcf8
  out dx, eax
  mov dx, 0xcfc
  in eax, dx
  and eax, 0xfffffff0
  mov ebx, eax
  lgdt [gdtr]
  mov eax, cr0
  or al, 1
  mov cr0, eax
  mov cx, 8
  mov fs, cx
  and al, 0xfe
  mov cr0, eax
  mov byte [fs:ebx], 1
halt:
  hlt
  jmp halt
gdtr:
  dw 15
  dd gdt
gdt:
  dq 0
  dq 0x00cf92000000ffff
times 510-($-$$) db 0
dw 0xaa55
