import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * A log file that never grows beyond a size: `x.log` becomes `x.log.1`, that becomes `x.log.2`, and the last one
 * is removed. Each line is written whole, by one synchronous call, before the logger returns: so the last words of
 * a process that exits or dies of an uncaught error are in the file; the maintained rotators buffer and lose them.
 * Assumes one process a file. A file that cannot be written (disk full, permission) never stops the service: the
 * lines are lost, and the first loss is told on standard error. Where only the rotation fails, the file grows on. A line
 * that was cut short, by a full disk or by an earlier process' end, gets its end before the next one.
 */
export class RotatingFile {
  #fd: number | undefined;
  #bytes = 0;
  #failed = false;
  #stuck = false;
  #cut = false;

  /**
   * @param maxBytes 0: never rotated
   * @param backupCount how many `.N` files are kept
   */
  constructor(
    readonly path: string,
    private readonly maxBytes: number,
    private readonly backupCount: number,
  ) {
    mkdirSync(dirname(path), { recursive: true });
    this.#open();
  }

  write(line: string): void {
    const data = Buffer.from(line);
    try {
      if (this.maxBytes > 0 && this.#bytes > 0 && this.#bytes + data.length > this.maxBytes)
        this.#tryToRotate();
      if (this.#fd === undefined) this.#open();
      if (this.#cut) this.#writeAll(END_OF_LINE);
      this.#cut = false;
      this.#writeAll(data);
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) process.stderr.write(`cannot write the log ${this.path}: ${String(error)}\n`);
      this.#failed = true;
    }
  }

  close(): void {
    if (this.#fd === undefined) return;
    closeSync(this.#fd);
    this.#fd = undefined;
  }

  #open(): void {
    this.#fd = openSync(this.path, 'a+', 0o640);
    this.#bytes = fstatSync(this.#fd).size;
    const last = Buffer.from(END_OF_LINE);
    if (this.#bytes > 0) readSync(this.#fd, last, 0, 1, this.#bytes - 1);
    this.#cut = !last.equals(END_OF_LINE);
  }

  #writeAll(data: Buffer): void {
    for (let done = 0; done < data.length; ) {
      const written = writeSync(this.#fd as number, data, done);
      done += written;
      this.#bytes += written;
      this.#cut = done < data.length;
    }
  }

  #tryToRotate(): void {
    try {
      this.#rotate();
      this.#stuck = false;
    } catch (error) {
      if (!this.#stuck) process.stderr.write(`cannot rotate the log ${this.path}: ${String(error)}\n`);
      this.#stuck = true;
    }
  }

  #rotate(): void {
    this.close();
    rmSync(`${this.path}.${this.backupCount}`, { force: true });
    for (let n = this.backupCount - 1; n >= 1; n--)
      renameIfThere(`${this.path}.${n}`, `${this.path}.${n + 1}`);
    if (this.backupCount > 0) renameIfThere(this.path, `${this.path}.1`);
    else rmSync(this.path, { force: true });
    this.#open();
  }
}

/** Of a line that lost its own. */
const END_OF_LINE = Buffer.from('\n');

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
