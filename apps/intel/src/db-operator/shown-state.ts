/**
 * The state of a VM as it is shown: what its host last reported, corrected by what intel itself knows. It is SQL
 * because lists filter by it and because silence is measured by the clock of the database.
 * `v` is the VM and `h` its host. A host is silent after TIMERS.hostUnknown.
 */
import { TIMERS } from '#libs/domain';

export const HOST_SEEN = `(h.seen_at > now() - interval '${TIMERS.hostUnknown} milliseconds')`;

export const SHOWN_STATE = `
CASE
  WHEN v.presence <> 'present' THEN 'deleting'
  WHEN v.observed_at IS NULL THEN 'pending'
  WHEN ${HOST_SEEN} IS NOT TRUE THEN 'unknown'
  WHEN v.observed_generation < v.generation AND v.desired_power = 'running'
    AND v.state IN ('stopped', 'crashed', 'crash-loop', 'failed')
    AND v.start_generation > v.accepted_generation THEN 'starting'
  WHEN v.observed_generation < v.generation AND v.desired_power = 'stopped'
    AND v.state IN ('running', 'paused') THEN 'stopping'
  ELSE v.state
END`;

/** As `hostState` of the domain has it. */
export const HOST_STATE = `
CASE
  WHEN h.upkeep = 'maintenance' THEN 'maintenance'
  WHEN h.seen_at IS NULL THEN 'unknown'
  WHEN h.seen_at <= now() - interval '${TIMERS.hostLost} milliseconds' THEN 'lost'
  WHEN h.seen_at <= now() - interval '${TIMERS.hostUnknown} milliseconds' THEN 'unknown'
  WHEN h.seen_at <= now() - interval '${TIMERS.hostSuspect} milliseconds' OR h.draining THEN 'suspect'
  WHEN h.upkeep = 'open' THEN 'ready'
  ELSE h.upkeep
END`;
