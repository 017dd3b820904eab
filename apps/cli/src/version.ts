/** The version of the command; the same as that of the API it was made with. */
export const VERSION = '0.1.0';
