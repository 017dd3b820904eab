// Job: what the compose file promises of its containers, as the engine has made them: no secret in what anybody may
// inspect, no rights, nothing to write to.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { step } from '../provision/progress.mjs';

const USER = '10740:10740';
const OURS = ['intel', 'observer', 'operator'];

export async function proveHardening({ stack }) {
  await step('containers have no rights and show no secrets', async (note) => {
    const secrets = secretsIn(stack.settings.SECRETS_FOLDER);
    for (const service of [...OURS, 'postgres', 'nats']) {
      const text = await stack.docker(['inspect', await stack.container(service)]);
      const shown = secrets.filter(({ value }) => text.includes(value)).map(({ name }) => name);
      if (shown.length > 0) throw new Error(`${service} shows ${shown.join(', ')}`);
      const [{ Config, HostConfig, Mounts }] = JSON.parse(text);
      const secretFiles = Mounts.filter(({ Destination }) => Destination.startsWith('/run/secrets/'));
      const faults = [
        !Config.Healthcheck && 'no health check',
        secretFiles.length === 0 && 'no secret as a file',
        !HostConfig.SecurityOpt?.some((it) => it.startsWith('no-new-privileges')) && 'may get new privileges',
        ...(OURS.includes(service) ? faultsOfOurs(service, Config, HostConfig) : []),
      ].filter(Boolean);
      if (faults.length > 0) throw new Error(`${service}: ${faults.join(', ')}`);
    }
    note(`${secrets.length} secrets`);
  });
}

function faultsOfOurs(service, { User }, { CapDrop, ReadonlyRootfs, Privileged }) {
  return [
    !CapDrop?.includes('ALL') && 'has capabilities',
    !ReadonlyRootfs && 'its root can be written',
    Privileged && 'is privileged',
    service !== 'operator' && User !== USER && `runs as ${User || 'root'}`,
  ];
}

/** Of each file what is secret in it; a URL and a configuration hold more than that. */
function secretsIn(folder) {
  return readdirSync(folder).flatMap((name) => {
    const text = readFileSync(join(folder, name), 'utf8').trim();
    const value = /^[^\s:/]+$/.test(text)
      ? text
      : (/:([^:@/\s]+)@/.exec(text)?.[1] ?? /"([^"]{16,})"/.exec(text)?.[1]);
    return value ? [{ name, value }] : [];
  });
}
