import type { CreateVm, PatchVm, PortForward, Vm } from '#libs/client';
import { forwardText } from '../vm/vm.look.js';
import type { Difference } from './difference.js';

type Wanted = NonNullable<NonNullable<CreateVm['nics']>[number]['portForwards']>[number];

/** Differences in the port forwards of the nics. The number of nics is for life; the API refuses another one. Pure. */
export function diffNics({ nics }: CreateVm, { spec }: Vm, patch: PatchVm): Difference[] {
  if (nics === undefined) return [];
  const found = nics.flatMap(({ portForwards = [] }, index) => {
    const present = spec.nics[index]?.portForwards ?? [];
    if (matches(portForwards, present)) return [];
    return [
      {
        field: `nics[${index}].portForwards`,
        before: present.map(forwardText).join(', ') || 'none',
        after: portForwards.map(wantedText).join(', ') || 'none',
      },
    ];
  });
  if (nics.length !== spec.nics.length) {
    found.push({ field: 'nics', before: `${spec.nics.length} nics`, after: `${nics.length} nics` });
  }
  if (found.length > 0) patch.nics = nics.map(({ portForwards = [] }) => ({ portForwards }));
  return found;
}

/** Each wanted one has one of its own that fits; what the file leaves open fits everything. */
function matches(wanted: readonly Wanted[], present: readonly PortForward[]): boolean {
  if (wanted.length !== present.length) return false;
  const left = [...present];
  return wanted.every((forward) => {
    const at = left.findIndex((it) => fits(forward, it));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}

function fits(wanted: Wanted, present: PortForward): boolean {
  return (
    wanted.guestPort === present.guestPort &&
    (wanted.protocol ?? 'tcp') === present.protocol &&
    (wanted.hostPort ?? present.hostPort) === present.hostPort &&
    (wanted.hostAddress ?? present.hostAddress) === present.hostAddress
  );
}

function wantedText({ hostAddress, hostPort, guestPort, protocol = 'tcp' }: Wanted): string {
  return `${hostAddress ? `${hostAddress}:` : ''}${hostPort ?? 'any'}->${guestPort}/${protocol}`;
}
