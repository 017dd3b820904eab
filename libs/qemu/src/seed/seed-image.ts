/**
 * A NoCloud seed as a disk image: ISO 9660 with the volume id CIDATA, and the names of its files told twice, by Rock
 * Ridge and by Joliet, so that Linux, the BSDs and Windows all read `user-data`. Pure, and the same texts give the
 * same bytes: nothing in it is a time or a random number.
 *
 * The layout is fixed, one sector each: 16 primary volume, 17 Joliet volume, 18 end of volumes, 19 to 22 path tables,
 * 23 root folder, 24 root folder for Joliet, 25 the word that Rock Ridge is used, from 26 on the files. Only root may
 * read what is inside a guest that mounts it.
 */
const SECTOR = 2048;
const ROOT = { primary: 23, joliet: 24 } as const;
const EXTENSIONS = 25;
const FIRST_FILE = 26;
const VOLUME_ID = 'CIDATA';
/** 1980-01-01, as a folder of ISO 9660 says it. */
const NO_TIME = Buffer.from([80, 1, 1, 0, 0, 0, 0]);
const FOLDER_MODE = 0o040500;
const FILE_MODE = 0o100400;

export interface SeedTexts {
  userData: string;
  metaData: string;
  /** Empty: the guest does as it does without. */
  networkConfig: string;
}

interface SeedFile {
  name: string;
  /** For readers that know nothing but ISO 9660. */
  plainName: string;
  content: Buffer;
  sector: number;
}

export function seedImage(texts: SeedTexts): Buffer {
  const files = layOut(texts);
  const end = files.reduce((sector, { content }) => sector + sectorsOf(content), FIRST_FILE);
  const image = Buffer.alloc(end * SECTOR);
  const put = (sector: number, content: Buffer) => content.copy(image, sector * SECTOR);
  put(16, volume('primary', end));
  put(17, volume('joliet', end));
  put(18, Buffer.from('\xffCD001\x01', 'latin1'));
  put(19, pathTable(ROOT.primary, 'little'));
  put(20, pathTable(ROOT.primary, 'big'));
  put(21, pathTable(ROOT.joliet, 'little'));
  put(22, pathTable(ROOT.joliet, 'big'));
  put(ROOT.primary, primaryFolder(files));
  put(ROOT.joliet, jolietFolder(files));
  put(EXTENSIONS, ROCK_RIDGE);
  for (const { sector, content } of files) put(sector, content);
  return image;
}

const sectorsOf = (content: Buffer) => Math.ceil(content.length / SECTOR);

/** In the order that a folder must have. */
function layOut({ userData, metaData, networkConfig }: SeedTexts): SeedFile[] {
  const wanted = [
    { name: 'meta-data', plainName: 'META_DATA.;1', text: metaData },
    ...(networkConfig
      ? [{ name: 'network-config', plainName: 'NETWORK_CONFIG.;1', text: networkConfig }]
      : []),
    { name: 'user-data', plainName: 'USER_DATA.;1', text: userData },
  ];
  let next = FIRST_FILE;
  return wanted.map(({ name, plainName, text }) => {
    const content = Buffer.from(text, 'utf8');
    const sector = next;
    next += sectorsOf(content);
    return { name, plainName, content, sector };
  });
}

/** A number in both byte orders, as the standard wants it. */
function both32(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(value, 0);
  bytes.writeUInt32BE(value, 4);
  return bytes;
}

function both16(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16LE(value, 0);
  bytes.writeUInt16BE(value, 2);
  return bytes;
}

const wide = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

