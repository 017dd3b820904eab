/** How the process ends; docs/CLI.md lists the same. */
export const EXIT = {
  done: 0,
  /** An operation failed or was cancelled, or a check of `vman doctor` failed. */
  failed: 1,
  /** The command line is wrong; nothing was sent. */
  usage: 2,
  notFound: 3,
  /** The token is missing or not valid, or its role does not allow it. */
  denied: 4,
  /** No answer, or one that says: later. */
  unreachable: 5,
  /** The API understood the request and refused it. */
  refused: 6,
  /** What was waited for did not happen in time; it may still happen. */
  timeout: 7,
  /** A fault of the command itself. */
  fault: 70,
  /** Ctrl-C. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
