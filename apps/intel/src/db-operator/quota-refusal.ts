import { VmanError } from '#libs/errors';

export const QUOTA_EXCEEDED = 'VQ001';

const GIB = 1024 ** 3;

interface Excess {
  project: string;
  what: string;
  used: number;
  more: number;
  most: number;
}

/** What the trigger of the quotas says, with its figures. */
export function quotaRefusal(detail: string, cause: unknown): VmanError {
  const excess: Excess = JSON.parse(detail);
  const { project, used, more, most } = excess;
  const { unit, figure } = unitOf(excess.what);
  const figures = `${figure(used)} of ${figure(most)} ${unit} are used, and this takes ${figure(more)} more`;
  return new VmanError('quota_exceeded', `The quota of the project ${project} is not enough: ${figures}.`, {
    cause,
  });
}

function unitOf(what: string): { unit: string; figure: (value: number) => string } {
  const figure = String;
  switch (what) {
    case 'vms':
      return { unit: 'VMs', figure };
    case 'vcpus':
      return { unit: 'CPUs', figure };
    case 'memoryMiB':
      return { unit: 'MiB of memory', figure };
    case 'diskBytes':
      return { unit: 'GiB of disks', figure: (bytes) => String(Math.ceil((bytes / GIB) * 100) / 100) };
    default:
      return { unit: what, figure };
  }
}
