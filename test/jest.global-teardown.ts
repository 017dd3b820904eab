export default async function tearDown(): Promise<void> {
  const keeper = globalThis.vmanTestKeeper;
  globalThis.vmanTestKeeper = undefined;
  await keeper?.stop();
}
