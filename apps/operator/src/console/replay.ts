/** What a terminal would answer by itself: each answer would be typed at the guest. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const QUESTIONS = /\x1b\[[0-9;?>=]*[cn]|\x1bZ|\x1b\][0-9;]*\?(?:\x07|\x1b\\)/g;

/** The end of a console's output as it can be shown again: whole lines, without questions to the terminal. */
export function replayOf(output: Buffer, maxBytes: number): Buffer {
  if (maxBytes === 0) return Buffer.alloc(0);
  const tail = output.subarray(Math.max(0, output.length - maxBytes));
  const line = tail.length < output.length ? tail.indexOf('\n') + 1 : 0;
  return Buffer.from(tail.subarray(line).toString('latin1').replace(QUESTIONS, ''), 'latin1');
}

/** How many bytes at the begin of `next` are those at the end of `before`; the most that fit. */
export function overlapOf(before: Buffer, next: Buffer): number {
  for (let count = Math.min(before.length, next.length); count > 0; count -= 1) {
    if (before.subarray(before.length - count).equals(next.subarray(0, count))) return count;
  }
  return 0;
}
