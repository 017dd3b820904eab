import type { Command } from 'commander';
import { collect, VmanClient } from '#libs/client';
import { httpFetch } from '../connection/http-fetch.js';
import { readToken } from '../context/read-token.js';
import { EndWith } from '../errors.js';
import { EXIT } from '../exit-codes.js';
import { dataText } from '../output/print.js';
import { PAGE_LIMIT } from '../resources/resource-commands.js';
import type { Session } from '../session.js';
import { checkApi } from './check-api.js';
import { driftFindings, observerFindings, poolFindings } from './check-coherence.js';
import { hostFindings, vmFindings } from './check-fleet.js';
import { checkThisHost } from './check-this-host.js';
import { type Finding, fault } from './finding.js';
import { findingsText } from './findings-text.js';

export function addCommands(noun: Command, session: Session): void {
  noun.action(async () => {
    const findings = [...(await remoteFindings(session)), ...(await checkThisHost())];
    const { out } = session.terminal;
    const { format } = session;
    out.write(
      format === 'json' || format === 'yaml'
        ? await dataText(findings, format)
        : findingsText(findings, out.colour),
    );
    if (findings.some(({ status }) => status === 'fault')) throw new EndWith(EXIT.failed);
  });
}

async function remoteFindings(session: Session): Promise<Finding[]> {
  const connection = await session.connection();
  const token = await readToken(connection);
  const client = new VmanClient({ url: connection.url, token, retries: 0, ports: { fetch: httpFetch } });
  const { findings, reachable } = await checkApi(client, connection, () => session.terminal.nowMs());
  if (!reachable || findings.some(({ about, status }) => about === 'token' && status === 'fault'))
    return findings;
  try {
    const hosts = await collect(client.hosts.all({ limit: PAGE_LIMIT }));
    const vms = await collect(client.vms.all({ limit: PAGE_LIMIT }));
    const pools = await collect(client.pools.all({ limit: PAGE_LIMIT }));
    const drifts = await collect(client.drifts.all({ state: 'present', limit: PAGE_LIMIT }));
    return [
      ...findings,
      ...observerFindings(await client.drifts.observer()),
      ...hostFindings(hosts),
      ...poolFindings(pools),
      ...vmFindings(vms),
      ...driftFindings(drifts),
    ];
  } catch (error) {
    const message = (error as Error).message;
    return [...findings, fault('fleet', message, 'Look at the log of intel.')];
  }
}
