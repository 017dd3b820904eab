; Says the numbers from 0 to 255 at its serial console, again and again, each when the one before it was sent.
bits 16
org 0x7c00
again:
    mov dx, 0x3fd
.free:
    in al, dx
    test al, 0x20
    jz .free
    mov dx, 0x3f8
    mov al, bl
    out dx, al
    inc bl
    jmp again
