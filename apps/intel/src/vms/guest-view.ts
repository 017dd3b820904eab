import type { ConditionView, GuestInfoView } from '#libs/contracts/http';
import type { SeenVm } from '../db-operator/index.js';

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
