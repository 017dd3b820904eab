/** Whether what is there is what a file wants; what the file leaves out of an object fits everything. Pure. */
export function sameValue(wanted: unknown, present: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null || typeof present !== 'object' || present === null) {
    return wanted === present || (wanted === null && present === undefined);
  }
  if (Array.isArray(wanted) && wanted.length !== (present as unknown[]).length) return false;
  const there = present as Readonly<Record<string, unknown>>;
  return Object.entries(wanted).every(([key, value]) => sameValue(value, there[key]));
}
