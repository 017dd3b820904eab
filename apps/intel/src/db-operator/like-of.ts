/** A glob as a pattern of LIKE. */
export const likeOf = (glob: string) => glob.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%');