function volume(kind: keyof typeof ROOT, sectors: number): Buffer {
  const joliet = kind === 'joliet';
  const bytes = Buffer.alloc(SECTOR);
  const text = (at: number, length: number, value: string) => {
    const blank = joliet ? wide(' '.repeat(length >> 1)) : Buffer.alloc(length, ' ');
    blank.copy(bytes, at);
    (joliet ? wide(value) : Buffer.from(value, 'latin1')).copy(bytes, at);
  };
  bytes[0] = joliet ? 2 : 1;
  bytes.write('CD001\x01', 1, 'latin1');
  text(8, 32, '');
  text(40, 32, VOLUME_ID);
  both32(sectors).copy(bytes, 80);
  if (joliet) bytes.write('%/E', 88, 'latin1');
  both16(1).copy(bytes, 120);
  both16(1).copy(bytes, 124);
  both16(SECTOR).copy(bytes, 128);
  both32(pathTable(0, 'little').length).copy(bytes, 132);
  bytes.writeUInt32LE(joliet ? 21 : 19, 140);
  bytes.writeUInt32BE(joliet ? 22 : 20, 148);
  record({ name: Buffer.from([0]), sector: ROOT[kind], size: SECTOR, folder: true }).copy(bytes, 156);
  for (const at of [190, 318, 446, 574]) text(at, 128, '');
  for (const at of [702, 739, 776]) text(at, 37, '');
  for (const at of [813, 830, 847, 864]) bytes.fill('0', at, at + 16, 'latin1');
  bytes[881] = 1;
  return bytes;
}

/** The root folder alone. */
function pathTable(sector: number, order: 'little' | 'big'): Buffer {
  const bytes = Buffer.alloc(10);
  bytes[0] = 1;
  if (order === 'little') {
    bytes.writeUInt32LE(sector, 2);
    bytes.writeUInt16LE(1, 6);
  } else {
    bytes.writeUInt32BE(sector, 2);
    bytes.writeUInt16BE(1, 6);
  }
  return bytes;
}

interface Entry {
  name: Buffer;
  sector: number;
  size: number;
  folder?: boolean;
  /** What Rock Ridge adds. */
  more?: Buffer;
}

function record({ name, sector, size, folder = false, more = Buffer.alloc(0) }: Entry): Buffer {
  const named = 33 + name.length;
  const head = Buffer.alloc(named + (named % 2));
  both32(sector).copy(head, 2);
  both32(size).copy(head, 10);
  NO_TIME.copy(head, 18);
  head[25] = folder ? 2 : 0;
  both16(1).copy(head, 28);
  head[32] = name.length;
  name.copy(head, 33);
  const whole = Buffer.concat([head, more, Buffer.alloc(more.length % 2)]);
  whole[0] = whole.length;
  return whole;
}

const THIS = Buffer.from([0]);
const PARENT = Buffer.from([1]);

function primaryFolder(files: SeedFile[]): Buffer {
  const root = { sector: ROOT.primary, size: SECTOR, folder: true };
  const first = Buffer.concat([SHARED_PROTOCOL, permissions(FOLDER_MODE), continuation(ROCK_RIDGE.length)]);
  return Buffer.concat([
    record({ ...root, name: THIS, more: first }),
    record({ ...root, name: PARENT, more: permissions(FOLDER_MODE) }),
    ...files.map(({ name, plainName, sector, content }) =>
      record({
        name: Buffer.from(plainName, 'latin1'),
        sector,
        size: content.length,
        more: Buffer.concat([permissions(FILE_MODE), fullName(name)]),
      }),
    ),
  ]);
}

function jolietFolder(files: SeedFile[]): Buffer {
  const root = { sector: ROOT.joliet, size: SECTOR, folder: true };
  return Buffer.concat([
    record({ ...root, name: THIS }),
    record({ ...root, name: PARENT }),
    ...files.map(({ name, sector, content }) => record({ name: wide(name), sector, size: content.length })),
  ]);
}

/** One field of the system use area: its two letters, its length, its version, its content. */
function field(letters: string, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from(letters, 'latin1'), Buffer.from([content.length + 4, 1]), content]);
}

const SHARED_PROTOCOL = field('SP', Buffer.from([0xbe, 0xef, 0]));
const ROCK_RIDGE = field(
  'ER',
  Buffer.concat([Buffer.from([10, 0, 0, 1]), Buffer.from('RRIP_1991A', 'latin1')]),
);

function permissions(mode: number): Buffer {
  const links = mode === FOLDER_MODE ? 2 : 1;
  return field('PX', Buffer.concat([both32(mode), both32(links), both32(0), both32(0)]));
}

const fullName = (name: string) => field('NM', Buffer.from(`\0${name}`, 'latin1'));
const continuation = (length: number) =>
  field('CE', Buffer.concat([both32(EXTENSIONS), both32(0), both32(length)]));
