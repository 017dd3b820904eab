export type { AcceleratorChoice, AcceleratorKind } from './choose-accelerator.js';
export { findOvmf, type OvmfFiles } from './find-ovmf.js';
export { newestMachineVersion, requireMachineVersion } from './machine-version.js';
export { type AcceleratorProbe, probeAccelerator } from './probe-accelerator.js';
export { probeBinary, type QemuBinary, type QemuMachine } from './probe-binary.js';
