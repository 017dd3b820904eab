/** One result of the doctor. */
export interface Finding {
  /** What was looked at. */
  about: string;
  /** `warning`: worth knowing; `fault`: something does not work. */
  status: 'ok' | 'warning' | 'fault';
  message: string;
  /** What to do about it. */
  cure?: string;
}

export const ok = (about: string, message: string): Finding => ({ about, status: 'ok', message });
export const warning = (about: string, message: string, cure: string): Finding => ({
  about,
  status: 'warning',
  message,
  cure,
});
export const fault = (about: string, message: string, cure: string): Finding => ({
  about,
  status: 'fault',
  message,
  cure,
});
