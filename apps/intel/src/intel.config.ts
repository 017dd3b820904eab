import type { IntelConfig } from '#libs/config';

export type { IntelConfig };
/** Injection token of the settings. */
export const INTEL_CONFIG = Symbol('IntelConfig');
