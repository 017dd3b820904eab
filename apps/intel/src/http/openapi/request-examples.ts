/** Bodies that say more than what a request must have; docs/API.md shows them and a test sends them. */
export const REQUEST_EXAMPLES: Readonly<Record<string, object>> = {
  vmsCreate: {
    name: 'web-1',
    template: 'hello',
    vcpus: 2,
    memoryMiB: 1024,
    disks: [{ sizeGiB: 10 }],
    nics: [{ portForwards: [{ guestPort: 80 }] }],
    labels: { tier: 'web' },
  },
  vmsPatch: { labels: { tier: 'web', old: null }, memoryMiB: 2048 },
};
