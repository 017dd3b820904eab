export interface FaultOptions {
  seed: number;
  rounds: number;
  /** How many faults a round has. */
  faults: number;
  only: string[];
  /** Each of them once, dealt over the rounds. */
  all: boolean;
  json: boolean;
  /** Write docs/RELIABILITY.md. */
  write: boolean;
  list: boolean;
}

export const HELP = `npm run faults -- [option ...]

  --rounds N     how many rounds; default 5
  --seed N       of the first round, the next one has N + 1; default: from the clock
  --faults N     faults a round; default 4
  --only A3,B1   only these of the catalogue
  --all          each of these once, dealt over the rounds
  --list         the catalogue
  --json         nothing but the last line, one JSON object
  --write        write the figures into docs/RELIABILITY.md`;

/** Throws for what it does not know. */
export function parseOptions(argv: readonly string[], clockSeed: number): FaultOptions {
  const options: FaultOptions = {
    seed: clockSeed,
    rounds: 5,
    faults: 4,
    only: [],
    all: false,
    json: false,
    write: false,
    list: false,
  };
  const words = [...argv];
  const value = (name: string) => {
    const word = words.shift();
    if (word === undefined) throw new Error(`${name} needs a value`);
    return word;
  };
  const number = (name: string) => {
    const word = value(name);
    if (!/^\d{1,9}$/.test(word)) throw new Error(`${name} needs a whole number, not ${word}`);
    return Number(word);
  };
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '--seed') options.seed = number(word);
    else if (word === '--rounds') options.rounds = number(word);
    else if (word === '--faults') options.faults = number(word);
    else if (word === '--only') options.only = value(word).toUpperCase().split(',');
    else if (word === '--all') options.all = true;
    else if (word === '--json') options.json = true;
    else if (word === '--write') options.write = true;
    else if (word === '--list') options.list = true;
    else throw new Error(`there is no option ${word}`);
  }
  return options;
}
