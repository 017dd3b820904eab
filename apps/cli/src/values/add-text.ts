/** For options that may be given several times. */
export const addText = (text: string, before: readonly string[] = []): string[] => [...before, text];
