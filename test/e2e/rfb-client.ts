/** As much of RFB 3.8 as it takes to see one picture. */
import { waitFor } from '#libs/testing';

export interface RfbWire {
  /** Everything that came so far. */
  bytes(): Buffer;
  send(bytes: Buffer): void;
}

export interface Picture {
  width: number;
  height: number;
  name: string;
  /** One pixel after the other, 4 bytes each. */
  pixels: Buffer;
}

const RAW = 0;
const BYTES_PER_PIXEL = 4;

export async function fetchPicture(wire: RfbWire): Promise<Picture> {
  let at = 0;
  const take = async (count: number): Promise<Buffer> => {
    await waitFor(() => wire.bytes().length >= at + count, {
      timeoutMs: 30_000,
      what: `${count} bytes of the screen`,
    });
    at += count;
    return wire.bytes().subarray(at - count, at);
  };
  const version = (await take(12)).toString();
  if (version !== 'RFB 003.008\n') throw new Error(`this is no RFB: ${version}`);
  wire.send(Buffer.from(version));
  const types = await take((await take(1))[0] ?? 0);
  if (!types.includes(1)) throw new Error('the screen wants a password');
  wire.send(Buffer.from([1]));
  if ((await take(4)).readUInt32BE() !== 0) throw new Error('the screen refuses');
  wire.send(Buffer.from([1]));
  const init = await take(24);
  const [width, height] = [init.readUInt16BE(0), init.readUInt16BE(2)];
  if (init[4] !== BYTES_PER_PIXEL * 8) throw new Error(`the screen has ${init[4]} bits a pixel`);
  const name = (await take(init.readUInt32BE(20))).toString();
  wire.send(setEncodings(RAW));
  wire.send(updateRequest(width, height));
  const pixels = Buffer.alloc(width * height * BYTES_PER_PIXEL);
  const head = await take(4);
  if (head[0] !== 0) throw new Error(`message ${head[0]} instead of a framebuffer update`);
  for (let rectangle = 0; rectangle < head.readUInt16BE(2); rectangle += 1) {
    const [x, y, w, h] = readShorts(await take(8));
    if ((await take(4)).readInt32BE() !== RAW) throw new Error('an encoding that was not asked for');
    const content = await take(w * h * BYTES_PER_PIXEL);
    for (let row = 0; row < h; row += 1) {
      const from = row * w * BYTES_PER_PIXEL;
      content.copy(pixels, ((y + row) * width + x) * BYTES_PER_PIXEL, from, from + w * BYTES_PER_PIXEL);
    }
  }
  return { width, height, name, pixels };
}

function setEncodings(encoding: number): Buffer {
  const message = Buffer.alloc(8);
  message.writeUInt8(2, 0);
  message.writeUInt16BE(1, 2);
  message.writeInt32BE(encoding, 4);
  return message;
}

/** Of the whole screen, whatever was sent before. */
function updateRequest(width: number, height: number): Buffer {
  const message = Buffer.alloc(10);
  message.writeUInt8(3, 0);
  message.writeUInt16BE(width, 6);
  message.writeUInt16BE(height, 8);
  return message;
}

function readShorts(bytes: Buffer): [number, number, number, number] {
  const short = (index: number) => bytes.readUInt16BE(index * 2);
  return [short(0), short(1), short(2), short(3)];
}
