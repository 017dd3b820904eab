import type { Fault } from '../fault.js';

export const commandsAgain: Fault = {
  id: 'E4',
  name: 'resets and repairs delivered again',
  async happen({ tap }, random) {
    const again = tap.said('cmd').filter(() => random.chance(0.7));
    for (const heard of again) for (let time = random.between(1, 3); time > 0; time--) tap.say(heard);
    return `${again.length} messages`;
  },
};
