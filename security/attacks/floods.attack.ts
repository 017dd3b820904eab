import { IntelUnderTest } from '../../test/intel/intel-under-test.js';
import type { Attack } from '../attack.js';
import { type RawReply, sendRaw } from '../ground/send-raw.js';

/** In ten seconds, of a token; a tenth of it without a good one. */
const LIMIT = 100;

/** The only attack that meets the limit: the stack of the others has none, since they are floods themselves. */
export const floods: Attack = {
  name: 'floods',
  what: 'more requests than a token may make, and guesses at tokens without end',
  async run(_ground, tries) {
    const intel = await IntelUnderTest.start({ VMAN_RATE_LIMIT: String(LIMIT) });
    try {
      const flood = async (count: number, token: () => string): Promise<RawReply[]> => {
        const replies: RawReply[] = [];
        for (let index = 0; index < count; index++) {
          replies.push(await sendRaw(intel.port, { method: 'GET', path: '/v1/vms', token: token() }));
        }
        return replies;
      };
      let guess = 0;
      const guesses = await flood(LIMIT, () => `vman_${String(guess++).padStart(43, 'x')}`);
      const judged = guesses.filter((it) => it.status === 401).length;
      tries.say('guesses at tokens', guesses.at(-1)?.status === 429 && judged <= LIMIT / 10, judged);
      const served = await flood(1, () => intel.token);
      tries.say('a good token beside them is served', served[0]?.status === 200, served[0]?.status);
      const many = await flood(2 * LIMIT, () => intel.token);
      const answered = many.filter((it) => it.status === 200).length;
      tries.say('requests of one token', many.at(-1)?.status === 429 && answered < LIMIT, answered);
      tries.say('the refusal says when to come again', many.at(-1)?.headers['retry-after'] !== undefined);
    } finally {
      await intel.end();
    }
  },
};
