/** Jest's projects: the first three are what `npm test` runs. */
const PROJECTS = ['unit', 'integration', 'e2e', 'slow'];
const USUAL = ['unit', 'integration', 'e2e'];

export const HELP = `npm test -- [project ...] [path ...] [Jest option ...]

  npm test                        unit, integration and e2e, with coverage
  npm test -- unit                one project, with its coverage
  npm test -- unit libs/qemu      only files whose path contains this
  npm test -- slow                what is too slow for every day
  npm test -- unit -t 'a promise' options beginning with a dash go to Jest

Coverage as HTML: coverage/index.html. The last line is: N passed, N failed, N skipped.`;

/** What to run; the words that are no project's name narrow it down by path. */
export function parseSelection(argv) {
  if (argv.includes('--help') || argv.includes('-h')) return { help: true };
  const firstOption = argv.findIndex((word) => word.startsWith('-'));
  const words = firstOption < 0 ? argv : argv.slice(0, firstOption);
  const options = firstOption < 0 ? [] : argv.slice(firstOption);
  const named = PROJECTS.filter((project) => words.includes(project));
  const paths = words.filter((word) => !PROJECTS.includes(word));
  return { projects: named.length > 0 ? named : USUAL, paths, options };
}
