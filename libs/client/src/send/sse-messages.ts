export interface SseMessage {
  event: string;
  id: string;
  data: string;
}

/** The stream ended before anybody wanted it to. */
export class BrokenStreamError extends Error {
  override readonly name = 'BrokenStreamError';
}

/**
 * The messages of a stream of server-sent events; comments are left out. Throws a BrokenStreamError when the connection
 * breaks, or when nothing comes for `silenceMs`: one whose other end is gone says nothing of it.
 */
export async function* sseMessages(
  body: ReadableStream<Uint8Array>,
  silenceMs: number,
): AsyncGenerator<SseMessage, void, undefined> {
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  let text = '';
  try {
    for (;;) {
      const { done, value } = await within(silenceMs, reader.read());
      if (done) return;
      text += value;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const message = parseMessage(block);
        if (message) yield message;
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function within<T>(ms: number, reading: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const broken = (cause?: unknown) => reject(new BrokenStreamError('The stream broke off.', { cause }));
    const timer = setTimeout(broken, ms);
    reading.then(resolve, broken).finally(() => clearTimeout(timer));
  });
}

function parseMessage(block: string): SseMessage | undefined {
  const message = { event: '', id: '', data: '' };
  for (const line of block.split('\n')) {
    const [, field, value] = /^(event|id|data): ?(.*)$/.exec(line) ?? [];
    if (field === 'data') message.data += value;
    else if (field === 'event' || field === 'id') message[field] = value ?? '';
  }
  return message.data || message.event ? message : undefined;
}
