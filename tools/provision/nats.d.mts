export function ensureNats(): Promise<string>;
