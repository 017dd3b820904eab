import type { Beside } from '../commands/beside.js';
import type { Host } from '../host.js';
import { listFolder } from '../storage/paths.js';
import { VmStore } from '../storage/vm-store.js';
import { Vm } from './vm.js';
import { VmLoop } from './vm-loop.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The VMs of this host and their loops. */
export class Registry {
  private readonly loops = new Map<string, VmLoop>();

  constructor(
    private readonly host: Host,
    private readonly beside: Beside,
  ) {}

  get(vmId: string): VmLoop | undefined {
    return this.loops.get(vmId);
  }

  all(): VmLoop[] {
    return [...this.loops.values()];
  }

  /** Reads the records of every VM that has a folder. Their loops do not act before they are started. */
  async load(): Promise<VmLoop[]> {
    const ids = (await listFolder(this.host.paths.vms)).filter((name) => UUID.test(name));
    await Promise.all(
      ids.map(async (vmId) => {
        const loop = this.make(vmId);
        this.add(loop);
        const { desired, status } = await loop.vm.store.load();
        loop.vm.desired = desired?.desired;
        loop.vm.status = status;
      }),
    );
    return this.all();
  }

  /** The loop of a VM that has nothing here yet. It is not among the VMs of this host before it is added. */
  make(vmId: string): VmLoop {
    const { logger, paths } = this.host;
    const store = new VmStore(paths, vmId, (path) => {
      logger.error(
        { vmId, file: path.slice(path.lastIndexOf('/') + 1) },
        'a damaged state file was put aside',
      );
    });
    return new VmLoop(this.host, new Vm(vmId, store), this.beside, () => this.bury(vmId));
  }

  add(loop: VmLoop): void {
    this.loops.set(loop.vm.vmId, loop);
  }

  async stop(): Promise<void> {
    await Promise.all(this.all().map((loop) => loop.stop()));
  }

  private bury(vmId: string): void {
    this.loops.delete(vmId);
    const tombstone = this.host.tombstones.get(vmId);
    if (tombstone) this.host.reporter.tellBuried(vmId, tombstone);
  }
}
