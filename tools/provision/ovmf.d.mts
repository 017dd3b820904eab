/** Resolves to the folder to name in VMAN_OVMF_PATH; rejects when it is not here and cannot be fetched. */
export function ensureOvmf(): Promise<string>;
