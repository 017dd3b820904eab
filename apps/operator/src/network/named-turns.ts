/** One piece of work at a time on each thing that has a name; others are worked on beside it. */
export class NamedTurns {
  private readonly turns = new Map<string, Promise<unknown>>();

  run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.turns.get(name) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(work);
    this.turns.set(name, turn);
    const leave = () => {
      if (this.turns.get(name) === turn) this.turns.delete(name);
    };
    turn.then(leave, leave);
    return turn;
  }
}
