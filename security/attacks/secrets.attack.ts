import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import pg from 'pg';
import { COMMANDS_STREAM, DESIRED_STREAM, EVENTS_STREAM } from '#libs/contracts';
import type { Attack } from '../attack.js';
import type { Ground } from '../ground/ground.js';

/** Where a secret of the first boot has to be: its host builds the seed from it. */
const TOLD = new Set(['vms']);

/** Marked secrets went through the API; the last attack looks for them everywhere. */
export const secrets: Attack = {
  name: 'secrets',
  what: 'tokens, password hashes and first-boot commands in logs, tables, streams, metrics and answers',
  async run(ground, tries) {
    const { marks, callers, stack } = ground;
    const wanted = { ...marks, ...callers, database: new URL(stack.database.url).password };
    const found = (where: string, text: string, left: readonly string[] = []) => {
      for (const [name, secret] of Object.entries(wanted)) {
        if (secret === '' || left.includes(name)) continue;
        tries.say(`${name} in ${where}`, !text.includes(secret), 'it is there');
      }
    };
    const whole = new Map(await tables(stack.database.url));
    // Who does not find it where it has to be finds it nowhere.
    tries.say(
      'the search is blind',
      Object.values(marks).every((mark) => whole.get('vms')?.includes(mark)),
    );
    const logs = join(stack.folder, 'logs');
    for (const log of readdirSync(logs)) found(`the log of ${log}`, readFileSync(join(logs, log), 'utf8'));
    const ofFirstBoot = Object.keys(marks);
    for (const [table, text] of whole) {
      found(`table ${table}`, text, TOLD.has(table) ? ofFirstBoot : []);
    }
    for (const stream of [COMMANDS_STREAM, EVENTS_STREAM, DESIRED_STREAM]) {
      found(
        `stream ${stream}`,
        await streamText(stack.nats.url, stream),
        stream === DESIRED_STREAM ? ofFirstBoot : [],
      );
    }
    for (const [name, text] of await answers(ground)) found(name, text);
  },
};

async function tables(url: string): Promise<[string, string][]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'",
    );
    const texts: [string, string][] = [];
    for (const { name } of rows) {
      const all = await client.query(`SELECT t::text AS text FROM "${name}" t`);
      texts.push([name, all.rows.map((it: { text: string }) => it.text).join('\n')]);
    }
    return texts;
  } finally {
    await client.end();
  }
}

async function streamText(url: string, stream: string): Promise<string> {
  const connection = await connect({ servers: url });
  try {
    const { state } = await (await jetstreamManager(connection)).streams.info(stream);
    const parts: string[] = [];
    if (state.messages === 0) return '';
    const consumer = await jetstream(connection).consumers.get(stream);
    for (let left = state.messages; left > 0; left--) {
      const message = await consumer.next({ expires: 2_000 });
      if (!message) break;
      parts.push(Buffer.from(message.data).toString('latin1'));
    }
    return parts.join('\n');
  } finally {
    await connection.close();
  }
}

async function answers(ground: Ground): Promise<[string, string][]> {
  const { vm, stack } = ground;
  const paths = [
    `/v1/vms/${vm.id}`,
    '/v1/vms',
    '/v1/operations?limit=1000',
    '/v1/tokens',
    '/v1/audit?limit=1000',
    '/metrics',
  ];
  const texts: [string, string][] = [];
  for (const path of paths) texts.push([path, (await ground.sendAsAdmin('GET', path)).text]);
  for (const service of [stack.operator, stack.observer]) {
    texts.push([`${service.url}/metrics`, await (await fetch(`${service.url}/metrics`)).text()]);
  }
  return texts;
}
