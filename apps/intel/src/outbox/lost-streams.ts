import type { StreamFacts } from '#libs/bus';

export interface KnownStream {
  stream: string;
  created: string;
  lastSequence: number;
}

/** The streams that do not hold any more what was put into them: made anew, rolled back, or never seen. Pure. */
export function lostStreams(present: StreamFacts[], known: KnownStream[]): StreamFacts[] {
  return present.filter((stream) => {
    const before = known.find((it) => it.stream === stream.name);
    return !before || before.created !== stream.created || stream.lastSequence < before.lastSequence;
  });
}
