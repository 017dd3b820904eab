import { WebSocket } from 'ws';
import type { ConsoleTicketView } from '#libs/contracts/http';
import type { Attack } from '../attack.js';
import { codeOf, type Ground } from '../ground/ground.js';

const PROTOCOL = 'vman.console.v1';

/** A console is opened by a ticket, once, from where it may be. */
export const consoles: Attack = {
  name: 'consoles',
  what: 'a console without a ticket, with a used one, by a page of another origin, by a token in the address',
  async run(ground, tries) {
    const { vm, callers } = ground;
    const path = `/v1/vms/${vm.id}/console`;
    for (const [who, token] of [
      ['a viewer', callers.viewer],
      ['a foreigner', callers.foreign],
    ] as const) {
      const reply = await ground.send({ method: 'POST', path, token, body: '{}' });
      tries.say(`a ticket for ${who}`, reply.status === 403 || reply.status === 404, [
        reply.status,
        codeOf(reply),
      ]);
    }
    const ticketOf = async () =>
      JSON.parse((await ground.sendAsAdmin('POST', path, {})).text) as ConsoleTicketView;
    tries.say('no ticket', !(await opens(ground, [PROTOCOL])));
    tries.say('a made-up ticket', !(await opens(ground, [PROTOCOL, `vman.ticket.${'a'.repeat(43)}`])));
    tries.say('a token instead', !(await opens(ground, [PROTOCOL, `vman.ticket.${callers.admin}`])));
    const inAddress = await ticketOf();
    tries.say(
      'a ticket in the address',
      !(await opens(ground, [PROTOCOL], { query: `?ticket=${inAddress.ticket}` })),
    );
    const foreign = await ticketOf();
    const origin = 'https://evil.example';
    tries.say(
      'a page of another origin',
      !(await opens(ground, [PROTOCOL, `vman.ticket.${foreign.ticket}`], { origin })),
    );
    const { ticket } = await ticketOf();
    tries.say('a ticket opens it', await opens(ground, [PROTOCOL, `vman.ticket.${ticket}`]));
    tries.say('a ticket for the second time', !(await opens(ground, [PROTOCOL, `vman.ticket.${ticket}`])));
  },
};

/** True when the console was opened and stays so. */
function opens(
  ground: Ground,
  protocols: string[],
  { origin, query = '' }: { origin?: string; query?: string } = {},
): Promise<boolean> {
  return new Promise((resolve) => {
    const url = `ws://127.0.0.1:${ground.port}/v1/console${query}`;
    const socket = new WebSocket(url, protocols, origin ? { origin } : {});
    const end = (opened: boolean) => {
      clearTimeout(timer);
      socket.terminate();
      resolve(opened);
    };
    // Without a word it waits for a ticket in the first frame, and shows nothing.
    const timer = setTimeout(() => end(false), 5_000);
    socket.on('message', () => end(true));
    socket.on('close', () => end(false));
    socket.on('unexpected-response', () => end(false));
    socket.on('error', () => end(false));
  });
}
