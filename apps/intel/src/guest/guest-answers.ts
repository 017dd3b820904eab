/** Answers of a guest's agent as the API shows them. Pure. */
import type { GuestAnswer } from '#libs/contracts';
import type {
  GuestAddressesView,
  GuestExecView,
  GuestFileView,
  GuestFrozenView,
  GuestThawedView,
  TextEncoding,
} from '#libs/contracts/http';
import { isErrorCode, VmanError } from '#libs/errors';

type Case = GuestAnswer['$case'];
type ValueOf<C extends Case> = Extract<GuestAnswer, { $case: C }>['value'];

/** The answer of the expected kind. Throws the failure that came instead. */
export function expectAnswer<C extends Case>(answer: GuestAnswer, kind: C): ValueOf<C> {
  if (answer.$case === kind) return answer.value as ValueOf<C>;
  if (answer.$case !== 'failure') throw new Error(`a host answered ${answer.$case} instead of ${kind}`);
  const { code, message } = answer.value;
  throw new VmanError(isErrorCode(code) ? code : 'internal', message);
}

export const addressesView = (answer: GuestAnswer): GuestAddressesView => ({
  interfaces: expectAnswer(answer, 'addresses').interfaces.map((it) => ({ ...it, mac: it.mac || undefined })),
});

export function frozenView(answer: GuestAnswer): GuestFrozenView {
  const { fileSystems, thawsAtMs } = expectAnswer(answer, 'frozen');
  return { fileSystems, thawsAt: new Date(thawsAtMs).toISOString() };
}

export const thawedView = (answer: GuestAnswer): GuestThawedView => ({
  fileSystems: expectAnswer(answer, 'thawed').fileSystems,
});

export function execView(answer: GuestAnswer, encoding: TextEncoding = 'utf8'): GuestExecView {
  const { stdout, stderr, ...rest } = expectAnswer(answer, 'exec');
  return { ...rest, stdout: stdout.toString(encoding), stderr: stderr.toString(encoding), encoding };
}

export function fileView(answer: GuestAnswer, encoding: TextEncoding = 'utf8'): GuestFileView {
  const { content, truncated } = expectAnswer(answer, 'file');
  return { content: content.toString(encoding), encoding, truncated };
}
