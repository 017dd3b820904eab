/** What a check found; the message is for people and holds no secret. */
export interface CheckOutcome {
  ok: boolean;
  message: string;
}

/** One thing the service needs. */
export interface HealthCheck {
  /** Short, the same in the answer, the log and the documentation. */
  name: string;
  /** The service cannot do its work without it: `/ready` and `/health` answer 503. */
  critical: boolean;
  run(): Promise<CheckOutcome>;
}
