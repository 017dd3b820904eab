import { Inject, Injectable } from '@nestjs/common';
import { Bus } from '#libs/bus';
import { planReplyCodec, planRequestCodec, subjects } from '#libs/contracts';
import type { DryRunPlanView } from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import type { Rehearsal } from '../db-operator/index.js';
import type { Planner } from '../http/index.js';
import { desiredVmOf } from './desired-vm.js';

const ANSWER_MS = 5_000;

/** Asks each host that would be told of a VM what it would do: the steps and QEMU's arguments. */
@Injectable()
export class AskForPlans implements Planner {
  constructor(@Inject(Bus) private readonly bus: Bus) {}

  async plan({ told }: Rehearsal): Promise<DryRunPlanView[]> {
    return Promise.all(told.map((it) => this.ask(it)));
  }

  private async ask({ vm, parts, hostName }: Rehearsal['told'][number]): Promise<DryRunPlanView> {
    const whose = { vm: { id: vm.id, name: vm.name }, host: { id: vm.hostId, name: hostName } };
    const question = { desired: desiredVmOf(vm, parts) };
    const subject = subjects.hostRpc(vm.hostId, 'plan');
    try {
      const reply = await this.bus.request(subject, planRequestCodec, question, planReplyCodec, ANSWER_MS);
      const { steps, qemuArguments, errorCode, errorMessage } = reply;
      const fault = errorCode ? { error: { code: errorCode, message: errorMessage } } : {};
      return { ...whose, steps, qemuArguments, ...fault };
    } catch (error) {
      if (!(error instanceof VmanError)) throw error;
      return { ...whose, steps: [], qemuArguments: [], error: { code: error.code, message: error.message } };
    }
  }
}
