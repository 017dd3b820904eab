import type { ConditionView, GuestInfoView, VmAddressView } from '#libs/contracts/http';
import type { SeenVm } from '../db-operator/index.js';

const isLinkLocal = (address: string) => /^(169\.254\.|fe[89ab][0-9a-f]:)/i.test(address);

/** The addresses at which others can reach the guest, as its agent told them. */
export function guestAddresses({ vm }: SeenVm): VmAddressView[] {
  return (vm.guestAgent?.seen?.interfaces ?? []).flatMap(({ name, mac, addresses }) =>
    addresses
      .filter(({ address }) => !isLinkLocal(address))
      .map((it) => ({ ...it, source: 'guest-agent' as const, mac, interface: name })),
  );
}

export function guestInfo({ vm }: SeenVm): GuestInfoView | undefined {
  const seen = vm.guestAgent?.seen;
  if (seen?.state !== 'connected') return undefined;
  return {
    hostName: seen.hostName || undefined,
    osName: seen.osName || undefined,
    frozenUntil: seen.frozenUntilMs > 0 ? new Date(seen.frozenUntilMs).toISOString() : undefined,
  };
}

export function agentCondition({ vm, shown }: SeenVm): ConditionView {
  const seen = vm.guestAgent?.seen;
  const condition = (status: ConditionView['status'], reason: string, message = ''): ConditionView => ({
    type: 'AgentConnected',
    status,
    reason,
    message,
    lastTransitionAt: seen ? new Date(seen.sinceMs).toISOString() : undefined,
  });
  if (shown === 'unknown') return condition('unknown', 'host-silent');
  if (vm.pid === 0) return condition('false', 'not-running');
  if (!seen) return condition('unknown', 'not-seen-yet');
  switch (seen.state) {
    case 'connected':
      return condition('true', 'answers');
    case 'disconnected':
      return seen.reason === 'silent'
        ? condition('false', 'silent', 'The agent has its channel open, but does not answer.')
        : condition('false', 'closed', 'No agent in the guest has opened its channel.');
  }
}
