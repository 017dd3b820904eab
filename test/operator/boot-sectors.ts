/** Guests of one sector, which the firmware runs a second after the start. */
function bootSector(code: number[]): Buffer {
  const sector = Buffer.alloc(512);
  Buffer.from(code).copy(sector);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

const HALT = [0xf4, 0xeb, 0xfd];

/** `mov dx, 0x604; mov ax, 0x2000; out dx, ax`: ACPI's soft off. */
export const POWERS_OFF = bootSector([0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef, ...HALT]);

/** Sleeps for ever and hears no power button. */
export const SLEEPS = bootSector(HALT);
