import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const WIDTH = 400;

/** The last lines of a file, a service's JSON as plain text; nothing when the file is not there. */
export function tailOf(file, lines = 12) {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).map(readable).join('\n');
  } catch {
    return '';
  }
}

/** What a service wrote last: to its standard output and error, where a crash shows, and to its log. */
export function lastWordsOf(folders, service) {
  const files = [
    tailOf(join(folders.logs, `${service}.out`), 8),
    tailOf(join(folders.logs, `${service}.log`)),
  ];
  return files
    .filter(Boolean)
    .join('\n')
    .replaceAll(/^(?=.)/gm, '    ');
}

function readable(line) {
  try {
    const { time, level, msg, err, code } = JSON.parse(line);
    const error = err ? `: ${err.message}` : '';
    return `${time} ${level} ${msg}${error}${code ? ` (${code})` : ''}`.slice(0, WIDTH);
  } catch {
    return line.slice(0, WIDTH);
  }
}
