import { execa } from 'execa';
import { MINIMAL_ENV } from '#libs/qemu';

const LIMIT_MS = 2_000;

/** Who knows, and what is said then: systemd, and an init with runlevels (0 is halt, 6 is reboot). */
const WITNESSES = [
  { program: 'systemctl', args: ['is-system-running'], goesDown: /^stopping$/ },
  { program: 'runlevel', args: [], goesDown: / [06]$/ },
];

/** What a program prints, whatever its exit status; empty when it is not there or takes too long. */
export type Ask = (program: string, args: string[]) => Promise<string>;

const ask: Ask = async (program, args) => {
  const options = { env: MINIMAL_ENV, extendEnv: false, timeout: LIMIT_MS, reject: false } as const;
  return String((await execa(program, args, options)).stdout ?? '').trim();
};

/** Whether the whole machine is being shut down, and not this agent alone. Where nobody knows, it is not. */
export async function machineGoesDown(asked: Ask = ask): Promise<boolean> {
  const said = await Promise.all(
    WITNESSES.map(async ({ program, args, goesDown }) => goesDown.test(await asked(program, args))),
  );
  return said.includes(true);
}
