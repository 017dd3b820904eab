import { InvalidArgumentError } from 'commander';
import type { CreateVm } from '#libs/client';

type Nic = NonNullable<CreateVm['nics']>[number];
export type Forward = NonNullable<Nic['portForwards']>[number];

const PATTERN = /^(?:(?:(\d+(?:\.\d+){3}):)?(\d{1,5}):)?(\d{1,5})(?:\/(tcp|udp))?$/;

/** Adds `[[address:]hostPort:]guestPort[/tcp|udp]`: `80`, `8080:80`, `0.0.0.0:5353:53/udp`. */
export function addForward(text: string, before: readonly Forward[] = []): Forward[] {
  const [, hostAddress, hostPort, guestPort, protocol] = PATTERN.exec(text) ?? [];
  if (guestPort === undefined) {
    throw new InvalidArgumentError('It must be [[address:]hostPort:]guestPort[/udp], such as 8080:80.');
  }
  return [
    ...before,
    {
      guestPort: Number(guestPort),
      ...(hostPort === undefined ? {} : { hostPort: Number(hostPort) }),
      ...(hostAddress === undefined ? {} : { hostAddress }),
      ...(protocol === 'udp' || protocol === 'tcp' ? { protocol } : {}),
    },
  ];
}
