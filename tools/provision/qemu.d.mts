export function ensureQemu(options?: { yes?: boolean }): Promise<{ system: string; img: string }>;
