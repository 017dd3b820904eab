export interface SseMessage {
  event: string;
  id: string;
  data: string;
}

/** The messages of a stream of server-sent events; comments are left out. */
export async function* sseMessages(body: ReadableStream<Uint8Array>): AsyncGenerator<SseMessage> {
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  let text = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
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

function parseMessage(block: string): SseMessage | undefined {
  const message = { event: '', id: '', data: '' };
  for (const line of block.split('\n')) {
    const [, field, value] = /^(event|id|data): ?(.*)$/.exec(line) ?? [];
    if (field === 'data') message.data += value;
    else if (field === 'event' || field === 'id') message[field] = value ?? '';
  }
  return message.data || message.event ? message : undefined;
}
