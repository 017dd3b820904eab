import type { Hypervisor } from '#libs/contracts';
import type { Logger } from '#libs/logging';
import { probeAccelerator, probeBinary } from '#libs/qemu';
import type { QemuChoice } from '../host.js';

export interface HypervisorFacts {
  qemu: QemuChoice;
  told: Hypervisor;
}

/**
 * Which QEMU this host has and how it runs guests, tried by the user that it will run as. A host without QEMU still starts: it says so in its health, and
 * each launch fails with a code.
 */
export async function probeHypervisor(
  settings: { qemuBinary: string; qemuAccel: 'auto' | 'kvm' | 'tcg'; operatorDryRun: boolean },
  logger: Logger,
  as?: { uid: number; gid: number },
): Promise<HypervisorFacts> {
  const { qemuBinary, qemuAccel, operatorDryRun: dryRun } = settings;
  try {
    const { path, version } = await probeBinary(qemuBinary);
    const { accelerator, reason } = await probeAccelerator({ binary: path, mode: qemuAccel, as });
    if (qemuAccel === 'auto' && accelerator === 'tcg')
      logger.warn({ reason }, 'guests run without KVM, slowly');
    return {
      qemu: { binary: path, accelerator },
      told: { qemuVersion: version, accelerator, acceleratorReason: reason, dryRun },
    };
  } catch (error) {
    logger.error({ err: error }, 'QEMU cannot be used on this host');
    const acceleratorReason = error instanceof Error ? error.message : String(error);
    return {
      qemu: { binary: qemuBinary, accelerator: 'tcg' },
      told: { qemuVersion: '', accelerator: 'tcg', acceleratorReason, dryRun },
    };
  }
}
