/** The pattern of a durable handler is `<stream>/<durable consumer>`; `{host}` stands for the host's id. */
export interface DurableName {
  stream: string;
  consumer: string;
}

export function parseDurablePattern(pattern: string, host: string | undefined): DurableName {
  const [stream, consumer, ...rest] = pattern.split('/');
  if (!stream || !consumer || rest.length > 0) {
    throw new Error(`a durable pattern reads <stream>/<consumer>, not ${pattern}`);
  }
  if (!consumer.includes('{host}')) return { stream, consumer };
  if (!host) throw new Error(`the pattern ${pattern} needs the option host`);
  return { stream, consumer: consumer.replaceAll('{host}', host) };
}
