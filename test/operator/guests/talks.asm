; Says the same line at the serial console for ever.
org 0x7c00
bits 16
  xor ax, ax
  mov ds, ax
  mov dx, 0x3f8
again:
  mov si, text
say:
  lodsb
  test al, al
  jz again
  out dx, al
  jmp say
text: db "the guest is talking to whoever reads its serial console ....", 13, 10, 0
times 510-($-$$) db 0
dw 0xaa55
