export interface ChangedDisk {
  diskId: string;
  /** Undefined when nothing had to be done on a host. */
  operationId?: string;
}
