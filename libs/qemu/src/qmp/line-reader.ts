/**
 * QMP and the guest agent send one JSON object a line. This reader takes the bytes in whatever pieces the socket
 * gives and returns whole objects. A line that is no JSON object, or is longer than the limit, is reported and
 * skipped up to its end, so that one bad line never costs the next. It holds at most one line in memory.
 */
export type WireItem =
  | { kind: 'message'; message: Record<string, unknown>; line: string }
  | { kind: 'broken'; reason: string };

/** The longest honest answer (`query-qmp-schema`) has 0.3 MB. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const NEWLINE = 0x0a;
/** The guest agent sends it before the answer to `guest-sync-delimited`; it is no legal byte in JSON. */
const SENTINEL = 0xff;

export class LineReader {
  private pieces: Buffer[] = [];
  private held = 0;
  private skipping = false;

  constructor(private readonly maxLineBytes = MAX_LINE_BYTES) {}

  push(chunk: Buffer): WireItem[] {
    const items: WireItem[] = [];
    let from = 0;
    while (from < chunk.length) {
      const newline = chunk.indexOf(NEWLINE, from);
      const end = newline < 0 ? chunk.length : newline;
      this.hold(chunk.subarray(from, end), items);
      if (newline < 0) break;
      this.finishLine(items);
      from = newline + 1;
    }
    return items;
  }

  private hold(piece: Buffer, items: WireItem[]): void {
    if (this.skipping) return;
    this.held += piece.length;
    if (this.held > this.maxLineBytes) {
      items.push({ kind: 'broken', reason: `a line is longer than ${this.maxLineBytes} bytes` });
      this.drop();
      this.skipping = true;
      return;
    }
    if (piece.length > 0) this.pieces.push(piece);
  }

  private finishLine(items: WireItem[]): void {
    if (this.skipping) {
      this.skipping = false;
      return;
    }
    const bytes = Buffer.concat(this.pieces);
    this.drop();
    const line = bytes
      .subarray(bytes.lastIndexOf(SENTINEL) + 1)
      .toString('utf8')
      .trim();
    if (line !== '') items.push(parseLine(line));
  }

  private drop(): void {
    this.pieces = [];
    this.held = 0;
  }
}

function parseLine(line: string): WireItem {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { kind: 'broken', reason: 'a line is not JSON' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { kind: 'broken', reason: 'a line is not a JSON object' };
  }
  return { kind: 'message', message: value as Record<string, unknown>, line };
}
