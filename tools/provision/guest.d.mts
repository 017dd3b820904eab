export function ensureGuestImage(): Promise<{ path: string; format: 'qcow2' }>;
