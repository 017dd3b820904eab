import type { BareTemplate } from './bare-qemu.js';
import { Libvirt } from './libvirt.js';

/**
 * The same through libvirt, after our own rounds, since its daemons would be in their way. Gives no figures where it is
 * not installed, nor when its daemon falls over, and says so.
 */
export async function besideLibvirt(
  template: BareTemplate,
  say: (line: string) => void,
  measure: (libvirt: Libvirt) => Promise<Record<string, number>>,
): Promise<Record<string, number>> {
  const libvirt = await Libvirt.start(template);
  if (!libvirt) {
    say('libvirt is not installed here, so nothing stands beside');
    return {};
  }
  try {
    return await measure(libvirt);
  } catch (error) {
    say(`libvirt did not get through its rounds: ${(error as Error).message.trim().split('\n').at(-1)}`);
    return {};
  } finally {
    await libvirt.stop();
  }
}
