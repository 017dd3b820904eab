; Answers each byte at its serial console with the same byte.
bits 16
org 0x7c00
again:
    mov dx, 0x3fd
.typed:
    in al, dx
    test al, 1
    jz .typed
    mov dx, 0x3f8
    in al, dx
    mov bl, al
    mov dx, 0x3fd
.free:
    in al, dx
    test al, 0x20
    jz .free
    mov dx, 0x3f8
    mov al, bl
    out dx, al
    jmp again
