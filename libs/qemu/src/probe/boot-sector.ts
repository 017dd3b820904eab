/** The code of boot-sector.asm, assembled. */
const CODE =
  '+jHAjtiOwI7QvAB8Zr8AEAAADyLfZjHAZrkADAAA82arZscGABADIAAAZscGACADMAAAZscGADCDAAAADyDgZoPIIA8i4Ga5' +
  'gAAAwA8yZg0AAQAADzAPIMBmDQEAAIAPIsAPARaIfOpsfAgAsCrm9PTr/pCQkJCQAAAAAAAAAAAAAAAAAJogAA8AeHw=';
const SECTOR_BYTES = 512;
const BOOT_SIGNATURE = 0xaa55;

/** Exit status of QEMU when the boot sector ran to its end. */
export const BOOT_SECTOR_EXIT_CODE = 85;

/** A bootable disk of one sector. */
export function bootSector(): Buffer {
  const sector = Buffer.alloc(SECTOR_BYTES);
  sector.write(CODE, 'base64');
  sector.writeUInt16LE(BOOT_SIGNATURE, SECTOR_BYTES - 2);
  return sector;
}
