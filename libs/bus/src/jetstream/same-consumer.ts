/**
 * nats-server 2.9 writes a consumer's creation time a fraction of a millisecond after the one it answered, and tells
 * the written one after its next start. Nobody loses and makes a consumer anew within this time.
 */
const DRIFT_MS = 50;

/** Whether two creation times (RFC 3339) of one name are of the same consumer. */
export function isSameConsumer(one: string | undefined, other: string | undefined): boolean {
  return (
    one !== undefined && other !== undefined && Math.abs(Date.parse(one) - Date.parse(other)) <= DRIFT_MS
  );
}
