import type { Candidate, Refusal } from '#libs/domain';
import type { VmEntity } from './entities/index.js';
import type { VmParts } from './repositories/vm-parts.repository.js';

/** What a transaction that is undone at its end has shown: who was judged, and which hosts would be told what. */
export class Rehearsal {
  readonly candidates: Candidate[] = [];
  readonly refused: Refusal[] = [];
  /** The VMs that hosts would be told of, as they would be. */
  readonly told: { vm: VmEntity; parts: VmParts; hostName: string }[] = [];
}
