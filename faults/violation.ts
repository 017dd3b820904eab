/** The promises that hold under every fault. What they say is in docs/RELIABILITY.md. */
export const INVARIANTS = {
  I1: 'at most one live QEMU for a VM in the whole fleet',
  I2: 'a change that was answered 2xx reaches a terminal state, and its effect is durable',
  I3: 'no port and no MAC is held by two VMs',
  I4: 'at rest no disk without a row and no row without its disk',
  I5: 'killing or restarting VMAN, the bus or the database leaves every guest running in the same process',
  I6: 'within 60 s of the last fault what is observed equals what is desired',
  I7: 'the generation that a host accepted for a VM never falls',
  I8: 'one effect for one idempotency key',
  I9: 'the API never says `running` for a VM whose host was not heard within the time limit',
  I10: 'one audit row for each change',
  I11: 'no secret in a log',
  own: 'what the name of a fault promises comes true',
  answers: 'no answer of the API is a 500, and each request gets an answer in the end',
} as const;

export type Invariant = keyof typeof INVARIANTS;

export interface Violation {
  invariant: Invariant;
  what: string;
}
