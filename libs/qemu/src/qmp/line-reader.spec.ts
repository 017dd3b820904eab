import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LineReader, type WireItem } from './line-reader.js';

const read = (reader: LineReader, ...chunks: (string | Buffer)[]): WireItem[] =>
  chunks.flatMap((chunk) => reader.push(Buffer.from(chunk as string)));
const messages = (items: WireItem[]): unknown[] =>
  items.map((item) => (item.kind === 'message' ? item.message : item.reason));

describe('LineReader', () => {
  it('joins a message that came in pieces and parts those that came glued', () => {
    expect(messages(read(new LineReader(), '{"a":', '1}\r', '\n{"b":2}\n{"c"', ':3}\n\n'))).toEqual([
      { a: 1 },
      { b: 2 },
      { c: 3 },
    ]);
  });

  it('reports a broken line and goes on with the next', () => {
    expect(messages(read(new LineReader(), '{bad\n[1]\nnull\n7\n{"a":1}\n'))).toEqual([
      'a line is not JSON',
      'a line is not a JSON object',
      'a line is not a JSON object',
      'a line is not a JSON object',
      { a: 1 },
    ]);
  });

  it('skips a giant line whole without holding it', () => {
    const items = read(new LineReader(10), '{"a":"', 'x'.repeat(50), 'y'.repeat(50), '"}\n{"b":1}\n');
    expect(messages(items)).toEqual(['a line is longer than 10 bytes', { b: 1 }]);
  });

  it('drops what stands before the mark that resets the parser', () => {
    const items = read(new LineReader(), Buffer.from([0x7b, 0x22, 0xff]), '{"return":5}\n');
    expect(messages(items)).toEqual([{ return: 5 }]);
  });

  it('reads the same messages however the bytes are cut, also inside a character', () => {
    const message = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue(), { maxKeys: 4 });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), fc.array(fc.nat(60)), (list, cuts) => {
        const bytes = Buffer.from(list.map((value) => `${JSON.stringify(value)}\r\n`).join(''));
        const reader = new LineReader();
        const items: WireItem[] = [];
        let from = 0;
        for (const cut of [...cuts, bytes.length]) {
          items.push(...reader.push(bytes.subarray(from, from + cut)));
          from += cut;
        }
        const expected = list.map((value) => JSON.parse(JSON.stringify(value)));
        expect(messages(items)).toEqual(expected);
      }),
    );
  });

  it('survives any bytes and always reads the line after them', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (chunks) => {
        const reader = new LineReader(64);
        for (const chunk of chunks) reader.push(Buffer.from(chunk));
        reader.push(Buffer.from('\n'));
        expect(messages(read(reader, '{"ok":true}\n'))).toEqual([{ ok: true }]);
      }),
      { numRuns: 1000 },
    );
  });
});
