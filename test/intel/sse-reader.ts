/** Reads a stream of server-sent events; it can be cut off at any time. */
import type { EventView } from '#libs/contracts/http';

export interface SentEvent {
  id: number | undefined;
  event: string;
  data: EventView;
}

export class SseReader {
  readonly events: SentEvent[] = [];
  private readonly cutting = new AbortController();
  private reading: Promise<void> = Promise.resolve();

  private constructor(readonly response: Response) {}

  static async open(url: string, headers: Record<string, string>): Promise<SseReader> {
    const cutting = new AbortController();
    const response = await fetch(url, {
      headers: { accept: 'text/event-stream', ...headers },
      signal: cutting.signal,
    });
    const reader = new SseReader(response);
    reader.cutting.signal.addEventListener('abort', () => cutting.abort());
    reader.reading = reader.read().catch(() => {});
    return reader;
  }

  get lastId(): number | undefined {
    return this.events.findLast((it) => it.id !== undefined)?.id;
  }

  async cut(): Promise<void> {
    this.cutting.abort();
    await this.reading;
  }

  private async read(): Promise<void> {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of this.response.body as ReadableStream<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) this.take(block);
    }
  }

  private take(block: string): void {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
    const data = field('data');
    if (data === undefined) return;
    const id = field('id');
    this.events.push({
      id: id === undefined ? undefined : Number(id),
      event: field('event') ?? 'message',
      data: JSON.parse(data),
    });
  }
}
