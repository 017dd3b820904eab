/** So many of them and no more: lists of what happened are long. */
export async function* firstOf<T>(count: number, items: AsyncIterable<T>): AsyncGenerator<T> {
  let left = count;
  if (left === 0) return;
  for await (const item of items) {
    yield item;
    if (--left === 0) return;
  }
}
