import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { testFolder } from '#libs/testing';
import { type SeedTexts, seedImage } from './seed-image.js';

const SECTOR = 2048;

/** Reads an image as a guest does that knows Rock Ridge, or Joliet. */
function read(image: Buffer, volumeSector: number): Record<string, string> {
  const volume = image.subarray(volumeSector * SECTOR, (volumeSector + 1) * SECTOR);
  expect(volume.toString('latin1', 1, 6)).toBe('CD001');
  expect(volume.readUInt32LE(80) * SECTOR).toBe(image.length);
  const joliet = volume[0] === 2;
  const found: Record<string, string> = {};
  for (let at = volume.readUInt32LE(158) * SECTOR; image[at] !== 0; at += image[at]!) {
    const length = image[at + 32]!;
    const name = image.subarray(at + 33, at + 33 + length);
    if (length === 1 && name[0]! < 2) continue;
    expect(image.readUInt32LE(at + 2)).toBe(image.readUInt32BE(at + 6));
    const use = image.subarray(at + 33 + length + ((33 + length) % 2), at + image[at]!);
    const from = image.readUInt32LE(at + 2) * SECTOR;
    const told = joliet ? Buffer.from(name).swap16().toString('utf16le') : longName(use);
    found[told] = image.toString('utf8', from, from + image.readUInt32LE(at + 10));
  }
  return found;
}

function longName(use: Buffer): string {
  for (let at = 0; at + 4 <= use.length; at += use[at + 2]!) {
    if (use.toString('latin1', at, at + 2) === 'NM') return use.toString('latin1', at + 5, at + use[at + 2]!);
  }
  return '';
}

const texts: SeedTexts = {
  userData: '#cloud-config\n',
  metaData: 'instance-id: iid-1\n',
  networkConfig: 'version: 2\n',
};

describe('the image of a seed', () => {
  it('gives each text back under its own name, by Rock Ridge and by Joliet, whatever its length', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.nat(5000).map((length) => 'x'.repeat(length)),
    );
    fc.assert(
      fc.property(fc.record({ userData: text, metaData: text, networkConfig: text }), (each) => {
        const image = seedImage(each);
        const wanted = {
          'meta-data': each.metaData,
          'user-data': each.userData,
          ...(each.networkConfig && { 'network-config': each.networkConfig }),
        };
        expect(read(image, 16)).toEqual(wanted);
        expect(read(image, 17)).toEqual(wanted);
        expect(image.length % SECTOR).toBe(0);
      }),
    );
  });

  it('is the same for the same texts, and another one for others', () => {
    expect(seedImage(texts).equals(seedImage(texts))).toBe(true);
    expect(seedImage(texts).equals(seedImage({ ...texts, userData: '#cloud-config\n\n' }))).toBe(false);
  });

  it('is known by its volume id to the tool that guests look with', () => {
    const path = join(testFolder('seed'), 'seed.iso');
    writeFileSync(path, seedImage(texts));
    const said = execFileSync('/sbin/blkid', ['-p', '-o', 'export', path], { encoding: 'utf8' });
    expect(said).toContain('LABEL=CIDATA\n');
    expect(said).toContain('TYPE=iso9660\n');
  });
});
