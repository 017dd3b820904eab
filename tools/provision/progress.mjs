const FRAMES = ['|', '/', '-', '\\'];
/** Without a terminal a step says that it has begun only when it takes longer than this. */
const QUIET_MS = 3000;

function seconds(ms) {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}

/**
 * Runs one step and prints one line for it: what, the detail that `work` returned through `note`,
 * and how long it took. On a terminal a spinner shows the elapsed time meanwhile.
 * @template T
 * @param {string} label
 * @param {(note: (detail: string) => void) => Promise<T> | T} work
 * @returns {Promise<T>}
 */
export async function step(label, work) {
  const began = Date.now();
  const out = process.stdout;
  let detail = '';
  let frame = 0;
  const shown = () => (detail ? `${label}: ${detail}` : label);
  const timer = out.isTTY
    ? setInterval(() => {
        out.write(`\r\x1b[2K${FRAMES[frame++ % FRAMES.length]} ${shown()} ${seconds(Date.now() - began)}`);
      }, 120)
    : setTimeout(() => out.write(`... ${shown()}\n`), QUIET_MS);
  const close = (mark) => {
    clearInterval(timer);
    clearTimeout(timer);
    out.write(`${out.isTTY ? '\r\x1b[2K' : ''}${mark} ${shown()} (${seconds(Date.now() - began)})\n`);
  };
  try {
    const result = await work((text) => {
      detail = text;
    });
    close('ok');
    return result;
  } catch (error) {
    close('FAILED');
    throw error;
  }
}
