/** Resolves with the first connection, or when it is not waited for any more; true when there is one. */
export async function untilReady(bus: { ready: Promise<void> }, signal: AbortSignal): Promise<boolean> {
  const stopped = new Promise<false>((resolve) => {
    if (signal.aborted) resolve(false);
    signal.addEventListener('abort', () => resolve(false), { once: true });
  });
  return Promise.race([
    bus.ready.then(
      () => true,
      () => false,
    ),
    stopped,
  ]);
}
