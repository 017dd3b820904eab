import type { ListedPortForwardView } from '#libs/contracts/http';
import type { ListedForward } from '../db-operator/index.js';
import { forwardView } from '../vms/index.js';

export function portForwardView(forward: ListedForward): ListedPortForwardView {
  return {
    ...forwardView(forward, forward.hostName),
    vm: { id: forward.vmId, name: forward.vmName },
    nicId: forward.nicId,
    host: { id: forward.hostId, name: forward.hostName },
    releasing: forward.releasingGeneration !== null,
  };
}
