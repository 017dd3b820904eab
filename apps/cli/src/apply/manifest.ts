import { type CreateVm, createVmFields } from '#libs/client';
import { UsageError } from '../errors.js';

/** One VM as a file wants it. */
export interface Manifest {
  /** File and document, for messages. */
  source: string;
  vm: CreateVm;
}

/** The VMs of a YAML or JSON text; several documents are parted by `---`. */
export async function parseManifests(text: string, file: string): Promise<Manifest[]> {
  const { parseAllDocuments } = await import('yaml');
  const documents = parseAllDocuments(text);
  if (documents.length === 0) throw new UsageError(`${file} holds no VM.`);
  return documents.map((document, index) => {
    const source = documents.length > 1 ? `${file}, document ${index + 1}` : file;
    const [fault] = document.errors;
    if (fault) throw new UsageError(`${source} is not valid YAML: ${fault.message.split('\n')[0]}`);
    return { source, vm: checked(document.toJS(), source) };
  });
}

function checked(value: unknown, source: string): CreateVm {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError(`${source} must hold the fields of a VM.`, 'At least `name`; see docs/CLI.md.');
  }
  const { kind = 'vm', ...fields } = value as Record<string, unknown>;
  if (kind !== 'vm') throw new UsageError(`${source}: kind ${String(kind)} is not known; there is: vm.`);
  if (typeof fields.name !== 'string') throw new UsageError(`${source}: name is missing or no text.`);
  const unknown = Object.keys(fields).filter((name) => !createVmFields.includes(name));
  if (unknown.length > 0) {
    throw new UsageError(
      `${source}: not a field of a VM: ${unknown.join(', ')}.`,
      `There are: kind, ${createVmFields.join(', ')}.`,
    );
  }
  return fields as unknown as CreateVm;
}
