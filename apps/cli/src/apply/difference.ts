/** One field that differs. */
export interface Difference {
  field: string;
  before: string;
  after: string;
  /** Something to know about it. */
  note?: string;
}
