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

const assembled = (hex: string): Buffer => bootSector([...Buffer.from(hex, 'hex')]);

/** guests/panics.asm: tells its panic device that it panicked. */
export const PANICS = assembled(
  'fa31c08ed88ec08ed0bc007c66b804380080baf80c66efbafc0c66b802000000ef66b810380080baf80c66efbafc0c66ed66' +
    '83e0f06689c30f0116577c0f20c00c010f22c0b908008ee124fe0f22c06467c60301f4ebfd0f005d7c000000000000000000' +
    '00ffff00000092cf',
);

/** guests/talks.asm: says the same line at its serial console for ever. */
export const TALKS = assembled(
  '31c08ed8baf803be127cac84c074f8eeebf87468652067756573742069732074616c6b696e6720746f2077686f6576657220' +
    '7265616473206974732073657269616c20636f6e736f6c65202e2e2e2e0d0a',
);

/** guests/writes.asm: writes chunks that hold their number, says `done` at its serial console and sleeps. */
export const WRITES = assembled(
  '31c08ed88ed0bc007cfb8816557cb800108ec031ff66a1567cb90020f366abb443b0008a16557cbe5a7ccd1372f166830662' +
    '7c4066ff06567c66813e567c8101000075cabe6a7cac84c07406baf803eeebf5f4ebfd000100000010004000000000100008' +
    '000000000000646f6e650a',
);
/** What WRITES leaves on its disk. */
export const WRITTEN = { firstByte: 2048 * 512, chunkBytes: 64 * 512, chunks: 384 } as const;

/** guests/echoes.asm: answers each byte at its serial console with the same byte. */
export const ECHOES = assembled('bafd03eca80174fbbaf803ec88c3bafd03eca82074fbbaf80388d8eeebe2');

/** guests/counts.asm: says the numbers from 0 to 255 at its serial console, again and again, each when it was sent. */
export const COUNTS = assembled('bafd03eca82074fbbaf80388d8eefec3ebee');
