const FIRST_MS = 250;
const MOST_MS = 30_000;

/** How long a message whose handler threw stays away, by how often it was delivered; half of it is jitter. */
export function retryDelayMs(deliveries: number, random: () => number = Math.random): number {
  const ceiling = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(deliveries - 1, 16));
  return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}
