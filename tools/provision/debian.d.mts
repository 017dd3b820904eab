export function ensureDebianImage(): Promise<{ path: string; format: 'qcow2' }>;
