; Writes 384 chunks of 64 sectors (12 MiB) from sector 2048 of the first disk on; each double word holds the number
; of its chunk, from 1. A write that fails is tried again. Then says `done` at the serial console and sleeps.
org 0x7c00
bits 16
  xor ax, ax
  mov ds, ax
  mov ss, ax
  mov sp, 0x7c00
  sti
  mov [drive], dl
chunk:
  mov ax, 0x1000
  mov es, ax
  xor di, di
  mov eax, [number]
  mov cx, 8192
  rep stosd
write:
  mov ah, 0x43
  mov al, 0
  mov dl, [drive]
  mov si, packet
  int 0x13
  jc write
  add dword [sector], 64
  inc dword [number]
  cmp dword [number], 385
  jne chunk
  mov si, text
say:
  lodsb
  test al, al
  jz sleep
  mov dx, 0x3f8
  out dx, al
  jmp say
sleep:
  hlt
  jmp sleep
drive: db 0
number: dd 1
packet: db 16, 0
  dw 64
  dw 0, 0x1000
sector: dd 2048, 0
text: db "done", 10, 0
times 510-($-$$) db 0
dw 0xaa55
