/** What a use case has changed; the answer is made of it. */
export interface ChangedVm {
  vmId: string;
  operationId: string;
}
