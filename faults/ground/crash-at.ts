import { setTimeout as pause } from 'node:timers/promises';
import type { Service } from '../../test/e2e/stack/service.js';

const REACHED_MS = 8_000;

/** As a supervisor would: it is gone by SIGKILL and runs again. */
export async function killAndStart(service: Service): Promise<void> {
  await service.end('SIGKILL');
  service.start();
  await service.ready();
}

/** Lets the service die at a named point of its code, once the work that goes on leads it there. */
export async function crashAt(service: Service, point: string): Promise<string> {
  await service.end('SIGKILL');
  service.start({ VMAN_FAILPOINTS: `${point}=crash` });
  // It may come to that point while it starts.
  await Promise.race([service.gone(), service.ready().catch(() => {})]);
  const deadline = performance.now() + REACHED_MS;
  while (service.running && performance.now() < deadline) await pause(20);
  const reached = !service.running;
  await service.end('SIGKILL');
  service.start();
  await service.ready();
  return `${point} ${reached ? 'reached' : 'not reached; killed instead'}`;
}
